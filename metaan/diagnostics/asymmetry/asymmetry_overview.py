"""All tests of funnel asymmetry of one meta-analysis, as a record that prints itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from metaan.core.arrays import FrozenDict
from metaan.core.citations import cite, marks
from metaan.core.lookup import look_up
from metaan.core.numbers import counted, fixed, listed, p_text
from metaan.core.text_table import aligned
from metaan.core.wording import counted_studies, grid, percent, text_of
from metaan.diagnostics.asymmetry.asymmetry_record import (
    ASYMMETRIC,
    FEW,
    STERNE,
    AsymmetryLine,
    AsymmetryRanks,
    AsymmetryTest,
    figures_of,
    statistic_name,
)

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AsymmetryTests:
    """All tests of funnel asymmetry that one meta-analysis allows.

    Attributes
    ----------
    label : str
        Name of the effect.
    k : int
        Studies.
    tests : tuple of AsymmetryTest
        In the order of ``ASYMMETRY_TESTS``; ``found["EGGER"]`` looks one up.
    not_made : mapping of str to str
        Why the others were not made, by key.
    remarks : tuple of str
        What a careful reader should know of all of them; each test has its own besides.
    """

    label: str
    k: int
    tests: tuple[AsymmetryTest, ...]
    not_made: Mapping[str, str] = field(default_factory=FrozenDict)
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the mapping."""
        object.__setattr__(self, "not_made", FrozenDict(self.not_made))

    def __getitem__(self, method: str) -> AsymmetryTest:
        """Return the test of that key; ChoiceError if it was not made."""
        table = {test.method: test for test in self.tests}
        return look_up(table, method, argument="method", what="a test that was made here")

    def __len__(self) -> int:
        """Return how many tests were made."""
        return len(self.tests)

    @property
    def references(self) -> tuple[str, ...]:
        """References, in the order of their marks in `sentence`."""
        return cite(_dois(self))

    def summary(self) -> str:
        """Return the tests as a table, and why the others were not made."""
        lines = (*aligned(_rows(self)), *_notes(self))
        return "\n".join([_title(self), *(f"  {line}" for line in lines)])

    def sentence(self) -> str:
        """Return what the tests found for a Results section; marks point into `references`."""
        return text_of(_sentences(self))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per test.

        Returns
        -------
        DataFrame
            method, name, k, predictor, estimate (slope, or Kendall's tau), se (of the slope),
            statistic, df, p_value; limit, limit_low, limit_high (analysis scale, NaN without).
        """
        import pandas as pd

        return pd.DataFrame([_record(test) for test in self.tests])

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    def __repr__(self) -> str:
        """Return the summary."""
        return self.summary()

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(_title(self), _rows(self), _notes(self))


def _record(test: AsymmetryTest) -> dict[str, Any]:
    estimate, se, limit = np.nan, np.nan, None
    if isinstance(test, AsymmetryLine):
        estimate, se, limit = test.slope.value, test.slope.se, test.limit
    elif isinstance(test, AsymmetryRanks):
        estimate = test.tau
    ends = (np.nan,) * 3 if limit is None else (limit.value, limit.low, limit.high)
    return {
        "method": test.method,
        "name": test.name,
        "k": test.k,
        "predictor": test.predictor,
        "estimate": estimate,
        "se": se,
        "statistic": test.statistic,
        "df": test.df,
        "p_value": test.p_value,
        **dict(zip(("limit", "limit_low", "limit_high"), ends, strict=True)),
    }


def _title(found: AsymmetryTests) -> str:
    return f"Tests of funnel-plot asymmetry, {found.label}, {counted_studies(found.k)}"


def _rows(found: AsymmetryTests) -> list[list[str]]:
    rows = [["test", "k", "statistic", "p"]]
    for test in found.tests:
        p = p_text(test.p_value, test.log_p_value).removeprefix("p ").removeprefix("= ")
        rows.append([test.method, str(test.k), _statistic(test), p])
    return rows


def _statistic(test: AsymmetryTest) -> str:
    if not test.defined:
        return "–"
    if isinstance(test, AsymmetryRanks):
        return f"tau = {fixed(test.tau)}"
    return f"{statistic_name(test)} = {fixed(test.statistic)}"


def _notes(found: AsymmetryTests) -> list[str]:
    keys: dict[str, list[str]] = {}
    for key, reason in found.not_made.items():
        keys.setdefault(reason, []).append(key)
    lost = [f"not made: {listed(names)} ({reason})" for reason, names in keys.items()]
    return [*(f"note: {remark}" for remark in found.remarks), *lost]


def _dois(found: AsymmetryTests) -> list[str]:
    return [*(test.doi for test in found.tests if test.defined), STERNE]


def _sentences(found: AsymmetryTests) -> list[str]:
    made = [test for test in found.tests if test.defined]
    mark = marks(_dois(found))
    if not made:
        return [f"Funnel-plot asymmetry could not be tested{mark[STERNE]}"]
    positive = sum(test.asymmetric for test in made)
    each = "; ".join(f"{test.name}{mark[test.doi]}: {figures_of(test)}" for test in made)
    told = [
        f"Funnel-plot asymmetry was tested in {counted(len(made), 'way')}, and "
        f"{positive or 'none'} of them showed it at the {percent(ASYMMETRIC)} level ({each})",
        "These tests ask one question, so that the smallest of their p-values is too small; the "
        "one that counts should have been chosen beforehand",
    ]
    if found.k < FEW:
        told.append(f"With fewer than {FEW} studies they have little power{mark[STERNE]}")
    else:
        told.append(f"Asymmetry can have other causes than publication bias{mark[STERNE]}")
    return told
