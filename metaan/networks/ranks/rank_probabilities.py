"""Probabilities of ranks, by randomized quasi-Monte Carlo with their error."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaincinv, ndtri

from metaan.core.arrays import Floats, FrozenDict, frozen
from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.core.numbers import fixed
from metaan.core.text_table import aligned
from metaan.core.wording import grid, in_sentence
from metaan.networks.combining.combined import centered
from metaan.networks.combining.relative import RelativeEffects, check_comparable
from metaan.networks.ranks.ranking import BETTER, alike
from metaan.numerics.randomness import generator

if TYPE_CHECKING:
    import pandas as pd

SCRAMBLINGS = 16  # independent ones, whose spread is the error
DRAWS = 2**16
SEED = 1
FEWEST, MOST = 2**8, 2**26
CHUNK = 2**13  # draws held at a time: 6.5 MB of effects for 100 treatments
BITS = 30  # of a coordinate of a Sobol point
# Eigenvalues of a covariance below this share of the largest are the rounding errors of a 0.
FLAT = 1e-13


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RankProbabilities:
    """How probable each rank is for each treatment; rank 1 is the best.

    Attributes
    ----------
    treatments : tuple of str, length n
        Names, in the order of the arrays.
    better : str
        Which effects are better: "lower" or "higher".
    label : str
        Name of the effect.
    draws : int
        Points of all scramblings together.
    scrambled : ndarray, shape (s, n, n)
        Probabilities by each of the s independent scramblings: treatment, then rank.
    """

    treatments: tuple[str, ...]
    better: str
    label: str
    draws: int
    scrambled: Floats

    def __post_init__(self) -> None:
        """Freeze the array."""
        object.__setattr__(self, "scrambled", frozen(self.scrambled))

    @property
    def probabilities(self) -> Floats:
        """Probability of each rank (column) for each treatment (row), shape (n, n).

        Rows and columns add up to 1.
        """
        return np.asarray(self.scrambled.mean(axis=0))

    @property
    def error(self) -> Floats:
        """Standard errors of the probabilities, shape (n, n); 0 where no scrambling differs."""
        return _error(self.scrambled)

    @property
    def cumulative(self) -> Floats:
        """Probability of this rank or a better one, shape (n, n)."""
        return np.asarray(self.probabilities.cumsum(axis=1))

    @property
    def cumulative_error(self) -> Floats:
        """Standard errors of the cumulative probabilities, shape (n, n)."""
        return _error(self.scrambled.cumsum(axis=2))

    @property
    def p_best(self) -> Floats:
        """Probability to be the best, shape (n,)."""
        return self.probabilities[:, 0]

    @property
    def mean_ranks(self) -> Floats:
        """Mean ranks, shape (n,); `rank_treatments` has them without error."""
        return np.asarray(self._ranks().mean(axis=0))

    @property
    def mean_ranks_error(self) -> Floats:
        """Standard errors of the mean ranks, shape (n,)."""
        return _error(self._ranks())

    @property
    def sucra(self) -> Floats:
        """Area under the cumulative ranking curve, shape (n,): 1 is surely the best."""
        n = len(self.treatments)
        return np.asarray((n - self.mean_ranks) / (n - 1))

    @property
    def sucra_error(self) -> Floats:
        """Standard errors of the areas, shape (n,)."""
        return np.asarray(self.mean_ranks_error / (len(self.treatments) - 1))

    def _ranks(self) -> Floats:
        return np.asarray(self.scrambled @ np.arange(1.0, len(self.treatments) + 1))

    def to_frame(self, what: str = "probabilities") -> pd.DataFrame:
        """Return one of the matrices, treatments by ranks.

        Parameters
        ----------
        what : {"probabilities", "error", "cumulative", "cumulative_error"}
            Which of them.

        Returns
        -------
        DataFrame
            Rows are the treatments, columns the ranks from 1.
        """
        import pandas as pd

        shown = look_up(SHOWN, what, argument="what", what="a matrix of ranks")
        ranks = range(1, len(self.treatments) + 1)
        frame = pd.DataFrame(shown(self), index=list(self.treatments), columns=list(ranks))
        return frame.rename_axis(index="treatment", columns="rank")

    def _title(self) -> str:
        return (
            f"Ranks of {len(self.treatments)} treatments "
            f"({self.better} {in_sentence(self.label)} is better), "
            f"{self.draws} quasi-random draws, largest standard error "
            f"{float(self.error.max()):.2g}"
        )

    def _rows(self) -> list[list[str]]:
        rows = [
            [
                self.treatments[i],
                fixed(float(self.p_best[i]), 3),
                fixed(float(self.mean_ranks[i])),
                fixed(float(self.sucra[i]), 3),
            ]
            for i in np.argsort(self.mean_ranks, kind="stable").tolist()
        ]
        return [["treatment", "best", "mean rank", "SUCRA"], *rows]

    def __str__(self) -> str:
        """Return the chance to be best, the mean rank and SUCRA of each treatment."""
        return "\n".join([self._title(), *(f"  {line}" for line in aligned(self._rows()))])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(self._title(), self._rows())


SHOWN: Mapping[str, Callable[[RankProbabilities], Floats]] = FrozenDict(
    {
        "probabilities": lambda found: found.probabilities,
        "error": lambda found: found.error,
        "cumulative": lambda found: found.cumulative,
        "cumulative_error": lambda found: found.cumulative_error,
    }
)


def _error(scrambled: Floats) -> Floats:
    """Return the standard error of the mean over independent scramblings (s, ...)."""
    return np.asarray(scrambled.std(axis=0, ddof=1) / math.sqrt(len(scrambled)))


def rank_probabilities(
    relative: RelativeEffects,
    *,
    better: str,
    rng: np.random.Generator | int = SEED,
    draws: int = DRAWS,
) -> RankProbabilities:
    """Return how probable each rank is for each treatment.

    Parameters
    ----------
    relative : RelativeEffects
        Effects of n treatments.
    better : {"lower", "higher"}
        Which effects are better. It decides everything, so that there is no default.
    rng : numpy.random.Generator or int
        Source of the scramblings, or a seed, 1 by default; the same seed gives the same bytes.
    draws : int
        A power of two from 256: points of the 16 scramblings together.

    Returns
    -------
    RankProbabilities
        With the standard error of every probability, from the spread of the scramblings.

    Raises
    ------
    ChoiceError
        If ``better`` is neither.
    InputError
        If ``draws`` or ``rng`` is none.

    Notes
    -----
    The effects are drawn from the normal distribution with the estimates as means and the
    covariance by the inference of the fit, or from the multivariate t with the degrees of freedom
    of its intervals where these are finite: the distribution whose pairs have the probabilities
    of the P-scores, which are SUCRA without error [1]_. The draws are scrambled Sobol points
    [2]_, turned into normal ones along the principal axes of the covariance, the longest first.
    Treatments with one effect by the model share their ranks evenly.

    References
    ----------
    .. [1] Rücker G, Schwarzer G (2015). Ranking treatments in frequentist network meta-analysis
       works without resampling methods. BMC Med Res Methodol 15:58.
       doi:10.1186/s12874-015-0060-8
    .. [2] Owen AB (1997). Monte Carlo variance of scrambled net quadrature. SIAM J Numer Anal
       34:1884. doi:10.1137/S0036142994277468

    Examples
    --------
    >>> import metaan as ma
    >>> effects = ma.NetworkEffects.from_arrays(
    ...     [-0.5, -0.3, 0.1], se=[0.2, 0.25, 0.3], study=["Ann", "Bo", "Cy"],
    ...     treat1=["true", "sham", "true"], treat2=["sham", "usual", "usual"])
    >>> fit = ma.network(effects, model="common")
    >>> fit.rank_probabilities(better="lower", rng=1).to_frame().round(2)
    rank          1     2     3
    treatment
    sham       0.03  0.49  0.48
    true       0.90  0.09  0.01
    usual      0.07  0.42  0.51
    """
    sign = look_up(BETTER, better, argument="better", what="a direction that is better")
    check_comparable(relative)
    source = generator(rng, "the points are scrambled at random")
    each = _points_of_each(draws)
    axes = _principal_axes(relative)
    found = [
        _frequencies(relative, sign, axes, _uniforms(relative, axes, each, child), each)
        for child in source.spawn(SCRAMBLINGS)
    ]
    same = alike(relative)
    return RankProbabilities(
        treatments=relative.treatments,
        better=better,
        label=relative.label,
        draws=int(draws),
        scrambled=same / same.sum(axis=1, keepdims=True) @ np.array(found),
    )


def _points_of_each(draws: object) -> int:
    """Return the points of each scrambling; InputError if they are not a power of two."""
    whole = isinstance(draws, Integral) and not isinstance(draws, bool)
    if whole and FEWEST <= int(draws) <= MOST and int(draws).bit_count() == 1:  # type: ignore[call-overload]
        return int(draws) // SCRAMBLINGS  # type: ignore[call-overload, no-any-return]
    near = DRAWS
    if isinstance(draws, int | float) and math.isfinite(draws) and draws > 0:
        near = min(max(2 ** round(math.log2(draws)), FEWEST), MOST)
    raise InputError(
        f"draws={draws!r} must be a power of two from {FEWEST} to {MOST}, or Sobol's points lose "
        f"their balance; take draws={near}"
    )


def _principal_axes(relative: RelativeEffects) -> Floats:
    """Return F with F F' the covariance of the effects about their mean, shape (n, rank)."""
    values, vectors = np.linalg.eigh(centered(relative.covariance))
    order = np.argsort(-values)
    kept = order[values[order] > FLAT * values.max()]
    return np.asarray(vectors[:, kept] * np.sqrt(values[kept]))


