"""Is the maximum ours is the highest there is? ``python -m benchmarks.global_optimum``.

10,000 random sets of each family; the likelihood is looked at on a grid of 400 points and every
fall of its slope through zero is bisected, with formulas of their own. A miss is a set where that
finds a point whose log-likelihood is higher than at our estimate by more than 1e-8.
"""

from __future__ import annotations

import sys

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.tau2.studies import make_studies
from metaan.tau2.table import ESTIMATORS

SETS, POINTS, HALVINGS, BLOCK = 10_000, 400, 70, 250
MISS = 1e-8


def families(n: int) -> dict[str, tuple[Floats, Floats]]:
    """Return (y, v) of n sets of each family."""
    rng = np.random.default_rng(20261122)

    def drawn(v: Floats) -> tuple[Floats, Floats]:
        tau = rng.choice([0.0, 0.1, 0.3, 1.0], size=(n, 1))
        return rng.normal(0.3, np.sqrt(v + tau**2)), v

    outlying = drawn(rng.uniform(0.02, 0.4, size=(n, 8)))
    outlying[0][:, 0] += rng.uniform(2, 12, size=n)
    v = np.concatenate(
        [10 ** rng.uniform(-6, -4, size=(n, 3)), 10 ** rng.uniform(-1, 0, size=(n, 3))], axis=1
    )
    cliques = rng.normal(0, 1, size=(n, 6)) * np.repeat([1e-3, 2.5], 3), v
    return {
        "ordinary, k = 20": drawn(rng.uniform(0.02, 0.4, size=(n, 20))),
        "k = 3": drawn(rng.uniform(0.02, 0.4, size=(n, 3))),
        "variances 1 : 10,000, k = 10": drawn(10 ** rng.uniform(-4, 0, size=(n, 10))),
        "one outlier in 8": outlying,
        "3 precise beside 3 vague": cliques,
    }


def sums(y: Floats, v: Floats, tau2: Floats) -> tuple[Floats, Floats, Floats]:
    """Return weights, their sum and squared residuals; y, v (m, 1, k), tau2 (m, g)."""
    w = 1 / (v + tau2[..., None])
    total = w.sum(axis=-1)
    mean = (w * y).sum(axis=-1) / total
    return w, total, (y - mean[..., None]) ** 2


def height(y: Floats, v: Floats, tau2: Floats, restricted: bool) -> Floats:
    """Return the log-likelihood, constants dropped, shape of tau2."""
    w, total, square = sums(y, v, tau2)
    value = (w * square - np.log(w)).sum(axis=-1)
    return np.asarray(-0.5 * (value + np.log(total) if restricted else value))


def slope(y: Floats, v: Floats, tau2: Floats, restricted: bool) -> Floats:
    """Return twice the derivative of the log-likelihood, shape of tau2."""
    w, total, square = sums(y, v, tau2)
    trace = total - (w * w).sum(axis=-1) / total if restricted else total
    return np.asarray((w * w * square).sum(axis=-1) - trace)


def highest(y: Floats, v: Floats, restricted: bool) -> tuple[Floats, Integers]:
    """Return the highest log-likelihood a grid with bisection finds, and how many maxima."""
    y, v = y[:, None, :], v[:, None, :]
    top = 4 * (y.var(axis=-1) + v.max(axis=-1))
    low = 1e-6 * v.min(axis=-1)
    grid = low * (top / low) ** np.linspace(0, 1, POINTS - 1)
    grid = np.concatenate([np.zeros_like(low), grid], axis=1)
    sign = slope(y, v, grid, restricted) > 0
    row, cell = np.nonzero(sign[:, :-1] & ~sign[:, 1:])
    a, b = grid[row, cell][:, None], grid[row, cell + 1][:, None]
    for _ in range(HALVINGS):
        middle = (a + b) / 2
        up = slope(y[row], v[row], middle, restricted) > 0
        a, b = np.where(up, middle, a), np.where(up, b, middle)
    best = height(y, v, grid[:, :1], restricted)[:, 0]
    np.maximum.at(best, row, height(y[row], v[row], (a + b) / 2, restricted)[:, 0])
    return best, np.bincount(row, minlength=len(y)) + ~sign[:, 0]


def compared(y: Floats, v: Floats, key: str) -> tuple[int, int, float]:
    """Return misses, sets with several maxima, and the worst shortfall in log-likelihood."""
    restricted = ESTIMATORS[key].restricted
    assert restricted is not None
    tau2 = ESTIMATORS[key].function(make_studies(y, v)).tau2
    misses, several, worst = 0, 0, 0.0
    for i in range(0, len(y), BLOCK):
        part = slice(i, i + BLOCK)
        best, maxima = highest(y[part], v[part], restricted)
        ours = height(y[part, None], v[part, None], tau2[part, None], restricted)[:, 0]
        short = best - ours
        misses += int(np.sum(short > MISS))
        several += int(np.sum(maxima > 1))
        worst = max(worst, float(short.max()))
    return misses, several, worst


def main() -> int:
    """Print a line for each family and likelihood; exit code 1 if anything was missed."""
    missed = 0
    for name, (y, v) in families(SETS).items():
        for key in (row.key for row in ESTIMATORS.values() if row.restricted is not None):
            misses, several, worst = compared(y, v, key)
            missed += misses
            sys.stdout.write(
                f"{name:<30} {key:<5} {len(y):,} sets, {several:,} with several maxima: "
                f"{misses} misses, worst shortfall {worst:.1e}\n"
            )
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
