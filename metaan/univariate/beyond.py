"""probability_beyond: how likely a new study's true effect is beyond a threshold that matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from metaan.core.errors import InputError
from metaan.core.fit import GIVEN, PooledFit
from metaan.core.fit_words import FIXED
from metaan.core.lookup import look_up
from metaan.core.numbers import compact
from metaan.core.wording import in_sentence, panel, percent
from metaan.numerics.linalg import binary_scale
from metaan.numerics.tails import normal_quantile
from metaan.tau2.studies import make_studies
from metaan.univariate.prediction import PREDICTIONS, error_of
from metaan.univariate.weighing import weigh

if TYPE_CHECKING:
    import pandas as pd

DIRECTIONS: Mapping[str, int] = MappingProxyType({"above": 1, "below": -1})
ABOVE, _ = DIRECTIONS
FADED = 1e3  # standard deviations beyond which the normal density is 0
NO_SPREAD = (
    "tau² is 0: every study has the mean's true effect, which lies on one side of the threshold "
    "or on the other; no standard error and no interval belong to such a step"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """The probability that a new study's true effect lies beyond a threshold.

    Attributes
    ----------
    value : float
        Share of true effects beyond the threshold at the estimated mean and tau².
    se : float
        Its standard error by the delta method; NaN where tau² is 0.
    low, high : float
        Confidence limits; NaN where tau² is 0.
    predictive : float
        The same probability by the distribution of the fit's prediction interval, which allows
        for the uncertainty of the mean; NaN where the fit has none.
    threshold : float
        Reading scale.
    direction : str
        "above" or "below".
    level : float
        Coverage.
    label : str
        What the effects are.
    prediction : str
        Key of the prediction interval behind ``predictive``; empty where there is none.
    remarks : tuple of str
        What a careful reader should know.
    """

    value: float
    se: float
    low: float
    high: float
    predictive: float
    threshold: float
    direction: str
    level: float
    label: str
    prediction: str
    remarks: tuple[str, ...] = ()

    def summary(self) -> str:
        """Return the probability as text."""
        head, rows = self._told()
        lines = [f"  {name} {value}" for name, value in rows.items()]
        return "\n".join([head, *lines, *(f"  note: {remark}" for remark in self.remarks)])

    def to_frame(self) -> pd.DataFrame:
        """Return one row with the numbers."""
        import pandas as pd

        names = ("direction", "threshold", "value", "se", "low", "high", "predictive")
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        head, rows = self._told()
        return panel(head, rows, [f"note: {remark}" for remark in self.remarks])

    def _told(self) -> tuple[str, dict[str, str]]:
        head = (
            f"Probability that a new study's true {in_sentence(self.label)} lies "
            f"{self.direction} {compact(self.threshold)}"
        )
        rows = {"share of true effects": compact(self.value)}
        if self.low == self.low:
            limits = f"({compact(self.low)}, {compact(self.high)})"
            rows["share of true effects"] += f", {percent(self.level)} CI {limits}"
        if self.prediction:
            rows[f"with the mean's uncertainty [{self.prediction}]"] = compact(self.predictive)
        return head, rows


class _Share(NamedTuple):
    value: float
    se: float
    low: float
    high: float


def probability_beyond(
    fit: PooledFit, threshold: float, *, direction: str = ABOVE, level: float | None = None
) -> Beyond:
    """Return the probability that a new study's true effect lies beyond a threshold.

    Parameters
    ----------
    fit : PooledFit
        From `metaan.pool`.
    threshold : float
        Reading scale (a risk ratio of 0.9, not its logarithm): for instance the minimal
        important difference.
    direction : {"above", "below"}
        Which side counts.
    level : float, optional
        Coverage of the limits; that of the fit by default.

    Returns
    -------
    Beyond
        Share of true effects with its confidence limits, and the predictive probability.

    Raises
    ------
    InputError
        If the threshold is no value of the reading scale or the level is not between 0 and 1;
        ChoiceError for another direction.

    Notes
    -----
    With z = (mean - threshold) / tau on the analysis scale, the share above is ``Φ(z)`` and its
    standard error ``φ(z) sqrt(se² / tau² + z² se(tau²)² / (4 tau⁴))`` [1]_, the mean's standard
    error being that of the fit's inference. The limits are ``Φ(z ± q sqrt(...))``: they never
    leave 0 to 1, and their coverage is nearer to its name than that of the paper's share ± q
    standard errors. A tau² that the caller gave is taken as known. Neither is good for few
    studies, nor for a tau² near 0, whose standard error says little then.

    ``predictive`` is the tail of the t distribution that the prediction interval is made from; it
    is what the R package meta gives for a clinically important difference, and is defined at a
    tau² of 0, too.

    References
    ----------
    .. [1] Mathur MB, VanderWeele TJ (2019). Stat Med 38:1336. doi:10.1002/sim.8057

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.univariate.beyond import probability_beyond
    >>> effects = ma.Effects.from_arrays([0.10, 0.30, 0.55, 0.71], se=[0.12, 0.20, 0.18, 0.25])
    >>> found = probability_beyond(ma.pool(effects), 0.2)
    >>> round(found.value, 2), round(found.low, 2), round(found.high, 2)
    (0.79, 0.18, 0.99)
    """
    sign, coverage, at = _check(fit, threshold, direction, level)
    distance = sign * (fit.estimate.value - at)
    share = _share(fit, distance, coverage)
    return Beyond(
        value=share.value,
        se=share.se,
        low=share.low,
        high=share.high,
        predictive=_predictive(fit, distance),
        threshold=float(threshold),
        direction=direction,
        level=coverage,
        label=fit.effects.label,
        prediction=fit.prediction,
        remarks=() if fit.tau2 > 0 else (NO_SPREAD,),
    )


def _share(fit: PooledFit, distance: float, level: float) -> _Share:
    if fit.tau2 == 0:
        return _Share(float(distance > 0), np.nan, np.nan, np.nan)
    tau = np.sqrt(fit.tau2)
    z = distance / tau
    # shares, not squares: they stay in range whatever the unit of the effects
    of_tau2 = 0.0 if fit.tau2_method == FIXED else fit.heterogeneity.tau2_se / fit.tau2
    error = np.hypot(fit.estimate.se / tau, z * of_tau2 / 2)
    density = np.exp(-0.5 * min(abs(z), FADED) ** 2) / np.sqrt(2 * np.pi)
    reach = normal_quantile(level) * error
    low, high = special.ndtr(z - reach), special.ndtr(z + reach)
    return _Share(float(special.ndtr(z)), float(density * error), float(low), float(high))


def _predictive(fit: PooledFit, distance: float) -> float:
    """Return the tail of the distribution behind the fit's prediction interval."""
    if not fit.prediction:
        return float("nan")
    row = PREDICTIONS[fit.prediction]
    unit = float(binary_scale(fit.effects.v[None], np.ones((1, fit.k)))[0, 0])
    studies = make_studies(
        fit.effects.y[None] / unit,
        fit.effects.v[None] / unit / unit,
        weights=fit.weights[None] if fit.weighting == GIVEN else None,
    )
    tau2 = np.array([fit.tau2 / unit / unit])
    se, count = error_of(row, weigh(studies, tau2), np.array([fit.estimate.se / unit]))
    scale = np.sqrt(tau2 + (se * se if row.with_error else 0.0))
    df = count[0] - row.studies_less
    if scale[0] == 0:
        return float(distance > 0)
    t = distance / unit / scale[0]
    return float(special.ndtr(t) if np.isinf(df) else special.stdtr(df, t))


def _check(
    fit: PooledFit, threshold: object, direction: str, level: float | None
) -> tuple[int, float, float]:
    """Return sign, level and the threshold on the analysis scale, or raise ``InputError``."""
    if not isinstance(fit, PooledFit):
        raise InputError(f"fit must be a PooledFit, as pool gives it; got {type(fit).__name__}")
    sign = look_up(DIRECTIONS, direction, argument="direction", what="a side of a threshold")
    faults, at = [], np.nan
    if isinstance(threshold, Real) and not isinstance(threshold, bool):
        with np.errstate(all="ignore"):
            at = float(fit.effects.scale.transform(float(threshold)))
    if not np.isfinite(at):
        faults.append(
            f"threshold={threshold!r} is no value of {in_sentence(fit.effects.label)}; give it as "
            "results are read, e.g. 0.9 for a ratio, not its logarithm"
        )
    coverage = fit.estimate.level if level is None else level
    if isinstance(coverage, bool) or not isinstance(coverage, Real) or not 0 < float(coverage) < 1:
        faults.append(f"level={level!r} must lie between 0 and 1, e.g. 0.95")
    if faults:
        raise InputError("; ".join(faults))
    return sign, float(coverage), at
