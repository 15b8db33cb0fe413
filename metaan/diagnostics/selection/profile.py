"""Limits of one parameter by its profile likelihood: the others maximized at every value."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.diagnostics.selection.likelihood import Curved, evaluate
from metaan.diagnostics.selection.newton import Peaks, climb
from metaan.diagnostics.selection.solving import Solved
from metaan.numerics.search import bracketed_root
from metaan.numerics.tails import chi2_quantile

LONGEST = 60  # doublings of the distance that is looked at
STRIDE = 0.5  # standard errors, at first


def profile_limits(solved: Solved, direction: Floats, level: float) -> tuple[float, float]:
    """Return the limits of a combination of parameters, as they are searched.

    Parameters
    ----------
    solved : Solved
        A fitted model.
    direction : ndarray, shape (d,)
        Weights of the parameters in the combination; one of them alone, but for coefficients of
        a design.
    level : float
        Coverage.

    Returns
    -------
    tuple of float
        Where twice the log-likelihood has fallen by the chi-square quantile; a bound of the
        search, or infinity, where it does not fall that far.
    """
    turned = _Turned(solved, direction)
    drop = float(chi2_quantile(1 - level, 1)) / 2
    return turned.limit(-1.0, drop), turned.limit(1.0, drop)


class _Turned:
    """The search, in which the combination takes the place of one parameter."""

    def __init__(self, solved: Solved, direction: Floats) -> None:
        self.solved = solved
        theta, p = solved.found.theta, solved.search.problem.p
        self.at = int(np.argmax(np.abs(direction)))
        self.direction = direction
        self.middle = float(direction @ theta)
        self.coefficient = self.at < p
        space = solved.search.space
        self.low, self.high = (
            (-np.inf, np.inf)
            if self.coefficient
            else (float(space.low[self.at]), float(space.high[self.at]))
        )
        spread = float(direction @ solved.spread @ direction)
        self.se = np.sqrt(spread) if spread > 0 else float(space.unit[self.at])
        # columns: the combination itself, and directions that leave it as it is
        self.basis = np.eye(len(theta))
        self.basis[self.at] = -direction / direction[self.at]
        self.basis[self.at, self.at] = 1 / direction[self.at]

    def function(self, turned: Floats, which: Integers) -> Curved:
        """Return the log-likelihood with derivatives in the turned parameters."""
        del which
        none = np.zeros(len(turned), dtype=np.int64)
        found = evaluate(self.solved.search.problem, turned @ self.basis.T, none)
        return found._replace(
            gradient=found.gradient @ self.basis,
            hessian=self.basis.T @ found.hessian @ self.basis,
        )

    def drops(self, values: Floats, start: Floats) -> Peaks:
        """Return the profile at some values of the combination."""
        space = self.solved.search.space
        free = np.broadcast_to(space.free, start.shape).copy()
        free[:, self.at] = False
        low, high = space.low.copy(), space.high.copy()
        low[self.at], high[self.at] = -np.inf, np.inf
        start = start.copy()
        start[:, self.at] = values
        return climb(self.function, start, space._replace(low=low, high=high, free=free))

    def limit(self, side: float, drop: float) -> float:
        """Return the limit on one side."""
        top = self.solved.found.value
        own: Floats = np.asarray(
            np.linalg.solve(self.basis, self.solved.found.theta), dtype=np.float64
        )
        near, distance, state = self.middle, STRIDE * self.se, own
        edge = self.low if side < 0 else self.high
        for _ in range(LONGEST):
            value = self.middle + side * distance
            beyond = value <= edge if side < 0 else value >= edge
            value = edge if beyond else value
            found = self.drops(np.array([value]), state[None])
            if top - float(found.value[0]) >= drop:
                return self._between(near, value, state, top - drop)
            if beyond:
                return edge
            near, state, distance = value, found.theta[0], 2 * distance
        return side * np.inf

    def _between(self, near: float, far: float, state: Floats, level: float) -> float:
        def above(values: Floats, which: Integers) -> Floats:
            del which
            found = self.drops(values, np.repeat(state[None], len(values), axis=0))
            return found.value - level

        return float(bracketed_root(above, np.array([near]), np.array([far]))[0])
