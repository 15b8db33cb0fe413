"""multiverse: every specification is the pool of its effects; nothing is lost or counted twice."""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError, LeftOutWarning
from metaan.core.fit import PooledFit
from metaan.core.scale import LOG
from metaan.diagnostics.specifications.engine import STATISTICS
from metaan.diagnostics.specifications.multiverse import multiverse
from metaan.diagnostics.specifications.multiverse_record import Multiverse
from metaan.univariate.pooling import pool
from tests.diagnostics.multiverse_cases import CHOICES, bcg, randomized
from tests.tolerance import SOLVED, close


@pytest.fixture(scope="module", name="found")
def _found() -> Multiverse:
    return multiverse(lambda shift: bcg(shift=shift), CHOICES, important=1.25)


def plain(found: Multiverse, i: int) -> PooledFit:
    """Return the pool that a specification should be, made by hand."""
    options = found.options(i)
    effects = bcg(shift=float(options["shift"]))
    if options["studies"] == "random":
        effects = effects.take(randomized(effects))
    elif options["studies"] != "all studies":
        effects = effects.take([name != "TPT Madras 1980" for name in effects.study])
    tau2: str | float | None = options["tau2"] or None
    tau2 = 0.1 if tau2 == "0.1" else tau2
    return pool(effects, model=options["model"], tau2=tau2, inference=options["inference"])


def test_every_specification_is_the_pool_of_its_effects(found: Multiverse) -> None:
    """All numbers, of one in three specifications."""
    for i in range(0, found.n, 3):
        fit = plain(found, i)
        own = fit.estimate
        ours = [found.value[i], found.se[i], found.low[i], found.high[i], found.log_p_value[i]]
        close(ours, [own.value, own.se, own.low, own.high, own.log_p_value], SOLVED, typical=1e-3)
        close(found.tau2[i], fit.tau2, SOLVED, typical=0.1)
        close(found.i2[i], fit.heterogeneity.i2, SOLVED, typical=1.0)
        assert found.k[i] == fit.effects.k


def test_a_specification_as_a_fit(found: Multiverse) -> None:
    """The same studies in the order of the effects, with everything a fit has."""
    i = found.find({"studies": "random", "tau2": "DL", "inference": "WALD"})
    ours, theirs = found.fit(i), plain(found, i)
    assert ours.effects.study == theirs.effects.study
    assert ours.summary() == theirs.summary()


def test_what_there_is_and_what_there_is_not(found: Multiverse) -> None:
    """tau² of a common effect is no choice; KR goes with REML, HC with DL alone."""
    models = 6 * 2 + 1 + 1 + 2  # with HKSJ and Wald; KR; HC; common
    assert found.n == 2 * 3 * models
    assert not found.failed
    assert len(found.undefined) == 5 + 5 + 2
    common = [found.options(i)["tau2"] for i in range(found.n) if found.codes[i, 2] == 1]
    assert common
    assert set(common) == {""}
    assert found.options(found.main) == {
        "shift": "0", "studies": "all studies", "model": "random", "tau2": "REML",
        "inference": "HKSJ",
    }  # fmt: skip


def test_the_order_of_choices_options_and_studies_changes_nothing(found: Multiverse) -> None:
    """Bit by bit."""
    order = np.random.default_rng(1).permutation(13)
    turned = {
        name: dict(reversed(list(given.items()))) if isinstance(given, dict) else given[::-1]
        for name, given in reversed(list(CHOICES.items()))
    }
    other = multiverse(lambda shift: bcg(shift=shift).take(order), turned)
    place = {tuple(sorted(other.options(i).items())): i for i in range(other.n)}
    where = [place[tuple(sorted(found.options(i).items()))] for i in range(found.n)]
    for name in STATISTICS:
        assert np.array_equal(getattr(found, name), getattr(other, name)[where], equal_nan=True)
    assert other.curves[0].median == found.curves[0].median


def test_shares_and_quantiles(found: Multiverse) -> None:
    """Against loops over the specifications."""
    (curve,) = found.curves
    low, high, value = found.low, found.high, found.value
    mid = np.log(1.25)
    assert curve.n == found.n
    assert curve.scale is LOG
    assert curve.null.interval_below == sum(h < 0 for h in high) / found.n
    assert curve.null.interval_above == sum(x > 0 for x in low) / found.n
    assert curve.crossing == sum(a <= 0 <= b for a, b in zip(low, high, strict=True)) / found.n
    assert curve.beyond.below == sum(v <= -mid for v in value) / found.n
    assert curve.beyond.interval_below == sum(h < -mid for h in high) / found.n
    assert curve.beyond.above == 0 == curve.null.above
    assert (curve.median, curve.lowest) == (np.median(value), value.min())


