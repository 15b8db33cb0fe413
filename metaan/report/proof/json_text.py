"""JSON that is read by people as well: what fits stands on one line, and nothing is rounded."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

import numpy as np

ROOM = 100  # letters of a line
INFINITE = {math.inf: "inf", -math.inf: "-inf"}  # JSON has no such numbers


def json_text(value: Any) -> str:
    """Return plain values as JSON that ends with a line break.

    Examples
    --------
    >>> print(json_text({"name": "a", "rows": [1, 2.5]}), end="")
    {"name": "a", "rows": [1, 2.5]}
    """
    return f"{_lines(value, 0)}\n"


def _lines(value: Any, depth: int) -> str:
    flat = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if len(flat) + depth <= ROOM or not isinstance(value, dict | list):
        return flat
    nested = value.values() if isinstance(value, dict) else value
    if not any(isinstance(each, dict | list) for each in nested) and isinstance(value, list):
        return flat  # a row of a table
    margin = " " * (depth + 1)
    if isinstance(value, dict):
        parts = [
            f"{json.dumps(key, ensure_ascii=False)}: {_lines(each, depth + 1)}"
            for key, each in value.items()
        ]
        left, right = "{", "}"
    else:
        parts = [_lines(each, depth + 1) for each in value]
        left, right = "[", "]"
    inner = f",\n{margin}".join(parts)
    return f"{left}\n{margin}{inner}\n{' ' * depth}{right}"


def plain(value: Any) -> Any:
    """Return a record as what JSON can hold.

    Fields and entries stay in their order, arrays become lists, NaN becomes None and an infinite
    number a text; functions (of a scale, of a layout) are not told: their keys say which they are.

    Raises
    ------
    TypeError
        If something else is in it.

    Examples
    --------
    >>> plain({"y": np.array([1.5, np.nan]), "k": np.int64(2), "ends": (0.0, np.inf)})
    {'y': [1.5, None], 'k': 2, 'ends': [0.0, 'inf']}
    """
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, bool | np.bool_):
        return None if value is None else bool(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int | float | np.number):
        return _number(value)
    if is_dataclass(value) and not isinstance(value, type):
        named = {each.name: getattr(value, each.name) for each in fields(value)}
        return {name: plain(each) for name, each in named.items() if not callable(each)}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items() if not callable(each)}
    if isinstance(value, set | frozenset):
        return sorted(plain(each) for each in value)
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, Iterable):
        return [plain(each) for each in value]
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def _number(value: int | float | np.number[Any]) -> int | float | str | None:
    if isinstance(value, int | np.integer):
        return int(value)
    number = float(value)
    return None if math.isnan(number) else INFINITE.get(number, number)
