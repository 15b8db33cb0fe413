"""A Copas selection model as a record that prints itself; it computes no statistics."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import Booleans, Floats, frozen
from metaan.core.citations import cite, marks
from metaan.core.effects import Effects
from metaan.core.estimate import Estimate
from metaan.core.numbers import compact, fixed, p_text, printed
from metaan.core.text_table import aligned
from metaan.core.wording import counted_studies, grid, in_sentence, percent, text_of

if TYPE_CHECKING:
    import pandas as pd

FIRST, SECOND = "10.1093/biostatistics/1.3.247", "10.1177/096228020101000402"
ARRAYS = ("probability", "gamma0", "gamma1", "value", "se", "low", "high", "log_p_value", "rho",
          "tau2", "unpublished", "log_residual", "bounded")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CopasModel:
    """A pool under assumptions about what is published.

    Attributes
    ----------
    effects : Effects
        The k studies.
    unadjusted : Estimate
        The pool, analysis scale (``.read()`` for the reading scale).
    direction : str
        Side of the effects that are published more readily: "above" or "below".
    probability : ndarray, shape (m,)
        Assumed probability of publication of the least precise study; 1, no selection, first.
    most_precise : float
        That of the most precise one.
    gamma0, gamma1 : ndarray, shape (m,)
        The selection; NaN for none.
    value, se, low, high : ndarray, shape (m,)
        Mean effect, its standard error and limits, analysis scale; no selection is a
        random-effects pool by maximum likelihood.
    log_p_value : ndarray, shape (m,)
        Natural logarithm of the two-sided p-value of no effect; NaN without a value of that.
    rho : ndarray, shape (m,)
        Correlation of error and propensity to be published; NaN for no selection.
    tau2 : ndarray, shape (m,)
        Between-study variance.
    unpublished : ndarray, shape (m,)
        Expected number of unpublished studies.
    log_residual : ndarray, shape (m,)
        Natural logarithm of the p-value of the selection that is left.
    bounded : ndarray of bool, shape (m,)
        Whether rho is at its bound.
    significance : float
        Level of the test of the selection that is left.
    level : float
        Coverage.
    remarks : tuple of str
        What a careful reader should know.
    """

    effects: Effects
    unadjusted: Estimate
    direction: str
    probability: Floats
    most_precise: float
    gamma0: Floats
    gamma1: Floats
    value: Floats
    se: Floats
    low: Floats
    high: Floats
    log_p_value: Floats
    rho: Floats
    tau2: Floats
    unpublished: Floats
    log_residual: Floats
    bounded: Booleans
    significance: float
    level: float
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ARRAYS:
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def k(self) -> int:
        """Number of studies."""
        return self.effects.k

    @property
    def m(self) -> int:
        """Number of assumptions, no selection included."""
        return len(self.probability)

    @property
    def place(self) -> int | None:
        """Row of the least selection that leaves none significant; None if all leave some."""
        enough = np.flatnonzero(self.log_residual > math.log(self.significance))
        return int(enough[0]) if enough.size else None

    @property
    def adjusted(self) -> Estimate | None:
        """The effect in that row, analysis scale (``.read()`` for the reading scale)."""
        return None if self.place is None else self.estimate(self.place)

    def estimate(self, row: int) -> Estimate:
        """Return the effect under one assumption."""
        scale, log_p = self.effects.scale, float(self.log_p_value[row])
        value, se = float(self.value[row]), float(self.se[row])
        return Estimate(
            value=value,
            se=se,
            low=float(self.low[row]),
            high=float(self.high[row]),
            statistic=(value - scale.null) / se,
            df=math.inf,
            p_value=math.exp(log_p),
            log_p_value=log_p,
            level=self.level,
            scale=scale,
        )

    @property
    def references(self) -> tuple[str, ...]:
        """References, in the order of their marks in `sentence`."""
        return cite([FIRST, SECOND])

    def summary(self) -> str:
        """Return a row for each assumption, and notes, as text."""
        lines = (*aligned(_rows(self)), *_notes(self))
        return "\n".join([_title(self), *(f"  {line}" for line in lines)])

    def sentence(self) -> str:
        """Return the analysis for a Results section; marks point into `references`."""
        return text_of(_sentences(self))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per assumption, effects on the reading scale.

        Returns
        -------
        DataFrame
            probability, gamma0, gamma1, estimate, low, high, p_value, rho, tau2, unpublished,
            residual_p_value, at_bound.
        """
        import pandas as pd

        read = self.effects.scale.inverse
        rows = {
            "probability": self.probability,
            "gamma0": self.gamma0,
            "gamma1": self.gamma1,
            "estimate": read(self.value),
            "low": read(self.low),
            "high": read(self.high),
            "p_value": np.exp(self.log_p_value),
            "rho": self.rho,
            "tau2": self.tau2,
            "unpublished": self.unpublished,
            "residual_p_value": np.exp(self.log_residual),
            "at_bound": self.bounded,
        }
        return pd.DataFrame(rows)

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    def __repr__(self) -> str:
        """Return the summary."""
        return self.summary()

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(_title(self), _rows(self), _notes(self))


