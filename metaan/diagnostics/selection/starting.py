"""Where searches for maxima begin: looked at over a wide grid, climbed from the best of it.

A likelihood of a selection model can have a maximum far from the estimate without selection: at
tau² = 0 near no effect, or with a mean far out on the side that is not favored, whose large tau²
lets some results through. So means, tau² and parameters are combined widely; likelihoods without
derivatives cost little.
"""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats
from metaan.diagnostics.selection.likelihood import Problem, heights
from metaan.diagnostics.selection.setting import Setting

TAU2_STARTS = (0.3, 1.0, 4.0)  # times base tau², with its standard error added to the last
# means in typical standard errors; negative: on the side that is not favored
MEANS = (0.0, -1.0, -3.0, -8.0, -20.0, -50.0, -100.0, 3.0, 10.0)
MEANS_OF_TWO_SIDES = (0.0, -1.0, 1.0, -3.0, 3.0, -8.0, 8.0, -20.0, 20.0)
FAR_TAU2 = (0.15, 0.5, 1.5)  # in typical variances, times the mean in typical standard errors
HOPELESS = 25.0  # log-likelihoods below the highest of the grid
MOST_AT_ONCE = 4  # that are climbed from for their height alone


def grid(setting: Setting, etas: Floats) -> Floats:
    """Return points to look at, shape (n, d), first the base with the first parameters.

    Parameters
    ----------
    setting : Setting
        Studies.
    etas : ndarray, shape (s, q)
        Parameters of the selection function.
    """
    base, v = setting.base, float(np.median(setting.v))
    rows = [(base.beta, base.tau2)]
    near = [0.0, *(times * base.tau2 for times in TAU2_STARTS)]
    near[-1] += base.tau2_se
    rows += [(base.beta, tau2) for tau2 in near]
    if etas.shape[1]:
        # one direction in which all expected effects rise alike
        along = np.linalg.lstsq(setting.x, np.ones(setting.k), rcond=None)[0]
        middle = float(np.mean(setting.x @ base.beta))
        means = MEANS if setting.alternative.sides == 1 else MEANS_OF_TWO_SIDES
        for mean in means:
            beta = base.beta + (mean * np.sqrt(v) - middle) * along
            far = (times * max(1.0, abs(mean)) * v for times in FAR_TAU2)
            rows += [(beta, tau2) for tau2 in (0.0, base.tau2, *far)]
    return np.array([np.concatenate((beta, [tau2], eta)) for eta in etas for beta, tau2 in rows])


def chosen(problem: Problem, points: Floats) -> Floats:
    """Return the points to climb from, shape (m, d).

    They are the first, the highest, the highest of each mean, and those of each selection
    function with and without heterogeneity.
    """
    p, first = problem.p, points[:1]
    points = np.unique(points, axis=0)
    value = heights(problem, points)
    value = np.where(np.isnan(value), -np.inf, value)
    best = np.argsort(-value)
    kept = set(best[:MOST_AT_ONCE].tolist())
    functions = np.column_stack((points[:, p] > 0, points[:, p + 1 :]))
    for columns in (points[:, :p], functions):
        group = np.unique(columns, axis=0, return_inverse=True)[1].ravel()[best]
        kept |= set(best[np.unique(group, return_index=True)[1]].tolist())
    hopeful = [i for i in sorted(kept) if value[i] > value[best[0]] - HOPELESS]
    return np.unique(np.concatenate((first, points[hopeful])), axis=0)
