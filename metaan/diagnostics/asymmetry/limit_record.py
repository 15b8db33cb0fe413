"""A limit meta-analysis as a record that prints itself; it computes no statistics."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaan.core.arrays import Floats, frozen
from metaan.core.citations import cite, marks
from metaan.core.effects import Effects
from metaan.core.estimate import Estimate
from metaan.core.estimate_table import LOGARITHMS, estimate_rows
from metaan.core.numbers import compact, fixed, p_text, printed
from metaan.core.text_table import aligned
from metaan.core.wording import counted_studies, grid, in_sentence, percent, text_of

if TYPE_CHECKING:
    import pandas as pd

RUECKER = "10.1093/biostatistics/kxq046"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class LimitMetaAnalysis:
    """The effect that a small-study trend leaves to studies without sampling error.

    Attributes
    ----------
    effects : Effects
        The k studies.
    tau2 : float
        Between-study variance, that of the pool.
    unadjusted : Estimate
        The pool, analysis scale (``.read()`` for the reading scale).
    adjusted : Estimate
        Expected effect of a study of infinite size, ``intercept + tau bias``.
    intercept : Estimate
        beta, the slope of the generalized radial plot.
    bias : Estimate
        alpha, the expected shift of a standardized effect; its test is one of small-study
        effects given tau².
    q, q_small, q_residual : float
        Cochran's Q, the part of it that small-study effects take, and the rest.
    log_p_values : tuple of float
        Natural logarithms of their p-values, by chi² with k - 1, 1 and k - 2 degrees of freedom.
    g2 : float
        Share of the variance that small-study effects leave, 0 to 1.
    shrunken : ndarray, shape (k,)
        Effects of the studies without their sampling error, analysis scale.
    remarks : tuple of str
        What a careful reader should know.
    """

    effects: Effects
    tau2: float
    unadjusted: Estimate
    adjusted: Estimate
    intercept: Estimate
    bias: Estimate
    q: float
    q_small: float
    q_residual: float
    log_p_values: tuple[float, ...]
    g2: float
    shrunken: Floats
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the shrunken effects."""
        object.__setattr__(self, "shrunken", frozen(self.shrunken))

    @property
    def k(self) -> int:
        """Number of studies."""
        return self.effects.k

    @property
    def defined(self) -> bool:
        """Whether there is a line: equal standard errors allow none."""
        return not math.isnan(self.adjusted.value)

    @property
    def references(self) -> tuple[str, ...]:
        """References, in the order of their marks in `sentence`."""
        return cite([RUECKER])

    def summary(self) -> str:
        """Return estimates, tests and notes as text."""
        lines = (*aligned(_rows(self)), *_notes(self))
        return "\n".join([_title(self), *(f"  {line}" for line in lines)])

    def sentence(self) -> str:
        """Return the adjusted estimate for a Results section; marks point into `references`."""
        return text_of(_sentences(self))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per study: study, estimate, shrunken estimate (reading scale), se."""
        import pandas as pd

        read = self.effects.study_scale.inverse
        rows = {
            "study": list(self.effects.study),
            "estimate": read(self.effects.y),
            "shrunken": read(self.shrunken),
            "se": self.effects.se,
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


def _title(found: LimitMetaAnalysis) -> str:
    return f"Limit meta-analysis, {found.effects.label}, {counted_studies(found.k)}"


def _rows(found: LimitMetaAnalysis) -> list[list[str]]:
    names = ("adjusted: a study of infinite size", "unadjusted: the pool", "beta", "alpha (bias)")
    lines = (found.adjusted, found.unadjusted, found.intercept, found.bias)
    return estimate_rows("estimate", names, lines)


def _notes(found: LimitMetaAnalysis) -> list[str]:
    told = []
    if found.adjusted.scale.is_log:
        told.append(f"({LOGARITHMS.format(what='an effect')})")
    told.append(f"tau² {compact(found.tau2)}")
    if found.defined:
        parts = zip(
            ("Q", "small-study effects", "the rest"),
            (found.q, found.q_small, found.q_residual),
            (found.k - 1, 1, found.k - 2),
            found.log_p_values,
            strict=True,
        )
        told.append(
            "; ".join(
                f"{name} {fixed(q, 2)}, df {df}, {p_text(math.exp(log_p), log_p)}"
                for name, q, df, log_p in parts
            )
        )
        told.append(f"G² {fixed(100 * found.g2, 1)}% of the variance is left by them")
    return [*told, *(f"note: {remark}" for remark in found.remarks)]


def _sentences(found: LimitMetaAnalysis) -> list[str]:
    mark = marks([RUECKER])[RUECKER]
    if not found.defined:
        return [f"A limit meta-analysis{mark} was not possible: {found.remarks[0]}"]
    label, log = in_sentence(found.effects.label), found.adjusted.scale.is_log
    own, other = found.adjusted.read(), found.unadjusted.read()
    null = found.adjusted.scale.reading_null
    before, value, low, high = printed(
        other.value, own.value, own.low, own.high, ratio=log, null=null
    )
    log_p = found.log_p_values[1]
    return [
        f"Adjusted for small-study effects by a limit meta-analysis{mark} of "
        f"{counted_studies(found.k)}, the {label} was {value} ({percent(found.adjusted.level)} CI "
        f"{low} to {high}), against {before} unadjusted",
        f"Small-study effects: Q {fixed(found.q_small, 2)}, df 1, "
        f"{p_text(math.exp(log_p), log_p)}; G² {fixed(100 * found.g2, 1)}%",
        "The adjustment extrapolates to a study of infinite size; what made small studies differ "
        "it does not tell",
    ]
