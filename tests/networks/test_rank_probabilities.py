"""Rank probabilities: exact ones of few treatments, plain Monte Carlo, R, and their laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, special

from metaan.core.arrays import Floats
from metaan.core.errors import ChoiceError, InputError
from metaan.networks.combining.relative import RelativeEffects
from metaan.networks.fits.network import network
from metaan.networks.ranks.rank_probabilities import (
    SCRAMBLINGS,
    RankProbabilities,
    rank_probabilities,
)
from metaan.networks.ranks.ranking import rank_treatments
from tests.networks.builders import drawn
from tests.networks.dense import solved, stacked
from tests.networks.pinned import PINNED, fitted, matrix, net
from tests.networks.test_ranking import made_up, relative_of
from tests.tolerance import EXACT, SIMULATED, Tolerance, close

DRAWN_BY_R = 20_000


def within(found: RankProbabilities, expected: Floats, *more: Floats) -> bool:
    """Whether probabilities are 4 standard errors from others, which may have errors too.

    An error that is itself from 16 scramblings is taken as no less than that of half a point.
    """
    least = 0.5 / found.draws
    error = np.sqrt(np.maximum(found.error, least) ** 2 + sum(each**2 for each in more))
    assert float((np.abs(found.probabilities - expected) / error).max()) < SIMULATED
    return True


def first_and_last(relative: RelativeEffects, i: int) -> tuple[float, float]:
    """Return the exact chances that one of three is the lowest, and the highest: one integral.

    x_i is below both others where both gaps to it are positive: a corner of two normals, the
    second integrated given the first.
    """
    j, k = (each for each in range(3) if each != i)
    c = relative.covariance
    lift = np.array(
        [[1.0 if p == q else -1.0 if q == i else 0.0 for q in range(3)] for p in (j, k)]
    )
    mean, cov = lift @ relative.values, lift @ c @ lift.T
    slope, rest = cov[0, 1] / cov[0, 0], cov[1, 1] - cov[0, 1] ** 2 / cov[0, 0]

    def corner(sign: float) -> float:
        def given(x: float) -> float:
            z = (x - mean[0]) / math.sqrt(cov[0, 0])
            other = sign * (mean[1] + slope * (x - mean[0])) / math.sqrt(rest)
            return float(
                math.exp(-z * z / 2) / math.sqrt(2 * math.pi * cov[0, 0]) * special.ndtr(other)
            )

        ends = (0.0, np.inf) if sign > 0 else (-np.inf, 0.0)
        return float(integrate.quad(given, *ends, epsabs=1e-12)[0])

    return corner(1.0), corner(-1.0)


@pytest.mark.parametrize("seed", range(4))
def test_three_treatments_are_exact(seed: int) -> None:
    """Corners of the bivariate normal distribution, integrated one by one."""
    relative = made_up(seed, 3)
    expected = np.empty((3, 3))
    for i in range(3):
        low, high = first_and_last(relative, i)
        expected[i] = low, 1 - low - high, high
    found = rank_probabilities(relative, better="lower", rng=seed)
    assert within(found, expected)
    assert found.error.max() < 1e-3
    other = rank_probabilities(relative, better="higher", rng=seed)
    assert within(other, expected[:, ::-1])


@pytest.mark.parametrize("df", [np.inf, 2.0])
def test_two_treatments_have_their_p_scores(df: float) -> None:
    """One dimension (two with t): the chance to be best is the P-score."""
    relative = made_up(5, 2, df=df)
    found = rank_probabilities(relative, better="lower", rng=1)
    exact = rank_treatments(relative, better="lower").p_scores
    assert within(found, np.stack([exact, 1 - exact], axis=1))
    assert close(found.p_best, exact, Tolerance(absolute=1e-3, reason="4096 points a scrambling"))


@pytest.mark.parametrize("better", ["lower", "higher"])
@pytest.mark.parametrize("df", [np.inf, 4.0])
def test_plain_monte_carlo_agrees(better: str, df: float) -> None:
    """Draws one after the other with numpy's own generator, ranks counted pair by pair."""
    relative = made_up(8, 5, df=df)
    rng = np.random.default_rng(2)
    many = 40_000
    noise = rng.multivariate_normal(np.zeros(5), relative.covariance, size=many)
    if np.isfinite(df):
        noise *= np.sqrt(df / rng.chisquare(df, size=(many, 1)))
    x = relative.values + noise
    ahead = x[:, None, :] < x[:, :, None] if better == "lower" else x[:, None, :] > x[:, :, None]
    ranks = ahead.sum(axis=2)
    expected = np.stack([(ranks == r).mean(axis=0) for r in range(5)], axis=1)
    found = rank_probabilities(relative, better=better, rng=3)
    error = np.sqrt(np.maximum(expected * (1 - expected), 1 / many) / many)
    assert within(found, expected, error)


