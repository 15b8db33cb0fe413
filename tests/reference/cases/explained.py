"""Shares of variance explained."""

from __future__ import annotations

from tests.reference.escalc import Case, take

ALL = "escalc_all"
FIT = take("r2i", "ni", "mi")

CASES = [
    *(Case(dataset=ALL, pin=key, measure=key, inputs=FIT) for key in ("R2", "ZR2")),
    *(
        Case(dataset=ALL, pin=f"R2:{v}", measure="R2", options={"variance": v}, inputs=FIT)
        for v in ("LS", "LS2", "AV", "AV2")
    ),
]
# R's integral leaves a piece out, and its slope is that of another transform: see
# tests/measures/test_explained.py, which compares these entries.
ELSEWHERE = [(ALL, "R2F"), (ALL, "ZR2F")]
