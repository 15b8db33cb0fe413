"""Printed differences of one study → contrasts of its arms, also of arms it does not compare.

Papers print some of the contrasts of several arms, mostly those with usual care. Arms are
independent, ``v_ij = s_i + s_j``: where the printed contrasts close a cycle of odd length, their
variances say the variance of each arm, and the contrasts all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.network_layout import lay_out
from metaan.core.network_rules import contrast_faults
from metaan.trials.reading import Row

# Share of a standard error by which printed effects, and of a variance by which their squares,
# may miss each other: what two decimals leave.
ROUNDED, ROUNDED_V = 0.05, 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A contrast of a study that its printed differences give.

    Attributes
    ----------
    treatments : tuple of str
        Both.
    y, v : float
        First less second, and its variance; analysis scale.
    n : tuple of float
        Participants.
    rows : tuple of str
        Row ids behind it.
    pair : Row
        The comparison whose labels it has.
    """

    treatments: tuple[str, str]
    y: float
    v: float
    n: tuple[float, float]
    rows: tuple[str, ...]
    pair: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A usable printed difference: names of its arms, comparison, effect and variance."""

    treatments: tuple[str, str]
    pair: Row
    y: float
    v: float


def as_printed(figures: Sequence[Figure]) -> tuple[Printed, ...]:
    """Return the contrasts as they are printed."""
    return tuple(
        Printed(
            treatments=each.treatments,
            y=each.y,
            v=each.v,
            n=(each.pair["n1"], each.pair["n2"]),
            rows=tuple(each.pair["rows"]),
            pair=each.pair,
        )
        for each in figures
    )


def agree(figures: Sequence[Figure]) -> bool:
    """Return True if these are all contrasts of a study and contradict nothing."""
    layout = lay_out(
        ["study"] * len(figures),
        [each.treatments[0] for each in figures],
        [each.treatments[1] for each in figures],
    )
    y, v = (np.array([getattr(each, name) for each in figures]) for name in ("y", "v"))
    return not contrast_faults(layout, y, v)


def between_arms(figures: Sequence[Figure], *, combine: bool) -> tuple[Printed, ...]:
    """Return all contrasts of the arms behind printed differences; none if they do not say them.

    Parameters
    ----------
    figures : sequence of Figure
        Of one study.
    combine : bool
        Whether arms of one name may become one (a mean of means, weighted by participants).
    """
    sizes: dict[str, float] = {}
    names: dict[str, str] = {}
    for each in figures:
        for side, arm in enumerate(each.pair["arms"]):
            names.setdefault(arm, each.treatments[side])
            sizes.setdefault(arm, each.pair[("n1", "n2")[side]])
    solved = _solved(figures, list(names))
    if solved is None or "" in names:
        return ()
    y, s = solved
    n = np.array(list(sizes.values()))
    treatments = list(dict.fromkeys(names.values()))
    if len(treatments) < len(names) and not (combine and np.isfinite(n).all()):
        return ()
    member = np.array([[name == each for name in names.values()] for each in treatments])
    if len(treatments) < len(names):
        share = member * n / (member * n).sum(axis=1, keepdims=True)
        y, s = share @ y, share**2 @ s
        n = (member * n).sum(axis=1)
    rows = tuple(dict.fromkeys(name for each in figures for name in each.pair["rows"]))
    return tuple(
        Printed(
            treatments=(treatments[i], treatments[j]),
            y=float(y[i] - y[j]),
            v=float(s[i] + s[j]),
            n=(float(n[i]), float(n[j])),
            rows=rows,
            pair=figures[0].pair,
        )
        for i, j in combinations(range(len(treatments)), 2)
    )


def _solved(figures: Sequence[Figure], arms: list[str]) -> tuple[Floats, Floats] | None:
    """Return effect (less the first arm's) and variance of each arm, or None if not said."""
    signed = np.zeros((len(figures), len(arms)))
    for i, each in enumerate(figures):
        one, other = each.pair["arms"]
        signed[i, arms.index(one)], signed[i, arms.index(other)] = 1.0, -1.0
    y, v = (np.array([getattr(each, name) for each in figures]) for name in ("y", "v"))
    unsigned: Any = np.abs(signed)
    if np.linalg.matrix_rank(unsigned) < len(arms):
        return None
    effects = np.linalg.lstsq(signed, y, rcond=None)[0]
    variances = np.linalg.lstsq(unsigned, v, rcond=None)[0]
    off = (np.abs(signed @ effects - y) > ROUNDED * np.sqrt(v)).any()
    wrong = (np.abs(unsigned @ variances - v) > ROUNDED_V * v).any() or (variances <= 0).any()
    if off or wrong or np.linalg.matrix_rank(signed) < len(arms) - 1:
        return None
    return effects - effects[0], variances