@pytest.mark.parametrize("name", PINNED)
@pytest.mark.parametrize("model", ["common", "random"])
def test_sucra_of_draws_is_the_exact_one(name: str, model: str) -> None:
    """Means of the draws, with their errors, against P-scores of the same fit."""
    fit = fitted(name, model)
    found = fit.rank_probabilities(better="lower", rng=11)
    exact = rank_treatments(fit.relative, better="lower")
    off = np.abs(found.sucra - exact.sucra) / np.maximum(found.sucra_error, 0.5 / found.draws)
    assert off.max() < SIMULATED
    assert close(found.mean_ranks, exact.mean_ranks, Tolerance(absolute=0.02, reason="drawn"))


def test_a_network_the_long_way() -> None:
    """Draws of the contrasts with the last treatment from one big covariance matrix."""
    effects = drawn(6)
    fit = network(effects, model="common")
    beta, covariance, _ = solved(stacked(effects), 0.0)
    x = np.random.default_rng(1).multivariate_normal(beta, covariance, size=40_000)
    x = np.concatenate([x, np.zeros((len(x), 1))], axis=1)
    ranks = np.argsort(np.argsort(x, axis=1), axis=1)
    expected = np.stack([(ranks == r).mean(axis=0) for r in range(5)], axis=1)
    found = fit.rank_probabilities(better="lower", rng=2)
    error = np.sqrt(np.maximum(expected * (1 - expected), 1 / len(x)) / len(x))
    assert within(found, expected, error)


@pytest.mark.parametrize(("name", "off"), [("woods2010", 0.015), ("senn2013", 0.036)])
def test_r_draws_nearly_the_same(name: str, off: float) -> None:
    """R's 20,000 draws are near, but not of these networks' covariances: see the next test."""
    for model in ("common", "random"):
        fit = fitted(name, model)
        pinned = net(name)["rankogram_simulated_20000"][f"prob_{model}"]
        ranks = [str(i + 1) for i in range(len(fit.treatments))]
        found = fit.rank_probabilities(better="lower", rng=1)
        assert np.abs(found.probabilities - matrix(pinned, fit.treatments, ranks)).max() < off


def test_r_contradicts_its_own_p_scores() -> None:
    """Whatever the joint distribution is, SUCRA is the mean chance to beat another treatment.

    R's draws for franchini2012 are 29 Monte Carlo errors off R's own P-scores, so that their
    covariance is not that of R's own standard errors; ours are none off.
    """
    pinned = net("franchini2012")
    score, simulated = pinned["pscore"]["desirable"], pinned["rankogram_simulated_20000"]
    names = score["trts"]
    n = len(names)
    ranks = np.arange(1, n + 1)
    drawn_by_r = matrix(simulated["prob_random"], names, [str(r) for r in ranks])
    mean = drawn_by_r @ ranks
    assert close((n - mean) / (n - 1), simulated["sucra_random"], EXACT)
    error = np.sqrt((drawn_by_r @ ranks**2 - mean**2) / DRAWN_BY_R) / (n - 1)
    off = np.abs(np.array(simulated["sucra_random"]) - score["random"]) / error
    assert off.max() > 25
    ours = fitted("franchini2012").rank_probabilities(better="lower", rng=1)
    assert (np.abs(ours.sucra - score["random"]) < SIMULATED * ours.sucra_error).all()


def test_every_matrix_is_doubly_stochastic() -> None:
    """Each treatment has one rank, each rank one treatment, in every scrambling."""
    found = rank_probabilities(made_up(1, 7, df=5.0), better="higher", rng=4, draws=2**12)
    assert found.scrambled.shape == (SCRAMBLINGS, 7, 7)
    assert close(found.scrambled.sum(axis=1), np.ones((SCRAMBLINGS, 7)), EXACT)
    assert close(found.scrambled.sum(axis=2), np.ones((SCRAMBLINGS, 7)), EXACT)
    assert (found.scrambled >= 0).all()
    assert close(found.cumulative[:, -1], np.ones(7), EXACT)
    assert close(found.sucra, found.cumulative[:, :-1].mean(axis=1), EXACT)
    assert close(found.sucra.mean(), 0.5, EXACT)
    assert close(found.cumulative_error[:, 0], found.error[:, 0], EXACT)
    assert close(found.mean_ranks_error, 6 * found.sucra_error, EXACT)
    assert (found.cumulative_error[:, -1] < 1e-12).all()


