"""What a sensitivity analysis changes, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from metaan.core.subgroup_fit import SubgroupFit
from metaan.report.declaring.declared import Sensitivity
from metaan.report.results.evidence import Evidence
from metaan.report.results.readable import (
    flag_words,
    group_label,
    inference_words,
    instrument_words,
    labels_of,
    outcome_words,
    plain,
    prediction_words,
)
from metaan.report.results.recipes import AnyResult

NAMES: Mapping[str, str] = {
    "tau2": "tau²",
    "inference": "interval",
    "prediction": "prediction interval",
    "without_flags": "cautions left out",
    "without_study": "studies left out",
    "study": "studies",
    "mix_types": "change scores beside endpoints",
    "contrast_sd": "SD for printed differences",
}
# What an empty value means, where that is not "none".
NOTHING = dict.fromkeys(("term", "instrument", "study", "members"), "any")
WORDS: Mapping[str, Callable[[str], str]] = {
    "inference": inference_words,
    "prediction": prediction_words,
    "without_flags": flag_words,
    "outcome": outcome_words,
    "treatment": group_label,
    "control": group_label,
    "instrument": instrument_words,
    "rescale": instrument_words,
    "contrast_sd": instrument_words,
    "members": plain,
    "where": plain,
    "term": plain,
}
OF_STUDIES = ("study", "without_study")


def changes(result: AnyResult, each: Sensitivity, evidence: Evidence | None = None) -> str:
    """Return in words what is otherwise than in the main analysis, key by key.

    With ``evidence`` studies have their labels.

    Examples
    --------
    >>> from metaan.report.results.evidence import load_evidence
    >>> from metaan.report.results.recipes import make_result
    >>> evidence = load_evidence()
    >>> part = next(part for part in evidence.analyses if part.name == "sham_vs_true")
    >>> result = make_result(evidence, part, part.figure[0])
    >>> changes(result, Sensitivity(label="DL", changes={"tau2": "DL"}))
    'tau²: DL instead of REML'
    """
    return "; ".join(_change(key, value, result, evidence) for key, value in each.changes.items())


def _change(key: str, value: Any, result: AnyResult, evidence: Evidence | None) -> str:
    main = getattr(result.spec, key)
    name = NAMES.get(key, plain(key))
    if isinstance(value, bool):
        return f"{name}: {'yes' if value else 'no'}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        added = [each for each in value if each not in main]
        gone = [each for each in main if each not in value]
        if main and value and (not added or not gone):
            more, shown = ("also", added) if added else ("without", gone)
            return f"{name}: {more} {_words(key, shown, evidence)}"
    was = _words(key, main, evidence) or _words(key, _used(key, result), evidence)
    now = _words(key, value, evidence) or NOTHING.get(key, "none")
    return f"{name}: {now} instead of {was}" if was else f"{name}: {now}"


def _used(key: str, result: AnyResult) -> Any:
    """Return what a fit used where nothing is declared."""
    fit = result.fit
    whole = fit.overall if isinstance(fit, SubgroupFit) else fit
    named = {"tau2": "tau2_method", "inference": "inference", "prediction": "prediction"}
    return getattr(whole, named[key], "") if key in named else ""


def _words(key: str, value: Any, evidence: Evidence | None) -> str:
    if isinstance(value, Mapping):
        pairs = [(_words(key, each, evidence), value[each]) for each in value]
        return ", ".join(f"{name}: {_words(key, each, evidence)}" for name, each in pairs)
    if isinstance(value, Sequence) and not isinstance(value, str):
        if key in OF_STUDIES and evidence is not None:
            return ", ".join(labels_of(value, evidence.trials.studies["label"]))
        between = "; " if WORDS.get(key) is flag_words else ", "
        return between.join(_words(key, each, evidence) for each in value)
    if isinstance(value, float | np.floating):
        return f"{value:g}"
    return WORDS.get(key, str)(str(value)) if value else ""
