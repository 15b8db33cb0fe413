"""Mean and SD of one group from its median with range, quartiles or both: closed formulas."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.recovery.order_statistics import best_linear
from metaan.recovery.spread import exact_quartiles, exact_range, wan_quartiles, wan_range


class Scenario(Enum):
    """Which quantiles a study prints, as the literature numbers them: S1, S2, S3."""

    RANGE = "median and range"
    QUARTILES = "median and quartiles"
    FIVE = "five numbers"


class Summary(NamedTuple):
    """What k studies print, each an array of shape (k,); NaN where it is not printed."""

    n: Floats
    low: Floats
    q1: Floats
    median: Floats
    q3: Floats
    high: Floats

    def logarithms(self) -> Summary:
        """Return the logarithms of the quantiles; NaN where one is not positive."""
        with np.errstate(invalid="ignore", divide="ignore"):
            logs = [np.where(x > 0, np.log(x), np.nan) for x in self[1:]]
        return Summary(self.n, *logs)

    def quantiles(self, scenario: Scenario) -> Floats:
        """Return the printed quantiles of a scenario, shape (k, 3) or (k, 5)."""
        chosen = {
            Scenario.RANGE: (self.low, self.median, self.high),
            Scenario.QUARTILES: (self.q1, self.median, self.q3),
            Scenario.FIVE: (self.low, self.q1, self.median, self.q3, self.high),
        }[scenario]
        return np.stack(chosen, axis=-1)


class Moments(NamedTuple):
    """Mean and SD, shape (k,), and what is to be noted: a clause and the studies it concerns."""

    mean: Floats
    sd: Floats
    notes: Mapping[str, Booleans] = MappingProxyType({})


def midrange(s: Summary) -> Floats:
    """Return ``(low + high) / 2``."""
    return (s.low + s.high) / 2


def midhinge(s: Summary) -> Floats:
    """Return ``(q1 + q3) / 2``."""
    return (s.q1 + s.q3) / 2


def luo_mean(s: Summary, scenario: Scenario) -> Floats:
    """Return Luo's mean: median, midrange and midhinge weighted by n.

    With a range the midrange weighs ``4 / (4 + n^0.75)``, with quartiles the midhinge ``0.7 +
    0.39 / n``, with both ``2.2 / (2.2 + n^0.75)`` and ``0.7 - 0.72 / n^0.55``; the median the
    rest.
    """
    growth = s.n**0.75
    if scenario is Scenario.RANGE:
        weight = 4 / (4 + growth)
        return weight * midrange(s) + (1 - weight) * s.median
    if scenario is Scenario.QUARTILES:
        weight = 0.7 + 0.39 / s.n
        return weight * midhinge(s) + (1 - weight) * s.median
    outer, inner = 2.2 / (2.2 + growth), 0.7 - 0.72 / s.n**0.55
    return outer * midrange(s) + inner * midhinge(s) + (1 - inner - outer) * s.median


def simple_mean(s: Summary, scenario: Scenario) -> Floats:
    """Return Hozo's, Wan's and Bland's means: (a + 2m + b)/4, (q1 + m + q3)/3, their like of 5."""
    if scenario is Scenario.RANGE:
        return (s.low + 2 * s.median + s.high) / 4
    if scenario is Scenario.QUARTILES:
        return (s.q1 + s.median + s.q3) / 3
    return (s.low + 2 * s.q1 + 2 * s.median + 2 * s.q3 + s.high) / 8


def wan_sd(s: Summary, scenario: Scenario) -> Floats:
    """Return Wan's SD: range and interquartile range by their quantiles; of both, the average."""
    if scenario is Scenario.RANGE:
        return (s.high - s.low) / wan_range(s.n)
    if scenario is Scenario.QUARTILES:
        return (s.q3 - s.q1) / wan_quartiles(s.n)
    return (wan_sd(s, Scenario.RANGE) + wan_sd(s, Scenario.QUARTILES)) / 2


def shi_sd(s: Summary, scenario: Scenario) -> Floats:
    """Return Wan's SD; of five numbers, Shi's: the range weighs ``1 / (1 + 0.07 n^0.6)``."""
    if scenario is not Scenario.FIVE:
        return wan_sd(s, scenario)
    weight = 1 / (1 + 0.07 * s.n**0.6)
    return weight * wan_sd(s, Scenario.RANGE) + (1 - weight) * wan_sd(s, Scenario.QUARTILES)


def luo_wan_shi(s: Summary, scenario: Scenario) -> Moments:
    """Return Luo's mean and Wan's or Shi's SD."""
    return Moments(luo_mean(s, scenario), shi_sd(s, scenario))


def wan(s: Summary, scenario: Scenario) -> Moments:
    """Return the simple mean and Wan's SD."""
    return Moments(simple_mean(s, scenario), wan_sd(s, scenario))


def wan_exact(s: Summary, scenario: Scenario) -> Moments:
    """Return the simple mean and Wan's SD with the expected order statistics themselves."""
    spans = []
    if scenario is not Scenario.QUARTILES:
        spans.append((s.high - s.low) / exact_range(s.n))
    if scenario is not Scenario.RANGE:
        spans.append((s.q3 - s.q1) / exact_quartiles(s.n))
    return Moments(simple_mean(s, scenario), np.mean(spans, axis=0))


def hozo_mean(s: Summary) -> Floats:
    """Return ``(low + 2 median + high) / 4`` up to 25 participants, the median beyond."""
    return np.where(s.n <= 25, simple_mean(s, Scenario.RANGE), s.median)


