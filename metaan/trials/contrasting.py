"""Contrasts: one comparison per study, with what was left out and why."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

import pandas as pd

from metaan.core.effects import LeftOut
from metaan.core.numbers import counted

NUMBERS = ("n1", "mean1", "sd1", "events1", "n2", "mean2", "sd2", "events2")
PRINTED = ("estimate", "ci_low", "ci_high", "se")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contrasts:
    """Comparisons of a treatment with a control, one per study.

    Attributes
    ----------
    pairs : DataFrame
        study, study_id, outcome, instrument, term, timepoint_weeks, kind ("endpoint", "change",
        "events" or "printed"), the arm numbers n1 mean1 sd1 events1 n2 mean2 sd2 events2, the
        printed estimate with its measure, the labels of the two sides, sham_type, condition,
        year, rows (ids), flags, note.
    treatment, control : str
        Labels of the two sides.
    left_out : tuple of LeftOut
        Arms, rows and studies that did not enter, and why.
    instruments : DataFrame
        Range, unit and direction of the instruments, by key.
    source : Path
        The file that was read.
    """

    pairs: pd.DataFrame
    treatment: str
    control: str
    left_out: tuple[LeftOut, ...]
    instruments: pd.DataFrame
    source: Path

    @property
    def k(self) -> int:
        """Number of studies that can be compared."""
        return len(self.pairs)

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the pairs."""
        return self.pairs.copy()

    def left_out_frame(self) -> pd.DataFrame:
        """Return what was left out as a DataFrame: study, rows, reason."""
        records = [
            {"study": item.study, "rows": " ".join(item.rows), "reason": item.reason}
            for item in self.left_out
        ]
        return pd.DataFrame(records, columns=["study", "rows", "reason"])

    def __str__(self) -> str:
        """Return what there is in one line."""
        return (
            f"{self.treatment} against {self.control}: {counted(self.k, 'study', 'studies')}, "
            f"{counted(len(self.left_out), 'figure')} left out"
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        columns = ["study", "instrument", "term", "kind", *NUMBERS, *PRINTED]
        table = self.pairs[columns].dropna(axis=1, how="all")
        with pd.option_context("display.max_colwidth", None):  # a reason is read to its end
            lost = self.left_out_frame().to_html(index=False) if self.left_out else ""
            shown = table.to_html(index=False, na_rep="", float_format="{:.4g}".format)
        return f"<p>{escape(str(self))}</p>{shown}{lost}"
