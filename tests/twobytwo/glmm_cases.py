"""Counts and models for the tests of the generalized linear mixed models."""

from __future__ import annotations

from functools import cache

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.counts import PEOPLE, TIME, Counts
from metaan.core.glmm_fit import GlmmFit
from metaan.twobytwo.glmm import glmm
from metaan.twobytwo.glmm_designs import TAU, Choices, Model, Table
from metaan.twobytwo.glmm_fitting import fit_common, fit_random
from metaan.twobytwo.glmm_likelihood import Point
from metaan.twobytwo.glmm_maximum import Maximum, climb
from metaan.twobytwo.glmm_table import CODINGS, DEFAULT_CODING, GLMMS
from tests.reference.pinned import columns

HALVES = Choices(CODINGS[DEFAULT_CODING], correlated=False)


def make(events, whole, kind=PEOPLE) -> Counts:
    """Return counts of studies named A, B, C ..."""
    events, whole = np.asarray(events, float), np.asarray(whole, float)
    if events.ndim == 1:
        events, whole = events[:, None], whole[:, None]
    names = [chr(ord("A") + i) for i in range(len(events))]
    return Counts(events=events, denominators=whole, kind=kind, study=names)


def both(c, x1, n1, x2, n2, kind=PEOPLE) -> Counts:
    """Return counts of two groups from columns of a pinned data set."""
    return make(np.stack([c[x1], c[x2]], 1), np.stack([c[n1], c[n2]], 1), kind)


def data() -> dict[str, Counts]:
    """Return the pinned data sets as counts."""
    bcg, hart, pritz = columns("dat.bcg"), columns("dat.hart1999"), columns("dat.pritz1997")
    bcg = bcg | {"n1": bcg["tpos"] + bcg["tneg"], "n2": bcg["cpos"] + bcg["cneg"]}
    return {
        "dat.bcg": both(bcg, "tpos", "n1", "cpos", "n2"),
        "dat.nielweise2007": both(columns("dat.nielweise2007"), "ai", "n1i", "ci", "n2i"),
        "dat.pritz1997": make(pritz["xi"], pritz["ni"]),
        "dat.hart1999": both(hart, "x1i", "t1i", "x2i", "t2i", TIME),
        "dat.hart1999/1": make(hart["x1i"], hart["t1i"], TIME),
    }


@cache
def fit_of(name: str, key: str) -> GlmmFit:
    """Return the fit of a data set with all else by default, searched once for all tests."""
    return glmm(data()[name], key)


def told(counts: Counts) -> Table:
    """Return the studies that say something about a comparison, all if there is one group."""
    used = ~(counts.no_events | counts.all_events) | (counts.groups == 1)
    return Table(counts.events[used], counts.denominators[used], counts.kind)


def model_of(counts: Counts, likelihood: str, choices: Choices = HALVES) -> Model:
    """Return a model of these counts."""
    return GLMMS[likelihood].build(told(counts), choices)


def fitted(counts: Counts, likelihood: str) -> tuple[Model, Maximum, Maximum]:
    """Return a model with its maxima: common effect, random effects."""
    model = model_of(counts, likelihood)
    common = fit_common(model)
    return model, common, fit_random(model, common)


def best_given(model: Model, found: Maximum, effect: float, tau: float) -> Maximum:
    """Return the maximum over all else with this effect and this tau."""
    shared = found.point.shared.copy()
    shared[model.effect] = effect
    if TAU not in found.design.spreads:
        shared = np.append(shared, 0.0)
    shared[-1] = tau
    free = np.ones(len(shared), dtype=bool)
    free[[model.effect, -1]] = False
    return climb(model.design, Point(shared, found.point.own), free=free)


def normal(u: Floats) -> Floats:
    """Return standard normal densities."""
    return np.exp(-0.5 * u * u) / np.sqrt(2 * np.pi)
