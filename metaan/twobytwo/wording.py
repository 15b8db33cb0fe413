"""What became of studies without events, in words."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Booleans
from metaan.core.counts import Counts
from metaan.twobytwo.estimators import DEFAULT_MEASURE, MHMeasure
from metaan.twobytwo.groups import Groups

MANY = 20  # studies that a text names one by one


def labels_where(counts: Counts, where: Booleans) -> str:
    """Return the labels of the chosen studies, the first of them if they are many."""
    places = np.flatnonzero(where).tolist()
    names = [counts.study[i] for i in places[:MANY]]
    more = f" and {len(places) - MANY} more" if len(places) > MANY else ""
    return ", ".join(names) + more


def zero_remarks(counts: Counts, groups: Groups, row: MHMeasure) -> list[str]:
    """Return what the studies do in which both groups have no events, or nothing but events."""
    nobody, everybody = groups.no_events[0], groups.all_events[0]
    told = []
    if row.is_ratio:
        told += silent(counts, nobody, "no events in either group of", row.label)
    elif nobody.any():
        told.append(
            f"no events in either group of {labels_where(counts, nobody)}: in, with a difference "
            "of 0"
        )
    if row.key == DEFAULT_MEASURE:
        told += silent(counts, everybody, "nothing but events in both groups of", row.label)
    elif everybody.any():
        neutral = "ratio of 1" if row.is_ratio else "difference of 0"
        told.append(
            f"nothing but events in both groups of {labels_where(counts, everybody)}: in, with a "
            f"{neutral}"
        )
    return told


def silent(counts: Counts, where: Booleans, words: str, label: str) -> list[str]:
    """Return that some studies have no part in a ratio; nothing if there are none."""
    if not where.any():
        return []
    return [
        f"{words} {labels_where(counts, where)}: no information about the {label.lower()}, "
        "weight 0"
    ]
