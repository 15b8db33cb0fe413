"""What a RevMan file of any format is read into: rows of studies, of analyses, and faults."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from metaan.core.effects import GENERIC
from metaan.core.errors import Fault
from metaan.measures.row import EVENTS, MEANS
from metaan.measures.table import MEASURES
from metaan.trials.reading import parse_number

Row = dict[str, Any]

DICHOTOMOUS = "dichotomous"
CONTINUOUS = "continuous"
GENERIC_IV = "generic inverse variance"
O_E = "O-E and variance"
OTHER = "other data"

# The numbers that a study's effect is made of, then those that may stand beside them.
NUMBERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        DICHOTOMOUS: EVENTS,
        CONTINUOUS: MEANS,
        GENERIC_IV: ("y", "se"),
        O_E: ("o_e", "variance"),
        OTHER: (),
    }
)
BESIDE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {DICHOTOMOUS: (), CONTINUOUS: (), GENERIC_IV: ("n1", "n2"), O_E: EVENTS, OTHER: ()}
)
FIGURES = tuple(dict.fromkeys((*EVENTS, *MEANS, "y", "se", "o_e", "variance")))
PRINTED = ("printed_effect", "printed_low", "printed_high", "printed_se", "printed_weight")
POOLED = ("q", "df", "p_q", "i2", "tau2", "z", "p_z")
PLACE = ("comparison", "outcome", "subgroup")
SETTINGS = (
    "comparison_name", "outcome_name", "subgroup_name", "data_type", "effect_measure",
    "statistical_method", "analysis_model", "log_scale", "swapped", "ci_level", "totals",
    "group1", "group2",
)  # fmt: skip

# RevMan's other spellings of words in the names of MEASURES.
SPELLINGS: Mapping[str, str] = MappingProxyType(
    {
        "peto_or": "peto odds ratio",
        "std": "standardized",
        "standardised": "standardized",
        "wmd": "mean difference",
        "weighted": "",
    }
)
NON_EVENT = re.compile(r"\(?non-?event\)?")  # "Risk Ratio (Non-event)": of swapped events
INPUTS: Mapping[str, tuple[str, ...]] = MappingProxyType({DICHOTOMOUS: EVENTS, CONTINUOUS: MEANS})

EMPTY = frozenset({"", "NA", "N/A", "#N/A", "NaN", "Infinity", "-Infinity"})
YES = frozenset({"yes", "true", "1"})


@dataclass(slots=True, kw_only=True)
class Sheet:
    """Rows as they come out of a file, and what is wrong with it.

    Attributes
    ----------
    file : str
        Name of the file.
    title : str
        Title of the review; empty if the file has none.
    studies, analyses : list of dict
        One row for each study in each analysis; one for each analysis and subgroup.
    faults : list of Fault
        Everything that is wrong with the file.
    """

    file: str
    title: str = ""
    studies: list[Row] = field(default_factory=list)
    analyses: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, row: str, column: str, value: str, rule: str, remedy: str) -> None:
        """Add a fault."""
        self.faults.append(
            Fault(file=self.file, row=row, column=column, value=value, rule=rule, remedy=remedy)
        )

    def number(self, text: str, row: str, column: str) -> float:
        """Return the number in a cell, NaN where it is empty or (with a fault) none."""
        text = text.strip()
        if text in EMPTY:
            return math.nan
        value, remedy = parse_number(text)
        if remedy:
            self.fault(row, column, text, "must be a number", remedy)
        return value

    def whole(self, text: str, row: str, column: str) -> int:
        """Return the number of a comparison, outcome or subgroup; -1 (with a fault) if none."""
        value = self.number(text, row, column)
        if value >= 0 and value == int(value):
            return int(value)
        if math.isnan(value) and text.strip() not in EMPTY:
            return -1  # said already
        self.fault(row, column, text, "must be a whole number", "Export the file again.")
        return -1


def squeezed(text: str) -> str:
    """Return the letters and digits of a name, for comparing spellings."""
    return re.sub(r"[^a-z0-9]", "", text.casefold().replace("²", "2"))


def yes(text: str) -> bool:
    """Return True for YES and TRUE."""
    return text.strip().casefold() in YES


def model_name(text: str) -> str:
    """Return "fixed" or "random", or the file's own words."""
    words = text.strip().casefold()
    return next((name for name in ("fixed", "random") if name in words), text.strip())


def without_placeholders(row: Row) -> Row:
    """Return the row without the zeros that stand for numbers of participants never entered."""
    cleared = dict(row)
    for events, n in (EVENTS[:2], EVENTS[2:]):
        if not row[n] > 0:
            cleared[events] = cleared[n] = math.nan
    return cleared


def without_printed(row: Row) -> Row:
    """Return the row with nothing printed: RevMan fills what it cannot estimate with zeros."""
    return row | dict.fromkeys([name for name in (*PRINTED, *POOLED) if name in row], math.nan)


def measure_of(row: Row) -> str:
    """Return the key in ``MEASURES`` of a file's effect measure; empty if it has none."""
    data_type = row["data_type"]
    if data_type in (GENERIC_IV, O_E):
        return GENERIC
    given = NON_EVENT.sub("", row["effect_measure"].casefold())
    for key, measure in MEASURES.items():
        named = squeezed(given) == squeezed(key) or _words(given) == _words(measure.name)
        if named and measure.inputs == INPUTS.get(data_type):
            return key
    return ""


def is_peto(measure: str) -> bool:
    """Return True for the key of Peto's odds ratio, which takes zero cells as they are."""
    return measure == measure_of({"data_type": DICHOTOMOUS, "effect_measure": "peto odds ratio"})


def _words(name: str) -> frozenset[str]:
    """Return the words of a measure's name, in one spelling and no order."""
    text = SPELLINGS.get(name.casefold(), name.casefold())
    found = [SPELLINGS.get(word, word) for word in re.findall(r"[a-z_]+", text)]
    return frozenset(" ".join(found).split())
