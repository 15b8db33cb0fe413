"""Two groups with means: differences, ratios and standardized differences."""

from __future__ import annotations

from metaan.measures.row import CONTROL_SD, SDS
from metaan.measures.table import MEASURES
from tests.reference.escalc import Case, Inputs, take
from tests.tolerance import Tolerance

LOG_GAMMAS = Tolerance(
    relative=1e-11,
    reason="UB's variance subtracts terms that nearly cancel, and R has J from log-gammas: "
    "against 50 digits R is off by 3.3e-12, we by 1e-15",
)
NORMAND, ALL = "dat.normand1999", "escalc_all"
COLUMNS = {"mean": "m{}i", "sd": "sd{}i", "n": "n{}i"}


def named(inputs: tuple[str, ...]) -> Inputs:
    """Return a function that takes R's columns of these inputs."""
    return take(*(COLUMNS[name[:-1]].format(name[-1]) for name in inputs))


def by_route(key: str, start: str, column: str) -> Inputs:
    """Return a function that converts a column by the route of a measure that begins so."""
    (route,) = (each for each in MEASURES[key].routes if each.inputs[0] == start)
    return lambda table: list(route.convert(table[column], table["n1i"], table["n2i"]))


CONTROL, SPREADS = named(CONTROL_SD), named(SDS)

CASES = [
    *(Case(dataset=ALL, pin=key, measure=key) for key in ("MD", "SMD", "SMDH", "SMD1H", "ROM",
                                                          "CVR")),
    *(Case(dataset=ALL, pin=f"{key}:correct=FALSE", measure=key, options={"correction": None})
      for key in ("SMD", "SMDH", "SMD1H")),
    *(Case(dataset=ALL, pin=f"{key}:correct=FALSE", measure=key, options={"correct": False})
      for key in ("ROM", "CVR")),
    Case(dataset=ALL, pin="MD:HO", measure="MD", options={"variance": "HO"}),
    *(Case(dataset=data, pin=f"SMD:{v}", measure="SMD", options={"variance": v})
      for data in (ALL, NORMAND) for v in ("LS", "LS2", "AV", "H0")),
    *(Case(dataset=data, pin=f"SMD1:{v}", measure="SMD1", options={"variance": v}, inputs=CONTROL)
      for data in (ALL, NORMAND) for v in ("LS", "LS2", "AV", "H0")),
    *(Case(dataset=data, pin=f"{key}:UB", measure=key, options={"variance": "UB"}, inputs=inputs,
           variance_tolerance=LOG_GAMMAS)
      for data in (ALL, NORMAND) for key, inputs in (("SMD", None), ("SMD1", CONTROL))),
    Case(dataset=ALL, pin="SMD1", measure="SMD1", inputs=CONTROL),
    Case(dataset=ALL, pin="SMD1:correct=FALSE", measure="SMD1", options={"correction": None},
         inputs=CONTROL),
    *(Case(dataset=data, pin=f"ROM:{v}", measure="ROM", options={"variance": v})
      for data in (ALL, NORMAND) for v in ("LS", "HO", "LS2", "AV", "AVHO")),
    *(Case(dataset=data, pin="VR", measure="VR", inputs=SPREADS) for data in (ALL, NORMAND)),
    Case(dataset=ALL, pin="VR:correct=FALSE", measure="VR", options={"correct": False},
         inputs=SPREADS),
    *(Case(dataset=data, pin="VR:LS2", measure="VR", options={"variance": "LS2"}, inputs=SPREADS)
      for data in (ALL, NORMAND)),
    *(Case(dataset=data, pin="CVR:LS2", measure="CVR", options={"variance": "LS2"})
      for data in (ALL, NORMAND)),
    *(Case(dataset=NORMAND, pin=key, measure=key) for key in ("SMDH", "SMD1H", "CVR")),
    *(Case(dataset=NORMAND, pin=f"MD:{v}", measure="MD", options={"variance": v})
      for v in ("LS", "HO")),
    Case(dataset=NORMAND, pin="SMD:correct=FALSE", measure="SMD", options={"correction": None}),
    Case(dataset=NORMAND, pin="ROM:correct=FALSE", measure="ROM", options={"correct": False}),
    *(Case(dataset=ALL, pin=pin, measure="SMD", inputs=by_route("SMD", start, column))
      for pin, start, column in (
          ("SMD from ti", "t", "ti"),
          ("SMD from di", "d", "ri"),  # R was given the column ri as d
          ("SMD from ri (rpb)", "r", "ri"),
          ("SMD from signed p", "p", "prop"),
      )),
]  # fmt: skip

ELSEWHERE = [(ALL, "summary.escalc SMD")]  # in test_study_limits.py
