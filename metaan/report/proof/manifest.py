"""manifest.json: what every figure was made from, so that two reports can be compared."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from metaan.core.network_effects import NetworkEffects
from metaan.core.subgroup_fit import SubgroupFit
from metaan.core.version import VERSION
from metaan.report.results.diagnosing import Diagnosed
from metaan.report.results.evidence import Evidence
from metaan.report.results.network_recipes import NetworkResult
from metaan.report.results.recipes import AnyResult, Result

MADE_BY = "metaan report"
PACKAGES = ("numpy", "scipy", "pandas", "matplotlib")


def manifest(
    evidence: Evidence,
    results: Sequence[AnyResult],
    files: Mapping[str, Path],
    *,
    diagnosed: Mapping[str, Diagnosed] | None = None,
) -> str:
    """Return the manifest as JSON: versions, checksums of data and outputs, rows per figure.

    It holds no time and no path of a machine: the same data and versions give the same bytes.
    """
    document = {
        "made_by": MADE_BY,
        "versions": {"metaan": VERSION, **{name: version(name) for name in PACKAGES}},
        "data": dict(sorted(evidence.checksums.items())),
        "figures": [_figure(result) for result in results],
        "diagnostics": [_diagnosed(each) for each in (diagnosed or {}).values()],
        "files": {name: sha256(files[name].read_bytes()).hexdigest() for name in sorted(files)},
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _diagnosed(each: Diagnosed) -> dict[str, Any]:
    """Return what was found of a pool, and the names of the figures beside it."""
    return {
        "pool": each.result.spec.name,
        "important": each.diagnosis.important,
        "checks": {check.key: [check.verdict, check.found] for check in each.diagnosis.checks},
        "specifications": None if each.multiverse is None else len(each.multiverse.value),
        "figures": [each.name_of(key) for key in each.drawings],
    }


def _figure(result: AnyResult) -> dict[str, Any]:
    return {
        "name": result.spec.name,
        "analysis": result.analysis.name,
        "title": result.title,
        "k": result.k,
        "of": result.of,
        "published": [one.pool_id for one in result.pools],
        **(_network(result) if isinstance(result, NetworkResult) else _pool(result)),
        "left_out": [[item.study, item.reason] for item in result.left_out],
    }


def _pool(result: Result) -> dict[str, Any]:
    """Return what a forest plot was made from: effects of studies, their pool."""
    whole = result.fit.overall if isinstance(result.fit, SubgroupFit) else result.fit
    figure: dict[str, Any] = {}
    if result.effects is not None:
        effects = result.effects
        figure["measure"] = effects.measure
        figure["studies"] = {
            str(name): {"rows": list(rows), "y": float(y), "v": float(v)}
            for name, rows, y, v in zip(
                effects.columns["study_id"], effects.rows, effects.y, effects.v, strict=True
            )
        }
    if whole is not None:
        figure["pooled"] = {
            "value": whole.estimate.value,
            "low": whole.estimate.low,
            "high": whole.estimate.high,
            "tau2": whole.tau2,
            "i2": whole.heterogeneity.i2,
            "model": [whole.model, whole.tau2_method, whole.inference],
        }
    return figure


def _network(result: NetworkResult) -> dict[str, Any]:
    """Return what a network's drawing was made from: contrasts with row ids, effects."""
    figure: dict[str, Any] = {"drawing": result.drawing}
    fit = result.fit
    if fit is None:
        return figure
    figure["measure"] = fit.effects.measure
    figure["treatments"] = list(fit.treatments)
    figure["studies"] = _contrasts(fit.effects)
    figure["not_connected"] = {name: each for part in result.apart
                               for name, each in _contrasts(part).items()}  # fmt: skip
    figure["network"] = {
        "reference": fit.reference,
        "effects": {
            name: [estimate.value, estimate.low, estimate.high]
            for name, estimate in fit.against().items()
        },
        "tau2": fit.tau2,
        "q": fit.q,
        "df": fit.heterogeneity.df,
        "model": [fit.model, fit.tau2_method, fit.inference],
    }
    return figure


def _contrasts(effects: NetworkEffects) -> dict[str, list[dict[str, Any]]]:
    """Return the contrasts by study id: treatments, effect, variance, row ids."""
    found: dict[str, list[dict[str, Any]]] = {}
    for i, name in enumerate(effects.columns["study_id"]):
        contrast = {
            "treatments": [effects.treat1[i], effects.treat2[i]],
            "rows": list(effects.rows[i]),
            "y": float(effects.y[i]),
            "v": float(effects.v[i]),
        }
        found.setdefault(str(name), []).append(contrast)
    return found
