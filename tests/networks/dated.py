"""Networks whose studies have a year, made from the arms of their data sets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.network_effects import NetworkEffects
from tests.networks.pinned import table

YEAR = re.compile(r"\((\d{4})")
Arm = tuple[str, float, float]


@cache
def senn2013() -> NetworkEffects:
    """Return mean differences of HbA1c; the year stands in the study's label."""
    arms: dict[str, list[Arm]] = {}
    for row in table("senn2013"):
        v = float(row["sdi"]) ** 2 / float(row["ni"])
        arms.setdefault(row["study"], []).append((row["treatment"], float(row["mi"]), v))
    years = {study: int(YEAR.findall(study)[0]) for study in arms}
    return contrasts(arms, years)


@cache
def baker2009() -> NetworkEffects:
    """Return log odds ratios of exacerbations, 0.5 added in studies with an empty cell."""
    counts: dict[str, list[tuple[str, int, int]]] = {}
    years = {}
    for row in table("baker2009"):
        arm = row["treatment"], int(row["exac"]), int(row["total"])
        counts.setdefault(row["study"], []).append(arm)
        years[row["study"]] = int(row["year"])
    arms: dict[str, list[Arm]] = {}
    for study, own in counts.items():
        add = 0.5 * any(r in (0, n) for _, r, n in own)
        for name, r, n in own:
            event, other = r + add, n - r + add
            log_odds = float(np.log(event / other))
            arms.setdefault(study, []).append((name, log_odds, 1 / event + 1 / other))
    return contrasts(arms, years)


def contrasts(arms: dict[str, list[Arm]], years: dict[str, int]) -> NetworkEffects:
    """Return every contrast of every study."""
    rows = [
        (study, a[0], b[0], a[1] - b[1], a[2] + b[2], years[study])
        for study, own in arms.items()
        for i, a in enumerate(own)
        for b in own[i + 1 :]
    ]
    study, treat1, treat2, y, v, year = zip(*rows, strict=True)
    return NetworkEffects.from_arrays(
        y, v, study=study, treat1=treat1, treat2=treat2, columns={"year": year}
    )


def with_column(effects: NetworkEffects, name: str, values: dict[str, Any]) -> NetworkEffects:
    """Return the contrasts with one more column of the studies."""
    column = [values[study] for study in effects.study]
    return replace(effects, columns={**effects.columns, name: column})


def eras(effects: NetworkEffects) -> NetworkEffects:
    """Return the contrasts with a column "era" of two levels, "new" from 2000 on."""
    return replace(
        effects,
        columns={
            **effects.columns,
            "era": ["new" if year >= 2000 else "old" for year in effects.columns["year"]],
        },
    )


def dense(
    effects: NetworkEffects, tau2: float, columns: Sequence[str]
) -> tuple[Floats, Floats, Floats, Floats, list[str]]:
    """Return y, its whole covariance and design, the year, and studies: first arms as bases.

    Naive: study by study, from the contrasts as they were given.
    """
    blocks, ys, rows, zs, studies = [], [], [], [], []
    for study in effects.studies:
        own = [i for i, name in enumerate(effects.study) if name == study]
        y, v = {}, {}
        for i in own:
            pair = effects.treat1[i], effects.treat2[i]
            y[pair], y[pair[::-1]] = effects.y[i], -effects.y[i]
            v[pair] = v[pair[::-1]] = effects.v[i] + tau2
        base, *others = sorted({name for pair in y for name in pair})
        block = np.empty((len(others),) * 2)
        for i, a in enumerate(others):
            for j, b in enumerate(others):
                between = v[a, b] if a != b else 0.0
                block[i, j] = (v[a, base] + v[b, base] - between) / 2
            ys.append(y[a, base])
            rows.append([float(name == a) - float(name == base) for name in columns])
            zs.append(float(effects.columns["year"][own[0]]))
            studies.append(study)
        blocks.append(block)
    total = np.zeros((len(ys),) * 2)
    at = 0
    for block in blocks:
        total[at : at + len(block), at : at + len(block)] = block
        at += len(block)
    return np.array(ys), total, np.array(rows), np.array(zs), studies


def gls(y: Floats, v: Floats, x: Floats) -> tuple[Floats, Floats, float]:
    """Return coefficients, their covariance and Q by the textbook."""
    w = np.linalg.inv(v)
    covariance = np.linalg.inv(x.T @ w @ x)
    beta = covariance @ x.T @ w @ y
    rest = y - x @ beta
    return beta, np.asarray(covariance), float(rest @ w @ rest)
