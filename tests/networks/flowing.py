"""Networks of independent arms, and flows of evidence the long way: every path written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

import numpy as np
import pytest

from metaan.core.arrays import Floats
from metaan.core.network_effects import NetworkEffects
from metaan.networks.flow.aggregate import Streams
from tests.tolerance import Tolerance

PIN = Tolerance(
    relative=1e-10,
    absolute=1e-12,
    reason="a closed form on both sides, after one inverse of the network; shares that are 0 in "
    "R are some units of the last place here",
)
LONG_WAY = Tolerance(
    relative=1e-9,
    absolute=1e-10,
    reason="the same linear algebra by other inverses; pseudoinverses of paths lose most",
)
# effects drawn at random may agree more than chance would have it
quiet = pytest.mark.filterwarnings("ignore::metaan.core.errors.EmptyIntervalWarning")
Path = tuple[int, ...]
Edge = tuple[int, int]


def independent(
    seed: int, *, studies: int = 10, treatments: int = 6, arms: int = 3
) -> NetworkEffects:
    """Return a connected network: a chain of studies, then any; every arm has its own variance."""
    rng = np.random.default_rng(seed)
    names = [f"t{i}" for i in range(treatments)]
    study, one, two, y, v = [], [], [], [], []
    for s in range(studies + treatments - 1):
        chain = s < treatments - 1
        size = 2 if chain else int(rng.integers(2, arms + 1))
        chosen = np.array([s, s + 1]) if chain else rng.choice(treatments, size, replace=False)
        own, mean = rng.uniform(0.02, 0.3, size=size), rng.normal(size=size)
        for i in range(size):
            for j in range(i):
                study.append(f"s{s}")
                one.append(names[chosen[i]])
                two.append(names[chosen[j]])
                y.append(mean[i] - mean[j])
                v.append(own[i] + own[j])
    return NetworkEffects.from_arrays(y, v, study=study, treat1=one, treat2=two)


def every_path(flow: Floats, start: int, end: int) -> list[Path]:
    """Return all paths along a flow (n, n)."""

    def onward(path: Path) -> Iterator[Path]:
        if path[-1] == end:
            yield path
            return
        for v in np.flatnonzero(flow[path[-1]] > 0).tolist():
            yield from onward((*path, v))

    return list(onward((start,)))


def edges(path: Path) -> list[Edge]:
    """Return the edges of a path."""
    return list(pairwise(path))


def by_shortest(flow: Floats, start: int, end: int, order: list[int]) -> dict[Path, float]:
    """Return what paths bear when the shortest is filled first, ties in this order."""
    left, found = flow.copy(), dict[Path, float]()
    for path in sorted(
        every_path(flow, start, end), key=lambda p: (len(p), [order.index(t) for t in p])
    ):
        most = min(left[edge] for edge in edges(path))
        found[path] = most
        for edge in edges(path):
            left[edge] -= most
    return found


def by_walking(flow: Floats, start: int, end: int, order: list[int]) -> dict[Path, float]:
    """Return the probabilities of paths of a random walk along the flow."""
    assert len(order) == len(flow)
    return {
        path: float(np.prod([flow[edge] / flow[edge[0]].sum() for edge in edges(path)]))
        for path in every_path(flow, start, end)
    }


def by_pseudoinverse(flow: Floats, start: int, end: int, order: list[int]) -> dict[Path, float]:
    """Return the least-squares solution of paths that make up the flow."""
    assert len(order) == len(flow)
    paths = every_path(flow, start, end)
    used = [(int(u), int(v)) for u, v in np.argwhere(flow > 0)]
    design = np.array([[edge in edges(path) for path in paths] for edge in used], dtype=float)
    borne = np.linalg.pinv(design) @ np.array([flow[edge] for edge in used])
    return dict(zip(paths, borne.tolist(), strict=True))


LONG: Mapping[str, Callable[[Floats, int, int, list[int]], dict[Path, float]]] = {
    "SHORTEST_PATH": by_shortest,
    "RANDOM_WALK": by_walking,
    "PSEUDOINVERSE": by_pseudoinverse,
}


def the_long_way(streams: Streams, method: str) -> Floats:
    """Return what edges get from paths that are written down, shape (N, n, n)."""
    found = np.zeros_like(streams.flow)
    order = streams.order.tolist()
    for c, (start, end) in enumerate(
        zip(streams.source.tolist(), streams.sink.tolist(), strict=True)
    ):
        for path, borne in LONG[method](streams.flow[c], start, end, order).items():
            for edge in edges(path):
                found[c][edge] += borne / len(edges(path))
    return found