def hozo(s: Summary, scenario: Scenario) -> Moments:
    """Return Hozo's mean and SD: an inequality up to n = 15, range/4 up to 70, range/6 beyond."""
    del scenario
    span = s.high - s.low
    small = np.sqrt(((s.low - 2 * s.median + s.high) ** 2 / 4 + span**2) / 12)
    sd = np.where(s.n <= 15, small, span / np.where(s.n <= 70, 4.0, 6.0))
    return Moments(hozo_mean(s), sd)


def walter_yao(s: Summary, scenario: Scenario) -> Moments:
    """Return the range over its expectation, with Hozo's mean (Walter and Yao give the SD)."""
    del scenario
    return Moments(hozo_mean(s), (s.high - s.low) / exact_range(s.n))


def bland(s: Summary, scenario: Scenario) -> Moments:
    """Return the middle of the bounds that five numbers set to the mean and to the variance."""
    values = s.quantiles(scenario)
    mean = simple_mean(s, scenario)
    centered = values - mean[:, None]  # the variance without the loss of large means
    squares = centered**2 @ np.array([1.0, 2.0, 2.0, 2.0, 1.0]) / 16
    products = np.sum(centered[:, 1:] * centered[:, :-1], axis=-1) / 8
    return Moments(mean, np.sqrt(squares + products))


def blue(s: Summary, scenario: Scenario) -> Moments:
    """Return the best linear unbiased estimates from the quantiles as order statistics.

    The median and the quartiles are taken for those of rank ``floor(n p) + 1``, as published. That
    is exact for n = 4 Q + 1; for other n the ranks lie above the middle, and the mean comes out
    too low, by 0.07 SD at n = 10 and 0.03 SD at n = 40. Fewer than five participants give NaN:
    two of five quantiles are then one participant.
    """
    enough = s.n >= 5
    n = np.where(enough, s.n, 5.0)
    inner = [np.floor(n * p) + 1 for p in (0.25, 0.5, 0.75)]
    ranks = {
        Scenario.RANGE: [np.ones_like(n), inner[1], n],
        Scenario.QUARTILES: inner,
        Scenario.FIVE: [np.ones_like(n), *inner, n],
    }[scenario]
    mean, sd = best_linear(s.quantiles(scenario), np.stack(ranks, axis=-1), n)
    few = {"fewer than five participants: their quantiles coincide": ~enough}
    return Moments(np.where(enough, mean, np.nan), np.where(enough, sd, np.nan), few)


def lognormal(s: Summary, scenario: Scenario) -> Moments:
    """Return mean and SD of a lognormal distribution, corrected for the bias of exp.

    With mu Luo's mean of the logarithms, s² their variance as Wan or Shi have it over phi(n), and
    V, W the variances of mu and of s² over s² and s⁴: the mean is ``exp(mu + s²/2) / (1 + V s²/2
    + W s⁴/8)``, its square ``exp(2 mu + s²) / (1 + 2 V s² + W s⁴/2)``, the mean square ``exp(2 mu
    + 2 s²) / (1 + 2 V s² + 2 W s⁴)``.
    """
    logs, n = s.logarithms(), s.n
    mu, raw = luo_mean(logs, scenario), shi_sd(logs, scenario) ** 2
    if scenario is Scenario.RANGE:
        second = np.log(n) ** 2
        phi, psi, a, b = 1.01 + 0.25 / second, 1 + 2.23 / second, 1.13, 2.96
    elif scenario is Scenario.QUARTILES:
        phi, psi, a, b = 1 + 1.58 / n, 1 + 19.2 / n**1.2, 1.14, 6.0
    else:
        phi, psi, a, b = 1 + 0.28 / np.log(n) ** 2, 1 + 3.93 / n, 0.81, 2.52
    variance = raw / phi
    v, w = a * variance / n, b * raw**2 / psi / n  # raw² over psi estimates the fourth power
    mean = np.exp(mu + variance / 2) / (1 + v / 2 + w / 8)
    square = np.exp(2 * mu + variance) / (1 + 2 * v + w / 2)
    mean_square = np.exp(2 * mu + 2 * variance) / (1 + 2 * v + 2 * w)
    return Moments(mean, np.sqrt(np.maximum(mean_square - square, 0)))


def skewness(s: Summary, scenario: Scenario) -> tuple[Floats, Floats]:
    """Return Shi's statistic of asymmetry and its critical value at 5%; NaN for n below 5.

    The distance of the median from the midrange, or from the midhinge, over half the range, or
    half the interquartile range; of both the larger, after the first is multiplied by ``2.65
    ln(0.6 n) / sqrt(n)``.
    """
    n = np.where(s.n >= 5, s.n, np.nan)
    root = np.sqrt(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        outer = np.abs(s.low + s.high - 2 * s.median) / (s.high - s.low)
        inner = np.abs(s.q1 + s.q3 - 2 * s.median) / (s.q3 - s.q1)
    if scenario is Scenario.RANGE:
        return np.where(np.isnan(n), np.nan, outer), 1.01 / np.log(n + 9) + 2.43 / (n + 1)
    if scenario is Scenario.QUARTILES:
        return np.where(np.isnan(n), np.nan, inner), 2.66 / root - 5.92 / n**2
    larger = np.fmax(2.65 * np.log(0.6 * n) / root * outer, inner)
    return np.where(np.isnan(n), np.nan, larger), 2.97 / root - 39.1 / n**3
