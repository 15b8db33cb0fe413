"""How each figure was made, as a paragraph for a Methods section."""

from __future__ import annotations

import re
from collections.abc import Sequence

from metaan.core.citations import cite
from metaan.core.numbers import compact, listed
from metaan.core.wording import in_sentence, percent, text_of
from metaan.report.declaring.declared import AGAINST, ALL, FigureSpec
from metaan.report.results.evidence import Evidence
from metaan.report.results.membership import members_column
from metaan.report.results.network_recipes import NODE, NetworkResult, sentence_name
from metaan.report.results.readable import (
    GROUP_LABELS,
    flag_words,
    for_readers,
    instrument_words,
    labels_of,
    outcome_words,
    plain,
    without_keys,
)
from metaan.report.results.recipes import AnyResult, Result
from metaan.trials.given_effects import measure_row
from metaan.trials.schema import CHANGE, ENDPOINT
from metaan.trials.study_rows import OUTCOME

MARK = re.compile(r"\[(\d+)\]")
UMBRELLA = (
    "Published pooled results were taken as printed, each measure and unit on an axis of its own; "
    "nothing was pooled. Results that re-express another of the same review, differences between "
    "pools, and results without a named comparison or without a printed number were left out"
)
MIXED = "change scores and endpoints shared the measure"
NOTHING = "fewer than two trials were usable, so nothing was pooled"
NO_NETWORK = "no trial was usable, so nothing was combined"


def methods_paragraph(
    result: AnyResult, evidence: Evidence | None = None
) -> tuple[str, tuple[str, ...]]:
    """Return the paragraph with its own marks, and the references these point into.

    Parameters
    ----------
    result : Result or NetworkResult
        The figure.
    evidence : Evidence, optional
        What it was made from; with it studies have their labels.

    Returns
    -------
    text : str
        What was selected and compared, how it was measured, pooled, divided and varied: each
        clause from the declaration or from the fit.
    references : tuple of str
        Of the measure and of every method of the fit; the mark ``[1]`` is the first.
    """
    if isinstance(result, Result) and result.panels:
        return text_of([UMBRELLA]), ()
    spec = result.spec
    row = measure_row(spec.measure)
    source = cite([row.doi]) if row.doi else ()
    mark = " [1]" if source else ""
    label = result.effects.label if result.effects is not None else row.name
    told = [
        *_selection(result, evidence),
        f"The effect measure was the {in_sentence(label)}{mark}{_oriented(spec)}",
    ]
    if result.effects is not None and {CHANGE, ENDPOINT} <= {*result.effects.columns["kind"]}:
        told.append(MIXED)
    references: tuple[str, ...] = source
    for fit in (result.fit, getattr(result, "regression", None)):
        if fit is not None:
            text, references = _renumbered(fit.methods_sentence(), fit.references, references)
            told.append(without_keys(text, _columns(spec)))
    if result.effects is not None:
        told.append(f"All intervals computed here are {percent(spec.level)} intervals")
    if result.fit is None:
        told.append(NO_NETWORK if isinstance(result, NetworkResult) else NOTHING)
    return text_of([*told, *_after(result)]), references


def _columns(spec: FigureSpec) -> list[str]:
    """Return the columns that subgroups and moderators are taken from."""
    return [spec.subgroups, *re.findall(r"[A-Za-z_]\w*", spec.moderators)]


def _renumbered(
    text: str, own: Sequence[str], before: Sequence[str]
) -> tuple[str, tuple[str, ...]]:
    """Return a text whose marks point into the references before it and its own together."""
    every = list(dict.fromkeys([*before, *own]))
    return (
        MARK.sub(lambda mark: f"[{every.index(own[int(mark[1]) - 1]) + 1}]", text),
        tuple(every),
    )


