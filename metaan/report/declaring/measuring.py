"""What is wrong with a measure beside what else is declared: its inputs, its method, its ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from metaan.measures.row import EVENTS
from metaan.measures.table import MEASURES
from metaan.report.declaring.declared import FOREST, MODEL, NETWORK, RANKING
from metaan.trials.contrasting import NUMBERS
from metaan.trials.given_effects import GIVEN_ROWS
from metaan.trials.network_contrasts import NETWORK_MEASURES
from metaan.twobytwo.methods import COUNT_METHODS, PETO
from metaan.univariate.planning import COMMON

Table = Mapping[str, Any]
Problem = tuple[str, str, Any]  # key, rule, value
# Of what trials hold, which is no person-time.
OF_NETWORKS = tuple(
    key for key, row in NETWORK_MEASURES.items() if {*NUMBERS}.issuperset(row.inputs)
)


def measure_problems(whole: Table, kind: str) -> list[Problem]:
    """Return what no data could do with a measure, and which values do not go with it."""
    found: list[Problem] = []
    measure = whole.get("measure", "")
    row = MEASURES.get(measure)
    if kind == NETWORK and measure and measure not in OF_NETWORKS:
        rule = f"is no measure of a network of trials; choose one of {', '.join(OF_NETWORKS)}"
        found.append(("measure", f"{measure!r} {rule}", measure))
    if kind == FOREST and row is not None and measure not in GIVEN_ROWS:
        lacking = [name for name in row.inputs if name not in NUMBERS]
        if lacking:
            rule = (
                f"{measure} needs {', '.join(lacking)}, which no comparison of two arms has; "
                "choose a measure of two means or of events"
            )
            found.append(("measure", rule, measure))
    if row is not None and row.scale.is_log and whole.get("important") == 1:
        rule = f"must be a ratio other than 1, which is no effect: {measure} is a ratio"
        found.append(("important", rule, whole["important"]))
    if kind == NETWORK and RANKING in whole.get("draw", ()) and not whole.get("better"):
        rule = "is missing: ranks need the direction that is better"
        found.append(("better", rule, ""))
    return found


def count_problems(whole: Table, method: str, chosen: Sequence[str]) -> list[Problem]:
    """Return what does not go with a method that pools counts."""
    name, measure = COUNT_METHODS[method].name, whole.get("measure", "")
    measures = [key for key in COUNT_METHODS[method].measures if MEASURES[key].inputs == EVENTS]
    found: list[Problem] = []
    if measure not in measures:
        takes = f'; method = "{method}" takes measure = "{measures[0]}"'
        rule = f"{name} pools {', '.join(measures)}{takes if len(measures) == 1 else ''}"
        found.append(("measure", rule, measure))
    more = [*chosen, *(key for key in ("subgroups", "moderators") if whole.get(key))]
    if method == PETO and whole.get(MODEL, COMMON) != COMMON:
        more.append(MODEL)
    found += [(key, f"is of no use with {name}: take it out", whole[key]) for key in more]
    return found
