"""Correlations: simple, partial and semi-partial."""

from __future__ import annotations

from metaan.measures.table import MEASURES
from tests.reference.escalc import Case, take

ALL = "escalc_all"
PAIR = take("ri", "ni")


def from_t(table):
    """Return r and n by our route, as R gets them from ti and ni."""
    route = next(route for route in MEASURES["COR"].routes if route.inputs == ("t", "n"))
    return list(route.convert(table["ti"], table["ni"]))


CASES = [
    *(Case(dataset=ALL, pin=key, measure=key, inputs=PAIR) for key in ("COR", "UCOR", "ZCOR")),
    *(
        Case(dataset=ALL, pin=f"{key} from ti", measure=key, inputs=from_t)
        for key in ("COR", "UCOR", "ZCOR")
    ),
    *(
        Case(dataset=ALL, pin=f"{key}:{v}", measure=key, options={"variance": v}, inputs=PAIR)
        for key, variances in (("COR", ("LS", "AV", "H0")), ("UCOR", ("LS", "AV", "UB")))
        for v in variances
    ),
    *(
        Case(dataset=ALL, pin=key, measure=key, inputs=take("ti", "ni", "mi"))
        for key in ("PCOR", "ZPCOR")
    ),
    *(
        Case(dataset=ALL, pin=key, measure=key, inputs=take("ti", "ni", "mi", "r2i"))
        for key in ("SPCOR", "ZSPCOR")
    ),
]
