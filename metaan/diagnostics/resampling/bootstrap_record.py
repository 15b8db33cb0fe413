"""A bootstrap of one number of a fit as a record that prints itself."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from metaan.core.arrays import Floats, frozen
from metaan.core.citations import cite, marks
from metaan.core.errors import InputError
from metaan.core.estimate import Interval
from metaan.core.fit import PooledFit
from metaan.core.lookup import look_up
from metaan.core.numbers import compact, printed
from metaan.core.regression_fit import RegressionFit
from metaan.core.scale import Scale
from metaan.core.text_table import aligned
from metaan.core.wording import counted_studies, grid, in_sentence, percent, text_of
from metaan.diagnostics.resampling.draws import BOOTSTRAPS
from metaan.diagnostics.resampling.limits import BOOTSTRAP_INTERVALS, Sample

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bootstrap:
    """One number of a fit in data drawn like its own; what ``bootstrap`` returns.

    Numbers are on the analysis scale.

    Attributes
    ----------
    fit : PooledFit or RegressionFit
        What was drawn again.
    kind : str
        Row of ``BOOTSTRAPS``: "PARAMETRIC", "CASES" or "RESIDUAL".
    statistic, name : str
        The number: row of ``STATISTICS``, name of a coefficient or of a function of one's own;
        and in words.
    value : float
        It in the data.
    low, high : float
        Its limits by ``interval``, row of ``BOOTSTRAP_INTERVALS``, at ``level``.
    draws : ndarray, shape (draws,)
        It in each draw, in the order of the draws; NaN where it is not defined. Read-only, as
        all arrays.
    error : float
        Its standard error in the data, by the fit; NaN where it has none.
    errors : ndarray, shape (draws,)
        Its standard errors in the draws; NaN where it has none.
    without : ndarray, shape (k,)
        It without each study in turn; NaN where it is not defined.
    at_zero : float
        Share of the draws in which tau² is 0; NaN where tau² is not estimated.
    scale : Scale
        How the number is read.
    remarks : tuple of str
        What a careful reader should know.
    """

    fit: PooledFit | RegressionFit
    kind: str
    statistic: str
    name: str
    value: float
    low: float
    high: float
    interval: str
    level: float
    draws: Floats
    error: float
    errors: Floats
    without: Floats
    at_zero: float
    scale: Scale
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("draws", "errors", "without"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def failed(self) -> int:
        """Draws in which the number is not defined."""
        return int(np.count_nonzero(~np.isfinite(self.draws)))

    @property
    def se(self) -> float:
        """Standard error: the standard deviation of the draws."""
        return float(self._defined().std(ddof=1))

    @property
    def bias(self) -> float:
        """Mean of the draws less the number of the data."""
        return float(self._defined().mean() - self.value)

    def limits(self, interval: str | None = None, *, level: float | None = None) -> Interval:
        """Return limits from the same draws.

        Parameters
        ----------
        interval : str, optional
            Row of ``BOOTSTRAP_INTERVALS``; the one that was asked for by default.
        level : float, optional
            Coverage; the one that was asked for by default.

        Raises
        ------
        InputError
            If these draws do not define them. ChoiceError for an unknown name.
        """
        own = self.interval if interval is None else interval
        row = look_up(BOOTSTRAP_INTERVALS, own, argument="interval", what="a bootstrap interval")
        coverage = coverage_of(self.level if level is None else level)
        low, high = row.function(self._sample(), coverage)
        return Interval(low=low, high=high, level=coverage, scale=self.scale)

    def _defined(self) -> Floats:
        return np.asarray(self.draws[np.isfinite(self.draws)])

    def _sample(self) -> Sample:
        there = np.isfinite(self.draws)
        return Sample(self.value, self.draws[there], self.error, self.errors[there], self.without)

    def summary(self) -> str:
        """Return the number with its standard error, bias and every interval as text."""
        told = [*aligned(_table(self)), *_notes(self)]
        return "\n".join([_title(self), *(f"  {line}" for line in told)])

    def sentence(self) -> str:
        """Return what was done and found in a sentence; marks point into `references`."""
        return text_of([_told(self)])

    @property
    def references(self) -> tuple[str, ...]:
        """References of the methods, in the order of their marks in `sentence`."""
        return cite(_dois(self))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per kind of interval.

        Returns
        -------
        DataFrame
            interval; low, high (analysis scale; NaN where these draws do not define it);
            reading_low, reading_high.
        """
        import pandas as pd

        return pd.DataFrame(bootstrap_records(self))

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(_title(self), _table(self), _notes(self))


def coverage_of(level: object) -> float:
    """Return the level, or raise ``InputError``."""
    if isinstance(level, bool) or not isinstance(level, Real) or not 0 < float(level) < 1:
        raise InputError(f"level={level!r} must lie between 0 and 1, e.g. 0.95")
    return float(level)


def bootstrap_records(found: Bootstrap) -> list[dict[str, Any]]:
    """Return one record per kind of interval."""
    records = []
    for key in BOOTSTRAP_INTERVALS:
        low = high = read_low = read_high = float("nan")
        try:
            limits = found.limits(key)
        except InputError:
            pass
        else:
            read = limits.read()
            low, high, read_low, read_high = limits.low, limits.high, read.low, read.high
        records.append(
            {
                "interval": key,
                "low": low,
                "high": high,
                "reading_low": read_low,
                "reading_high": read_high,
            }
        )
    return records


def _title(found: Bootstrap) -> str:
    kind = BOOTSTRAPS[found.kind].name
    return (
        f"{kind[:1].upper()}{kind[1:]} bootstrap of {found.statistic}, {len(found.draws):,} draws "
        f"of {counted_studies(found.fit.k)}"
    )


def _table(found: Bootstrap) -> list[list[str]]:
    records = bootstrap_records(found)
    ends = [each[end] for each in records for end in ("reading_low", "reading_high")]
    texts = printed(*ends, ratio=found.scale.is_log)
    names = [BOOTSTRAP_INTERVALS[each["interval"]].name for each in records]
    rows = zip(names, texts[::2], texts[1::2], strict=True)
    return [[f"{percent(found.level)} interval", "low", "high"], *map(list, rows)]


def _notes(found: Bootstrap) -> list[str]:
    value = compact(_value(found), 4)
    where = "" if found.scale.key == "identity" else " (analysis scale)"
    spread = f"SE {compact(found.se)}, bias {compact(found.bias)}{where}"
    return [f"in the data {value}; {spread}", *(f"note: {remark}" for remark in found.remarks)]


def _value(found: Bootstrap) -> float:
    """Return the number of the data as it is read."""
    with np.errstate(over="ignore"):  # beyond all numbers is read as infinite
        return float(found.scale.inverse(found.value))


def _dois(found: Bootstrap) -> tuple[str, ...]:
    return BOOTSTRAPS[found.kind].doi, BOOTSTRAP_INTERVALS[found.interval].doi


def _told(found: Bootstrap) -> str:
    """Return the sentence without its full stop."""
    dois = _dois(found)
    mark, row = marks(dois), BOOTSTRAP_INTERVALS[found.interval]
    limits = found.limits().read()
    texts = printed(_value(found), limits.low, limits.high, ratio=found.scale.is_log)
    return (
        f"In {len(found.draws):,} {BOOTSTRAPS[found.kind].name} bootstrap draws of "
        f"{counted_studies(found.fit.k)}{mark[dois[0]]}, the {percent(found.level)} interval "
        f"({row.name}){mark[dois[1]]} of the {in_sentence(found.name)}, which was {texts[0]} in "
        f"the data, went from {texts[1]} to {texts[2]}"
    )
