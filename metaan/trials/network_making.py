"""network_effects: from arms, contrasts or trials to the contrasts of a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from metaan.core.arrays import FrozenDict
from metaan.core.effects import GENERIC
from metaan.core.errors import InputError
from metaan.core.network_effects import ERROR, NetworkEffects
from metaan.core.network_rules import look_alikes
from metaan.measures.row import Measure
from metaan.trials.naming import check_options
from metaan.trials.network_arms import comparable, contrast_columns
from metaan.trials.network_columns import numbered
from metaan.trials.network_contrasts import (
    NETWORK_MEASURES,
    check_variance,
    contrasts_of,
    network_row,
)
from metaan.trials.network_entries import Asked, trial_effects
from metaan.trials.network_groups import arm_names, arm_row
from metaan.trials.network_labels import (
    CORRELATION,
    TREAT1,
    TREAT2,
    TREATMENT,
    network_table,
    signs_of,
)
from metaan.trials.network_pairs import PAIR_NAMES, Meaning, meaning_of, pair_effects
from metaan.trials.network_tables import read_arms
from metaan.trials.network_telling import alike_studies, check_left, tell
from metaan.trials.network_trials import NODE
from metaan.trials.reversing import DIRECTION
from metaan.trials.table_effects import axis_word
from metaan.trials.table_routes import unknown_names
from metaan.trials.tables import Tables

LABEL = "label"


def network_effects(
    data: Any,
    measure: str,
    *,
    by: str | None = None,
    better: str | None = None,
    mix_types: bool = False,
    contrast_sd: Mapping[str, float] | None = None,
    scale: str | None = None,
    disagreeing: str = ERROR,
    combine: bool = False,
    **columns: Any,
) -> NetworkEffects:
    """Return all contrasts of all studies of a network, with their exact covariance.

    Parameters
    ----------
    data : Trials; pandas, polars or pyarrow table; mapping of arrays
        Selected trials; or a table with one row per arm (*long*), with a group of columns for
        each arm (*wide*), or with one row per contrast (it has ``treat1`` and ``treat2``).
    measure : str
        From arms MD, SMD, ROM, OR, RR, RD, AS, IRR, IRD or IRSD; contrasts may be of any measure
        of two groups, hazard ratios (HR), or effects as given (GEN).
    by : {"node", "group", "components"}, optional
        For trials, how their arms are named: by the nodes (the default) or groups of
        treatments.csv, or by what they received.
    better : {"lower", "higher"}, optional
        Turn effects round so that this direction of the outcome is better in all: for trials by
        their instruments, for a table by ``direction``. Nothing turns without it.
    mix_types : bool
        For trials: let change scores and endpoints share a standardized mean difference.
    contrast_sd : mapping of instrument to float, optional
        For trials known only by a printed difference: the SD that makes a standardized effect.
    scale : str, optional
        For contrasts as given (``GEN``): row of ``SCALES``; "log" for logarithms of ratios.
    disagreeing : {"error", "repair"}
        For contrasts: what is done where those of a study contradict each other, as rounded ones
        do: an error, or the nearest ones that agree, by least squares, with the largest change in
        ``remarks``. More than a quarter of the study's smallest standard error is an error either
        way: rounding does not explain it.
    combine : bool
        Take the arms of one treatment in a study together, exactly. Arms of trials always are.
    **columns
        For a table, canonical names and the table's own name for each, an array, or one number
        for all rows; a column already so named needs no mention. Arms: ``study``, ``treatment``;
        ``n mean sd`` (or ``se`` of the mean), ``events n`` (or ``nonevents``), ``events time``.
        In a wide table ``treatment`` and the numbers list columns, one for each arm
        (``treatment=["t1", "t2", "t3"], n=["n1", "n2", "n3"]``), or are so numbered; an arm
        without treatment and numbers does not exist. Contrasts: ``study``, ``treat1``,
        ``treat2``, ``y`` (logarithms of ratios) with ``v`` or ``se``; a study has all its
        contrasts, or those of the others with one arm and that arm's variance ``shared`` (or
        ``shared_se``). Also ``correlation`` (between the arms of a study: a crossover; blank is
        0), which must be named: a column that happens to be so called is taken as any other;
        ``direction`` ("lower" or "higher"), the text ``label``, and options of the measure
        (``variance``, ``correction``; ``add``, ``to``, ``drop_double_zero``).

    Returns
    -------
    NetworkEffects
        With participants and numbers of both arms (``n1``, ``n2`` ...), the further columns, what
        was left out, and in ``remarks`` what was recovered, added, combined, turned or is
        suspicious.

    Raises
    ------
    DataError
        If cells of a table break rules, two columns disagree on one number (v and se, sd and se)
        and none is named, a study has a treatment twice, contrasts are missing, stand twice or
        contradict each other; every fault is named with its remedy.
    InputError
        If effects cannot share the measure, contrasts of several arms of it would not agree, or
        no study of a table is left.
    ChoiceError
        If a name is unknown.

    Warns
    -----
    LeftOutWarning
        If arms of a table lack numbers, a study has only one arm, or none of its arms says
        anything about a ratio; they are left out and named.
    LookAlikeWarning
        If names of treatments or studies differ by case or blanks alone: they are not joined.
    NoInformationWarning
        If with ``drop_double_zero=False`` studies say nothing but for what is added to cells.

    Notes
    -----
    ``v`` of all contrasts holds a study's covariance: ``cov(y_il, y_jl) = (v_il + v_jl - v_ij) /
    2`` [1]_, [2]_. Arms that are independent have ``v_ij = s_i + s_j``; with the same people,
    ``- 2 rho sqrt(s_i s_j)``. SMD has one SD, pooled over all arms of the study, and its
    correction with N - a degrees of freedom: ``v_ij = 1/n_i + 1/n_j + g_ij² / (2 N)`` and
    ``cov = 1/n_l + g_il g_jl / (2 N)`` [3]_; pairs by themselves would contradict each other.
    variance="HO" pools likewise. A zero cell of any arm adds to all arms of its study. Studies
    in which no arm (or every participant) has an event are left out of ratios unless
    ``drop_double_zero=False``. Two arms: the same as ``effect_sizes``.

    References
    ----------
    .. [1] Franchini AJ, Dias S, Ades AE, Jansen JP, Welton NJ (2012). Accounting for correlation
       in network meta-analysis with multi-arm trials. Res Synth Methods 3:142.
       doi:10.1002/jrsm.1049
    .. [2] White IR (2015). Network meta-analysis. Stata J 15:951. doi:10.1177/1536867X1501500403
    .. [3] Gleser LJ, Olkin I (2009). Stochastically dependent effect sizes. In: Cooper H, Hedges
       LV, Valentine JC (eds). The Handbook of Research Synthesis and Meta-Analysis, 2nd ed,
       chapter 19. ISBN 9780871541635.

    Examples
    --------
    >>> import metaan as ma
    >>> arms = {"study": ["Ann", "Ann", "Ann", "Bo", "Bo"],
    ...         "treatment": ["true", "sham", "usual", "true", "sham"],
    ...         "events": [12, 9, 5, 20, 11], "n": [40, 41, 39, 60, 58]}
    >>> effects = ma.network_effects(arms, "OR")
    >>> effects
    Odds ratio: 4 contrasts of 3 treatments in 2 studies
    >>> effects.y.round(3)
    array([0.421, 1.07 , 0.648, 0.759])
    """
    meaning = meaning_of(measure, scale)
    label = axis_word(LABEL, columns.pop(LABEL, ""))
    of_trials = {"by": by, "mix_types": mix_types, "contrast_sd": contrast_sd}
    of_tables = {"scale": scale, "combine": combine, "disagreeing": disagreeing != ERROR}
    if isinstance(data, Tables):
        _refuse_words(of_tables, "a table; arms of trials are always combined")
        asked = Asked(
            by=by or NODE,
            better=better,
            mix_types=mix_types,
            contrast_sd=contrast_sd or {},
            label=label,
        )
        effects, bare = _trial_effects(data, meaning, columns, asked)
        tell((), bare, tuple(look_alikes(effects.treatments)))
        return effects
    _refuse_words(of_trials, "trials, which know nodes, instruments and types of figures")
    frame = network_table(data)
    if _holds_contrasts(frame, columns, meaning):
        if combine:
            raise InputError("combine=True is for a table of arms")
        _refuse(columns, replace(meaning.row, options=FrozenDict()), (*PAIR_NAMES, DIRECTION))
        effects = pair_effects(
            frame, columns, meaning, better=better, disagreeing=disagreeing, label=label
        )
        bare = ()
    else:
        if disagreeing != ERROR:
            raise InputError("disagreeing= is for a table of contrasts: those of arms agree")
        effects, bare = _arm_effects(frame, meaning.row, columns, better=better, combine=combine)
        effects = replace(effects, label=label or effects.label)
    studies = alike_studies([*effects.studies, *(item.study for item in effects.left_out)])
    check_left(effects)
    tell(effects.left_out, bare, (*look_alikes(effects.treatments), *studies))
    return replace(effects, remarks=(*effects.remarks, *studies))


def _holds_contrasts(frame: pd.DataFrame, columns: Mapping[str, Any], meaning: Meaning) -> bool:
    """Return True if a row of the table is a contrast, not an arm or a study."""
    if meaning.row.key == GENERIC:
        return True
    if TREATMENT in columns:
        return False
    pair = [name in columns or name in frame for name in (TREAT1, TREAT2)]
    effect = "y" in columns or "y" in frame
    if {TREAT1, TREAT2, "y"} & columns.keys() or (all(pair) and effect):
        return True
    if TREATMENT in frame or f"{TREATMENT}1" in frame:
        return False
    error = any(name in columns or name in frame for name in ("v", "se"))
    if all(pair) and meaning.row.key in NETWORK_MEASURES and numbered(frame, arm_row(meaning.row)):
        raise InputError(
            "a row of the table has the numbers of several arms: name the columns of their "
            f'treatments, {TREATMENT}=["{TREAT1}", "{TREAT2}"]'
        )
    return all(pair) or (effect and error)


def _options(row: Measure, columns: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a measure, taken out of the columns; or raise if one cannot be."""
    options = {name: columns.pop(name) for name in row.options if name in columns}
    check_options(row, options)
    check_variance(row, options)
    return options


