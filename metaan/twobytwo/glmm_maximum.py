"""The global maximum of the marginal likelihood of a generalized linear mixed model.

For given standard deviations of the random effects the log-likelihood is concave in all
coefficients (a marginal of a log-concave function), so that Newton's method finds its only
maximum. Along a standard deviation several maxima are possible. The profile is looked at on a
grid; wherever its slope falls through zero, all parameters are polished together, and the highest
point wins, a standard deviation of 0 included.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.twobytwo.glmm_likelihood import Design, Height, Point, height

GRID = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)  # of the standard deviation
FALLEN = 12.0  # so far below the best, the grid ends
MOST_STEPS, MOST_HALVES, QUICK_HALVES = 100, 40, 6
# A step's gain, twice the log-likelihood still to be won, after which it is the last one: Newton's
# method squares it, so that 1e-20 is left of the first of them.
NEAR, QUICK_NEAR = 1e-10, 1e-3
CLOSE = 1e-5  # of it: no line search, which would compare rounding
FLAT = 1e-9  # a rise, or a curvature, that may be rounding
BORDER = 1e-4  # a smaller standard deviation is compared with 0
FLATTEST = 1e-9  # of the largest curvature: what a saddle's directions are given at least
NO_INFORMATION = 1e-12  # of the largest: a coefficient of its own that nothing speaks about
ARMIJO = 1e-4
LONGEST = 4.0  # step of a logarithm that is taken on trust


class Maximum(NamedTuple):
    """A maximum.

    Attributes
    ----------
    design : Design
        The model, without the standard deviations that are 0.
    point : Point
        Where it is.
    height : Height
        Log-likelihood and derivatives there.
    steps : int
        Newton steps of the last polish.
    maxima : int
        Local maxima that were compared.
    rising : bool
        True if the likelihood still rises at the end of the grid.
    """

    design: Design
    point: Point
    height: Height
    steps: int
    maxima: int = 1
    rising: bool = False

    @property
    def value(self) -> float:
        """Log-likelihood of all studies."""
        return float(self.height.value.sum())

    def spread(self, name: str) -> float:
        """Return a standard deviation (with its sign, which means nothing); 0 without it."""
        if name not in self.design.spreads:
            return 0.0
        return float(self.point.shared[self.design.p + self.design.spreads.index(name)])

    @property
    def covariance(self) -> Floats:
        """Covariance of the shared parameters, from the observed information."""
        return np.asarray(np.linalg.inv(-reduced(self.height)[1]), dtype=np.float64)


def informed(at: Height) -> Booleans:
    """Return which studies' own coefficients have information, shape (k,)."""
    own = -at.hessian[:, -1, -1]
    return np.asarray(own > NO_INFORMATION * np.max(own, initial=0.0))


def reduced(at: Height) -> tuple[Floats, Floats]:
    """Return gradient and Hessian in the shared parameters at the best own ones (Schur)."""
    gradient, hessian = at.gradient[:, :-1].sum(axis=0), at.hessian[:, :-1, :-1].sum(axis=0)
    has = informed(at)
    cross, own = at.hessian[has, -1, :-1], at.hessian[has, -1, -1]
    slope = cross / own[:, None]
    return gradient - slope.T @ at.gradient[has, -1], hessian - slope.T @ cross


def climb(
    design: Design, start: Point, *, free: Booleans | None = None, quick: bool = False
) -> Maximum:
    """Return the maximum that Newton's method climbs to.

    Parameters
    ----------
    design : Design
        The model.
    start : Point
        Where to begin.
    free : ndarray of bool, shape (p + r,), optional
        Shared parameters that may move; all by default. A study's own ones always may.
    quick : bool
        True for a search: fewer nodes, fewer digits.
    """
    if free is None:
        free = np.ones(len(start.shared), dtype=bool)
    point, at = start, height(design, start, quick=quick)
    near, last, steps = (QUICK_NEAR if quick else NEAR), np.inf, 0
    while steps < MOST_STEPS:
        steps += 1
        step, gain = _newton_step(at, free)
        if gain > CLOSE:
            before = at
            point, at = _line_search(design, point, at, (step, gain), quick)
            if at is before:
                break
        else:  # Newton's method doubles the digits from here
            point = Point(point.shared + step.shared, point.own + step.own)
            at = height(design, point, quick=quick)
        if gain <= near or (gain < CLOSE and gain >= last) or widest(design, point) > GRID[-1]:
            break
        last = gain
    return Maximum(design, point, at, steps)


