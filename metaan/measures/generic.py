"""Effects that come with their variance or standard error."""

from __future__ import annotations

from metaan.core.arrays import Floats


def given_effect(y: Floats, v: Floats) -> tuple[Floats, Floats]:
    """Return effect and variance as given, any shape."""
    return y, v
