"""The probability of superiority: as a given area, from means, from paired means."""

from __future__ import annotations

from tests.reference.escalc import Case, take

NORMAND, ALL = "dat.normand1999", "escalc_all"
AREAS = take("auc", "n1i", "n2i")
PAIRS = take("m1i", "sd1i", "m2i", "sd2i", "ri", "ni")

CASES = [
    *(Case(dataset=ALL, pin=f"CLES:{v}", measure=key, options={"variance": v}, inputs=AREAS)
      for key in ("CLES", "AUC") for v in ("LS", "LS2")),  # R's two names for one number
    *(Case(dataset=data, pin=key, measure=key) for data in (ALL, NORMAND)
      for key in ("CLESN", "AUCN")),
    *(Case(dataset=data, pin="CLESN:HO", measure="CLESN", options={"variance": "HO"})
      for data in (ALL, NORMAND)),
    Case(dataset=ALL, pin="CLESN:correct=FALSE", measure="CLESN"),  # nothing to correct
    Case(dataset=ALL, pin="CLESCN", measure="CLESCN", inputs=PAIRS),
]  # fmt: skip
