"""Records made by hand from plain numbers; the plots know no model, and neither do their tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from metaan.core.effects import Effects
from metaan.core.estimate import Estimate, Interval
from metaan.core.fit import Heterogeneity, PooledFit
from metaan.core.published import PublishedPool
from metaan.core.scale import IDENTITY, LOG, Scale
from metaan.core.subgroup_fit import SubgroupFit

NAN = float("nan")
LONG = "A trial with a name of more than sixty letters, as registries and consortia give them"

# BCG vaccine against tuberculosis: trial, cases and totals of vaccinated and of controls
# (Colditz 1994, as in metafor's dat.bcg), and the REML fit that metafor prints for log RR.
BCG = (
    ("Aronson 1948", 4, 123, 11, 139),
    ("Ferguson & Simes 1949", 6, 306, 29, 303),
    ("Rosenthal et al 1960", 3, 231, 11, 220),
    ("Hart & Sutherland 1977", 62, 13598, 248, 12867),
    ("Frimodt-Moller et al 1973", 33, 5069, 47, 5808),
    ("Stein & Aronson 1953", 180, 1541, 372, 1451),
    ("Vandiviere et al 1973", 8, 2545, 10, 629),
    ("TPT Madras 1980", 505, 88391, 499, 88391),
    ("Coetzee & Berjak 1968", 29, 7499, 45, 7277),
    ("Rosenthal et al 1961", 17, 1716, 65, 1665),
    ("Comstock et al 1974", 186, 50634, 141, 27338),
    ("Comstock & Webster 1969", 5, 2498, 3, 2341),
    ("Comstock et al 1976", 27, 16913, 29, 17854),
)


def effects(
    y: Sequence[float],
    v: Sequence[float],
    *,
    study: Sequence[str] | None = None,
    scale: Scale = IDENTITY,
    measure: str = "MD",
    columns: Mapping[str, Sequence[Any]] | None = None,
) -> Effects:
    """Return effects of acupuncture against sham."""
    return Effects(
        y=np.array(y, dtype=float),
        v=np.array(v, dtype=float),
        study=tuple(study or [f"Trial {i + 1}" for i in range(len(y))]),
        measure=measure,
        label="Risk ratio" if scale is LOG else "Mean difference",
        scale=scale,
        treatment="Acupuncture",
        control="Sham",
        rows=tuple((f"{2 * i + 1}", f"{2 * i + 2}") for i in range(len(y))),
        columns={name: tuple(values) for name, values in (columns or {}).items()},
    )


def fit(
    studies: Effects,
    *,
    mean: tuple[float, float, float],
    prediction: tuple[float, float] | None = None,
    weights: Sequence[float] | None = None,
    level: float = 0.95,
) -> PooledFit:
    """Return a pool with this point and these limits, analysis scale."""
    value, low, high = mean
    k, scale = studies.k, studies.scale
    estimate = Estimate(
        value=value,
        se=(high - low) / 3.92,
        low=low,
        high=high,
        statistic=-3.0,
        df=k - 1.0,
        p_value=0.0121,
        log_p_value=float(np.log(0.0121)),
        level=level,
        scale=scale,
    )
    limits = None
    if prediction is not None:
        limits = Interval(low=prediction[0], high=prediction[1], level=level, scale=scale)
    return PooledFit(
        effects=studies,
        model="random",
        tau2_method="REML",
        inference="HKSJ",
        prediction="t(k-1)",
        estimate=estimate,
        tau2=0.01,
        heterogeneity=heterogeneity(k),
        prediction_interval=limits,
        weights=np.array([100.0 / k] * k if weights is None else weights),
    )


def heterogeneity(k: int) -> Heterogeneity:
    """Return the heterogeneity that Furlan 2005 prints; undefined for one study."""
    if k == 1:
        numbers = dict.fromkeys(Heterogeneity.__dataclass_fields__, NAN)
        return Heterogeneity(**{**numbers, "q": 0.0, "df": 0.0, "level": 0.95, "interval": "QP"})
    return Heterogeneity(
        q=3.49,
        df=k - 1.0,
        p_value=0.32,
        log_p_value=float(np.log(0.32)),
        i2=14.04,
        h2=1.16,
        i2_q=14.04,
        typical_v=0.06,
        tau2_se=0.05,
        tau2_low=0.0,
        tau2_high=1.0,
        i2_low=0.0,
        i2_high=90.0,
        level=0.95,
        interval="QP",
    )


def bcg_effects() -> Effects:
    """Return the log risk ratios of the BCG trials."""
    names, e1, n1, e2, n2 = zip(*BCG, strict=True)
    events1, total1, events2, total2 = (np.array(column, float) for column in (e1, n1, e2, n2))
    y = np.log(events1 / total1) - np.log(events2 / total2)
    v = 1 / events1 - 1 / total1 + 1 / events2 - 1 / total2
    columns = {"events1": e1, "n1": n1, "events2": e2, "n2": n2}
    made = effects(list(y), list(v), study=names, scale=LOG, measure="RR", columns=columns)
    return replace(made, treatment="BCG vaccine", control="No vaccine")


def bcg_fit() -> PooledFit:
    """Return metafor's REML fit of the BCG trials, with inverse-variance random weights."""
    studies = bcg_effects()
    weights = 1 / (studies.v + 0.3132)
    return fit(
        studies,
        mean=(-0.7145, -1.1084, -0.3206),
        prediction=(-1.995, 0.566),
        weights=list(100 * weights / weights.sum()),
    )


