"""ZERO_RULES: which studies have something added to their counts, one row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Real
from types import MappingProxyType

import numpy as np

from metaan.core.arrays import Booleans, Floats, FrozenDict
from metaan.core.errors import InputError
from metaan.core.lookup import look_up

DEFAULT_ADD = 0.5
UNTOUCHED = 0.0  # what measures add that a zero cell leaves defined


def _only_zero(zero: Booleans) -> Booleans:
    """Return the studies with a count of 0."""
    return zero


def _every(zero: Booleans) -> Booleans:
    """Return all studies."""
    return np.ones_like(zero)


def _every_if_any(zero: Booleans) -> Booleans:
    """Return all studies if any of the analysis has a count of 0."""
    return np.broadcast_to(zero.any(axis=-1, keepdims=True), zero.shape)


def _nowhere(zero: Booleans) -> Booleans:
    """Return no study."""
    return np.zeros_like(zero)


ZERO_RULES: Mapping[str, Callable[[Booleans], Booleans]] = MappingProxyType(
    {"only0": _only_zero, "all": _every, "if0all": _every_if_any, "none": _nowhere}
)
DEFAULT_RULE = next(iter(ZERO_RULES))

# The options of measures that have the rule, as their rows list them.
RULE_OPTIONS: Mapping[str, tuple[str, ...]] = FrozenDict(add=(), to=tuple(ZERO_RULES))
ZERO_OPTIONS: Mapping[str, tuple[str, ...]] = FrozenDict(RULE_OPTIONS, drop_double_zero=())


def selected_by(zero: Booleans, *, add: float, to: str) -> Booleans:
    """Return which studies the rule selects, shape (..., k).

    Parameters
    ----------
    zero : ndarray of bool, shape (..., k)
        True where a study has a count of 0.
    add : float
        What is added where the rule says so; only checked here.
    to : {"only0", "all", "if0all", "none"}
        Studies with a zero; all; all of an analysis (the last axis) in which any has one; none.
        Row of ``ZERO_RULES``.

    Raises
    ------
    ChoiceError
        If there is no such rule.
    InputError
        If ``add`` is not a number of at least 0.
    """
    rule = look_up(ZERO_RULES, to, argument="to", what="a zero-cell rule")
    if not isinstance(add, Real) or not 0 <= float(add) < np.inf:
        raise InputError(f"add={add!r} must be a number of at least 0, e.g. {DEFAULT_ADD}")
    return rule(zero)


def addition(zero: Booleans, *, add: float, to: str) -> Floats:
    """Return what the rule adds to the counts of each study, shape (..., k); see `selected_by`."""
    selected = selected_by(zero, add=add, to=to)
    return np.asarray(float(add) * selected, dtype=np.float64)
