"""The choices of a multiverse: what may be decided, which options there are, who applies them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, Protocol, runtime_checkable

from metaan.core.effects import Effects
from metaan.core.errors import InputError

# Choices that the multiverse applies itself; all others are handed to the maker of effects.
STUDIES, MODEL, TAU2, INFERENCE = "studies", "model", "tau2", "inference"
MODEL_CHOICES = (MODEL, TAU2, INFERENCE)
RESERVED = (STUDIES, *MODEL_CHOICES)
NOT_CHOSEN = -1  # code of a choice that does not apply, as tau² of a common effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One decision and its options.

    Attributes
    ----------
    name : str
        Name: a keyword of the maker of effects, or one of ``RESERVED``.
    labels : tuple of str
        How the options are called; the first is that of the main analysis.
    values : tuple
        The options themselves.
    """

    name: str
    labels: tuple[str, ...]
    values: tuple[Any, ...]

    @property
    def of_data(self) -> bool:
        """Whether the maker of effects applies it."""
        return self.name not in RESERVED


@runtime_checkable
class Specifier(Protocol):
    """A maker of effects that brings its own choices."""

    @property
    def choices(self) -> Mapping[str, Any]:
        """Name of each choice and its options."""
        ...

    def __call__(self, **columns: Any) -> Effects:
        """Return the effects by one option of each choice of the data."""
        ...


def given_choices(
    make_effects: object, choices: Mapping[str, Any] | None, models: Mapping[str, Any]
) -> tuple[Choice, ...]:
    """Return the choices as given, or those of the maker of effects and ``models``.

    Raises
    ------
    InputError
        If there are none, or options are no such; every fault is named.
    """
    if not callable(make_effects):
        raise InputError(
            "make_effects must be a function that takes one option of each choice of the data "
            f"and returns Effects; got {type(make_effects).__name__}"
            + (". For effects as they are: lambda: effects" if _is_effects(make_effects) else "")
        )
    if choices is None and isinstance(make_effects, Specifier):
        choices = {**make_effects.choices, **models}
    if not isinstance(choices, Mapping):
        raise InputError(
            'choices must be a mapping from names to options, e.g. {"tau2": ["REML", "DL"]}; got '
            f"{type(choices).__name__}"
        )
    faults: list[str] = []
    found = tuple(_choice(str(name), given, faults) for name, given in choices.items())
    if faults:
        raise InputError("; ".join(faults))
    return found


def _is_effects(given: object) -> bool:
    return isinstance(given, Effects)


def _choice(name: str, given: Any, faults: list[str]) -> Choice:
    """Return one choice; what is wrong with it goes to ``faults``."""
    if isinstance(given, Mapping):
        labels, values = [str(label) for label in given], list(given.values())
    elif isinstance(given, str) or not isinstance(given, Iterable):
        faults.append(
            f"options of {name} must be a sequence, or a mapping from labels to values; got "
            f"{given!r}"
        )
        labels, values = [], [None]
    else:
        values = list(given)
        labels = [_label(name, value, faults) for value in values]
    if not values:
        faults.append(f"{name} has no options")
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        faults.append(f"options of {name} are called {', '.join(map(repr, twice))} twice")
    return Choice(name=name, labels=tuple(labels), values=tuple(values))


def _label(name: str, value: Any, faults: list[str]) -> str:
    """Return how an option is called that was given without a label."""
    if value is None:
        return "none"
    if isinstance(value, str | bool):
        return str(value)
    if isinstance(value, Real):
        return f"{float(value):g}"
    if isinstance(value, Sequence) and all(isinstance(each, str) for each in value):
        return ", ".join(value) or "none"
    called = getattr(value, "__name__", "")
    if called and called.isidentifier():
        return str(called).replace("_", " ")
    faults.append(f"an option of {name} needs a name: give {{label: value}} for {value!r}")
    return repr(value)


def without_each(effects: Effects) -> dict[str, tuple[str, ...] | None]:
    """Return options of "studies": all of them, and all without each one in turn.

    Parameters
    ----------
    effects : Effects
        Whose studies.

    Returns
    -------
    dict of str to tuple of str or None
        Label and the studies that are left out.

    Examples
    --------
    >>> effects = Effects.from_arrays([0.1, 0.3], [0.02, 0.03], study=["Ann", "Bo"])
    >>> without_each(effects)
    {'all': None, 'without Ann': ('Ann',), 'without Bo': ('Bo',)}
    """
    each = {f"without {name}": (name,) for name in dict.fromkeys(effects.study)}
    return {"all": None, **each}
