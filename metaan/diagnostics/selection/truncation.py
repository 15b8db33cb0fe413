"""Where a distribution is truncated, estimated: the likelihood looked at between all studies.

For the same studies below it, the likelihood rises or falls with the cut alone, because only the
chance of publication depends on it: rising where studies below are published less often (delta
< 1), falling where more often. So every maximum has its cut at a study, which counts as above it
(delta < 1) or below it (delta > 1), and no search along the cut is needed.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.core.errors import InputError
from metaan.diagnostics.selection.likelihood import Problem, evaluate
from metaan.diagnostics.selection.newton import climb
from metaan.diagnostics.selection.searching import Search
from metaan.diagnostics.selection.selectors import cut_selector
from metaan.diagnostics.selection.setting import Setting

FIRST_STEPS = 12
CELLS = 300_000
MANY, GRID, KEPT = 240, 60, 24  # cuts; of many, those solved first, and the best ones solved
LOG_STARTS = (-1.2, 1.2)  # of delta, where the study at the cut counts as above, and as below


class Cut(NamedTuple):
    """A cut, turned, less the null value and in units of the setting, and who lies below it."""

    at: Floats
    below: Integers

    def take(self, which: Integers) -> Cut:
        """Return some of them."""
        return Cut(self.at[which], self.below[which])


def candidates(setting: Setting) -> tuple[Cut, Floats]:
    """Return every cut with studies on both sides, and log delta where its search starts."""
    effects = setting.z * setting.se
    values = np.unique(effects)
    above, beneath = values[1:], values[:-1]
    cut = np.concatenate((above, beneath))
    below = np.concatenate((effects < above[:, None], effects <= beneath[:, None]))
    start = np.repeat(LOG_STARTS, (len(above), len(beneath)))
    return Cut(cut, below.astype(np.int64)), start


def best_cut(setting: Setting, search: Search) -> Cut:
    """Return the cut with the highest likelihood.

    Parameters
    ----------
    setting : Setting
        Studies.
    search : Search
        For any cut; its bounds and its first start are used.

    Raises
    ------
    InputError
        If all effects are equal.
    """
    cuts, log_delta = candidates(setting)
    n = len(cuts.at)
    if not n:
        raise InputError(
            f"no cut has studies on both sides: all {setting.k} effects are equal, so that "
            "nothing can be learned about truncation"
        )
    starts = np.repeat(search.starts[:1], n, axis=0)
    starts[:, -1] = np.where(search.space.free[0, -1], log_delta, starts[:, -1])
    if n > MANY:
        chosen = _best_of_many(setting, search, cuts, starts)
        cuts, starts = cuts.take(chosen), starts[chosen]
    values = _climbed(setting, search, cuts, starts, FIRST_STEPS)[1]
    return cuts.take(np.array([np.argmax(values)]))


def _best_of_many(setting: Setting, search: Search, cuts: Cut, starts: Floats) -> Integers:
    """Return the most promising cuts.

    Estimates change little from one cut to the next, though the likelihood jumps: those of some
    are where all others start from, and one step tells how high they lead.
    """
    n = len(starts)
    some = np.unique(np.linspace(0, n - 1, GRID).astype(np.int64))
    near = _climbed(setting, search, cuts.take(some), starts[some], FIRST_STEPS)[0]
    middle = (some[1:] + some[:-1]) / 2
    first = near[np.searchsorted(middle, np.arange(n))]
    values = _climbed(setting, search, cuts, first, 1)[1]
    starts[:] = first
    return np.argsort(-values)[:KEPT]


def _climbed(
    setting: Setting, search: Search, cuts: Cut, starts: Floats, most: int
) -> tuple[Floats, Floats]:
    """Return where searches at these cuts end, and how high, in blocks that fit in memory."""
    theta, values = np.empty_like(starts), np.empty(len(starts))
    step = max(1, CELLS // setting.k)
    for begin in range(0, len(starts), step):
        rows = np.arange(begin, min(begin + step, len(starts)))
        problem = at_cut(setting, search.problem, cuts.take(rows))
        free = np.broadcast_to(search.space.free, starts[rows].shape)
        space = search.space._replace(free=free)
        found = climb(partial(evaluate, problem), starts[rows], space, most)
        theta[rows], values[rows] = found.theta, found.value
    return theta, values


def at_cut(setting: Setting, problem: Problem, cuts: Cut) -> Problem:
    """Return the problem with the selector of these cuts."""
    return replace(problem, selector=cut_selector(setting.se, cuts.at, cuts.below))
