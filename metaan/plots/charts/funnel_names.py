"""Which studies of a funnel or radial plot are named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from metaan.core.errors import InputError
from metaan.core.lookup import hint, look_up

Names: TypeAlias = str | Sequence[str] | None


def _every(outside: Sequence[bool]) -> tuple[bool, ...]:
    return (True,) * len(outside)


def _outer(outside: Sequence[bool]) -> tuple[bool, ...]:
    return tuple(outside)


ALL, OUTSIDE = "all", "outside"
NAME_CHOICES: Mapping[str, Callable[[Sequence[bool]], tuple[bool, ...]]] = MappingProxyType(
    {ALL: _every, OUTSIDE: _outer}
)


def named(names: Names, study: Sequence[str], outside: Sequence[bool] | None) -> tuple[bool, ...]:
    """Return whether each study is named.

    Parameters
    ----------
    names : str, sequence of str, or None
        Key of ``NAME_CHOICES``, labels of studies, or nothing.
    study : sequence of str
        Labels of the studies.
    outside : sequence of bool or None
        Whether each study lies outside of the limits; None where there are no limits.

    Raises
    ------
    InputError
        If a label is no study's, or studies outside of limits are asked for where there are none.
    """
    if names is None:
        return (False,) * len(study)
    if isinstance(names, str):
        choose = look_up(NAME_CHOICES, names, argument="names", what="a choice of names")
        if outside is None and names == OUTSIDE:
            raise InputError(
                f"names={names!r} needs a pooled effect and its limits; give a fit, or the names"
            )
        return choose(outside if outside is not None else (False,) * len(study))
    wanted = [str(name) for name in names]
    unknown = [name for name in wanted if name not in study]
    if unknown:
        told = "; ".join(f"{name!r} is no study.{hint(name, study)}" for name in unknown)
        raise InputError(f"names: {told}")
    return tuple(name in wanted for name in study)