def polished(design: Design, start: Point) -> Maximum:
    """Return the maximum a start leads to, to the last digits, standard deviations of 0 found.

    A standard deviation has a stationary point at 0 by symmetry; where one comes near it, the
    model without it is tried, and taken if it is as high.
    """
    peak = climb(design, climb(design, start, quick=True).point)
    for name in design.spreads:
        if abs(peak.spread(name)) < BORDER:
            place = peak.design.p + peak.design.spreads.index(name)
            point = Point(np.delete(peak.point.shared, place), peak.point.own)
            lower = climb(peak.design.without(name), point)
            peak = lower if lower.value >= peak.value - NEAR else peak
    return peak


def global_maximum(design: Design, border: Maximum) -> Maximum:
    """Return the highest point, the last standard deviation at any value >= 0.

    Parameters
    ----------
    design : Design
        The model.
    border : Maximum
        The maximum of the model without the last standard deviation.
    """
    rises = _rises_from(design, border)
    starts, up, end = _starts(design, border, rises)
    rivals = [] if rises else [border]
    rivals += [polished(design, start) for start in starts]
    highest = max(rivals or [border], key=lambda rival: rival.value)
    if not rises and border.value >= highest.value - FLAT:
        highest = border
    if up:  # at the end of the grid
        there = height(design, end)
        if there.value.sum() > highest.value + FLAT:
            return Maximum(design, end, there, 0, rising=True)
    return highest._replace(maxima=max(len(rivals), 1), rising=not is_peak(highest))


def is_peak(found: Maximum) -> bool:
    """Whether the likelihood falls to all sides, and not beyond the grid only."""
    falls = np.linalg.eigvalsh(reduced(found.height)[1]).max(initial=-1.0) < 0
    return bool(falls and widest(found.design, found.point) <= GRID[-1])


def widest(design: Design, point: Point) -> float:
    """Return the largest standard deviation, 0 without any."""
    return float(np.abs(point.shared[design.p :]).max(initial=0.0))


def widened(design: Design, found: Maximum, spread: float) -> Point:
    """Return the point of a smaller model in a larger one, new standard deviations being so."""
    values = [
        found.spread(name) if name in found.design.spreads else spread for name in design.spreads
    ]
    return Point(np.append(found.point.shared[: design.p], values), found.point.own)


def _rises_from(design: Design, border: Maximum) -> bool:
    """Whether the likelihood rises from 0, a stationary point: by the curvature there."""
    point = widened(design, border, 0.0)
    return bool(reduced(height(design, point, quick=True))[1][-1, -1] > FLAT)


def _starts(design: Design, border: Maximum, up: bool) -> tuple[list[Point], bool, Point]:
    """Return points near maxima of the profile, whether it rises at the end, and the end."""
    point = widened(design, border, GRID[0])
    free = np.arange(len(point.shared)) < len(point.shared) - 1
    best = last = border.value
    starts = []
    for spread in GRID:
        before, shared = point, point.shared.copy()
        shared[-1] = spread
        here = climb(design, Point(shared, point.own), free=free, quick=True)
        point, rising = here.point, bool(reduced(here.height)[0][-1] > 0)
        if up and not rising:
            starts.append(point if here.value > last else before)
        up, last, best = rising, here.value, max(best, here.value)
        if not up and last < best - FALLEN:
            break
    return starts, up, point


def _newton_step(at: Height, free: Booleans) -> tuple[Point, float]:
    """Return an uphill step and its gain, gradient times step, by a Hessian made negative."""
    gradient, hessian = reduced(at)
    shared = np.zeros_like(gradient)
    if free.any():
        size, axes = np.linalg.eigh(-hessian[np.ix_(free, free)])
        size = np.maximum(np.abs(size), FLATTEST * np.max(np.abs(size)) + 1e-300)
        shared[free] = axes @ ((axes.T @ gradient[free]) / size)
    has = informed(at)
    pull = at.gradient[:, -1] + at.hessian[:, -1, :-1] @ shared
    own = np.where(has, -pull / np.where(has, at.hessian[:, -1, -1], 1.0), 0.0)
    gain = float(shared @ at.gradient[:, :-1].sum(axis=0) + own @ at.gradient[:, -1])
    longest = max(np.abs(shared).max(initial=0.0), np.abs(own).max(initial=0.0), LONGEST)
    part = LONGEST / longest
    return Point(part * shared, part * own), part * gain


def _line_search(
    design: Design, point: Point, at: Height, move: tuple[Point, float], quick: bool
) -> tuple[Point, Height]:
    """Return the first point on halved steps that climbs, the given one if none does."""
    step, gain = move
    now, share = at.value.sum(), 1.0
    for _ in range(QUICK_HALVES if quick else MOST_HALVES):
        new = Point(point.shared + share * step.shared, point.own + share * step.own)
        there = height(design, new, quick=quick)
        if there.value.sum() - now >= ARMIJO * share * gain:
            return new, there
        share /= 2
    return point, at