def test_same_studies_and_numbers_are_one_analysis() -> None:
    """Counted as specifications, computed once; a label makes them known."""

    def made(unused: str, reverse: bool) -> Effects:  # fmt: skip
        del unused
        return bcg().take(slice(None, None, -1 if reverse else 1))

    choices = {"unused": "abc", "reverse": [False, True], "tau2": ["DL", "PM"]}
    with pytest.raises(InputError, match="options of unused must be a sequence"):
        multiverse(made, choices)
    found = multiverse(made, {**choices, "unused": list("abc")})
    assert (found.n, found.analyses, len(found.engine.data)) == (12, 2, 1)
    assert "12 specifications: 2 distinct analyses of 1 set" in found.summary()
    shares = {each.choice: each.shapley for each in found.curves[0].explained}
    assert shares == {"unused": 0.0, "reverse": 0.0, "tau2": pytest.approx(1.0)}


def test_what_fails_is_listed_with_its_reason() -> None:
    """InputError and fewer than two studies; the others stay."""

    def made(measure: str) -> Effects:  # fmt: skip
        if measure == "wrong":
            raise InputError("no such numbers")
        return bcg(measure)

    studies = {"all": None, "one": lambda e: np.arange(e.k) < 1, "none": lambda e: e.y > 9}
    found = multiverse(
        made, {"measure": ["RR", "wrong"], "studies": studies, "inference": ["HKSJ", "WALD"]}
    )
    told = {tuple(each.options.values()): (each.reason, each.specifications)
            for each in found.failed}  # fmt: skip
    assert told == {
        ("RR", "one"): ("1 study left", 2),
        ("RR", "none"): ("0 studies left", 2),
        ("wrong",): ("no such numbers", 6),
    }
    assert found.n == 2
    assert found.main == 0
    assert "6 specifications failed: no such numbers" in found.summary()
    assert "10 more combinations gave no analysis" in found.sentence()
    assert multiverse(made, {"measure": ["wrong", "RR"]}).main == -1
    with pytest.raises(InputError, match=r"no combination gives 2 studies or more: no such"):
        multiverse(made, {"measure": ["wrong"]})


def test_effects_that_cannot_be_compared_have_curves_of_their_own() -> None:
    """One curve for each label and scale; a number for all of them is refused."""
    choices = {"measure": ["RR", "RD"], "inference": ["HKSJ", "WALD"]}
    found = multiverse(bcg, choices, important={"Risk ratio": 0.8})
    assert [(c.label, c.n) for c in found.curves] == [("Risk difference", 2), ("Risk ratio", 2)]
    assert found.curve("Risk ratio").important == pytest.approx(-np.log(0.8))
    assert np.isnan(found.curve("Risk difference").important)
    assert found.of("Risk ratio").tolist() == [0, 1]
    table = found.to_frame()
    assert table["estimate"][0] == pytest.approx(np.exp(found.value[0]))
    assert table["estimate"][2] == found.value[2]
    with pytest.raises(InputError, match="there are 2 effects; name one with label="):
        found.inference()
    with pytest.raises(InputError, match="is one number, and there are 2 effects"):
        multiverse(bcg, choices, important=1.2)
    with pytest.raises(ChoiceError, match='Did you mean "Risk ratio"'):
        multiverse(bcg, choices, important={"Risk rato": 1.2})

    def scales(key: str) -> Effects:
        return Effects.from_arrays([0.1, 0.4, 0.2], [0.1, 0.1, 0.2], scale=key)

    both = multiverse(scales, {"key": ["identity", "log"]})
    assert [c.label for c in both.curves] == ["Effect (identity scale)", "Effect (log scale)"]


