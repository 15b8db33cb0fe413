"""trace: from a mark in a figure back to the numbers as reported, their table and DOI."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError
from metaan.core.lookup import hint
from metaan.core.network_effects import NetworkEffects
from metaan.core.numbers import decimals_for, fixed
from metaan.core.published import PublishedPool
from metaan.report.results.evidence import Evidence
from metaan.report.results.network_recipes import NetworkResult
from metaan.report.results.network_tables import contrast_limits
from metaan.report.results.recipes import AnyResult
from metaan.trials.reading import Row, records

FIGURES = ("n", "mean", "sd", "events", "n1", "n2", "estimate", "ci_low", "ci_high", "se")
MOST_NAMED = 12
NOT_READ = "not on file"


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
    pools = {one.pool_id: one for one in result.pools}
    effects = result.whole if isinstance(result, NetworkResult) else result.effects
    ids = [str(name) for name in effects.columns["study_id"]] if effects else []
    labels = list(effects.study) if effects is not None else []
    wanted = study.casefold()
    found = [
        i
        for i, names in enumerate(zip(ids, labels, strict=True))
        if wanted in {name.casefold() for name in names}
    ]
    if effects is not None and found:
        return "\n".join(_study_lines(evidence, result.title, effects, found))
    for name, one in pools.items():
        if wanted == name.casefold():
            return "\n".join([result.title, *_pool_lines(one)])
    same = [name for name, one in pools.items() if _plain(wanted) in _plain(one.citation)]
    if len(same) == 1:
        return "\n".join([result.title, *_pool_lines(pools[same[0]])])
    if same:
        listed = "".join(f"\n  {name}: {pools[name].comparison}" for name in same)
        raise ChoiceError(f"{study!r} has several results here; name one:{listed}")
    raise ChoiceError(_not_in(evidence, result, study, [*dict.fromkeys(ids), *pools]))


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


def _study_lines(
    evidence: Evidence, title: str, effects: Effects | NetworkEffects, places: Sequence[int]
) -> list[str]:
    """Return the effects of a study, of which a network has several, and the rows behind them."""
    i = places[0]
    study_id = str(effects.columns["study_id"][i])
    told = [_effect_words(effects, each) for each in places]
    head = f"{effects.study[i]} ({study_id}):"
    one = len(told) == 1
    lines = [title, *([f"{head} {told[0]}"] if one else [head, *(f"  {each}" for each in told)])]
    studies = evidence.trials.studies
    if study_id in studies.index:
        about = studies.loc[study_id]
        lines.append(f"  study: {about['title'] or 'title not read'}. {about['journal']}. "
                     f"DOI {about['doi'] or NOT_READ}")  # fmt: skip
    ids = {row for each in places for row in effects.rows[each]}
    for table, name in ((evidence.trials.arms, "trials.csv"),
                        (evidence.trials.contrast_rows, "contrasts.csv")):  # fmt: skip
        chosen = table[table["row_id"].isin(sorted(ids))]
        for row in records(chosen):
            lines += _row_lines(row, name)
    notes = dict.fromkeys(str(effects.columns["note"][each]) for each in places)
    remarks = [*notes, *evidence_remarks(effects, i)]
    lines += [f"  note: {note}" for note in remarks if note]
    return lines


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


def _row_lines(row: Row, file: str) -> list[str]:
    who = row.get("arm_label") or row.get("treatment") or f"{row['treat1']} vs {row['treat2']}"
    numbers = [
        f"{name} {row[name]:g}" for name in FIGURES if name in row and row[name] == row[name]
    ]
    week = row["timepoint_weeks"]
    when = f", week {week:g}" if week == week else ""
    kind = row.get("measure_type") or row.get("measure")
    lines = [
        f"  {file} row {row['row_id']}: {who}; {row['instrument']}{when}, {kind}",
        f"    as reported: {row['as_reported'] or NOT_READ}",
        f"    used: {', '.join(numbers)}",
    ]
    if row["derivation"]:
        lines.append(f"    derivation: {row['derivation']}")
    lines += [
        f"    source: {', '.join(_source(row))}",
        f"    DOI: {row['source_doi'] or NOT_READ}; {row['source_url'] or 'no address'}",
    ]
    if row["flags"]:
        lines.append(f"    flags: {row['flags'].replace('|', ', ')}")
    if row["notes"]:
        lines.append(f"    remark: {row['notes']}")
    return lines


def _source(row: Row) -> list[str]:
    kind = f" ({row['source_kind']})" if row["source_kind"] else ""
    return [part for part in (f"{row['source_citation']}{kind}", row["source_locus"]) if part]


def _pool_lines(one: PublishedPool) -> list[str]:
    lines = [
        f"{one.citation} ({one.pool_id}): {one.comparison}",
        f"  as reported: {one.as_reported or NOT_READ}",
        f"  {one.measure} on {one.instrument}: {fixed(one.value)} ({fixed(one.low)} to "
        f"{fixed(one.high)}), k {fixed(one.k, 0)}, n {fixed(one.n, 0)}",
        f"  source: {one.locus or NOT_READ}; DOI {one.doi or NOT_READ}; {one.url}",
    ]
    if one.notes:
        lines.append(f"  remark: {one.notes}")
    return lines
