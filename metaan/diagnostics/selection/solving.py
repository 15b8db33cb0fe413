"""A selection model fitted: the search, its maximum, and what is known about its parameters."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.errors import InputError
from metaan.diagnostics.selection.components import Selector
from metaan.diagnostics.selection.likelihood import Problem
from metaan.diagnostics.selection.parameters import Asked
from metaan.diagnostics.selection.searching import (
    Found,
    Search,
    covariance,
    make_search,
    searched,
    without_tau2,
)
from metaan.diagnostics.selection.selections import CUT, SMOOTH, STEPPED
from metaan.diagnostics.selection.selectors import (
    FINE,
    ROUGH,
    Fineness,
    Threshold,
    smooth_selector,
    step_selector,
)
from metaan.diagnostics.selection.setting import Setting
from metaan.diagnostics.selection.truncation import Cut, at_cut, best_cut

NOTHING = -np.inf  # the logarithm of a weight of 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solved:
    """A fitted selection model; see `Search` and `Found` for its units.

    Attributes
    ----------
    setting : Setting
        Studies.
    asked : Asked
        The model.
    search : Search
        What was searched; of an estimated cut, at the best one.
    found : Found
        The maximum.
    spread : ndarray, shape (d, d)
        Covariance of the parameters as they are searched.
    cut : Cut or None
        Where the distribution is truncated.
    """

    setting: Setting
    asked: Asked
    search: Search
    found: Found
    spread: Floats
    cut: Cut | None

    @property
    def log_likelihood(self) -> float:
        """In units of the effects."""
        return self.found.value - self.setting.k * float(np.log(self.setting.unit))

    @property
    def eta(self) -> Floats:
        """Parameters of the selection function as they are searched, shape (q,)."""
        return self.found.theta[self.search.problem.p + 1 :]

    @property
    def delta(self) -> Floats:
        """Parameters of the selection function, shape (q,)."""
        return np.where(self.logs, np.exp(self.eta), self.eta)

    @property
    def logs(self) -> Floats:
        """Which of them are searched as logarithms, shape (q,)."""
        return np.array(self.asked.spread(self.asked.row.logs), dtype=bool)


def solve(setting: Setting, asked: Asked) -> Solved:
    """Return the maximum of the likelihood."""
    search = _search(setting, asked)
    return _solved(setting, asked, search)


def solve_without_tau2(solved: Solved) -> float:
    """Return the highest log-likelihood at tau² = 0, in units of the effects."""
    search = without_tau2(_search(solved.setting, solved.asked))
    return _solved(solved.setting, solved.asked, search, whole=False).log_likelihood


def solve_without_selection(setting: Setting) -> tuple[Found, Floats]:
    """Return the maximum of the same model without selection, and its covariance."""
    none = np.zeros(0)
    problem = Problem(z=setting.z, v=setting.v, se=setting.se, x=setting.x, selector=None, q=0)
    search = make_search(
        setting, problem, low=none, high=none, free=none.astype(bool), starts=none[None]
    )
    found = searched(search)
    return found, covariance(search, found)


def _solved(setting: Setting, asked: Asked, search: Search, *, whole: bool = True) -> Solved:
    cut = None
    if asked.row.kind == CUT:
        cut = best_cut(setting, search) if asked.row.estimated_cut else known_cut(setting, asked)
        search = replace(search, problem=at_cut(setting, search.problem, cut))
    found = searched(search)
    spread = covariance(search, found) if whole else np.empty((0, 0))
    return Solved(setting=setting, asked=asked, search=search, found=found, spread=spread, cut=cut)


def known_cut(setting: Setting, asked: Asked) -> Cut:
    """Return the cut that was asked for, the null value by default, turned and scaled."""
    null, sign = setting.effects.scale.null, setting.alternative.sign
    given = asked.steps[0]
    at = 0.0 if np.isnan(given) else sign * (given - null) / setting.unit
    below = setting.z * setting.se < at
    if not 0 < np.count_nonzero(below) < setting.k:
        raise InputError(
            f"steps={null if np.isnan(given) else given:g}: all {setting.k} effects lie on one "
            "side of the cut, so that nothing can be learned about the other; choose another"
        )
    return Cut(np.array([at]), below[None].astype(np.int64))


def _search(setting: Setting, asked: Asked) -> Search:
    """Return where to search."""
    row = asked.row
    problem, rough = (
        Problem(
            z=setting.z,
            v=setting.v,
            se=setting.se,
            x=setting.x,
            selector=_selector(setting, asked, fineness),
            q=asked.q,
        )
        for fineness in (FINE, ROUGH)
    )
    logs = np.array(asked.spread(row.logs), dtype=bool)
    low, high = (_searched_as(np.array(asked.spread(each)), logs) for each in (row.low, row.high))
    fixed = asked.delta.copy()
    fixed[list(asked.empty)] = 0.0
    free = np.isnan(fixed)
    held = _searched_as(np.where(free, 1.0, fixed), logs)
    starts = np.array([
        np.where(free, _searched_as(np.array(asked.spread(each)), logs), held)
        for each in row.starts
    ])  # fmt: skip
    return make_search(
        setting,
        problem,
        low=np.where(free, low, held),
        high=np.where(free, high, held),
        free=free,
        starts=starts,
        rough=rough if row.kind == SMOOTH else None,
    )


def _searched_as(delta: Floats, logs: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.where(logs, np.log(np.where(logs, delta, 1.0)), delta)


def _selector(setting: Setting, asked: Asked, fineness: Fineness) -> Selector | None:
    """Return the selector of a function of p-values; none of a cut, which comes later."""
    row, sides = asked.row, setting.alternative.sides
    if row.kind == STEPPED:
        return step_selector(asked.steps, asked.place, sides)
    if row.kind == SMOOTH:
        factor = np.ones((1, 1)) if asked.factor is None else asked.factor[:, None]
        return smooth_selector(
            row,
            setting.z,
            setting.p_value,
            sides=sides,
            threshold=Threshold(asked.steps[0] if asked.steps else 0.0),
            factor=factor,
            fineness=fineness,
        )
    return None
