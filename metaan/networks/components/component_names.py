"""Which components a treatment has: read from its name, or given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from metaan.core.arrays import FrozenDict
from metaan.core.errors import InputError
from metaan.core.lookup import hint

SEPARATOR, TIMES = "+", "*"
Given = Mapping[str, str | Sequence[str]]


def split_name(text: str, separator: str) -> tuple[str, ...]:
    """Return the components that a text joins, without blanks around them; "" where one lacks.

    Examples
    --------
    >>> split_name("acupuncture + exercise", "+")
    ('acupuncture', 'exercise')
    """
    return tuple(part.strip() for part in text.split(separator))


def read_components(
    treatments: Sequence[str], components: Given | None = None, separator: str = SEPARATOR
) -> Mapping[str, tuple[str, ...]]:
    """Return the components of each treatment, each once, in the order of its name.

    Parameters
    ----------
    treatments : sequence of str
        Names, as printed.
    components : mapping of str to str or sequence of str, optional
        Components of some or all of them, in place of what their names say: as a list, which may
        be empty, or as a text that the separator splits.
    separator : str
        What stands between components in a name; blanks around them do not count.

    Raises
    ------
    InputError
        If a treatment is unknown, or a component is empty or stands twice; every fault is named.

    Examples
    --------
    >>> dict(read_components(["A", "A + B", "usual"], {"usual": []}))
    {'A': ('A',), 'A + B': ('A', 'B'), 'usual': ()}
    """
    if not isinstance(separator, str) or not separator.strip():
        raise InputError(
            f'separator={separator!r} must be a text that is not blank, e.g. "{SEPARATOR}"'
        )
    given = {} if components is None else components
    if not isinstance(given, Mapping):
        raise InputError(
            'components must be a mapping of treatments to their components, e.g. {"both": '
            f'["acupuncture", "exercise"]}}; got {type(given).__name__}'
        )
    faults = list(_unknown(given, treatments))
    found = {}
    for name in treatments:
        own = given.get(name, name)
        if not isinstance(own, str) and not _is_list(own):
            faults.append(f"components of {name!r} must be a list of names; got {own!r}")
            continue
        found[name] = _parts(own, separator)
        faults += _part_faults(name, found[name], separator)
    if faults:
        raise InputError("; ".join(faults))
    return FrozenDict(found)


def read_interactions(
    interactions: str | Iterable[str | Sequence[str]],
    components: Mapping[str, tuple[str, ...]],
    inactive: str | None = None,
) -> Mapping[str, tuple[str, ...]]:
    """Return the components of each interaction, by its name.

    Parameters
    ----------
    interactions : iterable of str or of sequences of str
        ``"acupuncture*exercise"`` or ``("acupuncture", "exercise")``; three and more are one
        interaction of them all.
    components : mapping of str to tuple of str
        Components of each treatment, by `read_components`.
    inactive : str, optional
        The component that has no effect.

    Raises
    ------
    InputError
        If one is no interaction of two or more known and active components that some treatment
        holds together, or stands twice; every fault is named.

    Examples
    --------
    >>> dict(read_interactions(["A*B"], {"A": ("A",), "A + B": ("A", "B")}))
    {'A*B': ('A', 'B')}
    """
    given = list(interactions) if _is_list(interactions) else [interactions]
    known = {part for parts in components.values() for part in parts}
    held = [set(parts) for parts in components.values()]
    found: dict[str, tuple[str, ...]] = {}
    faults: list[str] = []
    for each in given:
        members = tuple(map(str, each)) if _is_list(each) else split_name(str(each), TIMES)
        name = TIMES.join(members)
        fault = _interaction_fault(members, known, inactive)
        if not fault and not any(set(members) <= parts for parts in held):
            fault = f"interaction {name!r}: no treatment holds {' and '.join(members)} together"
        if not fault and any(set(members) == set(other) for other in found.values()):
            fault = f"interaction {name!r} stands more than once; give it once"
        if not fault and name in known:
            fault = f"interaction {name!r} has the name of a component; rename that component"
        if fault:
            faults.append(fault)
        found[name] = members
    if faults:
        raise InputError("; ".join(faults))
    return FrozenDict(found)


def check_inactive(inactive: Any, components: Iterable[str]) -> None:
    """Raise ``InputError`` if the inactive component is none of the components."""
    known = sorted(components)
    if inactive is None or (isinstance(inactive, str) and inactive in known):
        return
    raise InputError(
        f"inactive={inactive!r} is not a component; choose one of {', '.join(known)}."
        f"{hint(inactive, known)}"
    )


def _is_list(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str)


def _unknown(given: Given, treatments: Sequence[str]) -> Iterator[str]:
    for name in given:
        if name not in treatments:
            yield (
                f"components are given for {name!r}, which is not a treatment of this network"
                f" ({', '.join(treatments)}).{hint(name, treatments)}"
            )


def _parts(value: str | Sequence[str], separator: str) -> tuple[str, ...]:
    if isinstance(value, str):
        return split_name(value, separator)
    return tuple(str(part).strip() for part in value)


def _part_faults(name: str, parts: Sequence[str], separator: str) -> Iterator[str]:
    if "" in parts:
        yield (
            f"treatment {name!r}: a component is empty beside {separator!r}; correct the name, or "
            "give its components with components="
        )
    twice = sorted({part for part in parts if part and parts.count(part) > 1})
    for part in twice:
        yield (
            f"treatment {name!r}: component {part!r} stands twice; a component is there or not, "
            "so give another dose a name of its own with components="
        )


def _interaction_fault(members: Sequence[str], known: set[str], inactive: str | None) -> str:
    name = TIMES.join(members)
    if len(members) < 2:
        return (
            f"{name!r} is not an interaction; join two components or more, as in "
            f'"{TIMES.join(sorted(known - {inactive})[:2])}"'
        )
    if len(set(members)) < len(members):
        return f"interaction {name!r} names a component twice"
    strange = [member for member in members if member not in known]
    if strange:
        active = sorted(known - {inactive})
        return (
            f"interaction {name!r}: {strange[0]!r} is not a component; choose from "
            f"{', '.join(active)}.{hint(strange[0], active)}"
        )
    if inactive in members:
        return f"interaction {name!r}: {inactive!r} is inactive and changes no effect"
    return ""
