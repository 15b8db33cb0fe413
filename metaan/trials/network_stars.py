"""Rows of given contrasts → every contrast of each study, also where papers print some of them.

Papers print all contrasts of a study, or those of its other arms with one of them, l. The latter
say the rest if the variance of arm l is known, which is their covariance:
``y_ij = y_il - y_jl`` and ``v_ij = v_il + v_jl - 2 s_l``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.errors import Fault
from metaan.core.network_layout import lay_out
from metaan.core.network_rules import contrast_faults, look_alikes, repaired
from metaan.trials.network_labels import TREAT1, TREAT2
from metaan.trials.table_columns import Given
from metaan.trials.table_rules import TABLE, row_fault

SHARED, SHARED_SE = "shared", "shared_se"
POWERS = {SHARED: 1, SHARED_SE: 2}  # of a number that make it a variance


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairRows:
    """The r rows of a table of contrasts.

    Attributes
    ----------
    study, treat1, treat2 : sequence of str, length r
        Labels.
    y, v : ndarray, shape (r,)
        Effect of treat1 against treat2 and its variance; NaN where one is missing.
    shared : ndarray, shape (r,)
        Variance of the arm that the contrasts of a study share; NaN where it is not given.
    given : Given
        The table.
    remarks : tuple of str
        What was passed over.
    """

    study: Sequence[str]
    treat1: Sequence[str]
    treat2: Sequence[str]
    y: Floats
    v: Floats
    shared: Floats
    given: Given
    remarks: tuple[str, ...] = ()

    def arms(self, where: Sequence[int]) -> list[str]:
        """Return the treatments of some rows."""
        return list(
            dict.fromkeys(name for i in where for name in (self.treat1[i], self.treat2[i]))
        )

    def hub(self, where: Sequence[int]) -> str:
        """Return the treatment that all these rows have; empty if none."""
        common = set.intersection(*({self.treat1[i], self.treat2[i]} for i in where))
        return min(common) if common else ""

    def whole(self, where: Sequence[int]) -> bool:
        """Return True if as many rows are there as the arms have contrasts."""
        arms = len(self.arms(where))
        return len(where) == arms * (arms - 1) // 2

    def fault(self, i: int, column: str, value: Any, rule: str, remedy: str) -> Fault:
        """Return a fault of a cell."""
        return row_fault(i, self.study, self.given.label(column), value, rule, remedy)


def shared_names(given: Given) -> list[str]:
    """Return which of the two ways to give the variance of an arm are there, named ones first."""
    named = [name for name in POWERS if name in given.named]
    return named or [name for name in POWERS if name in given.frame]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """One contrast of a study.

    Attributes
    ----------
    place : int
        Row of the table that it stands in, or follows from.
    stands : bool
        True if it stands there.
    treat1, treat2 : str
        Its treatments.
    y, v : float
        Effect of treat1 against treat2, and its variance.
    """

    place: int
    stands: bool
    treat1: str
    treat2: str
    y: float
    v: float


def completed(rows: PairRows, where: Sequence[int]) -> list[Contrast]:
    """Return the contrasts of a study, then those that follow from them."""
    found = [
        Contrast(
            place=i,
            stands=True,
            treat1=rows.treat1[i],
            treat2=rows.treat2[i],
            y=float(rows.y[i]),
            v=float(rows.v[i]),
        )
        for i in where
    ]
    if rows.whole(where):
        return found
    hub = rows.hub(where)
    shared = float(np.nanmax(rows.shared[list(where)]))
    ends = [
        (each.treat1, each.y, each.v) if each.treat2 == hub else (each.treat2, -each.y, each.v)
        for each in found
    ]
    return found + [
        Contrast(
            place=where[0],
            stands=False,
            treat1=one[0],
            treat2=other[0],
            y=one[1] - other[1],
            v=one[2] + other[2] - 2 * shared,
        )
        for one, other in combinations(ends, 2)
    ]


def structure_faults(rows: PairRows, where: Sequence[int], *, missing: bool) -> list[Fault]:
    """Return what is wrong with the pairs of one study; ``missing`` if one of its effects is."""
    faults: list[Fault] = []
    first: dict[frozenset[str], int] = {}
    for i in where:
        one, other = rows.treat1[i], rows.treat2[i]
        if not one or not other:
            continue  # a label is missing, which is a fault of its own
        pair = frozenset((one, other))
        if one == other:
            remedy = "Take the arms of one treatment together, or give them two names."
            faults.append(rows.fault(i, TREAT2, other, "is compared with itself", remedy))
        elif pair in first:
            rule = f"{one} against {other} stands twice (first in row {first[pair] + 1})"
            remedy = "Keep one of them, or give the studies two names."
            faults.append(rows.fault(i, TREAT2, other, rule, remedy))
        first.setdefault(pair, i)
    if faults or missing or rows.whole(where) or "" in rows.arms(where):
        return faults
    return _incomplete(rows, where)


def _incomplete(rows: PairRows, where: Sequence[int]) -> list[Fault]:
    """Return why the contrasts that are there do not say the others."""
    arms, hub = rows.arms(where), rows.hub(where)
    if len(where) != len(arms) - 1 or not hub:
        full = len(arms) * (len(arms) - 1) // 2
        rule = (
            f"{len(arms)} arms ({', '.join(arms)}) have {full} contrasts; {len(where)} are there"
        )
        alike = "".join(f" {text[:1].upper()}{text[1:]}" for text in look_alikes(arms))
        remedy = (
            f"Give all {full}, or those with one of the arms and its variance ({SHARED}= or "
            f"{SHARED_SE}=).{alike}"
        )
        return [rows.fault(where[0], TREAT1, "", rule, remedy)]
    name = next(iter(shared_names(rows.given)), SHARED)
    values = rows.shared[list(where)]
    known = values[~np.isnan(values)]
    said = ", ".join(dict.fromkeys(f"{value:g}" for value in known))
    if not len(known):
        rule = f"{len(arms)} arms share {hub}, and the variance of that arm is missing"
        remedy = f"Give it ({SHARED}= or {SHARED_SE}=), or all contrasts of the study."
    elif not np.allclose(known, known[0], rtol=1e-9, atol=0):
        rule = f"the variance of {hub} must be one number in all rows of a study"
        remedy = "Give it once, or the same each time."
    elif not 0 < known[0] < rows.v[list(where)].min():
        rule = f"the variance of {hub} must be positive and below those of its contrasts"
        remedy = "Check it against the source: is it a variance?"
    else:
        return []
    return [rows.fault(where[0], name, said, rule, remedy)]


def disagreements(made: Mapping[str, Sequence[Contrast]], *, mend: bool) -> list[Fault]:
    """Return the studies whose contrasts contradict each other or have no covariance.

    Parameters
    ----------
    made : mapping of str to sequence of Contrast
        All contrasts of each study.
    mend : bool
        True if contradictions that rounding explains will be mended.
    """
    every = [(name, each) for name, contrasts in made.items() for each in contrasts]
    layout = lay_out(
        [name for name, _ in every],
        [each.treat1 for _, each in every],
        [each.treat2 for _, each in every],
    )
    y, v = (np.array([getattr(each, name) for _, each in every]) for name in ("y", "v"))
    if mend:
        y, _ = repaired(layout, y, v)
    faults = []
    for text in contrast_faults(layout, y, v):
        study = max((name for name in made if text.startswith(f"{name}: ")), key=len)
        rule, _, remedy = text[len(study) + 2 :].rpartition("; ")
        said = f"{remedy[:1].upper()}{remedy[1:]}{'' if remedy.endswith('?') else '.'}"
        faults.append(Fault(file=TABLE, row=study, column="", value="", rule=rule, remedy=said))
    return faults
