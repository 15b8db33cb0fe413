"""P-scores, SUCRA and mean ranks: R's figures, sums by hand, and the laws they obey."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special

from metaan.core.arrays import Floats
from metaan.core.errors import ChoiceError, InputError
from metaan.core.scale import IDENTITY
from metaan.networks.combining.relative import RelativeEffects
from metaan.networks.fits.network import network
from metaan.networks.ranks.ranking import Ranking, alike, arranged, rank_treatments
from tests.networks.builders import drawn, of_pairs
from tests.networks.pinned import PINNED, fitted, net
from tests.tolerance import EXACT, Tolerance, close

TAILS = Tolerance(
    relative=1e-10,
    absolute=1e-13,
    reason="probabilities of z statistics up to 16, whose last digit moves the tail",
)
MODELS = ("common", "random")


def relative_of(
    values: Floats, covariance: Floats, *, df: float = np.inf, label: str = "Effect"
) -> RelativeEffects:
    """Return effects of treatments t0, t1, ..."""
    return RelativeEffects(
        treatments=tuple(f"t{i}" for i in range(len(values))),
        values=values,
        covariance=covariance,
        df=df,
        level=0.95,
        scale=IDENTITY,
        label=label,
    )


def made_up(seed: int, n: int = 6, *, df: float = np.inf) -> RelativeEffects:
    """Return made-up effects with a full covariance."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(n, n))
    return relative_of(rng.normal(size=n), root @ root.T / n, df=df)


def by_name(found: Ranking) -> dict[str, float]:
    """Return the P-scores by treatment."""
    return dict(zip(found.treatments, found.p_scores.tolist(), strict=True))


@pytest.mark.parametrize("name", PINNED)
@pytest.mark.parametrize("model", MODELS)
def test_p_scores_are_those_of_r(name: str, model: str) -> None:
    """Small values desirable and undesirable, both models."""
    fit = fitted(name, model)
    for way, better in (("desirable", "lower"), ("undesirable", "higher")):
        pinned = net(name)["pscore"][way]
        ours = by_name(rank_treatments(fit.relative, better=better))
        assert close([ours[t] for t in pinned["trts"]], pinned[model], TAILS)


@pytest.mark.parametrize("df", [np.inf, 3.0])
def test_p_scores_are_means_of_probabilities_by_quadrature(df: float) -> None:
    """One integral of the density for each pair, nothing shared."""
    relative = made_up(3, 4, df=df)

    def density(x: float) -> float:
        if np.isinf(df):
            return float(np.exp(-x * x / 2) / np.sqrt(2 * np.pi))
        constant = special.gamma((df + 1) / 2) / special.gamma(df / 2) / np.sqrt(df * np.pi)
        return float(constant * (1 + x * x / df) ** (-(df + 1) / 2))

    for beyond in (0.0, 0.4):
        expected = []
        for i in range(4):
            total = 0.0
            for j in set(range(4)) - {i}:
                c = relative.covariance
                se = (c[i, i] + c[j, j] - 2 * c[i, j]) ** 0.5
                gain = relative.values[j] - relative.values[i] - beyond
                total += integrate.quad(density, -np.inf, gain / se, epsabs=1e-13)[0]
            expected.append(total / 3)
        found = rank_treatments(relative, better="lower", beyond=beyond)
        assert close(found.p_scores, expected, Tolerance(absolute=1e-9, reason="quadrature"))


def test_t_intervals_give_t_probabilities() -> None:
    """A fit with finite degrees of freedom is less certain than its normal counterpart."""
    effects = drawn(1)
    fit = network(effects, inference="T")
    sure = network(effects, inference="WALD")
    assert np.isfinite(fit.relative.df)
    ours, normal = (rank_treatments(each.relative, better="lower") for each in (fit, sure))
    p = np.exp(fit.relative.log_p_values)
    expected = np.where(fit.relative.differences < 0, 1 - p / 2, p / 2)
    np.fill_diagonal(expected, 0)
    assert close(ours.beats, expected, EXACT)
    assert np.abs(ours.beats - 0.5).max() < np.abs(normal.beats - 0.5).max() + 1e-15
    assert not np.allclose(ours.p_scores, normal.p_scores)


@settings(max_examples=50)
@given(seed=st.integers(0, 10_000), n=st.integers(2, 9), df=st.sampled_from([np.inf, 2.5, 40.0]))
def test_laws_of_p_scores(seed: int, n: int, df: float) -> None:
    """Their mean is 0.5; the other direction is the complement; ranks add up."""
    relative = made_up(seed, n, df=df)
    low, high = (rank_treatments(relative, better=each) for each in ("lower", "higher"))
    assert close(low.p_scores.mean(), 0.5, EXACT)
    assert close(high.p_scores, 1 - low.p_scores, EXACT)
    assert close(low.mean_ranks.sum(), n * (n + 1) / 2, EXACT)
    assert close(low.mean_ranks, n - (n - 1) * low.p_scores, EXACT)
    assert close(low.sucra, low.p_scores, EXACT)
    off = ~np.eye(n, dtype=bool)
    assert close((low.beats + low.beats.T)[off], np.ones(n * n - n), EXACT)
    shifted = relative_of(
        relative.values + 7, relative.covariance + np.arange(n) + np.arange(n)[:, None], df=df
    )
    # Another constant and another gauge of the covariance: the differences are the same.
    assert close(rank_treatments(shifted, better="lower").p_scores, low.p_scores, TAILS)
    turned = np.random.default_rng(seed).permutation(n)
    moved = relative_of(
        relative.values[turned], relative.covariance[np.ix_(turned, turned)], df=df
    )
    assert close(rank_treatments(moved, better="lower").p_scores, low.p_scores[turned], EXACT)


