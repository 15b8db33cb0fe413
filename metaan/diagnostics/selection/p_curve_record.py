"""A p-curve analysis as a record that prints itself; it computes no statistics."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import Booleans, Floats, frozen
from metaan.core.citations import cite, marks
from metaan.core.effects import Effects
from metaan.core.numbers import counted, fixed, p_text
from metaan.core.text_table import aligned
from metaan.core.wording import grid, percent, text_of

if TYPE_CHECKING:
    import pandas as pd

SIMONSOHN, BETTER = "10.1037/a0033242", "10.1037/xge0000104"
EDGES = frozen(np.array([0.0, 0.01, 0.02, 0.03, 0.04, 0.05]))
STRICT, LOOSE = 0.05, 0.10  # of the rule that combines the tests
PRESENT, ABSENT, OPEN = "evidential value", "no or inadequate evidential value", "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class PCurveTest:
    """A test of the whole curve, of its lower half, and by counting.

    Attributes
    ----------
    full, half : float
        Combined normal quantiles of p < 0.05 and of p < 0.025, negative where they speak against
        what is tested; NaN where there is no p-value.
    log_p_full, log_p_half, log_p_count : float
        Natural logarithms of the one-sided p-values, the last of the binomial count of p < 0.025.
    """

    full: float
    half: float
    log_p_full: float
    log_p_half: float
    log_p_count: float

    @property
    def p_full(self) -> float:
        """One-sided p-value of the whole curve."""
        return math.exp(self.log_p_full)

    @property
    def p_half(self) -> float:
        """One-sided p-value of the half curve; NaN without one."""
        return math.exp(self.log_p_half)

    @property
    def p_count(self) -> float:
        """One-sided p-value of the count."""
        return math.exp(self.log_p_count)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PCurve:
    """Whether significant results hold evidence.

    Attributes
    ----------
    effects : Effects
        All studies.
    chosen : ndarray of bool, shape (k,)
        Which are significant.
    z, log_p : ndarray, shape (k,)
        Each study's own test: z, and the natural logarithm of its two-sided p-value.
    below_half : int
        How many have p < 0.025.
    right_skew : PCurveTest
        Against no effect: small where there is evidential value.
    flat : PCurveTest
        Against a power of 1/3: small where there is less than that.
    power, power_low, power_high : float
        Average power of the significant tests, and its limits; at least 0.05.
    level : float
        Coverage of the limits.
    observed, at_low_power, at_power : ndarray, shape (5,)
        Shares of p-values from 0 to 0.01 and so on to 0.05: of the studies, at a power of 1/3, and
        at the estimated power.
    remarks : tuple of str
        What a careful reader should know.
    """

    effects: Effects
    chosen: Booleans
    z: Floats
    log_p: Floats
    below_half: int
    right_skew: PCurveTest
    flat: PCurveTest
    power: float
    power_low: float
    power_high: float
    level: float
    observed: Floats
    at_low_power: Floats
    at_power: Floats
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("chosen", "z", "log_p", "observed", "at_low_power", "at_power"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def k(self) -> int:
        """Number of studies, significant or not."""
        return self.effects.k

    @property
    def significant(self) -> int:
        """Number of studies with p < 0.05."""
        return int(np.count_nonzero(self.chosen))

    @property
    def present(self) -> bool:
        """Whether there is evidential value, by the rule of 2015."""
        skew = self.right_skew
        both = skew.p_full < LOOSE and skew.p_half < LOOSE
        return skew.p_half < STRICT or both

    @property
    def absent(self) -> bool:
        """Whether evidential value is absent or inadequate, by the rule of 2015."""
        flat = self.flat
        return flat.p_full < STRICT or (flat.p_half < LOOSE and flat.p_count < LOOSE)

    @property
    def verdict(self) -> str:
        """The rule in words."""
        if self.present:
            return PRESENT
        return ABSENT if self.absent else OPEN

    @property
    def references(self) -> tuple[str, ...]:
        """References, in the order of their marks in `sentence`."""
        return cite([SIMONSOHN, BETTER])

    def summary(self) -> str:
        """Return tests, power and notes as text."""
        lines = (*aligned(_rows(self)), *_notes(self))
        return "\n".join([_title(self), *(f"  {line}" for line in lines)])

    def sentence(self) -> str:
        """Return the analysis for a Results section; marks point into `references`."""
        return text_of(_sentences(self))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per study: study, z, p_value, significant."""
        import pandas as pd

        rows = {
            "study": list(self.effects.study),
            "z": self.z,
            "p_value": np.exp(self.log_p),
            "significant": self.chosen,
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


def power_words(found: PCurve) -> str:
    """Return the power and its interval."""
    value, low, high = (percent_of(x) for x in (found.power, found.power_low, found.power_high))
    return f"{value} ({percent(found.level)} CI {low} to {high})"


def percent_of(share: float) -> str:
    """Return a share in whole percent, ends told as such."""
    if share > 0.995:
        return "over 99%"
    return f"{100 * share:.0f}%"


def _title(found: PCurve) -> str:
    return (
        f"p-curve of {counted(found.significant, 'significant study', 'significant studies')} "
        f"of {found.k} ({found.below_half} with p < 0.025)"
    )


def _rows(found: PCurve) -> list[list[str]]:
    rows = [["test", "z", "p", "z half", "p half", "p count"]]
    tests = (("right skew, against no effect", found.right_skew),
             ("flatness, against a power of 1/3", found.flat))  # fmt: skip
    for name, test in tests:
        rows.append([
            name,
            fixed(test.full, 2),
            _p(test.log_p_full),
            fixed(test.half, 2),
            _p(test.log_p_half),
            _p(test.log_p_count),
        ])  # fmt: skip
    return rows


def _p(log_p: float) -> str:
    if math.isnan(log_p):
        return "–"
    return p_text(math.exp(log_p), log_p).removeprefix("p").strip(" =").replace("< ", "<")


def _notes(found: PCurve) -> list[str]:
    told = [f"power of the significant tests {power_words(found)}", f"reading: {found.verdict}"]
    return [*told, *(f"note: {remark}" for remark in found.remarks)]


def _sentences(found: PCurve) -> list[str]:
    mark = marks([SIMONSOHN, BETTER])
    right, flat = found.right_skew, found.flat
    studies = counted(found.significant, "significant study", "significant studies")
    half = ""
    if not math.isnan(right.half):
        half = f"; half curve z {fixed(right.half, 2)}, {p_text(right.p_half, right.log_p_half)}"
    return [
        f"In a p-curve analysis{mark[SIMONSOHN]} of {studies} of {found.k}, right skew was tested "
        f"by z {fixed(right.full, 2)}, {p_text(right.p_full, right.log_p_full)}{half}, and "
        f"flatness against a power of 1/3 by z {fixed(flat.full, 2)}, "
        f"{p_text(flat.p_full, flat.log_p_full)}",
        f"By the combined rule{mark[BETTER]} this is {READING[found.verdict]}",
        f"The significant tests had an average power of {power_words(found)}",
    ]


READING = {
    PRESENT: "evidence of a true effect behind at least some of them",
    ABSENT: "a sign that there is no effect, or too small a one for these studies",
    OPEN: "neither evidence of an effect nor of its absence",
}
