"""What each generalized linear mixed model of counts looks like, as designs of predictors.

In the models of two groups the groups are coded as +1/2 and -1/2 for the random effects by
default: the events of both groups then vary about their middle, and the names of the groups can
be exchanged.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import logit

from metaan.core.arrays import Floats
from metaan.core.counts import PEOPLE, TIME
from metaan.core.errors import InputError
from metaan.twobytwo.glmm_kernels import Binomial, Hypergeometric, Kernel, Poisson
from metaan.twobytwo.glmm_likelihood import Design, Point

TAU, SIGMA, SLOPE = "tau", "sigma", "slope"  # of effects, of study levels, of both together


class Table(NamedTuple):
    """Events and denominators, shape (k, g), and what the denominators count."""

    events: Floats
    whole: Floats
    kind: str


class Choices(NamedTuple):
    """How the groups are coded for the random effects, and whether these are correlated."""

    coding: tuple[float, float]
    correlated: bool


class Model(NamedTuple):
    """A generalized linear mixed model.

    Attributes
    ----------
    design : Design
        With random effects; the last standard deviation is tau (the last but one, too, if they
        are correlated with the study levels).
    effect : int
        Which of the shared coefficients is the pooled effect.
    start : Point
        Where to look for the common effect.
    saturated : Design or None
        The model with an effect of its own for each study, where it is more than each study's own
        likelihood.
    """

    design: Design
    effect: int
    start: Point
    saturated: Design | None = None


def unconditional(table: Table) -> Kernel:
    """Return binomial or Poisson likelihoods of each group."""
    if table.kind == PEOPLE:
        return Binomial(x=table.events, n=table.whole)
    return Poisson(x=table.events, t=table.whole)


def fixed_studies(table: Table, choices: Choices) -> Model:
    """Return the unconditional model with a fixed level for each study."""
    k = len(table.events)
    contrast = np.broadcast_to(np.array([0.5, -0.5]), (k, 2))[..., None]
    design = Design(
        kernel=unconditional(table),
        offset=np.zeros((k, 2)),
        x=contrast,
        z=np.broadcast_to(np.array(choices.coding), (k, 2))[..., None],
        axes=(0,),
        spreads=(TAU,),
        own=np.ones((k, 2)),
    )
    return Model(design, 0, Point(np.zeros(1), _levels(table)))


def random_studies(table: Table, choices: Choices) -> Model:
    """Return the unconditional model with random levels of the studies."""
    k = len(table.events)
    one, contrast = np.ones((k, 2)), np.broadcast_to(np.array([0.5, -0.5]), (k, 2))
    coding = np.broadcast_to(np.array(choices.coding), (k, 2))
    x = np.stack([one, contrast], axis=-1)
    kernel, offset = unconditional(table), np.zeros((k, 2))
    axes: tuple[int, ...]
    spreads: tuple[str, ...]
    if choices.correlated:
        z, axes = np.stack([one, coding, coding], axis=-1), (0, 0, 1)
        spreads = (SIGMA, SLOPE, TAU)
    else:
        z, axes, spreads = np.stack([one, coding], axis=-1), (0, 1), (SIGMA, TAU)
    design = Design(kernel=kernel, offset=offset, x=x, z=z, axes=axes, spreads=spreads)
    treated = np.broadcast_to(np.array([1.0, 0.0]), (k, 2))
    saturated = Design(
        kernel=_without_ends(table),
        offset=offset,
        x=one[..., None],
        z=one[..., None],
        axes=(0,),
        spreads=(SIGMA,),
        own=treated,
    )
    start = Point(np.array([float(np.mean(_levels(table))), 0.0]), np.zeros(k))
    return Model(design, 1, start, saturated)


def conditional(table: Table, choices: Choices) -> Model:
    """Return the model given all events of a study: hypergeometric, or binomial for rates."""
    if table.kind == TIME:
        return conditional_binomial(table, choices)
    if np.any(table.events != np.rint(table.events)) or np.any(
        table.whole != np.rint(table.whole)
    ):
        raise InputError(
            "the noncentral hypergeometric distribution is of whole numbers; events and people "
            "must be counts, or take an unconditional model"
        )
    return _of_one(
        Hypergeometric(table.events, table.whole), np.zeros((len(table.events), 1)), 0.0
    )


def conditional_binomial(table: Table, choices: Choices) -> Model:
    """Return the model of the treatment's share of a study's events.

    Exact for rates; for people it holds where events are rare.
    """
    del choices
    both = table.events.sum(axis=1, keepdims=True)
    offset = np.log(table.whole[:, :1] / table.whole[:, 1:])
    return _of_one(Binomial(x=table.events[:, :1], n=both), offset, 0.0)


def one_group(table: Table, choices: Choices) -> Model:
    """Return the model of one proportion or rate."""
    del choices
    start = float(np.mean(_levels(table)))
    return _of_one(unconditional(table), np.zeros((len(table.events), 1)), start)


def _of_one(kernel: Kernel, offset: Floats, start: float) -> Model:
    k = len(offset)
    one = np.ones((k, 1, 1))
    design = Design(kernel=kernel, offset=offset, x=one, z=one, axes=(0,), spreads=(TAU,))
    return Model(design, 0, Point(np.array([start]), np.zeros(k)))


def _levels(table: Table) -> Floats:
    """Return logits or log rates of all groups of each study together, shape (k,)."""
    events, whole = table.events.sum(axis=1), table.whole.sum(axis=1)
    if table.kind == PEOPLE:
        return np.asarray(logit((events + 0.5) / (whole + 1.0)))
    return np.asarray(np.log((events + 0.5) / whole))


def _without_ends(table: Table) -> Kernel:
    """Return likelihoods without the treatment's where its own effect would be infinite.

    The likelihood of such a group, by an effect of its own, is 1 in the limit.
    """
    events, whole = table.events.copy(), table.whole.copy()
    end = events[:, 0] == 0
    if table.kind == PEOPLE:
        end = end | (events[:, 0] == whole[:, 0])
        events[end, 0] = whole[end, 0] = 0.0
        return Binomial(x=events, n=whole)
    whole[end, 0] = 0.0
    return Poisson(x=events, t=whole)
