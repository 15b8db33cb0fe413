"""robust: standard errors, tests and limits that allow for clusters of dependent studies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np

from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.lookup import look_up
from metaan.core.regression_fit import RegressionFit
from metaan.core.robust_fit import RobustFit
from metaan.dependent.clusters import find_clusters
from metaan.dependent.robust_answers import Clustered, clustered
from metaan.dependent.robust_kinds import DEFAULT_KIND, ROBUST_KINDS, methods_of
from metaan.univariate.fitted import checked_fit, fitted_arrays

FEW_DF, MANY_CLUSTERS = 4, 40
# Share of a true variance below which a robust one is too small, and worth a remark.
TOO_SMALL = 0.99


def robust(
    fit: PooledFit | RegressionFit,
    *,
    cluster: str | Sequence[Any],
    kind: str = DEFAULT_KIND,
    level: float | None = None,
) -> RobustFit:
    """Return a fit's coefficients with standard errors that allow for dependence in clusters.

    Parameters
    ----------
    fit : PooledFit or RegressionFit
        What ``pool`` or ``regress`` gave; its coefficients and tau² stay as they are.
    cluster : str or sequence
        Name of a column of ``fit.effects.columns``, "study" for the studies' labels, or one label
        for each study of the fit.
    kind : str
        Row of ``ROBUST_KINDS``: "CR2", "CR1" or "CR0".
    level : float, optional
        Coverage of the intervals; that of the fit by default.

    Returns
    -------
    RobustFit
        On the analysis scale.

    Raises
    ------
    InputError
        If there is no such column or kind, a label is missing, or there are no more clusters
        than coefficients.

    Notes
    -----
    The covariance is ``M (sum_i X_i'W_i A_i e_i e_i'A_i'W_i X_i) M`` with ``M = (X'W X)^-1`` and
    the residuals e_i of cluster i [1]_. CR0 has ``A_i = I``; CR1 multiplies it by m / (m - p) for
    m clusters and p coefficients, which is metafor's ``robust()`` and what clubSandwich calls
    CR1p (its CR1 is m / (m - 1), its CR1S Stata's). Both are tested against t(m - p).

    CR2 takes the A_i that make the covariance unbiased when the fit's own model holds, that is,
    independent effects with variances v + tau² [2]_; the symmetric square root is the
    Moore-Penrose one, so that indicators of clusters may be among the moderators. Degrees of
    freedom are Satterthwaite's, each coefficient's own; joint tests are the approximate Hotelling
    T² test with its degrees of freedom from the same model [3]_, NaN where none are left. With
    fewer than 4 degrees of freedom p-values are rough [4]_; ``remarks`` says so.

    No matrix is larger than the largest cluster.

    References
    ----------
    .. [1] Hedges LV, Tipton E, Johnson MC (2010). Res Synth Methods 1:39. doi:10.1002/jrsm.5
    .. [2] Pustejovsky JE, Tipton E (2018). J Bus Econ Stat 36:672.
       doi:10.1080/07350015.2016.1247004
    .. [3] Tipton E, Pustejovsky JE (2015). J Educ Behav Stat 40:604. doi:10.3102/1076998615606099
    .. [4] Tipton E (2015). Psychol Methods 20:375. doi:10.1037/met0000011

    Examples
    --------
    >>> import metaan as ma
    >>> effects = ma.Effects.from_arrays(
    ...     [0.1, 0.2, 0.5, 0.7, 0.3, 0.4], v=[0.02, 0.03, 0.02, 0.04, 0.03, 0.02],
    ...     columns={"lab": ["A", "A", "B", "B", "C", "D"]})
    >>> found = ma.robust(ma.pool(effects, tau2="DL"), cluster="lab")
    >>> round(found.estimate.se, 4), round(found.estimate.df, 2)
    (0.1242, 2.65)
    """
    row = look_up(ROBUST_KINDS, kind, argument="kind", what="a robust covariance")
    sought = _level(checked_fit(fit, "robust"), level)
    fitted = fitted_arrays(fit, "robust")
    clusters = find_clusters(fit.effects, cluster, len(fitted.names))
    parts = clustered(fitted, clusters, row)
    bare = RobustFit(
        fit=fit,
        kind=row.key,
        cluster=clusters.name,
        m=clusters.m,
        names=fitted.names,
        coefficients=parts.coefficients(sought),
        covariance=parts.covariance,
        moderators=None,
        level=sought,
        answers=parts,
        methods=methods_of(row),
        remarks=_remarks(parts),
    )
    if isinstance(fit, PooledFit):
        return bare
    return replace(bare, moderators=parts.joint(fit.moderators.terms))


def _level(fit: PooledFit | RegressionFit, level: float | None) -> float:
    if level is None:
        return fit.estimate.level if isinstance(fit, PooledFit) else fit.level
    if isinstance(level, bool) or not isinstance(level, Real) or not 0 < float(level) < 1:
        raise InputError(f"level={level!r} must lie between 0 and 1, e.g. 0.95")
    return float(level)


def _remarks(parts: Clustered) -> tuple[str, ...]:
    remarks, kind, names = [], parts.kind, np.array(parts.fitted.names)
    few_df = f"fewer than {FEW_DF} degrees of freedom; limits and p-values are rough"
    lost = names[~parts.defined]
    small = parts.defined & (parts.share < TOO_SMALL) & kind.satterthwaite
    low = zip(names[small], parts.share[small], strict=True)
    few = names[parts.defined & (parts.df < FEW_DF)]
    if len(lost):
        remarks.append(
            f"{', '.join(lost)}: rests on one cluster alone, whose residuals say nothing about "
            "it; no robust standard error is defined"
        )
    remarks += [
        f"{name}: on average {100 * share:.2g}% of the true variance even where the model holds, "
        "as an indicator of one cluster is among the moderators"
        for name, share in low
    ]
    if len(few):
        remarks.append(few_df if len(names) == 1 else f"{', '.join(few)}: {few_df}")
    if parts.clusters.m == len(parts.fitted.w):
        remarks.append(
            "every study is a cluster of its own: the standard errors allow for wrong variances, "
            "not for dependence"
        )
    if not kind.satterthwaite and parts.clusters.m < MANY_CLUSTERS:
        remarks.append(
            f"{parts.clusters.m} clusters are few for {kind.key}, which is too small then; "
            f'kind="{DEFAULT_KIND}" allows for it'
        )
    return tuple(remarks)
