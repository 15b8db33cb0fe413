"""How a flow of evidence splits into paths, and what each edge gets of its paths.

A path of p edges that bears a share f of the flow gives f / p to each of its edges. The flow of a
comparison without a cycle can be split into paths in many ways; each function here takes
`Streams` of N comparisons and returns what the edges get, shape (N, n, n), from u (row) to v.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from metaan.core.arrays import Floats, Integers
from metaan.networks.flow.aggregate import FAINT, Streams

CELLS = 4_000_000  # of an array of comparisons by edges by edges: 32 MB


def shortest_paths(streams: Streams) -> Floats:
    """Return the shares of edges when the flow is taken off along shortest paths.

    Again and again the path with the fewest edges is given all that can flow through it. Of
    several the first by the order of the treatments in the list of edges is taken, so that where
    there are several the shares depend on the names of the treatments.
    """
    order = streams.order
    place = np.argsort(order)
    whole = np.zeros_like(streams.flow)
    flow = streams.flow[:, order[:, None], order]
    open_, share = (flow > 0).astype(np.float32), np.zeros_like(flow)
    start, end, which = place[streams.source], place[streams.sink], np.arange(len(flow))
    while len(which):
        steps = _steps_to(open_, end)
        live = steps[np.arange(len(start)), start] < len(order)
        if not live.all():
            whole[which[~live]] = share[~live][:, place[:, None], place]
            flow, open_, share, steps = flow[live], open_[live], share[live], steps[live]
            start, end, which = start[live], end[live], which[live]
        _take_off(flow, open_, share, _walk(open_, steps, start, end))
    return whole


def random_walk(streams: Streams) -> Floats:
    """Return the shares of edges when evidence walks at random along the flow.

    From u it goes on to v with the probability ``flow[u, v] / sum_v flow[u, v]``. With f_i(u) the
    probability that it is at u after i steps and g_j(v) that it reaches the end from v in j,
    the edge gets ``sum_ij f_i(u) p(u, v) g_j(v) / (i + 1 + j)``: all paths, none written down.
    """
    flow = streams.flow
    out = flow.sum(axis=2, keepdims=True)
    p = flow / np.where(out > 0, out, 1.0)
    ahead, _ = _steps(p, np.zeros_like(p), streams.source)
    behind, _ = _steps(np.swapaxes(p, 1, 2), np.zeros_like(p), streams.sink)
    return np.asarray(_joined(ahead, behind) * p)


def least_squares(streams: Streams) -> Floats:
    """Return the shares of edges when paths bear what the pseudoinverse says.

    Of all ways to split the flow f over the paths, ``Q phi = f`` with Q (edges by paths) of ones
    and zeros, ``phi = Q⁺ f`` has the least sum of squares; a path may bear less than nothing.
    ``Q⁺ f = Q' x`` with ``Q Q' x = f``: Q Q' counts the paths through two edges, and a path bears
    the sum of x along it. Both follow from walks of each length, no path is written down.
    """
    u, v = np.nonzero(np.triu((streams.flow + np.swapaxes(streams.flow, 1, 2)).any(axis=0)))
    x = np.zeros_like(streams.flow)
    each = max(1, CELLS // max(len(u) ** 2, 1))
    for low in range(0, len(x), each):
        some = slice(low, low + each)
        part = Streams(
            flow=streams.flow[some],
            source=streams.source[some],
            sink=streams.sink[some],
            order=streams.order,
        )
        _weigh_edges(part, u, v, x[some])
    there = (streams.flow > 0).astype(np.float64)
    ahead, before = _steps(there, x, streams.source)
    behind, after = _steps(np.swapaxes(there, 1, 2), np.swapaxes(x, 1, 2), streams.sink)
    along = _joined(before, behind) + _joined(ahead, behind) * x + _joined(ahead, after)
    return np.asarray(along * there)


def _steps_to(open_: npt.NDArray[np.float32], end: Integers) -> Integers:
    """Return the fewest edges from each treatment to the end, shape (N, n); n for no way."""
    count, n = open_.shape[:2]
    steps = np.full((count, n), n)
    steps[np.arange(count), end] = 0
    for i in range(1, n):
        near = (steps == i - 1).astype(np.float32)
        found = (np.matmul(open_, near[:, :, None])[:, :, 0] > 0) & (steps == n)
        if not found.any():
            break
        steps[found] = i
    return steps


def _walk(
    open_: npt.NDArray[np.float32], steps: Integers, start: Integers, end: Integers
) -> Integers:
    """Return the first shortest path of each flow, shape (N, longest + 1), its end repeated."""
    rows, node = np.arange(len(start)), start
    path = [node]
    for _ in range(int(steps[rows, start].max(initial=0))):
        nearer = steps == steps[rows, node][:, None] - 1
        onward = np.argmax((open_[rows, node] > 0) & nearer, axis=1)
        node = np.where(node == end, end, onward)
        path.append(node)
    return np.stack(path, axis=1)


def _take_off(flow: Floats, open_: npt.NDArray[np.float32], share: Floats, path: Integers) -> None:
    """Move what can flow along the paths from the flow to the shares."""
    at = np.arange(len(path))[:, None], path[:, :-1], path[:, 1:]
    real = at[1] != at[2]
    through = np.where(real, flow[at], np.inf).min(axis=1, keepdims=True, initial=np.inf)
    share[at] += np.where(real, through / np.maximum(real.sum(axis=1, keepdims=True), 1), 0.0)
    left = np.where(real, flow[at] - through, 0.0)
    flow[at] = np.where(left > FAINT, left, 0.0)
    open_[at] = left > FAINT


def _steps(p: Floats, x: Floats, start: Integers) -> tuple[Floats, Floats]:
    """Return the weights of walks from the start after 0, 1, … steps, both (N, steps, n).

    A walk weighs the product of p (N, n, n) along it; in the second array, times the sum of x.
    """
    here, told = np.zeros(p.shape[:2]), np.zeros(p.shape[:2])
    here[np.arange(len(here)), start] = 1.0
    weights, sums = [here], [told]
    for _ in range(p.shape[1] - 1):
        told = (told[:, None, :] @ p + here[:, None, :] @ (p * x))[:, 0]
        here = np.matmul(here[:, None, :], p)[:, 0]
        if not here.any():
            break
        weights.append(here)
        sums.append(told)
    return np.stack(weights, axis=1), np.stack(sums, axis=1)


def _joined(ahead: Floats, behind: Floats) -> Floats:
    """Return the sums over lengths of ahead[i, u] behind[j, v] / (i + 1 + j), (N, n, n)."""
    i, j = np.arange(ahead.shape[1]), np.arange(behind.shape[1])
    lengths = 1.0 / (i[:, None] + 1.0 + j)
    return np.asarray(np.swapaxes(ahead, 1, 2) @ lengths @ behind)


def _weigh_edges(streams: Streams, u: Integers, v: Integers, x: Floats) -> None:
    """Write x with Q Q' x = f; u and v are all edges that anything flows through.

    Differences of potentials that are 0 at both ends add up to nothing along every path, and all
    that does is such a difference. Added to Q Q' their squares make it regular, and as f is
    without them the solution is that of the pseudoinverse.
    """
    flow, n = streams.flow, streams.flow.shape[1]
    rows = np.arange(len(flow))
    ahead = flow[:, u, v] > 0
    tail, head = np.where(ahead, u, v), np.where(ahead, v, u)
    at = rows[:, None], tail, head
    there = flow[at] > 0
    walks = np.linalg.inv(np.eye(n) - (flow > 0))
    to = walks[rows, streams.source][rows[:, None], tail]
    onward = walks[rows, :, streams.sink][rows[:, None], head]
    between = walks[rows[:, None, None], head[:, :, None], tail[:, None, :]]
    counts = to[:, :, None] * between * onward[:, None, :]
    counts += np.swapaxes(counts, 1, 2)
    own = np.arange(len(u))
    counts[:, own, own] += to * onward
    counts *= there[:, :, None] & there[:, None, :]
    nodes = np.arange(n)
    free = (nodes != streams.source[:, None]) & (nodes != streams.sink[:, None])
    potential = (head[:, :, None] == nodes) * 1.0 - (tail[:, :, None] == nodes)
    potential *= there[:, :, None] & free[:, None, :]
    size = counts[:, own, own].max(axis=1)[:, None, None]
    counts += size * (potential @ np.swapaxes(potential, 1, 2))
    counts[:, own, own] += ~there  # edges without a flow bear none
    x[at] = np.linalg.solve(counts, flow[at][:, :, None])[:, :, 0]
