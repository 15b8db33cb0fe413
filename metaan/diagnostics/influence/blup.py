"""blup: what each study's true effect is expected to be, given its own result and the others'."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.fit import PooledFit
from metaan.core.regression_fit import RegressionFit
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.influence.blups_record import Blups
from metaan.diagnostics.influence.mean_fits import mean_fit
from metaan.numerics.tails import normal_quantile, t_quantile
from metaan.univariate.contrasts import checked, degrees
from metaan.univariate.inference import INFERENCES

VERB = "blup"


def blup(fit: PooledFit | RegressionFit | SubgroupFit, *, level: float | None = None) -> Blups:
    """Return the empirical Bayes estimates of the studies' true effects.

    Parameters
    ----------
    fit : PooledFit, RegressionFit or SubgroupFit
        What ``pool`` or ``regress`` gave; of subgroups it is the pool of all.
    level : float, optional
        Coverage of the prediction limits; that of the fit by default.

    Returns
    -------
    Blups
        One row per study, arrays (k,) on the analysis scale: ``value`` (the best linear unbiased
        prediction), ``se``, ``low``, ``high``; ``fitted`` (what it is shrunken to), ``random``
        (value less fitted), ``share`` (the weight of the study's own effect). ``.to_frame()`` is
        on the reading scale, ``.sentence()`` says how far the effects are predicted apart.

    Raises
    ------
    InputError
        If it is no fit of a mean or regression (a Mantel-Haenszel or Peto pool of counts is
        none), or the level no share.

    Notes
    -----
    With ``s = tau² / (tau² + v)``, the true effect is expected at ``s y + (1 - s) x'b`` with
    variance ``s v + (1 - s)² x'V x``, V the covariance of the coefficients by the inference of
    the fit [1]_. That holds whatever the weights of the coefficients: what is left of a study's
    deviation once it is shrunken is uncorrelated with its effect, and so with b. Limits are
    normal, or of Student's t with the degrees of freedom of the fit. tau² counts as known, so
    that the limits are somewhat narrow where k is small. For a common effect all true effects
    are the fitted ones.

    References
    ----------
    .. [1] Raudenbush SW, Bryk AS (1985). J Educ Stat 10:75. doi:10.3102/10769986010002075

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.influence.blup import blup
    >>> effects = ma.Effects.from_arrays([0.10, 0.30, 0.95], se=[0.12, 0.20, 0.18])
    >>> blup(ma.pool(effects, tau2="DL", inference="WALD")).value.round(3)
    array([0.125, 0.325, 0.873])
    """
    fit = mean_fit(fit, VERB)
    effects = fit.effects
    given = checked(level)
    if isinstance(fit, PooledFit):
        fitted = np.full(effects.k, fit.estimate.value)
        variance, own = np.full(effects.k, fit.estimate.se**2), fit.estimate.level
    else:
        fitted, own = fit.fitted, fit.level
        variance = np.maximum(np.einsum("kp,pq,kq->k", fit.x, fit.covariance, fit.x), 0.0)
    covered = own if given is None else given
    share = fit.tau2 / (fit.tau2 + effects.v)
    value = fitted + share * (effects.y - fitted)
    se = np.sqrt(share * effects.v + (1 - share) ** 2 * variance)
    half = _quantile(fit, covered) * se
    return Blups(
        fit=fit,
        study=effects.study,
        value=value,
        se=se,
        low=value - half,
        high=value + half,
        fitted=fitted,
        share=share,
        level=covered,
    )


def _quantile(fit: PooledFit | RegressionFit, level: float) -> Floats:
    """Return how many standard errors the limits are away, shape (k,)."""
    k = fit.effects.k
    if isinstance(fit, RegressionFit):
        return t_quantile(level, degrees(fit, fit.x))
    if INFERENCES[fit.inference].needs_moment:  # the mean has a distribution of its own
        return np.full(k, normal_quantile(level))
    return t_quantile(level, np.full(k, fit.estimate.df))