def _refuse(columns: Mapping[str, Any], row: Measure, known: tuple[str, ...]) -> None:
    strange = [name for name in columns if name not in known]
    if strange:
        raise unknown_names(strange, row, known)


def _refuse_words(words: Mapping[str, Any], what: str) -> None:
    """Raise if an argument is given that belongs to other data."""
    given = [name for name, value in words.items() if value]
    if given:
        raise InputError(f"{', '.join(f'{name}=' for name in given)} is for {what}")


def _trial_effects(
    trials: Tables, meaning: Meaning, columns: dict[str, Any], asked: Asked
) -> tuple[NetworkEffects, tuple[str, ...]]:
    row = network_row(meaning.row, meaning.key)
    options = _options(row, columns)
    _refuse(columns, row, ())
    return trial_effects(trials, row, options, asked)


def _arm_effects(
    frame: pd.DataFrame,
    row: Measure,
    columns: dict[str, Any],
    *,
    better: str | None,
    combine: bool,
) -> tuple[NetworkEffects, tuple[str, ...]]:
    """Return the contrasts of a table of arms, and what to warn of."""
    network_row(row)
    options = _options(row, columns)
    _refuse(columns, row, (*arm_names(row), CORRELATION, DIRECTION))
    table = read_arms(frame, columns, row, combine=combine)
    several = table.arms.sizes > 1
    arms, lost = comparable(table.arms, table.lost)
    found = contrasts_of(arms, row, options, table.correlation[several])
    arms, pairs = found.arms, found.pairs
    signs, turned = signs_of(table.given, arms.place, arms.study, row, better)
    label = arms.treatment
    effects = NetworkEffects(
        y=found.y * signs[pairs.study] + 0.0,
        v=found.v,
        study=tuple(arms.studies[s] for s in pairs.study.tolist()),
        treat1=tuple(label[pairs.first].tolist()),
        treat2=tuple(label[pairs.second].tolist()),
        measure=row.key,
        label=row.name,
        scale=row.scale,
        columns=contrast_columns(arms, pairs, table.spare, numbers=arm_row(row).inputs),
        left_out=(*lost, *found.lost),
        remarks=(*table.remarks, *found.remarks, *turned),
    )
    return effects, found.bare
