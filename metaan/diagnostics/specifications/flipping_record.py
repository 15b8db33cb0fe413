"""The test of all specifications together, as a record that prints itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metaan.core.arrays import Floats, frozen
from metaan.core.citations import cite, marks
from metaan.core.lookup import look_up
from metaan.core.numbers import compact, fixed, p_text
from metaan.core.scale import Scale
from metaan.core.text_table import aligned
from metaan.core.wording import grid, in_sentence, percent, text_of
from metaan.diagnostics.specifications.shares import share

if TYPE_CHECKING:
    import pandas as pd

SIMONSOHN, FOLLMANN = "10.1038/s41562-020-0912-z", "10.1111/j.0006-341X.1999.00732.x"
MEDIAN, SIGNIFICANT, MEAN_Z = STATISTICS = ("median", "significant", "z")
NAMES = {
    MEDIAN: "median estimate, distance from no effect",
    SIGNIFICANT: "share significant in the dominant direction",
    MEAN_Z: "mean z (Stouffer)",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MultiverseTest:
    """How far the specifications of one effect are from what no effect would give.

    Attributes
    ----------
    label : str
        Name of the effect.
    scale : Scale
        How estimates are read.
    specifications, analyses, studies : int
        Specifications, distinct analyses among them, and studies that have a sign.
    draws : int
        Choices of signs compared with the data: all there are if ``exact``, else random ones.
    exact : bool
        Whether all were made.
    median : float
        Median estimate, analysis scale.
    observed, expected, high : ndarray, shape (3,)
        The statistics "median" (distance from no effect, analysis scale), "significant" (share)
        and "z", as found; and their mean and upper quantile (of the level) without an effect.
    p_values, standard_errors : ndarray, shape (3,)
        p-values, and their Monte Carlo standard errors (0 if exact).
    level : float
        Of the intervals, so that 1 - level is significant.
    """

    label: str
    scale: Scale
    specifications: int
    analyses: int
    studies: int
    draws: int
    exact: bool
    median: float
    observed: Floats
    expected: Floats
    high: Floats
    p_values: Floats
    standard_errors: Floats
    level: float

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("observed", "expected", "high", "p_values", "standard_errors"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    def __getitem__(self, name: str) -> float:
        """Return the p-value of "median", "significant" or "z"; ChoiceError for another."""
        table: dict[str, float] = dict(zip(STATISTICS, self.p_values.tolist(), strict=True))
        return look_up(table, name, argument="name", what="a statistic")

    @property
    def p_value(self) -> float:
        """The p-value of the median estimate."""
        return float(self.p_values[0])

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a careful reader should know."""
        told = [
            "specifications are no sample of independent analyses: the test is about the studies, "
            "and holds if, without an effect, each study's sign is as likely to be the other one"
        ]
        if self.studies <= 5:
            least = 2.0 ** (1 - self.studies)
            told.append(f"with {self.studies} studies no p-value can be below {least:g}")
        return tuple(told)

    @property
    def references(self) -> tuple[str, ...]:
        """Where the methods were published."""
        return cite((SIMONSOHN, FOLLMANN))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per statistic: observed, expected and high without an effect, p."""
        import pandas as pd

        return pd.DataFrame(_records(self))

    def summary(self) -> str:
        """Return the test as text."""
        told = [*aligned(_rows(self)), *(f"note: {remark}" for remark in self.remarks)]
        return "\n".join([_title(self), *(f"  {line}" for line in told)])

    def sentence(self) -> str:
        """Return what was done and found in words that a paper can print."""
        mark = marks((SIMONSOHN,))[SIMONSOHN]
        how = "all" if self.exact else "random"
        dominant = share(round(float(self.observed[1]), 12))
        median, significant, z = (p_text(p) for p in self.p_values.tolist())
        return text_of(
            [
                f"{self.specifications:,} specifications ({self.analyses:,} distinct analyses) of "
                f"the {in_sentence(self.label)} were compared with those under {how} "
                f"{self.draws:,} choices of signs of the {self.studies} studies{mark}",
                f"the median estimate was {compact(float(self.scale.inverse(self.median)))} "
                f"({median}), {dominant} of the specifications were "
                f"significant in the dominant direction ({significant}), and the mean z was "
                f"{fixed(self.observed[2])} ({z})",
            ]
        )

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(_title(self), _rows(self), [f"note: {remark}" for remark in self.remarks])


def _title(test: MultiverseTest) -> str:
    how = "all" if test.exact else "random"
    return (
        f"{test.label}: {test.specifications:,} specifications under {how} {test.draws:,} choices "
        f"of signs of {test.studies} studies"
    )


def _rows(test: MultiverseTest) -> list[list[str]]:
    errors = [] if test.exact else ["Monte Carlo SE"]
    rows = [["statistic", "found", "mean without effect", f"{percent(test.level)} below", "p"]]
    rows[0] += errors
    for record in _records(test):
        cells = [compact(record[name]) for name in ("observed", "expected", "high")]
        p = p_text(record["p_value"]).removeprefix("p ").removeprefix("= ")
        rows.append([record["statistic"], *cells, p])
        rows[-1] += [] if test.exact else [fixed(record["standard_error"], 4)]
    return rows


def _records(test: MultiverseTest) -> list[dict[str, Any]]:
    columns = (test.observed, test.expected, test.high, test.p_values, test.standard_errors)
    return [
        {
            "statistic": NAMES[name],
            "observed": float(observed),
            "expected": float(expected),
            "high": float(high),
            "p_value": float(p),
            "standard_error": float(error),
        }
        for name, observed, expected, high, p, error in zip(STATISTICS, *columns, strict=True)
    ]
