"""What a meta-regression answers when it is asked: tests, contrasts, predictions.

Records only; ``metaan.univariate`` computes what they hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from metaan.core.arrays import Column, Floats, FrozenDict, frozen
from metaan.core.estimate import Estimate
from metaan.core.estimate_table import LOGARITHMS, estimate_lines, estimate_records, estimate_rows
from metaan.core.lookup import look_up
from metaan.core.numbers import MINUS, fixed, interval, p_text
from metaan.core.scale import IDENTITY, Scale
from metaan.core.text_table import aligned, at_the_point
from metaan.core.wording import Row, grid, panel_of, percent

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class JointTest:
    """The Wald test that several linear combinations of coefficients are all 0.

    Attributes
    ----------
    terms : tuple of str
        What is tested: names of coefficients, or of contrasts.
    statistic : float
        Chi-square where ``df_residual`` is ``inf``, else F.
    df, df_residual : float
        Degrees of freedom; ``df`` is 0 and the rest NaN where there is nothing to test.
    p_value, log_p_value : float
        p-value and its natural logarithm.
    """

    terms: tuple[str, ...]
    statistic: float
    df: float
    df_residual: float
    p_value: float
    log_p_value: float

    def __str__(self) -> str:
        """Return the test in one line."""
        return joint_text(self)

    __repr__ = __str__


def joint_text(test: JointTest) -> str:
    """Return the statistic, its degrees of freedom and p-value in one line."""
    if test.df == 0:
        return "nothing to test"
    p = p_text(test.p_value, test.log_p_value)
    if np.isinf(test.df_residual):
        return f"chi² = {fixed(test.statistic)} (df {test.df:g}, {p})"
    residual = f"{test.df_residual:.4g}"
    return f"F = {fixed(test.statistic)} (df {test.df:g} and {residual}, {p})"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ContrastEstimates:
    """Linear combinations of coefficients, and the test that all of them are 0.

    Attributes
    ----------
    names : tuple of str, length m
        What they are called.
    weights : ndarray, shape (m, p)
        Weights of the coefficients. Read-only.
    estimates : tuple of Estimate, length m
        Analysis scale; ``contrasts["name"]`` looks one up.
    covariance : ndarray, shape (m, m)
        Of the estimates.
    joint : JointTest
        That all are 0.
    """

    names: tuple[str, ...]
    weights: Floats
    estimates: tuple[Estimate, ...]
    covariance: Floats
    joint: JointTest

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        object.__setattr__(self, "weights", frozen(self.weights))
        object.__setattr__(self, "covariance", frozen(self.covariance))

    def __getitem__(self, name: str) -> Estimate:
        """Return the contrast of that name; ChoiceError if there is none."""
        table = dict(zip(self.names, self.estimates, strict=True))
        return look_up(table, name, argument="name", what="a contrast")

    def summary(self) -> str:
        """Return the contrasts as an aligned table and their joint test."""
        return "\n".join([*estimate_lines("contrast", self.names, self.estimates), *self._below()])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per contrast: name, estimate, se, limits, statistic, df, p_value."""
        import pandas as pd

        return pd.DataFrame(estimate_records("contrast", self.names, self.estimates))

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        rows = estimate_rows("contrast", self.names, self.estimates)
        return grid("Contrasts", rows, self._below())

    def _below(self) -> list[str]:
        told = []
        if any(each.scale.is_log for each in self.estimates):
            told.append(f"({LOGARITHMS.format(what='a contrast')})")
        if len(self.names) > 1:
            told.append(f"all 0: {joint_text(self.joint)}")
        return told


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predictions:
    """Expected effects at m settings of the moderators; arrays of shape (m,), read-only.

    Attributes
    ----------
    estimate, se : ndarray
        Expected effect and its standard error, analysis scale.
    df : ndarray
        Degrees of freedom of the confidence interval.
    low, high : ndarray
        Confidence limits of the expected effect.
    prediction_low, prediction_high : ndarray
        Limits between which the true effect of a new study of that kind is expected; NaN for a
        common effect, and where fewer than two residual degrees of freedom are left.
    level : float
        Coverage of both.
    prediction : str
        Key of the prediction interval; empty if there is none.
    settings : mapping of str to Column
        The moderators, one value for each prediction.
    scale : Scale
        How the effects are read.
    """

    estimate: Floats
    se: Floats
    df: Floats
    low: Floats
    high: Floats
    prediction_low: Floats
    prediction_high: Floats
    level: float
    prediction: str
    settings: Mapping[str, Any]
    scale: Scale = IDENTITY

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("estimate", "se", "df", *LIMITS):
            object.__setattr__(self, name, frozen(getattr(self, name)))
        settings = {name: Column(values) for name, values in self.settings.items()}
        object.__setattr__(self, "settings", FrozenDict(settings))

    def __len__(self) -> int:
        """Return the number of predictions."""
        return len(self.estimate)

    def read(self) -> Predictions:
        """Return the predictions on the reading scale; ``se`` by the delta method."""
        read = self.scale.inverse
        return replace(
            self,
            estimate=read(self.estimate),
            se=self.se * np.abs(self.scale.derivative(self.estimate)),
            low=read(self.low),
            high=read(self.high),
            prediction_low=read(self.prediction_low),
            prediction_high=read(self.prediction_high),
            scale=IDENTITY,
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row per prediction: moderators, estimate, se and limits; reading scale."""
        import pandas as pd

        own = self.read()
        found = {name: getattr(own, name) for name in ("estimate", "se", *LIMITS)}
        given = {
            f"{name} (given)" if name in found else name: np.asarray(values)
            for name, values in self.settings.items()
        }
        return pd.DataFrame({**given, **found})

    def summary(self) -> str:
        """Return the predictions as an aligned table, reading scale."""
        return "\n".join(aligned(self._rows(), words=len(self.settings)))

    def _rows(self) -> list[list[str]]:
        own, names = self.read(), list(self.settings)
        shown = any(~np.isnan(self.prediction_low))
        head = [*names, "estimate", f"{percent(self.level)} CI"]
        head += [f"{percent(self.level)} prediction [{self.prediction}]"] if shown else []
        settings = [_settings(self.settings[name]) for name in names]
        rows = [head]
        for i in range(len(self)):
            row = [values[i] for values in settings]
            row += [fixed(own.estimate[i], 3), interval(own.low[i], own.high[i], 3)]
            limits = own.prediction_low[i], own.prediction_high[i]
            rows.append([*row, *([interval(*limits, 3)] if shown else [])])
        return rows

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid("Predictions", self._rows(), words=len(self.settings))


LIMITS = ("low", "high", "prediction_low", "prediction_high")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelComparison:
    """Two nested models of the same studies, compared.

    Attributes
    ----------
    smaller, larger : str
        Their formulas.
    method : str
        Key of the likelihood that is compared.
    statistic, df, p_value, log_p_value : float
        Likelihood-ratio test: twice the difference of the log-likelihoods, not below 0.
    aic_difference, bic_difference, aicc_difference : float
        Of the larger model less the smaller: below 0 where the larger one is preferred.
    r2 : float
        Percent of the smaller model's tau² that the larger one explains, not below 0; NaN where
        there is none or both have the same moderators.
    parameters : tuple of int
        Parameters of the smaller and of the larger model.
    remarks : tuple of str
        What a careful reader should know.
    """

    smaller: str
    larger: str
    method: str
    statistic: float
    df: float
    p_value: float
    log_p_value: float
    aic_difference: float
    bic_difference: float
    aicc_difference: float
    r2: float
    parameters: tuple[int, int]
    remarks: tuple[str, ...] = ()

    def summary(self) -> str:
        """Return the comparison as text."""
        notes = [f"note: {remark}" for remark in self.remarks]
        return "\n  ".join([self._title(), *map(str, self._rows()), *notes])

    def _title(self) -> str:
        return f"{self.larger} against {self.smaller} [{self.method}]"

    def _rows(self) -> list[Row]:
        p = p_text(self.p_value, self.log_p_value)
        test = f"chi² = {fixed(self.statistic)} (df {self.df:g}, {p})"
        criteria = (
            f"ΔAIC {fixed(self.aic_difference)}, ΔBIC {fixed(self.bic_difference)}, ΔAICc "
            f"{fixed(self.aicc_difference)} against the smaller model"
        )
        rows = [
            Row(name="Likelihood ratio", lead="likelihood ratio", text=test),
            Row(name="Criteria", text=criteria),
        ]
        if not np.isnan(self.r2):
            explained = f"explains {fixed(self.r2, 1)}% of the smaller model's tau²"
            rows.append(Row(name="R²", text=explained))
        return rows

    __str__ = __repr__ = summary

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return panel_of(self._title(), self._rows(), [f"note: {each}" for each in self.remarks])


def _settings(values: Sequence[Any]) -> list[str]:
    """Return the values of a moderator as text, decimal points below each other."""
    told = [f"{value:g}" if isinstance(value, float) else str(value) for value in values]
    told = [text.replace("-", MINUS) if isinstance(value, float) else text
            for text, value in zip(told, values, strict=True)]  # fmt: skip
    if not all(isinstance(value, int | float) for value in values):
        return told
    placed = at_the_point(told)
    width = max(map(len, placed), default=0)
    return [text.rjust(width) for text in placed]
