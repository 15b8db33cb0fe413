"""Two groups with events: ratios and differences of risks."""

from __future__ import annotations

from tests.reference.escalc import Case

ALL, BCG, NIEL = "escalc_all", "dat.bcg", "dat.nielweise2007"
RULES = ("all", "if0all", "none")

CASES = [
    *(Case(dataset=data, pin=key, measure=key) for data in (ALL, BCG, NIEL)
      for key in ("RR", "OR", "RD", "AS", "PETO")),
    # R obeys to= with an add of its own for AS: nothing
    *(Case(dataset=ALL, pin=f"{key}:to={to}", measure=key, options={"to": to})
      for key in ("RR", "OR", "RD", "AS") for to in RULES),
    *(Case(dataset=NIEL, pin=f"OR:to={to}", measure="OR", options={"to": to}) for to in RULES),
    *(Case(dataset=data, pin="OR:drop00", measure="OR", options={"drop_double_zero": True})
      for data in (ALL, NIEL)),
    *(Case(dataset=ALL, pin=f"RD:vtype={v}", measure="RD", options={"variance": v})
      for v in ("LS", "UB", "AV")),
    Case(dataset=ALL, pin="OR:add=.1", measure="OR", options={"add": 0.1}),
]  # fmt: skip
