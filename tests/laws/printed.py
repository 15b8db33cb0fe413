"""What a study at a row's design point would print instead: tests, p-values, cells, se.

Each function takes the design point and returns the numbers of a route, from textbook
definitions and scipy.stats, without the package.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from metaan.measures.row import (
    CORRELATION,
    EVENTS,
    EXPLAINED,
    GIVEN,
    MARGINS,
    MEANS,
    PAIRED,
    PARTIAL,
)


def signed_p(t, df):
    """Return the two-sided p-value of Student's t with its sign."""
    return np.copysign(2 * stats.t.sf(abs(t), df), t)


def two_groups(point):
    """Return d, Student's t, the point-biserial correlation and the signed p-value."""
    n1, n2 = point["n1"], point["n2"]
    df = n1 + n2 - 2
    pooled = ((n1 - 1) * point["sd1"] ** 2 + (n2 - 1) * point["sd2"] ** 2) / df
    d = (point["mean1"] - point["mean2"]) / pooled**0.5
    t = d / (1 / n1 + 1 / n2) ** 0.5
    return {"d": d, "t": t, "r": t / (t**2 + df) ** 0.5, "p": signed_p(t, df), "n1": n1, "n2": n2}


def four_cells(point):
    """Return events and non-events."""
    nonevents = {f"nonevents{g}": point[f"n{g}"] - point[f"events{g}"] for g in "12"}
    return {**{f"events{g}": point[f"events{g}"] for g in "12"}, **nonevents}


def correlated(point):
    """Return the test of a correlation."""
    r, n = point["r"], point["n"]
    t = r * ((n - 2) / (1 - r**2)) ** 0.5
    return {"t": t, "p": signed_p(t, n - 2), "n": n}


def partial(point):
    """Return the partial correlation and the p-value of a coefficient."""
    t, n, predictors = point["t"], point["n"], point["predictors"]
    df = n - predictors - 1
    r = t / (t**2 + df) ** 0.5
    return {"r": r, "p": signed_p(t, df), "n": n, "predictors": predictors}


def regression(point):
    """Return the F-test of a regression."""
    r2, n, predictors = point["r2"], point["n"], point["predictors"]
    df = n - predictors - 1
    f = r2 / predictors / ((1 - r2) / df)
    return {"f": f, "p": stats.f.sf(f, predictors, df), "n": n, "predictors": predictors}


def changes(point):
    """Return the paired t-test, its p-value and the change in SDs of the changes."""
    sd1, sd2, n = point["sd1"], point["sd2"], point["n"]
    sd = (sd1**2 + sd2**2 - 2 * point["r"] * sd1 * sd2) ** 0.5
    d = (point["mean1"] - point["mean2"]) / sd
    t = d * n**0.5
    return {"d": d, "t": t, "p": signed_p(t, n - 1), "n": n}


def joint(point):
    """Return the margins with the share of pairs that have both events."""
    p1, p2 = (point[f"events{g}"] / point[f"n{g}"] for g in "12")
    both = p1 * p2 + point["r"] * (p1 * (1 - p1) * p2 * (1 - p2)) ** 0.5
    return {**{name: point[name] for name in EVENTS}, "p_both": both}


def given(point):
    """Return the effect and its standard error."""
    return {"y": point["y"], "se": point["v"] ** 0.5}


PRINTED = {
    MEANS: two_groups,
    EVENTS: four_cells,
    CORRELATION: correlated,
    PARTIAL: partial,
    EXPLAINED: regression,
    PAIRED: changes,
    MARGINS: joint,
    GIVEN: given,
}
