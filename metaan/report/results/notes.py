"""Footnotes and reasons: what a reader must know before believing a figure, from the data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from metaan.core.counts_fit import CountsFit
from metaan.core.effects import Effects
from metaan.core.fit import PooledFit
from metaan.core.network_effects import NetworkEffects
from metaan.core.published import PublishedPool
from metaan.core.subgroup_fit import SubgroupFit
from metaan.networks.fits.network_fit import NetworkFit
from metaan.report.declaring.declared import NETWORK, FigureSpec
from metaan.report.results.readable import PRINTED_ALONE, for_readers, instrument_words
from metaan.trials.printed import PRINTED_KIND
from metaan.trials.schema import BASELINE, CHANGE, ENDPOINT
from metaan.trials.trials import Trials

CAUTIONS = {
    "events_from_percent": "Counts are rounded percentages",
    "sd_suspected_se": "The printed SD looks like a standard error",
    "sd_implausible": "The printed SD is implausibly small",
    "identical_arms": "The same figures are printed for both arms",
    "baseline_imbalance": "The arms differed at baseline",
    "n_randomized": "Numbers are of the randomized, not of the analyzed",
    "se_approximate": "Difference derived from two adjusted coefficients, SE approximate",
}
COMBINED = "combined"
Figures = Effects | NetworkEffects
Fitted = PooledFit | SubgroupFit | CountsFit | NetworkFit


def figure_notes(spec: FigureSpec, effects: Figures | None, fit: Fitted | None) -> tuple[str, ...]:
    """Return the footnotes of a figure: declared cautions, then what the data say themselves."""
    notes = [*remark_notes(spec, effects, fit)]
    if effects is None:
        return tuple(notes)
    kinds = _by_value(effects, "kind")
    if kinds.keys() >= {CHANGE, ENDPOINT}:
        notes.append(f"Change scores ({', '.join(kinds[CHANGE])}) stand beside endpoints.")
    if PRINTED_KIND in kinds:
        names = ", ".join(kinds[PRINTED_KIND])
        notes.append(f"Reported contrast, not arm data: {names}.")
    terms = _by_value(effects, "term")
    if len(terms) > 1:
        listed = "; ".join(f"{term}: {', '.join(names)}" for term, names in terms.items())
        notes.append(f"Terms differ ({listed}).")
    notes += _flag_notes(effects)
    notes += [
        f"{study}: {note}."
        for study, note in zip(effects.study, effects.columns["note"], strict=True)
        if COMBINED in note
    ]
    return tuple(dict.fromkeys([*notes, *_printed_alone(effects)]))


def _printed_alone(effects: Figures) -> list[str]:
    """Return which studies are not in because a printed effect is all that is on file of them."""
    out: dict[str, dict[str, None]] = {}
    for item in effects.left_out:
        if item.study not in effects.study and item.reason.startswith(PRINTED_ALONE):
            out.setdefault(for_readers(item.reason), {})[item.study] = None
    return [f"Not in: {', '.join(names)} ({reason})." for reason, names in out.items()]


def remark_notes(spec: FigureSpec, effects: Figures | None, fit: Fitted | None) -> tuple[str, ...]:
    """Return the declared caution, and what was remarked on the way."""
    notes = [spec.caution] if spec.caution else []
    if effects is not None:
        remarks = (*effects.remarks, *_fit_remarks(fit))
        notes += [_sentence(for_readers(remark)) for remark in remarks]
    return tuple(notes)


def _fit_remarks(fit: Fitted | None) -> tuple[str, ...]:
    if isinstance(fit, SubgroupFit):
        return (*fit.overall.remarks, *fit.remarks)
    return fit.remarks if fit is not None else ()


def with_instrument(effects: Figures) -> str:
    """Return the label of effects; with the instrument's name where no table says its unit."""
    bare = " ()"
    if not effects.label.endswith(bare):
        return effects.label
    instrument = instrument_words(effects.columns["instrument"][0])
    return f"{effects.label.removesuffix(bare)} ({instrument})"


def _by_value(effects: Figures, column: str) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {}  # a study of a network has many contrasts
    for study, value in zip(effects.study, effects.columns[column], strict=True):
        found.setdefault(str(value), {})[study] = None
    return {value: list(studies) for value, studies in found.items()}


def _flag_notes(effects: Figures) -> list[str]:
    notes = []
    for flag, text in CAUTIONS.items():
        cells = zip(effects.study, effects.columns["flags"], strict=True)
        named = dict.fromkeys(study for study, flags in cells if flag in str(flags).split("|"))
        names = list(named)
        notes += [f"{text}: {', '.join(names)}."] if names else []
    return notes


def umbrella_notes(shown: Iterable[PublishedPool]) -> tuple[str, ...]:
    """Return what the sources say of their results, and which results are printed twice."""
    shown = list(shown)
    notes = dict.fromkeys(f"{one.citation}: {one.notes}." for one in shown if one.notes)
    same: dict[tuple[object, ...], list[PublishedPool]] = {}
    for one in shown:
        key = (one.outcome, one.instrument, one.measure, one.value, one.low, one.high)
        same.setdefault(key, []).append(one)
    twice = [
        f"The same numbers stand in {' and in '.join(names)}: probably one result, quoted."
        for pools in same.values()
        if len(names := dict.fromkeys(one.citation for one in pools)) > 1
    ]
    return (*notes, *twice)


def why_missing(trials: Trials, spec: FigureSpec, study: str) -> str:
    """Return why nothing of a study is in a figure, from what is on file of it."""
    outcome = spec.outcome.replace("_", " ")
    control = " or ".join(spec.control).replace("_", " ")
    arms = _of(trials.arms, study, spec.outcome)
    arms = arms[arms["term"] != BASELINE]
    rows = _of(trials.contrast_rows, study, spec.outcome)
    if arms.empty and rows.empty:
        return f"no {outcome} figures on file"
    if spec.kind != NETWORK:
        mine, other = (
            _nodes(trials, spec.treatment, spec.by),
            _nodes(trials, spec.control, spec.by),
        )
        both = [*mine, *other]
        arms = arms[arms["treatment"].isin(both)]
        rows = rows[rows["treat1"].isin(both) & rows["treat2"].isin(both)]
        nodes = {*arms["treatment"], *rows["treat1"], *rows["treat2"]}
        if not nodes & set(mine) or not nodes & set(other):
            sides = f"{' or '.join(spec.treatment).replace('_', ' ')} against {control}"
            return f"its {outcome} figures on file do not compare {sides}"
    terms = dict.fromkeys(str(term) for term in [*arms["term"], *rows["term"]])
    if spec.term and not set(terms) & set(spec.term):
        return f"{outcome} on file at other times only ({', '.join(filter(None, terms))})"
    scales = dict.fromkeys(str(name) for name in [*arms["instrument"], *rows["instrument"]])
    if spec.instrument and not set(scales) & set(spec.instrument):
        names = ", ".join(map(instrument_words, scales))
        return f"{outcome} on file on other scales only ({names})"
    against = f" against {control}" if control else ""
    return f"no usable {outcome} figures{against} on file"


def _of(frame: pd.DataFrame, study: str, outcome: str) -> pd.DataFrame:
    return frame[(frame["study_id"] == study) & (frame["outcome"] == outcome)]


def _nodes(trials: Trials, names: Sequence[str], by: str) -> list[str]:
    table = trials.treatments
    if by == "node":
        return list(names)
    return [str(node) for node in table.index[table["group"].isin(list(names))]]


def _sentence(clause: str) -> str:
    return f"{clause[:1].upper()}{clause[1:]}."