def _title(found: CopasModel) -> str:
    return f"Copas selection model, {found.effects.label}, {counted_studies(found.k)}"


def _texts(found: CopasModel, row: int) -> tuple[str, ...]:
    """Return an effect and its limits, reading scale."""
    read = found.estimate(row).read()
    return printed(read.value, read.low, read.high, ratio=found.effects.scale.is_log)


def _p(log_p: float) -> str:
    if math.isnan(log_p):
        return "–"
    return p_text(math.exp(log_p), log_p).removeprefix("p").strip(" =").replace("< ", "<")


def _rows(found: CopasModel) -> list[list[str]]:
    rows = [["published", "effect", f"{percent(found.level)} CI", "p", "rho", "tau²", "missing",
             "p left"]]  # fmt: skip
    for i in range(found.m):
        value, low, high = _texts(found, i)
        rows.append([
            fixed(float(found.probability[i]), 2),
            value,
            f"({low}, {high})",
            _p(float(found.log_p_value[i])),
            "–" if math.isnan(found.rho[i]) else fixed(float(found.rho[i]), 2),
            compact(float(found.tau2[i])),
            fixed(float(found.unpublished[i]), 1),
            _p(float(found.log_residual[i])),
        ])  # fmt: skip
    return rows


def _notes(found: CopasModel) -> list[str]:
    se = found.effects.se
    told = [
        f"published: probability for a standard error of {compact(float(se.max()))}; it is "
        f"{found.most_precise:g} for one of {compact(float(se.min()))}",
        "missing: expected number of unpublished studies; p left: of the selection that is left",
        _adjusted_words(found),
    ]
    return [*told, *(f"note: {remark}" for remark in found.remarks)]


def _adjusted_words(found: CopasModel) -> str:
    level = compact(found.significance)
    if found.place is None:
        return f"all these assumptions leave selection that is significant at {level}"
    value, low, high = _texts(found, found.place)
    where = _assumed(found, found.place)
    return f"adjusted: {value} ({low} to {high}), {where}, which leaves none at {level}"


def _assumed(found: CopasModel, row: int) -> str:
    if found.probability[row] >= 1:
        return "without selection"
    return f"with {100 * found.probability[row]:.0f}% of the least precise studies published"


def _sentences(found: CopasModel) -> list[str]:
    mark = marks([FIRST, SECOND])
    label, last = in_sentence(found.effects.label), found.m - 1
    first, end = _texts(found, 0), _texts(found, last)
    told = [
        f"By a Copas selection model{mark[FIRST]}{mark[SECOND]} of {counted_studies(found.k)}, "
        f"the {label} was {first[0]} ({percent(found.level)} CI {first[1]} to {first[2]}) without "
        f"selection and {end[0]} ({end[1]} to {end[2]}) {_assumed(found, last)}, for which "
        f"{fixed(float(found.unpublished[last]), 0)} studies would be missing"
    ]
    if found.place is None:
        told.append("None of the assumptions explains how effects go with standard errors")
    elif found.place:
        value, low, high = _texts(found, found.place)
        log_p = float(found.log_residual[found.place])
        told.append(
            f"The least selection that explains how effects go with standard errors gave {value} "
            f"({low} to {high}), {_assumed(found, found.place)} "
            f"({p_text(math.exp(log_p), log_p)} for what is left)"
        )
    else:
        told.append("Effects do not go with standard errors more than chance would have it")
    return [*told, "The probabilities of publication are assumptions, not estimates"]
