"""Cronbach's alpha, and genotypes."""

from __future__ import annotations

from tests.reference.escalc import Case, take

ALL = "escalc_all"


def genotypes(table):
    """Return the counts that R was given: one more of either homozygote, so that none is 0."""
    return [table["ai"] + 1, table["bi"], table["ci"] + 1]


CASES = [
    *(Case(dataset=ALL, pin=key, measure=key, inputs=take("alpha", "items", "n1i"))
      for key in ("ARAW", "AHW", "ABT")),
    Case(dataset=ALL, pin="REH", measure="REH", inputs=genotypes),
]  # fmt: skip
