"""A permutation test as a record that prints itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from metaan.core.arrays import Floats, frozen
from metaan.core.fit import PooledFit
from metaan.core.lookup import look_up
from metaan.core.numbers import fixed, p_text
from metaan.core.regression_fit import RegressionFit
from metaan.core.text_table import aligned
from metaan.core.wording import grid

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PermutationTest:
    """p-values from arrangements of the data that the null hypothesis makes equally likely.

    Attributes
    ----------
    fit : PooledFit or RegressionFit
        What was tested.
    statistic : str
        Key of the row of ``STATISTICS`` that was compared.
    arranged : str
        What was arranged: "signs of the effects" or "rows of the design".
    draws : int
        Arrangements that were compared with the data: all there are if ``exact``, else the
        random ones.
    exact : bool
        Whether all arrangements were made.
    names : tuple of str, length p
        Names of the coefficients; ("mean",) for a pool.
    observed : ndarray, shape (p,)
        Their statistics as the data stand. Read-only, as all arrays.
    p_values : ndarray, shape (p,)
        Two-sided p-values.
    standard_errors : ndarray, shape (p,)
        Monte Carlo standard errors of the p-values; 0 if exact.
    moderators_p_value, moderators_standard_error : float
        The same for the test that all moderators' coefficients are 0; NaN where there are none.
    remarks : tuple of str
        What a careful reader should know.
    """

    fit: PooledFit | RegressionFit
    statistic: str
    arranged: str
    draws: int
    exact: bool
    names: tuple[str, ...]
    observed: Floats
    p_values: Floats
    standard_errors: Floats
    moderators_p_value: float
    moderators_standard_error: float
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("observed", "p_values", "standard_errors"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    def __getitem__(self, name: str) -> float:
        """Return the p-value of the coefficient of that name; ChoiceError if there is none."""
        table: dict[str, float] = dict(zip(self.names, self.p_values.tolist(), strict=True))
        return look_up(table, name, argument="name", what="a coefficient")

    @property
    def p_value(self) -> float:
        """The p-value of a pool; of a regression, that of all moderators together."""
        return float(self.p_values[0]) if len(self.names) == 1 else self.moderators_p_value

    def summary(self) -> str:
        """Return the p-values as text."""
        return "\n".join(permutation_lines(self))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per coefficient and one for the moderators together, if any."""
        import pandas as pd

        return pd.DataFrame(permutation_records(self))

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(_title(self), _rows(self), [f"note: {remark}" for remark in self.remarks])


MODERATORS = "moderators"


def permutation_lines(test: PermutationTest) -> list[str]:
    """Return the lines of a permutation test."""
    told = [*aligned(_rows(test)), *(f"note: {remark}" for remark in test.remarks)]
    return [_title(test), *(f"  {line}" for line in told)]


def _title(test: PermutationTest) -> str:
    what = "all" if test.exact else "random"
    done = f"{what} {test.draws:,} arrangements of the {test.arranged}"
    return f"Permutation test, {done} [{test.statistic}]"


def _rows(test: PermutationTest) -> list[list[str]]:
    errors = [] if test.exact else ["Monte Carlo SE"]
    rows = [["term", "p", *errors]]
    for record in permutation_records(test):
        p = p_text(record["p_value"]).removeprefix("p ").removeprefix("= ")
        error = [] if test.exact else [fixed(record["standard_error"], 4)]
        rows.append([str(record["term"]), p, *error])
    return rows


def permutation_records(test: PermutationTest) -> list[dict[str, Any]]:
    """Return one record per coefficient, and one for the moderators together, if any."""
    columns = (test.names, test.observed, test.p_values, test.standard_errors)
    records: list[dict[str, Any]] = [
        {
            "term": name,
            "observed": float(observed),
            "p_value": float(p),
            "standard_error": float(error),
        }
        for name, observed, p, error in zip(*columns, strict=True)
    ]
    if not np.isnan(test.moderators_p_value):
        records.append(
            {
                "term": MODERATORS,
                "observed": float("nan"),
                "p_value": test.moderators_p_value,
                "standard_error": test.moderators_standard_error,
            }
        )
    return records
