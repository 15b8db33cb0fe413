"""compare: two nested models of the same studies, by their likelihoods."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.fit import GIVEN, PooledFit
from metaan.core.regression_answers import ModelComparison
from metaan.core.regression_fit import RegressionFit
from metaan.numerics.tails import log_chi2_tail
from metaan.tau2.studies import make_studies
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.contrasts import unit_rows
from metaan.univariate.planning import FIXED
from metaan.univariate.regression_kernel import criteria, log_likelihoods

SPANNED = 1e-9  # share of a column that another design leaves out, below which it holds it
MEAN = "~ 1"


class Side(NamedTuple):
    """One of the two models: what is compared of it."""

    formula: str
    effects: Effects
    x: Floats
    method: str
    estimated: bool
    tau2: float

    @property
    def parameters(self) -> int:
        """Coefficients, and tau² if it was estimated."""
        return int(self.x.shape[1]) + self.estimated


def compare(fit_a: PooledFit | RegressionFit, fit_b: PooledFit | RegressionFit) -> ModelComparison:
    """Return the likelihood-ratio test between two nested models, and their criteria.

    Parameters
    ----------
    fit_a, fit_b : RegressionFit or PooledFit
        Fits of the same studies, in any order; the moderators of one are among the other's.

    Returns
    -------
    ModelComparison
        The larger model against the smaller.

    Raises
    ------
    InputError
        If the studies differ, neither model is part of the other, tau² was not found by (the
        same) maximum likelihood, moderators differ under restricted maximum likelihood, or the
        weights are the caller's.

    Notes
    -----
    ``2 (ll_larger - ll_smaller)``, chi-square with the difference in parameters. Models with
    other moderators are compared by maximum likelihood alone: restricted likelihoods are those of
    other contrasts of the data. Where the models differ in tau², its null value lies on the border
    and the p-value is too large [1]_; a remark says so. R² compares their tau².

    References
    ----------
    .. [1] Self SG, Liang KY (1987). J Am Stat Assoc 82:605.
       doi:10.1080/01621459.1987.10478472

    Examples
    --------
    >>> import metaan as ma
    >>> effects = ma.Effects.from_arrays(
    ...     [0.10, 0.05, 0.62, 0.40, 0.95], se=[0.12, 0.20, 0.15, 0.18, 0.25],
    ...     columns={"dose": [1.0, 2.0, 3.0, 4.0, 5.0]})
    >>> larger = ma.regress(effects, "~ dose", tau2="ML")
    >>> round(ma.compare(larger, ma.pool(effects, tau2="ML")).statistic, 2)
    6.64
    """
    sides = [_side(fit_a, "fit_a"), _side(fit_b, "fit_b")]
    smaller, larger = sorted(sides, key=lambda side: side.parameters)
    _check_studies(smaller, larger)
    restricted = _check_methods(smaller, larger)
    same = _within(larger.x, smaller.x)
    _check_nesting(smaller, larger, restricted=restricted, same=same)
    heights = [_height(side, restricted) for side in (smaller, larger)]
    m = smaller.effects.k - (smaller.x.shape[1] if restricted else 0)
    statistic = max(0.0, 2 * (heights[1] - heights[0]))
    df = larger.parameters - smaller.parameters
    log_p = float(log_chi2_tail(statistic, df))
    differences = [
        float(b[0] - a[0])
        for a, b in zip(
            *(
                criteria(np.array([height]), side.parameters, m)
                for height, side in zip(heights, (smaller, larger), strict=True)
            ),
            strict=True,
        )
    ]
    return ModelComparison(
        smaller=_name(smaller),
        larger=_name(larger),
        method=larger.method or smaller.method or "likelihood",
        statistic=statistic,
        df=float(df),
        p_value=float(np.exp(log_p)),
        log_p_value=log_p,
        aic_difference=differences[0],
        bic_difference=differences[1],
        aicc_difference=differences[2],
        r2=_explained(smaller, larger, same),
        parameters=(smaller.parameters, larger.parameters),
        remarks=_remarks(smaller, larger),
    )


def _side(fit: PooledFit | RegressionFit, argument: str) -> Side:
    if not isinstance(fit, PooledFit | RegressionFit):
        raise InputError(f"{argument} must be a fit of regress or pool; got {type(fit).__name__}")
    if fit.weighting == GIVEN:
        raise InputError(
            f"{argument} has weights of the caller's: its coefficients do not maximize a "
            "likelihood; fit it without weights="
        )
    key = fit.tau2_method
    estimated = bool(key) and key != FIXED
    if estimated and ESTIMATORS[key].restricted is None:
        able = ", ".join(row.key for row in ESTIMATORS.values() if row.restricted is not None)
        raise InputError(
            f'{argument} has tau2="{key}", which maximizes no likelihood; fit both models with '
            f"one of {able}"
        )
    effects = fit.effects
    x = np.ones((effects.k, 1)) if isinstance(fit, PooledFit) else fit.x
    formula = MEAN if isinstance(fit, PooledFit) else fit.formula
    return Side(formula, effects, x, key if estimated else "", estimated, fit.tau2)


def _check_studies(smaller: Side, larger: Side) -> None:
    one, other = smaller.effects, larger.effects
    if tuple(one.study) != tuple(other.study):
        apart = sorted(set(one.study) ^ set(other.study))
        listed = f": {', '.join(map(str, apart))}" if apart else ", or their order"
        raise InputError(
            f"the models have different studies ({one.k} and {other.k}){listed}; fit both to the "
            "studies that have every moderator"
        )
    if not (np.array_equal(one.y, other.y) and np.array_equal(one.v, other.v)):
        raise InputError("the models have different effects or variances; fit both to the same")


def _check_methods(smaller: Side, larger: Side) -> bool:
    """Return whether the restricted likelihood is compared; InputError for two of them."""
    methods = {side.method for side in (smaller, larger) if side.method}
    if len(methods) > 1:
        raise InputError(
            f"tau² is found by {' and '.join(sorted(methods))}, two different likelihoods; fit "
            "both models with one of them"
        )
    return any(bool(ESTIMATORS[key].restricted) for key in methods)


def _check_nesting(smaller: Side, larger: Side, *, restricted: bool, same: bool) -> None:
    if restricted and not (same and _within(smaller.x, larger.x)):
        able = ", ".join(row.key for row in ESTIMATORS.values() if row.restricted is False)
        raise InputError(
            f"{smaller.formula} and {larger.formula} have different moderators, and tau² is found "
            f"by {larger.method or smaller.method}, whose likelihoods cannot be compared then; "
            f'fit both with tau2="{able}"'
        )
    contained = _within(smaller.x, larger.x) and larger.estimated >= smaller.estimated
    if not smaller.estimated and not larger.estimated and smaller.tau2 != larger.tau2:
        contained = False
    if not contained or smaller.parameters == larger.parameters:
        raise InputError(
            f"{_name(smaller)} is not part of {_name(larger)}; the test needs one model to hold "
            "all of the other and more. Compare their AIC, in fit.ml.aic"
        )


def _within(x: Floats, other: Floats) -> bool:
    """Return whether every column of a design is a combination of another's."""
    columns, basis = unit_rows(x.T).T, np.linalg.qr(unit_rows(other.T).T)[0]
    left = columns - basis @ (basis.T @ columns)
    return bool((np.sum(left * left, axis=0) <= SPANNED**2).all())


def _height(side: Side, restricted: bool) -> float:
    studies = make_studies(side.effects.y[None], side.effects.v[None], x=side.x[None])
    ml, reml = log_likelihoods(studies, np.array([side.tau2]))
    return float((reml if restricted else ml)[0])


def _name(side: Side) -> str:
    kind = "random effects" if side.estimated else "tau² given" if side.tau2 else "common effect"
    return f"{side.formula} ({kind})"


def _explained(smaller: Side, larger: Side, same: bool) -> float:
    if same or not (smaller.estimated and larger.estimated) or smaller.tau2 == 0:
        return float("nan")
    return 100 * max(0.0, (smaller.tau2 - larger.tau2) / smaller.tau2)


def _remarks(smaller: Side, larger: Side) -> tuple[str, ...]:
    if smaller.estimated == larger.estimated:
        return ()
    return (
        "without heterogeneity tau² lies on the border of its range: the p-value is about twice "
        "too large",
    )
