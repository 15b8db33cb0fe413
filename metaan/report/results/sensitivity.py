"""The declared sensitivity analyses of a figure, beside its main analysis."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from metaan.core.counts_fit import CountsFit
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate, Interval
from metaan.core.numbers import counted
from metaan.core.subgroup_fit import SubgroupFit
from metaan.networks.fits.network_fit import NetworkFit
from metaan.report.declaring.declared import (
    CHOOSES_THE_MODEL,
    OF_THE_MODEL,
    Sensitivity,
    varied,
)
from metaan.report.results.evidence import Evidence
from metaan.report.results.fitting import FEWEST_TO_POOL, Compared, Fit, compare, fit_of
from metaan.report.results.membership import selected
from metaan.report.results.network_recipes import NetworkResult, refit
from metaan.report.results.recipes import AnyResult, Result

MAIN = "Main analysis"
# Keys that leave the effects as they are.
REFITS = frozenset({*CHOOSES_THE_MODEL, *OF_THE_MODEL, "level"})
BELOW, ABOVE, INCLUDES = "below no effect", "above no effect", "includes no effect"
SAME, CHANGED, NONE = "same", "changed", "nothing pooled"
NAMES = {"tau2": "tau²"}
# What an empty value means, where that is not "none".
NOTHING = dict.fromkeys(("term", "instrument", "study", "members"), "any")
COLUMNS = (
    "analysis", "changed", "k", "measure", "estimate", "low", "high", "prediction_low",
    "prediction_high", "tau2", "i2", "interval", "conclusion", "remark",
)  # fmt: skip
OF_NETWORKS = ("analysis", "changed", "treatment", *COLUMNS[2:])


def sensitivity_table(evidence: Evidence, result: AnyResult) -> pd.DataFrame | None:
    """Return one row per declared analysis, the main one first; None where none is declared.

    Parameters
    ----------
    evidence : Evidence
        What the figure was made from.
    result : Result or NetworkResult
        The main analysis. Of a network there is a row for each treatment against the reference.

    Returns
    -------
    DataFrame
        analysis, changed, k, measure; estimate, low, high, prediction_low, prediction_high
        (reading scale); tau2 (analysis scale), i2 (percent); interval: on which side of no effect
        it lies; conclusion: whether that is the main analysis's, empty where there is none to
        compare with; remark: why nothing was pooled. None too where nothing is pooled in the
        main analysis, and for an umbrella.
    """
    if result.fit is None or not result.spec.sensitivity:
        return None
    if isinstance(result, NetworkResult):
        return _of_network(evidence, result)
    return _of_pool(evidence, result)


def _of_pool(evidence: Evidence, result: Result) -> pd.DataFrame:
    main = Compared(effects=result.effects)
    first = {"analysis": MAIN, "changed": "", **_numbers(main, result.fit), "remark": ""}
    rows = [first]
    for each in result.spec.sensitivity:
        try:
            found, fit = _again(evidence, result, each)
            row = {**_numbers(found, fit), "remark": "" if fit is not None else _too_few(found)}
        except InputError as error:
            row = {**_numbers(Compared(effects=None), None), "k": math.nan}
            row["remark"] = f"cannot be done: {error}"
        row["conclusion"] = _verdict(str(row["interval"]), str(first["interval"]))
        rows.append({"analysis": each.label, "changed": changes(result, each), **row})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _again(evidence: Evidence, result: Result, each: Sensitivity) -> tuple[Compared, Fit | None]:
    """Return a sensitivity analysis: refitted where the effects stay, else from the data."""
    spec = varied(result.spec, each)
    effects = result.effects
    if REFITS.issuperset(each.changes) and spec.method == result.spec.method:
        found = Compared(
            effects=effects,
            counts=result.fit.counts if isinstance(result.fit, CountsFit) else None,
        )
    else:
        found = compare(selected(evidence.trials, result.analysis, spec), spec)
    return found, fit_of(found, spec)


def _too_few(found: Compared) -> str:
    k = 0 if found.effects is None else found.effects.k
    return f"{counted(k, 'usable trial')}, fewer than {FEWEST_TO_POOL}: nothing is pooled"


def _numbers(found: Compared, fit: Fit | None) -> dict[str, Any]:
    """Return a pool as a row; empty numbers where nothing is pooled."""
    k = 0 if found.effects is None else found.effects.k
    empty = dict.fromkeys(COLUMNS[4:11], math.nan)
    measure = "" if found.effects is None else found.effects.measure
    if fit is None:
        return {"k": k, "measure": measure, **empty, "interval": "", "conclusion": ""}
    whole = fit.overall if isinstance(fit, SubgroupFit) else fit
    limits = None if isinstance(whole, CountsFit) else whole.prediction_interval
    return {
        "k": k,
        "measure": measure,
        **_estimate(whole.estimate, limits),
        "tau2": whole.tau2,
        "i2": whole.heterogeneity.i2,
        "interval": _side(whole.estimate),
        "conclusion": "",
    }


def _estimate(estimate: Estimate, limits: Interval | None) -> dict[str, float]:
    read = estimate.read()
    predicted = limits.read() if limits is not None else None
    return {
        "estimate": read.value,
        "low": read.low,
        "high": read.high,
        "prediction_low": math.nan if predicted is None else predicted.low,
        "prediction_high": math.nan if predicted is None else predicted.high,
    }


def _side(estimate: Estimate) -> str:
    """Return on which side of no effect an interval lies; empty where a scale has none."""
    if not estimate.scale.has_null:
        return ""
    null = estimate.scale.null
    if estimate.high < null:
        return BELOW
    return ABOVE if estimate.low > null else INCLUDES


def _verdict(interval: str, main: str) -> str:
    if not interval:
        return NONE if main else ""
    return SAME if interval == main else CHANGED


def _of_network(evidence: Evidence, result: NetworkResult) -> pd.DataFrame | None:
    fit = result.fit
    if fit is None:
        return None
    main = {row["treatment"]: row for row in _against(fit)}
    rows = [{"analysis": MAIN, "changed": "", **row} for row in main.values()]
    for each in result.spec.sensitivity:
        told = {"analysis": each.label, "changed": changes(result, each)}
        try:
            again = _network_again(evidence, result, each)
        except InputError as error:
            rows.append({**told, "treatment": "", "remark": f"cannot be done: {error}"})
            continue
        found = {} if again is None else {row["treatment"]: row for row in _against(again)}
        if again is not None and again.reference != fit.reference:
            remark = f"{fit.reference}, the reference, is not in this network"
            rows.append({**told, "treatment": "", "k": again.k, "remark": remark})
            continue
        for name, before in main.items():
            lost = {"treatment": name, "conclusion": NONE, "remark": "not in this network"}
            row = found.get(name, lost)
            if name in found:
                row["conclusion"] = _verdict(str(row["interval"]), str(before["interval"]))
            rows.append({**told, **row})
    return pd.DataFrame(rows, columns=list(OF_NETWORKS)).fillna(
        dict.fromkeys(("measure", "interval", "conclusion", "remark"), "")
    )


def _network_again(
    evidence: Evidence, result: NetworkResult, each: Sensitivity
) -> NetworkFit | None:
    spec = varied(result.spec, each)
    effects = result.effects if REFITS.issuperset(each.changes) else None
    return refit(evidence, result.analysis, spec, effects)


def _against(fit: NetworkFit) -> list[dict[str, Any]]:
    """Return every treatment against the reference as a row."""
    het = fit.heterogeneity
    return [
        {
            "treatment": name,
            "k": fit.k,
            "measure": fit.effects.measure,
            **_estimate(estimate, fit.predict(name)),
            "tau2": fit.tau2,
            "i2": het.i2,
            "interval": _side(estimate),
            "conclusion": "",
            "remark": "",
        }
        for name, estimate in fit.against().items()
    ]


def changes(result: AnyResult, each: Sensitivity) -> str:
    """Return in words what is otherwise than in the main analysis, key by key.

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
    return "; ".join(
        _change(key, getattr(result.spec, key), value, result)
        for key, value in each.changes.items()
    )


def _change(key: str, main: Any, value: Any, result: AnyResult) -> str:
    name = NAMES.get(key, key.replace("_", " "))
    if isinstance(value, bool):
        return f"{name}: {'yes' if value else 'no'}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        added = [each for each in value if each not in main]
        gone = [each for each in main if each not in value]
        if main and value and (not added or not gone):
            more = f"also {_listed(added)}" if added else f"without {_listed(gone)}"
            return f"{name}: {more}"
    was = _words(main) or _words(_used(key, result))
    now = _words(value) or NOTHING.get(key, "none")
    return f"{name}: {now} instead of {was}" if was else f"{name}: {now}"


def _used(key: str, result: AnyResult) -> Any:
    """Return what a fit used where nothing is declared."""
    fit = result.fit
    whole = fit.overall if isinstance(fit, SubgroupFit) else fit
    named = {"tau2": "tau2_method", "inference": "inference", "prediction": "prediction"}
    return getattr(whole, named[key], "") if key in named else ""


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_words(each)}" for key, each in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _listed(value)
    return f"{value:g}" if isinstance(value, float | np.floating) else str(value or "")


def _listed(values: Sequence[Any]) -> str:
    return ", ".join(str(value) for value in values)