@settings(max_examples=50)
@given(seed=st.integers(0, 10_000), beyond=st.floats(0, 3))
def test_a_difference_that_matters(seed: int, beyond: float) -> None:
    """Gains, losses and the rest add up to 1; a larger difference is less certain."""
    relative = made_up(seed, 5)
    found = rank_treatments(relative, better="lower", beyond=beyond)
    plain = rank_treatments(relative, better="lower")
    off = ~np.eye(5, dtype=bool)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.array([(s * beyond - relative.differences) / relative.se for s in (1, -1)])
    within = special.ndtr(z[0]) - special.ndtr(z[1])
    assert close((found.beats + found.beats.T + within)[off], np.ones(20), TAILS)
    assert (found.p_scores <= plain.p_scores).all()
    assert close(found.mean_ranks, plain.mean_ranks, EXACT)
    assert close(found.sucra, plain.p_scores, EXACT)


def test_no_p_score_depends_on_the_reference() -> None:
    """Every treatment as the reference gives the same ranking."""
    effects = drawn(4)
    frames = [
        network(effects, reference=name).ranking(better="higher") for name in effects.treatments
    ]
    for frame in frames[1:]:
        assert frame["treatment"].tolist() == frames[0]["treatment"].tolist()
        assert close(frame["p_score"], frames[0]["p_score"], EXACT)


def test_two_treatments() -> None:
    """One comparison: the P-scores are its one-sided p-values."""
    fit = network(of_pairs(("a", "b", -0.5, 0.04), ("a", "b", -0.1, 0.09)), model="common")
    p = fit.effect("a", "b").p_value
    frame = fit.ranking(better="lower")
    assert frame["treatment"].tolist() == ["a", "b"]
    assert close(frame["p_score"], [1 - p / 2, p / 2], EXACT)
    assert close(frame["mean_rank"], [1 + p / 2, 2 - p / 2], EXACT)


def test_treatments_that_are_one_share_their_places() -> None:
    """Effects that a model makes equal: neither is better, by rounding errors least of all."""
    root = np.array([[1.0, 0.3], [0.2, 1.0], [0.2, 1.0], [-0.5, 0.4]])
    values = np.array([0.1, 0.4, 0.4 + 1e-16, 0.9])
    relative = relative_of(values, root @ root.T)
    found = rank_treatments(relative, better="lower")
    assert np.argwhere(alike(relative)).tolist() == [[0, 0], [1, 1], [1, 2], [2, 1], [2, 2],
                                                     [3, 3]]  # fmt: skip
    assert found.beats[1, 2] == found.beats[2, 1] == 0.5
    assert close(found.mean_ranks[1], found.mean_ranks[2], EXACT)
    assert rank_treatments(relative, better="lower", beyond=0.1).beats[1, 2] == 0


def test_the_frame_is_sorted_and_the_record_prints() -> None:
    """Best first; words name the direction, also beyond a difference."""
    fit = fitted("senn2013")
    frame = fit.ranking(better="lower")
    assert list(frame.columns) == ["treatment", "p_score", "sucra", "mean_rank"]
    assert frame["treatment"].iloc[0] == "rosiglitazone"
    assert frame["p_score"].is_monotonic_decreasing
    found = rank_treatments(fit.relative, better="lower", beyond=0.25)
    assert "lower effect is better by more than 0.25" in str(found)
    assert "rosiglitazone" in found._repr_html_()
    with pytest.raises(ValueError, match="read-only"):
        found.beats[0, 1] = 1


def test_the_direction_has_no_default() -> None:
    """Without a direction there is no ranking, and a wrong one lists the right ones."""
    fit = fitted("woods2010")
    with pytest.raises(InputError, match="ranking needs better=, one of lower, higher"):
        fit.ranking()
    with pytest.raises(ChoiceError, match=r"better='small' is not .* lower, higher"):
        fit.ranking(better="small")
    for beyond in (-0.1, np.nan, np.inf):
        with pytest.raises(InputError, match="finite and at least 0"):
            fit.ranking(better="lower", beyond=beyond)


def test_orders() -> None:
    """Alphabetic, by rank, by name; every fault is told."""
    relative = made_up(0, 3)
    ranked = rank_treatments(relative, better="lower").order
    assert arranged(relative, None, more=("a",)) == ("a", "t0", "t1", "t2")
    assert arranged(relative, "ranking", better="lower", more=("a",)) == (*ranked, "a")
    assert arranged(relative, ["t2", "t0"]) == ("t2", "t0")
    for order, error, words in (
        ("ranked", ChoiceError, 'give "ranking" or a list'),
        ("ranking", InputError, "needs better="),
        (["t2", "t9"], ChoiceError, "'t9' is not a treatment"),
        (["t2", "t2"], InputError, "t2 stands twice"),
        ([], InputError, "none is there"),
    ):
        with pytest.raises(error, match=words):
            arranged(relative, order)
