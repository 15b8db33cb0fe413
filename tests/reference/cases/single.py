"""One group with a mean."""

from __future__ import annotations

from tests.reference.escalc import Case, take

ALL = "escalc_all"
GROUP = take("m1i", "sd1i", "n1i")

CASES = [
    *(Case(dataset=ALL, pin=key, measure=key, inputs=GROUP)
      for key in ("MN", "SMN", "MNLN", "CVLN")),
    Case(dataset=ALL, pin="SDLN", measure="SDLN", inputs=take("sd1i", "n1i")),
    *(Case(dataset=ALL, pin=f"MN:{v}", measure="MN", options={"variance": v}, inputs=GROUP)
      for v in ("LS", "HO")),
    Case(dataset=ALL, pin="SMN:correct=FALSE", measure="SMN", options={"correction": None},
         inputs=GROUP),
]  # fmt: skip
