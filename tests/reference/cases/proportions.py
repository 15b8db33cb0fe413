"""One group with events among participants."""

from __future__ import annotations

from tests.reference.escalc import Case, take

ALL, PRITZ = "escalc_all", "dat.pritz1997"
RULED = ("PR", "PLN", "PLO", "PRZ", "PAS")
PLAIN = "PFT"  # R takes to="all" of this one too, and adds 0


def group(table):
    """Return events and participants of the first group."""
    return [table["ai"], table["ai"] + table["bi"]]


CASES = [
    *(Case(dataset=ALL, pin=key, measure=key, inputs=group) for key in (*RULED, PLAIN)),
    *(Case(dataset=PRITZ, pin=key, measure=key, inputs=take("xi", "ni"))
      for key in (*RULED, PLAIN)),
    *(Case(dataset=ALL, pin=f"{key}:to=all", measure=key, options={"to": "all"}, inputs=group)
      for key in RULED),
    Case(dataset=ALL, pin=f"{PLAIN}:to=all", measure=PLAIN, inputs=group),
    *(Case(dataset=ALL, pin=f"{key}:{v}", measure=key, options={"variance": v}, inputs=group)
      for key, names in (("PR", ("LS", "UB", "AV")), ("PLN", ("LS", "AV")), ("PLO", ("LS", "AV")))
      for v in names),
]  # fmt: skip
