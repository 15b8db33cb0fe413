"""Contrasts: one comparison per study, with what was left out and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pandas as pd

from metaan.core.effects import LeftOut
from metaan.core.numbers import counted
from metaan.trials.printed import PRINTED_KIND
from metaan.trials.reading import Row, records

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
    alternatives : DataFrame
        Further figures of the same studies, in order of preference: where a measure cannot use a
        study's pair, it takes the next.
    treatment, control : str
        Labels of the two sides.
    excluded : tuple of LeftOut
        Arms, rows and studies that cannot enter, and why.
    instruments : DataFrame
        Range, unit and direction of the instruments, by key.
    source : Path
        The file that was read.
    """

    pairs: pd.DataFrame
    alternatives: pd.DataFrame
    treatment: str
    control: str
    excluded: tuple[LeftOut, ...]
    instruments: pd.DataFrame
    source: Path

    @property
    def k(self) -> int:
        """Number of studies that can be compared."""
        return len(self.pairs)

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What did not enter, and why: the excluded, and the alternatives to the pairs."""
        return (*self.excluded, *unused(records(self.pairs), records(self.alternatives)))

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


def unused(chosen: Iterable[Row], others: Iterable[Row]) -> list[LeftOut]:
    """Return why the other figures of studies that are in did not enter as well."""
    by_study = {pair["study_id"]: pair for pair in chosen}
    left_out = []
    for other in others:
        pair = by_study.get(other["study_id"])
        reason = _why_not_both(pair, other) if pair is not None else ""
        if reason:
            rows = tuple(other["rows"])
            left_out.append(LeftOut(study=other["study"], rows=rows, reason=reason))
    return left_out


def _why_not_both(pair: Row, other: Row) -> str:
    if pair["rows"] == other["rows"]:
        return ""
    if pair["term"] != other["term"]:
        return f"already in with its {pair['term']} figures (also has {other['term']})"
    if pair["kind"] != PRINTED_KIND or other["kind"] != PRINTED_KIND:
        return ""  # a printed difference of arms that are in says nothing new
    return (
        f"shares its comparator with row {pair['rows'][0]}, which is in: one study does not "
        "enter twice with one control"
    )
