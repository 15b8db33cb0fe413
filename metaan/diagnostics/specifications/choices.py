"""The choices of a multiverse: what may be decided, which options there are, who applies them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, Protocol, runtime_checkable

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.core.lookup import hint
from metaan.core.study_intervals import checked_level
from metaan.core.wording import bracketed
from metaan.tau2.table import DEFAULT_TAU2, ESTIMATORS
from metaan.univariate.inference import INFERENCES
from metaan.univariate.planning import DEFAULT_LEVEL, DEFAULT_MODEL, make_plan
from metaan.univariate.prediction import DEFAULT_PREDICTION

# Choices that the multiverse applies itself; all others are handed to the maker of effects.
STUDIES, MODEL, TAU2, INFERENCE = "studies", "model", "tau2", "inference"
MODEL_CHOICES = (MODEL, TAU2, INFERENCE)
RESERVED = (STUDIES, *MODEL_CHOICES)
NOT_CHOSEN = -1  # code of a choice that does not apply, as tau² of a common effect
ALL_STUDIES = "all studies"
# What a reader calls choices whose names are arguments.
READ_AS = {TAU2: "estimator of tau²", INFERENCE: "kind of interval"}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
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

    def __repr__(self) -> str:
        """Return one line: its name and the labels of its options."""
        return f"<Choice {self.name}: {'; '.join(self.labels)}>"


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


def reader_name(choice: str) -> str:
    """Return what sentences and figures call a choice.

    Examples
    --------
    >>> reader_name("tau2"), reader_name("measure")
    ('estimator of tau²', 'measure')
    """
    return READ_AS.get(choice, choice)


def reader_option(choice: str, label: str) -> str:
    """Return what sentences call an option: keys of models by their names.

    Examples
    --------
    >>> reader_option("inference", "HKSJ_FLOOR"), reader_option("tau2", "DL")
    ('Hartung-Knapp (floor)', 'DerSimonian-Laird')
    """
    if choice == TAU2 and label in ESTIMATORS:
        return bracketed(ESTIMATORS[label].name)
    if choice == INFERENCE and label in INFERENCES:
        return INFERENCES[label].short
    return label


def given_choices(
    make_effects: object,
    choices: Mapping[str, Any] | None,
    models: Mapping[str, Any],
    level: float,
) -> tuple[Choice, ...]:
    """Return the choices as given, or those of the maker of effects and ``models``.

    Raises
    ------
    InputError
        If there are none, options are no such, the maker of effects does not take a choice or
        needs what is none, or the level is no such; every fault is named. ChoiceError if all
        faults are unknown names of models.
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
    faults += _calling_faults(make_effects, [choice.name for choice in found])
    unknown, others = _model_faults(found, level)
    if faults or others:
        raise InputError("; ".join((*faults, *others, *unknown)))
    if unknown:
        raise ChoiceError("; ".join(unknown))
    return found


def _calling_faults(make_effects: Callable[..., Any], names: Sequence[str]) -> list[str]:
    """Return why the maker of effects cannot be called with one option of each choice."""
    try:
        parameters = inspect.signature(make_effects).parameters.values()
    except (TypeError, ValueError):  # a compiled function that does not say
        return []
    handed = [name for name in names if name not in RESERVED]
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    takes = [each.name for each in parameters if each.kind in named]
    told = []
    if not any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters):
        takes_words = f"takes {', '.join(takes)}" if takes else "takes no argument by name"
        told += [
            f'"{name}" is a choice that make_effects does not take (it {takes_words}); give it an '
            f"argument of that name, or rename the choice.{hint(name, (*takes, *RESERVED))}"
            for name in handed
            if name not in {each.name for each in parameters}
        ]
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    needed = [
        each for each in parameters if each.default is each.empty and each.kind not in optional
    ]
    return [_end(text) for text in told] + [
        f'make_effects needs "{each.name}"{_lacking(each.name, each.kind in named)}'
        for each in needed
        if each.name not in handed or each.kind not in named
    ]


def _lacking(name: str, by_name: bool) -> str:
    """Return why an argument of the maker of effects gets no option, and what to do."""
    if not by_name:
        return " by position, but options are handed on by name; make it an argument by name"
    if name in RESERVED:
        return ", a name that multiverse keeps to itself; rename the argument"
    return ", which is no choice; add it to choices, or give it a default"


def _model_faults(choices: Sequence[Choice], level: float) -> tuple[list[str], list[str]]:
    """Return unknown names among the options of the model, and what else is wrong with them."""
    unknown, others = [], []
    main = {MODEL: DEFAULT_MODEL, TAU2: DEFAULT_TAU2, INFERENCE: None}
    for choice in choices:
        for value in choice.values if choice.name in main else ():
            wanted = {**main, choice.name: value}
            try:
                make_plan(**wanted, prediction=DEFAULT_PREDICTION, level=DEFAULT_LEVEL)
            except ChoiceError as error:
                unknown.append(_end(str(error)))
            except InputError as error:
                others.append(_end(str(error)))
    if not isinstance(level, Real):
        others.append(f"level={level!r} must be a number between 0 and 1, e.g. {DEFAULT_LEVEL}")
        return unknown, others
    try:
        checked_level(level)
    except InputError as error:
        others.append(_end(str(error)))
    return unknown, others


def _end(told: str) -> str:
    """Return a fault without the full stop that another one may follow."""
    return told.removesuffix(".")


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
    {'all studies': None, 'without Ann': ('Ann',), 'without Bo': ('Bo',)}
    """
    each = {f"without {name}": (name,) for name in dict.fromkeys(effects.study)}
    return {ALL_STUDIES: None, **each}