def subgroup_fit(parts: Sequence[tuple[str, PooledFit]], overall: PooledFit) -> SubgroupFit:
    """Return these pools as subgroups of one fit."""
    return SubgroupFit(
        by="sham_type",
        levels=tuple(level for level, _ in parts),
        fits=tuple(part for _, part in parts),
        overall=overall,
        q_between=1.86,
        df_between=len(parts) - 1.0,
        p_between=0.395,
    )


def published(
    value: float,
    low: float,
    high: float,
    *,
    citation: str = "Mu 2020 Cochrane CD013814",
    k: float = 7.0,
    n: float = 1403.0,
    measure: str = "MD",
) -> PublishedPool:
    """Return a published pool with these printed numbers."""
    return PublishedPool(
        pool_id="mu2020_01",
        review_id="mu2020",
        citation=citation,
        doi="10.1002/14651858.CD013814",
        comparison="acupuncture vs sham",
        treat1="acupuncture",
        treat2="sham_unspecified",
        outcome="pain",
        instrument="VAS_0_100",
        term="immediate",
        k=k,
        n=n,
        measure=measure,
        value=value,
        low=low,
        high=high,
        model="random",
        i2=NAN,
        certainty="low",
        as_reported="",
        url="",
        locus="abstract",
        declared_k=NAN,
        declared_n=NAN,
        notes="",
        ratio=measure in ("RR", "OR"),
    )


COLUMN_KINDS = ("continuous", "binary", "none")


def many(k: int, kind: str, *, long_labels: bool = False) -> Effects:
    """Return k seeded studies with the arm columns of a kind."""
    rng = np.random.default_rng(k)
    n1, n2 = rng.integers(9, 999, k).tolist(), rng.integers(9, 999, k).tolist()
    columns: dict[str, Sequence[Any]] = {}
    if kind == "continuous":
        columns = {f"mean{arm}": rng.normal(40, 9, k).round(1).tolist() for arm in (1, 2)}
        columns |= {f"sd{arm}": rng.normal(20, 2, k).round(2).tolist() for arm in (1, 2)}
        columns |= {"n1": n1, "n2": n2}
    if kind == "binary":
        columns = {"events1": [5] * k, "n1": n1, "events2": [7] * k, "n2": n2}
    name = LONG if long_labels else "Trial"
    return effects(
        rng.normal(-0.5, 0.5, k).tolist(),
        rng.uniform(0.01, 0.4, k).tolist(),
        study=[f"{name} {i + 1}" for i in range(k)],
        scale=LOG if kind == "binary" else IDENTITY,
        measure="RR" if kind == "binary" else "MD",
        columns=columns,
    )


def some(studies: Effects, where: Sequence[int]) -> Effects:
    """Return the studies at these places."""
    places = list(where)
    return replace(
        studies,
        y=studies.y[places],
        v=studies.v[places],
        study=tuple(studies.study[i] for i in places),
        rows=tuple(studies.rows[i] for i in places),
        columns={name: tuple(col[i] for i in places) for name, col in studies.columns.items()},
    )


def pooled_or_split(studies: Effects, *, split: bool) -> PooledFit | SubgroupFit:
    """Return a fit, or a subgroup fit whose first subgroup has one study."""
    mean = (-0.5, -0.9, -0.1)
    overall = fit(studies, mean=mean, prediction=(-1.6, 0.6) if studies.k > 2 else None)
    if not split:
        return overall
    cuts = [range(1), range(1, studies.k)] if studies.k > 1 else [range(1)]
    levels = ("non-penetrating needle", "penetrating needle at points off the meridians")
    named = zip(levels[: len(cuts)], cuts, strict=True)
    return subgroup_fit(
        [(name, fit(some(studies, where), mean=mean)) for name, where in named], overall
    )
