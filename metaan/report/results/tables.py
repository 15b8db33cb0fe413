"""The tables that stand beside each figure, as DataFrames for CSV and for the page."""

from __future__ import annotations

import math

import pandas as pd

from metaan.core.counts_fit import CountsFit
from metaan.core.effects import Effects
from metaan.core.fit import PooledFit
from metaan.core.published import PublishedPool
from metaan.core.subgroup_fit import SubgroupFit
from metaan.networks.fits.network_fit import NetworkFit
from metaan.report.results.network_recipes import NetworkResult
from metaan.report.results.network_tables import more_network_tables, network_table
from metaan.report.results.readable import for_readers
from metaan.report.results.recipes import AnyResult, Result
from metaan.univariate.planning import COMMON

REGRESSION = "regression"
ARM_COLUMNS = ("n1", "mean1", "sd1", "events1", "n2", "mean2", "sd2", "events2")
SETTING = ("study_id", "instrument", "term", "kind", "treatment_label", "control_label")


def figure_table(result: AnyResult) -> pd.DataFrame:
    """Return every number of a figure, reading scale: trials, our pools, published pools.

    Of a network: its contrasts, effects against the reference, league, ranks or node splits.
    """
    parts: list[pd.DataFrame] = []
    if isinstance(result, NetworkResult):
        published = [pd.DataFrame([_published_row(one) for one in result.pools])]
        parts = [network_table(result), *(published if result.pools else [])]
        return pd.concat(parts, ignore_index=True)
    if result.effects is not None:
        parts.append(_study_rows(result, result.effects))
    if result.fit is not None:
        parts.append(_pool_rows(result))
    if result.pools:
        parts.append(pd.DataFrame([_published_row(one) for one in result.pools]))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["row"])


def more_tables(result: AnyResult) -> dict[str, pd.DataFrame]:
    """Return further tables of a figure, by the ends of their files' names."""
    if isinstance(result, NetworkResult):
        return more_network_tables(result)
    if result.regression is None:
        return {}
    return {REGRESSION: result.regression.to_frame()}


def missing_table(result: AnyResult) -> pd.DataFrame:
    """Return what did not enter: study, row ids, reason; the review's missing members included."""
    every = (*result.missing, *result.left_out)
    listed = {(item.study, item.rows, item.reason): item for item in every}
    known = {item.study for item in result.missing}
    rows = [
        {"study": item.study, "rows": " ".join(item.rows), "reason": for_readers(item.reason)}
        for item in listed.values()
        if item in result.missing or item.study not in known
    ]
    return pd.DataFrame(rows, columns=["study", "rows", "reason"])


def _study_rows(result: Result, effects: Effects) -> pd.DataFrame:
    low, high = effects.limits(result.spec.level)
    read = effects.scale.inverse
    whole = result.fit.overall if isinstance(result.fit, SubgroupFit) else result.fit
    weights = _weights(whole, effects) if whole is not None else None
    frame = pd.DataFrame(
        {
            "row": "trial",
            "label": effects.study,
            "measure": effects.measure,
            "estimate": read(effects.y),
            "low": read(low),
            "high": read(high),
            "se_analysis_scale": effects.se,
        }
    )
    if weights is not None:
        frame["weight_percent"] = weights
    for name in (*ARM_COLUMNS, *SETTING):
        if name in effects.columns:
            frame[name] = list(effects.columns[name])
    frame["rows"] = [" ".join(ids) for ids in effects.rows]
    return frame


def model_keys(fit: PooledFit | CountsFit) -> tuple[str, ...]:
    """Return model, estimator of tau² and interval, or model and method of counts, as keys."""
    if isinstance(fit, CountsFit):
        return fit.model, fit.method
    return fit.model, fit.tau2_method, fit.inference


def estimated_tau2(fit: PooledFit | CountsFit | NetworkFit) -> float:
    """Return tau²; NaN for a common effect, which has none."""
    return math.nan if fit.model == COMMON else fit.tau2


def _weights(fit: PooledFit | CountsFit, effects: Effects) -> list[float]:
    """Return the weights of the studies that have an effect of their own, percent."""
    of = fit.counts.study if isinstance(fit, CountsFit) else fit.effects.study
    weights = dict(zip(of, fit.weights, strict=True))
    return [float(weights[name]) for name in effects.study]


def _pool_rows(result: Result) -> pd.DataFrame:
    fit = result.fit
    assert fit is not None
    fits = (
        list(zip((*fit.levels, "all"), (*fit.fits, fit.overall), strict=True))
        if isinstance(fit, SubgroupFit)
        else [("all", fit)]
    )
    lines = []
    for level, part in fits:
        read, het = part.estimate.read(), part.heterogeneity
        limits = None if isinstance(part, CountsFit) else part.prediction_interval
        predicted = limits.read() if limits is not None else None
        lines.append(
            {
                "row": "pool",
                "label": level,
                "measure": part.effects.measure,
                "estimate": read.value,
                "low": read.low,
                "high": read.high,
                "k": part.k,
                "tau2": estimated_tau2(part),
                "i2": het.i2,
                "q": het.q,
                "q_df": het.df,
                "q_p_value": het.p_value,
                "prediction_low": predicted.low if predicted is not None else float("nan"),
                "prediction_high": predicted.high if predicted is not None else float("nan"),
                "model": " ".join(model_keys(part)),
            }
        )
    return pd.DataFrame(lines)


def _published_row(one: PublishedPool) -> dict[str, object]:
    return {
        "row": "published",
        "label": one.citation,
        "measure": one.measure,
        "estimate": one.value,
        "low": one.low,
        "high": one.high,
        "k": one.k,
        "n": one.n,
        "instrument": one.instrument,
        "comparison": one.comparison,
        "rows": one.pool_id,
        "doi": one.doi,
        "as_reported": one.as_reported,
        "notes": one.notes,
    }
