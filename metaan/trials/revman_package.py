"""The Cochrane Library's data package (…-data-rows.csv and the files beside it) → rows."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from metaan.trials.revman_csv import (
    Line,
    figures,
    lacking,
    lacking_figures,
    printed,
    read_lines,
)
from metaan.trials.revman_rows import (
    CONTINUOUS,
    DICHOTOMOUS,
    GENERIC_IV,
    O_E,
    POOLED,
    PRINTED,
    SETTINGS,
    Row,
    Sheet,
    model_name,
    squeezed,
    yes,
)

NEEDED = ("Analysis group", "Analysis number", "Study")
FIGURE_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "events1": "Experimental cases", "n1": "Experimental N",
        "events2": "Control cases", "n2": "Control N",
        "mean1": "Experimental mean", "sd1": "Experimental SD",
        "mean2": "Control mean", "sd2": "Control SD",
        "y": "GIV Mean", "se": "GIV SE", "o_e": "O-E", "variance": "Variance",
    }
)  # fmt: skip
PRINTED_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "printed_effect": "Mean", "printed_low": "CI start", "printed_high": "CI end",
        "printed_weight": "Weight",
    }
)  # fmt: skip
POOLED_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "q": "Heterogeneity Chi²", "df": "Heterogeneity df", "p_q": "Heterogeneity P",
        "i2": "Heterogeneity I²", "tau2": "Heterogeneity Tau²", "z": "Effect Z",
        "p_z": "Effect P",
    }
)  # fmt: skip
TYPES: Mapping[str, str] = MappingProxyType(
    {
        "dichotomous": DICHOTOMOUS, "continuous": CONTINUOUS, "contrast": GENERIC_IV,
        "generic": GENERIC_IV, "inverse": GENERIC_IV, "oe": O_E, "observed": O_E,
    }
)  # fmt: skip
POOL_COLUMNS: Mapping[str, str] = MappingProxyType({**PRINTED_COLUMNS, **POOLED_COLUMNS})
BY_COLUMNS = "arm"  # "Arm level": the columns say of which kind
ROWS_FILE, SETTINGS_FILE = "data-rows", "overall-estimates-and-settings"
SUBGROUPS_FILE = "subgroup-estimates"
Key = tuple[int, int]


def read_package(
    sheet: Sheet, path: Path, columns: Collection[str], lines: Sequence[Line]
) -> None:
    """Read data rows, with the settings and pooled results of the files beside them.

    Without the settings the data type is told by the columns in use (the others hold zeros or
    nothing), and the effect measure stays unknown.
    """
    if lacking(sheet, columns, NEEDED, f"is this the …-{ROWS_FILE}.csv?"):
        return
    settings = {_key(sheet, line): line for line in _beside(sheet, path, SETTINGS_FILE)}
    groups: dict[Key, list[Line]] = {}
    for line in lines:
        groups.setdefault(_key(sheet, line), []).append(line)
    for key, rows in groups.items():
        analysis = _analysis(sheet, key, rows, settings.get(key))
        if not analysis["data_type"]:
            continue
        sheet.analyses.append(analysis)
        _read_studies(sheet, analysis, rows)
    lacking_figures(sheet, columns, FIGURE_COLUMNS)
    _read_subgroups(sheet, _beside(sheet, path, SUBGROUPS_FILE))


def _key(sheet: Sheet, line: Line) -> Key:
    group, number = (sheet.whole(line.text(name), line.place, name) for name in NEEDED[:2])
    return group, number


def _beside(sheet: Sheet, path: Path, name: str) -> list[Line]:
    """Return the lines of a file of the package that lies beside the data rows."""
    if ROWS_FILE not in path.name:
        return []
    file = path.with_name(path.name.replace(ROWS_FILE, name))
    if not file.is_file():
        return []
    own = Sheet(file=file.name)
    columns, lines = read_lines(own, file.read_bytes())
    if columns:
        lacking(own, columns, NEEDED[:2], "every file of the package has it")
    sheet.faults += own.faults
    return [] if own.faults else lines


def _analysis(sheet: Sheet, key: Key, rows: Sequence[Line], settings: Line | None) -> Row:
    line = settings or Line(place="", cells={})
    row: Row = {
        "comparison": key[0],
        "outcome": key[1],
        "subgroup": 0,
        **dict.fromkeys(SETTINGS, ""),
        "comparison_name": line.words("Analysis group name"),
        "outcome_name": line.text("Analysis name") or rows[0].text("Analysis name"),
        "effect_measure": line.words("Effect measure"),
        "statistical_method": line.words("Statistical method"),
        "analysis_model": model_name(line.words("Analysis model")),
        "log_scale": False,
        "swapped": yes(line.text("Swap event and non-event")),
        "ci_level": _level(sheet, line),
        "totals": line.words("Overall estimates"),
        "group1": line.words("Experimental group label"),
        "group2": line.words("Control group label"),
        "estimable": False,
        **dict.fromkeys((*PRINTED, *POOLED), math.nan),
        "data_type": _data_type(sheet, line, rows),
    }
    said = line.words("Log-scale data")
    if row["data_type"] == O_E:
        row["log_scale"] = True
    elif row["data_type"] == GENERIC_IV:
        row["log_scale"] = yes(said) if said else _displayed_as_ratio(rows)
    if settings is None:
        return row
    return row | printed(sheet, line, POOL_COLUMNS, row["outcome_name"])


def _level(sheet: Sheet, line: Line) -> float:
    text = line.words("Study CI") or line.words("CI/PI level")
    level = sheet.number(text.removesuffix("%"), line.place, "Study CI")
    return level / 100 if level > 1 else level


def _data_type(sheet: Sheet, line: Line, rows: Sequence[Line]) -> str:
    word = line.words("Data type")
    name = squeezed(word)
    if not name or name.startswith(BY_COLUMNS):
        return _type_by_columns(rows)
    found = next((value for start, value in TYPES.items() if name.startswith(start)), "")
    if not found:
        sheet.fault(line.place, "Data type", word, "is an unknown data type",
                    "Known are Dichotomous, Continuous, Contrast level and O-E; take the "
                    "analysis out of both files.")  # fmt: skip
    return found


def _type_by_columns(rows: Sequence[Line]) -> str:
    """Return the data type whose columns hold more than zeros and blanks."""

    def used(*names: str) -> bool:
        return any(_value(line, FIGURE_COLUMNS[name]) != 0 for line in rows for name in names)

    for data_type, names in (
        (CONTINUOUS, ("sd1", "sd2")),
        (O_E, ("o_e",)),
        (GENERIC_IV, ("y",)),
        (DICHOTOMOUS, ("n1", "n2")),
    ):
        if used(*names):
            return data_type
    return GENERIC_IV


def _value(line: Line, column: str) -> float:
    """Return a number for telling columns apart: 0 for blanks; what is none is said later."""
    try:
        return float(line.words(column) or 0)
    except ValueError:
        return 0.0


def _displayed_as_ratio(rows: Sequence[Line]) -> bool:
    """Return True if generic effects are displayed as the exponentials of what was entered."""
    pairs = [(_value(r, "GIV Mean"), _value(r, "Mean")) for r in rows if r.words("Mean")]
    plain = sum(abs(shown - entered) for entered, shown in pairs)
    ratio = sum(abs(shown - math.exp(min(entered, 700.0))) for entered, shown in pairs)
    return ratio < plain


def _read_studies(sheet: Sheet, analysis: Row, rows: Sequence[Line]) -> None:
    numbers: dict[str, int] = {"": 0}
    for line in rows:
        name = line.text("Study")
        subgroup = line.words("Subgroup")
        given = line.words("Subgroup number")
        if given:
            numbers.setdefault(subgroup, sheet.whole(given, line.place, "Subgroup number"))
        number = numbers.setdefault(subgroup, len(numbers))
        if not name:
            sheet.fault(line.place, "Study", "", "must not be empty", "Export the file again.")
        year = line.words("Study year")
        sheet.studies.append(
            {
                "comparison": analysis["comparison"],
                "outcome": analysis["outcome"],
                "subgroup": number,
                "study": name,
                "year": float(year) if year.isdecimal() else math.nan,
                "footnote": line.words("Footnotes"),
                "applicability": line.words("Applicability"),
                "printed_se": math.nan,
                **figures(sheet, line, analysis["data_type"], FIGURE_COLUMNS, name),
                **printed(sheet, line, PRINTED_COLUMNS, name),
            }
        )
    for subgroup, number in numbers.items():
        if subgroup:
            none = dict.fromkeys((*PRINTED, *POOLED), math.nan) | {"estimable": False}
            named = {"subgroup": number, "subgroup_name": subgroup}
            sheet.analyses.append(analysis | none | named)


def _read_subgroups(sheet: Sheet, lines: Sequence[Line]) -> None:
    """Put the pooled results of the subgroups where their rows are."""
    rows = {
        ((row["comparison"], row["outcome"]), row["subgroup_name"]): row
        for row in sheet.analyses
        if row["subgroup"]
    }
    for line in lines:
        row = rows.get((_key(sheet, line), line.words("Subgroup")))
        if row is not None:
            row |= printed(
                sheet, line, {**PRINTED_COLUMNS, **POOLED_COLUMNS}, row["subgroup_name"]
            )
