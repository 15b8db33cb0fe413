"""A test of excess significance as a record that prints itself; it computes no test."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import Booleans, Floats, frozen
from metaan.core.citations import cite, marks
from metaan.core.fit import PooledFit
from metaan.core.numbers import compact, counted, fixed, p_text, printed
from metaan.core.text_table import aligned
from metaan.core.wording import grid, in_sentence, text_of
from metaan.diagnostics.asymmetry.excess_tests import EXCESS_TESTS, SOUGHT
from metaan.diagnostics.asymmetry.power_record import power_columns

if TYPE_CHECKING:
    import pandas as pd

METHOD = "10.1177/1740774507079441"
SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExcessSignificance:
    """How many studies are significant, and how many their power lets expect.

    Attributes
    ----------
    fit : PooledFit
        The pool of the k studies.
    effect : float
        True effect, or mean of the true effects, for the power; analysis scale.
    given : bool
        Whether the caller gave it; else it is the pooled effect.
    tau2 : float
        Variance of the true effects.
    test, alternative : str
        Row of ``EXCESS_TESTS``, and which departure it looks for.
    level : float
        1 less the error of each study's test.
    power : ndarray, shape (k,)
        Of each study. Read-only.
    significant : ndarray of bool, shape (k,)
        Which studies found an effect. Read-only.
    statistic, p_value : float
        Chi² (NaN for the tests that count) and p-value.
    limit : float
        Effect at which the p-value is ``limit_p``, analysis scale; NaN where there is none.
    limit_p : float
        As asked for.
    remarks : tuple of str
        What a careful reader should know.
    """

    fit: PooledFit
    effect: float
    given: bool
    tau2: float
    test: str
    alternative: str
    level: float
    power: Floats
    significant: Booleans
    statistic: float
    p_value: float
    limit: float
    limit_p: float
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        object.__setattr__(self, "power", frozen(self.power))
        seen = np.array(self.significant, dtype=bool)
        seen.flags.writeable = False
        object.__setattr__(self, "significant", seen)

    @property
    def observed(self) -> int:
        """Number of significant studies."""
        return int(np.count_nonzero(self.significant))

    @property
    def expected(self) -> float:
        """Sum of the powers."""
        return float(self.power.sum())

    @property
    def ratio(self) -> float:
        """Observed over expected number."""
        return self.observed / self.expected

    def summary(self) -> str:
        """Return the test and the studies as text."""
        told = [*_found(self), *aligned(_rows(self)), *_notes(self)]
        return "\n".join([_title(self), *(f"  {line}" for line in told)])

    def sentence(self) -> str:
        """Return what was found, for a paper; marks point into `references`."""
        return text_of(_sentences(self))

    @property
    def references(self) -> tuple[str, ...]:
        """References of the test, in the order of their marks in `sentence`."""
        return cite((METHOD, EXCESS_TESTS[self.test].doi))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per study: study, estimate (reading scale), se, power, significant."""
        import pandas as pd

        return pd.DataFrame(power_columns(self.fit, self.power, self.significant))

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(_title(self), _rows(self), [*_found(self), *_notes(self)])


def _title(found: ExcessSignificance) -> str:
    return f"Excess significance, {counted(found.fit.k, 'study', 'studies')} [{found.test}]"


def _at(found: ExcessSignificance) -> str:
    """Return the effect that the power is for, reading scale."""
    return _read(found, found.effect)


def _read(found: ExcessSignificance, value: float) -> str:
    scale = found.fit.estimate.scale
    with np.errstate(over="ignore"):  # an effect beyond all numbers is read as infinite
        return printed(float(scale.inverse(value)), ratio=scale.is_log)[0]


def _found(found: ExcessSignificance) -> list[str]:
    chi2 = "" if math.isnan(found.statistic) else f"chi² = {fixed(found.statistic)}, "
    told = [
        f"significant (p < {compact(1 - found.level)}): {found.observed} observed, "
        f"{fixed(found.expected)} expected at {in_sentence(found.fit.effects.label)} {_at(found)}"
        f"{f', tau² = {compact(found.tau2)}' if found.tau2 else ''}",
        f"{SOUGHT[found.alternative]}: {chi2}{p_text(found.p_value)}",
    ]
    if not math.isnan(found.limit):
        told.append(f"limit (p = {compact(found.limit_p)}): {_read(found, found.limit)}")
    return told


def _rows(found: ExcessSignificance) -> list[list[str]]:
    rows = [
        [name, fixed(float(chance), 3), "yes" if seen else "no"]
        for name, chance, seen in zip(
            found.fit.effects.study, found.power, found.significant, strict=True
        )
    ]
    return [["study", "power", "significant"], *rows[:SHOWN]]


def _notes(found: ExcessSignificance) -> list[str]:
    more = found.fit.k - SHOWN
    hidden = [f"{more} more in .to_frame()"] if more > 0 else []
    return [*hidden, *(f"note: {remark}" for remark in found.remarks)]


def _sentences(found: ExcessSignificance) -> list[str]:
    row = EXCESS_TESTS[found.test]
    mark = marks((METHOD, row.doi))
    label = in_sentence(found.fit.effects.label)
    of = "given" if found.given else "pooled"
    spread = f" and tau² = {compact(found.tau2)}" if found.tau2 else ""
    used = f"test of excess significance{mark[METHOD]}"
    if row.doi != METHOD:
        used += f", {row.name}{mark[row.doi]}"
    return [
        f"Of {counted(found.fit.k, 'study', 'studies')} {found.observed} "
        f"{'was' if found.observed == 1 else 'were'} significant (p < "
        f"{compact(1 - found.level)}), where {fixed(found.expected, 1)} were expected from their "
        f"power at the {of} {label} of {_at(found)}{spread} ({used}, for "
        f"{SOUGHT[found.alternative]}: {p_text(found.p_value)})",
        "The test says nothing of the reason, and has little power with few studies",
    ]
