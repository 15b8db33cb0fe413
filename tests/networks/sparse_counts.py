"""Sparse networks: those of metadat, and drawn ones (made up, no trial's)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.network_counts import NetworkCounts
from metaan.networks.sparse.sparse_fit import SparseNetworkFit
from metaan.networks.sparse.sparse_tables import Tables, tables_of
from tests.networks.pinned import table
from tests.reference.pinned import pins

COLUMNS: Mapping[str, Sequence[str]] = {
    "woods2010": ("author", "treatment", "r", "N"),
    "dong2013": ("id", "treatment", "death", "randomized"),
    "gurusamy2011": ("study", "treatment", "death", "n"),
}


@cache
def counts(name: str) -> NetworkCounts:
    """Return a data set of metadat."""
    study, treatment, events, people = COLUMNS[name]
    rows = table(name)
    return NetworkCounts.from_arrays(
        [float(row[events]) for row in rows],
        [float(row[people]) for row in rows],
        study=[row[study] for row in rows],
        treatment=[row[treatment] for row in rows],
    )


def pin(method: str) -> Mapping[str, Any]:
    """Return netmeta's figures of Woods 2010 by a method."""
    found: Mapping[str, Any] = pins("network_woods2010")["netmetabin"][method]
    return found


def of_arms(*studies: Mapping[str, tuple[float, float]]) -> NetworkCounts:
    """Return studies s0, s1 ... from treatment: (events, people)."""
    arms = [
        (f"s{i}", name, *cell) for i, each in enumerate(studies) for name, cell in each.items()
    ]
    study, treatment, events, people = zip(*arms, strict=True)
    return NetworkCounts.from_arrays(events, people, study=study, treatment=treatment)


def tables(*studies: Mapping[str, tuple[float, float]]) -> Tables:
    """Return `of_arms` as arrays."""
    return tables_of(of_arms(*studies))


def drawn(seed: int, *, studies: int = 8, treatments: int = 4, risk: float = 0.1) -> NetworkCounts:
    """Return a connected network of small studies with two to four arms; the first has all."""
    rng = np.random.default_rng(seed)
    made = []
    for s in range(studies):
        size = treatments if s == 0 else int(rng.integers(2, min(treatments, 4) + 1))
        chosen = rng.choice(treatments, size=size, replace=False)
        people = rng.integers(20, 60, size=size)
        events = rng.binomial(people, np.clip(risk * rng.uniform(0.3, 2, size=size), 0, 0.95))
        made.append(
            {
                f"t{i}": (float(x), float(n))
                for i, x, n in zip(chosen.tolist(), events, people, strict=True)
            }
        )
    return of_arms(*made)


def shuffled(given: NetworkCounts, seed: int) -> NetworkCounts:
    """Return the same arms in another order."""
    order = np.random.default_rng(seed).permutation(len(given.study)).tolist()
    return NetworkCounts.from_arrays(
        given.events[order],
        given.people[order],
        study=[given.study[i] for i in order],
        treatment=[given.treatment[i] for i in order],
    )


def changed(given: NetworkCounts, *, events: Floats, people: Floats) -> NetworkCounts:
    """Return the same arms with other numbers."""
    return NetworkCounts.from_arrays(events, people, study=given.study, treatment=given.treatment)


def opposite(given: NetworkCounts) -> NetworkCounts:
    """Return the people without the event in place of those with it."""
    return changed(given, events=given.people - given.events, people=given.people)


def lost_studies(fit: SparseNetworkFit) -> dict[str, str]:
    """Return what was left out, by study."""
    found: dict[str, str] = {}
    for item in fit.left_out:
        found[item.study] = "; ".join(filter(None, (found.get(item.study, ""), item.reason)))
    return found


def contrasts(fit: SparseNetworkFit, names: Iterable[str]) -> tuple[Floats, Floats]:
    """Return effects and standard errors among some treatments, in this order."""
    i = [fit.treatments.index(name) for name in names]
    return fit.relative.differences[np.ix_(i, i)], fit.relative.se[np.ix_(i, i)]
