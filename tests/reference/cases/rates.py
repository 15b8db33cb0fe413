"""Events per person-time."""

from __future__ import annotations

from tests.reference.escalc import Case, take

ALL, HART = "escalc_all", "dat.hart1999"
TWO, ONE = ("IRR", "IRD", "IRSD"), ("IR", "IRLN", "IRS", "IRFT")
BOTH = take("x1i", "t1i", "x2i", "t2i")
FIRST = take("x1i", "t1i")

CASES = [
    *(Case(dataset=data, pin=key, measure=key, inputs=BOTH)
      for data in (ALL, HART) for key in TWO),
    *(Case(dataset=ALL, pin=f"{key}:to=all", measure=key, options={"to": "all"}, inputs=BOTH)
      for key in TWO),
    *(Case(dataset=ALL, pin=key, measure=key, inputs=FIRST) for key in ONE),
    *(Case(dataset=HART, pin=f"{key} (group 1)", measure=key, inputs=FIRST) for key in ONE),
]  # fmt: skip
