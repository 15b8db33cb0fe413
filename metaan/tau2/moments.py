"""Between-study variance in closed form: by matching a sum of squares to its expectation."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats
from metaan.numerics.projection import residual_square, trace, trace_with
from metaan.tau2.curves import at_zero
from metaan.tau2.found import Found, by_formula
from metaan.tau2.studies import Studies


def dersimonian_laird(studies: Studies) -> Found:
    """Return the DerSimonian-Laird estimate of tau².

    Notes
    -----
    ``max(0, (Q - df) / tr P)`` with w = 1 / v; for a mean, ``tr P = sum w - sum w² / sum w``.
    0 where no degree of freedom is left.

    References
    ----------
    .. [1] DerSimonian R, Laird N (1986). Control Clin Trials 7:177.
       doi:10.1016/0197-2456(86)90046-2
    """
    w, q, freedom = _cochran(studies)
    return by_formula(per_freedom(q - freedom, trace(w, studies.x), freedom))


def hedges(studies: Studies) -> Found:
    """Return Hedges's estimate of tau², from the unweighted residuals.

    Notes
    -----
    ``max(0, (S - tr(M V)) / df)`` with S the unweighted residual sum of squares and M its
    projection; for a mean, the sample variance of y less the mean of v.

    References
    ----------
    .. [1] Hedges LV (1983). Psychol Bull 93:388. doi:10.1037/0033-2909.93.2.388
    """
    here = studies.present
    squares = residual_square(studies.y, here, studies.x)
    expected = trace_with(here, studies.v, studies.x)
    return by_formula(per_freedom(squares - expected, studies.freedom, studies.freedom))


def hunter_schmidt(studies: Studies) -> Found:
    """Return the Hunter-Schmidt estimate of tau²: ``max(0, (Q - k) / sum w)``, w = 1 / v.

    References
    ----------
    .. [1] Viechtbauer W (2005). J Educ Behav Stat 30:261. doi:10.3102/10769986030003261
    """
    w, q, freedom = _cochran(studies)
    return by_formula(per_freedom(q - studies.count, np.add.reduce(w, axis=-1), freedom))


def hunter_schmidt_k(studies: Studies) -> Found:
    """Return the same with Q times k / (k - p), which takes most of the bias of few studies.

    References
    ----------
    .. [1] Brannick MT, Potter SM, Benitez B, Morris SB (2019). Organ Res Methods 22:490.
       doi:10.1177/1094428117741966
    """
    w, q, freedom = _cochran(studies)
    larger = q * per_freedom(studies.count, freedom, freedom)
    return by_formula(per_freedom(larger - studies.count, np.add.reduce(w, axis=-1), freedom))


def sidik_jonkman(studies: Studies) -> Found:
    """Return the two-step Sidik-Jonkman estimate of tau², above 0 unless all effects are equal.

    Notes
    -----
    ``tau0² Q(tau0²) / df``, Q with w = 1 / (v + tau0²) and the first guess
    ``tau0² = sum (y - mean(y))² / k``, whatever the design. Equal effects give 0, the limit.

    References
    ----------
    .. [1] Sidik K, Jonkman JN (2005). J R Stat Soc C 54:367.
       doi:10.1111/j.1467-9876.2005.00489.x
    """
    guess = first_guess(studies)
    w = studies.present / (studies.v + guess[:, None])
    q, freedom = residual_square(studies.y, w, studies.x), studies.freedom
    return by_formula(per_freedom(guess * q, freedom, freedom))


def first_guess(studies: Studies) -> Floats:
    """Return the variance of the effects about their mean, over k; exactly 0 if all are equal."""
    first = np.take_along_axis(studies.y, np.argmax(studies.present, axis=-1)[:, None], axis=-1)
    y = (studies.y - first) * studies.present  # a mean of equal numbers need not be that number
    mean = np.add.reduce(y, axis=-1) / studies.count
    r = (y - mean[:, None]) * studies.present
    return np.asarray(np.add.reduce(r * r, axis=-1) / studies.count)


def per_freedom(part: Floats, whole: Floats, freedom: Floats) -> Floats:
    """Return ``part / whole``, and 0 where no degree of freedom is left."""
    alone = freedom < 1
    return np.where(alone, 0.0, part / np.where(alone, 1.0, whole))


def _cochran(studies: Studies) -> tuple[Floats, Floats, Floats]:
    """Return the weights 1 / v, Cochran's Q and its degrees of freedom."""
    return studies.present / studies.v, at_zero(studies)[0], studies.freedom
