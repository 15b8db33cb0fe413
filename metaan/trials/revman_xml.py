"""RevMan 5's own file (.rm5, XML) → rows; no entity is ever expanded and nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from metaan.trials.revman_rows import (
    BESIDE,
    CONTINUOUS,
    DICHOTOMOUS,
    FIGURES,
    GENERIC_IV,
    NUMBERS,
    O_E,
    OTHER,
    Row,
    Sheet,
    model_name,
    without_placeholders,
    without_printed,
    yes,
)

ROOT = "COCHRANE_REVIEW"
LINE = " line"  # no XML attribute begins with a blank
TYPES: Mapping[str, str] = MappingProxyType(
    {"DICH": DICHOTOMOUS, "CONT": CONTINUOUS, "IV": GENERIC_IV, "IPD": O_E, "OTHER": OTHER}
)
ATTRIBUTES: Mapping[str, str] = MappingProxyType(
    {
        "events1": "EVENTS_1", "n1": "TOTAL_1", "events2": "EVENTS_2", "n2": "TOTAL_2",
        "mean1": "MEAN_1", "sd1": "SD_1", "mean2": "MEAN_2", "sd2": "SD_2",
        "y": "ESTIMATE", "se": "SE", "o_e": "O_E", "variance": "VAR",
    }
)  # fmt: skip
PRINTED_ATTRIBUTES: Mapping[str, str] = MappingProxyType(
    {
        "printed_effect": "EFFECT_SIZE", "printed_low": "CI_START", "printed_high": "CI_END",
        "printed_se": "SE", "printed_weight": "WEIGHT",
    }
)  # fmt: skip
POOLED_ATTRIBUTES: Mapping[str, str] = MappingProxyType(
    {
        "q": "CHI2", "df": "DF", "p_q": "P_CHI2", "i2": "I2", "tau2": "TAU2", "z": "Z",
        "p_z": "P_Z",
    }
)  # fmt: skip
ESCAPED = re.compile(r"_x([0-9a-fA-F]{4})_")


class _RefusedError(Exception):
    """The file declares an entity."""


def read_rm5(file: str, data: bytes) -> Sheet:
    """Return the rows of a .rm5 file.

    Parameters
    ----------
    file : str
        Its name, for messages.
    data : bytes
        Its contents; the encoding stands in them.
    """
    sheet = Sheet(file=file)
    root = _parsed(sheet, data)
    if root is None:
        return sheet
    if root.tag != ROOT:
        sheet.fault(_place(root), root.tag, "", f"is XML, but not a RevMan 5 review ({ROOT})",
                    "Give the .rm5 file that RevMan saved.")  # fmt: skip
        return sheet
    sheet.title = _text(root, "COVER_SHEET/TITLE")
    names = {study.get("ID", ""): study for study in root.iter("STUDY")}
    comparisons = root.findall("ANALYSES_AND_DATA/COMPARISON")
    for comparison in comparisons:
        for outcome in comparison:
            if outcome.tag.endswith("_OUTCOME"):
                _read_outcome(sheet, comparison, outcome, names)
    if not comparisons:
        sheet.fault("", "COMPARISON", "", "holds no comparisons",
                    "Give a review of interventions with data; a protocol, or a review of "
                    "diagnostic tests, has none.")  # fmt: skip
    return sheet


def _parsed(sheet: Sheet, data: bytes) -> Element | None:
    """Return the root, or None and a fault; a declared entity ends the reading at once."""
    builder = TreeBuilder()
    parser = expat.ParserCreate()

    def start(tag: str, attributes: dict[str, str]) -> None:
        builder.start(tag, {**attributes, LINE: str(parser.CurrentLineNumber)})

    def refuse(*_: Any) -> Any:
        raise _RefusedError

    parser.StartElementHandler = start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    try:
        parser.Parse(data, True)
    except _RefusedError:
        sheet.fault(f"line {parser.CurrentLineNumber}", "", "", "declares an XML entity",
                    "RevMan never writes one: do not trust this file.")  # fmt: skip
        return None
    except expat.ExpatError as error:
        sheet.fault(f"line {error.lineno}", "", "", f"is not well-formed XML ({error})",
                    "Save it again in RevMan, or download it again.")  # fmt: skip
        return None
    root: Element = builder.close()
    return root


def _read_outcome(
    sheet: Sheet, comparison: Element, outcome: Element, names: Mapping[str, Element]
) -> None:
    kind = outcome.tag.removesuffix("_OUTCOME")
    if kind not in TYPES:
        sheet.fault(_place(outcome), outcome.tag, kind, "is an unknown type of outcome",
                    f"Known are {', '.join(TYPES)}; leave it out.")  # fmt: skip
        return
    row: Row = {
        "comparison": sheet.whole(comparison.get("NO", ""), _place(comparison), "NO"),
        "outcome": sheet.whole(outcome.get("NO", ""), _place(outcome), "NO"),
        "comparison_name": _text(comparison, "NAME"),
        "outcome_name": _text(outcome, "NAME"),
        "data_type": TYPES[kind],
        "effect_measure": outcome.get("EFFECT_MEASURE") or _text(outcome, "EFFECT_MEASURE"),
        "statistical_method": outcome.get("METHOD", ""),
        "analysis_model": _model(outcome),
        "log_scale": kind == "IPD" or yes(outcome.get("LOG_DATA", "")),
        "swapped": yes(outcome.get("SWAP_EVENTS", "")),
        "ci_level": sheet.number(outcome.get("CI_STUDY", ""), _place(outcome), "CI_STUDY") / 100,
        "totals": outcome.get("TOTALS", ""),
        "group1": _text(outcome, "GROUP_LABEL_1"),
        "group2": _text(outcome, "GROUP_LABEL_2"),
    }
    for part in (outcome, *outcome.findall(f"{kind}_SUBGROUP")):
        number, name = 0, ""
        if part is not outcome:
            number, name = sheet.whole(part.get("NO", ""), _place(part), "NO"), _text(part, "NAME")
        here = row | {"subgroup": number, "subgroup_name": name}
        sheet.analyses.append(here | _pooled(sheet, part))
        for study in part.findall(f"{kind}_DATA"):
            sheet.studies.append(_study_row(sheet, study, here, names))


def _model(outcome: Element) -> str:
    random = outcome.get("RANDOM")
    return "" if random is None else model_name("random" if yes(random) else "fixed")


def _pooled(sheet: Sheet, part: Element) -> Row:
    names = {**PRINTED_ATTRIBUTES, **POOLED_ATTRIBUTES}
    del names["printed_se"]  # RevMan stores none for a pool
    row: Row = {name: sheet.number(part.get(a, ""), _place(part), a) for name, a in names.items()}
    row["estimable"] = yes(part.get("ESTIMABLE", ""))
    return row if row["estimable"] else without_printed(row)


def _study_row(sheet: Sheet, study: Element, here: Row, names: Mapping[str, Element]) -> Row:
    code = study.get("STUDY_ID", "")
    known = names.get(code)
    name = known.get("NAME", "") if known is not None else ""
    label = name or _decoded(code)
    place = f"{_place(study)} ({label})"
    year = known.get("YEAR", "") if known is not None else ""
    data_type = here["data_type"]
    row: Row = {
        "comparison": here["comparison"],
        "outcome": here["outcome"],
        "subgroup": here["subgroup"],
        "study": label,
        "year": float(year) if year.isdecimal() else float("nan"),
        "estimable": yes(study.get("ESTIMABLE", "")) and data_type != OTHER,
        "footnote": _text(study, "FOOTNOTE"),
        "applicability": "",
        **dict.fromkeys(FIGURES, float("nan")),
    }
    for figure in NUMBERS[data_type]:
        attribute = ATTRIBUTES[figure]
        if attribute not in study.attrib:
            sheet.fault(place, attribute, "", "attribute is missing", "Save it again in RevMan.")
        row[figure] = sheet.number(study.get(attribute, ""), place, attribute)
    for figure in BESIDE[data_type]:
        row[figure] = sheet.number(study.get(ATTRIBUTES[figure], ""), place, ATTRIBUTES[figure])
    if BESIDE[data_type]:
        row = without_placeholders(row)
    for figure, attribute in PRINTED_ATTRIBUTES.items():
        row[figure] = sheet.number(study.get(attribute, ""), place, attribute)
    return row if row["estimable"] else without_printed(row)


def _decoded(code: str) -> str:
    """Return the name in an id such as STD-El_x002d_Daher-1991."""
    plain = code.removeprefix("STD-").replace("-", " ")
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), plain)


def _place(element: Element) -> str:
    return f"line {element.get(LINE, '')}"


def _text(element: Element, path: str) -> str:
    found = element.find(path)
    return "" if found is None else " ".join("".join(found.itertext()).split())