def test_the_error_is_the_spread_of_seeds() -> None:
    """Thirty seeds scatter as much as each says it errs."""
    relative = made_up(2, 4)
    runs = [rank_probabilities(relative, better="lower", rng=s, draws=2**10) for s in range(30)]
    spread = np.std([run.probabilities for run in runs], axis=0, ddof=1)
    told = np.sqrt(np.mean([run.error**2 for run in runs], axis=0))
    assert 0.8 < float(np.median(spread / told)) < 1.25
    many = rank_probabilities(relative, better="lower", rng=0, draws=2**14)
    assert many.error.mean() < runs[0].error.mean() / 2


def test_the_same_seed_gives_the_same_bytes() -> None:
    """A seed and a generator of it; another seed differs."""
    fit = fitted("woods2010")
    one, two, other = (fit.rank_probabilities(better="lower", rng=s) for s in (7, 7, 8))
    three = fit.rank_probabilities(better="lower", rng=np.random.default_rng(7))
    assert one.scrambled.tobytes() == two.scrambled.tobytes() == three.scrambled.tobytes()
    assert one.scrambled.tobytes() != other.scrambled.tobytes()


def test_relabeled_treatments_have_their_ranks() -> None:
    """Order and constants of the effects change nothing but the draws."""
    relative = made_up(9, 5)
    turned = np.array([3, 0, 4, 1, 2])
    moved = relative_of(
        relative.values[turned] + 100, relative.covariance[np.ix_(turned, turned)] + 5
    )
    one = rank_probabilities(relative, better="lower", rng=1)
    two = rank_probabilities(moved, better="lower", rng=2)
    assert within(two, one.probabilities[turned], one.error[turned])


def test_treatments_that_are_one_share_their_ranks() -> None:
    """A covariance of rank 2 for four treatments, two of them the same."""
    root = np.array([[1.0, 0.3], [0.2, 1.0], [0.2, 1.0], [-0.5, 0.4]])
    relative = relative_of(np.array([0.1, 0.4, 0.4, 0.9]), root @ root.T)
    found = rank_probabilities(relative, better="lower", rng=1)
    assert close(found.scrambled[:, 1], found.scrambled[:, 2], EXACT)
    assert close(found.probabilities.sum(axis=0), np.ones(4), EXACT)
    exact = rank_treatments(relative, better="lower").sucra
    off = np.abs(found.sucra - exact) / np.maximum(found.sucra_error, 0.5 / found.draws)
    assert off.max() < SIMULATED


def test_many_treatments_and_many_draws_go_in_chunks() -> None:
    """Sixty treatments, more points a scrambling than are held at a time."""
    relative = made_up(1, 60)
    found = rank_probabilities(relative, better="lower", rng=1, draws=2**12)
    exact = rank_treatments(relative, better="lower").sucra
    assert np.abs(found.sucra - exact).max() < 0.02
    few = rank_probabilities(made_up(1, 2), better="lower", rng=1, draws=2**18)
    assert close(few.scrambled.sum(axis=2), np.ones((SCRAMBLINGS, 2)), EXACT)
    assert few.error.max() < 1e-4


def test_frames_and_words() -> None:
    """Ranks are columns from 1; the text says draws and error."""
    found = fitted("woods2010").rank_probabilities(better="lower", rng=1, draws=2**10)
    frame = found.to_frame()
    assert list(frame.columns) == [1, 2, 3, 4]
    assert close(frame.loc["SFC", 1], found.p_best[2], EXACT)
    assert close(found.to_frame("cumulative")[2], frame[1] + frame[2], EXACT)
    assert close(found.to_frame("error").to_numpy(), found.error, EXACT)
    assert "1024 quasi-random draws, largest standard error 0.0" in str(found)
    assert "SFC" in found._repr_html_()
    with pytest.raises(ChoiceError, match="probabilities, error, cumulative"):
        found.to_frame("ranks")


@pytest.mark.parametrize(
    ("draws", "near"), [(1000, 1024), (100, 256), (2**27, 2**26), (0, 2**16), (512.0, 512)]
)
def test_draws_are_a_power_of_two(draws: int, near: int) -> None:
    """The nearest one is offered."""
    with pytest.raises(InputError, match=f"power of two.*draws={near}$"):
        rank_probabilities(made_up(0), better="lower", rng=1, draws=draws)


def test_direction_must_be_given() -> None:
    """No default for what decides; draws start from 1 unless another seed is given."""
    fit = fitted("woods2010")
    one, two = (fit.rank_probabilities(better="lower", **kw) for kw in ({}, {"rng": 1}))
    assert one.scrambled.tolist() == two.scrambled.tolist()
    with pytest.raises(InputError, match="rank_probabilities needs better=, one of lower, higher"):
        fit.rank_probabilities()
    with pytest.raises(InputError, match=r"rng=-1 must be .* scrambled at random"):
        fit.rank_probabilities(better="lower", rng=-1)
    with pytest.raises(ChoiceError, match="lower, higher"):
        fit.rank_probabilities(better="low", rng=1)
