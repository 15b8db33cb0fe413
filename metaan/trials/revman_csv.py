"""The CSV export of RevMan 5 → rows, and the reading of any such CSV line by line."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from metaan.core.lookup import hint
from metaan.trials.revman_rows import (
    BESIDE,
    CONTINUOUS,
    DICHOTOMOUS,
    EMPTY,
    FIGURES,
    GENERIC_IV,
    NUMBERS,
    O_E,
    OTHER,
    PRINTED,
    Row,
    Sheet,
    model_name,
    squeezed,
    without_placeholders,
    without_printed,
)

TYPES: Mapping[str, str] = MappingProxyType(
    {"dic": DICHOTOMOUS, "con": CONTINUOUS, "iv": GENERIC_IV, "ipd": O_E, "oth": OTHER}
)
NEEDED: Mapping[str, str] = MappingProxyType(
    {
        squeezed(name): name
        for name in (
            "Comparison Number", "Outcome Number", "Subgroup Number", "Name", "Data Type",
            "Statistical Method", "Effect Measure", "Analysis Model",
        )
    }
)  # fmt: skip
FIGURE_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "events1": "Events 1", "n1": "Total 1", "events2": "Events 2", "n2": "Total 2",
        "mean1": "Mean 1", "sd1": "SD 1", "mean2": "Mean 2", "sd2": "SD 2",
        "y": "Effect Estimate", "se": "SE", "o_e": "O-E", "variance": "Variance",
    }
)  # fmt: skip
PRINTED_COLUMNS: Mapping[str, str] = MappingProxyType(
    dict(zip(PRINTED, ("Effect Estimate", "CI Start", "CI End", "SE", "Weight"), strict=True))
)
POOLED_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "q": "Q", "df": "df", "p_q": "P(Q)", "i2": "I²(Q)", "tau2": "Tau²", "z": "Z",
        "p_z": "P(Z)",
    }
)  # fmt: skip
# A printed standard error and the width of its interval agree to the digits RevMan exports.
QUANTILES = np.array([1.6448536269514722, 1.959963984540054, 2.5758293035489004])
AGREE = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a CSV file.

    Attributes
    ----------
    place : str
        Where it stands, for messages.
    cells : mapping of str to str
        Its cells by the squeezed column name.
    """

    place: str
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        """Return a cell as it stands; empty if there is no such column."""
        return self.cells.get(squeezed(column), "")

    def words(self, column: str) -> str:
        """Return a cell, empty where the file writes NA."""
        text = self.text(column)
        return "" if text in EMPTY else text


def read_lines(sheet: Sheet, data: bytes) -> tuple[Collection[str], list[Line]]:
    """Return the squeezed column names and the lines of a CSV file.

    Not UTF-8, stray quotes, other separators, ragged lines and names that stand twice are faults
    of the sheet.
    """
    try:
        text = data.decode("utf-8-sig")
        rows = _numbered(text)
    except UnicodeDecodeError as error:
        rule = f"is not UTF-8 text (byte {error.start})"
        sheet.fault("", "", "", rule, "Save it as CSV UTF-8.")
        return (), []
    except csv.Error as error:
        sheet.fault("", "", "", f"has a quote in the wrong place ({error})",
                    "Look for a stray double quote.")  # fmt: skip
        return (), []
    if not rows:
        sheet.fault("", "", "", "is empty", "Export it again.")
        return (), []
    header = [cell.strip() for cell in rows[0][1]]
    if len(header) == 1 and ";" in header[0]:
        sheet.fault("header", "", "", "columns are separated by semicolons",
                    "Export it as comma-separated UTF-8, with a decimal point.")  # fmt: skip
        return (), []
    names = [squeezed(cell) for cell in header]
    for name in sorted({n for n in names if n and names.count(n) > 1}):
        sheet.fault("header", header[names.index(name)], "", "column stands twice",
                    "Keep one of them.")  # fmt: skip
    lines = []
    for number, cells in rows[1:]:
        if len(cells) == len(header):
            stripped = [cell.strip() for cell in cells]
            lines.append(
                Line(place=f"line {number}", cells=dict(zip(names, stripped, strict=True)))
            )
        else:
            sheet.fault(f"line {number}", "", str(len(cells)), f"must have {len(header)} cells",
                        "Quote cells that hold a comma.")  # fmt: skip
    return names, lines


