"""The rows that one question can concern, in tables that are quick to take rows from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from metaan.trials.trials import Trials

# Where a figure stands and what was printed: row ids lead back to them.
UNUSED = (
    "as_reported", "derivation", "source_doi", "source_citation", "source_kind", "source_url",
    "source_locus", "notes", "title", "journal", "pmid", "description", "components", "p",
)  # fmt: skip
OF_DIFFERENCES = ("se", "ci_low", "ci_high")  # what arms have no use for: they have an SD


def lean_rows(trials: Trials, treatment: Sequence[str], control: Sequence[str]) -> Trials:
    """Return the studies that have rows of both sides, without columns that no effect needs."""
    table = trials.treatments
    sides = [
        {*map(str, table.index[table["group"].isin(list(names))]), *names}
        for names in (treatment, control)
    ]
    arms, printed = trials.arms, trials.contrast_rows
    own = [
        {
            *arms["study_id"][arms["treatment"].isin(nodes)],
            *printed["study_id"][printed["treat1"].isin(nodes) | printed["treat2"].isin(nodes)],
        }
        for nodes in sides
    ]
    both = own[0] & own[1]

    def rows(frame: pd.DataFrame) -> pd.DataFrame:
        return _lean(frame[frame["study_id"].isin(both)])

    return replace(
        trials,
        arms=rows(arms.drop(columns=[name for name in OF_DIFFERENCES if name in arms])),
        contrast_rows=rows(printed),
        ruled_arms=rows(trials.ruled_arms),
        ruled_contrasts=rows(trials.ruled_contrasts),
        studies=_lean(trials.studies[trials.studies.index.isin(both)]),
        instruments=_lean(trials.instruments),
        treatments=_lean(trials.treatments),
        components=_lean(trials.components),
    )


def _lean(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with plain Python texts: pandas' own are slow to take one by one."""
    kept = frame.drop(columns=[name for name in UNUSED if name in frame])
    texts = [name for name, kind in kept.dtypes.items() if not pd.api.types.is_numeric_dtype(kind)]
    return kept.astype(dict.fromkeys(texts, object))
