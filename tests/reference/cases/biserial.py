"""Correlations and odds ratios from the means of two groups, or from t."""

from __future__ import annotations

from tests.reference.cases.means import by_route
from tests.reference.escalc import Case

NORMAND, ALL = "dat.normand1999", "escalc_all"

CASES = [
    *(Case(dataset=data, pin=key, measure=key) for data in (ALL, NORMAND)
      for key in ("RPB", "RBIS", "ZPB", "ZBIS", "D2ORN", "D2ORL")),
    *(Case(dataset=ALL, pin=f"RPB:{v}", measure="RPB", options={"variance": v})
      for v in ("ST", "CS")),
    Case(dataset=NORMAND, pin="RPB:CS", measure="RPB", options={"variance": "CS"}),
    *(Case(dataset=ALL, pin=f"{key} from ti", measure=key, inputs=by_route(key, "t", "ti"))
      for key in ("RPB", "RBIS", "D2ORN")),
]  # fmt: skip
