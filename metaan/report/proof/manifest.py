"""manifest.json: what every figure was made from, so that two reports can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

from metaan.core.fit import PooledFit
from metaan.core.network_effects import NetworkEffects
from metaan.core.subgroup_fit import SubgroupFit
from metaan.report.proof.data_cells import data_cells
from metaan.report.proof.json_text import json_text, plain
from metaan.report.proof.versions import versions
from metaan.report.results.diagnosing import Diagnosed
from metaan.report.results.evidence import Evidence
from metaan.report.results.network_recipes import NetworkResult
from metaan.report.results.recipes import AnyResult, Result

MADE_BY = "metaan report"
EDITION = 2  # of the manifest; those before 0.6 had no number
# Fields of an analysis that its figures do not depend on.
PROSE = ("name", "title", "question", "about", "unknown", "figure")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Proven:
    """What is known of the figures besides their results.

    Attributes
    ----------
    diagnosed : mapping of str to Diagnosed
        By the name of the pool's figure.
    numbers : mapping of str to str
        Checksum of the plotted numbers by figure.
    fonts : mapping of str to str
        Checksum of every font that was used.
    part : sequence of str, optional
        Names of the figures that a part of a report was asked for; None for the whole.
    """

    diagnosed: Mapping[str, Diagnosed] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
    fonts: Mapping[str, str] = field(default_factory=dict)
    part: Sequence[str] | None = None


def manifest(
    evidence: Evidence,
    results: Sequence[AnyResult],
    files: Mapping[str, Path],
    proven: Proven | None = None,
) -> str:
    """Return the manifest as JSON: versions, data, figures with rows and options, checksums.

    It holds no time and no path of a machine: the same data and versions give the same bytes.

    Parameters
    ----------
    evidence : Evidence
        What the report was made from.
    results : sequence of Result or NetworkResult
        Its figures.
    files : mapping of str to Path
        Every file of the report by its name in it.
    proven : Proven, optional
        What else is known of the figures.
    """
    proven = proven or Proven()
    trusted = proven.diagnosed
    document = {
        "made_by": MADE_BY,
        "edition": EDITION,
        "title": evidence.title,
        "part": None if proven.part is None else list(proven.part),
        "versions": {**versions(), "fonts": dict(sorted(proven.fonts.items()))},
        "data": dict(sorted(evidence.checksums.items())),
        "cells": data_cells(evidence),
        "figures": [
            *(_figure(result, proven.numbers) for result in results),
            *(
                _beside(each, key, proven.numbers)
                for each in trusted.values()
                for key in each.drawings
            ),
        ],
        "diagnostics": [_diagnosed(each) for each in trusted.values()],
        "files": {name: sha256(files[name].read_bytes()).hexdigest() for name in sorted(files)},
    }
    return json_text(document)


def rows_of(result: AnyResult) -> tuple[str, ...]:
    """Return the ids of the rows of the data that a figure was made from, each once."""
    effects = result.whole if isinstance(result, NetworkResult) else result.effects
    rows = () if effects is None else (row for each in effects.rows for row in each)
    return tuple(dict.fromkeys([*rows, *(one.pool_id for one in result.pools)]))


def _diagnosed(each: Diagnosed) -> dict[str, Any]:
    """Return what was found of a pool, and the names of the figures beside it."""
    return {
        "pool": each.result.spec.name,
        "important": each.diagnosis.important,
        "checks": {check.key: [check.verdict, check.found] for check in each.diagnosis.checks},
        "specifications": None if each.multiverse is None else len(each.multiverse.value),
        "figures": [each.name_of(key) for key in each.drawings],
    }


def _beside(each: Diagnosed, key: str, numbers: Mapping[str, str]) -> dict[str, Any]:
    """Return a figure beside a pool: it is made from what the pool is made from."""
    result, name = each.result, each.name_of(key)
    return {
        "name": name,
        "beside": result.spec.name,
        "analysis": result.analysis.name,
        "title": each.drawings[key].title,
        "numbers": numbers.get(name, ""),
    }


def _figure(result: AnyResult, numbers: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": result.spec.name,
        "beside": "",
        "analysis": result.analysis.name,
        "title": result.title,
        "numbers": numbers.get(result.spec.name, ""),
        "k": result.k,
        "of": result.of,
        "options": _options(result),
        "rows": list(rows_of(result)),
        "published": [one.pool_id for one in result.pools],
        **(_network(result) if isinstance(result, NetworkResult) else _pool(result)),
        "left_out": [[item.study, item.reason] for item in result.left_out],
    }


def _options(result: AnyResult) -> dict[str, Any]:
    """Return the declaration as it was understood, its defaults filled in."""
    analysis = result.analysis
    shared = {one.name: getattr(analysis, one.name) for one in fields(analysis)}
    own = {name: value for name, value in shared.items() if name not in PROSE}
    # a list or a table may be declared in either form: tuples become lists here
    options: dict[str, Any] = plain({**{f"analysis {k}": v for k, v in own.items()}})
    return {**options, **plain(result.spec)}


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
    if isinstance(whole, PooledFit):
        figure["pooled"] = {
            "value": whole.estimate.value,
            "low": whole.estimate.low,
            "high": whole.estimate.high,
            "tau2": whole.tau2,
            "i2": whole.heterogeneity.i2,
            "model": [whole.model, whole.tau2_method, whole.inference],
        }
    return plain(figure)  # type: ignore[no-any-return]


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
    return plain(figure)  # type: ignore[no-any-return]


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
