"""The robust covariance of a fit, and what is asked of it: coefficients, contrasts, tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate
from metaan.core.fit import PooledFit
from metaan.core.regression_answers import ContrastEstimates, JointTest, Predictions
from metaan.core.robust_fit import RobustFit
from metaan.dependent.clusters import Clusters
from metaan.dependent.robust_kinds import RobustKind
from metaan.dependent.sandwich import (
    Working,
    expected_share,
    freedom,
    hotelling_freedom,
    sandwich,
    working_model,
)
from metaan.numerics.tails import log_two_sided, t_quantile
from metaan.univariate.fitted import Fitted
from metaan.univariate.wald import wald_test

# Share of a true variance below which a robust one is nothing but rounding.
NOTHING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clustered:
    """A fit with its clusters and their covariance; answers a ``RobustFit``'s questions.

    Attributes
    ----------
    fitted : Fitted
        The fit.
    clusters : Clusters
        Cluster of each study.
    kind : RobustKind
        Row of ``ROBUST_KINDS``.
    working : Working
        The working model.
    u : ndarray, shape (k, p)
        Influence of each residual, see ``metaan.dependent.sandwich``.
    whole : ndarray, shape (p, p)
        Robust covariance in the units of the effects; what has no robust standard error has
        nothing but rounding in it.
    df, share : ndarray, shape (p,)
        Degrees of freedom of each coefficient, and the mean of its variance over the true one if
        the model holds.
    """

    fitted: Fitted
    clusters: Clusters
    kind: RobustKind
    working: Working
    u: Floats
    whole: Floats
    df: Floats
    share: Floats

    @property
    def defined(self) -> Booleans:
        """Which coefficients have a robust standard error, shape (p,)."""
        return np.asarray(self.share > NOTHING)

    @property
    def covariance(self) -> Floats:
        """Robust covariance of the coefficients, NaN for those that have none, shape (p, p)."""
        sound = self.defined
        return np.where(sound[:, None] & sound, self.whole, np.nan)

    def coefficients(self, level: float) -> tuple[Estimate, ...]:
        """Return the coefficients with their robust standard errors."""
        se = np.sqrt(np.diagonal(self.covariance))
        return tuple(
            _estimate(each, null, float(s), float(df), level)
            for each, null, s, df in zip(
                self.fitted.coefficients, self.fitted.null, se, self.df, strict=True
            )
        )

    def contrast(self, fit: RobustFit, weights: Any, level: float | None) -> ContrastEstimates:
        """Return what `RobustFit.contrast` says."""
        if isinstance(fit.fit, PooledFit):
            raise InputError("contrast needs a fit of regress; a pool has one mean: fit.estimate")
        asked = fit.fit.contrast(weights, level=level)
        rows = np.asarray(asked.weights)
        covariance, df = self.spread(rows), self.freedom(rows)
        se = np.sqrt(np.diagonal(covariance))
        sought = fit.level if level is None else level
        return replace(
            asked,
            estimates=tuple(
                _estimate(each, 0.0, float(s), float(d), sought)
                for each, s, d in zip(asked.estimates, se, df, strict=True)
            ),
            covariance=covariance,
            joint=self._joint(rows, asked.joint.terms),
        )

    def test(self, fit: RobustFit, terms: str | Sequence[str]) -> JointTest:
        """Return what `RobustFit.test` says."""
        if isinstance(fit.fit, PooledFit):
            raise InputError("test needs a fit of regress; a pool has one mean: fit.estimate")
        return self.joint(fit.fit.test(terms).terms)

    def joint(self, names: tuple[str, ...]) -> JointTest:
        """Return the test that the coefficients of these names are all 0."""
        places = [self.fitted.names.index(name) for name in names]
        return self._joint(np.eye(len(self.fitted.names))[places], names)

    def predict(self, fit: RobustFit, newdata: Any, level: float | None) -> Predictions:
        """Return what `RobustFit.predict` says."""
        if isinstance(fit.fit, PooledFit):
            raise InputError("predict needs a fit of regress; a pool has one mean: fit.estimate")
        sought = fit.level if level is None else level
        asked = fit.fit.predict(newdata, level=sought)
        rows = fit.fit.answers.rows(fit.fit, newdata)[0]
        df = self.freedom(rows)
        variance = np.add.reduce((rows @ self.whole) * rows, axis=-1)
        se = np.sqrt(np.where(np.isnan(df), np.nan, np.maximum(variance, 0.0)))
        half, none = t_quantile(sought, df) * se, np.full(len(asked), np.nan)
        return replace(
            asked,
            se=se,
            df=df,
            low=asked.estimate - half,
            high=asked.estimate + half,
            prediction_low=none,
            prediction_high=none,
            prediction="",
        )

    def sound(self, contrasts: Floats) -> Booleans:
        """Return which contrasts ``(c, p)`` have a robust standard error, shape (c,)."""
        shares = [expected_share(self.working, self.u, row[None])[0] for row in contrasts]
        return np.asarray(np.array(shares, dtype=float) > NOTHING)

    def spread(self, contrasts: Floats) -> Floats:
        """Return the robust covariance of contrasts ``(c, p)``, NaN for those that have none."""
        sound = self.sound(contrasts)
        return np.where(sound[:, None] & sound, contrasts @ self.whole @ contrasts.T, np.nan)

    def freedom(self, contrasts: Floats) -> Floats:
        """Return the degrees of freedom of contrasts ``(c, p)``, shape (c,)."""
        sound = self.sound(contrasts)
        df = np.where(sound, float(self.clusters.m - self.working.p), np.nan)
        if self.kind.satterthwaite:
            df[sound] = freedom(self.working, self.u, contrasts[sound])
        return df

    def _joint(self, contrasts: Floats, names: tuple[str, ...]) -> JointTest:
        """Return the F test that contrasts ``(c, p)`` are all 0; NaN where there is none.

        With eta from the working model, F is ``(eta - q + 1) / (eta q)`` times Wald's chi-square,
        on q and eta - q + 1 degrees of freedom.
        """
        beta = np.array([each.value for each in self.fitted.coefficients])
        covariance, q = self.spread(contrasts), len(contrasts)
        df, factor = float(self.clusters.m - self.working.p), 1.0
        usable = q > 0 and bool(np.linalg.eigvalsh(_correlation(covariance))[0] > NOTHING)
        if usable and self.kind.satterthwaite:
            eta = hotelling_freedom(self.working, self.u, contrasts)
            df, factor = eta - q + 1, (eta - q + 1) / eta
        if not usable or df <= 0:
            nan = float("nan")
            return JointTest(
                terms=names, statistic=nan, df=q, df_residual=nan, p_value=nan, log_p_value=nan
            )
        found = wald_test(
            (contrasts @ beta)[None], covariance[None], np.array([df]), np.array([factor])
        )
        log_p = float(found.log_p_value[0])
        return JointTest(
            terms=names,
            statistic=float(found.statistic[0]),
            df=float(q),
            df_residual=df,
            p_value=float(np.exp(log_p)),
            log_p_value=log_p,
        )


def clustered(fitted: Fitted, clusters: Clusters, kind: RobustKind) -> Clustered:
    """Return the robust covariance of a fit with all that belongs to it."""
    working = working_model(fitted.x, fitted.w, fitted.phi, clusters.code)
    u = kind.influence(working)
    share = expected_share(working, u, np.eye(working.p))
    m, p, sound = clusters.m, working.p, share > NOTHING
    whole = sandwich(working, u, fitted.residual) * fitted.unit**2
    whole = whole * (m / (m - p) if kind.adjusted else 1.0)
    df = np.full(p, float(m - p))
    if kind.satterthwaite:
        df[sound] = freedom(working, u, np.eye(p)[sound])
    df[~sound] = np.nan
    return Clustered(
        fitted=fitted,
        clusters=clusters,
        kind=kind,
        working=working,
        u=u,
        whole=whole,
        df=df,
        share=share,
    )


def _estimate(given: Estimate, null: float, se: float, df: float, level: float) -> Estimate:
    """Return the estimate with another standard error and t distribution."""
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = float(np.divide(given.value - null, se))
    log_p = float(log_two_sided(statistic, df))
    half = float(t_quantile(level, np.asarray(df))) * se
    return replace(
        given,
        se=se,
        low=given.value - half,
        high=given.value + half,
        statistic=statistic,
        df=df,
        p_value=float(np.exp(log_p)),
        log_p_value=log_p,
        level=level,
    )


def _correlation(covariance: Floats) -> Floats:
    size = np.sqrt(np.diagonal(covariance))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(covariance / size[:, None] / size, posinf=0.0, neginf=0.0)
