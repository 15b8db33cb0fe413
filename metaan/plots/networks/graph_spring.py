"""Places of treatments by springs: as far apart on paper as they are steps apart in the network.

Stress majorization, then small moves that free lines from treatments they do not join.
"""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats, Integers

STARTS = 16
STEPS, LONG = 100, 1500  # of majorization, from every start and of the best
ENOUGH = 1e-8
CLEAR = 0.24  # of a step: how near a line may come to a treatment it does not join
NEAR, CROSSED = 60.0, 0.12  # what coming nearer, and a crossing of lines, count beside the stress
TRIALS, PASSES = 12, 8
REACHES = (0.15, 0.35)  # of a step
ROUND = 1.15  # width over height from which on a drawing is turned to lie
SKEW = 0.1  # of all lines, that must agree on a direction


def spring_places(n: int, pairs: Integers, start: Floats, rng: np.random.Generator) -> Floats:
    """Return places, shape (n, 2); lines are about 1 long.

    Parameters
    ----------
    n : int
        Treatments, all connected.
    pairs : ndarray of int, shape (p, 2)
        Which are joined by a line.
    start : ndarray, shape (n, 2)
        Places to begin with.
    rng : Generator
        Makes the other starts.

    Notes
    -----
    The stress ``sum (|x_i - x_j| - d_ij)² / d_ij²``, d the steps from i to j, falls with every
    step of majorization (Gansner ER, Koren Y, North S (2005), LNCS 3383:239,
    doi:10.1007/978-3-540-31843-9_25).
    """
    if n == 2:
        return np.array([[-0.5, 0.0], [0.5, 0.0]])
    steps = steps_between(n, pairs)
    weights = np.where(steps > 0, 1.0 / np.maximum(steps, 1.0) ** 2, 0.0)
    first = start / max(float(np.linalg.norm(start[:, None] - start[None], axis=-1).mean()), 1e-9)
    given = np.stack([first * steps.mean(), _scaled(steps)])
    drawn = rng.normal(size=(STARTS - len(given), n, 2)) * steps.max() / 2
    found = _majorized(np.concatenate([given, drawn]), steps, weights)
    costs = [_cost(each, steps, weights, pairs) for each in found]
    best = found[int(np.argmin(costs))]
    settled = _majorized(best[None], steps, weights, LONG)[0]
    if _cost(settled, steps, weights, pairs) < min(costs):
        best = settled
    return _lying(_freed(best, steps, weights, pairs), pairs)


def steps_between(n: int, pairs: Integers) -> Floats:
    """Return the fewest lines from each treatment to each other, shape (n, n)."""
    steps = np.full((n, n), float(n))
    np.fill_diagonal(steps, 0.0)
    steps[pairs[:, 0], pairs[:, 1]] = steps[pairs[:, 1], pairs[:, 0]] = 1.0
    for i in range(n):  # Floyd's: the way through treatment i
        steps = np.minimum(steps, steps[:, i, None] + steps[None, i, :])
    return steps


def _scaled(steps: Floats) -> Floats:
    """Return places (n, 2) by classical scaling of the steps: straight where a path is."""
    squared = steps**2
    mean = squared.mean(axis=0)
    centered = (mean[:, None] + mean[None] - squared - mean.mean()) / 2
    values, vectors = np.linalg.eigh(centered)
    return np.asarray(vectors[:, -2:] * np.sqrt(np.maximum(values[-2:], 0.0)))


def stress(places: Floats, steps: Floats, weights: Floats) -> Floats:
    """Return the stress of places (..., n, 2)."""
    away = np.linalg.norm(places[..., :, None, :] - places[..., None, :, :], axis=-1)
    return np.asarray((weights * (away - steps) ** 2).sum(axis=(-1, -2)) / 2)


def _majorized(places: Floats, steps: Floats, weights: Floats, most: int = STEPS) -> Floats:
    """Return places (s, n, 2) of least stress near each start."""
    laplacian = np.diag(weights.sum(axis=1)) - weights
    solved = np.linalg.pinv(laplacian)
    before = stress(places, steps, weights)
    for _ in range(most):
        away = np.linalg.norm(places[:, :, None] - places[:, None], axis=-1)
        pull = weights * steps / np.where(away > 0, away, 1.0)
        pulled = pull.sum(axis=2)[..., None] * places - pull @ places
        places = solved @ pulled
        now = stress(places, steps, weights)
        if (before - now <= ENOUGH * before).all():
            break
        before = now
    return places


