"""The likelihood of the Copas selection model, with exact first and second derivatives.

Derivatives are carried through the formula by the rules of calculus (`Jet`), so that there is
one formula and no second one to keep in step with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import log_ndtr

from metaan.core.arrays import Floats, Integers
from metaan.diagnostics.selection.likelihood import Curved

HALF_LOG = 0.5 * np.log(2 * np.pi)
PARAMETERS = 3  # of a study's likelihood: its residual, rho, tau²


class Jet(NamedTuple):
    """A quantity of each study and its derivatives.

    Attributes
    ----------
    value : ndarray, shape (n, k)
    first : ndarray, shape (3, n, k)
    second : ndarray, shape (3, 3, n, k)
    """

    value: Floats
    first: Floats
    second: Floats

    def plus(self, other: Jet) -> Jet:
        """Return the sum."""
        return Jet(*(a + b for a, b in zip(self, other, strict=True)))

    def times(self, other: Jet | Floats | float) -> Jet:
        """Return the product."""
        if not isinstance(other, Jet):
            return Jet(*(each * other for each in self))
        cross = self.first[:, None] * other.first
        second = self.second * other.value + other.second * self.value
        return Jet(
            self.value * other.value,
            self.first * other.value + other.first * self.value,
            second + cross + np.swapaxes(cross, 0, 1),
        )

    def through(self, value: Floats, slope: Floats, curve: Floats) -> Jet:
        """Return a function of it, given the function's value and derivatives there."""
        square = self.first[:, None] * self.first
        return Jet(value, slope * self.first, slope * self.second + curve * square)

    def power(self, exponent: float) -> Jet:
        """Return a power of it."""
        value = self.value**exponent
        slope = exponent * value / self.value
        return self.through(value, slope, (exponent - 1) * slope / self.value)

    def log(self) -> Jet:
        """Return its logarithm."""
        slope = 1 / self.value
        return self.through(np.log(self.value), slope, -slope * slope)

    def log_normal(self) -> Jet:
        """Return the logarithm of the standard normal distribution function of it."""
        value = np.asarray(log_ndtr(self.value))
        ratio = np.exp(-0.5 * self.value * self.value - HALF_LOG - value)
        return self.through(value, ratio, -ratio * (self.value + ratio))


def variable(values: Floats, place: int) -> Jet:
    """Return one of the parameters."""
    first = np.zeros((PARAMETERS, *values.shape))
    first[place] = 1.0
    return Jet(values, first, np.zeros((PARAMETERS, PARAMETERS, *values.shape)))


class Selection(NamedTuple):
    """How studies are selected in each analysis, shape (n, k).

    Attributes
    ----------
    u : ndarray
        ``gamma0 + gamma1 / s``, the standardized mean of the propensity to be published.
    c2 : ndarray
        ``c² = lambda(u) (u + lambda(u))``: what selection takes of the variance, per rho².
    """

    u: Floats
    c2: Floats

    def of(self, which: Integers) -> Selection:
        """Return those of some analyses."""
        return Selection(self.u[which], self.c2[which])


def selection(gamma0: Floats, gamma1: Floats, s: Floats) -> Selection:
    """Return how studies with these standard errors, shape (k,), are selected; gammas (n,)."""
    u = gamma0[:, None] + gamma1[:, None] / s
    ratio = np.exp(-0.5 * u * u - HALF_LOG - log_ndtr(u))
    return Selection(u, np.clip(ratio * (u + ratio), 0.0, 1.0))


def studies(residual: Floats, rho: Floats, tau2: Floats, v: Floats, how: Selection) -> Jet:
    """Return each study's log-likelihood given that it is published, without ``log(2 pi) / 2``.

    Parameters
    ----------
    residual : ndarray, shape (n, k)
        Effects less what is expected without selection.
    rho, tau2 : ndarray, shape (n, k)
        Correlation of error and propensity, between-study variance.
    v : ndarray, shape (k,)
        Variances as they are seen: of published studies.
    how : Selection
        How they are selected.
    """
    r, correlation, between = (variable(x, i) for i, x in enumerate((residual, rho, tau2)))
    square = correlation.times(correlation)
    kept = Jet(1 - how.c2 * square.value, -how.c2 * square.first, -how.c2 * square.second)
    within = kept.power(-1.0).times(v)
    total = within.plus(between)
    part = within.times(square)
    rest = total.plus(part.times(-1.0))
    shift = within.power(0.5).times(correlation).times(r).times(total.power(-0.5))
    ahead = total.power(0.5).times(how.u).plus(shift).times(rest.power(-0.5)).log_normal()
    density = total.log().plus(r.times(r).times(total.power(-1.0))).times(-0.5)
    found = density.plus(ahead)
    return found._replace(value=found.value - log_ndtr(how.u))


def likelihood(y: Floats, v: Floats, how: Selection) -> Callable[[Floats, Integers], Curved]:
    """Return the log-likelihood of (mu, rho, tau², beta) of many analyses, shape (n, 4).

    ``beta`` is the slope of effects on standard errors that selection leaves.
    """
    s = np.sqrt(v)
    design = np.stack([np.ones_like(s), s])  # of mu and beta

    def function(theta: Floats, which: Integers) -> Curved:
        mu, rho, tau2, beta = (theta[:, i, None] for i in range(4))
        blank = np.zeros((len(theta), len(y)))
        found = studies(y - mu - beta * s, rho + blank, tau2 + blank, v, how.of(which))
        gradient, hessian = np.empty((len(theta), 4)), np.empty((len(theta), 4, 4))
        line = [0, 3]
        gradient[:, line] = -np.einsum("nk,jk->nj", found.first[0], design)
        for a, i in enumerate(line):
            for b, j in enumerate(line):
                hessian[:, i, j] = np.vecdot(found.second[0, 0], design[a] * design[b])
            for j in (1, 2):
                hessian[:, i, j] = hessian[:, j, i] = -np.vecdot(found.second[0, j], design[a])
        for i in (1, 2):
            gradient[:, i] = np.add.reduce(found.first[i], axis=-1)
            for j in (1, 2):
                hessian[:, i, j] = np.add.reduce(found.second[i, j], axis=-1)
        value = np.add.reduce(found.value, axis=-1) - len(y) * HALF_LOG
        return Curved(value, gradient, hessian)

    return function
