"""All analyses of a multiverse at once: one padded batch of data sets, each by every model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.core.effects import Effects
from metaan.core.scale import Scale
from metaan.diagnostics.specifications.data_sets import DataSet
from metaan.numerics.linalg import binary_scale
from metaan.numerics.tails import log_two_sided
from metaan.tau2.studies import Studies, make_studies
from metaan.univariate.kernel import Plan, estimate_tau2, pool_arrays
from metaan.univariate.weighing import weigh

CELLS = 40_000  # of a block: its arrays stay in the processor's cache
STATISTICS = ("value", "se", "low", "high", "statistic", "df", "log_p_value", "tau2", "i2")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Engine:
    """Distinct data sets as one batch, and the models they are analyzed by.

    Attributes
    ----------
    data : tuple of DataSet, length m
        The data sets.
    y, v : ndarray, shape (m, k)
        Effects less the null value of their scale, and variances; padded.
    present : ndarray of bool, shape (m, k)
        Where there is a study.
    member : ndarray of int, shape (m, k)
        Which of ``names`` each study is.
    names : tuple of str
        Labels of the studies of all data sets.
    null : ndarray, shape (m,)
        Null value of each data set's scale; 0 where it has none.
    plans : tuple of Plan, length p
        The models.
    """

    data: tuple[DataSet, ...]
    y: Floats
    v: Floats
    present: Booleans
    member: Integers
    names: tuple[str, ...]
    null: Floats
    plans: tuple[Plan, ...]

    @property
    def k(self) -> Integers:
        """Studies of each data set, shape (m,)."""
        return np.asarray(self.present.sum(axis=1))

    def take(self, rows: Integers) -> Engine:
        """Return the engine of some data sets, and of their studies alone."""
        data = [self.data[i] for i in rows.tolist()]
        return make_engine(data, self.plans)


def make_engine(data: Sequence[DataSet], plans: Sequence[Plan]) -> Engine:
    """Return data sets of different sizes as one batch."""
    m, k = len(data), max(len(each.kept) for each in data)
    names = sorted({each.effects.study[i] for each in data for i in each.kept.tolist()})
    number = {name: i for i, name in enumerate(names)}
    y, v = np.zeros((m, k)), np.ones((m, k))
    present, member = np.zeros((m, k), dtype=bool), np.zeros((m, k), dtype=np.int64)
    null = np.array([_null(each.effects.scale) for each in data])
    for row, each in enumerate(data):
        size = len(each.kept)
        y[row, :size] = each.effects.y[each.kept] - null[row]
        v[row, :size] = each.effects.v[each.kept]
        present[row, :size] = True
        member[row, :size] = [number[each.effects.study[i]] for i in each.kept.tolist()]
    return Engine(
        data=tuple(data),
        y=y,
        v=v,
        present=present,
        member=member,
        names=tuple(names),
        null=null,
        plans=tuple(plans),
    )


def _null(scale: Scale) -> float:
    return scale.null if scale.has_null else 0.0


def analyses(engine: Engine) -> dict[str, Floats]:
    """Return every quantity of every data set by every model, by name, shape (m, p)."""
    m, p = len(engine.y), len(engine.plans)
    found = {name: np.full((m, p), np.nan) for name in STATISTICS}
    present = engine.present.astype(float)
    for rows in _blocks(m, engine.y.shape[1]):
        for j, plan in enumerate(engine.plans):
            arrays = pool_arrays(engine.y[rows], engine.v[rows], present[rows], plan)
            for name in STATISTICS:
                found[name][rows, j] = getattr(arrays, name)
    for name in ("value", "low", "high"):
        found[name] += engine.null[:, None]
    bare = [i for i, each in enumerate(engine.data) if not each.effects.scale.has_null]
    for name in ("statistic", "log_p_value"):  # a level without a null value has no test
        found[name][bare] = np.nan
    return found


def _blocks(n: int, k: int) -> Iterator[slice]:
    step = max(1, CELLS // max(1, k))
    return (slice(i, min(i + step, n)) for i in range(0, n, step))


class Flipped(NamedTuple):
    """Estimates (less the null value) and log p-values of b arrangements, shape (b, m, p)."""

    value: Floats
    log_p_value: Floats


def flipped(engine: Engine, signs: Floats) -> Flipped:
    """Return what all analyses find where studies change sign, in each wherever they are.

    Parameters
    ----------
    engine : Engine
        m data sets and p models.
    signs : ndarray, shape (b, K)
        1 or -1 for each of the K ``names``.
    """
    b, (m, k) = len(signs), engine.y.shape
    y = (engine.y * signs[:, engine.member]).reshape(b * m, k)
    v, present = (
        np.broadcast_to(each, (b, m, k)).reshape(b * m, k)
        for each in (engine.v, engine.present.astype(float))
    )
    unit = binary_scale(v, present)
    studies = make_studies(y / unit, v / unit / unit, present)
    shape = (b * m, len(engine.plans))
    value, log_p = np.empty(shape), np.empty(shape)
    for places in _by_estimator(engine.plans):
        _infer(studies, [(j, engine.plans[j]) for j in places], unit[:, 0], (value, log_p))
    return Flipped(value.reshape(b, m, -1), log_p.reshape(b, m, -1))


def _by_estimator(plans: Sequence[Plan]) -> list[list[int]]:
    """Return the models that share tau², which is then estimated once."""
    groups: dict[object, list[int]] = {}
    for j, plan in enumerate(plans):
        key = plan.row.key if plan.row is not None else plan.estimator
        groups.setdefault(key, []).append(j)
    return list(groups.values())


def _infer(
    studies: Studies,
    plans: Sequence[tuple[int, Plan]],
    unit: Floats,
    found: tuple[Floats, Floats],
) -> None:
    """Write estimates and log p-values of some models, which share tau², into their columns."""
    weighted = weigh(studies, estimate_tau2(studies, plans[0][1], unit).tau2)
    for j, plan in plans:
        inferred = plan.inference.function(weighted, plan.level)
        mu, se, df = inferred.beta[:, 0], inferred.se[:, 0], inferred.df[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic = mu / se
        found[0][:, j] = mu * unit
        found[1][:, j] = (
            inferred.log_p(statistic) if inferred.log_p else log_two_sided(statistic, df)
        )


def scale_of(effects: Effects) -> tuple[str, str]:
    """Return what effects must have in common to be compared: name of the effect and scale."""
    return effects.label, effects.scale.key
