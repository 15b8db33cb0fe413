"""Fits as documents of plain names and numbers, for --json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ESTIMATE = ("value", "se", "low", "high", "statistic", "df", "p_value", "level")
HETEROGENEITY = (
    "q", "df", "p_value", "i2", "i2_low", "i2_high", "i2_q", "h2", "tau2_low", "tau2_high",
)  # fmt: skip


def whole(
    found: Mapping[str, Any],
    fit: Mapping[str, Any],
    *,
    remarks: Sequence[str],
    told: Sequence[str],
    written: Mapping[str, Path],
) -> dict[str, Any]:
    """Return what a command answers: what it read, the fit, remarks, and the files it wrote."""
    files = {what: path.resolve() for what, path in written.items()}
    return {**found, **fit, "remarks": remarks, "notes": told, "files": files}


def pool_document(fit: Any) -> dict[str, Any]:
    """Return a pooled fit: estimate on both scales, heterogeneity, studies.

    What a pool of counts has not, it has as null.
    """
    interval = getattr(fit, "prediction_interval", None)
    return {
        "measure": fit.effects.measure,
        "label": fit.effects.label,
        "k": fit.k,
        "model": fit.model,
        "tau2_method": getattr(fit, "tau2_method", None),
        "inference": getattr(fit, "inference", None),
        "estimate": _fields(fit.estimate.read(), ("value", "low", "high")),
        "analysis_scale": _fields(fit.estimate, ESTIMATE),
        "prediction_interval": None
        if interval is None
        else _fields(interval.read(), ("low", "high")),
        "tau2": getattr(fit, "tau2", None),
        "heterogeneity": _fields(fit.heterogeneity, HETEROGENEITY),
        "studies": fit.to_frame().to_dict("records"),
        "left_out": left_out(fit.effects),
        "summary": fit.summary(),
        "references": fit.references,
    }


def subgroup_document(fit: Any) -> dict[str, Any]:
    """Return a fit by subgroups: each, all together, the test between them."""
    return {
        **pool_document(fit.overall),
        "subgroups": {
            "by": fit.by,
            "fits": {
                level: pool_document(each)
                for level, each in zip(fit.levels, fit.fits, strict=True)
            },
            "q_between": fit.q_between,
            "df_between": fit.df_between,
            "p_between": fit.p_between,
        },
        "summary": fit.summary(),
        "references": fit.references,
    }


def network_document(fit: Any) -> dict[str, Any]:
    """Return a network: every treatment against the reference, heterogeneity, league table."""
    return {
        "measure": fit.effects.measure,
        "label": fit.effects.label,
        "k": fit.k,
        "treatments": fit.treatments,
        "reference": fit.reference,
        "model": fit.model,
        "tau2_method": fit.tau2_method,
        "inference": fit.inference,
        "effects": fit.to_frame().to_dict("records"),
        "tau2": fit.tau2,
        "heterogeneity": _fields(fit.heterogeneity, HETEROGENEITY),
        "left_out": left_out(fit.effects),
        "summary": fit.summary(),
        "references": fit.references,
    }


def left_out(effects: Any) -> list[dict[str, str]]:
    """Return the studies that were left out, and why."""
    return [{"study": each.study, "reason": each.reason} for each in effects.left_out]


def _fields(record: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(record, name, None) for name in names}
