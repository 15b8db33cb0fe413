"""What a row of refits is compared with: a pool of the same studies, made by itself."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from metaan.core.counts import Counts
from metaan.core.counts_fit import CountsFit
from metaan.core.effects import Effects
from metaan.core.errors import EmptyIntervalWarning
from metaan.core.fit import PooledFit
from metaan.core.refits import Refits
from metaan.trials.counting import counts
from metaan.univariate.pooling import pool
from tests.reference.pinned import columns
from tests.tolerance import Tolerance, close

ESTIMATE = ("value", "se", "low", "high", "statistic", "df", "log_p_value", "p_value")
SPREAD = ("i2", "i2_q", "h2", "q")


def drawn(k: int, seed: int = 3, columns: dict[str, Sequence[object]] | None = None) -> Effects:
    """Return effects of k studies that vary."""
    rng = np.random.default_rng(seed)
    v = rng.uniform(0.02, 0.5, k)
    return Effects.from_arrays(rng.normal(0.3, np.sqrt(v + 0.1)), v, columns=columns)


def bcg_counts() -> Counts:
    """Return the two-by-two tables of the BCG trials."""
    c = columns("dat.bcg")
    table = c | {"n1": c["tpos"] + c["tneg"], "n2": c["cpos"] + c["cneg"]}
    return counts(table, events1="tpos", n1="n1", events2="cpos", n2="n2")


def quiet(effects: Effects, **options: object) -> PooledFit:
    """Return a pool; an empty Q-profile is no matter here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EmptyIntervalWarning)
        return pool(effects, **options)  # type: ignore[arg-type]


def same_row(
    refits: Refits, i: int, fit: PooledFit | CountsFit, tolerance: Tolerance, typical: float = 0.0
) -> None:
    """Assert that row i is this fit in every number; ``typical`` is the size of tau²."""
    row = refits.estimates[i]
    for name in ESTIMATE:
        assert close(getattr(row, name), getattr(fit.estimate, name), tolerance), name
    assert close(refits.tau2[i], fit.tau2, tolerance, typical=typical)
    for name in SPREAD:
        ours, theirs = getattr(refits, name)[i], getattr(fit.heterogeneity, name)
        assert close(ours, theirs, tolerance, typical=1.0), name
    assert refits.q_df[i] == fit.heterogeneity.df
    assert close(refits.q_log_p_value[i], fit.heterogeneity.log_p_value, tolerance, typical=1.0)
    assert refits.k[i] == fit.k
    predicted = getattr(fit, "prediction_interval", None)
    ends = (np.nan, np.nan) if predicted is None else (predicted.low, predicted.high)
    assert close(refits.prediction_low[i], ends[0], tolerance)
    assert close(refits.prediction_high[i], ends[1], tolerance)
    assert close(row.read().value, fit.estimate.read().value, tolerance)
