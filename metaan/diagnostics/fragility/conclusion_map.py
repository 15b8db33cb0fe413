"""conclusion_map: what a pool would conclude with one further trial, over its result and size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import ArrayLike, Floats, Integers, frozen
from metaan.core.citations import cite, marks
from metaan.core.errors import InputError
from metaan.core.faults import Faults
from metaan.core.fit import PooledFit
from metaan.core.numbers import counted
from metaan.core.subgroup_fit import SubgroupFit
from metaan.core.wording import in_sentence, text_of
from metaan.diagnostics.fragility.conclusion import (
    INTERVAL,
    Conclusion,
    Limits,
    conclusion_of,
)
from metaan.diagnostics.fragility.new_trial import pools_with
from metaan.diagnostics.fragility.new_trial_record import LANGAN
from metaan.diagnostics.fragility.refit import pooled_only

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 3  # numbers of a grid, in messages


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConclusionMap:
    """A pool with one further trial, for every result and every standard error of a grid.

    Attributes
    ----------
    fit : PooledFit
        The pool.
    conclusion : Conclusion
        What it concludes.
    effects : ndarray, shape (m,)
        Results of the further trial, analysis scale, rising.
    errors : ndarray, shape (n,)
        Its standard errors, rising.
    value, low, high : ndarray, shape (n, m)
        The pool with it, analysis scale.
    """

    fit: PooledFit
    conclusion: Conclusion
    effects: Floats
    errors: Floats
    value: Floats
    low: Floats
    high: Floats

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("effects", "errors", "value", "low", "high"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def side(self) -> Integers:
        """Conclusion at each place, shape (n, m): 1, -1 or 0."""
        return self.conclusion.side_of(Limits(self.value, self.low, self.high))

    @property
    def turning(self) -> float:
        """Share of the grid in which the conclusion is another one."""
        return float(np.mean(self.side != self.conclusion.side))

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a careful reader should know."""
        return ("a share of the grid is no probability: not every result is as likely",)

    def summary(self) -> str:
        """Return what the grid holds in a few lines."""
        results = counted(len(self.effects), "result")
        shape = f"{results} and {counted(len(self.errors), 'standard error')}"
        lines = [self.sentence(), *(f"note: {each}" for each in self.remarks)]
        return "\n".join([f"One further trial: {shape}", *(f"  {line}" for line in lines)])

    def sentence(self) -> str:
        """Return what a further trial could do, in one sentence; marks point to `references`."""
        mark = marks([LANGAN])[LANGAN]
        sides = self.side
        told = [
            self.conclusion.words(each, verb="could")
            for each in (1, 0, -1)
            if each != self.conclusion.side and (sides == each).any()
        ]
        label = in_sentence(self.conclusion.label)
        if not told:
            return text_of([
                f"No single further trial in this range would change what the pooled {label} "
                f"says{mark}: {self.conclusion.words()}"
            ])  # fmt: skip
        subject = f"{self.conclusion.subject} could"
        could = " or ".join(each.removeprefix(subject).strip() for each in told)
        return text_of([
            f"{self.conclusion.words()}; with one further trial it could {could}{mark}"
        ])  # fmt: skip

    @property
    def references(self) -> tuple[str, ...]:
        """References of the method."""
        return cite([LANGAN])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per place of the grid.

        Returns
        -------
        DataFrame
            effect (reading scale) and se (analysis scale) of the further trial; estimate, low,
            high of the pool with it (reading scale); side.
        """
        import pandas as pd

        read = self.conclusion.scale.inverse
        effect, error = np.meshgrid(self.effects, self.errors)
        with np.errstate(over="ignore"):
            columns = {
                "effect": read(effect).ravel(),
                "se": error.ravel(),
                "estimate": read(self.value).ravel(),
                "low": read(self.low).ravel(),
                "high": read(self.high).ravel(),
            }
        return pd.DataFrame({**columns, "side": self.side.ravel()})

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return f"<pre>{self.summary()}</pre>"


def conclusion_map(
    fit: PooledFit | SubgroupFit,
    *,
    effects: ArrayLike,
    errors: ArrayLike,
    conclusion: str = INTERVAL,
    against: float | None = None,
) -> ConclusionMap:
    """Return the pool with one further trial, for each of these results and standard errors.

    Parameters
    ----------
    fit : PooledFit or SubgroupFit
        Pool of k >= 1 studies; of subgroups it is the pool of all.
    effects : array_like, shape (m,)
        Results of the further trial, reading scale (0.8 for a risk ratio).
    errors : array_like, shape (n,)
        Standard errors of the analysis scale, greater than 0.
    conclusion, against : str, float
        As in `null_trial`.

    Returns
    -------
    ConclusionMap
        Arrays (n, m), analysis scale.

    Raises
    ------
    InputError
        If this is no pool, or a number of the grid is impossible; both faults of a grid are
        named.

    Notes
    -----
    All n m pools of k + 1 studies go through the kernel of ``pool`` in blocks, tau² estimated
    again in each [1]_.

    References
    ----------
    .. [1] Langan D, Higgins JPT, Gregory W, Sutton AJ (2012). J Clin Epidemiol 65:511.
       doi:10.1016/j.jclinepi.2011.10.009

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.fragility.conclusion_map import conclusion_map
    >>> effects = ma.Effects.from_arrays([0.4, 0.6], se=[0.2, 0.2])
    >>> fit = ma.pool(effects, model="common")
    >>> conclusion_map(fit, effects=[0.0, 0.5], errors=[0.05, 0.5]).side
    array([[0, 1],
           [1, 1]])
    """
    pooled = pooled_only(fit, "conclusion_map")
    wanted = conclusion_of(pooled, conclusion=conclusion, against=against, verb="conclusion_map")
    scale, faults = wanted.scale, Faults()
    with faults:
        given = _numbers("effects", effects)
        with np.errstate(divide="ignore", invalid="ignore"):
            results = np.unique(np.asarray(scale.transform(given), dtype=float))
        if not np.isfinite(results).all():
            raise InputError(
                f"effects must be results as they are read on the {scale.key} scale (ratios "
                f"greater than 0); got {_first(given)}"
            )
    with faults:
        spread = np.unique(_numbers("errors", errors))
        if not (spread > 0).all():
            raise InputError(
                f"errors must be standard errors greater than 0; got {_first(spread)}"
            )
    faults.refuse()
    return mapped(pooled, wanted, results, spread)


def mapped(
    fit: PooledFit, conclusion: Conclusion, effects: Floats, errors: Floats
) -> ConclusionMap:
    """Return the map over results (analysis scale) and standard errors, both rising."""
    effect, error = np.meshgrid(effects, errors)
    found = pools_with(fit, "conclusion_map")(effect.ravel(), error.ravel() ** 2)
    value, low, high = (each.reshape(effect.shape) for each in found)
    return ConclusionMap(
        fit=fit, conclusion=conclusion, effects=effects, errors=errors, value=value, low=low,
        high=high,
    )  # fmt: skip


def _numbers(name: str, given: ArrayLike) -> Floats:
    try:
        found = np.asarray(given, dtype=float).ravel()
    except (TypeError, ValueError):
        raise InputError(f"{name} must be numbers; got {given!r}") from None
    if not found.size or not np.isfinite(found).all():
        raise InputError(f"{name} must be one or more finite numbers; got {_first(found)}")
    return found


def _first(given: Floats) -> str:
    more = " ..." if given.size > SHOWN else ""
    return f"{given[:SHOWN].tolist()}{more}"
