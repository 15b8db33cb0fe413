"""Counts for the tests, and batches of them."""

from __future__ import annotations

import numpy as np

from metaan.core.counts import PEOPLE, TIME, Counts
from metaan.trials.counting import counts
from metaan.twobytwo.groups import Groups, make_groups


def people(a, n1, c, n2, **more) -> Counts:
    """Return counts of people."""
    return counts({"events1": a, "n1": n1, "events2": c, "n2": n2, **more})


def over_time(x1, t1, x2, t2) -> Counts:
    """Return counts over person-time."""
    return counts({"events1": x1, "time1": t1, "events2": x2, "time2": t2})


def random_groups(rng, n, k, kind=PEOPLE) -> Groups:
    """Return a ragged batch of random tables, some cells of them zero; the first is whole."""
    whole = rng.integers(3, 60, (n, k, 2)).astype(float)
    events = rng.binomial(whole.astype(int), rng.beta(1, 2, (n, k, 2))).astype(float)
    events[:, 0] = np.clip(events[:, 0], 1, whole[:, 0] - 1)
    events[:, 1][::3] = 0
    if kind == TIME:
        whole = np.round(whole * rng.uniform(0.5, 20, whole.shape), 2)
    present = (rng.uniform(size=(n, k)) < 0.8).astype(float)
    present[:, 0] = 1.0
    present[0] = 1.0
    return make_groups(events, whole, kind, present)


def alone(groups: Groups, i: int) -> Groups:
    """Return one analysis of a batch, without its absent studies."""
    here = groups.present[i]
    events = np.stack([groups.events1[i, here], groups.events2[i, here]], axis=-1)
    whole = np.stack([groups.whole1[i, here], groups.whole2[i, here]], axis=-1)
    return make_groups(events[None], whole[None], groups.kind)
