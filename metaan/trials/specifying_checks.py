"""What is asked of specify, checked: every fault of names and options in one error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from metaan.core.bias import RiskOfBias
from metaan.core.errors import InputError
from metaan.core.faults import Faults
from metaan.core.lookup import look_up
from metaan.trials.naming import find_measure
from metaan.trials.reversing import DIRECTIONS
from metaan.trials.schema import TERMS
from metaan.trials.specifying_assumed import check_changes, check_printed
from metaan.trials.specifying_options import (
    CHANGES,
    CONTROL,
    INSTRUMENTS,
    MEASURE,
    OF_DATA,
    PRINTED,
    STUDIES,
    TERM,
    TREATMENT,
    Option,
    given_options,
)
from metaan.trials.trials import Names, Trials

CHOICES = (*OF_DATA, STUDIES)
GROUP = "group"


def checked_question(
    trials: Trials,
    sides: tuple[Names, Names],
    choices: Mapping[str, Any] | None,
    *,
    better: str | None,
    bias: RiskOfBias | None,
    outcome: str,
) -> tuple[Trials, tuple[tuple[str, ...], tuple[str, ...]], dict[str, tuple[Option, ...]]]:
    """Return the rows of the outcome, both sides as names, and the caller's options.

    Raises
    ------
    InputError
        Naming every fault; ChoiceError if all are unknown names.
    """
    if not isinstance(trials, Trials):
        raise InputError(
            f"trials must be Trials, as load_trials gives them; got {type(trials).__name__}"
        )
    faults = Faults()
    rows = faults.tried(lambda: trials.select(outcome=outcome))
    for argument, names in zip((TREATMENT, CONTROL), sides, strict=True):
        faults.tried(_check_sides, trials, argument, names)
    if better is not None:
        faults.tried(lambda: look_up(DIRECTIONS, better, argument="better", what="a direction"))
    if bias is not None and not isinstance(bias, RiskOfBias):
        faults.add(f"bias must be RiskOfBias, by risk_of_bias; got {type(bias).__name__}")
    options = _options(trials, choices, faults)
    faults.refuse()
    assert rows is not None
    return rows, (as_names(sides[0]), as_names(sides[1])), options


def _options(
    trials: Trials, choices: Mapping[str, Any] | None, faults: Faults
) -> dict[str, tuple[Option, ...]]:
    """Return the options of the caller; what is wrong with them goes to ``faults``."""
    if choices is not None and not isinstance(choices, Mapping):
        faults.add(
            'choices must be a mapping from names to options, e.g. {"term": [("short",)]}; '
            f"got {type(choices).__name__}"
        )
        return {}
    found = {}
    for name, given in (choices or {}).items():
        found[name] = faults.tried(_options_of, name, given) or ()
        for option in found[name]:
            faults.tried(_check_value, trials, name, option.value)
    return found


def _options_of(name: str, given: Any) -> tuple[Option, ...]:
    """Return the options of one choice; InputError for an unknown one."""
    _check_names(CHOICES, "choices", name, "a choice of trials")
    return given_options(name, given)


def _check_value(trials: Trials, name: str, value: Any) -> None:
    """Raise InputError unless an option is one of its choice."""
    if name in (TREATMENT, CONTROL):
        _check_sides(trials, name, value)
    elif name == TERM:
        _check_names(TERMS, name, value, "a term")
    elif name == INSTRUMENTS and value is not None:
        _check_names(list(map(str, trials.instruments.index)), name, value, "an instrument")
    elif name == CHANGES:
        check_changes(value)
    elif name == PRINTED:
        check_printed(value)
    elif name == MEASURE:
        find_measure(str(value))


def _check_sides(trials: Trials, argument: str, value: Any) -> None:
    table = trials.treatments
    known = sorted({*map(str, table.index), *map(str, table[GROUP])})
    _check_names(known, argument, value, "a group or node")


def _check_names(known: Sequence[str], argument: str, value: Any, what: str) -> None:
    if not isinstance(value, str | Sequence) or not len(value):
        raise InputError(f"{argument}={value!r} must be a name or a sequence of names")
    for name in as_names(value):
        look_up(dict.fromkeys(known), name, argument=argument, what=what)


def as_names(names: Names | None) -> tuple[str, ...]:
    """Return names as a tuple: one, several or none."""
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else tuple(names)
