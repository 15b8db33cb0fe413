"""trace: from a mark in a figure back to the numbers as reported, their table and DOI."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError
from metaan.core.lookup import hint
from metaan.core.network_effects import NetworkEffects
from metaan.core.numbers import decimals_for, fixed
from metaan.core.published import PublishedPool
from metaan.report.results.evidence import Evidence
from metaan.report.results.network_recipes import NetworkResult
from metaan.report.results.network_tables import contrast_limits
from metaan.report.results.readable import for_readers
from metaan.report.results.recipes import AnyResult
from metaan.report.results.trail_record import Trail, TrailRow
from metaan.trials.reading import Row, records

FIGURES = ("n", "mean", "sd", "events", "n1", "n2", "estimate", "ci_low", "ci_high", "se")
MOST_NAMED = 12


def trace(evidence: Evidence, result: AnyResult, study: str) -> str:
    """Return how a study, or a published pool, came into a figure.

    Parameters
    ----------
    evidence : Evidence
        What the figure was made from.
    result : Result or NetworkResult
        The figure.
    study : str
        Study id or label, or pool id; case does not matter.

    Returns
    -------
    str
        The effect, then each row behind it: as reported, derivation, source, table, DOI.

    Raises
    ------
    ChoiceError
        If the figure holds no such study; the text lists those it holds.
    """
    return "\n".join([result.title, *find_trail(evidence, result, study).lines()])


def find_trail(evidence: Evidence, result: AnyResult, study: str) -> Trail:
    """Return the trail of one study, or published pool; raises as `trace` does."""
    pools = {one.pool_id: one for one in result.pools}
    there = trails(evidence, result)
    wanted = study.casefold()
    for trail in there:
        if wanted == trail.key.casefold() or (
            trail.key not in pools and wanted == trail.label.casefold()
        ):
            return trail
    same = [name for name, one in pools.items() if _plain(wanted) in _plain(one.citation)]
    if len(same) == 1:
        return pool_trail(pools[same[0]])
    if same:
        listed = "".join(f"\n  {name}: {pools[name].comparison}" for name in same)
        raise ChoiceError(f"{study!r} has several results here; name one:{listed}")
    raise ChoiceError(_not_in(evidence, result, study, [trail.key for trail in there]))


def trails(evidence: Evidence, result: AnyResult) -> tuple[Trail, ...]:
    """Return the trail of every study of a figure, then those of its published pools."""
    effects = result.whole if isinstance(result, NetworkResult) else result.effects
    places: dict[str, list[int]] = {}
    for i, name in enumerate(effects.columns["study_id"] if effects is not None else ()):
        places.setdefault(str(name), []).append(i)
    studies: list[Trail] = []
    if effects is not None:
        rows = _rows_of(evidence, effects)
        studies = [_study_trail(evidence, effects, found, rows) for found in places.values()]
    return (*studies, *(pool_trail(one) for one in result.pools))


def _not_in(evidence: Evidence, result: AnyResult, study: str, known: Sequence[str]) -> str:
    """Return the message for a study that is not in the figure: why, and what is in it."""
    wanted = _plain(study)
    lost = [
        f"  {item.study}: {item.reason}"
        for item in (*result.missing, *result.left_out)
        if wanted in _plain(item.study) or wanted in {_plain(row) for row in item.rows}
    ]
    labels = evidence.trials.studies["label"]
    on_file = any(wanted in (_plain(str(k)), _plain(str(v))) for k, v in labels.items())
    if lost:
        why = "\n" + "\n".join(dict.fromkeys(lost))
    elif on_file:
        why = "\n  It is on file, but no member of this analysis, or does not compare these sides."
    else:
        why = hint(study, known)
    shown = ", ".join(known[:MOST_NAMED]) + (" ..." if len(known) > MOST_NAMED else "")
    return f"{study!r} is not in {result.spec.name}; it holds {shown or 'nothing'}.{why}"


def _plain(text: str) -> str:
    """Return letters and digits alone, without accents, for comparing names."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in parts if c.isalnum())


