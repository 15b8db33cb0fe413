"""multiverse: every specification is the pool of its effects; nothing is lost or counted twice."""

from __future__ import annotations

import warnings
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError, LeftOutWarning
from metaan.core.fit import PooledFit
from metaan.core.scale import LOG
from metaan.diagnostics.specifications.choices import without_each
from metaan.diagnostics.specifications.engine import STATISTICS
from metaan.diagnostics.specifications.models import DEFENSIBLE_MODELS
from metaan.diagnostics.specifications.multiverse import multiverse
from metaan.diagnostics.specifications.multiverse_record import Multiverse
from metaan.trials.effects import effect_sizes
from metaan.univariate.pooling import pool
from tests.reference.pinned import columns, texts
from tests.tolerance import EXACT, SOLVED, close

BCG = columns("dat.bcg")
NAMES = [f"{a} {int(y)}" for a, y in zip(texts("dat.bcg", "author"), BCG["year"], strict=True)]
ALLOCATION = np.array(texts("dat.bcg", "alloc"))


def bcg(measure: str = "RR", shift: float = 0.0) -> Effects:
    """Return the effects of the BCG trials, shifted."""
    table = {
        "study": NAMES,
        "events1": BCG["tpos"],
        "n1": BCG["tpos"] + BCG["tneg"],
        "events2": BCG["cpos"],
        "n2": BCG["cpos"] + BCG["cneg"],
        "alloc": ALLOCATION,
    }
    effects = effect_sizes(table, measure)
    return replace(effects, y=effects.y + shift)


def randomized(effects: Effects) -> np.ndarray:
    """Return which trials allocated at random."""
    return np.array([each == "random" for each in effects.columns["alloc"]])


CHOICES: dict[str, Any] = {
    "shift": [0.0, 0.2],
    "studies": {"all": None, "random": randomized, "no Madras": ["TPT Madras 1980"]},
    "model": ["random", "common"],
    "tau2": ["REML", "DL", "PM", "SJ", "HE", 0.1],
    "inference": ["HKSJ", "WALD", "KR", "HC"],
}


@pytest.fixture(scope="module", name="found")
def _found() -> Multiverse:
    return multiverse(lambda shift: bcg(shift=shift), CHOICES, important=1.25)


def plain(found: Multiverse, i: int) -> PooledFit:
    """Return the pool that a specification should be, made by hand."""
    options = found.options(i)
    effects = bcg(shift=float(options["shift"]))
    if options["studies"] == "random":
        effects = effects.take(randomized(effects))
    elif options["studies"] != "all":
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
        "shift": "0", "studies": "all", "model": "random", "tau2": "REML", "inference": "HKSJ",
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
    assert curve.crossing == pytest.approx(sum(a <= 0 <= b for a, b in zip(low, high)) / found.n)  # noqa: B905
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
        ({"tau2": ["REM"]}, "is not an estimator"),
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


def test_levels_without_a_null_value_have_no_sides() -> None:
    """A proportion is on no side of anything, and has no important distance."""
    table = {"study": NAMES, "events": BCG["tpos"], "n": BCG["tpos"] + BCG["tneg"]}
    found = multiverse(lambda: effect_sizes(table, "PLO"), {"tau2": ["DL", "PM"]})
    (curve,) = found.curves
    assert np.isnan(curve.null.below)
    assert np.isnan(found.log_p_value).all()
    assert "against" not in found.summary()
    with pytest.raises(InputError, match="has no null value"):
        found.inference()
    with pytest.raises(InputError, match="has no null value"):
        multiverse(lambda: effect_sizes(table, "PLO"), {}, important=0.1)
    with pytest.raises(InputError, match="read at the size of each analysis"):
        multiverse(lambda: effect_sizes(table, "PFT"), {})


def test_specifications_are_found_by_their_options(found: Multiverse) -> None:
    """Choices that are not named are the main ones; what is not there is refused."""
    i = found.find({"studies": "no Madras", "model": "common"})
    assert found.options(i)["tau2"] == ""
    assert found.k[i] == 12
    with pytest.raises(InputError, match="no specification has the options"):
        found.find({"tau2": "DL", "inference": "KR"})
    with pytest.raises(ChoiceError, match="is not a choice"):
        found.find({"estimator": "DL"})
    with pytest.raises(ChoiceError, match="is not an option"):
        found.find({"tau2": "dl"})


def test_each_study_left_out() -> None:
    """The same estimates as pools without each study."""
    whole = bcg()
    each = multiverse(bcg, {"studies": without_each(whole), "tau2": ["DL"]})
    values = [pool(whole.take(np.arange(13) != i), tau2="DL").estimate.value for i in range(13)]
    assert close(each.value[1:], values, EXACT)


def test_words_and_table(found: Multiverse) -> None:
    """What a reader is told."""
    table = found.to_frame()
    assert len(table) == found.n
    assert list(table)[:5] == list(CHOICES)
    assert table.groupby("studies", observed=True)["k"].first().to_dict() == {
        "all": 13, "random": 7, "no Madras": 12,
    }  # fmt: skip
    assert "against 0.80 and 1.25" in found.summary()
    assert "model and tau2 share" in repr(found)
    text = found.sentence()
    assert "96 specifications, by 5 choices (shift, studies, model, tau2 and inference)" in text
    assert "held 1 in" in text
    assert len(found.references) == 4
    assert "<table" in found._repr_html_()
    assert found.value.flags.writeable is found.codes.flags.writeable is False


def test_the_ready_made_models_all_exist() -> None:
    """Every estimator goes with every inference."""
    found = multiverse(bcg, DEFENSIBLE_MODELS)
    assert found.n == len(list(product(*DEFENSIBLE_MODELS.values())))
    assert not found.undefined


def test_scales_far_from_one() -> None:
    """Effects a million times as large or small have the same shares of variance."""
    for size in (1e-9, 1e9):

        def made(shift: float, size: float = size) -> Effects:  # fmt: skip
            e = bcg(shift=shift)
            return Effects.from_arrays(e.y * size, e.v * size**2, study=tuple(e.study))

        found = multiverse(made, {"shift": [0.0, 0.3], "tau2": ["REML", "DL"]})
        ours = multiverse(
            lambda shift: made(shift, 1.0), {"shift": [0.0, 0.3], "tau2": ["REML", "DL"]}
        )
        assert close(found.value / size, ours.value, SOLVED)
        assert close(
            [each.shapley for each in found.curves[0].explained],
            [each.shapley for each in ours.curves[0].explained],
            SOLVED,
            typical=1.0,
        )
