"""A selection model as a record that prints itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from metaan.core.arrays import ArrayLike, Floats, frozen
from metaan.core.citations import cite
from metaan.core.convergence import Convergence
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate, Interval
from metaan.core.estimate_table import estimate_records
from metaan.core.fit_statistics import FitStatistics
from metaan.core.lookup import look_up
from metaan.core.scale import IDENTITY
from metaan.core.study_intervals import checked_level
from metaan.diagnostics.selection import words
from metaan.diagnostics.selection.curve import SelectionCurve, curve_of
from metaan.diagnostics.selection.parts import (
    TAU2,
    IntervalCount,
    LikelihoodRatio,
    SelectionParameter,
)
from metaan.diagnostics.selection.profile import profile_limits
from metaan.diagnostics.selection.setting import Fit
from metaan.diagnostics.selection.solving import Solved

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SelectionFit:
    """A meta-analysis or meta-regression adjusted for selective publication.

    Attributes
    ----------
    fit : PooledFit or RegressionFit
        What was adjusted.
    selection : str
        Row of ``SELECTIONS``.
    alternative : str
        Row of ``ALTERNATIVES``: which effects have small p-values.
    names : tuple of str, length p
        Of the coefficients; ("mean",) for a pool.
    coefficients : tuple of Estimate, length p
        Adjusted for selection, analysis scale.
    unadjusted : tuple of Estimate, length p
        The same model by maximum likelihood without selection.
    tau2, tau2_se : float
        Between-study variance, adjusted; NaN standard error at the border or where it is fixed.
    unadjusted_tau2 : float
        Without selection.
    delta : tuple of SelectionParameter
        Parameters of the selection function; of a step function the weights of all intervals.
    covariance : ndarray, shape (d, d)
        Of coefficients, tau² and the parameters that are estimated or fixed (of a step function
        without the first interval); 0 for what is fixed or at a border. Read-only.
    log_likelihood, unadjusted_log_likelihood : float
        In the units of the effects, with all constants.
    statistics : FitStatistics
        The former with its criteria.
    lr_test : LikelihoodRatio
        Of no selection; without degrees of freedom where all parameters are fixed.
    tau2_lr_test : LikelihoodRatio
        Of tau² = 0; NaN where tau² is not estimated.
    p_values : ndarray, shape (k,)
        Of the studies, by the alternative. Read-only.
    counts : tuple of IntervalCount
        Studies in intervals of p-values: those of the steps, else common ones.
    steps : tuple of float
        Steps that were used: without those of empty intervals.
    cut : float
        Where the distribution is truncated, analysis scale; NaN if it is not.
    precision : str
        Row of ``PRECISIONS``, or nothing.
    convergence : Convergence
        How the maximum was found.
    remarks : tuple of str
        What a careful reader should know.
    solved : Solved
        The search itself, which answers `weights` and `interval`.
    """

    fit: Fit
    selection: str
    alternative: str
    names: tuple[str, ...]
    coefficients: tuple[Estimate, ...]
    unadjusted: tuple[Estimate, ...]
    tau2: float
    tau2_se: float
    unadjusted_tau2: float
    delta: tuple[SelectionParameter, ...]
    covariance: Floats
    log_likelihood: float
    unadjusted_log_likelihood: float
    statistics: FitStatistics
    lr_test: LikelihoodRatio
    tau2_lr_test: LikelihoodRatio
    p_values: Floats
    counts: tuple[IntervalCount, ...]
    steps: tuple[float, ...]
    cut: float
    precision: str
    convergence: Convergence
    remarks: tuple[str, ...]
    solved: Solved = field(repr=False)

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("p_values", "covariance"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    def __getitem__(self, name: str) -> Estimate:
        """Return a coefficient or parameter by its name; ChoiceError if there is none."""
        return look_up(self._estimates, name, argument="name", what="a coefficient or parameter")

    @property
    def _estimates(self) -> Mapping[str, Estimate]:
        found = dict(zip(self.names, self.coefficients, strict=True))
        return {**found, **{each.name: each.estimate for each in self.delta}}

    @property
    def k(self) -> int:
        """Number of studies."""
        return self.fit.k

    @property
    def level(self) -> float:
        """Coverage of every interval: that of the fit."""
        return self.coefficients[0].level

    @property
    def estimate(self) -> Estimate:
        """The mean effect adjusted for selection; InputError for a regression, which has none."""
        if len(self.names) > 1 or self.names != (words.MEAN,):
            raise InputError(
                "a regression has no mean effect: ask for a coefficient by its name, one of "
                f"{', '.join(self.names)}"
            )
        return self.coefficients[0]

    def weights(
        self,
        at: ArrayLike,
        *,
        relative_to: float | None = None,
        imprecision: float = 1.0,
    ) -> SelectionCurve:
        """Return the selection function: relative chances of publication, with limits.

        Parameters
        ----------
        at : array_like
            p-values by the alternative; for a truncated distribution effects, analysis scale.
        relative_to : float, optional
            Place whose weight is 1; by default the formula's own constant, 1 for the smallest
            p-values of all functions but the beta density.
        imprecision : float
            With ``precision``: that of a study as a share of the least precise one's.

        Notes
        -----
        Limits are those of log w by the delta method, each parameter with its standard error as
        it is searched (weights of steps as logarithms), and hold for one place at a time. There
        are none where a parameter is at its border.
        """
        return curve_of(self.solved, at, relative_to=relative_to, imprecision=imprecision)

    def interval(self, name: str | None = None, *, level: float | None = None) -> Interval:
        """Return limits by the profile likelihood, which need no standard error.

        Parameters
        ----------
        name : str, optional
            A coefficient, "tau2" or a parameter ("delta2"); the mean by default.
        level : float, optional
            Coverage; that of the fit by default.

        Notes
        -----
        The values at which twice the log-likelihood, with all other parameters at their best,
        lies less than the chi-square quantile below its maximum. A limit is 0 or infinite where
        the likelihood does not fall that far.
        """
        if name is None and self.estimate is not None:
            name = self.names[0]
        asked = self.level if level is None else checked_level(level)
        direction, inverse = self._direction(name)
        low, high = sorted(inverse(x) for x in profile_limits(self.solved, direction, asked))
        scale = self.fit.effects.scale if name in self.names else IDENTITY
        return Interval(low=low, high=high, level=asked, scale=scale)

    def _direction(self, name: str) -> tuple[Floats, Any]:
        """Return weights of the parameters as searched, and what reads their combination."""
        solved, setting = self.solved, self.solved.setting
        p, d = len(self.names), len(solved.found.theta)
        own = np.zeros(d)
        if name in self.names:
            i = self.names.index(name)
            own[:p] = setting.back[i]
            return own, lambda x: float(x + setting.shift[i])
        free = {each.name: each.place for each in self.delta if each.place >= 0}
        places = {**({TAU2: -1} if solved.found.free[p] else {}), **free}
        known = {**dict.fromkeys(self.names, 0), **places}
        j = look_up(known, name, argument="name", what="an estimated coefficient or parameter")
        own[p + 1 + j] = 1.0
        if j < 0:
            return own, lambda x: float(x * setting.unit**2)
        if solved.logs[j]:
            low, high = solved.search.space.low[p + 1 + j], solved.search.space.high[p + 1 + j]
            return own, lambda x: _ended(float(np.exp(x)), 0.0 if x <= low else x, x >= high)
        return own, lambda x: _ended(float(x), x, x >= high)

    def summary(self) -> str:
        """Return the fit as text."""
        return "\n".join(words.lines(self))

    def sentence(self) -> str:
        """Return what was done and found as a paragraph; marks point into `references`."""
        return words.sentence(self)

    @property
    def references(self) -> tuple[str, ...]:
        """References of the methods that were used, in the order of their marks."""
        return cite(words.dois(self))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per coefficient, adjusted and not, and per parameter."""
        import pandas as pd

        told: dict[str, Estimate] = dict(zip(self.names, self.coefficients, strict=True))
        told |= {
            f"{name}, unadjusted": each
            for name, each in zip(self.names, self.unadjusted, strict=True)
        }
        told |= {each.name: each.estimate for each in self.delta}
        return pd.DataFrame(estimate_records("term", tuple(told), tuple(told.values())))

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return words.shown(self)


def _ended(value: float, searched: float, endless: bool) -> float:
    """Return a limit as it is read: 0 or infinite at an end of the search."""
    if endless:
        return float("inf")
    return 0.0 if searched == 0 else value
