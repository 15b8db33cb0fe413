"""network_counts: from arms of any table or of trials to the events of a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metaan.core.arrays import Column
from metaan.core.effects import LeftOut
from metaan.core.errors import ChoiceError
from metaan.core.lookup import hint
from metaan.core.network_counts import NetworkCounts
from metaan.core.network_rules import look_alikes
from metaan.measures.row import EVENTS, ONE_EVENTS, Measure
from metaan.measures.table import MEASURES
from metaan.trials.network_arms import Arms, arm_columns, comparable
from metaan.trials.network_entries import ABOUT, entry_arms
from metaan.trials.network_groups import arm_names
from metaan.trials.network_labels import network_table
from metaan.trials.network_tables import read_arms
from metaan.trials.network_telling import alike_studies, check_left, tell
from metaan.trials.network_trials import NODE, trial_entries
from metaan.trials.tables import Tables

NO_EVENTS = "only a printed ratio, no events"


def network_counts(
    data: Any, *, by: str | None = None, combine: bool = False, **columns: Any
) -> NetworkCounts:
    """Return the events and participants of all arms of a network, for rare events.

    Parameters
    ----------
    data : Trials; pandas, polars or pyarrow table; mapping of arrays
        Selected trials; or a table with one row per arm (*long*), or with a group of columns for
        each arm (*wide*).
    by : {"node", "group", "components"}, optional
        For trials, how their arms are named; "node" by default.
    combine : bool
        Take the arms of one treatment in a study together. Arms of trials always are.
    **columns
        ``study``, ``treatment``, ``events`` and ``n`` (or ``nonevents``), and for each the
        table's own name for the column, an array, or one number for all rows; in a wide table
        lists of columns, one for each arm, as for ``network_effects``.

    Returns
    -------
    NetworkCounts
        Nothing is added to any count, and arms without events stay: the method decides. With the
        further columns, what was left out, and what was recovered, combined or is suspicious.

    Raises
    ------
    DataError
        If cells of a table break rules (more events than participants, a treatment twice in a
        study ...); every fault is named with its remedy.
    ChoiceError
        If a name is unknown.
    InputError
        If arguments do not belong to the data, or no study of a table is left.

    Warns
    -----
    LeftOutWarning
        If arms of a table lack numbers or a study has only one; they are left out and named.
    LookAlikeWarning
        If names of treatments or studies differ by case or blanks alone: they are not joined.

    Examples
    --------
    >>> import metaan as ma
    >>> arms = {"study": ["Ann", "Ann", "Bo", "Bo"], "events": [0, 3, 1, 4],
    ...         "treatment": ["true", "usual", "sham", "usual"], "n": [41, 39, 50, 48]}
    >>> counts = ma.network_counts(arms)
    >>> counts.events, counts.treatment
    (array([0., 3., 1., 4.]), ('true', 'usual', 'sham', 'usual'))
    """
    row = next(row for row in MEASURES.values() if row.inputs == EVENTS)
    if isinstance(data, Tables):
        _refuse(columns, ())
        counts = _of_trials(data, row, by or NODE)
        tell((), (), tuple(look_alikes(counts.treatments)))
        return counts
    _refuse({**columns, **({"by": by} if by is not None else {})}, arm_names(row))
    table = read_arms(network_table(data), columns, row, combine=combine)
    arms, lost = comparable(table.arms, table.lost)
    studies = alike_studies([*arms.studies, *(item.study for item in lost)])
    counts = _counts(
        arms,
        lost,
        columns=arm_columns(arms, table.spare),
        remarks=(*table.remarks, *studies),
    )
    check_left(counts)
    tell(lost, (), (*look_alikes(counts.treatments), *studies))
    return counts


def _refuse(columns: dict[str, Any], known: tuple[str, ...]) -> None:
    strange = [name for name in columns if name not in known]
    if strange:
        said = "; ".join(f"{name!r}{hint(name, known)}" for name in strange)
        takes = f"it takes {', '.join(known)}, combine" if known else "trials know their columns"
        raise ChoiceError(f"network_counts does not take {said}; {takes}")


def _counts(
    arms: Arms, lost: Sequence[LeftOut], *, columns: dict[str, Column], remarks: tuple[str, ...]
) -> NetworkCounts:
    events, people = (arms.numbers[name] for name in ONE_EVENTS)
    return NetworkCounts(
        events=events,
        people=people,
        study=tuple(arms.studies[s] for s in arms.study.tolist()),
        treatment=tuple(arms.treatment.tolist()),
        rows=arms.ids,
        columns=columns,
        left_out=tuple(lost),
        remarks=remarks,
    )


def _of_trials(trials: Tables, row: Measure, by: str) -> NetworkCounts:
    """Return the events of the selected trials."""
    entries, lost = trial_entries(trials, row, by=by, contrast_sd={})
    counted = [entry for entry in entries if entry.arms]
    lost += [
        LeftOut(study=entry.about["study"], rows=entry.printed[0].rows, reason=NO_EVENTS)
        for entry in entries
        if entry.printed
    ]
    arms, joined = entry_arms(counted, row)
    about = [counted[s].about for s in arms.study.tolist()]
    more = {name: Column([each[name] for each in about]) for name in ABOUT}
    return _counts(arms, lost, columns=more, remarks=joined)
