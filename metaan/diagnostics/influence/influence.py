"""influence: a fit without each of its studies, or clusters of studies, and what that changes."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.numbers import listed
from metaan.core.refit_words import NAMES_SHOWN, numbered
from metaan.core.regression_fit import RegressionFit
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.influence.cutoffs import cutoffs_for
from metaan.diagnostics.influence.deleting import Deleted, Model, delete_each
from metaan.diagnostics.influence.grouping import Groups, groups_of
from metaan.diagnostics.influence.mean_fits import mean_fit
from metaan.diagnostics.influence.measuring import Whole, measures
from metaan.diagnostics.influence.record import Influence
from metaan.tau2.studies import make_studies
from metaan.univariate.fitted import Fitted, fitted_arrays, plan_of
from metaan.univariate.regression_kernel import basis, scale_studies

VERB = "influence"
ROUNDED = 16.0  # units in the last place of the largest effect, up to which nothing is left
ALONE = 1 - 1e-9  # share of what is known of a direction, beyond which a group alone knows it
SAME = 1e-6  # share of the standard error by which a refit to all studies may miss the fit


def influence(fit: PooledFit | RegressionFit | SubgroupFit, *, by: str | None = None) -> Influence:
    """Return what each study, or each cluster of studies, does to a fit.

    Parameters
    ----------
    fit : PooledFit, RegressionFit or SubgroupFit
        What ``pool`` or ``regress`` gave, of k >= 2 studies; of subgroups it is the pool of all.
    by : str, optional
        Name of a column (or "study", the labels): all studies of one value are deleted together.

    Returns
    -------
    Influence
        One row per study or cluster; arrays (m,), or (m, p) of p coefficients:

        - ``label``, ``size``: what was deleted, and how many studies that were;
        - ``studentized``: deleted residual, with ``p_value`` and ``outlying``;
        - ``dffits``, ``cook``, ``covariance_ratio``, ``hat``, ``weight``, ``dfbetas`` (m, p);
        - ``tau2``, ``q``, ``coefficients``, ``low``, ``high`` (m, p): the fit without it;
        - ``q_contribution``, ``overall``: the axes of Baujat's plot;
        - ``influential``: whether a rule of Viechtbauer and Cheung says so; ``beyond`` says which,
          ``cutoffs`` their numbers.

        ``found["Ann 2004"]`` is one row by label, ``.sentence()`` what it says, ``.to_frame()``
        all of it.

    Raises
    ------
    InputError
        If this is no fit of a mean or regression (a Mantel-Haenszel or Peto pool of counts is
        none), it has one study, it is not the fit of its own studies alone (a subgroup with a
        shared tau²), or the clusters cannot be used
        (ChoiceError: there is no such column).

    Notes
    -----
    With b the coefficients and V their covariance by the inference of the fit, b(i), V(i) and
    tau²(i) those without study i, x its row of the design and ``d = b - b(i)`` [1]_:

    - studentized: ``(y - x'b(i)) / sqrt(v + tau²(i) + x'V(i)x)``, as in ``residuals``;
    - DFFITS: ``x'd / sqrt(h (v + tau²(i)))`` with h the hat value;
    - Cook's distance: ``d'V^-1 d``; covariance ratio: ``det V(i) / det V``;
    - DFBETAS: ``d / sqrt(diag A)``, A the covariance of the coefficients of all studies at
      tau²(i); with the Hartung-Knapp factor of the fit without study i if that is the inference,
      as in DFFITS;
    - contribution to Q: ``(y - x'b)² / (v + tau²)``; overall: ``(x'd)² / (x'V(i)x)``, the axes
      of Baujat's plot [2]_.

    Influential is what has ``|DFFITS| > 3 sqrt(p / (k - p))``, a Cook's distance beyond the
    median of chi-square(p), a hat value above ``3 p / k`` or any ``|DFBETAS| > 1``. These are
    conventions, and no tests.

    Of a cluster, with the rows X of its studies, the same quantities are those of vectors:
    studentized is the root of ``e'(D + X V(c) X')^-1 e`` with e its deleted residuals and D the
    diagonal of v + tau²(c); DFFITS the root of ``f'(X A X')^+ f`` with ``f = X d``, and overall
    likewise; hat values, weights and contributions are sums, and k in the rules is the number of
    clusters. Effects count as independent given tau²: a model of their correlation is not looked
    for. With tau² fixed, or a common effect, everything is closed form; an estimated tau² is found
    anew without each study, all in one batch.

    References
    ----------
    .. [1] Viechtbauer W, Cheung MW-L (2010). Res Synth Methods 1:112. doi:10.1002/jrsm.11
    .. [2] Baujat B, Mahé C, Pignon JP, Hill C (2002). Stat Med 21:2641. doi:10.1002/sim.1221

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.influence.influence import influence
    >>> effects = ma.Effects.from_arrays(
    ...     [0.10, 0.30, 0.25, 0.20, 1.40], se=[0.12, 0.20, 0.18, 0.15, 0.22])
    >>> found = influence(ma.pool(effects, tau2="DL", inference="WALD"))
    >>> found.cook.round(2), found.influential.tolist()
    (array([0.23, 0.03, 0.06, 0.11, 1.51]), [False, False, False, False, True])
    """
    fit = mean_fit(fit, VERB)
    fitted = fitted_arrays(fit, VERB)
    groups = groups_of(fit.effects, by)
    if groups.m < 2:
        raise InputError(
            f"{VERB} needs two studies or more: without the only one nothing is left to fit"
        )
    exact = _exact(fit, fitted)
    model = _model(fit, fitted, groups, exact=exact)
    hat, known = _leverage(fit, fitted, groups)
    deleted = _all_groups(fitted, model, known, exact=exact)
    covariance = _covariance(fit)
    if exact and not np.nan_to_num(deleted.covariance).any():
        covariance = np.zeros_like(covariance)  # of rounding alone
    unit, columns = float(model.scaled.unit[0]), model.scaled.column_units[0]
    whole = Whole(
        x=fitted.x / columns,
        y=model.one.y[0],
        v=model.one.v[0],
        covariance=covariance / unit / unit * columns[:, None] * columns,
        hat=hat if model.own_weights is None else None,
    )
    found = measures(deleted, groups, whole)
    turn = unit / columns
    value, half = deleted.beta * turn, deleted.half * turn
    if exact:
        value = value + np.array([each.value for each in fitted.coefficients])
    residual = np.zeros_like(fitted.residual) if exact else fitted.residual
    return Influence(
        fit=fit,
        by=groups.by,
        label=groups.label,
        size=groups.size,
        names=fitted.names,
        **found._asdict(),
        tau2=deleted.tau2 * unit * unit,
        q=deleted.q,
        hat=hat,
        weight=groups.total(fit.weights),
        q_contribution=groups.total(residual**2 / fitted.phi),
        coefficients=value,
        low=value - half,
        high=value + half,
        cutoffs=cutoffs_for(groups.m, len(fitted.names)),
        sizes=_sizes(fit, groups),
        remarks=_remarks(groups, known),
    )


def _exact(fit: PooledFit | RegressionFit, fitted: Fitted) -> bool:
    """Return whether all effects are the fitted ones: what is left of them is rounding."""
    size = np.max(np.abs(fit.effects.y))
    off = np.max(np.abs(fit.effects.y - fitted.fitted))
    return bool(off <= ROUNDED * np.finfo(np.float64).eps * size)


def _model(
    fit: PooledFit | RegressionFit, fitted: Fitted, groups: Groups, *, exact: bool
) -> Model:
    """Return what is fitted again; of exact fits it is their residuals, which are 0."""
    y = np.zeros_like(fit.effects.y) if exact else fit.effects.y
    studies = make_studies(
        y[None],
        fit.effects.v[None],
        x=None if isinstance(fit, PooledFit) else fitted.x[None],
        weights=None if fitted.given is None else fitted.given[None],
    )
    return Model(scale_studies(studies), plan_of(fit), groups)


def _covariance(fit: PooledFit | RegressionFit) -> Floats:
    if isinstance(fit, PooledFit):
        return np.array([[fit.estimate.se**2]])
    return fit.covariance


def _leverage(
    fit: PooledFit | RegressionFit, fitted: Fitted, groups: Groups
) -> tuple[Floats, Booleans]:
    """Return hat values, and whether the coefficients are defined without each group."""
    if isinstance(fit, PooledFit):
        hat = groups.total(fit.weights / 100)
        return hat, np.asarray(hat < ALONE)
    z = basis(fitted.x[None], np.sqrt(fitted.w)[None])[0][0]
    wz = fitted.w[:, None] * z
    taken = groups.total(wz[:, :, None] * z[:, None, :])
    largest = np.linalg.eigvalsh(taken)[:, -1]
    return np.trace(taken, axis1=-2, axis2=-1), np.asarray(largest < ALONE)


def _all_groups(fitted: Fitted, model: Model, known: Booleans, *, exact: bool) -> Deleted:
    """Return the fits without each group, NaN where there is none, and check that of all."""
    beta = np.array([0.0 if exact else each.value for each in fitted.coefficients])
    turn = float(model.scaled.unit[0]) / model.scaled.column_units[0]
    rows = np.flatnonzero(known)
    checked = model.plan.row is not None and not exact
    asked = np.append(rows, model.groups.m) if checked else rows
    found = delete_each(model, asked, beta / turn)
    if checked:
        _check_same(fitted, found.beta[-1] * turn, found.covariance[-1], turn)
        found = Deleted(*(each[:-1] for each in found))
    if len(rows) == model.groups.m:
        return found
    parts = []
    for each in found:
        whole = np.full((model.groups.m, *each.shape[1:]), np.nan)
        whole[rows] = each
        parts.append(whole)
    return Deleted(*parts)


def _check_same(fitted: Fitted, beta: Floats, covariance: Floats, turn: Floats) -> None:
    """Raise ``InputError`` if all studies give another fit than this one."""
    error = np.sqrt(np.diagonal(covariance)) * turn
    for own, value, se in zip(fitted.coefficients, beta.tolist(), error.tolist(), strict=True):
        if not max(abs(value - own.value), abs(se - own.se)) <= SAME * own.se:
            raise InputError(
                "this fit is not that of its own studies alone (as a subgroup that shares tau² "
                f"with others is not): refitted, they give {value:.6g} (SE {se:.6g}), not "
                f"{own.value:.6g} (SE {own.se:.6g}); pool them by themselves first"
            )


def _sizes(fit: PooledFit | RegressionFit, groups: Groups) -> Floats | None:
    """Return the harmonic means of the other studies' sizes, where the scale needs them."""
    scale = fit.effects.scale
    own = fit.effects.columns.get(scale.sized_by) if scale.at is not None else None
    if own is None:
        return None
    inverse = 1 / np.asarray(own, dtype=np.float64)
    rest = np.add.reduce(inverse) - groups.total(inverse)
    return np.asarray((len(inverse) - groups.size) / rest)


def _remarks(groups: Groups, known: Booleans) -> tuple[str, ...]:
    if known.all():
        return ()
    label = numbered(groups.label)
    lost = [label[i] for i in np.flatnonzero(~known).tolist()]
    more = len(lost) - NAMES_SHOWN
    shown = listed([*lost[:NAMES_SHOWN], f"{more} others"] if more > 1 else lost)
    return (f"without {shown} the others do not determine the coefficients: no measures",)
