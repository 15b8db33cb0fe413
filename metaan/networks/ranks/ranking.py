"""P-scores, mean ranks and SUCRA: how certainly each treatment is better than the others.

They are exact. A rank is 1 and the number of treatments that are better; its mean needs the
probabilities of pairs alone, whatever the joint distribution is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import Booleans, Floats, FrozenDict, frozen
from metaan.core.errors import ChoiceError, InputError
from metaan.core.lookup import look_up
from metaan.core.numbers import fixed
from metaan.core.text_table import aligned
from metaan.core.wording import grid, in_sentence
from metaan.networks.combining.relative import RelativeEffects, check_comparable, place_of
from metaan.numerics.tails import log_two_sided, statistic_of

if TYPE_CHECKING:
    import pandas as pd

# Which effects are desirable, and the sign that makes a better effect a larger one.
BETTER: Mapping[str, float] = FrozenDict({"lower": -1.0, "higher": 1.0})
RANKING = "ranking"
# A standard error this small next to the largest one is the rounding error of a 0: two treatments
# of the same components have the same effect.
ALIKE = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranking:
    """How certainly treatments are better than each other.

    Attributes
    ----------
    treatments : tuple of str, length n
        Names, in the order of the arrays.
    better : str
        Which effects are better: "lower" or "higher".
    beyond : float
        Least difference that counts for ``beats`` and ``p_scores``, analysis scale.
    label : str
        Name of the effect.
    beats : ndarray, shape (n, n)
        Probability that the row's treatment is better than the column's by more than ``beyond``;
        0 on the diagonal.
    p_scores : ndarray, shape (n,)
        Means of the rows of ``beats`` over the other treatments.
    mean_ranks : ndarray, shape (n,)
        Mean ranks, 1 the best; any difference counts, however small.
    """

    treatments: tuple[str, ...]
    better: str
    beyond: float
    label: str
    beats: Floats
    p_scores: Floats
    mean_ranks: Floats

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("beats", "p_scores", "mean_ranks"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def sucra(self) -> Floats:
        """Area under the cumulative ranking curve, shape (n,), without draws."""
        n = len(self.treatments)
        return np.asarray((n - self.mean_ranks) / (n - 1))

    @property
    def order(self) -> tuple[str, ...]:
        """Names, the highest P-score first; of equal ones the first in ``treatments``."""
        return tuple(self.treatments[i] for i in np.argsort(-self.p_scores, kind="stable"))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per treatment, the highest P-score first.

        Returns
        -------
        DataFrame
            treatment, p_score, sucra, mean_rank.
        """
        import pandas as pd

        frame = pd.DataFrame(
            {
                "treatment": self.treatments,
                "p_score": self.p_scores,
                "sucra": self.sucra,
                "mean_rank": self.mean_ranks,
            }
        )
        chosen = np.argsort(-self.p_scores, kind="stable")
        return frame.iloc[chosen].reset_index(drop=True)

    def _rows(self) -> list[list[str]]:
        places = np.argsort(-self.p_scores, kind="stable").tolist()
        rows = [
            [self.treatments[i], fixed(float(p), 3), fixed(float(rank))]
            for i in places
            for p, rank in [(self.p_scores[i], self.mean_ranks[i])]
        ]
        return [["treatment", "P-score", "mean rank"], *rows]

    def _title(self) -> str:
        beyond = f" by more than {self.beyond:g}" if self.beyond else ""
        return (
            f"Treatments by P-scores ({self.better} {in_sentence(self.label)} is better{beyond})"
        )

    def __str__(self) -> str:
        """Return the treatments with their P-scores, the highest first."""
        return "\n".join([self._title(), *(f"  {line}" for line in aligned(self._rows()))])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(self._title(), self._rows())


