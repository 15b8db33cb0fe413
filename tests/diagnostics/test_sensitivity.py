"""A pool over the range of one assumption: against pools made one by one, turns in closed form."""

from __future__ import annotations

import numpy as np
import pytest

import metaan as ma
from metaan.core.errors import InputError
from metaan.diagnostics.fragility.sensitivity import sensitivity
from tests.tolerance import EXACT, SOLVED, close

Z = 1.959963984540054
GRID = [0.0, 0.25, 0.5, 0.75, 0.95]


def made(r: float) -> ma.Effects:
    """Return changes whose variances fall with the correlation of their two ends."""
    return ma.Effects.from_arrays([0.5, 0.3, 0.1], v=np.array([0.1, 0.2, 0.15]) * (1 - r))


@pytest.mark.parametrize(
    "how", [{"model": "common"}, {"tau2": "DL", "inference": "WALD"}, {"tau2": "DL"}]
)
def test_each_value_is_its_own_pool(how: dict[str, object]) -> None:
    """The batch gives what each pool alone gives."""
    found = sensitivity(ma.pool(made(0.5), **how), made, values=GRID)  # type: ignore[arg-type]
    for i, r in enumerate(GRID):
        own = ma.pool(made(r), **how)  # type: ignore[arg-type]
        numbers = [own.estimate.value, own.estimate.low, own.estimate.high, own.tau2]
        assert close([found.value[i], found.low[i], found.high[i], found.tau2[i]], numbers, EXACT)


def test_the_turn_is_where_the_limit_is_zero() -> None:
    """The mean is z sqrt((1 - r) / W): r in closed form."""
    found = sensitivity(ma.pool(made(0.5), model="common"), made, values=GRID, name="r")
    w = 1 / np.array([0.1, 0.2, 0.15])
    mean = float(w @ [0.5, 0.3, 0.1]) / w.sum()
    (turn,) = found.turns
    assert close(turn.at, 1 - (mean / Z) ** 2 * w.sum(), SOLVED)
    assert (turn.before, turn.after) == (0, 1)
    assert not found.stands
    assert "The conclusion depends on it" in found.sentence()


def test_several_turns_and_none() -> None:
    """An effect that comes and goes; a range too short for a turn."""

    def wave(x: float) -> ma.Effects:
        return ma.Effects.from_arrays([np.sin(x), np.sin(x) + 0.1], se=[0.2, 0.2])

    found = sensitivity(
        ma.pool(wave(1.0), model="common"), wave, values=np.linspace(0, 6, 25), name="phase"
    )
    assert [turn.after for turn in found.turns] == [1, 0, -1, 0]
    for turn in found.turns:
        low, high = (ma.pool(wave(turn.at + d), model="common").estimate for d in (-1e-6, 1e-6))
        sides = [(each.low > 0) - (each.high < 0) for each in (low, high)]
        assert sides == [turn.before, turn.after]
    short = sensitivity(ma.pool(wave(1.0), model="common"), wave, values=[1.0, 1.2])
    assert short.stands
    assert "throughout" in short.sentence()


def test_studies_may_drop_out() -> None:
    """Fewer studies at some values are masked, and remarked on."""

    def fewer(x: float) -> ma.Effects:
        effects = made(0.2)
        return effects if x < 0.5 else effects.take([0, 2])

    found = sensitivity(ma.pool(made(0.2), model="common"), fewer, values=[0, 1])
    assert found.k.tolist() == [3, 2]
    own = ma.pool(fewer(1), model="common").estimate
    assert close([found.value[1], found.se[1]], [own.value, own.se], EXACT)
    assert found.remarks


def test_a_correlation_through_a_measure() -> None:
    """Standardized changes by the correlation that papers do not print."""
    table = {"study": ["A", "B"], "mean1": [5.0, 4.0], "mean2": [8.0, 9.0], "sd1": [4.0, 5.0],
             "sd2": [5.0, 6.0], "n": [30, 40]}  # fmt: skip

    def changes(r: float) -> ma.Effects:
        return ma.effect_sizes({**table, "r": [r, r]}, "MC")

    found = sensitivity(
        ma.pool(changes(0.5), model="common"), changes, values=[0.1, 0.5, 0.9], name="r"
    )
    assert (np.diff(found.se) < 0).all()
    assert found.to_frame().columns[0] == "r"
    assert len(found) == 3


def test_faults_are_named() -> None:
    """Values, makers and fits that cannot be."""
    fit = ma.pool(made(0.5), model="common")
    with pytest.raises(InputError, match="two or more different finite numbers"):
        sensitivity(fit, made, values=[0.5, 0.5])
    with pytest.raises(InputError, match="values must be numbers"):
        sensitivity(fit, made, values=["a"])
    with pytest.raises(InputError, match="must be a function"):
        sensitivity(fit, made(0.5), values=[0, 1])  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"make_effects\(0\) must return Effects; got float"):
        sensitivity(fit, lambda x: x, values=[0, 1])  # type: ignore[arg-type,return-value]
    log = ma.Effects.from_arrays([0.1], se=[1.0], scale="log")
    with pytest.raises(InputError, match="1 studies on the log scale"):
        sensitivity(fit, lambda _: log, values=[0, 1])
    with pytest.raises(InputError, match="weights of its own"):
        sensitivity(ma.pool(made(0.5), weights=[1, 1, 2]), made, values=[0, 1])


def shifted(x: float) -> ma.Effects:
    """Return effects whose mean is x."""
    return ma.Effects.from_arrays([x - 0.2, x + 0.2], se=[0.2, 0.2])


def test_a_turn_at_zero_is_at_zero() -> None:
    """The sign of the estimate: no rounding in text or record, and what is just above 0."""
    fit = ma.pool(shifted(1.0), model="common")
    found = sensitivity(fit, shifted, values=[-0.3, 0.1, 0.45], conclusion="estimate")
    assert [turn.at for turn in found.turns] == [0.0]
    assert "from 0 on the estimate lies above 0" in found.sentence()
    jump = sensitivity(fit, lambda x: shifted(np.sign(x) or -1), values=[0, 0.7, 1])
    assert [turn.at for turn in jump.turns] == [0.0]
    assert "above 0 the 95% CI lies above 0" in jump.sentence()


def test_the_words_of_a_range() -> None:
    """Without a name, without a change, and with the decimals of the table."""
    fit = ma.pool(shifted(1.0), model="common")
    still = sensitivity(fit, lambda _: shifted(1.0), values=[1, 2])
    assert still.sentence().startswith(
        "With the assumption varied from 1 to 2, the pooled effect did not change (1.000)."
    )
    small = sensitivity(fit, lambda x: shifted(-0.235 - 0.009 * x), values=[0.01, 1])
    assert "ranged from −0.244 to −0.235" in small.sentence()
    assert "−0.244" in str(small).splitlines()[3]
    near = sensitivity(fit, lambda x: shifted(0.5 + 1e-5 * x), values=[0, 1])
    assert "ranged from 0.50000 to 0.50001" in near.sentence()
    assert "0.50001 " in str(near).splitlines()[3]
    large = sensitivity(fit, lambda x: shifted(3e5 + x), values=[0, 1])
    assert "ranged from 300000 to 300001" in large.sentence()


def test_texts() -> None:
    """Summary, table, notebook."""
    found = sensitivity(
        ma.pool(made(0.5), model="common"), made, values=np.linspace(0, 0.9, 40), name="r"
    )
    assert str(found).startswith("Pooled effect for 40 values of r")
    assert "19 rows in between" in str(found)
    assert "Pooled effect" in found._repr_html_()
    assert found.references == ()
