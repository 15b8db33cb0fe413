"""The same studies pooled in other ways: one diamond each, under the total."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from metaan.core.arrays import FrozenDict
from metaan.core.counts_fit import CountsFit
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.glmm_fit import GlmmFit
from metaan.core.numbers import listed
from metaan.core.robust_fit import RobustFit
from metaan.core.scale import Scale
from metaan.core.subgroup_fit import SubgroupFit
from metaan.core.wording import in_sentence, percent
from metaan.plots.forests.decimals import Ends, ends_of
from metaan.plots.forests.fit_lines import fit_words
from metaan.plots.forests.record import ForestRow
from metaan.plots.forests.sheet import Sheet
from metaan.plots.forests.wording import clean

Model: TypeAlias = PooledFit | CountsFit | GlmmFit | RobustFit
Models: TypeAlias = Mapping[str, Model]
POOLS = (PooledFit, CountsFit, GlmmFit, RobustFit)
NAMED = 3
GENERAL = ("Random ", "Common ", "Generalized ")
NO_MODELS: Models = FrozenDict()


def other_models(
    given: Any, effects: Effects, level: float, silent: Collection[str] = ()
) -> Models:
    """Return the other models of a figure by the names of their rows.

    Parameters
    ----------
    given : mapping of str to fit, or None
        What the caller asked for; of a fit by subgroups the pool of all.
    effects : Effects
        The studies of the figure.
    level : float
        Coverage of the intervals of the figure.
    silent : collection of str
        Studies of the figure that say nothing and so may be missing in a model.

    Raises
    ------
    InputError
        If it is no mapping of names to pools, or a pool is of other studies, of another measure
        or level, or has moderators; every fault is named.
    """
    if given is None:
        return NO_MODELS
    if not isinstance(given, Mapping) or not given:
        raise InputError(
            'models must be pools by the names of their rows, such as {"Common effect": fit}; '
            f"got {'none' if given == {} else type(given).__name__}"
        )
    models = {clean(name): _pool(fit) for name, fit in given.items()}
    faults = [
        f"{name}: {fault}"
        for name, fit in models.items()
        if (fault := _fault(fit, effects, level, silent))
    ]
    if faults:
        raise InputError(f"models must be pools of the studies of the figure. {'; '.join(faults)}")
    return models


def model_ends(models: Models, scale: Scale) -> list[Ends]:
    """Return the means of the models with their limits, analysis scale of the figure."""
    return [ends_of(fit.estimate, scale) for fit in models.values()]


def with_models(sheet: Sheet, total: Sequence[ForestRow], models: Models) -> Iterator[ForestRow]:
    """Yield the rows of a total with the models after its marks, and their words at the end."""
    texts = (i for i, row in enumerate(total) if row.kind == "note" and not row.texts)
    marks = next(texts, len(total))
    yield from total[:marks]
    for name, fit in models.items():
        yield replace(sheet.mark("model", name, fit.estimate), texts=FrozenDict())
    yield from total[marks:]
    for name, fit in models.items():
        words = sheet.lines.model(fit_words(fit), fit.estimate)
        yield from sheet.note(_after(name, words) if words else "")


def _after(name: str, words: str) -> str:
    """Return the words of a model after its name; by themselves where they begin with it."""
    said = re.match(rf"{re.escape(name)}\b", words, re.IGNORECASE)
    return words if said else f"{name}: {_going_on(words)}"


def _going_on(words: str) -> str:
    """Return words after a colon: with a small letter, unless a method's name begins them."""
    return in_sentence(words) if words.startswith(GENERAL) else words


def _pool(fit: object) -> Any:
    return fit.overall if isinstance(fit, SubgroupFit) else fit


def _fault(fit: object, effects: Effects, level: float, silent: Collection[str]) -> str:
    """Return why a fit cannot stand beside the studies; nothing if it can."""
    if not isinstance(fit, POOLS):
        names = ", ".join(each.__name__ for each in POOLS)
        return f"a {type(fit).__name__} is none of {names}"
    if isinstance(fit, RobustFit) and len(fit.coefficients) > 1:
        return "a regression has no mean of its own; give pools"
    label, studies, own = _pooled(fit)
    scale = fit.estimate.scale.key
    if scale != effects.scale.key or _quantity(label) != _quantity(effects.label):
        return f"it pools {label} ({scale}), the figure has {effects.label} ({effects.scale.key})"
    if fit.estimate.level != level:
        return f"its limits are of {percent(fit.estimate.level)}, the figure's of {percent(level)}"
    strange = _strangers(studies, effects.study, silent)
    if strange or own is None or silent or _numbers(own) == _numbers(effects):
        return strange
    return "its studies have the same names, but other effects"


def _pooled(fit: Model) -> tuple[str, list[str], Effects | None]:
    """Return what a model pools, its studies with information, and their effects if it has."""
    if isinstance(fit, CountsFit):
        counted = zip(fit.counts.study, fit.weights > 0, strict=True)
        return fit.label, [name for name, said in counted if said], None
    if isinstance(fit, GlmmFit):
        counted = zip(fit.counts.study, fit.used > 0, strict=True)
        return fit.label, [name for name, said in counted if said], None
    own = fit.fit.effects if isinstance(fit, RobustFit) else fit.effects
    return own.label, list(own.study), own


def _quantity(label: str) -> str:
    """Return what is estimated without how: an odds ratio, of Peto's as of others."""
    return label.partition(" (")[0].casefold()


def _strangers(pooled: Sequence[str], shown: Sequence[str], silent: Collection[str]) -> str:
    """Return which studies one of both lacks; nothing if they agree."""
    there, here = Counter(pooled), Counter(shown)
    more, less = list(there - here), [name for name in here - there if name not in silent]
    told = [f"it also has {_named(more)}"] if more else []
    return " and ".join([*told, *([f"it lacks {_named(less)}"] if less else [])])


def _named(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return listed([*names[:NAMED], f"{more} others"] if more > 1 else names)


def _numbers(effects: Effects) -> list[tuple[str, float, float]]:
    return sorted(zip(effects.study, effects.y.tolist(), effects.v.tolist(), strict=True))
