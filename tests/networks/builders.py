"""Networks of made-up arms: every number below is drawn, none is a trial's."""

from __future__ import annotations

import numpy as np

from metaan.core.network_effects import NetworkEffects


def drawn(
    seed: int, *, studies: int = 12, treatments: int = 5, arms: int = 4, spread: float = 0.3
) -> NetworkEffects:
    """Return a connected network of studies with two to ``arms`` arms; the first has them all.

    Arms of a study are correlated, so that no contrast's variance is a sum over its arms.
    """
    rng = np.random.default_rng(seed)
    names = [f"t{i}" for i in range(treatments)]
    truth = rng.normal(size=treatments)
    study, one, two, y, v = [], [], [], [], []
    for s in range(studies):
        size = treatments if s == 0 else int(rng.integers(2, arms + 1))
        chosen = rng.choice(treatments, size=min(size, treatments), replace=False)
        root = rng.normal(size=(len(chosen), len(chosen) + 2))
        covariance = 0.05 * root @ root.T / len(chosen)
        mean = truth[chosen] + rng.normal(size=len(chosen)) * spread
        for i in range(len(chosen)):
            for j in range(i):
                study.append(f"s{s}")
                one.append(names[chosen[i]])
                two.append(names[chosen[j]])
                y.append(mean[i] - mean[j])
                v.append(covariance[i, i] + covariance[j, j] - 2 * covariance[i, j])
    return NetworkEffects.from_arrays(y, v, study=study, treat1=one, treat2=two)


def of_pairs(*pairs: tuple[str, str, float, float]) -> NetworkEffects:
    """Return two-armed studies from (treatment, control, effect, variance)."""
    return NetworkEffects.from_arrays(
        [pair[2] for pair in pairs],
        [pair[3] for pair in pairs],
        study=[f"s{i}" for i in range(len(pairs))],
        treat1=[pair[0] for pair in pairs],
        treat2=[pair[1] for pair in pairs],
    )
