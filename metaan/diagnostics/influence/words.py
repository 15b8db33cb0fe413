"""Sentences and tables about measures of influence; they compute no statistics."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from metaan.core.citations import marks
from metaan.core.fit import PooledFit, model_words, title
from metaan.core.numbers import compact, counted, digits_of, fixed, listed, printed
from metaan.core.refit_words import numbered, tau2_texts
from metaan.core.regression_fit import model_words as regression_words
from metaan.core.scale import Scale
from metaan.core.wording import estimate_digits, in_sentence, percent
from metaan.diagnostics.influence.cutoffs import CUTOFFS, SOURCE
from metaan.diagnostics.influence.measured import OUTLYING, Measured

ROWS_SHOWN = 60
TOLD = 5  # influential studies that a sentence describes one by one
BAUJAT = "10.1002/sim.1221"
HALF = 0.5


def influence_columns(found: Measured) -> dict[str, Any]:
    """Return the columns of ``Influence.to_frame``."""
    columns: dict[str, Any] = {found.by or "study": tuple(found.label), "k": found.size}
    measures = (
        "studentized", "dffits", "cook", "covariance_ratio", "tau2", "q", "hat", "weight",
        "q_contribution", "overall",
    )  # fmt: skip
    columns |= {name: getattr(found, name) for name in measures}
    if isinstance(found.fit, PooledFit):
        columns["dfbetas"] = found.dfbetas[:, 0]
        read = _scale(found, found.fit).inverse
        with np.errstate(over="ignore"):  # a limit beyond all numbers reads as infinite
            columns["estimate"] = read(found.coefficients[:, 0])
            columns |= {name: read(getattr(found, name)[:, 0]) for name in ("low", "high")}
    else:
        for what in ("dfbetas", "coefficients", "low", "high"):
            columns |= {
                f"{what} {name}": getattr(found, what)[:, j] for j, name in enumerate(found.names)
            }
    return {**columns, "outlying": found.outlying, "influential": found.influential}


def _scale(found: Measured, fit: PooledFit) -> Scale:
    own = fit.estimate.scale
    return own if own.at is None or found.sizes is None else own.at(found.sizes)


def influence_title(found: Measured) -> str:
    """Return what was done to which fit, in one line."""
    what = f"clusters ({found.by})" if found.by else "one"
    fit = found.fit
    told = title(fit) if isinstance(fit, PooledFit) else f"{fit.effects.label} {fit.formula}"
    return f"Influence, {what} deleted at a time: {told}"


def influence_table(found: Measured) -> list[list[str]]:
    """Return a head and a row for each study; the middle of many is left out."""
    singles = not found.by
    varying = bool(found.fit.tau2_method)
    betas = [f"DFBETAS {name}" for name in found.names] if len(found.names) > 1 else ["DFBETAS"]
    head = [
        "deleted", *([] if singles else ["k"]), "studentized", "DFFITS", "Cook", "cov. ratio",
        *(["tau²"] if varying else []), "Q", "hat", "weight", *betas, "",
    ]  # fmt: skip
    many, half = len(found.label), ROWS_SHOWN // 2
    shown = range(many) if many <= ROWS_SHOWN else [*range(half), *range(many - half, many)]
    flags, label = found.influential, numbered(found.label)
    tau2 = tau2_texts([*found.tau2.tolist(), found.fit.tau2], found.fit.heterogeneity.typical_v)
    rows = [
        [
            label[i],
            *([] if singles else [str(found.size[i])]),
            fixed(found.studentized[i]),
            fixed(found.dffits[i]),
            fixed(found.cook[i], 3),
            fixed(found.covariance_ratio[i]),
            *([tau2[i]] if varying else []),
            fixed(found.q[i], 1),
            fixed(found.hat[i], 3),
            f"{fixed(found.weight[i], 1)}%",
            *(fixed(value) for value in found.dfbetas[i]),
            "*" if flags[i] else " ",
        ]
        for i in shown
    ]
    return [head, *rows]


def influence_notes(found: Measured) -> list[str]:
    """Return what stands below the table."""
    more = len(found.label) - ROWS_SHOWN
    hidden = [f"{more} rows in between are in .to_frame()"] if more > 0 else []
    sentences, _ = influence_sentences(found, cited=False)
    return [
        *hidden,
        f"* influential: {cutoff_words(found)}",
        *(f"{each[:1].upper()}{each[1:]}." for each in sentences[1:]),
        *(f"note: {text}" for text in found.remarks),
    ]


def cutoff_words(found: Measured, *, rules: bool = True) -> str:
    """Return the cut-offs in one clause, with the rules they come from or without."""
    told = [
        f"{row.name} > {compact(found.cutoffs[row.key])}"
        + (f" ({row.rule})" if rules and row.key != "dfbetas" else "")
        for row in CUTOFFS.values()
    ]
    return f"{', '.join(told[:-1])} or {told[-1]}"


def influence_sentences(
    found: Measured, *, cited: bool = True
) -> tuple[list[str], tuple[str, ...]]:
    """Return the sentences about a fit's influential studies, and the DOIs of their marks."""
    mark = marks((SOURCE, BAUJAT)) if cited else {SOURCE: "", BAUJAT: ""}
    fit, many = found.fit, len(found.label)
    words = model_words(fit) if isinstance(fit, PooledFit) else regression_words(fit)
    unit = f"each of the {many} clusters of studies ({found.by})" if found.by else "each study"
    told = [f"{unit} was deleted in turn from a {words}{mark[SOURCE]}"]
    where = np.flatnonzero(found.influential).tolist()
    what = ("cluster", "clusters") if found.by else ("study", "studies")
    rules = f" ({cutoff_words(found, rules=False)})" if cited else ""
    if not where:
        told.append(f"no {what[0]} was influential by any rule{rules}")
    else:
        verb = "was" if len(where) == 1 else "were"
        told.append(f"{len(where)} of {counted(many, *what)} {verb} influential{rules}")
        digits = _digits(found, where[:TOLD])
        told += [_without(found, i, digits, first=i == where[0]) for i in where[:TOLD]]
        if len(where) > TOLD:
            label = numbered(found.label)
            rest = [label[i] for i in where[TOLD:]]
            shown = rest if len(rest) <= TOLD else [*rest[:TOLD], f"{len(rest) - TOLD} others"]
            told.append(f"influential, too: {listed(shown)}")
    told.append(_outliers(found, what))
    told.append(_largest(found, mark[BAUJAT]))
    told = [each for each in told if each]
    return told, (SOURCE, BAUJAT) if _largest(found, "") else (SOURCE,)


