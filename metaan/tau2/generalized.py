"""The tau² at which the generalized Q statistic has a given value: Paule-Mandel and Q-profiles.

Q(tau²) = sum w r² with w = 1 / (v + tau²) falls strictly with tau² (Viechtbauer 2007,
doi:10.1002/sim.2514), so each value is reached once. It is a sum of ``z² / (m + tau²)`` (see
``curves``), whose reciprocal is concave: a weighted harmonic mean. From any point left of the
root Newton's steps on 1/Q therefore stay left of it, grow to it without a bracket, and double
their digits. The start is the highest of three bounds below: the tangent at 0; the line that 1/Q
nears far out, ``(tau² + m) / S`` with ``S = sum r²`` and ``m = sum v r² / S``, r unweighted; and
the root of the sum of two such terms that has Q and its slope at 0 and S and m far out. That sum
lies below Q: it is Gauss's quadrature with two nodes, and the fourth derivative of what it sums,
``s² / (1 + s tau²)`` in ``s = 1 / m``, is positive.
"""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.tau2.curves import Curves, at_zero, curves, spread
from metaan.tau2.found import Found
from metaan.tau2.studies import Studies

NEAR = 1e-6  # a Newton step this small, relative to v + tau², leaves an error of its square
MOST_STEPS = 500
LEFT = 1e-9  # a start this much nearer 0: rounding must not bring it right of the root


def solve_q(studies: Studies, target: Floats) -> tuple[Floats, Integers]:
    """Return the tau² >= 0 at which the generalized Q equals ``target``, and the steps taken.

    Parameters
    ----------
    studies : Studies
        n analyses.
    target : ndarray, shape (n,) or (m, n)
        Positive values; NaN gives NaN.

    Returns
    -------
    tau2 : ndarray, shape of target
        To machine precision; 0 if Q(0) is below the target.
    steps : ndarray of int, shape of target
        0 where none was needed.
    """
    first, slope = at_zero(studies)
    goal = target if target.ndim == 2 else np.atleast_2d(target)
    answer = goal * 0.0  # NaN stays NaN
    steps = np.zeros(goal.shape, dtype=int)
    line, row = (first > goal).nonzero()
    if line.size:
        total, typical = spread(studies)
        aim = goal[line, row]
        start = _start(aim, (first[row], slope[row]), (total[row], typical[row]))
        answer[line, row], steps[line, row] = _newton(curves(studies).take(row), aim, start)
    return answer.reshape(target.shape), steps.reshape(target.shape)


def _start(aim: Floats, near: tuple[Floats, Floats], far: tuple[Floats, Floats]) -> Floats:
    """Return a tau² left of the root, from Q and its slope at 0 and from S and m far out."""
    (q, slope), (total, typical) = near, far
    tangent = (q - aim) * q / (aim * slope)
    beyond = total / aim - typical
    harmonic = total / q
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # The two terms have the poles m1 and m2; 0 / 0 for equal variances, where one is enough.
        product = (typical - harmonic) / (slope / q - 1.0 / harmonic)
        half = (beyond - product / harmonic) / 2.0
        rest = product * (q / aim - 1.0)
        root = np.sqrt(half * half + rest)
        both = np.where(half > 0.0, half + root, rest / (root - half))
    return np.maximum(tangent, np.fmax(beyond, both) * (1 - LEFT))


def _newton(along: Curves, target: Floats, tau2: Floats) -> tuple[Floats, Integers]:
    steps = np.zeros(len(tau2), dtype=int)
    active, here, goal, part = np.arange(len(tau2)), tau2, target, along
    open_, count = np.ones(len(tau2), dtype=bool), steps.copy()
    for _ in range(MOST_STEPS):
        q, a = part.q_and_slope(here)
        move = (q - goal) * q / (goal * a)
        here = here + move
        count += open_  # those already there move by rounding, and are not counted
        open_ &= np.abs(move) > NEAR * (part.smallest + here)
        left = np.count_nonzero(open_)
        if left == 0:
            break
        if left < 0.75 * len(open_):  # smaller arrays for the few
            tau2[active], steps[active] = here, count
            keep = np.flatnonzero(open_)
            active, here, goal, part = active[keep], here[keep], goal[keep], part.take(keep)
            open_, count = open_[keep], count[keep]
    tau2[active], steps[active] = here, count
    return tau2, steps


def paule_mandel(studies: Studies) -> Found:
    """Return the Paule-Mandel estimate: where the generalized Q equals its degrees of freedom.

    References
    ----------
    .. [1] Paule RC, Mandel J (1982). J Res Natl Bur Stand 87:377. doi:10.6028/jres.087.022
    """
    return at_q(studies, studies.freedom)


def at_q(studies: Studies, target: Floats) -> Found:
    """Return what `solve_q` finds, 0 where no degree of freedom is left."""
    free = studies.freedom > 0
    tau2, steps = solve_q(studies, np.where(free, target, np.nan))
    return Found(np.where(free, tau2, 0.0), steps, np.ones(studies.n, dtype=int))
