"""The studies' effects in R: made again by ``escalc`` from their numbers, or as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from metaan.core.arrays import Floats, FrozenDict
from metaan.core.effects import Effects
from metaan.measures.corrections import DEFAULT_CORRECTION, UNCORRECTED
from metaan.measures.row import Measure
from metaan.measures.table import MEASURES
from metaan.report.r_calls.escalc_words import (
    ARGUMENTS,
    BY_EARLIER_SD,
    EARLY_VARIANCES,
    LATER_MEASURES,
    OTHER_NUMBERS,
)
from metaan.report.r_calls.script import Script
from metaan.report.r_calls.writing import called, data_frame, literal, text, vector

VARIANCE, CORRECTION, CORRECT = "variance", "correction", "correct"
ADD, TO, DROP = "add", "to", "drop_double_zero"
# Our option to R's argument.
OPTIONS: Mapping[str, str] = FrozenDict(
    {VARIANCE: "vtype", CORRECTION: "correct", CORRECT: "correct", ADD: "add", TO: "to",
     DROP: "drop00"}
)  # fmt: skip
FLAGS = {CORRECT: (True, False), DROP: (False, True)}
NEAR = 1e-11  # relative difference of variances that unbiased estimates of R's have, too
STUDIES = "studies"


class Made(NamedTuple):
    """How effects are made again.

    Attributes
    ----------
    row : Measure
        Of the effects.
    columns : mapping of str to ndarray
        R's argument to its numbers.
    options : mapping
        Ours, those that are not the defaults.
    turned : ndarray, shape (k,)
        -1 where the effect was turned round, else 1.
    """

    row: Measure
    columns: Mapping[str, Floats]
    options: Mapping[str, Any]
    turned: Floats


def studies_of(
    effects: Effects, more: Mapping[str, Any] | None = None, *, given: bool = False
) -> Script:
    """Return the lines that make ``studies`` with ``yi`` and ``vi``.

    Parameters
    ----------
    effects : Effects
        Effects of k studies.
    more : mapping of str to sequence, optional
        Further columns: numbers or labels.
    given : bool
        Whether to hand over y and v, whatever they were made from.
    """
    further = dict(more or {})
    made = None if given else made_of(effects)
    label = {"study": tuple(effects.study)}
    if made is None:
        columns = {**label, "yi": effects.y.tolist(), "vi": effects.v.tolist(), **further}
        return Script(lines=(f"{STUDIES} <- {data_frame(columns)}",))
    numbers = {name: values.tolist() for name, values in made.columns.items()}
    columns = {**label, **numbers, **further}
    word = made.row.key
    arguments = {
        "measure": text(word),
        **{name: name for name in numbers},
        **{OPTIONS[name]: _word(name, value) for name, value in made.options.items()},
        "data": STUDIES,
    }
    lines = [f"{STUDIES} <- {data_frame(columns)}", f"{STUDIES} <- {called('escalc', arguments)}"]
    if (made.turned < 0).any():
        turned = vector(made.turned.tolist())
        lines.append(f"{STUDIES}$yi <- {STUDIES}$yi * {turned}  # turned round")
    executed = _is_early(word, made.options)
    told = () if executed else (f"metafor 3.8 has no such effects ({word}); a later one has",)
    return Script(lines=tuple(lines), remarks=told, executed=executed)


def made_of(effects: Effects) -> Made | None:
    """Return the inputs and options that give these very effects back, or None."""
    row = MEASURES.get(effects.measure)
    if row is None or row.key in OTHER_NUMBERS or row.inputs not in ARGUMENTS or not effects.k:
        return None
    given = _numbers(effects, row)
    if given is None:
        return None
    for options in _options(row):
        y, v = row.function(*given.values(), **options)
        turned = np.where(np.sign(y) * np.sign(effects.y) < 0, -1.0, 1.0)
        if _equal(turned * y, effects.y) and _equal(v, effects.v):
            words = ARGUMENTS[row.inputs]
            columns = dict(zip(words, given.values(), strict=True))
            if row.key in BY_EARLIER_SD:
                columns |= {"sd1i": columns["sd2i"], "sd2i": columns["sd1i"]}
            return Made(row, columns, options, turned)
    return None


def _numbers(effects: Effects, row: Measure) -> dict[str, Floats] | None:
    found = {}
    for name in row.inputs:
        if name not in effects.columns:
            return None
        try:
            found[name] = np.asarray(effects.columns[name], dtype=np.float64)
        except (TypeError, ValueError):
            return None
        if not np.isfinite(found[name]).all():
            return None
    return found


def _equal(ours: Floats, theirs: Floats) -> bool:
    return bool(np.all(np.abs(ours - theirs) <= NEAR * np.maximum(np.abs(theirs), 1e-300)))


def _options(row: Measure) -> Iterator[dict[str, Any]]:
    """Yield the options of a measure that R has, the defaults first, without the defaults."""
    choices = []
    for name, keys in row.options.items():
        if name == ADD:
            continue
        values = list(keys) if keys else list(FLAGS[name])
        if name == CORRECTION:
            values = [DEFAULT_CORRECTION, UNCORRECTED]
        default = row.default(name)
        values = [default, *(value for value in values if value != default)]
        choices.append([(name, value) for value in values])
    for chosen in product(*choices):
        yield {name: value for name, value in chosen if value != row.default(name)}


def _word(name: str, value: Any) -> str:
    """Return an option's value in R, whose only corrections are the exact one and none."""
    return literal(value != UNCORRECTED) if name == CORRECTION else literal(value)


def _is_early(word: str, options: Mapping[str, Any]) -> bool:
    """Whether metafor 3.8 makes these effects."""
    if word in LATER_MEASURES or CORRECTION in options or CORRECT in options:
        return False
    return VARIANCE not in options or options[VARIANCE] in EARLY_VARIANCES.get(word, ())
