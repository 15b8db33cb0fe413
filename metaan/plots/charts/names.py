"""Which studies of a chart are named: one rule for every chart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from metaan.core.errors import ChoiceError, InputError
from metaan.core.lookup import hint, look_up

Names: TypeAlias = str | bool | Sequence[str] | None


def _every(outside: Sequence[bool]) -> tuple[bool, ...]:
    return (True,) * len(outside)


def _nobody(outside: Sequence[bool]) -> tuple[bool, ...]:
    return (False,) * len(outside)


def _outer(outside: Sequence[bool]) -> tuple[bool, ...]:
    return tuple(outside)


ALL, NONE, OUTSIDE = "all", "none", "outside"
NAME_CHOICES: Mapping[str, Callable[[Sequence[bool]], tuple[bool, ...]]] = MappingProxyType(
    {ALL: _every, NONE: _nobody, OUTSIDE: _outer}
)
WITHIN: Mapping[str, Callable[[Sequence[bool]], tuple[bool, ...]]] = MappingProxyType(
    {key: row for key, row in NAME_CHOICES.items() if key != OUTSIDE}
)  # where nothing is outside of anything


def is_list(names: Names) -> bool:
    """Return whether the caller named the studies one by one, and wants to see these names."""
    return names is not None and not isinstance(names, str | bool | np.bool_)


def named(
    names: Names,
    study: Sequence[str],
    *,
    default: str,
    outside: Sequence[bool] | None = None,
    limits: bool = False,
) -> tuple[bool, ...]:
    """Return whether each study is named.

    Parameters
    ----------
    names : str, bool, sequence of str, or None
        Key of ``NAME_CHOICES``, True (all) or False (none), labels of studies, or None for the
        default of the chart.
    study : sequence of str
        Labels of the studies.
    default : str
        Key of ``NAME_CHOICES``.
    outside : sequence of bool, optional
        Whether each study lies outside of the limits; None where there are none.
    limits : bool
        Whether the chart can have limits.

    Raises
    ------
    InputError
        If studies outside of limits are asked for where there are none, or one name is no
        sequence (ChoiceError: there is no such choice, or no such study).
    """
    if names is None:
        names = default
    if isinstance(names, bool | np.bool_):
        names = ALL if names else NONE
    if not isinstance(names, str):
        return _listed(names, study)
    if names in study and names not in NAME_CHOICES:
        raise InputError(f"names must be a sequence of studies; got {names!r}; write ({names!r},)")
    table = NAME_CHOICES if limits else WITHIN
    choose = look_up(table, names, argument="names", what="a choice of names")
    if outside is None and names == OUTSIDE:
        raise InputError(
            f"names={names!r} needs a pooled effect and its limits; give a fit, or the names"
        )
    return choose(outside if outside is not None else (False,) * len(study))


def _listed(names: Iterable[str], study: Sequence[str]) -> tuple[bool, ...]:
    """Return whether each study is among these."""
    if not isinstance(names, Iterable):
        choices = ", ".join(map(repr, NAME_CHOICES))
        raise InputError(
            f"names must be one of {choices}, or a sequence of studies; got {names!r}"
        )
    wanted = dict.fromkeys(str(name) for name in names)
    unknown = [name for name in wanted if name not in study]
    if unknown:
        told = "; ".join(f"{name!r} is no study of these.{hint(name, study)}" for name in unknown)
        raise ChoiceError(f"names: {told}")
    return tuple(name in wanted for name in study)
