"""The mean effect over a grid of selections: the map behind a Copas analysis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metaan.core.arrays import Floats, frozen
from metaan.diagnostics.asymmetry.pet_peese import SIDES
from metaan.diagnostics.selection.copas_record import CopasModel
from metaan.diagnostics.selection.copas_solving import Gammas, solve

STEPS = 17
STARTS = (0.2, 0.6, 0.95)
PAD = 0.12  # of the range of the path, on all sides


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CopasSurface:
    """Mean effects over a grid.

    Attributes
    ----------
    gamma0 : ndarray, shape (a,)
        Constants of the selection.
    gamma1 : ndarray, shape (b,)
        Slopes on precision, 0 first.
    value : ndarray, shape (b, a)
        Mean effects, analysis scale.
    """

    gamma0: Floats
    gamma1: Floats
    value: Floats

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("gamma0", "gamma1", "value"):
            object.__setattr__(self, name, frozen(getattr(self, name)))


def copas_surface(found: CopasModel, *, steps: int = STEPS) -> CopasSurface:
    """Return the mean effect over a grid of gamma0 and gamma1 that holds the path.

    Parameters
    ----------
    found : CopasModel
        The analysis.
    steps : int
        Places on either axis, at least 2.
    """
    path0, path1 = found.gamma0[1:], found.gamma1[1:]
    low, high = float(np.min(path0)), float(np.max(path0))
    room = PAD * max(high - low, 1.0)
    first = np.linspace(low - room, high + room, steps)
    second = np.linspace(0.0, (1 + PAD) * max(float(np.max(path1)), np.finfo(float).tiny), steps)
    gamma1, gamma0 = (each.ravel() for each in np.meshgrid(second, first, indexing="ij"))
    sign, effects = SIDES[found.direction], found.effects
    y, v = np.asarray(effects.y), np.asarray(effects.v)
    solved = solve(sign * y, v, Gammas(gamma0, gamma1), STARTS, residual=False)
    value = sign * solved.mu.reshape(steps, steps)
    return CopasSurface(gamma0=first, gamma1=second, value=value)