def _numbered(text: str) -> list[tuple[int, list[str]]]:
    """Return the rows that are not empty, each with the number of its first line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, first = [], 1
    for row in reader:
        if any(cell.strip() for cell in row):
            rows.append((first, row))
        first = reader.line_num + 1
    return rows


def lacking(sheet: Sheet, columns: Collection[str], needed: Sequence[str], why: str) -> bool:
    """Return True, with a fault for each, if columns are missing."""
    missing = [name for name in needed if squeezed(name) not in columns]
    for name in missing:
        near = hint(squeezed(name), list(columns))
        sheet.fault("header", name, "", f"column is missing ({why})", f"Export it too.{near}")
    return bool(missing)


def lacking_figures(
    sheet: Sheet, columns: Collection[str], figure_columns: Mapping[str, str]
) -> None:
    """Add a fault for every column that a data type of the file needs and the file lacks."""
    for data_type in dict.fromkeys(row["data_type"] for row in sheet.analyses):
        needed = [figure_columns[figure] for figure in NUMBERS[data_type]]
        lacking(sheet, columns, needed, f"needed for {data_type} data")


def figures(
    sheet: Sheet, line: Line, data_type: str, figure_columns: Mapping[str, str], who: str
) -> Row:
    """Return the numbers that a study of this data type consists of; the others are NaN."""
    row: Row = dict.fromkeys(FIGURES, math.nan)
    for figure in (*NUMBERS[data_type], *BESIDE[data_type]):
        column = figure_columns[figure]
        row[figure] = sheet.number(line.text(column), f"{line.place} ({who})", column)
    return without_placeholders(row) if BESIDE[data_type] else row


def printed(sheet: Sheet, line: Line, columns: Mapping[str, str], who: str) -> Row:
    """Return what RevMan printed in a line, and whether it could estimate anything.

    Where it could not, it prints nothing or zeros: the limits do not embrace an interval.
    """
    row: Row = {
        name: sheet.number(line.text(column), f"{line.place} ({who})", column)
        for name, column in columns.items()
    }
    row["estimable"] = bool(row["printed_low"] < row["printed_high"])
    return row if row["estimable"] else without_printed(row)


def read_revman5(sheet: Sheet, columns: Collection[str], lines: Sequence[Line]) -> None:
    """Read the export of RevMan 5: comparisons, analyses, subgroups and studies, line by line."""
    if lacking(sheet, columns, list(NEEDED.values()), "every export has it"):
        return
    names: dict[int, str] = {}
    analysis: Row = {}
    seen: set[tuple[int, ...]] = set()
    for line in lines:
        c, o, s = (
            sheet.whole(line.text(f"{part} Number"), line.place, f"{part} Number")
            for part in ("Comparison", "Outcome", "Subgroup")
        )
        here = {"comparison": c, "outcome": o, "subgroup": s}
        if o == 0:
            names[c] = line.text("Name")
        elif s == 0 and line.words("Data Type"):
            analysis = here | _settings(sheet, line, names.get(c, ""))
            if analysis["data_type"]:
                sheet.analyses.append(analysis | _pool(sheet, line))
        elif (c, o) != (analysis.get("comparison"), analysis.get("outcome")):
            sheet.fault(line.place, "Data Type", line.text("Name"),
                        "no line of this analysis with its data type stands above",
                        "Export the file again, with all lines.")  # fmt: skip
        elif s and (c, o, s) not in seen and not line.words("User defined order"):
            # a subgroup's own line stands above its studies and has no place in their order
            named = here | {"subgroup_name": line.text("Name")}
            if analysis["data_type"]:
                sheet.analyses.append(analysis | named | _pool(sheet, line))
        elif analysis["data_type"]:
            sheet.studies.append(here | _study(sheet, line, analysis["data_type"]))
        seen.add((c, o, s))
    lacking_figures(sheet, columns, FIGURE_COLUMNS)
    for row in [row for row in sheet.analyses if row["data_type"] == GENERIC_IV]:
        if not row["subgroup"]:
            _place_on_scale(sheet, (row["comparison"], row["outcome"]))


def _settings(sheet: Sheet, line: Line, comparison_name: str) -> Row:
    word = line.words("Data Type")
    name = squeezed(word)
    data_type = next((value for start, value in TYPES.items() if name.startswith(start)), "")
    if not data_type:
        sheet.fault(line.place, "Data Type", word, "is an unknown data type",
                    f"Known are {', '.join(t.upper() for t in TYPES)}; leave it out.")  # fmt: skip
    return {
        "comparison_name": comparison_name,
        "outcome_name": line.text("Name"),
        "subgroup_name": "",
        "data_type": data_type,
        "effect_measure": line.words("Effect Measure"),
        "statistical_method": line.words("Statistical Method"),
        "analysis_model": model_name(line.words("Analysis Model")),
        "log_scale": data_type == O_E,
        "swapped": False,
        "ci_level": math.nan,
        "totals": "",
        "group1": line.words("Group Label 1"),
        "group2": line.words("Group Label 2"),
    }


def _pool(sheet: Sheet, line: Line) -> Row:
    columns = {**PRINTED_COLUMNS, **POOLED_COLUMNS}
    del columns["printed_se"]
    return printed(sheet, line, columns, line.text("Name"))


def _study(sheet: Sheet, line: Line, data_type: str) -> Row:
    name = line.text("Name")
    year = line.text("Year of study")
    return {
        "study": name,
        "year": float(year) if year.isdecimal() else math.nan,
        "footnote": "",
        "applicability": "",
        **figures(sheet, line, data_type, FIGURE_COLUMNS, name),
        **printed(sheet, line, PRINTED_COLUMNS, name),
    }


def _place_on_scale(sheet: Sheet, here: tuple[int, int]) -> None:
    """Take the logarithm of generic effects that were exported as ratios.

    RevMan exports the effect as it is displayed, but the standard error that was entered; the
    width of the interval tells the scale of that error.
    """
    every = [row for row in sheet.studies if (row["comparison"], row["outcome"]) == here]
    rows = [row for row in every if row["estimable"]]
    limits = np.array([[r["printed_low"], r["printed_high"]] for r in rows]).reshape(-1, 2)
    errors = np.array([row["se"] for row in rows])
    plain = _misfit(limits, errors)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = _misfit(np.log(limits), errors)
    if rows and min(plain, logs) > AGREE:
        sheet.fault(f"analysis {here[0]}.{here[1]}", "SE", "",
                    "standard errors do not agree with the printed limits on any scale",
                    "Export it again with all digits.")  # fmt: skip
        return
    for row in sheet.analyses:
        if (row["comparison"], row["outcome"]) == here:
            row["log_scale"] = logs < plain
    for row in every:
        if not row["estimable"]:
            row["y"] = row["se"] = math.nan  # zeros on no scale
        elif logs < plain:
            row["y"] = math.log(row["y"])


def _misfit(limits: np.ndarray, errors: np.ndarray) -> float:
    """Return how far half the widths over the errors are from the nearest normal quantile."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (limits[:, 1] - limits[:, 0]) / 2 / errors
    if not len(ratio) or not np.isfinite(ratio).all():
        return math.inf
    return float(np.min(np.max(np.abs(ratio[:, None] / QUANTILES - 1), axis=0)))
