"""Edges of numbers: exact agreement, weights far apart, names that could be confused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from metaan.core.errors import InputError
from metaan.core.network_counts import NetworkCounts
from metaan.core.network_effects import NetworkEffects
from metaan.networks.fits.network import network
from tests.networks.builders import of_pairs
from tests.tolerance import Tolerance, close

quiet = pytest.mark.filterwarnings("ignore::metaan.core.errors.EmptyIntervalWarning")


@quiet
def test_an_effect_without_error_is_told_alike_everywhere() -> None:
    """Three studies with one effect, HKSJ: standard error 0, p = 0 as in a pool."""
    fit = network(of_pairs(*(("a", "b", 0.1, v) for v in (0.01, 0.04, 0.09))))
    assert fit.effect("a", "b").se == 0
    assert fit.effect("a", "b").p_value == fit.matrix().p_values[0, 1] == 0
    assert fit.to_frame().p_value.tolist() == [0.0]
    assert fit.leave_one_out().p_values("b")[:, 0].tolist() == [0.0] * 3


@quiet
@pytest.mark.parametrize(
    "pairs",
    [
        [("a", "b", 0.1), ("a", "c", 0.3), ("b", "c", 0.2), ("b", "c", 0.2), ("a", "b", 0.1)],
        [("a", "b", 1.0), ("a", "c", 1.0), ("b", "c", 0.0), ("b", "d", 0.0), ("a", "b", 1.0)],
        [("a", "b", 0.0), ("a", "c", 0.0), ("b", "c", 0.0), ("a", "b", 0.0)],
    ],
)
def test_exact_agreement_is_no_evidence_of_anything(pairs: list[tuple[str, str, float]]) -> None:
    """Rounding in Q is no spread: nothing is inconsistent, equal treatments are tied."""
    fit = network(of_pairs(*((*pair, 0.01) for pair in pairs)))
    assert fit.q == 0
    tested = fit.split().dropna(subset=["difference"])
    assert tested["difference"].tolist() == [0.0] * len(tested)
    assert tested["p_value"].tolist() == [1.0] * len(tested)
    assert fit.loops().log_p_values.tolist() == [0.0] * len(fit.loops().loops)
    scores = fit.ranking(better="lower").set_index("treatment")["p_score"]
    if pairs[0][2] == 1.0:
        assert scores.tolist() == pytest.approx([2 / 3, 2 / 3, 2 / 3, 0.0])
        assert fit.effect("d", "b").p_value == 1
    if pairs[0][2] == 0.0:
        assert scores.tolist() == [0.5] * 3


@quiet
@pytest.mark.parametrize("se", [1e-8, 1e-10, 1e-12])
def test_impact_of_a_study_far_more_precise(se: float) -> None:
    """It fixes a - b; what a - c and b - c lose without it follows by hand."""
    effects = NetworkEffects.from_arrays(
        [0.1, 0.2, 0.3, 0.1],
        se=[se, 1.0, 1.0, 2.0],
        study=list("1234"),
        treat1=list("aabb"),
        treat2=list("bccc"),
    )
    impact = network(effects, model="common").impact().loc["1"]
    alone, pair = 1.0, 1 / (1 + 1 / 4)  # variances of a - c and b - c by their own studies
    both = 1 / (1 / alone + 1 / pair)
    hand = [1.0, 1 - both / alone, 1 - both / pair]
    told = Tolerance(absolute=1e-7, reason="terms of the order of se² were left out by hand")
    assert close(impact[["a:b", "a:c", "b:c"]], hand, told)


@quiet
@pytest.mark.parametrize("wild", [1e4, 1e8, 1e11])
@pytest.mark.parametrize("names", ["abc", "zbc", "bca"])
def test_a_wild_arm_takes_no_digits_of_the_others(wild: float, names: str) -> None:
    """Arms of variance 1 and 1/2 beside a wild one: one study more gives b - c by hand."""
    first, second, third = names
    effects = NetworkEffects.from_arrays(
        [1.3, 2.1, 0.8, 0.3],
        [wild + 1, wild + 0.5, 1.5, 1.0],
        study=list("1112"),
        treat1=[first, first, second, second],
        treat2=[second, third, third, third],
    )
    found = network(effects, model="common").effect(second, third)
    value, v = (0.8 / 1.5 + 0.3) / (1 / 1.5 + 1), 1 / (1 / 1.5 + 1)
    # all variances come from one matrix, whose entries are as large as the wild arm's
    lost = Tolerance(
        relative=1e-15 * wild + 1e-12, reason="rounding of the largest variance in the network"
    )
    assert close(found.se, v**0.5, lost)
    kept = Tolerance(relative=1e-10, reason="the effects themselves keep their digits")
    assert close(found.value, value, kept)


def test_names_with_a_colon_are_joined_by_another_sign() -> None:
    """Two designs never share a name."""
    effects = of_pairs(
        ("a:b", "c", 1.0, 0.04), ("a:b", "a", 2.0, 0.09), ("a", "b:c", 1.0, 0.09),
        ("a", "c", 0.5, 0.01), ("b:c", "c", 0.3, 0.04),
    )  # fmt: skip
    fit = network(effects)
    assert len(set(fit.designs.names)) == len(fit.designs) == 5
    assert "a : b:c" in fit.designs.names
    assert fit.contribution().index.is_unique
    assert fit.pairwise()["comparison"].is_unique


def test_missing_names_connect_nothing() -> None:
    """Every argument with its rows."""
    with pytest.raises(
        InputError, match=r"treat1 is missing in rows 1; treat2 .* rows 2 "
    ) as told:
        NetworkEffects.from_arrays(
            [1.0, 2.0, 1.0],
            se=[0.2, 0.3, 0.3],
            study=[1, 2, 3],
            treat1=["a", float("nan"), "b"],  # type: ignore[list-item]
            treat2=["b", "c", None],  # type: ignore[list-item]
        )
    assert "name it, or leave it out" in str(told.value)
    with pytest.raises(InputError, match="treatment is missing in rows 3"):
        NetworkCounts.from_arrays(
            [1, 2, 1, 0], [9, 9, 9, 9], study=list("ssts"), treatment=["a", "b", "a", " "]
        )


def test_numbers_as_names() -> None:
    """Whole numbers are written without a point, as tables write them."""
    names = pd.Series([1.0, 2.0])
    effects = NetworkEffects.from_arrays(
        [1.0, 2.0], [1.0, 1.0], study=names, treat1=np.array([1, 3]), treat2=["2", "2"]
    )
    assert (effects.studies, effects.treatments) == (("1", "2"), ("1", "2", "3"))


def test_negative_standard_errors() -> None:
    """Squares would hide them."""
    with pytest.raises(InputError, match=r"negative for p \(a against b\)"):
        NetworkEffects.from_arrays([1.0], se=[-0.2], study=["p"], treat1=["a"], treat2=["b"])
