"""All specifications under arrangements of signs that no effect makes equally likely."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.special import ndtri_exp

from metaan.batch.arrangements import Signs
from metaan.core.arrays import Floats, Integers
from metaan.core.errors import InputError
from metaan.diagnostics.specifications.curves import Curve
from metaan.diagnostics.specifications.engine import Engine, Flipped, flipped
from metaan.diagnostics.specifications.flipping_record import STATISTICS, MultiverseTest
from metaan.numerics.randomness import generator

MOST_UNASKED = 12  # studies up to which all signs are made unless asked otherwise
MOST_STUDIES = 20
CELLS = 200_000  # of a block of arrangements
FARTHEST = 38.0  # the z of the smallest p-value that a number can hold
TIE = 1e-8  # two statistics nearer than this, relatively, are a tie: searches end at about 1e-10


def flip_signs(
    engine: Engine,
    specifications: tuple[Integers, Integers],
    curve: Curve,
    *,
    rng: np.random.Generator | int | None,
    draws: int,
    exact: bool | None,
    level: float,
) -> MultiverseTest:
    """Return the test of all specifications of one effect; see ``Multiverse.inference``.

    Parameters
    ----------
    engine : Engine
        The data sets of this effect.
    specifications : tuple of ndarray of int, shape (n,)
        Data set and model of each specification.
    curve : Curve
        The effect.
    """
    if not curve.scale.has_null:
        raise InputError(f"{curve.label} has no null value, so that its effects have no signs")
    signs = Signs(k=len(engine.names))
    every = _all_of(signs, exact)
    if not every:
        source = generator(rng, f"of 2^{signs.k} choices of signs some are drawn at random")
        if isinstance(draws, bool) or not isinstance(draws, int) or draws < 1:
            raise InputError(f"draws={draws!r} must be a whole number of at least 1, e.g. 500")
    observed = _statistics(engine, specifications, np.ones((1, signs.k)), level)[0]
    found = [
        _statistics(engine, specifications, part, level)
        for part in (_every(signs, engine) if every else _drawn(signs, engine, source, draws))
    ]
    null = np.concatenate(found)
    count = np.sum(null >= observed * (1 - TIE), axis=0)
    if every:
        p_values, errors = count / len(null), np.zeros(len(STATISTICS))
    else:
        p_values = (1 + count) / (1 + draws)
        errors = np.sqrt(p_values * (1 - p_values) / draws)
    return MultiverseTest(
        label=curve.label,
        scale=curve.scale,
        specifications=len(specifications[0]),
        analyses=curve.analyses,
        studies=signs.k,
        draws=len(null) * signs.stands_for if every else draws,
        exact=every,
        median=curve.median,
        observed=observed,
        expected=null.mean(axis=0),
        high=np.quantile(null, level, axis=0),
        p_values=p_values,
        standard_errors=errors,
        level=level,
    )


def _all_of(signs: Signs, exact: bool | None) -> bool:
    if exact and signs.k > MOST_STUDIES:
        raise InputError(
            f"exact=True would take 2^{signs.k} choices of signs, for at most {MOST_STUDIES} "
            "studies are all of them made; draw some at random: exact=False, rng=1"
        )
    return signs.k <= MOST_UNASKED if exact is None else bool(exact)


def _step(engine: Engine) -> int:
    return max(1, CELLS // engine.y.size)


def _every(signs: Signs, engine: Engine) -> Iterator[Floats]:
    for start in range(0, signs.count, _step(engine)):
        yield signs.numbered(start, min(start + _step(engine), signs.count))


def _drawn(
    signs: Signs, engine: Engine, source: np.random.Generator, draws: int
) -> Iterator[Floats]:
    for start in range(0, draws, _step(engine)):
        yield signs.drawn(min(_step(engine), draws - start), source)


def _statistics(
    engine: Engine, specifications: tuple[Integers, Integers], signs: Floats, level: float
) -> Floats:
    """Return the three statistics of b arrangements, shape (b, 3); all of them are sizes."""
    found = flipped(engine, signs)
    rows, models = specifications
    shape = (len(signs), -1)
    place = rows * len(engine.plans) + models
    value = found.value.reshape(shape)[:, place]
    median = np.abs(np.median(value, axis=1))
    # Each distinct analysis once, as often as there are specifications of it.
    weight = np.bincount(place, minlength=found.value[0].size) / len(place)
    sign = np.sign(found.value.reshape(shape))
    log_p = found.log_p_value.reshape(shape)
    significant = sign * (log_p < np.log1p(-level))
    below, above = ((significant == side) @ weight for side in (-1.0, 1.0))
    z = np.abs(_z(found).reshape(shape) @ weight)
    return np.stack([median, np.maximum(below, above), z], axis=1)


def _z(found: Flipped) -> Floats:
    """Return p-values as standard normal deviates with the sign of the estimate."""
    with np.errstate(divide="ignore", invalid="ignore"):
        size = -ndtri_exp(found.log_p_value - np.log(2.0))
    size = np.nan_to_num(np.minimum(size, FARTHEST), nan=0.0)
    return np.asarray(np.sign(found.value) * size)
