"""What is compared of each arrangement of a fit: coefficients alone, or any number of a fit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from metaan.batch.analyses import Model, Sets, determined
from metaan.batch.arrangements import Shuffles, Signs
from metaan.batch.statistics import NEITHER, Asked
from metaan.core.arrays import Booleans, Floats
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.tau2.studies import Studies, make_studies
from metaan.univariate.inferred import Inferred
from metaan.univariate.kernel import Plan, estimate_tau2
from metaan.univariate.regression_kernel import basis, scale_studies, weigh_terms
from metaan.univariate.wald import wald_test


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coefficients:
    """Coefficients and their t of arrangements, and nothing else of a fit.

    Attributes
    ----------
    asked : Asked
        The statistic.
    arrangements : Signs or Shuffles
        What is arranged.
    studies : Studies
        The data as a batch of one, in units near 1.
    unit : ndarray, shape (1,)
        The unit.
    plan : Plan
        How each is fitted.
    tested : list of int
        Coefficients of the joint test of moderators, whose statistic comes last.
    read : tuple of ndarray, each of shape (m,)
        What the statistics are multiplied by, and what is added, to have their own units.
    """

    asked: Asked
    arrangements: Signs | Shuffles
    studies: Studies
    unit: Floats
    plan: Plan
    tested: list[int]
    read: tuple[Floats, Floats]

    @property
    def cells(self) -> int:
        """Numbers in the design of one arrangement."""
        return int(self.studies.y.shape[1] * self.studies.p)

    def observed(self) -> Floats:
        """Return the statistics of the data, shape (m + 1,)."""
        return np.asarray(self._statistics(self.studies)[0])

    def reported(self, observed: Floats) -> Floats:
        """Return the statistics of the data in their own units, shape (m,)."""
        times, plus = self.read
        return np.asarray(observed[: len(times)] * times + plus)

    def arranged(self, part: Floats) -> Floats:
        """Return those of n arrangements, signs (n, k) or designs (n, k, p): (n, m + 1)."""
        one, n = self.studies, len(part)
        x, lost = _stood_in(one.x, part, one.weights)
        found = self._statistics(
            Studies(
                y=one.y * part if one.x is None else _repeated(one.y, n),
                v=_repeated(one.v, n),
                present=_repeated(one.present, n),
                count=_repeated(one.count, n),
                x=x,
                weights=None if one.weights is None else _repeated(one.weights, n),
            )
        )
        return found if lost is None else np.where(lost[:, None], np.nan, found)

    def _statistics(self, studies: Studies) -> Floats:
        inferred = infer(studies, self.plan, self.unit)
        own = self.asked.row.light
        found = inferred.beta if own is None else own(inferred)
        places = self.tested
        spread = inferred.covariance[:, places][:, :, places]
        normal, one = np.full(studies.n, np.inf), np.ones(studies.n)  # Wald's chi-square itself
        joint = wald_test(inferred.beta[:, places], spread, normal, one).statistic
        return np.concatenate([found, joint[:, None]], axis=1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Anything:
    """Any number of the fits of arrangements.

    Attributes
    ----------
    asked : Asked
        The statistic.
    arrangements : Signs or Shuffles
        What is arranged.
    model : Model
        How each is fitted.
    """

    asked: Asked
    arrangements: Signs | Shuffles
    model: Model

    @property
    def tested(self) -> list[int]:
        """No coefficients are tested together."""
        return []

    @property
    def cells(self) -> int:
        """Numbers in the design of one arrangement."""
        return self.model.fitted.x.size

    def observed(self) -> Floats:
        """Return the statistics of the data, shape (m,), or InputError if one is none."""
        found = np.asarray(self.asked.values(self.model.arrays(self.model.own))[0])
        if np.isnan(found).any():
            raise InputError(
                f'statistic="{self.asked.key}" is not defined for these data, so that nothing '
                "can be compared with it; choose another"
            )
        return found

    def reported(self, observed: Floats) -> Floats:
        """Return the statistics of the data as they are."""
        return observed

    def arranged(self, part: Floats) -> Floats:
        """Return those of n arrangements, signs (n, k) or designs (n, k, p): (n, m)."""
        y, v, x, weights = self.model.own
        n, lost = len(part), None
        if isinstance(self.arrangements, Signs):
            null = self.model.fit.effects.scale.null
            y = null + (y - null) * part
            x = None if x is None else _repeated(x, n)
        else:
            y = _repeated(y, n)
            x, lost = _stood_in(x, part, weights)
        own = None if weights is None else _repeated(weights, n)
        sets = Sets(y=y, v=_repeated(v, n), x=x, weights=own)
        found = self.asked.values(self.model.arrays(sets))
        return found if lost is None else np.where(lost[:, None], np.nan, found)


Way: TypeAlias = Coefficients | Anything


def way_of(model: Model, asked: Asked) -> Way:
    """Return how the arrangements of a fit are made and compared."""
    fitted, effects = model.fitted, model.fit.effects
    alone = len(fitted.names) == 1 and bool((fitted.x == 1).all())
    null = effects.scale.null
    if alone and np.isnan(null):
        raise InputError(
            f"{effects.label} has no null value, so that its effects have no signs; test a "
            "measure that compares two groups"
        )
    signs = Signs(k=effects.k, whole=asked.row.mirror == NEITHER)
    if asked.row.light is None or asked.place is not None:
        every = signs if alone else Shuffles.of(fitted.x)
        return Anything(asked=asked, arrangements=every, model=model)
    given = None if fitted.given is None else fitted.given[None]
    scaled = scale_studies(
        make_studies(
            effects.y[None] - (null if alone else 0.0),
            effects.v[None],
            x=None if alone else fitted.x[None],
            weights=given,
        )
    )
    near = scaled.studies
    names = () if isinstance(model.fit, PooledFit) else model.fit.moderators.terms
    times, plus = np.ones(len(fitted.names)), np.zeros(len(fitted.names))
    if asked.row.read:
        times, plus = scaled.unit / scaled.column_units[0], plus + (null if alone else 0.0)
    return Coefficients(
        asked=asked,
        arrangements=signs if near.x is None else Shuffles.of(near.x[0]),
        studies=near,
        unit=scaled.unit,
        plan=model.plan,
        tested=[] if alone else [fitted.names.index(name) for name in names],
        read=(times, plus),
    )


def infer(studies: Studies, plan: Plan, unit: Floats) -> Inferred:
    """Return the coefficients of n analyses in units near 1, of size ``unit``, shape (1,)."""
    based = (
        studies if studies.x is None else replace(studies, x=basis(studies.x, studies.v**-0.25)[0])
    )
    found = estimate_tau2(based, plan, np.full(studies.n, unit[0]))
    return plan.inference.function(weigh_terms(studies, found.tau2), plan.level)


def _stood_in(
    own: Floats | None, part: Floats, weights: Floats | None
) -> tuple[Floats | None, Booleans | None]:
    """Return designs, shape (n, k, p), and which were none, whose place the data's own takes.

    Only where studies have no weight can rows of the design change hands and leave it dependent.
    """
    if own is None or weights is None or weights.all():
        return (None if own is None else part), None
    lost = ~determined(own[0], part, _repeated(weights, len(part)))
    return np.where(lost[:, None, None], own, part), lost


def _repeated(values: Floats, n: int) -> Floats:
    return np.broadcast_to(values, (n, *values.shape[1:]))
