"""multiverse: one question under every combination of choices, in one batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.core.effects import Effects
from metaan.core.numbers import counted
from metaan.core.scale import Scale
from metaan.core.study_intervals import DEFAULT_LEVEL, checked_level
from metaan.diagnostics.specifications.choices import (
    MODEL,
    MODEL_CHOICES,
    NOT_CHOSEN,
    STUDIES,
    TAU2,
    Choice,
    given_choices,
)
from metaan.diagnostics.specifications.curves import Curve, Important, important_of, make_curve
from metaan.diagnostics.specifications.data_sets import DataSet, DataSets, Failed, make_data_sets
from metaan.diagnostics.specifications.engine import STATISTICS, analyses, make_engine, scale_of
from metaan.diagnostics.specifications.models import (
    DEFENSIBLE_MODELS,
    Models,
    make_models,
)
from metaan.diagnostics.specifications.multiverse_record import Multiverse


def multiverse(
    make_effects: Callable[..., Effects],
    choices: Mapping[str, Any] | None = None,
    *,
    level: float = DEFAULT_LEVEL,
    important: Important | None = None,
) -> Multiverse:
    """Return one question under every combination of choices.

    Parameters
    ----------
    make_effects : callable
        ``make_effects(**options) -> Effects``, called once for every combination of the choices
        of the data, with one option of each by name; or what ``specify`` returns, which brings
        its choices. Without ``choices`` those are joined by ``DEFENSIBLE_MODELS``.
    choices : mapping of str to sequence or mapping, optional
        Each choice and its options: a sequence, or a mapping from labels to values. The first
        option is that of the main analysis. Four names are for the model and not handed on:

        * ``"studies"``: which studies are in. None for all; a function from Effects to a mask of
          shape (k,); or labels of studies that are left out (``without_each`` makes each one).
        * ``"model"``, ``"tau2"``, ``"inference"``: as in ``metaan.pool``, and its defaults where
          they are not given.
    level : float
        Of the intervals.
    important : float or mapping of str to float, optional
        Smallest difference from no effect that matters, reading scale (a ratio of 1.25 stands
        for 0.8, too); by label where there are several effects.

    Returns
    -------
    Multiverse
        One row per specification; ``.curves`` has medians, shares and the variance that each
        choice explains, ``.failed`` what gave no analysis, ``.inference()`` the test of all
        specifications together.

    Raises
    ------
    InputError
        If choices or options are no such, ``make_effects`` does not take a choice or needs what
        is none, no combination gives two studies, or no model exists; every fault is named.
        ChoiceError if all faults are unknown models, estimators or inferences.

    Notes
    -----
    Multiverse [1]_ and specification curve [2]_, for meta-analysis [3]_. Every specification is
    what ``pool`` gives for its effects, to 1e-12 or the ends of the searches for tau²; all data
    sets go through the kernel together, those with the same studies and numbers once.

    Combinations for which ``make_effects`` raises InputError or DataError, or that leave fewer
    than two studies, are listed in ``failed`` with the reason. For a common effect tau² says
    nothing: it is one specification for each inference. An inference that does not go with an
    estimator is no specification, and listed in ``undefined``. What ``make_effects`` warns of is
    counted in the remarks.

    Estimates are compared only with those of the same effect, which is the same label on the
    same scale: mean differences and standardized ones have curves of their own.

    References
    ----------
    .. [1] Steegen S, Tuerlinckx F, Gelman A, Vanpaemel W (2016). Perspect Psychol Sci 11:702.
       doi:10.1177/1745691616658637
    .. [2] Simonsohn U, Simmons JP, Nelson LD (2020). Nat Hum Behav 4:1208.
       doi:10.1038/s41562-020-0912-z
    .. [3] Voracek M, Kossmeier M, Tran US (2019). Z Psychol 227:64.
       doi:10.1027/2151-2604/a000357

    Examples
    --------
    >>> from metaan.core.effects import Effects
    >>> effects = Effects.from_arrays([0.10, 0.30, 0.55, 0.71], se=[0.12, 0.20, 0.18, 0.25])
    >>> found = multiverse(
    ...     lambda: effects,
    ...     {"studies": {"all": None, "precise": lambda e: e.se < 0.22},
    ...      "tau2": ["REML", "DL"], "inference": ["HKSJ", "WALD"]},
    ... )
    >>> found.n, round(found.curves[0].median, 3), found.curves[0].crossing
    (8, 0.332, 0.5)
    """
    given = given_choices(make_effects, choices, DEFENSIBLE_MODELS, level)
    models = make_models(given, checked_level(level))
    sets = make_data_sets(make_effects, given)
    engine = make_engine(sets.data, models.plans)
    codes, data_set, model = _specifications(given, sets, models)
    arrays = {name: each[data_set, model] for name, each in analyses(engine).items()}
    effects = _effects_of(sets.data)
    names = [name for name, _ in effects]
    kind = [names.index(name) for name in _labels(sets.data)]
    effect = np.array(kind)[data_set]
    distance = important_of(important, effects)
    arrays["analysis"] = (data_set * len(models.plans) + model).astype(float)
    curves = tuple(
        _curve(arrays, codes, effect == i, (label, scale, distance[label], given))
        for i, (label, scale) in enumerate(effects)
    )
    return Multiverse(
        choices=given,
        codes=codes,
        **{name: arrays[name] for name in STATISTICS},
        k=engine.k[data_set],
        effect=effect,
        data_set=data_set,
        model=model,
        curves=curves,
        main=_main(codes),
        failed=_weighted(sets.failed, len(models.plans)),
        undefined=models.undefined,
        engine=engine,
        level=checked_level(level),
        remarks=_remarks(sets, given),
    )


def _specifications(
    choices: Sequence[Choice], sets: DataSets, models: Models
) -> tuple[Integers, Integers, Integers]:
    """Return the options of each specification, shape (n, c), its data set and its model."""
    of_data = np.repeat(np.arange(len(sets.place)), len(models.plans))
    model = np.tile(np.arange(len(models.plans)), len(sets.place))
    names = [choice.name for choice in choices if choice.of_data]
    data_codes, model_codes = np.array(sets.codes), np.array(models.codes)
    columns = []
    for choice in choices:
        if choice.name in MODEL_CHOICES:
            columns.append(model_codes[model, MODEL_CHOICES.index(choice.name)])
        else:
            place = -1 if choice.name == STUDIES else names.index(choice.name)
            columns.append(data_codes[of_data, place])
    codes = np.stack(columns, axis=1) if columns else np.zeros((len(model), 0), dtype=np.int64)
    return codes, np.array(sets.place)[of_data], model


def _labels(data: Sequence[DataSet]) -> list[str]:
    """Return what the effect of each data set is called; with its scale where that decides."""
    kinds = [scale_of(each.effects) for each in data]
    shared = {label for label, _ in set(kinds) if len({s for one, s in kinds if one == label}) > 1}
    return [f"{label} ({key} scale)" if label in shared else label for label, key in kinds]


def _effects_of(data: Sequence[DataSet]) -> list[tuple[str, Scale]]:
    """Return the effects and their scales, by name."""
    table = {name: each.effects.scale for name, each in zip(_labels(data), data, strict=True)}
    return sorted(table.items(), key=lambda pair: pair[0])


def _curve(
    arrays: Mapping[str, Floats],
    codes: Integers,
    own: Any,
    told: tuple[str, Scale, float, Sequence[Choice]],
) -> Curve:
    label, scale, important, choices = told
    return make_curve(
        label,
        scale,
        {name: arrays[name][own] for name in ("value", "low", "high", "analysis")},
        (codes[own], choices),
        important,
    )


def _main(codes: Integers) -> int:
    """Return the position of the specification of all first options; -1 if it failed."""
    first = ((codes == 0) | (codes == NOT_CHOSEN)).all(axis=1)
    return int(np.argmax(first)) if first.any() else -1


def _weighted(failed: Sequence[Failed], models: int) -> tuple[Failed, ...]:
    """Return what failed with the number of specifications, one for each model."""
    return tuple(
        Failed(
            options=each.options, reason=each.reason, specifications=each.specifications * models
        )
        for each in failed
    )


def _remarks(sets: DataSets, choices: Sequence[Choice]) -> tuple[str, ...]:
    told = [
        f"warned of in {number} of {counted(sets.made, 'set')} of effects: {text}"
        for text, number in sorted(sets.warned.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    if not choices:
        told.append("without choices there is one specification")
    both = [c.name for c in choices if c.name in (MODEL, TAU2) and len(c.values) > 1]
    if len(both) > 1:
        told.append(
            "tau² says nothing of a common effect, so that model and estimator of tau² "
            "share what either "
            "explains of the variance"
        )
    return tuple(told)