def _uniforms(
    relative: RelativeEffects, axes: Floats, points: int, rng: np.random.Generator
) -> Iterator[Floats]:
    """Return scrambled Sobol points in chunks, one coordinate more for Student's t."""
    from scipy.stats import qmc  # takes most of a second to import

    sobol = qmc.Sobol(axes.shape[1] + math.isfinite(relative.df), bits=BITS, rng=rng)
    for _ in range(0, points, CHUNK):
        # points lie on a grid from 0: its cells' centers are inside
        yield sobol.random(min(points, CHUNK)) + 0.5 ** (BITS + 1)


def _frequencies(
    relative: RelativeEffects, sign: float, axes: Floats, chunks: Iterator[Floats], points: int
) -> Floats:
    """Return how often each treatment had each rank, shape (n, n)."""
    n, counts = relative.n, np.zeros(relative.n**2, dtype=np.int64)
    means = relative.values - relative.values.mean()
    for uniform in chunks:
        wide = 1.0
        if math.isfinite(relative.df):
            chi2 = 2 * gammaincinv(relative.df / 2, uniform[:, :1])
            wide, uniform = np.sqrt(relative.df / chi2), uniform[:, 1:]
        drawn = means + wide * (ndtri(uniform) @ axes.T)
        ranked = np.argsort(-sign * drawn, axis=1)
        counts += np.bincount((ranked * n + np.arange(n)).ravel(), minlength=n * n)
    return np.asarray(counts.reshape(n, n) / points)
