"""A permutation test as a record that prints itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from metaan.core.arrays import Floats, frozen
from metaan.core.citations import cite, marks
from metaan.core.fit import PooledFit
from metaan.core.lookup import look_up
from metaan.core.numbers import fixed, listed, p_text
from metaan.core.regression_fit import RegressionFit
from metaan.core.text_table import aligned
from metaan.core.wording import grid, in_sentence, text_of

if TYPE_CHECKING:
    import pandas as pd

SIGNS, ROWS = "signs of the effects", "rows of the design"
SOURCES = {SIGNS: "10.1111/j.0006-341X.1999.00732.x", ROWS: "10.1002/sim.1752"}
RANDOM = "10.2202/1544-6115.1585"
TWO_SIDED, GREATER, LESS = "two-sided", "greater", "less"
MODERATORS = "moderators"
BARE = ("tau²", "I²", "H²", "R²", "Cochran's Q")  # names that stand without an article


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PermutationTest:
    """p-values from arrangements of the data that the null hypothesis makes equally likely.

    Attributes
    ----------
    fit : PooledFit or RegressionFit
        What was tested.
    statistic : str
        What was compared: key of a row of ``STATISTICS``, a coefficient's name, or the name of a
        function of one's own.
    arranged : str
        What was arranged: "signs of the effects" or "rows of the design".
    draws : int
        Arrangements that were compared with the data: all there are if ``exact``, else the
        random ones.
    exact : bool
        Whether all arrangements were made.
    names : tuple of str, length p
        Names of the coefficients, ("mean",) for a pool; or of the one statistic.
    observed : ndarray, shape (p,)
        Their statistics as the data stand. Read-only, as all arrays.
    p_values : ndarray, shape (p,)
        p-values, two-sided unless ``alternative`` says otherwise.
    standard_errors : ndarray, shape (p,)
        Monte Carlo standard errors of the p-values; 0 if exact.
    moderators_p_value, moderators_standard_error : float
        The same for the test that all moderators' coefficients are 0; NaN where there are none.
    statistic_name : str
        What was compared, in words.
    alternative : str
        Key of the row of ``ALTERNATIVES``: "two-sided", "greater" or "less".
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
    statistic_name: str = ""
    alternative: str = TWO_SIDED
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

    def sentence(self) -> str:
        """Return what was done and found in a sentence; marks point into `references`.

        Examples
        --------
        >>> import metaan as ma
        >>> effects = ma.Effects.from_arrays([0.1, 0.3, 0.5, 0.7], se=[0.1, 0.2, 0.2, 0.3])
        >>> ma.permutation_test(ma.pool(effects, tau2="DL")).sentence()
        'Over all 16 arrangements of the signs of the effects of 4 studies [1], the two-sided ...'
        """
        return text_of([_told(self)])

    @property
    def references(self) -> tuple[str, ...]:
        """References of the method, in the order of their marks in `sentence`."""
        return cite(_dois(self))

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


def permutation_lines(test: PermutationTest) -> list[str]:
    """Return the lines of a permutation test."""
    told = [*aligned(_rows(test)), *(f"note: {remark}" for remark in test.remarks)]
    return [_title(test), *(f"  {line}" for line in told)]


def _title(test: PermutationTest) -> str:
    what = "all" if test.exact else "random"
    done = f"{what} {test.draws:,} arrangements of the {test.arranged}"
    side = "" if test.alternative == TWO_SIDED else f", {test.alternative}"
    return f"Permutation test, {done} [{test.statistic}{side}]"


def _dois(test: PermutationTest) -> tuple[str, ...]:
    return (SOURCES[test.arranged], *(() if test.exact else (RANDOM,)))


def _told(test: PermutationTest) -> str:
    """Return the sentence without its full stop."""
    dois = _dois(test)
    mark = marks(dois)
    of = f"all {test.draws:,}" if test.exact else f"{test.draws:,} random"
    drawn = "" if test.exact else mark[RANDOM]
    what = f"{test.arranged} of {test.fit.k} studies"
    side = TWO_SIDED if test.alternative == TWO_SIDED else f"one-sided ({test.alternative})"
    compared = _compared(test.statistic_name or test.statistic)
    records = permutation_records(test)
    found = [p_text(each["p_value"]) + _behind(test, str(each["term"])) for each in records]
    return (
        f"Over {of} arrangements of the {what}{mark[dois[0]]}{drawn}, the {side} permutation "
        f"test that compares {compared} gave {listed(found)}"
    )


def _compared(name: str) -> str:
    """Return what was compared: ``Cochran's Q``, ``tau²``, ``the standard error``."""
    return name if name.startswith(BARE) else f"the {in_sentence(name)}"


def _behind(test: PermutationTest, term: str) -> str:
    if len(test.names) == 1 and np.isnan(test.moderators_p_value):
        return ""
    return " for the moderators together" if term == MODERATORS else f" for {term}"


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
