"""Mean and SD of one group whose quantiles become symmetric under a Box-Cox power."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.numerics.search import bracketed_root
from metaan.recovery.quantile_formulas import Moments, Scenario, Summary, luo_mean, wan_sd

# Beyond 8 SDs lie 1e-15 of a normal distribution: what happens there is no property of the data.
REACH = 8.0
LARGEST = 300.0  # exponent of the ends of a bracket, so that squares stay finite
# Nodes crowd at both ends, where a root of the power leaves a steep slope.
ANGLES, WEIGHTS = np.polynomial.legendre.leggauss(200)


def box_cox(s: Summary, scenario: Scenario) -> Moments:
    """Return mean and SD after a power that makes the printed quantiles symmetric.

    The power lambda makes ``f(high) - f(median) = f(median) - f(low)``, or the quartiles', or
    both in least squares, with ``f(x) = (x^lambda - 1) / lambda`` of x over the median; Luo's
    mean and Wan's SD of f(x) are those of a normal distribution (cut, on both sides, where f
    ends), of which 1/f is integrated. A negative power whose f ends within 8 SDs gives NaN: the
    mean it stands for is infinite, or whatever a simulation happens to find.
    """
    power = _power_of(s, scenario)
    usable = np.isfinite(power)
    lam = np.where(usable, power, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = [np.log(x / s.median) for x in s[1:]]
    scaled = Summary(s.n, *(_transform(lam, x) for x in logs))
    center, spread = luo_mean(scaled, scenario), wan_sd(scaled, scenario)
    with np.errstate(divide="ignore", invalid="ignore"):
        to_end = np.abs((1 / lam + center) / spread)  # SDs to where f ends, below or above
    endless = usable & (lam < 0) & (to_end < REACH)
    mean, sd = _moments(lam, center, spread, np.fmin(to_end, REACH))
    keep = np.where(usable & ~endless, s.median, np.nan)
    known = ~np.isnan(s.quantiles(scenario)).any(axis=-1)
    notes = {
        "no power makes the quantiles symmetric, two of them are one value": known & ~usable,
        "the power that makes the quantiles symmetric is negative and the mean it stands for "
        "infinite; take QE": endless,
    }
    return Moments(mean * keep, sd * keep, notes)


def _moments(lam: Floats, center: Floats, spread: Floats, reach: Floats) -> tuple[Floats, Floats]:
    angle = np.pi / 2 * ANGLES
    z = reach[:, None] * np.sin(angle)
    weight = WEIGHTS * np.cos(angle) * np.exp(-z * z / 2)
    weight = weight / np.sum(weight, axis=-1, keepdims=True)
    value = _inverse(lam[:, None], center[:, None] + spread[:, None] * z)
    mean = np.sum(weight * value, axis=-1)
    off = value - mean[:, None]
    return mean, np.sqrt(np.sum(weight * off * off, axis=-1))


def _transform(lam: Floats, log_x: Floats) -> Floats:
    """Return ``(x^lambda - 1) / lambda``; the logarithm for lambda = 0."""
    zero = lam == 0
    safe = np.where(zero, 1.0, lam)
    exponent = np.clip(safe * log_x, -LARGEST, LARGEST)
    return np.where(zero, log_x, np.expm1(exponent) / safe)


def _inverse(lam: Floats, y: Floats) -> Floats:
    zero = lam == 0
    safe = np.where(zero, 1.0, lam)
    with np.errstate(divide="ignore", over="ignore"):
        power = np.exp(np.log1p(np.maximum(safe * y, -1)) / safe)
        return np.where(zero, np.exp(np.where(zero, y, 0.0)), power)


def _transform_slope(lam: Floats, log_x: Floats) -> Floats:
    """Return the derivative of `_transform` by lambda, by its series where lambda is small."""
    u = np.clip(lam * log_x, -LARGEST, LARGEST)
    small = np.abs(u) < 1e-2
    series = log_x**2 * (0.5 + u * (1 / 3 + u * (1 / 8 + u * (1 / 30 + u / 144))))
    safe = np.where(small, 1.0, lam)
    return np.where(small, series, (u * np.exp(u) - np.expm1(u)) / safe**2)


def _power_of(s: Summary, scenario: Scenario) -> Floats:
    """Return lambda; NaN where there is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.log(s.low / s.median), np.log(s.high / s.median)
        quartiles = np.log(s.q1 / s.median), np.log(s.q3 / s.median)
    if scenario is Scenario.RANGE:
        return _symmetric(*ends)
    if scenario is Scenario.QUARTILES:
        return _symmetric(*quartiles)
    outer, inner = _symmetric(*ends), _symmetric(*quartiles)
    between = np.where(np.isfinite(outer + inner), (outer + inner) / 2, np.nan)
    apart = np.flatnonzero(np.abs(outer - inner) > 0)
    if apart.size:

        def slope(lam: Floats, which: Integers) -> Floats:
            at = apart[which]
            total = np.zeros_like(lam)
            for below, above in (ends, quartiles):
                distance = _transform(lam, below[at]) + _transform(lam, above[at])
                change = _transform_slope(lam, below[at]) + _transform_slope(lam, above[at])
                total = total + distance * change
            return total

        low, high = np.fmin(outer, inner)[apart], np.fmax(outer, inner)[apart]
        between[apart] = bracketed_root(slope, low, high)
    return between


def _symmetric(below: Floats, above: Floats) -> Floats:
    """Return lambda with ``f(below) + f(above) = 0``: one, for f increases with lambda."""
    found = np.full(below.shape, np.nan)
    between = np.flatnonzero((below < 0) & (above > 0))
    if between.size:
        left, right = below[between], above[between]

        def distance(lam: Floats, which: Integers) -> Floats:
            return _transform(lam, left[which]) + _transform(lam, right[which])

        found[between] = bracketed_root(distance, LARGEST / left, LARGEST / right)
    return found
