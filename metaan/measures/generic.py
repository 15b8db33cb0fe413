"""Effects that come with their variance or standard error."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.effects import GENERIC
from metaan.core.scale import IDENTITY
from metaan.measures.row import GIVEN, Measure, Pair, Route, Swap, at


def given_effect(y: Floats, v: Floats) -> Pair:
    """Return effect and variance as given, any shape."""
    return y, v


def _squared(y: Floats, se: Floats) -> Pair:
    return y, np.square(se)


ROWS = (
    Measure(
        key=GENERIC,
        name="Effect",
        inputs=GIVEN,
        function=given_effect,
        scale=IDENTITY,
        swap=Swap.NONE,
        design_point=at(GIVEN, -0.4, 0.02),
        doi="",
        routes=(Route(inputs=("y", "se"), convert=_squared, says="with v = se²"),),
    ),
)
