"""Cells of a table: which of them are empty."""

from __future__ import annotations

import numpy as np


def is_missing(value: object) -> bool:
    """Return whether a cell is None, blank or NaN of any kind (pandas' NA equals nothing)."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return True
    same = value == value
    return not same if isinstance(same, bool | np.bool_) else True