def _cost(places: Floats, steps: Floats, weights: Floats, pairs: Integers) -> float:
    """Return the stress per treatment and what crossings and lines through treatments add."""
    near = np.maximum(0.0, CLEAR - line_distances(places, pairs))
    told = float(stress(places, steps, weights)) / len(places)
    return told + NEAR * float((near**2).sum()) + CROSSED * _crossed(places, pairs)


def line_distances(places: Floats, pairs: Integers) -> Floats:
    """Return how far each treatment is from each line, shape (n, p); infinite for its own."""
    start, end = places[pairs[:, 0]], places[pairs[:, 1]]
    along = end - start
    share = ((places[:, None] - start) * along).sum(axis=-1) / (along**2).sum(axis=-1)
    nearest = start + np.clip(share, 0.0, 1.0)[..., None] * along
    away = np.linalg.norm(places[:, None] - nearest, axis=-1)
    own = (np.arange(len(places))[:, None, None] == pairs[None]).any(axis=-1)
    return np.where(own, np.inf, away)


def _crossed(places: Floats, pairs: Integers) -> int:
    """Return how many pairs of straight lines cross."""
    a, b = places[pairs[:, 0]], places[pairs[:, 1]]
    one, two = _side(a, b, a), _side(a, b, b)
    apart = (one * two < 0) & (one.T * two.T < 0)
    shared = (pairs[:, None, :, None] == pairs[None, :, None, :]).any(axis=(-1, -2))
    return int((apart & ~shared).sum()) // 2


def _side(start: Floats, end: Floats, point: Floats) -> Floats:
    """Return on which side of line i point j lies, shape (p, p)."""
    along, to = (end - start)[:, None], point[None] - start[:, None]
    return np.asarray(along[..., 0] * to[..., 1] - along[..., 1] * to[..., 0])


def _freed(places: Floats, steps: Floats, weights: Floats, pairs: Integers) -> Floats:
    """Return the places after small moves of treatments that lines run through."""
    turns = 2 * np.pi * np.arange(TRIALS) / TRIALS
    ring = np.column_stack([np.cos(turns), np.sin(turns)])
    moves = np.concatenate([reach * ring for reach in REACHES])
    best = _cost(places, steps, weights, pairs)
    for _ in range(PASSES):
        before = best
        for i in np.flatnonzero(_in_the_way(places, pairs)).tolist():
            for move in moves:
                tried = places.copy()
                tried[i] += move
                cost = _cost(tried, steps, weights, pairs)
                places, best = (tried, cost) if cost < best else (places, best)
        if before - best <= ENOUGH:
            break
    return places


def _in_the_way(places: Floats, pairs: Integers) -> Floats:
    """Return which treatments stand near a line, or at the end of one that is too near, (n,)."""
    near = line_distances(places, pairs) < CLEAR
    ends = np.bincount(pairs[near.any(axis=0)].ravel(), minlength=len(places)) > 0
    return np.asarray(near.any(axis=1) | ends)


def _lying(places: Floats, pairs: Integers) -> Floats:
    """Return the places about their middle, the long side across, treatment 0 at upper left.

    What is as high as wide is turned until most lines run along the page.
    """
    centered = places - places.mean(axis=0)
    values, vectors = np.linalg.eigh(centered.T @ centered)
    if values[1] > ROUND**2 * values[0]:
        centered = centered @ vectors[:, ::-1]
    else:
        along = centered[pairs[:, 1]] - centered[pairs[:, 0]]
        angles = np.arctan2(along[:, 1], along[:, 0])
        pull = np.exp(4j * angles).sum()
        turn = np.angle(pull) / 4 if abs(pull) > SKEW * len(pairs) else angles[0]
        cosine, sine = np.cos(turn), np.sin(turn)
        centered = centered @ np.array([[cosine, -sine], [sine, cosine]])
    signs = np.where(centered[0] > 0, -1.0, 1.0)
    return np.asarray(centered * signs)
