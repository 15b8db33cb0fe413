"""residuals: what a fit leaves of each study's effect, on every scale in use."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.core.fit import PooledFit
from metaan.core.regression_fit import RegressionFit
from metaan.core.residuals import Residuals
from metaan.tau2.studies import Studies, make_studies
from metaan.univariate.fitted import Fitted, fitted_arrays, plan_of
from metaan.univariate.kernel import estimate_tau2
from metaan.univariate.regression_kernel import basis, scale_studies, weigh_terms

# Leverage above which a study alone determines its expected effect; rounding leaves about 1e-15.
ALONE = 1 - 1e-9
BLOCK = 400_000  # cells of a block of fits without one study


def residuals(fit: PooledFit | RegressionFit, *, deleted: bool = False) -> Residuals:
    """Return raw, Pearson, standardized and, if asked, studentized residuals of each study.

    Parameters
    ----------
    fit : PooledFit or RegressionFit
        What ``pool`` or ``regress`` gave.
    deleted : bool
        Whether to fit the model again without each study in turn, for the studentized residuals:
        k fits of k - 1 studies, all in one batch.

    Returns
    -------
    Residuals
        Analysis scale.

    Raises
    ------
    InputError
        If it is no fit.

    Notes
    -----
    With ``H = X (X'W X)^-1 X'W`` and Phi the diagonal of v + tau², the standard error of a raw
    residual is the root of the diagonal of ``(I - H) Phi (I - H)'``, whatever the inference of
    the fit. A deleted residual has variance ``v + tau² + x' C x`` with tau² and the coefficients'
    covariance C, by the fit's own inference, from the other studies [1]_.

    References
    ----------
    .. [1] Viechtbauer W, Cheung MW-L (2010). Res Synth Methods 1:112. doi:10.1002/jrsm.11

    Examples
    --------
    >>> import metaan as ma
    >>> effects = ma.Effects.from_arrays([0.1, 0.3, 0.55, 0.71], se=[0.1, 0.2, 0.2, 0.3])
    >>> ma.residuals(ma.pool(effects, tau2="DL")).standardized.round(3)
    array([-1.349, -0.183,  0.81 ,  1.081])
    """
    fitted = fitted_arrays(fit, "residuals")
    hat, variance = _leverage(fitted)
    determined = hat > ALONE
    se = np.where(determined, np.nan, np.sqrt(variance)) * fitted.unit
    raw = fitted.residual * fitted.unit
    out, out_se = np.full_like(raw, np.nan), np.full_like(raw, np.nan)
    if deleted:
        rows = np.flatnonzero(~determined)
        out[rows], out_se[rows] = _deleted(fit, fitted, rows)
    return Residuals(
        study=fit.effects.study,
        fitted=fitted.fitted,
        raw=raw,
        se=se,
        pearson=fitted.residual / np.sqrt(fitted.phi),
        standardized=raw / se,
        hat=hat,
        deleted=out,
        deleted_se=out_se,
        studentized=out / out_se,
    )


def _leverage(fitted: Fitted) -> tuple[Floats, Floats]:
    """Return the hat values and the variances of the residuals, shape (k,)."""
    w, phi = fitted.w, fitted.phi
    turned, _ = basis(fitted.x[None], np.sqrt(w)[None])
    z = turned[0]
    wz = w[:, None] * z
    square = np.sum(z * z, axis=1)
    spread = wz.T @ (phi[:, None] * wz)
    hat = w * square
    left = np.einsum("kp,pq,kq->k", z, spread, z)
    return hat, np.maximum(phi - 2 * phi * hat + left, 0.0)


def _deleted(
    fit: PooledFit | RegressionFit, fitted: Fitted, rows: Integers
) -> tuple[Floats, Floats]:
    """Return the residuals of some studies from the fits without them, and standard errors."""
    k, plan = len(fitted.w), plan_of(fit)
    whole = scale_studies(
        make_studies(
            fit.effects.y[None],
            fit.effects.v[None],
            x=fitted.x[None],
            weights=None if fitted.given is None else fitted.given[None],
        )
    )
    found, error = np.empty(len(rows)), np.empty(len(rows))
    step = max(1, BLOCK // (k * len(fitted.names)))
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        one = whole.studies
        studies = _without(one, part)
        unit = np.full(len(part), whole.unit[0])
        based = studies
        if studies.x is not None:
            based = replace(studies, x=basis(studies.x, studies.v**-0.25)[0])
        tau2 = estimate_tau2(based, plan, unit).tau2
        inferred = plan.inference.function(weigh_terms(studies, tau2), plan.level)
        x = np.ones((len(part), 1)) if one.x is None else one.x[0, part]
        spread = np.einsum("np,npq,nq->n", x, inferred.covariance, x)
        found[start : start + step] = one.y[0, part] - np.sum(x * inferred.beta, axis=1)
        error[start : start + step] = np.sqrt(one.v[0, part] + tau2 + spread)
    return found * whole.unit[0], error * whole.unit[0]


def _without(one: Studies, rows: Integers) -> Studies:
    """Return a batch of one analysis without each of these studies in turn."""
    n, k = len(rows), one.y.shape[1]
    present = np.ones((n, k))
    present[np.arange(n), rows] = 0.0

    def alike(values: Floats) -> Floats:
        return np.broadcast_to(values, (n, *values.shape[1:]))

    return make_studies(
        alike(one.y),
        alike(one.v),
        present,
        x=None if one.x is None else alike(one.x),
        weights=None if one.weights is None else alike(one.weights),
    )
