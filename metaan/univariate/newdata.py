"""Predictions of a meta-regression at new values of its moderators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.cells import is_missing
from metaan.core.errors import InputError
from metaan.core.fit import GIVEN
from metaan.core.lookup import look_up
from metaan.core.regression_answers import ContrastEstimates, JointTest, Predictions
from metaan.core.regression_fit import RegressionFit
from metaan.numerics.tails import t_quantile
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.contrasts import checked, contrast, degrees, terms_test, weighted_again
from metaan.univariate.design import Encoded
from metaan.univariate.formula import encode_again
from metaan.univariate.prediction import PREDICTIONS, check_prediction, error_of, half_width


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FormulaAnswers:
    """What answers the questions to a fit of a formula.

    Attributes
    ----------
    encoded : Encoded
        The formula with its levels, knots and centers.
    """

    encoded: Encoded

    def predict(
        self,
        fit: RegressionFit,
        newdata: Any,
        level: float | None,
        prediction: str | None,
    ) -> Predictions:
        """Return what `RegressionFit.predict` says."""
        x, settings = self.rows(fit, newdata)
        return predict_rows(fit, x, settings, checked(level), prediction or fit.prediction)

    def rows(self, fit: RegressionFit, newdata: Any) -> tuple[Floats, dict[str, list[Any]]]:
        """Return the design of new values, shape (m, p), and the moderators behind it."""
        if newdata is None:
            own = fit.effects.columns
            return fit.x, {name: list(own[name]) for name in self.encoded.columns}
        settings, m = settings_of(newdata, self.encoded)
        return _new_rows(self.encoded, settings, m), settings

    def contrast(self, fit: RegressionFit, weights: Any, level: float | None) -> ContrastEstimates:
        """Return what `RegressionFit.contrast` says."""
        return contrast(fit, weights, level)

    def test(self, fit: RegressionFit, terms: str | Sequence[str]) -> JointTest:
        """Return what `RegressionFit.test` says."""
        return terms_test(fit, terms)

    @property
    def by_column(self) -> Mapping[str, tuple[int, ...]]:
        """Columns, and the positions of the terms made of each alone."""
        return self.encoded.by_column


def predict_rows(
    fit: RegressionFit,
    x: Floats,
    settings: Mapping[str, Sequence[Any]],
    level: float | None,
    prediction: str,
) -> Predictions:
    """Return the expected effects at rows of the design.

    Parameters
    ----------
    fit : RegressionFit
        The fit.
    x : ndarray, shape (m, p)
        Rows.
    settings : mapping of str to sequence
        The moderators behind them.
    level : float or None
        Coverage; None for that of the fit.
    prediction : str
        Row of ``PREDICTIONS``; empty where the fit has no prediction interval.

    Notes
    -----
    ``x'b`` with variance ``x'C x``, C the covariance of the coefficients under the fit's
    inference. The prediction interval adds tau² to it, and its degrees of freedom are those of
    its row less one for each further coefficient: K1 is t(k - p). Below two residual degrees of
    freedom there is none.
    """
    level = fit.level if level is None else level
    estimate, df = x @ fit.beta, degrees(fit, x)
    se = np.sqrt(np.maximum(np.add.reduce((x @ fit.covariance) * x, axis=-1), 0.0))
    half = t_quantile(level, df) * se
    around = np.full(len(x), np.nan)
    if fit.tau2_method and prediction:
        around = _around(fit, x, se, level, prediction)
    return Predictions(
        estimate=estimate,
        se=se,
        df=df,
        low=estimate - half,
        high=estimate + half,
        prediction_low=estimate - around,
        prediction_high=estimate + around,
        level=level,
        prediction="" if np.isnan(around).all() else prediction,
        settings=settings,
        scale=fit.effects.scale,
    )


def _around(fit: RegressionFit, x: Floats, se: Floats, level: float, prediction: str) -> Floats:
    """Return half the width of the prediction intervals, shape (m,)."""
    row = look_up(PREDICTIONS, prediction, argument="prediction", what="a prediction interval")
    estimator = ESTIMATORS.get(fit.tau2_method)
    check_prediction(row, estimator, design=True, own_weights=fit.weighting == GIVEN)
    again = weighted_again(fit)
    weighted, unit = again.weighted, again.unit
    error, count = error_of(row, weighted, se[None] / unit, x / again.column_units)
    return np.asarray(half_width(row, weighted.tau2[:, None], error, count, level)[0] * unit)


def settings_of(newdata: Any, encoded: Encoded) -> tuple[dict[str, list[Any]], int]:
    """Return the moderators of new rows by name, single values repeated, and their number."""
    names = list(newdata if isinstance(newdata, Mapping) else getattr(newdata, "columns", ()))
    if not isinstance(newdata, Mapping) and not hasattr(newdata, "columns"):
        raise InputError(
            f"newdata must be a DataFrame or a mapping of names to values; got "
            f"{type(newdata).__name__}"
        )
    absent = [name for name in encoded.columns if name not in names]
    if absent:
        raise InputError(
            f"newdata lacks {', '.join(absent)}; {encoded.formula} needs "
            f"{', '.join(encoded.columns)}"
        )
    used = encoded.columns or tuple(names)  # a mean alone has as many rows as any column
    given = {name: _values(newdata[name]) for name in used}
    sizes = {len(values) for values in given.values() if len(values) != 1}
    if len(sizes) > 1:
        listed = ", ".join(f"{name} {len(values)}" for name, values in given.items())
        raise InputError(f"newdata needs one value of each moderator per row; got {listed}")
    m = sizes.pop() if sizes else 1
    if m == 0:
        raise InputError(f"newdata has no rows; give values of {', '.join(used)}")
    each = {name: values if len(values) == m else values * m for name, values in given.items()}
    return {name: each[name] for name in encoded.columns}, m


def _values(values: Any) -> list[Any]:
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        return [values]
    return [each.item() if _is_scalar(each) else each for each in values]


def _is_scalar(each: Any) -> bool:
    """Whether ``.item()`` is the value; that of a date is a number of nanoseconds."""
    return isinstance(each, np.generic) and not isinstance(each, np.datetime64 | np.timedelta64)


def _new_rows(encoded: Encoded, settings: Mapping[str, list[Any]], m: int) -> Floats:
    faults = [
        f"{name} in row {row + 1}"
        for name, values in settings.items()
        for row, value in enumerate(values)
        if is_missing(value)
    ]
    if faults:
        raise InputError(f"newdata is missing {', '.join(faults)}; fill it in")
    x = encode_again(encoded, settings, m)
    bad = [encoded.names[j] for j in np.flatnonzero(~np.isfinite(x).all(axis=0))]
    if bad:
        raise InputError(f"newdata makes {', '.join(bad)} not finite; give other values")
    return x
