"""Alpha of parallel items, and the genotypes of a locus."""

from __future__ import annotations

import numpy as np

from metaan.measures.row import GENOTYPES, RELIABILITY


def draw_alpha(point, rng, size):
    """Return sample alphas of parallel normal items, from their exact distribution.

    ``(1 - alpha) / (1 - sample alpha)`` is F with n - 1 and (n - 1) (items - 1) degrees of
    freedom (Feldt 1965, doi:10.1007/BF02289499); test_reliability draws the items themselves.
    """
    n, items = point["n"], point["items"]
    ratio = rng.f(n - 1, (n - 1) * (items - 1), size)
    return {
        "alpha": 1 - (1 - point["alpha"]) / ratio,
        "items": np.full(size, items),
        "n": np.full(size, n),
    }


def draw_genotypes(point, rng, size):
    """Return multinomial counts at the design point's shares."""
    expected = np.array([point[name] for name in GENOTYPES])
    counts = rng.multinomial(int(expected.sum()), expected / expected.sum(), size).astype(float)
    return dict(zip(GENOTYPES, counts.T, strict=True))


DRAWERS = {RELIABILITY: draw_alpha, GENOTYPES: draw_genotypes}
RATIOS: dict[str, float] = {}
