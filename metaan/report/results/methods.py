"""How each figure was made, as a paragraph for a Methods section."""

from __future__ import annotations

import re
from collections.abc import Sequence

from metaan.core.citations import cite
from metaan.core.numbers import compact, listed
from metaan.core.wording import in_sentence, text_of
from metaan.measures.table import MEASURES
from metaan.report.declaring.declared import AGAINST, ALL, FigureSpec
from metaan.report.results.evidence import Evidence
from metaan.report.results.membership import members_column
from metaan.report.results.network_recipes import (
    GROUP_LABELS,
    NODE,
    NetworkResult,
    sentence_name,
)
from metaan.report.results.recipes import AnyResult, Result
from metaan.trials.schema import FLAGS
from metaan.trials.study_rows import OUTCOME

RANGE = re.compile(r"_(\d+)_(\d+)$")
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
    row = MEASURES[spec.measure]
    source = cite([row.doi]) if row.doi else ()
    mark = " [1]" if source else ""
    label = result.effects.label if result.effects is not None else row.name
    told = [
        *_selection(result, evidence),
        f"The effect measure was the {in_sentence(label)}{mark}{_oriented(spec)}",
    ]
    if spec.mix_types:
        told.append(MIXED)
    references: tuple[str, ...] = source
    for fit in (result.fit, getattr(result, "regression", None)):
        if fit is not None:
            text, references = _renumbered(fit.methods_sentence(), fit.references, references)
            told.append(text)
    if result.fit is None:
        told.append(NO_NETWORK if isinstance(result, NetworkResult) else NOTHING)
    return text_of([*told, *_after(result)]), references


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
    instruments = f", measured with {' or '.join(_plain(x) for x in spec.instrument)}"
    outcome = f"The outcome was {_plain(spec.outcome)}{instruments if spec.instrument else ''}"
    taken = f"igures were taken from {_of_whom(result)}{_when(spec)}"
    told = [f"F{taken}" if spec.outcome == OUTCOME else f"{outcome}; f{taken}"]
    if spec.where:
        words = [
            f"{_plain(name)} {value if isinstance(value, str) else ' or '.join(value)}"
            for name, value in spec.where.items()
        ]
        told.append(f"Only rows with {listed(words)} were taken")
    for names, verb in ((spec.study, "Only"), (spec.without_study, "All but")):
        if names:
            told.append(f"{verb} {listed(_labels(names, evidence))} entered")
    told.append(_comparison(result))
    if spec.rescale:
        carried = listed([f"{_plain(old)} to {_plain(new)}" for old, new in spec.rescale.items()])
        told.append(
            f"Figures were carried from {carried} along the line that takes one range to the other"
        )
    if spec.without_flags:
        flags = "; ".join(_meaning(flag) for flag in spec.without_flags)
        told.append(f"Rows with one of these cautions were left out: {flags}")
    if spec.contrast_sd:
        sds = listed([f"{sd:g} ({_plain(name)})" for name, sd in spec.contrast_sd.items()])
        told.append(f"Printed differences were divided by an SD of {sds}")
    return told


def _meaning(flag: str) -> str:
    return f"{_plain(flag)} ({FLAGS[flag]})" if flag in FLAGS else _plain(flag)


def _of_whom(result: AnyResult) -> str:
    column = members_column(result.analysis, result.spec)
    if not column or result.analysis.show == ALL:
        return "all trials on file"
    review = f" of {result.analysis.review}" if result.analysis.review else ""
    return (
        f"the trials on file that are confirmed or inferred members{review} (column {column} of "
        "studies.csv)"
    )


def _when(spec: FigureSpec) -> str:
    if not spec.term:
        return ""
    first, *others = (_plain(term) for term in spec.term)
    later = "".join(f", else at the {term} term" for term in others)
    return f", at the {first} term{later}"


def _comparison(result: AnyResult) -> str:
    """Return who was compared with whom, named by groups or by treatments."""
    spec = result.spec
    if isinstance(result, NetworkResult):
        of = "groups of treatments" if spec.by != NODE else "treatments"
        return f"Every comparison between {of} that the trials allow entered one network"
    first, second = (
        " or ".join(sentence_name(GROUP_LABELS.get(name, _plain(name))) for name in names)
        for names in (spec.treatment, spec.control)
    )
    return (
        f"{first[:1].upper()}{first[1:]} was compared with {second}, each study once; arms that "
        "differ by more than these were left out"
    )


def _oriented(spec: FigureSpec) -> str:
    return f", turned where needed so that {spec.better} is better" if spec.better else ""


def _after(result: AnyResult) -> list[str]:
    """Return what else is declared: what is important, and what was varied."""
    spec = result.spec
    told = []
    if spec.important and result.fit is not None:
        what = "ratio" if MEASURES[spec.measure].scale.is_log else "difference"
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
    labels = evidence.trials.studies["label"]
    return [str(labels.get(name, name)) for name in names]


def _plain(name: str) -> str:
    """Return a key as words; a range at its end with a dash, ``VAS 0–100``."""
    return RANGE.sub(r" \1–\2", name).replace("_", " ")
