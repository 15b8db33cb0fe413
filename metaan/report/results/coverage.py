"""How far the data reach: of each cited review, which members and figures are on file."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from metaan.report.results.evidence import Evidence
from metaan.trials.printed import usable_printed
from metaan.trials.reading import records
from metaan.trials.schema import BASELINE, EVENTS, KNOWN
from metaan.trials.trials import Trials

OUTCOMES = ("pain", "function", "responder")
LISTS = (
    ("Su 2021, acute low back pain", "su2021", "in_13rct"),
    ("Mu 2020 (Cochrane), chronic low back pain", "mu2020", "in_33study"),
    ("Network review 2025 (identity not confirmed)", "gao2025_63rct", "in_63rct"),
    ("Sham-controlled trials (no declared list)", "", "in_sham"),
    ("Whole table", "", ""),
)


def coverage_table(evidence: Evidence) -> pd.DataFrame:
    """Return one row per cited body of evidence: declared size, members, usable studies.

    Usable means at least two preferred arms after baseline with n, mean and SD (or events), or a
    preferred printed contrast with an interval, on one outcome.
    """
    every = _all_studies(evidence.trials)
    cited = any(analysis.members for analysis in evidence.analyses)
    outcomes = OUTCOMES if cited else _outcomes(evidence.trials)
    usable = {outcome: usable_studies(evidence.trials, outcome) for outcome in outcomes}
    lines = []
    for label, review, column in LISTS if cited else LISTS[-1:]:
        k, n = evidence.declared_size(review)
        studies = evidence.trials.studies
        counts = [int((studies[column] == word).sum()) for word in KNOWN] if column else []
        members = set(evidence.trials.members(column) if column else every)
        lines.append(
            {
                "evidence": label,
                "declared": "" if k != k else f"{k:.0f} trials, {n:.0f} participants",
                "members": f"{counts[0]} confirmed, {counts[1]} inferred"
                if column
                else f"{len(every)} studies",
                **{f"usable_{o}": len(members & found) for o, found in usable.items()},
            }
        )
    return pd.DataFrame(lines)


def _outcomes(trials: Trials) -> tuple[str, ...]:
    """Return the outcomes of a file, in its order."""
    every = [*trials.arms["outcome"], *trials.contrast_rows["outcome"]]
    return tuple(dict.fromkeys(str(outcome) for outcome in every))


def _all_studies(trials: Trials) -> set[str]:
    """Return the studies on file; those known by name alone too if studies.csv is the file's."""
    on_file = {*trials.arms["study_id"], *trials.contrast_rows["study_id"]}
    own = (trials.source.parent / "studies.csv").is_file()
    return _names(on_file | set(trials.studies.index) if own else on_file)


def usable_studies(trials: Trials, outcome: str) -> set[str]:
    """Return the ids of the studies whose preferred figures allow a comparison."""
    arms = trials.arms
    mine = arms[(arms["outcome"] == outcome) & (arms["preferred"] != "0")]
    mine = mine[(mine["term"] != BASELINE) & mine["n"].notna()]
    counted = (mine["measure_type"] == EVENTS) & mine["events"].notna()
    measured = (mine["measure_type"] != EVENTS) & mine["mean"].notna() & mine["sd"].notna()
    complete = mine[counted | measured]
    per_term = complete.groupby(["study_id", "term"])["arm"].nunique().reset_index()
    found = _names(per_term["study_id"][per_term["arm"] > 1])
    rows = trials.contrast_rows
    printed = rows[(rows["outcome"] == outcome) & (rows["preferred"] != "0")]
    good = [not usable_printed(row) for row in records(printed)]
    return found | _names(printed["study_id"][good])


def _names(values: Iterable[object]) -> set[str]:
    return {str(value) for value in values}
