"""The tables beside a network's drawing, as DataFrames for CSV and for the page."""

from __future__ import annotations

import math

import pandas as pd

from metaan.core.arrays import Floats
from metaan.core.effects import Effects
from metaan.core.network_effects import NetworkEffects
from metaan.networks.fits.network_fit import NetworkFit
from metaan.networks.ranks.ranking import RANKING as BY_RANK
from metaan.numerics.tails import t_quantile
from metaan.report.declaring.declared import AGAINST, CONSISTENCY, GRAPH, LEAGUE, RANKING
from metaan.report.results.network_recipes import NetworkResult
from metaan.univariate.planning import COMMON, DEFAULT_LEVEL

DESIGNS, DIRECT = "designs", "direct"
SETTING = ("study_id", "instrument", "term", "kind")
ARMS = ("n1", "mean1", "sd1", "events1", "n2", "mean2", "sd2", "events2")


def network_table(result: NetworkResult) -> pd.DataFrame:
    """Return the numbers of a network's drawing: a row per contrast, effect, rank or split."""
    fit = result.fit
    if fit is None:
        return pd.DataFrame(columns=["row"])
    if result.drawing == GRAPH:
        return contrast_table(result)
    if result.drawing == AGAINST:
        return _against(fit)
    if result.drawing == LEAGUE:
        order = BY_RANK if result.ranked else None
        return fit.league(order=order, better=result.spec.better or None).reset_index(
            names="treatment"
        )
    if result.drawing == RANKING:
        return fit.ranking(better=result.spec.better)
    return fit.split()


def more_network_tables(result: NetworkResult) -> dict[str, pd.DataFrame]:
    """Return further tables: comparisons pooled by themselves, Q by designs."""
    fit = result.fit
    if fit is None:
        return {}
    if result.drawing == GRAPH:
        return {DIRECT: fit.pairwise()}
    if result.drawing == CONSISTENCY:
        return {DESIGNS: fit.decomposition().to_frame()}
    return {}


def contrast_table(result: NetworkResult) -> pd.DataFrame:
    """Return every contrast on file, reading scale, with its row ids and whether it is in."""
    effects = result.whole
    inside = set() if result.effects is None else set(result.effects.studies)
    low, high = contrast_limits(effects)
    read = effects.scale.inverse
    frame = pd.DataFrame(
        {
            "row": "contrast",
            "label": effects.study,
            "treatment": effects.treat1,
            "control": effects.treat2,
            "measure": effects.measure,
            "estimate": read(effects.y),
            "low": read(low),
            "high": read(high),
            "se_analysis_scale": effects.se,
            "connected": ["yes" if study in inside else "no" for study in effects.study],
        }
    )
    for name in (*ARMS, *SETTING):
        if name in effects.columns:
            frame[name] = list(effects.columns[name])
    frame["rows"] = [" ".join(ids) for ids in effects.rows]
    return frame


def contrast_limits(
    effects: Effects | NetworkEffects, level: float = DEFAULT_LEVEL
) -> tuple[Floats, Floats]:
    """Return each contrast's normal confidence limits, analysis scale."""
    half = t_quantile(level, float("inf")) * effects.se
    return effects.y - half, effects.y + half


def _against(fit: NetworkFit) -> pd.DataFrame:
    read = fit.effects.scale.inverse
    frame = fit.to_frame()
    found = pd.DataFrame(
        {
            "row": "network",
            "label": frame["treatment"],
            "measure": fit.effects.measure,
            "against": fit.reference,
            **{name: read(frame[name]) for name in ("estimate", "low", "high")},
            "se_analysis_scale": frame["se"],
            "df": frame["df"],
            "p_value": frame["p_value"],
            **{name: read(frame[name]) for name in ("prediction_low", "prediction_high")},
        }
    )
    het = fit.heterogeneity
    tau2 = math.nan if fit.model == COMMON else fit.tau2
    spread = {"k": fit.k, "tau2": tau2, "i2": het.i2, "q": het.q, "q_df": het.df}
    model = f"{fit.model} {fit.tau2_method} {fit.inference}"
    whole = pd.DataFrame([{"row": "network", "label": "all", **spread, "model": model}])
    return pd.concat([found, whole], ignore_index=True)
