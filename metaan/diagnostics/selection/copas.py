"""copas: how much a pool would change if imprecise studies with small effects are missing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.counts_fit import CountsFit
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.lookup import look_up
from metaan.core.numbers import counted
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.asymmetry.asymmetry_evidence import UNASKED, Evidence, evidence_of
from metaan.diagnostics.asymmetry.line_kernel import flat, weighted_lines
from metaan.diagnostics.asymmetry.pet_peese import ABOVE, BELOW, SIDES
from metaan.diagnostics.selection.copas_record import CopasModel
from metaan.diagnostics.selection.copas_solving import RHO_BOUND, Solutions, gammas_of, solve
from metaan.numerics.tails import log_two_sided, normal_quantile

PROBABILITIES = (0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)
MOST_PRECISE = 0.99
SIGNIFICANCE = 0.10
STARTS = (0.1, 0.5, 0.9, 0.99)
FEW = 15
PATH_LONGEST = 200


def copas(
    fit: PooledFit | SubgroupFit | CountsFit,
    *,
    probabilities: Sequence[float] = PROBABILITIES,
    most_precise: float = MOST_PRECISE,
    direction: str | None = None,
    significance: float = SIGNIFICANCE,
    level: float | None = None,
) -> CopasModel:
    """Return the sensitivity of a pool to selective publication, by the Copas selection model.

    Parameters
    ----------
    fit : PooledFit, SubgroupFit or CountsFit
        Pool of k >= 4 studies whose standard errors differ; of subgroups it is the pool of all.
    probabilities : sequence of float
        Assumed probabilities that a study as imprecise as the least precise one is published;
        "no selection" is put before them.
    most_precise : float
        The same for the most precise one, at least the largest of ``probabilities``.
    direction : {"above", "below"}, optional
        Side of the effects that are published more readily; by default that on which imprecise
        studies lie.
    significance : float
        The adjusted estimate is that of the least selection whose residual is not significant at
        this level.
    level : float, optional
        Coverage; that of the fit by default.

    Returns
    -------
    CopasModel
        A row for each assumption: effect, interval, expected number of unpublished studies, test
        of the selection that is left; ``.adjusted`` or None.

    Raises
    ------
    InputError
        If this is no pool, there are too few studies, their standard errors are all the same, or
        a probability is out of range.
    ChoiceError
        If ``direction`` is no side.

    Notes
    -----
    ``y_i ~ N(mu, sigma_i² + tau²)`` is published if ``gamma0 + gamma1 / s_i + d_i > 0`` with
    ``d_i`` standard normal, of correlation rho with the error of ``y_i`` [1]_, [2]_. With
    ``u = gamma0 + gamma1 / s``, ``lambda`` the inverse Mills ratio and ``c² = lambda (u +
    lambda)``, the variance before selection is ``sigma² = s² / (1 - c² rho²)``; the
    log-likelihood of what is published is the sum of ``log N(y; mu, tau² + sigma²) - log Phi(u)
    + log Phi(v)``, ``v = (u + r (y - mu) / sqrt(tau² + sigma²)) / sqrt(1 - r²)`` and ``r = rho
    sigma / sqrt(tau² + sigma²)``. The data cannot tell gamma0 and gamma1: both follow from the
    two probabilities, and mu, rho and tau² are estimated for each assumption, rho from 0 to
    0.9999. The expected number of unpublished studies is ``sum (1 - P_i) / P_i``. The
    selection that is left is tested by the likelihood ratio of a slope on ``s_i``. Intervals are
    Wald's, of parameters that are at no bound.

    The assumptions follow one path, that of the most precise study almost surely published, and
    not the line orthogonal to contours of mu that other programs fit.

    References
    ----------
    .. [1] Copas J, Shi JQ (2000). Biostatistics 1:247. doi:10.1093/biostatistics/1.3.247
    .. [2] Copas JB, Shi JQ (2001). Stat Methods Med Res 10:251. doi:10.1177/096228020101000402

    Examples
    --------
    Made-up numbers:

    >>> import metaan as ma
    >>> from metaan.diagnostics.selection.copas import copas
    >>> effects = ma.Effects.from_arrays(
    ...     [0.21, 0.18, 0.40, 0.30, 0.12, 0.62], se=[0.07, 0.10, 0.15, 0.12, 0.06, 0.20]
    ... )
    >>> found = copas(ma.pool(effects, tau2="ML", inference="WALD"), probabilities=[0.8, 0.4])
    >>> found.value.round(3), found.unpublished.round(1)
    (array([0.213, 0.194, 0.183]), array([0. , 0.6, 3.1]))
    """
    if not isinstance(fit, PooledFit | SubgroupFit | CountsFit):
        raise InputError(f"copas needs a pool, pool(effects); got {type(fit).__name__}")
    evidence = evidence_of(fit, "copas", asked=UNASKED, level=level)
    least = _checked(evidence, probabilities, most_precise, significance)
    y, v = np.asarray(evidence.effects.y), np.asarray(evidence.effects.v)
    side = direction or _side(y, v)
    sign = look_up(SIDES, side, argument="direction", what="a side of no effect")
    gammas = gammas_of(least, most_precise, np.sqrt(v))
    found = solve(sign * y, v, gammas, STARTS)
    whole = fit.overall if isinstance(fit, SubgroupFit) else fit
    value, null = sign * found.mu, evidence.effects.scale.null
    half = normal_quantile(evidence.level) * found.se
    return CopasModel(
        effects=evidence.effects,
        unadjusted=whole.estimate,
        direction=side,
        probability=least,
        most_precise=float(most_precise),
        gamma0=np.where(least < 1, gammas.gamma0, np.nan),
        gamma1=np.where(least < 1, gammas.gamma1, np.nan),
        value=value,
        se=found.se,
        low=value - half,
        high=value + half,
        log_p_value=log_two_sided((value - null) / found.se, np.full(len(value), np.inf)),
        rho=sign * found.rho,
        tau2=found.tau2,
        unpublished=np.where(least < 1, found.unpublished, 0.0),
        log_residual=found.log_residual,
        bounded=found.bounded,
        significance=float(significance),
        level=evidence.level,
        remarks=(*_remarks(evidence, found), *evidence.remarks),
    )


def _side(y: Floats, v: Floats) -> str:
    slope = weighted_lines(y[None], np.sqrt(v)[None], 1 / v[None], level=0.95).value[0, 1]
    return BELOW if slope < 0 else ABOVE


def _checked(
    evidence: Evidence, probabilities: Sequence[float], most_precise: float, significance: float
) -> Floats:
    """Return the path of probabilities, 1 first, or raise ``InputError`` with all faults."""
    faults, effects = [], evidence.effects
    try:
        given = np.unique(np.asarray(probabilities, dtype=np.float64).ravel())[::-1]
    except (TypeError, ValueError):
        given = np.array([np.nan])
    if effects.k < 4:
        faults.append(f"four parameters need 4 studies or more; got {effects.k}")
    if flat(effects.se[None], np.ones((1, effects.k), dtype=bool))[0]:
        faults.append("all studies have the same standard error, by which none can be selected")
    if not 0 < most_precise < 1:
        faults.append(f"most_precise must lie between 0 and 1; got {most_precise!r}")
    elif not (given.size and np.all((given > 0) & (given <= most_precise))):
        faults.append(
            f"probabilities must be numbers between 0 and most_precise, {most_precise:g}; got "
            f"{probabilities!r}"
        )
    if given.size > PATH_LONGEST:
        faults.append(f"probabilities can be {PATH_LONGEST} at most; got {given.size}")
    if not 0 < significance < 1:
        faults.append(f"significance must lie between 0 and 1; got {significance!r}")
    if faults:
        raise InputError(f"copas: {'; '.join(faults)}")
    return np.concatenate([[1.0], given])


def _remarks(evidence: Evidence, found: Solutions) -> list[str]:
    told = [
        "the probabilities of publication are assumptions: the data do not tell which of them "
        "holds",
    ]
    if evidence.effects.k < FEW:
        told.append(f"fewer than {FEW} studies: the likelihood of the model is often almost flat")
    bounded = int(np.sum(found.bounded))
    if bounded:
        told.append(
            f"the correlation is at its bound, {RHO_BOUND:g}, in "
            f"{counted(bounded, 'row')}: its uncertainty is not in the interval there"
        )
    if np.isnan(found.se).any():
        told.append("no standard error where the likelihood is flat")
    lost = int(np.sum(~found.settled))
    if lost:
        told.append(f"the search did not come to an end in {counted(lost, 'row')}")
    return told