def _digits(found: Measured, where: Sequence[int]) -> int:
    """Return the decimals that a pool and what it is without each of these studies share."""
    fit = found.fit
    if not isinstance(fit, PooledFit):
        return 0
    scale = fit.estimate.scale
    each = [
        digits_of(*_pool_without(found, fit, i), ratio=scale.is_log, null=scale.reading_null)
        for i in where
    ]
    return max(estimate_digits(fit.estimate), *each)


def _pool_without(found: Measured, fit: PooledFit, i: int) -> list[float]:
    """Return the pool without a study and its limits, reading scale."""
    scale = _scale(found, fit)
    with np.errstate(over="ignore"):
        return [
            float(np.atleast_1d(scale.inverse(getattr(found, name)[:, 0]))[i])
            for name in ("coefficients", "low", "high")
        ]


def _without(found: Measured, i: int, digits: int, *, first: bool) -> str:
    """Return by which rules a study is influential, and what the fit is without it.

    The first time what is estimated is named, with its unit.
    """
    reasons = []
    for key, row in CUTOFFS.items():
        if found.beyond[key][i]:
            value = float(np.max(np.abs(getattr(found, key)[i])))
            reasons.append(f"{row.name} {compact(value)}")
    said = f"{numbered(found.label)[i]}: {listed(reasons)}"
    if np.isnan(found.coefficients[i]).any():
        return f"{said}; without it the model cannot be fitted"
    return f"{said}; without it {_now(found, i, digits, first=first)}"


def _now(found: Measured, i: int, digits: int, *, first: bool) -> str:
    fit = found.fit
    level = percent(fit.estimate.level if isinstance(fit, PooledFit) else fit.level)
    left, before = tau2_texts([float(found.tau2[i]), fit.tau2], fit.heterogeneity.typical_v)
    tau2 = f" and tau² is {left} instead of {before}"
    tau2 = tau2 if fit.tau2_method and left != before else ""
    if isinstance(fit, PooledFit):
        own, new = fit.estimate.read().value, _pool_without(found, fit, i)
        log, null = fit.estimate.scale.is_log, fit.estimate.scale.reading_null
        old, value, low, high = printed(own, *new, ratio=log, null=null, digits=digits)
        what = f"pooled {in_sentence(fit.effects.label)}" if first else "estimate"
        return f"the {what} is {value} ({level} CI {low} to {high}) instead of {old}{tau2}"
    j = int(np.argmax(np.abs(found.dfbetas[i])))
    numbers = (float(fit.beta[j]), found.coefficients[i, j], found.low[i, j], found.high[i, j])
    old, value, low, high = printed(*(float(each) for each in numbers))
    return (
        f"the coefficient {found.names[j]} is {value} ({level} CI {low} to {high}) "
        f"instead of {old}{tau2}"
    )


def _outliers(found: Measured, what: tuple[str, str]) -> str:
    where = np.flatnonzero(found.outlying).tolist()
    if not where:
        return ""
    label = numbered(found.label)
    names = [label[i] for i in where[:TOLD]]
    more = [f"{len(where) - TOLD} others"] if len(where) > TOLD else []
    lie = "lies" if len(where) == 1 else "lie"
    return (
        f"{listed([*names, *more])} {lie} outside of where 95% of {what[1]} are expected, given "
        f"the others; by chance {_by_chance(len(found.label), what)}"
    )


def _by_chance(many: int, what: tuple[str, str]) -> str:
    """Return how many of so many studies are outlying where nothing is wrong."""
    expected = OUTLYING * many
    if expected < 1:
        return f"fewer than one of {many} {what[1]} would"
    return f"about {math.floor(expected + HALF)} of {many} {what[1]} would"


def _largest(found: Measured, mark: str) -> str:
    """Return whose part of the heterogeneity statistic is the largest."""
    total = float(np.nansum(found.q_contribution))
    if not total > 0 or len(found.label) < 3:
        return ""
    i = int(np.nanargmax(found.q_contribution))
    share = fixed(100 * float(found.q_contribution[i]) / total, 0)
    name = numbered(found.label)[i]
    return f"{name} contributes most to heterogeneity, {share}% of its statistic{mark}"
