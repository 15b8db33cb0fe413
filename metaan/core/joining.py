"""Effects of several tables as one: what was done on the way to each goes along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from metaan.core.effects import GENERIC, Effects
from metaan.core.errors import InputError


def join_effects(*effects: Effects) -> Effects:
    """Return the studies of several Effects as one, in their order.

    Parameters
    ----------
    *effects : Effects
        On one scale: differences with differences, logarithms with logarithms. Measures may
        differ only where one side came with its error (``GEN``): the same effect, printed.

    Returns
    -------
    Effects
        With all columns (None where a table has no such column), what was left out of each, and
        each one's remarks, with its studies behind them.

    Raises
    ------
    InputError
        If there is nothing to join, scales or measures differ, or a study stands in two of them.

    Examples
    --------
    >>> import metaan as ma
    >>> arms = ma.effect_sizes({"study": ["Ann"], "mean1": [4.0], "sd1": [2.0], "n1": [20],
    ...                         "mean2": [5.0], "sd2": [2.0], "n2": [20]}, "MD")
    >>> printed = ma.effect_sizes({"study": ["Bo"], "y": [-0.7]}, "GEN", se=0.4)
    >>> both = ma.join_effects(arms, printed)
    >>> both.measure, both.study, both.remarks
    ('MD', ('Ann', 'Bo'), ('se = 0.4 for every study, as given: Bo',))
    """
    strange = [type(one).__name__ for one in effects if not isinstance(one, Effects)]
    if strange or not effects:
        found = ", ".join(strange) or "nothing"
        raise InputError(f"join_effects takes Effects, one after the other; got {found}")
    scales = list(dict.fromkeys(one.scale.key for one in effects))
    if len(scales) > 1:
        raise InputError(f"effects of different scales cannot be joined: {', '.join(scales)}")
    keys = [key for key in dict.fromkeys(one.measure for one in effects) if key != GENERIC]
    if len(keys) > 1:
        raise InputError(
            f"effects of different measures cannot be joined: {', '.join(keys)}; compute one "
            "measure of all, or convert them first"
        )
    study = [name for one in effects for name in one.study]
    twice = sorted({name for name in study if study.count(name) > 1})
    if twice:
        raise InputError(
            f"{', '.join(twice)}: the study stands in two of the effects; keep one of them"
        )
    first = next((one for one in effects if one.measure != GENERIC), effects[0])
    names = dict.fromkeys(name for one in effects for name in one.columns)
    columns: dict[str, Sequence[Any]] = {
        name: [x for one in effects for x in one.columns.get(name, (None,) * one.k)]
        for name in names
    }
    return Effects(
        y=np.concatenate([one.y for one in effects]),
        v=np.concatenate([one.v for one in effects]),
        study=tuple(study),
        measure=first.measure,
        label=first.label,
        scale=first.scale.at_sizes(columns),
        treatment=first.treatment,
        control=first.control,
        rows=tuple(ids for one in effects for ids in one.rows),
        columns=columns,
        left_out=tuple(
            item for one in effects for item in one.left_out if item.study not in set(study)
        ),
        remarks=tuple(dict.fromkeys(text for one in effects for text in _told(one))),
    )


def _told(effects: Effects) -> list[str]:
    """Return each remark with the studies it is about, if it does not end in such names."""
    names = set(effects.study)
    return [
        text
        if set(text.rpartition(": ")[2].split(", ")) <= names
        else f"{text}: {', '.join(effects.study)}"
        for text in effects.remarks
    ]
