"""Correlations and regressions of normal variables, all of them sampled."""

from __future__ import annotations

import numpy as np

from metaan.measures.row import CORRELATION, EXPLAINED, PARTIAL, SEMI_PARTIAL


def bivariate(rho, df, rng, size):
    """Return two sums of squares and one of products: a Wishart matrix by Bartlett's factors."""
    left = np.sqrt(rng.chisquare(df, size))
    below = rho * left + np.sqrt(1 - rho**2) * rng.normal(size=size)
    return left**2, left * below, below**2 + (1 - rho**2) * rng.chisquare(df - 1, size)


def sample_correlation(rho, df, rng, size):
    """Return correlations of normal pairs, df = n - 1."""
    first, product, second = bivariate(rho, df, rng, size)
    return product / np.sqrt(first * second)


def draw_correlation(point, rng, size):
    """Return correlations of normal pairs."""
    r = sample_correlation(point["r"], point["n"] - 1, rng, size)
    return {"r": r, "n": np.full(size, point["n"])}


def partial_of(point):
    """Return the design point's partial correlation."""
    t = point["t"]
    return t / np.sqrt(t**2 + point["n"] - point["predictors"] - 1)


def draw_partial(point, rng, size):
    """Return t of one coefficient: given the other predictors, n - predictors df are left."""
    df = point["n"] - point["predictors"]
    r = sample_correlation(partial_of(point), df, rng, size)
    return {
        "t": r * np.sqrt((df - 1) / (1 - r * r)),
        "n": np.full(size, point["n"]),
        "predictors": np.full(size, point["predictors"]),
    }


def regression_sum(share, predictors, n, rng, size):
    """Return the regression's sum of squares in units of the residual variance."""
    noncentral = share / (1 - share) * rng.chisquare(n - 1, size)
    return rng.noncentral_chisquare(predictors, noncentral)


def draw_semi_partial(point, rng, size):
    """Return t and R² of whole regressions.

    The others' regression leaves residuals of the outcome and of the predictor; their Wishart
    matrix does not depend on that regression, whose sum of squares is in units of the outcome's.
    """
    n, predictors, rho = point["n"], point["predictors"], partial_of(point)
    others = 1 - (1 - point["r2"]) / (1 - rho**2)
    explained = regression_sum(others, predictors - 1, n, rng, size)
    left, product, other = bivariate(rho, n - predictors, rng, size)
    r = product / np.sqrt(left * other)
    return {
        "t": r * np.sqrt((n - predictors - 1) / (1 - r * r)),
        "n": np.full(size, n),
        "predictors": np.full(size, predictors),
        "r2": 1 - left * (1 - r * r) / (left + explained),
    }


def draw_explained(point, rng, size):
    """Return R² of regressions on sampled predictors."""
    n, predictors = point["n"], point["predictors"]
    explained = regression_sum(point["r2"], predictors, n, rng, size)
    rest = rng.chisquare(n - predictors - 1, size)
    return {
        "r2": explained / (explained + rest),
        "n": np.full(size, n),
        "predictors": np.full(size, predictors),
    }


DRAWERS = {
    CORRELATION: draw_correlation,
    PARTIAL: draw_partial,
    SEMI_PARTIAL: draw_semi_partial,
    EXPLAINED: draw_explained,
}
RATIOS = {
    # Var(r) = (1 - rho²)² / (n - 1) (1 + 11 rho² / (2 (n - 1))) to the second order (Hotelling
    # 1953): 1.009; and (1 - y²)² averages 1.3% less over the draws than at rho, for it bends
    # down there. The unbiased r varies by (1 + (1 - 3 rho²) / (2 n))² = 1.008 times as much.
    "COR:LS": 1.023,
    # H0 leaves a factor 1 - r² out, which is 0.878; the rest is as in LS.
    "COR:H0": 0.883,
    "UCOR:LS": 1.034,
    "PCOR": 1.021,
    # n in the denominator where n - predictors - 1 is nearer: 90 / 85 is 1.059.
    "SPCOR": 1.061,
    "ZSPCOR": 1.061,
    # R² is too large on average (0.324 for 0.3), and so are variances at its mean: LS there is
    # 0.00592, at 0.3 0.00588, and R² has 0.00572. LS2 takes the df into account once more: it is
    # df² n / ((n² - 1) (n + 3)) = 0.876 of LS, and 1 / 0.876 is 1.141.
    "R2:LS2": 1.149,
    "R2:AV": 0.967,
    "R2:AV2": 1.103,
    # These are for fixed predictors, and R² varies more where they are sampled too: by about
    # 1 / (1 - R² / 2), which is 1.18. The ratios with fixed ones, in tests/measures, are 1.03.
    "R2F": 1.224,
    "ZR2F": 1.225,
}
