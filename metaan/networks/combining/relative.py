"""Effects of n treatments relative to each other: what leagues and rankings are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from metaan.core.arrays import Floats, frozen
from metaan.core.errors import ChoiceError, InputError
from metaan.core.estimate import Estimate
from metaan.core.lookup import hint
from metaan.core.scale import Scale
from metaan.networks.combining.combined import spread_of
from metaan.numerics.tails import log_two_sided, statistic_of, t_quantile


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RelativeEffects:
    """Effects of n treatments, of which only the differences mean something.

    Attributes
    ----------
    treatments : tuple of str, length n
        Names, in the order of the arrays.
    values : ndarray, shape (n,)
        Effects up to a constant, analysis scale.
    covariance : ndarray, shape (n, n)
        Of the values up to constants, by the inference of the fit; NaN for two treatments that
        cannot be compared, whose difference then is NaN, too.
    df : float
        Degrees of freedom of every interval and test; ``inf`` is the normal distribution.
    level : float
        Coverage of the intervals.
    scale : Scale
        How the effects are read.
    label : str
        Name of the effect, reading scale.
    """

    treatments: tuple[str, ...]
    values: Floats
    covariance: Floats
    df: float
    level: float
    scale: Scale
    label: str

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        object.__setattr__(self, "values", frozen(self.values))
        object.__setattr__(self, "covariance", frozen(self.covariance))

    @property
    def n(self) -> int:
        """Number of treatments."""
        return len(self.treatments)

    @property
    def differences(self) -> Floats:
        """Effect of each treatment (row) against each other (column), shape (n, n)."""
        found = self.values[:, None] - self.values[None, :]
        return np.where(np.isnan(self.covariance), np.nan, found)

    @property
    def se(self) -> Floats:
        """Standard errors of the differences, shape (n, n), 0 on the diagonal."""
        return np.sqrt(spread_of(self.covariance))

    @property
    def half(self) -> Floats:
        """Half the widths of the confidence intervals, shape (n, n)."""
        return np.asarray(t_quantile(self.level, self.df) * self.se)

    @property
    def log_p_values(self) -> Floats:
        """Logarithms of two-sided p-values of no difference, shape (n, n); 0 on the diagonal."""
        return log_two_sided(statistic_of(self.differences, self.se), self.df)

    def place(self, treatment: str | int, *, argument: str = "treatment") -> int:
        """Return where a treatment stands; ChoiceError with the nearest name otherwise."""
        return place_of(treatment, self.treatments, argument=argument)

    def name(self, treatment: str | int, *, argument: str = "treatment") -> str:
        """Return the name of a treatment that may be a whole number; ChoiceError likewise."""
        return self.treatments[self.place(treatment, argument=argument)]

    def effect(self, treatment: str | int, control: str | int) -> Estimate:
        """Return the effect of a treatment against another, with its interval and test."""
        i, j = self.place(treatment), self.place(control, argument="control")
        return self.estimate(i, j)

    def estimate(self, i: int, j: int) -> Estimate:
        """Return the effect of treatment number i against number j."""
        value = float(self.values[i] - self.values[j])
        covariance = self.covariance
        variance = float(covariance[i, i] + covariance[j, j] - 2 * covariance[i, j])
        if variance != variance:
            return estimate_of(variance, variance, self)
        return estimate_of(value, max(variance, 0.0) ** 0.5, self)


def check_comparable(relative: RelativeEffects) -> None:
    """Raise ``InputError`` where some treatments cannot be compared: they have no ranking."""
    apart = np.isnan(relative.covariance)
    if not apart.any():
        return
    groups = dict.fromkeys(
        tuple(name for name, gone in zip(relative.treatments, row, strict=True) if not gone)
        for row in apart.tolist()
    )
    told = "; ".join(f"({i}) {', '.join(names)}" for i, names in enumerate(groups, start=1))
    raise InputError(
        f"treatments fall into {len(groups)} groups that cannot be compared with each other and "
        f"have no common ranking: {told}. Combine the studies of one group, effects.take(studies)"
    )


def estimate_of(value: float, se: float, relative: RelativeEffects) -> Estimate:
    """Return an estimate on the scale, at the level and with the df of relative effects."""
    half = float(t_quantile(relative.level, relative.df)) * se
    statistic = float(statistic_of(value, se))
    log_p = float(log_two_sided(statistic, relative.df))
    return Estimate(
        value=value,
        se=se,
        low=value - half,
        high=value + half,
        statistic=statistic,
        df=relative.df,
        p_value=float(np.exp(log_p)),
        log_p_value=log_p,
        level=relative.level,
        scale=relative.scale,
    )


def place_of(
    treatment: str | int, treatments: Sequence[str], *, argument: str = "treatment"
) -> int:
    """Return where a treatment stands among others; ChoiceError with the nearest otherwise."""
    name = label_of(treatment)
    if isinstance(name, str) and name in treatments:
        return list(treatments).index(name)
    listed = ", ".join(treatments)
    raise ChoiceError(
        f"{argument}={treatment!r} is not a treatment of this network; choose one of "
        f"{listed}.{hint(treatment, treatments)}"
    )


def label_of(treatment: Any) -> Any:
    """Return a whole number as the text that it is as a treatment's name; all else as it is.

    Examples
    --------
    >>> label_of(1), label_of("1"), label_of(2.0), label_of(True)
    ('1', '1', '2', True)
    """
    whole = isinstance(treatment, Integral) and not isinstance(treatment, bool)
    if whole or (isinstance(treatment, float) and treatment.is_integer()):
        return str(int(treatment))
    return treatment