def _selection(result: AnyResult, evidence: Evidence | None) -> list[str]:
    """Return what was selected, compared, carried and ruled out, a sentence each."""
    spec = result.spec
    instruments = f", measured with {' or '.join(map(instrument_words, spec.instrument))}"
    outcome = (
        f"The outcome was {outcome_words(spec.outcome)}{instruments if spec.instrument else ''}"
    )
    taken = f"igures were taken from {_of_whom(result, evidence)}{_when(spec)}"
    told = [f"F{taken}" if spec.outcome == OUTCOME else f"{outcome}; f{taken}"]
    if spec.where:
        words = [
            f"{plain(name)} {value if isinstance(value, str) else ' or '.join(value)}"
            for name, value in spec.where.items()
        ]
        told.append(f"Only rows with {listed(words)} were taken")
    for names, verb in ((spec.study, "Only"), (spec.without_study, "All but")):
        if names:
            told.append(f"{verb} {listed(_labels(names, evidence))} entered")
    told.append(_comparison(result))
    if spec.without_flags:
        flags = "; ".join(map(flag_words, spec.without_flags))
        told.append(f"Rows with one of these cautions were left out: {flags}")
    return [*told, *_reworked(result)]


def _reworked(result: AnyResult) -> list[str]:
    """Return what of the declared was done to figures that entered, and to whose."""
    remarks = [for_readers(each) for each in result.effects.remarks] if result.effects else []
    told = []
    for old, new in result.spec.rescale.items():
        pair = f"{instrument_words(old)} carried to {instrument_words(new)}"
        whose = [each.rpartition(": ")[2] for each in remarks if pair in each]
        if whose:
            told.append(
                f"Figures of {listed(', '.join(whose).split(', '))} were carried from "
                f"{pair.replace(' carried', '')} along the line that takes one range to the other"
            )
    for name, sd in result.spec.contrast_sd.items():
        done = f": printed difference divided by SD {sd:g} ({instrument_words(name)})"
        divided = [each.partition(done)[0] for each in remarks if done in each]
        if divided:
            told.append(
                f"Printed differences of {listed(divided)} were divided by an SD of {sd:g} "
                f"({instrument_words(name)})"
            )
    return told


def _of_whom(result: AnyResult, evidence: Evidence | None) -> str:
    if not members_column(result.analysis, result.spec) or result.analysis.show == ALL:
        return "all trials on file"
    review = result.analysis.review
    named = [
        one.citation
        for one in (evidence.pools.values() if evidence is not None else ())
        if one.review_id == review
    ]
    of = named[0] if named else "the review" if review else f"“{result.analysis.title}”"
    return f"the trials on file that are confirmed or inferred members of {of}"


def _when(spec: FigureSpec) -> str:
    if not spec.term:
        return ""
    first, *others = map(plain, spec.term)
    later = "".join(f", else at the {term} term" for term in others)
    return f", at the {first} term{later}"


def _comparison(result: AnyResult) -> str:
    """Return who was compared with whom, named by groups or by treatments."""
    spec = result.spec
    if isinstance(result, NetworkResult):
        of = "groups of treatments" if spec.by != NODE else "treatments"
        return f"Every comparison between {of} that the trials allow entered one network"
    first, second = (
        " or ".join(sentence_name(_side(name, spec)) for name in names)
        for names in (spec.treatment, spec.control)
    )
    return (
        f"{first[:1].upper()}{first[1:]} was compared with {second}, each study once; arms that "
        "differ by more than these were left out"
    )


def _side(name: str, spec: FigureSpec) -> str:
    """Return a group by its label; a treatment, or a table's own word, as it is."""
    return GROUP_LABELS.get(name, plain(name)) if spec.by != NODE else plain(name)


def _oriented(spec: FigureSpec) -> str:
    return f", turned where needed so that {spec.better} is better" if spec.better else ""


def _after(result: AnyResult) -> list[str]:
    """Return what else is declared: what is important, and what was varied."""
    spec = result.spec
    told = []
    if spec.important and result.fit is not None:
        what = "ratio" if measure_row(spec.measure).scale.is_log else "difference"
        told.append(
            f"A {what} of {compact(spec.important)} was taken as important: "
            f"{spec.important_source}"
        )
    shown = not isinstance(result, NetworkResult) or result.drawing == AGAINST
    if spec.sensitivity and shown and result.fit is not None:
        labels = "; ".join(each.label for each in spec.sensitivity)
        told.append(f"Sensitivity analyses: {labels}")
    return told


def _labels(names: Sequence[str], evidence: Evidence | None) -> list[str]:
    if evidence is None:
        return list(names)
    return labels_of(names, evidence.trials.studies["label"])
