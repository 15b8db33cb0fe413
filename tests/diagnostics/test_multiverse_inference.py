"""The test of all specifications together, against pools of flipped studies one by one."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy import stats

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.diagnostics.specifications.multiverse import multiverse
from metaan.diagnostics.specifications.multiverse_record import Multiverse
from tests.diagnostics.comparing import drawn, quiet
from tests.tolerance import SOLVED, close, simulated

CHOICES: dict[str, Any] = {
    "shift": [0.0, 0.15],
    "studies": {"all": None, "no 2": ["Study 2"], "no 1": ["Study 1"]},
    "tau2": ["REML", "DL"],
    "inference": ["HKSJ", "WALD"],
}


def five(shift: float = 0.0, signs: tuple[int, ...] = (1,) * 5) -> Effects:
    """Return effects of five studies; signs turn what they are after the shift."""
    effects = drawn(5, seed=11)
    return replace(effects, y=(effects.y + shift) * np.array(signs))


def naive(signs: tuple[int, ...]) -> np.ndarray:
    """Return median, share significant in the dominant direction and mean z, by loops."""
    values, z = [], []
    for shift, out, tau2, inference in product(
        CHOICES["shift"], (None, 1, 0), CHOICES["tau2"], CHOICES["inference"]
    ):
        effects = five(shift, signs)
        own = effects if out is None else effects.take(np.arange(5) != out)
        estimate = quiet(own, tau2=tau2, inference=inference).estimate
        values.append(estimate.value)
        z.append(np.sign(estimate.value) * stats.norm.isf(estimate.p_value / 2))
    size = np.abs(z) > stats.norm.isf(0.025)
    share = max(np.mean(size & (np.sign(z) == side)) for side in (-1, 1))
    return np.array([abs(np.median(values)), share, abs(np.mean(z))])


@pytest.fixture(scope="module", name="found")
def _found() -> Multiverse:
    return multiverse(five, CHOICES)


def test_all_signs_against_loops(found: Multiverse) -> None:
    """Every one of 32 choices of signs, both of each pair of mirror images."""
    test = found.inference()
    every = np.array([naive(signs) for signs in product((1, -1), repeat=5)])
    assert test.exact
    assert test.draws == 32
    assert close(test.observed, every[0], SOLVED, typical=1.0)
    assert close(test.expected, every.mean(axis=0), SOLVED, typical=1.0)
    at_least = every >= every[0] * (1 - 1e-8)
    assert test.p_values.tolist() == at_least.mean(axis=0).tolist()
    assert test["median"] == test.p_value == test.p_values[0]
    assert test.standard_errors.tolist() == [0.0, 0.0, 0.0]


def test_random_signs_come_near(found: Multiverse) -> None:
    """Same seed, same numbers; the data count among the draws."""
    exact = found.inference()
    test = found.inference(rng=3, draws=999, exact=False)
    again = found.inference(rng=np.random.default_rng(3), draws=999, exact=False)
    assert test.p_values.tolist() == again.p_values.tolist()
    assert not test.exact
    worst = float(np.sqrt(0.25 / 999))
    assert close(test.p_values, exact.p_values, simulated(worst + 1 / 4000))
    assert "Monte Carlo SE" in test.summary()
    with pytest.raises(InputError, match="rng=None must be"):
        found.inference(exact=False)
    with pytest.raises(InputError, match="draws=0"):
        found.inference(rng=1, draws=0, exact=False)


def test_a_mirror_image_has_the_same_p_values(found: Multiverse) -> None:
    """Effects of the other sign: medians change theirs, nothing else changes."""

    def turned(shift: float) -> Effects:  # fmt: skip
        return five(shift, (-1,) * 5)

    other, ours = multiverse(turned, CHOICES).inference(), found.inference()
    assert other.p_values.tolist() == ours.p_values.tolist()
    assert close(other.observed, ours.observed, SOLVED)


def test_only_the_studies_of_the_effect_have_signs() -> None:
    """Two effects of other studies: each is tested by its own."""

    def made(kind: str) -> Effects:  # fmt: skip
        effects = drawn(6, seed=3).take([0, 1, 2] if kind == "few" else [2, 3, 4, 5])
        return replace(effects, label=kind)

    found = multiverse(made, {"kind": ["few", "more"], "tau2": ["DL", "PM"]})
    few, more = (found.inference(label) for label in ("few", "more"))
    assert (few.studies, few.draws, more.studies, more.draws) == (3, 8, 4, 16)
    alone = multiverse(made, {"kind": ["more"], "tau2": ["DL", "PM"]}).inference()
    assert alone.p_values.tolist() == more.p_values.tolist()
    assert "with 3 studies no p-value can be below 0.25" in few.summary()
    with pytest.raises(ChoiceError, match='Did you mean "more"'):
        found.inference("mor")


def test_many_studies_need_random_signs() -> None:
    """2^25 choices of signs are not made."""
    found = multiverse(lambda: drawn(25), {"tau2": ["DL", "PM"]})
    with pytest.raises(InputError, match=r"rng=None must be .* 2\^25"):
        found.inference()
    with pytest.raises(InputError, match=r"exact=True would take 2\^25"):
        found.inference(exact=True)
    assert found.inference(rng=1, draws=50).draws == 50


def test_estimates_without_error_are_no_fault() -> None:
    """Equal effects: Hartung and Knapp's standard error is 0, z as far as a number goes."""
    effects = Effects.from_arrays([0.4, 0.4, 0.4], [0.1, 0.2, 0.3])
    test = multiverse(lambda: effects, {"inference": ["HKSJ", "WALD"]}).inference()
    assert np.isfinite(test.observed).all()
    assert test.p_values[0] == 0.25


def test_words(found: Multiverse) -> None:
    """What a reader is told."""
    test = found.inference()
    text = test.sentence()
    assert "24 specifications (24 distinct analyses) of the effect were compared" in text
    assert "all 32 choices of signs of the 5 studies [1]" in text
    assert test.to_frame().shape == (3, 6)
    assert len(test.references) == 2
    assert "<table" in test._repr_html_()
    with pytest.raises(ChoiceError, match="is not a statistic"):
        _ = test["mean"]
