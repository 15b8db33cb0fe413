"""Standard errors of tau², one for each way of estimating it; NaN without a degree of freedom.

Estimators that are a sum of squares ``y'P y`` over a constant have its exact variance under the
estimated tau², ``2 tr(P S P S)`` with S = V + tau²; those that maximize a likelihood have the
inverse expected information.
"""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats
from metaan.numerics.projection import trace, trace_square
from metaan.tau2.given_weights import freedom_of, given
from metaan.tau2.moments import first_guess
from metaan.tau2.studies import Studies


def se_of_reml(studies: Studies, tau2: Floats) -> Floats:
    """Return ``sqrt(2 / tr(P P))``, the inverse expected information, shape (n,)."""
    w = studies.present / (studies.v + tau2[:, None])
    information = trace_square(w, None, studies.x)
    if studies.enough and studies.x is None:  # a design may leave nothing but rounding
        return np.asarray(np.sqrt(2.0 / information))
    return _root(2.0 / _positive(information), studies.freedom)


def se_of_ml(studies: Studies, tau2: Floats) -> Floats:
    """Return ``sqrt(2 / sum w²)``, the inverse expected information, shape (n,)."""
    w = studies.present / (studies.v + tau2[:, None])
    return _root(2 / np.add.reduce(w * w, axis=-1), studies.freedom)


def se_of_dl(studies: Studies, tau2: Floats) -> Floats:
    """Return ``sqrt(2 tr(P S P S)) / tr P`` with w = 1 / v, shape (n,)."""
    w = studies.present / studies.v
    return _of_form(studies, tau2, w, trace(w, studies.x))


def se_of_he(studies: Studies, tau2: Floats) -> Floats:
    """Return ``sqrt(2 tr(M S M S)) / df`` with the unweighted projection M, shape (n,)."""
    return _of_form(studies, tau2, studies.present, studies.freedom)


def se_of_hs(studies: Studies, tau2: Floats) -> Floats:
    """Return ``sqrt(2 tr(P S P S)) / sum w`` with w = 1 / v, shape (n,)."""
    w = studies.present / studies.v
    return _of_form(studies, tau2, w, np.add.reduce(w, axis=-1))


def se_of_hs_k(studies: Studies, tau2: Floats) -> Floats:
    """Return that of Hunter and Schmidt times k / (k - p), shape (n,)."""
    return se_of_hs(studies, tau2) * studies.count / np.maximum(studies.freedom, 1.0)


def se_of_sj(studies: Studies, tau2: Floats) -> Floats:
    """Return ``tau0² sqrt(2 tr(P S P S)) / df``, w = 1 / (v + tau0²), shape (n,).

    The first guess tau0² is taken as a constant, which it is not; NaN where it is 0.
    """
    guess = first_guess(studies)
    w = studies.present / (studies.v + guess[:, None])
    se = guess * _of_form(studies, tau2, w, studies.freedom)
    return np.where(guess > 0, se, np.nan)


def se_of_genq(studies: Studies, tau2: Floats) -> Floats:
    """Return ``sqrt(2 tr(P S P S)) / tr P`` with the user's weights, shape (n,)."""
    w = given(studies)
    return np.where(
        freedom_of(studies, w) > 0, _of_form(studies, tau2, w, trace(w, studies.x)), np.nan
    )


def se_of_pm(studies: Studies, tau2: Floats) -> Floats:
    """Return ``sqrt(2 k² / df) / sum w`` with w = 1 / (v + tau²), shape (n,).

    Notes
    -----
    Morris's [1]_ for the empirical Bayes estimate, which solves the same equation: with equal
    variances ``(v + tau²) sqrt(2 / df)``, that of a sample variance. The delta method on
    Q = df would give ``sqrt(2 df) / tr P``, the same with equal variances.

    References
    ----------
    .. [1] Morris CN (1983). J Am Stat Assoc 78:47. doi:10.1080/01621459.1983.10477920
    """
    total = np.add.reduce(studies.present / (studies.v + tau2[:, None]), axis=-1)
    return np.where(
        studies.freedom > 0,
        studies.count * np.sqrt(2 / np.maximum(studies.freedom, 1.0)) / total,
        np.nan,
    )


def _of_form(studies: Studies, tau2: Floats, w: Floats, slope: Floats) -> Floats:
    """Return the standard error of ``y'P y / slope``."""
    spread = 2 * trace_square(w, studies.v + tau2[:, None], studies.x)
    return _root(spread, studies.freedom) / _positive(slope)


def _positive(x: Floats) -> Floats:
    return np.where(x > 0.0, x, 1.0)


def _root(variance: Floats, freedom: Floats) -> Floats:
    """Return the root, NaN where no degree of freedom is left."""
    return np.where(freedom > 0.0, np.sqrt(np.maximum(variance, 0.0)), np.nan)
