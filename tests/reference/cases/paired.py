"""Changes and other paired comparisons of means and spreads."""

from __future__ import annotations

from metaan.measures.table import MEASURES
from tests.reference.escalc import Case, take

ALL = "escalc_all"
PAIRED = take("m1i", "sd1i", "m2i", "sd2i", "ri", "ni")
# R divides by sd1i, which it takes for the SD of the earlier measurement although m1i is the later
# mean: our sd2.
BY_EARLIER = take("m1i", "sd2i", "m2i", "sd1i", "ri", "ni")
ONE_SD = take("m1i", "m2i", "sd1i", "ri", "ni")
SPREADS = take("sd1i", "sd2i", "ri", "ni")
STANDARDIZED = {
    "SMCC": PAIRED,
    "SMCR": ONE_SD,
    "SMCRH": BY_EARLIER,
    "SMCRP": PAIRED,
    "SMCRPH": PAIRED,
}


def from_t(table):
    """Return the paired inputs by our route, as R gets them from ti and ni."""
    route = next(route for route in MEASURES["SMCC"].routes if route.inputs == ("t", "n"))
    return list(route.convert(table["ti"], table["ni"]))


CASES = [
    Case(dataset=ALL, pin="MC", measure="MC", inputs=PAIRED),
    *(
        Case(dataset=ALL, pin=f"{key}{name}", measure=key, options=options, inputs=inputs)
        for key, inputs in STANDARDIZED.items()
        for name, options in (("", {}), (":correct=FALSE", {"correction": None}))
    ),
    *(
        Case(dataset=ALL, pin=f"{key}:{v}", measure=key, options={"variance": v},
             inputs=STANDARDIZED[key])
        for key in ("SMCC", "SMCR")
        for v in ("LS", "LS2", "UB", "H0")
    ),
    Case(dataset=ALL, pin="SMCC from ti", measure="SMCC", inputs=from_t),
    *(
        Case(dataset=ALL, pin=f"{key}{name}", measure=key, options=options, inputs=PAIRED)
        for key in ("ROMC", "CVRC")
        for name, options in (
            ("", {}), (":correct=FALSE", {"correct": False}), (":LS2", {"variance": "LS2"}),
        )
    ),
    # R takes correct=FALSE here too, but has nothing to correct.
    *(Case(dataset=ALL, pin=pin, measure="VRC", inputs=SPREADS)
      for pin in ("VRC", "VRC:correct=FALSE")),
    Case(dataset=ALL, pin="VRC:LS2", measure="VRC", options={"variance": "LS2"}, inputs=SPREADS),
]  # fmt: skip