def rank_treatments(relative: RelativeEffects, *, better: str, beyond: float = 0.0) -> Ranking:
    """Return P-scores and mean ranks of treatments.

    Parameters
    ----------
    relative : RelativeEffects
        Effects of n treatments.
    better : {"lower", "higher"}
        Which effects are better. It decides everything, so that there is no default.
    beyond : float
        Smallest difference that matters, at least 0; analysis scale (a logarithm for ratios).

    Returns
    -------
    Ranking
        Exact, no draws.

    Raises
    ------
    ChoiceError
        If ``better`` is neither.
    InputError
        If ``beyond`` is negative or not finite.

    Notes
    -----
    ``P_ij = Phi((d_ij - beyond) / se_ij)`` for a gain d_ij of i over j; Student's t where the
    intervals of the fit have finite degrees of freedom. The P-score of i is the mean of P_ij
    over the others [1]_; its mean over the treatments is 0.5 without ``beyond`` and less with
    it, because gains that do not matter count for neither side (our choice among those that [2]_
    discusses). ``mean rank = n - (n - 1) SUCRA``, and without ``beyond`` SUCRA is the P-score.

    References
    ----------
    .. [1] Rücker G, Schwarzer G (2015). Ranking treatments in frequentist network meta-analysis
       works without resampling methods. BMC Med Res Methodol 15:58.
       doi:10.1186/s12874-015-0060-8
    .. [2] Curteis T, Wigle A, Michaels CJ, Nikolakopoulou A (2025). Ranking of treatments in
       network meta-analysis: incorporating minimally important differences. BMC Med Res Methodol.
       doi:10.1186/s12874-025-02499-0

    Examples
    --------
    >>> import metaan as ma
    >>> effects = ma.NetworkEffects.from_arrays(
    ...     [-0.5, -0.3, 0.1], se=[0.2, 0.25, 0.3], study=["Ann", "Bo", "Cy"],
    ...     treat1=["true", "sham", "true"], treat2=["sham", "usual", "usual"])
    >>> fit = ma.network(effects, model="common")
    >>> rank_treatments(fit.relative, better="lower")
    Treatments by P-scores (lower effect is better)
      treatment  P-score  mean rank
      true         0.945       1.11
      usual        0.278       2.44
      sham         0.277       2.45
    """
    sign = look_up(BETTER, better, argument="better", what="a direction that is better")
    if not (math.isfinite(beyond) and beyond >= 0):
        raise InputError(
            f"beyond={beyond!r} must be finite and at least 0: the smallest difference that "
            "matters, on the analysis scale"
        )
    check_comparable(relative)
    n = relative.n
    beats = _beating(relative, sign, beyond)
    any_gain = beats if beyond == 0 else _beating(relative, sign, 0.0)
    return Ranking(
        treatments=relative.treatments,
        better=better,
        beyond=float(beyond),
        label=relative.label,
        beats=beats,
        p_scores=beats.sum(axis=1) / (n - 1),
        mean_ranks=n - any_gain.sum(axis=1),
    )


def _beating(relative: RelativeEffects, sign: float, beyond: float) -> Floats:
    """Return the probabilities of gains of more than ``beyond``, shape (n, n)."""
    gain = np.where(alike(relative), 0.0, sign * relative.differences) - beyond
    statistic = np.where(gain == 0, 0.0, statistic_of(gain, relative.se))
    tail = 0.5 * np.exp(log_two_sided(statistic, relative.df))
    found = np.where(statistic > 0, 1 - tail, tail)
    np.fill_diagonal(found, 0.0)
    return np.asarray(found)


def alike(relative: RelativeEffects) -> Booleans:
    """Return which treatments have one effect by the model, shape (n, n); each is like itself."""
    se = relative.se
    least = ALIKE * se.max()
    return np.asarray((se <= least) & (np.abs(relative.differences) <= least))


def wanted(better: str | None, what: str) -> str:
    """Return which effects are better; InputError where that was not said.

    Parameters
    ----------
    better : str or None
        What the caller gave.
    what : str
        What needs it, for the message.
    """
    if better is None:
        raise InputError(
            f"{what} needs better=, one of {', '.join(BETTER)}: it decides who stands first"
        )
    return better


def arranged(
    relative: RelativeEffects,
    order: str | Sequence[str] | None,
    *,
    better: str | None = None,
    more: Sequence[str] = (),
) -> tuple[str, ...]:
    """Return treatments in the order that was asked for.

    Parameters
    ----------
    relative : RelativeEffects
        Effects of the treatments.
    order : None, "ranking" or sequence of str
        Alphabetic; the highest P-score first; or the treatments themselves, all or some.
    better : {"lower", "higher"}, optional
        For the ranking.
    more : sequence of str
        Treatments beside those of ``relative``; behind them in a ranking.

    Raises
    ------
    ChoiceError
        If the order or a treatment is unknown.
    InputError
        If a treatment stands twice, or the ranking lacks ``better``.
    """
    names = sorted({*relative.treatments, *more})
    if order is None:
        return tuple(names)
    if isinstance(order, str) and order == RANKING:
        first = rank_treatments(relative, better=wanted(better, f'order="{RANKING}"')).order
        return (*first, *(name for name in names if name not in first))
    if isinstance(order, str):
        raise ChoiceError(
            f'order={order!r} is not an order; give "{RANKING}" or a list of treatments'
        )
    chosen = tuple(names[place_of(name, names, argument="order")] for name in order)
    twice = sorted({name for name in chosen if chosen.count(name) > 1})
    if twice or not chosen:
        raise InputError(
            f"order must name each treatment once; {', '.join(twice) or 'none'} "
            f"{'stands twice' if twice else 'is there'}"
        )
    return chosen
