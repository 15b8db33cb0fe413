"""Trim and fill as a record that prints itself; it computes no statistics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from metaan.core.arrays import Floats, Integers, frozen
from metaan.core.citations import cite, marks
from metaan.core.estimate import Estimate
from metaan.core.fit import PooledFit, title
from metaan.core.numbers import compact, counted, fixed, p_text
from metaan.core.text_table import aligned
from metaan.core.wording import estimate_words, grid, in_sentence, percent, text_of
from metaan.diagnostics.asymmetry.trim_and_fill_filling import IMPUTED

if TYPE_CHECKING:
    import pandas as pd

METHOD, WARNED = "10.1111/j.0006-341x.2000.00455.x", "10.1002/sim.2889"
ENOUGH = 10
FEW = f"fewer than {ENOUGH} studies: chance alone can make a funnel asymmetric"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrimAndFill:
    """A pool, the studies that one side of its funnel lacks, and the pool with them.

    Attributes
    ----------
    fit, refit : PooledFit
        The pool of the k studies, and of these with the filled ones; the same where none is
        missing.
    estimator : str
        Row of ``MISSING_ESTIMATORS``.
    side : str
        Where studies are missing: "left" (small effects) or "right", analysis scale.
    slope : float
        Of effects on standard errors, which chose the side; NaN where the caller did.
    trim_model : str
        Model whose mean was the center while studies were trimmed.
    number : float
        Estimated number of missing studies, neither rounded nor cut off at 0.
    se : float
        Its standard error; NaN where the formula has none (a very negative number).
    p_value : float
        Of the test that none is missing on this side; NaN for estimators without one.
    center : float
        About which studies were mirrored, analysis scale.
    twins : ndarray of int, shape (missing,)
        Places in the fit, from 0, of the studies that the filled ones mirror.
    rounds : int
        How often studies were trimmed until the number stayed.
    circle : tuple of int
        Numbers that came again and again where it did not settle; empty where it did.
    remarks : tuple of str
        What a careful reader should know.
    """

    fit: PooledFit
    refit: PooledFit
    estimator: str
    side: str
    slope: float
    trim_model: str
    number: float
    se: float
    p_value: float
    center: float
    twins: Integers
    rounds: int
    circle: tuple[int, ...] = ()
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the places of the mirrored studies."""
        twins = np.array(self.twins, dtype=np.int64)
        twins.flags.writeable = False
        object.__setattr__(self, "twins", twins)

    @property
    def missing(self) -> int:
        """Number of studies that were filled in."""
        return len(self.twins)

    @property
    def converged(self) -> bool:
        """Whether the number of missing studies settled."""
        return not self.circle

    @property
    def y(self) -> Floats:
        """Filled effects, analysis scale, from the least extreme to the most."""
        return frozen(self.refit.effects.y[self.fit.k :])

    @property
    def v(self) -> Floats:
        """Their variances, those of the studies they mirror."""
        return frozen(self.refit.effects.v[self.fit.k :])

    @property
    def filled(self) -> tuple[str, ...]:
        """Their names: "Filled: " and the study they mirror."""
        return tuple(self.refit.effects.study[self.fit.k :])

    def summary(self) -> str:
        """Return both pools side by side, with what was filled in, as text."""
        return "\n".join(_lines(self))

    def sentence(self) -> str:
        """Return what filling in changed, for a paper; marks point into `references`."""
        return text_of(_sentences(self))

    @property
    def references(self) -> tuple[str, ...]:
        """References of the method and of its limits, in the order of their marks."""
        return cite((METHOD, WARNED))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per study, seen or filled in, reading scale.

        Returns
        -------
        DataFrame
            study; estimate, low, high (reading scale); se (analysis scale); imputed; mirrors
            (the study a filled one mirrors).
        """
        import pandas as pd

        return pd.DataFrame(_columns(self))

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(_title(self), _table(self), [*_found(self), *_notes(self)])


def _columns(found: TrimAndFill) -> dict[str, Any]:
    effects, k = found.refit.effects, found.fit.k
    low, high = effects.limits(found.fit.estimate.level)
    read = effects.study_scale.inverse
    mirrored = [found.fit.effects.study[i] for i in found.twins.tolist()]
    with np.errstate(over="ignore"):  # a limit beyond all numbers reads as infinite
        return {
            "study": tuple(effects.study),
            "estimate": read(effects.y),
            "low": read(low),
            "high": read(high),
            "se": effects.se,
            IMPUTED: np.arange(effects.k) >= k,
            "mirrors": ["" for _ in range(k)] + mirrored,
        }


def _title(found: TrimAndFill) -> str:
    return f"Trim and fill [{found.estimator}] of: {title(found.fit)}"


def _lines(found: TrimAndFill) -> list[str]:
    told = [*_found(found), *aligned(_table(found)), *_notes(found)]
    return [_title(found), *(f"  {line}" for line in told)]


def _found(found: TrimAndFill) -> list[str]:
    """Return how many are missing and where, and what they mirror."""
    error = "" if np.isnan(found.se) else f" (SE {fixed(found.se)})"
    test = "" if np.isnan(found.p_value) else f", test of none: {p_text(found.p_value)}"
    chosen = "" if np.isnan(found.slope) else ", side chosen by the slope on standard errors"
    told = [
        f"missing on the {found.side}: {counted(found.missing, 'study', 'studies')}{error}"
        f"{test}{chosen}"
    ]
    if found.trim_model != found.fit.model:
        told.append(f"trimmed around the mean of the {found.trim_model} model")
    return told


def _table(found: TrimAndFill) -> list[list[str]]:
    head = ["", "studies", "estimate", f"{percent(found.fit.estimate.level)} CI", "p", "tau²"]
    rows = [_row("as found", found.fit)]
    if found.missing:
        rows.append(_row("with filled studies", found.refit))
    return [head, *rows]


def _row(name: str, fit: PooledFit) -> list[str]:
    read = fit.estimate.read()
    return [
        name,
        str(fit.k),
        fixed(read.value, 3),
        f"({fixed(read.low, 3)}, {fixed(read.high, 3)})",
        _p(fit.estimate),
        compact(fit.tau2),
    ]


def _p(estimate: Estimate) -> str:
    if not estimate.scale.has_null:
        return "–"
    return p_text(estimate.p_value, estimate.log_p_value).removeprefix("p ").removeprefix("= ")


def _notes(found: TrimAndFill) -> list[str]:
    return [f"note: {remark}" for remark in found.remarks]


def _sentences(found: TrimAndFill) -> list[str]:
    mark = marks((METHOD, WARNED))
    label, k = in_sentence(found.fit.effects.label), found.fit.k
    number = counted(found.missing, "study", "studies")
    how = f"trim and fill (estimator {found.estimator}){mark[METHOD]}"
    if not found.missing:
        told = [
            f"By {how}, no study was estimated to be missing on the {found.side} of the funnel "
            f"of {k} studies; the pooled {label} stays {estimate_words(found.fit.estimate)}"
        ]
    else:
        verb = "was" if found.missing == 1 else "were"
        told = [
            f"In a sensitivity analysis by {how}, {number} {verb} estimated to be missing on the "
            f"{found.side} of the funnel of {k} studies",
            f"With {'it' if found.missing == 1 else 'them'} filled in, the pooled {label} would "
            f"be {estimate_words(found.refit.estimate)} instead of "
            f"{estimate_words(found.fit.estimate)}",
        ]
    if found.circle:
        told.append(
            f"The number did not settle ({', '.join(map(str, found.circle))} in turn); the "
            "largest is given"
        )
    return [
        *told,
        "This takes all asymmetry for suppressed extreme results, and can fill in studies where "
        f"effects only differ{mark[WARNED]}",
    ]