def _study_trail(
    evidence: Evidence,
    effects: Effects | NetworkEffects,
    places: Sequence[int],
    rows: Mapping[str, TrailRow],
) -> Trail:
    """Return the effects of a study, of which a network has several, and the rows behind them."""
    i = places[0]
    study_id = str(effects.columns["study_id"][i])
    studies = evidence.trials.studies
    about = doi = ""
    if study_id in studies.index:
        known = studies.loc[study_id]
        parts = (str(known["title"] or "title not read"), str(known["journal"]))
        about = " ".join(f"{part.removesuffix('.')}." for part in parts if part)
        doi = str(known["doi"] or "")
    ids = {row for each in places for row in effects.rows[each]}
    notes = dict.fromkeys(str(effects.columns["note"][each]) for each in places)
    remarks = [*notes, *evidence_remarks(effects, i)]
    return Trail(
        key=study_id,
        label=str(effects.study[i]),
        effects=tuple(_effect_words(effects, each) for each in places),
        about=about,
        doi=doi,
        rows=tuple(row for name, row in rows.items() if name in ids),
        notes=tuple(for_readers(note) for note in remarks if note),
    )


def _rows_of(evidence: Evidence, effects: Effects | NetworkEffects) -> dict[str, TrailRow]:
    """Return the rows of the data behind effects by their ids, in the order of the files."""
    ids = {row for each in effects.rows for row in each}
    source = evidence.trials.source
    beside = source.parent / "contrasts.csv"
    return {
        str(row["row_id"]): _row_trail(row, name)
        for table, name in (
            (evidence.trials.arms, source.name),
            (evidence.trials.contrast_rows, beside.name if beside.is_file() else source.name),
        )
        for row in records(table[table["row_id"].isin(ids)])
    }


def _effect_words(effects: Effects | NetworkEffects, i: int) -> str:
    """Return an effect with its limits, reading scale; of a network with its treatments."""
    values = [float(effects.scale.inverse(x[i])) for x in (effects.y, *contrast_limits(effects))]
    digits = max(2, decimals_for(*values))
    value, *limits = (fixed(x, digits) for x in values)
    what = ""
    if isinstance(effects, NetworkEffects):
        what = f"{effects.treat1[i]} vs {effects.treat2[i]}, "
    return f"{what}{effects.label} {value} (95% CI {limits[0]} to {limits[1]})"


def evidence_remarks(effects: Effects | NetworkEffects, i: int) -> Sequence[str]:
    """Return the remarks that name this study or hold for all."""
    return [
        remark
        for remark in effects.remarks
        if effects.study[i] in _named(remark, effects) or not _named(remark, effects)
    ]


def _named(remark: str, effects: Effects | NetworkEffects) -> set[str]:
    """Return the studies that a remark lists."""
    return {name for name in set(effects.study) if _has_word(remark, name)}


def _has_word(text: str, word: str) -> bool:
    """Return whether a text has a word, not as a part of a longer one ("Wang 2005b")."""
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def _row_trail(row: Row, file: str) -> TrailRow:
    who = row.get("arm_label") or row.get("treatment") or f"{row['treat1']} vs {row['treat2']}"
    numbers = [
        f"{name} {row[name]:g}" for name in FIGURES if name in row and row[name] == row[name]
    ]
    week = row["timepoint_weeks"]
    when = f", week {week:g}" if week == week else ""
    kind = row.get("measure_type") or row.get("measure")
    return TrailRow(
        file=file,
        row_id=str(row["row_id"]),
        who=str(who),
        what=f"{row['instrument']}{when}, {kind}",
        as_reported=str(row["as_reported"] or ""),
        used=", ".join(numbers),
        derivation=str(row["derivation"] or ""),
        source=", ".join(_source(row)),
        doi=str(row["source_doi"] or ""),
        url=str(row["source_url"] or ""),
        flags=tuple(flag for flag in str(row["flags"] or "").split("|") if flag),
        remark=str(row["notes"] or ""),
    )


def _source(row: Row) -> list[str]:
    kind = f" ({row['source_kind']})" if row["source_kind"] else ""
    return [part for part in (f"{row['source_citation']}{kind}", row["source_locus"]) if part]


def pool_trail(one: PublishedPool) -> Trail:
    """Return the trail of a published result: as printed, where."""
    size = f"k {fixed(one.k, 0)}, n {fixed(one.n, 0)}"
    row = TrailRow(
        file="reviews.csv",
        row_id=one.pool_id,
        who=one.comparison,
        what=one.instrument,
        as_reported=one.as_reported,
        used=f"estimate {fixed(one.value)}, limits {fixed(one.low)} and {fixed(one.high)}, {size}",
        source=one.locus,
        doi=one.doi,
        url=one.url,
        remark=one.notes,
    )
    found = f"{one.measure} {fixed(one.value)} ({fixed(one.low)} to {fixed(one.high)}), {size}"
    return Trail(key=one.pool_id, label=one.citation, effects=(found,), rows=(row,))
