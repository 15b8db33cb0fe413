"""ADJUSTMENTS: p-values of many tests at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from metaan.core.arrays import Floats, FrozenDict


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """How p-values of many tests are adjusted.

    Attributes
    ----------
    key : str
        Name in the literature.
    words : str
        Name in a sentence.
    doi : str
        Where it was published; empty for a textbook method.
    function : callable
        Takes logarithms of p-values (m,), none NaN, and gives adjusted ones.
    """

    key: str
    words: str
    doi: str
    function: Callable[[Floats], Floats] = field(repr=False)


def _as_they_are(log_p: Floats) -> Floats:
    return log_p


def _bonferroni(log_p: Floats) -> Floats:
    return np.asarray(np.minimum(log_p + np.log(max(len(log_p), 1)), 0.0))


def _holm(log_p: Floats) -> Floats:
    m = len(log_p)
    order = np.argsort(log_p, kind="stable")
    stepped = log_p[order] + np.log(np.arange(m, 0, -1))
    found = np.empty(m)
    found[order] = np.minimum(np.maximum.accumulate(stepped), 0.0) if m else stepped
    return found


NONE, BONFERRONI, HOLM = "none", "Bonferroni", "Holm"
ADJUSTMENTS: Mapping[str, Adjustment] = FrozenDict(
    {
        row.key: row
        for row in (
            Adjustment(key=NONE, words="without adjustment for the number of tests", doi="",
                       function=_as_they_are),
            Adjustment(key=BONFERRONI, words="adjusted for the number of tests by Bonferroni",
                       doi="", function=_bonferroni),
            Adjustment(key=HOLM, words="adjusted for the number of tests by Holm", doi="",
                       function=_holm),
        )
    }
)  # fmt: skip


def adjusted(log_p_values: Floats, adjustment: Adjustment) -> Floats:
    """Return adjusted logarithms of p-values; NaN is no test and does not count.

    Notes
    -----
    Bonferroni: p times the number m of tests. Holm: the smallest times m, the next times m - 1
    and so on, never less than the one before. Both at most 1; both hold for dependent tests,
    which the comparisons of a network are.

    Examples
    --------
    >>> found = adjusted(np.log([0.01, 0.04, np.nan, 0.03]), ADJUSTMENTS[HOLM])
    >>> [round(float(p), 3) for p in np.exp(found)]
    [0.03, 0.06, nan, 0.06]
    """
    found = np.full(len(log_p_values), np.nan)
    there = ~np.isnan(log_p_values)
    found[there] = adjustment.function(log_p_values[there])
    return found
