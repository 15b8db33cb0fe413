"""The declared sensitivity analyses of a figure, beside its main analysis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from metaan.core.counts_fit import CountsFit
from metaan.core.effects import Effects, LeftOut
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate, Interval
from metaan.core.network_effects import NetworkEffects
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
from metaan.report.results.readable import PRINTED_ALONE, for_readers
from metaan.report.results.recipes import AnyResult, Result
from metaan.report.results.sensitivity_words import changes
from metaan.report.results.tables import estimated_tau2

Row = dict[str, Any]
MAIN = "Main analysis"
# Keys that leave the effects as they are; keys that say which studies enter.
REFITS = frozenset({*CHOOSES_THE_MODEL, *OF_THE_MODEL, "level"})
SELECTION = frozenset(
    {"outcome", "term", "instrument", "study", "without_study", "where", "without_flags",
     "members", "treatment", "control", "by"}
)  # fmt: skip
ALIKE = 1e-9  # relative difference of numbers that are one and the same
BELOW, ABOVE, INCLUDES = "below no effect", "above no effect", "includes no effect"
SAME, CHANGED, NONE = "same", "changed", "nothing pooled"
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
        compare with, or where it is the main analysis again; remark: which analysis it is again,
        which studies left or came although another choice was varied, why nothing was pooled.
        None too where nothing is pooled in the main analysis, and for an umbrella.
    """
    if result.fit is None or not result.spec.sensitivity:
        return None
    if isinstance(result, NetworkResult):
        return _of_network(evidence, result)
    return _of_pool(evidence, result)


def _of_pool(evidence: Evidence, result: Result) -> pd.DataFrame:
    main = Compared(effects=result.effects)
    first = {"analysis": MAIN, "changed": "", **_numbers(main, result.fit), "remark": ""}
    rows, before = [first], [_done(MAIN, result.effects, [first])]
    for each in result.spec.sensitivity:
        found, fit = Compared(effects=None), None
        try:
            found, fit = _again(evidence, result, each)
            row = {**_numbers(found, fit), "remark": "" if fit is not None else _too_few(found)}
        except InputError as error:
            row = {**_numbers(Compared(effects=None), None), "k": math.nan}
            row["remark"] = _cannot(error)
        row["conclusion"] = _verdict(str(row["interval"]), str(first["interval"]))
        if fit is not None:
            done = _done(each.label, found.effects, [row])
            _compare(each, done, before, [row], found.left_out)
            before.append(done)
        rows.append({"analysis": each.label, "changed": changes(result, each, evidence), **row})
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


def _cannot(error: InputError) -> str:
    return f"cannot be done: {for_readers(str(error))}"


def _too_few(found: Compared) -> str:
    k = 0 if found.effects is None else found.effects.k
    return f"{counted(k, 'usable trial')}, fewer than {FEWEST_TO_POOL}: nothing is pooled"


def _numbers(found: Compared, fit: Fit | None) -> Row:
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
        "tau2": estimated_tau2(whole),
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
    before = [_done(MAIN, fit.effects, list(main.values()))]
    rows = [{"analysis": MAIN, "changed": "", **row} for row in main.values()]
    for each in result.spec.sensitivity:
        told = {"analysis": each.label, "changed": changes(result, each, evidence)}
        try:
            again = _network_again(evidence, result, each)
        except InputError as error:
            rows.append({**told, "treatment": "", "remark": _cannot(error)})
            continue
        found = {} if again is None else {row["treatment"]: row for row in _against(again)}
        if again is not None and again.reference != fit.reference:
            remark = f"{fit.reference}, the reference, is not in this network"
            rows.append({**told, "treatment": "", "k": again.k, "remark": remark})
            continue
        gone = {"conclusion": NONE, "remark": "not in this network"}
        for name, row in found.items():
            first = main.get(name, {"interval": ""})
            row["conclusion"] = _verdict(str(row["interval"]), str(first["interval"]))
        if again is not None:
            done = _done(each.label, again.effects, list(found.values()))
            _compare(each, done, before, list(found.values()), again.effects.left_out)
            before.append(done)
        rows += [{**told, **found.get(name, {**gone, "treatment": name})} for name in main]
    return pd.DataFrame(rows, columns=list(OF_NETWORKS)).fillna(
        dict.fromkeys(("measure", "interval", "conclusion", "remark"), "")
    )


def _network_again(
    evidence: Evidence, result: NetworkResult, each: Sensitivity
) -> NetworkFit | None:
    spec = varied(result.spec, each)
    effects = result.effects if REFITS.issuperset(each.changes) else None
    return refit(evidence, result.analysis, spec, effects)


def _against(fit: NetworkFit) -> list[Row]:
    """Return every treatment against the reference as a row."""
    het = fit.heterogeneity
    return [
        {
            "treatment": name,
            "k": fit.k,
            "measure": fit.effects.measure,
            **_estimate(estimate, fit.predict(name)),
            "tau2": estimated_tau2(fit),
            "i2": het.i2,
            "interval": _side(estimate),
            "conclusion": "",
            "remark": "",
        }
        for name, estimate in fit.against().items()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """An analysis that was made: of which studies, with which numbers."""

    label: str
    studies: tuple[str, ...]
    measures: tuple[str, ...]
    numbers: tuple[float, ...]

    def again(self, other: _Done) -> bool:
        """Whether it is another analysis over again."""
        return (
            self.studies == other.studies
            and self.measures == other.measures
            and len(self.numbers) == len(other.numbers)
            and np.allclose(self.numbers, other.numbers, rtol=ALIKE, atol=0.0)
        )


def _done(label: str, effects: Effects | NetworkEffects | None, rows: Sequence[Row]) -> _Done:
    return _Done(
        label=label,
        studies=() if effects is None else tuple(sorted({*effects.study})),
        measures=tuple(str(row["measure"]) for row in rows),
        numbers=tuple(float(row[name]) for row in rows for name in ("estimate", "low", "high")),
    )


def _compare(
    each: Sensitivity,
    done: _Done,
    before: Sequence[_Done],
    rows: Sequence[Row],
    left_out: Sequence[LeftOut],
) -> None:
    """Say in the rows of an analysis which one it is over again, and whose studies differ."""
    main = before[0]
    told = []
    twin = next((other for other in before if done.again(other)), None)
    if twin is main:
        affects = "identical to the main analysis"
        told.append(affects if REFITS.issuperset(each.changes) else "no study affected")
    elif twin is not None:
        told.append(f"identical to “{twin.label}”")
    if SELECTION.isdisjoint(each.changes):
        told += _other_studies(done, main, left_out)
    for row in rows:
        row["remark"] = "; ".join([*filter(None, [row["remark"]]), *told])
        row["conclusion"] = "" if twin is main else row["conclusion"]


def _other_studies(done: _Done, main: _Done, left_out: Sequence[LeftOut]) -> list[str]:
    """Return which studies left, and why, and which came."""
    # a figure that is not the preferred one says less than what is printed alone
    ranked = sorted(left_out, key=lambda item: item.reason.startswith(PRINTED_ALONE))
    reasons = {item.study: for_readers(item.reason) for item in ranked}
    lost = [name for name in main.studies if name not in done.studies]
    came = [name for name in done.studies if name not in main.studies]
    without = [f"{name} ({reasons[name]})" if name in reasons else name for name in lost]
    return [
        f"{word} {', '.join(names)}"
        for word, names in (("without", without), ("with", came))
        if names
    ]