def test_warnings_are_counted_and_others_pass() -> None:
    """Ours become one remark; what is not ours is still warned of."""

    def made(a: int) -> Effects:  # fmt: skip
        return Effects.from_arrays([0.1 * a, 0.4, np.nan], [0.1, 0.2, 0.1])

    found = multiverse(made, {"a": [1, 2, 3]})
    (told,) = found.remarks
    assert told.startswith("warned of in 3 of 3 sets of effects: 1 of 3 studies left out")

    def other(a: int) -> Effects:
        warnings.warn("not ours", UserWarning, stacklevel=1)
        return bcg(shift=a)

    with pytest.warns(UserWarning, match="not ours"):
        multiverse(other, {"a": [1]})
    with pytest.warns(LeftOutWarning):  # the filter of the caller is as it was
        made(1)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"tau2": ["REM"]}, 'is not an estimator.*Did you mean "REML"'),
        (
            {"mesure": ["RR"], "tau2": ["XX", -1], "inference": ["HKJS"], "studies": []},
            '"mesure" is a choice.*takes measure, shift.*Did you mean "measure".*'
            "tau2=-1.*tau2='XX'.*choose one of DL.*inference='HKJS'",
        ),
        ({"inference": ["HKJS"]}, "is not an inference"),
        ({"tau2": ["DL"], "inference": ["KR"]}, "no combination of model"),
        ({"tau2": ["GENQ"]}, "asks for weights"),
        ({"tau2": []}, "tau2 has no options"),
        ({"studies": [lambda e: e.y > 0]}, "needs a name"),
        ({"studies": {"a": lambda e: e.y}}, "True or False for each of 13"),
        ({"studies": {"a": lambda e: e.columns["dose"]}}, "column 'dose'"),
        ({"studies": {"a": ["Aronson 1984"]}}, "which no data set holds"),
        ({"tau2": ["DL", "DL"]}, "'DL' twice"),
        ({"tau2": "DL", "model": 3}, "options of tau2.*options of model"),
        ([("tau2", ["DL"])], "must be a mapping"),
        (None, "must be a mapping"),
    ],
)  # fmt: skip
def test_choices_that_cannot_be_used(choices: Any, message: str) -> None:
    """Every fault has a name."""
    with pytest.raises(InputError, match=message):
        multiverse(bcg, choices)


def test_what_is_no_maker_of_effects() -> None:
    """Effects, numbers, functions that return something else."""
    with pytest.raises(InputError, match="lambda: effects"):
        multiverse(bcg(), {})  # type: ignore[arg-type]
    with pytest.raises(InputError, match="effects must be Effects; got int"):
        multiverse(lambda: 3, {})  # type: ignore[arg-type, return-value]
    with pytest.raises(InputError, match="level"):
        multiverse(bcg, {}, level=95)
    for wrong in (1, -2, float("nan"), True):
        with pytest.raises(InputError, match="must be a ratio other than 1"):
            multiverse(bcg, {}, important=wrong)


def test_choices_that_the_maker_of_effects_does_not_take() -> None:
    """Every one is named, before anything is made; so is what it needs and does not get."""
    whole = bcg()
    with pytest.raises(InputError) as told:
        multiverse(lambda b: (b, whole)[1], {"a": [1]}, level=95)
    for part in (
        '"a" is a choice that make_effects does not take (it takes b)',
        'make_effects needs "b", which is no choice',
        "level must lie between 0 and 1",
    ):
        assert part in str(told.value)
    with pytest.raises(InputError, match="takes no argument by name"):
        multiverse(lambda: whole, {"a": [1]})
    with pytest.raises(InputError, match='needs "x" by position'):
        multiverse(lambda x, /: (x, whole)[1], {"x": [1]})
    with pytest.raises(InputError, match='needs "tau2", a name that multiverse keeps'):
        multiverse(lambda tau2: (tau2, whole)[1], {"tau2": ["DL"]})
    with pytest.raises(InputError, match="level='x' must be a number"):
        multiverse(bcg, {}, level="x")  # type: ignore[arg-type]
    with pytest.raises(ChoiceError, match=r"tau2='XX' is not an estimator.*'HKJS'"):
        multiverse(bcg, {"tau2": ["XX"], "inference": ["HKJS"]})
    assert multiverse(lambda **options: (options, whole)[1], {"a": [1, 2]}).n == 2
    assert multiverse(partial(bcg, measure="RR"), {"shift": [0.0]}).n == 1

    def wrong(a: int) -> Effects:  # fmt: skip
        return a + "1"  # type: ignore[operator, return-value]

    with pytest.raises(TypeError, match="unsupported operand"):  # its own faults are its own
        multiverse(wrong, {"a": [1]})
