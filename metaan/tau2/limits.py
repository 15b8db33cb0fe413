"""What a way to bound tau² answers."""

from __future__ import annotations

from typing import NamedTuple

from metaan.core.arrays import Booleans, Floats


class Limits(NamedTuple):
    """Limits of tau², and where the set they bound is empty; arrays of shape (n,)."""

    low: Floats
    high: Floats
    empty: Booleans
