"""Partial order of treatments by several outcomes, and its Hasse diagram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import ArrayLike, Booleans, Floats, Integers, frozen
from metaan.core.errors import InputError
from metaan.core.numbers import fixed
from metaan.core.text_table import aligned
from metaan.core.wording import grid
from metaan.networks.combining.relative import RelativeEffects
from metaan.networks.ranks.ranking import BETTER, rank_treatments

if TYPE_CHECKING:
    import pandas as pd

# P-scores of two networks that are one by algebra differ in their last digits; such a difference
# must not make one treatment dominate another.
DIGITS = 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PartialOrder:
    """Which treatments are better than which others by every outcome.

    Attributes
    ----------
    treatments : tuple of str, length n
        Names.
    outcomes : tuple of str, length o
        Names.
    scores : ndarray, shape (n, o)
        Larger is better.
    dominance : ndarray of bool, shape (n, n)
        True where the row's treatment has no smaller score than the column's in any outcome and
        a larger one in some.
    hasse : ndarray of bool, shape (n, n)
        True where the row's treatment dominates the column's with none between them: the lines
        of the Hasse diagram.
    levels : ndarray of int, shape (n,)
        Rows of the diagram from the top: 1 for treatments that none dominates, otherwise one more
        than the lowest of those that dominate it.
    left_out : tuple of str
        Treatments that some outcomes do not have.
    """

    treatments: tuple[str, ...]
    outcomes: tuple[str, ...]
    scores: Floats
    dominance: Booleans
    hasse: Booleans
    levels: Integers
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        object.__setattr__(self, "scores", frozen(self.scores))
        for each in (self.dominance, self.hasse, self.levels):
            each.flags.writeable = False

    @property
    def best(self) -> tuple[str, ...]:
        """Treatments that none dominates."""
        return tuple(self.treatments[i] for i in np.flatnonzero(self.levels == 1))

    @property
    def edges(self) -> tuple[tuple[str, str], ...]:
        """Lines of the Hasse diagram: the better treatment, then the one below it."""
        return tuple(
            (self.treatments[i], self.treatments[j]) for i, j in np.argwhere(self.hasse).tolist()
        )

    @property
    def comparable(self) -> float:
        """Share of the pairs of treatments of which one dominates the other."""
        n = len(self.treatments)
        return float(self.dominance.sum() / (n * (n - 1) / 2))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per treatment, the highest level first.

        Returns
        -------
        DataFrame
            treatment, level, below (treatments right below it in the Hasse diagram, as one
            text), then one column of scores per outcome.
        """
        import pandas as pd

        order = np.argsort(self.levels, kind="stable")
        records = [
            {
                "treatment": self.treatments[i],
                "level": int(self.levels[i]),
                "below": ", ".join(self._below(i)),
                **dict(zip(self.outcomes, self.scores[i].tolist(), strict=True)),
            }
            for i in order.tolist()
        ]
        return pd.DataFrame(records)

    def _below(self, i: int) -> list[str]:
        return [self.treatments[j] for j in np.flatnonzero(self.hasse[i]).tolist()]

    def _rows(self) -> list[list[str]]:
        rows = [
            [
                self.treatments[i],
                ", ".join(self._below(i)) or "–",
                str(self.levels[i]),
                *(fixed(value, 3) for value in self.scores[i].tolist()),
            ]
            for i in np.argsort(self.levels, kind="stable").tolist()
        ]
        return [["treatment", "right below it", "level", *self.outcomes], *rows]

    def _notes(self) -> list[str]:
        told = [f"{100 * self.comparable:.0f}% of the pairs are ordered by every outcome"]
        if self.left_out:
            told.append(f"not in every outcome: {', '.join(self.left_out)}")
        return told

    def _title(self) -> str:
        return f"Partial order of {len(self.treatments)} treatments"

    def __str__(self) -> str:
        """Return treatments, those right below them, and scores."""
        lines = [*aligned(self._rows(), words=2), *self._notes()]
        return "\n".join([self._title(), *(f"  {line}" for line in lines)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(self._title(), self._rows(), self._notes(), words=2)


def partial_order(
    scores: ArrayLike,
    *,
    treatments: Sequence[str],
    outcomes: Sequence[str] = (),
) -> PartialOrder:
    """Return which treatments are better than which others by every outcome.

    Parameters
    ----------
    scores : array_like, shape (n, o)
        A row per treatment, a column per outcome, larger is better: P-scores, SUCRA, or effects
        that were turned so.
    treatments : sequence of str, length n
        Names.
    outcomes : sequence of str, length o, optional
        Names; "outcome 1", "outcome 2" ... by default.

    Returns
    -------
    PartialOrder
        Treatments with the same scores in every outcome do not dominate each other.

    Raises
    ------
    InputError
        If the scores are no matrix of finite numbers with at least two treatments, or names do
        not fit or stand twice; every fault is named.

    Notes
    -----
    One treatment dominates another if it is at least as good in every outcome and better in one.
    The Hasse diagram is the transitive reduction of that order [1]_, [2]_.

    References
    ----------
    .. [1] Rücker G, Schwarzer G (2017). Resolve conflicting rankings of outcomes in network
       meta-analysis: partial ordering of treatments. Res Synth Methods 8:526.
       doi:10.1002/jrsm.1270
    .. [2] Carlsen L, Bruggemann R (2014). Partial order methodology: a valuable tool in
       chemometrics. J Chemom 28:226. doi:10.1002/cem.2569

    Examples
    --------
    >>> partial_order(
    ...     [[0.9, 0.2], [0.6, 0.7], [0.4, 0.6], [0.1, 0.1]],
    ...     treatments=["surgery", "drug", "exercise", "waiting"], outcomes=["pain", "safety"])
    Partial order of 4 treatments
      treatment  right below it  level   pain  safety
      surgery    waiting             1  0.900   0.200
      drug       exercise            1  0.600   0.700
      exercise   waiting             2  0.400   0.600
      waiting    –                   3  0.100   0.100
      67% of the pairs are ordered by every outcome
    """
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2:
        raise InputError(
            f"scores must have a row per treatment and a column per outcome; got shape "
            f"{table.shape}"
        )
    names = tuple(str(name) for name in treatments)
    columns = tuple(str(name) for name in outcomes) or tuple(
        f"outcome {i + 1}" for i in range(table.shape[1])
    )
    faults = list(_faults(table, names, columns))
    if faults:
        raise InputError("; ".join(faults))
    return _ordered(table, names, columns, ())


def partial_order_of(
    networks: Sequence[RelativeEffects],
    *,
    better: Sequence[str] | None,
    outcomes: Sequence[str] = (),
) -> PartialOrder:
    """Return the partial order by the P-scores of several networks, one per outcome.

    Parameters
    ----------
    networks : sequence of RelativeEffects
        Treatments are matched by name; those that are not in all are left out, and their P-scores
        count in the network that has them.
    better : sequence of str
        For each network "lower" or "higher".
    outcomes : sequence of str, optional
        Names; the labels of the effects by default, numbered where they are the same.

    Raises
    ------
    ChoiceError
        If a direction is unknown.
    InputError
        If there are fewer than two networks, not one direction for each, or fewer than two
        treatments in common.
    """
    ways = _one_for_each(networks, better)
    labels = [each.label for each in networks]
    told = tuple(outcomes) or tuple(
        f"{label} ({i + 1})" if labels.count(label) > 1 else label
        for i, label in enumerate(labels)
    )
    columns = [
        dict(zip(each.treatments, rank_treatments(each, better=way).p_scores, strict=True))
        for each, way in zip(networks, ways, strict=True)
    ]
    common = [name for name in networks[0].treatments if all(name in one for one in columns)]
    lost = sorted({name for one in columns for name in one} - set(common))
    if len(common) < 2:
        raise InputError(
            f"the networks have {'only ' + common[0] if common else 'no treatment'} in common; "
            "treatments are matched by name, so give one treatment one name in all of them"
        )
    table = np.array([[one[name] for one in columns] for name in common]).round(DIGITS)
    faults = list(_faults(table, tuple(common), told))
    if faults:
        raise InputError("; ".join(faults))
    return _ordered(table, tuple(common), told, tuple(lost))


def _one_for_each(networks: Sequence[RelativeEffects], better: object) -> list[str]:
    """Return a direction for each network; InputError for any other number of them."""
    number = len(networks)
    if number < 2:
        raise InputError("a partial order needs at least two outcomes; give further fits")
    if better is None:
        raise InputError(
            f"a partial order needs better=, a list with one of {', '.join(BETTER)} for each of "
            f"{number} outcomes: it decides who stands first"
        )
    if isinstance(better, str | Mapping) or not isinstance(better, Sequence):
        raise InputError(
            f"better={better!r} must be a list with a direction for each of {number} outcomes"
        )
    if len(better) != number:
        raise InputError(f"better={list(better)!r} has {len(better)} directions for {number} fits")
    return list(better)


def _faults(table: Floats, names: tuple[str, ...], columns: tuple[str, ...]) -> list[str]:
    """Return what is wrong with scores and their names, in words."""
    told = []
    for what, given, size in (("treatments", names, table.shape[0]),
                              ("outcomes", columns, table.shape[1])):  # fmt: skip
        if len(given) != size:
            told.append(f"scores are of {size} {what}; got {len(given)} names")
        twice = sorted({name for name in given if given.count(name) > 1})
        if twice:
            told.append(f"{what} stand more than once: {', '.join(twice)}")
    if table.shape[0] < 2 or table.shape[1] < 1:
        told.append(f"at least two treatments and one outcome are needed; got {table.shape}")
    if len(names) == table.shape[0] and not np.isfinite(table).all():
        bad = [names[i] for i in np.flatnonzero(~np.isfinite(table).all(axis=1))]
        told.append(f"scores must be finite; leave out or complete {', '.join(bad)}")
    return told


def _ordered(
    table: Floats, names: tuple[str, ...], columns: tuple[str, ...], lost: tuple[str, ...]
) -> PartialOrder:
    """Return the partial order of sound scores."""
    one, other = table[:, None, :], table[None, :, :]
    dominance = np.logical_and((one >= other).all(axis=2), (one > other).any(axis=2))
    between = dominance.astype(float) @ dominance.astype(float) > 0
    return PartialOrder(
        treatments=names,
        outcomes=columns,
        scores=table,
        dominance=dominance,
        hasse=dominance & ~between,
        levels=_levels(dominance),
        left_out=lost,
    )


def _levels(dominance: Booleans) -> Integers:
    """Return one more than the longest chain above each treatment, shape (n,)."""
    levels = np.zeros(len(dominance), dtype=np.int64)
    left = np.ones(len(dominance), dtype=bool)
    level = 0
    while left.any():
        level += 1
        top = left & ~dominance[left].any(axis=0)
        levels[top] = level
        left &= ~top
    return levels
