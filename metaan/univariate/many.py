"""pool_many: many analyses at once, through the kernel of a single one."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from metaan.core.arrays import ArrayLike, Booleans, Floats
from metaan.core.errors import InputError
from metaan.tau2.table import DEFAULT_TAU2
from metaan.univariate.kernel import pool_arrays
from metaan.univariate.planning import DEFAULT_LEVEL, DEFAULT_MODEL, check_plan, make_plan
from metaan.univariate.pooled_arrays import PooledArrays
from metaan.univariate.prediction import DEFAULT_PREDICTION

BLOCK = 40_000  # cells of a block: its arrays stay in the processor's cache
FAULTS_SHOWN = 5


def pool_many(
    y: ArrayLike,
    v: ArrayLike,
    *,
    mask: ArrayLike | None = None,
    model: str = DEFAULT_MODEL,
    tau2: str | float = DEFAULT_TAU2,
    inference: str | None = None,
    prediction: str = DEFAULT_PREDICTION,
    level: float = DEFAULT_LEVEL,
    weights: ArrayLike | None = None,
) -> PooledArrays:
    """Return the pooled effect of many analyses, with every statistic that `pool` gives.

    Parameters
    ----------
    y, v : array_like, shape (..., k)
        Effects and sampling variances (> 0): the last axis runs over the studies, the leading
        ones over the analyses. They broadcast.
    mask : array_like of bool, shape (..., k), optional
        Where there is a study; whatever stands elsewhere has no say. Analyses of different
        sizes share an array so. At least one study in each.
    model, tau2, inference, prediction, level : str or float
        As in `metaan.pool`, the same for all.
    weights : array_like, shape (..., k), optional
        Weights of one's own, as in `metaan.pool`.

    Returns
    -------
    PooledArrays
        Arrays of the leading shape, ``weights`` with the studies; analysis scale, tests against
        0.

    Raises
    ------
    InputError
        If shapes do not fit, numbers are missing or infinite, variances are not positive or an
        analysis has no study; every fault is named. ChoiceError for an unknown name.

    Notes
    -----
    The same kernel as `pool`, which is a batch of one: an array of that shape gives identical
    numbers, a ragged or larger one the same to 1e-13. No warning is given where the set of tau²
    is empty: see ``empty``. Memory beside the result is that of one block, so that parts of a
    larger problem can be run one after the other, or on several machines.

    Examples
    --------
    >>> import numpy as np
    >>> import metaan as ma
    >>> y = [[0.1, 0.3, 0.5, np.nan], [0.2, 0.2, 0.9, 0.4]]
    >>> v = [[0.02, 0.03, 0.02, np.nan], [0.05, 0.02, 0.03, 0.04]]
    >>> found = ma.pool_many(y, v, mask=np.isfinite(y))
    >>> found.value.round(3), found.tau2.round(4)
    (array([0.3  , 0.429]), array([0.0229, 0.082 ]))
    """
    plan = make_plan(
        model=model, tau2=tau2, inference=inference, prediction=prediction, level=level
    )
    effects, variances, here, own = _checked(y, v, mask, weights)
    check_plan(plan, own)
    shape, k = effects.shape[:-1], effects.shape[-1]
    flat, there = (effects.reshape(-1, k), variances.reshape(-1, k)), here.reshape(-1, k)
    heavy = None if own is None else own.reshape(-1, k)
    n, rows = int(np.prod(shape)), max(1, BLOCK // k)
    found: dict[str, Any] = {}
    for i in range(0, max(n, 1), rows):
        block = slice(i, i + rows)
        part = pool_arrays(
            flat[0][block],
            flat[1][block],
            there[block].astype(float),
            plan,
            weights=None if heavy is None else heavy[block],
        )
        _put(found, part, block, n)
    return PooledArrays(
        **{name: each.reshape(shape + each.shape[1:]) for name, each in found.items()}
    )


def _put(found: dict[str, Any], part: PooledArrays, block: slice, n: int) -> None:
    """Write one block into the arrays of all, which the first block makes."""
    for each in fields(PooledArrays):
        own = getattr(part, each.name)
        if each.name not in found:
            found[each.name] = np.empty((n, *own.shape[1:]), dtype=own.dtype)
        found[each.name][block] = own


def _checked(
    y: ArrayLike, v: ArrayLike, mask: ArrayLike | None, weights: ArrayLike | None
) -> tuple[Floats, Floats, Booleans, Floats | None]:
    """Return y, v, presence and weights of one shape, or raise with every fault."""
    try:
        effects, variances = np.asarray(y, dtype=float), np.asarray(v, dtype=float)
        here = np.asarray(True if mask is None else mask, dtype=bool)
        own = np.asarray(1.0 if weights is None else weights, dtype=float)
        effects, variances, here, own = np.broadcast_arrays(effects, variances, here, own)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"y, v, mask and weights must be numbers of one shape (..., k): {error}"
        ) from None
    if effects.ndim == 0 or effects.shape[-1] == 0:
        raise InputError(f"y must have the shape (..., k) with k >= 1; got {effects.shape}")
    faults = [
        *_where(here & ~np.isfinite(effects), "effects must be finite", effects),
        *_where(
            here & ~((variances > 0) & (variances < np.inf)),
            "variances must be finite and above 0",
            variances,
        ),
        *_where(here & ~((own >= 0) & (own < np.inf)), "weights must be finite and >= 0", own),
        *_where(np.asarray(~here.any(axis=-1)), "an analysis needs a study", None),
        *_where(np.asarray(~(here & (own > 0)).any(axis=-1)), "not all weights may be 0", None),
    ]
    if faults:
        raise InputError("; ".join(faults) + "; mask= leaves studies out")
    return effects, variances, here, None if weights is None else own


def _where(bad: Booleans, rule: str, values: Floats | None) -> list[str]:
    places = np.argwhere(bad)
    if not len(places):
        return []
    shown = []
    for place in places[:FAULTS_SHOWN]:
        at = tuple(int(i) for i in place)
        shown.append(f"{at}" if values is None else f"{float(values[at])!r} at {at}")
    more = len(places) - len(shown)
    return [f"{rule}; got {', '.join(shown)}" + (f" and {more} more" if more else "")]
