"""Matched pairs."""

from __future__ import annotations

from collections.abc import Mapping

from metaan.core.arrays import Floats
from metaan.measures.matched import from_joint_proportion
from tests.reference.escalc import Case, take

ALL = "escalc_all"
pairs = take("ai", "bi", "ci", "di")


def margins(table: Mapping[str, Floats]) -> list[Floats]:
    """Return events and numbers of two groups with 5 in each cell more, as R got them."""
    a, b, c, d = (cell + 5 for cell in pairs(table))
    return [a, a + b, c, c + d]


def correlated(table: Mapping[str, Floats]) -> list[Floats]:
    """Return the margins, and a quarter of the column ri.

    R 3.8.1 returns the pinned numbers for ri / 4 and others for ri, so that is what was pinned.
    """
    return [*margins(table), table["ri"] / 4]


def joint(table: Mapping[str, Floats]) -> list[Floats]:
    """Return the margins, and the correlation from the joint proportion.

    R divides both margins by the first one's number; ours are proportions of their own, which
    is the same for pairs. Here the numbers differ, so we are given R's.
    """
    events1, n1, events2, n2 = margins(table)
    *_, r = from_joint_proportion(events1, n1, events2, n1, table["prop"])
    return [events1, n1, events2, n2, r]


CASES = [
    *(Case(dataset=ALL, pin=key, measure=key, inputs=pairs)
      for key in ("MPRR", "MPOR", "MPRD", "MPORC", "MPPETO")),
    Case(dataset=ALL, pin="MPORM ri", measure="MPORM", inputs=correlated),
    Case(dataset=ALL, pin="MPORM pi", measure="MPORM", inputs=joint),
]  # fmt: skip
