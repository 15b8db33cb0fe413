"""manifest.json: what every figure was made from, so that two reports can be compared."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from metaan.core.subgroup_fit import SubgroupFit
from metaan.core.version import VERSION
from metaan.report.evidence import Evidence
from metaan.report.recipes import Result

MADE_BY = "metaan report"
PACKAGES = ("numpy", "scipy", "pandas", "matplotlib")


def manifest(evidence: Evidence, results: Sequence[Result], files: Mapping[str, Path]) -> str:
    """Return the manifest as JSON: versions, checksums of data and outputs, rows per figure.

    It holds no time and no path of a machine: the same data and versions give the same bytes.
    """
    document = {
        "made_by": MADE_BY,
        "versions": {"metaan": VERSION, **{name: version(name) for name in PACKAGES}},
        "data": dict(sorted(evidence.checksums.items())),
        "figures": [_figure(result) for result in results],
        "files": {name: sha256(files[name].read_bytes()).hexdigest() for name in sorted(files)},
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _figure(result: Result) -> dict[str, Any]:
    whole = result.fit.overall if isinstance(result.fit, SubgroupFit) else result.fit
    figure: dict[str, Any] = {
        "name": result.spec.name,
        "analysis": result.analysis.name,
        "title": result.title,
        "k": result.k,
        "of": result.of,
        "published": [one.pool_id for one in result.pools],
    }
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
    figure["left_out"] = [[item.study, item.reason] for item in result.left_out]
    return figure
