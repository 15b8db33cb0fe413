"""What the contrasts of a study must be: complete, in agreement, with a covariance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.core.network_layout import Layout

# Contrasts of one study that were computed agree to rounding errors of a float; relative to the
# size of the effects and of their standard errors. Printed ones do not: repaired on request.
AGREE = 1e-8
# Least eigenvalue of a study's covariance, relative to the largest, that is told from 0.
POSITIVE = 1e-12


class ManyArmed(NamedTuple):
    """The studies with a arms, s of them.

    Attributes
    ----------
    studies : ndarray of int, shape (s,)
        Numbers of the studies.
    arms : ndarray of int, shape (s, a)
        Numbers of their arms.
    y : ndarray, shape (s, a, a)
        ``y[s, i, j]``: effect of arm i against arm j.
    v : ndarray, shape (s, a, a)
        Its variance; 0 on the diagonal.
    """

    studies: Integers
    arms: Integers
    y: Floats
    v: Floats


def by_arms(layout: Layout, y: Floats, v: Floats) -> Iterator[ManyArmed]:
    """Return the studies by their number of arms, fewest first; every contrast must be there."""
    arms = layout.arms
    size = arms[layout.study]
    for a in np.unique(arms).tolist():
        studies = np.flatnonzero(arms == a)
        place = np.zeros(len(arms), dtype=np.int64)
        place[studies] = np.arange(len(studies))
        rows = np.flatnonzero(size == a)
        of_study = layout.study[rows]
        s = place[of_study]
        i, j = (
            layout.arm1[rows] - layout.start[of_study],
            layout.arm2[rows] - layout.start[of_study],
        )
        effect, variance = np.zeros((len(studies), a, a)), np.zeros((len(studies), a, a))
        effect[s, i, j], effect[s, j, i] = y[rows], -y[rows]
        variance[s, i, j] = variance[s, j, i] = v[rows]
        yield ManyArmed(studies, layout.start[studies][:, None] + np.arange(a), effect, variance)


def covariances(group: ManyArmed) -> Floats:
    """Return the covariance of the contrasts with the first arm, shape (s, a - 1, a - 1)."""
    base = group.v[:, 1:, 0]
    return np.asarray((base[:, :, None] + base[:, None, :] - group.v[:, 1:, 1:]) / 2)


def contrast_faults(layout: Layout, y: Floats, v: Floats) -> list[str]:
    """Return every rule that a study breaks, in words."""
    faults = [*_number_faults(layout, y, v), *_pair_faults(layout)]
    if faults:
        return faults
    for group in by_arms(layout, y, v):
        if group.y.shape[-1] > 2:
            faults += _disagreements(layout, group)
            faults += _impossible(layout, group)
    return faults


def disagreeing(group: ManyArmed) -> Booleans:
    """Return the studies whose contrasts contradict each other, shape (s,)."""
    implied = group.y[:, :, None, 0] - group.y[:, None, :, 0]
    size = np.abs(group.y).max(axis=(-1, -2)) + np.sqrt(group.v.max(axis=(-1, -2)))
    off = np.abs(group.y - implied).max(axis=(-1, -2))
    return np.asarray(off > AGREE * size)


def repaired(layout: Layout, y: Floats, v: Floats) -> tuple[Floats, list[str]]:
    """Return the nearest contrasts that agree within each study, and the studies it changed.

    The nearest by least squares are the differences of the arms' means over the contrasts,
    ``mean_j y_ij - mean_i y_ij``. Every contrast must be there.
    """
    found, changed = y.copy(), []
    of_arm = np.zeros(len(layout.arm_study))
    for group in by_arms(layout, y, v):
        off = disagreeing(group) if group.y.shape[-1] > 2 else np.zeros(len(group.studies), bool)
        if not off.any():
            continue
        of_arm[group.arms[off]] = group.y[off].mean(axis=-1)
        mended = np.isin(layout.study, group.studies[off])
        found[mended] = (of_arm[layout.arm1] - of_arm[layout.arm2])[mended]
        changed += [layout.studies[s] for s in group.studies[off].tolist()]
    return found, changed


def look_alikes(treatments: Sequence[str], what: str = "treatments") -> Iterable[str]:
    """Return a suspicion for treatments whose names differ by case or blanks alone."""
    like: dict[str, list[str]] = {}
    for name in treatments:
        like.setdefault("".join(name.split()).casefold(), []).append(name)
    return [
        f"{', '.join(repr(name) for name in names)} are taken as {len(names)} {what}, but "
        "their names differ by case or blanks alone; are they one?"
        for names in like.values()
        if len(names) > 1
    ]


def _number_faults(layout: Layout, y: Floats, v: Floats) -> Iterator[str]:
    names = layout.treatments
    bad = ~np.isfinite(y) | ~(np.isfinite(v) & (v > 0))
    for i in np.flatnonzero(bad).tolist():
        study = layout.studies[layout.study[i]]
        pair = " against ".join(
            names[layout.arm_treatment[arm]] for arm in (layout.arm1[i], layout.arm2[i])
        )
        if not np.isfinite(y[i]):
            yield f"{study}: y of {pair} must be finite; got {y[i]}"
        else:
            yield f"{study}: v of {pair} must be finite and positive; got {v[i]}"


def _pair_faults(layout: Layout) -> Iterator[str]:
    """Return contrasts of a treatment with itself, ones that stand twice, and missing ones."""
    low, high = np.minimum(layout.arm1, layout.arm2), np.maximum(layout.arm1, layout.arm2)
    own = layout.arm1 == layout.arm2
    for i in np.flatnonzero(own).tolist():
        name = layout.treatments[layout.arm_treatment[layout.arm1[i]]]
        yield (
            f"{layout.studies[layout.study[i]]}: {name!r} is compared with itself; join the arms "
            "of one treatment, or give them two names"
        )
    key = low * (len(layout.arm_study) + 1) + high
    kept, counts = np.unique(key[~own], return_counts=True)
    at = {int(value): int(i) for i, value in zip(np.flatnonzero(~own), key[~own], strict=True)}
    for value in kept[counts > 1].tolist():
        i = at[value]
        one, other = (layout.treatments[layout.arm_treatment[arm]] for arm in (low[i], high[i]))
        yield (
            f"{layout.studies[layout.study[i]]}: {one!r} against {other!r} stands more than once; "
            "keep one of them, or give the studies two names"
        )
    studies = (
        layout.study[[at[value] for value in kept.tolist()]] if len(kept) else layout.study[:0]
    )
    found = np.bincount(studies, minlength=len(layout.studies))
    arms = layout.arms
    for s in np.flatnonzero(found < arms * (arms - 1) // 2).tolist():
        if own[layout.study == s].any():
            continue
        yield (
            f"{layout.studies[s]}: {arms[s]} arms ({', '.join(layout.arms_of(s))}) have "
            f"{arms[s] * (arms[s] - 1) // 2} contrasts; got {found[s]}. Give all of them, or make "
            "them from the arms with network_effects"
        )


def _disagreements(layout: Layout, group: ManyArmed) -> Iterator[str]:
    for s in np.flatnonzero(disagreeing(group)).tolist():
        y = group.y[s]
        off = np.abs(y - (y[:, None, 0] - y[None, :, 0]))
        i, j = (int(place) for place in np.unravel_index(np.argmax(off), off.shape))
        names = layout.arms_of(int(group.studies[s]))
        yield (
            f"{layout.studies[group.studies[s]]}: its contrasts contradict each other: "
            f"{names[i]} - {names[j]} is given as {y[i, j]:.6g}, but follows as "
            f"{y[i, 0] - y[j, 0]:.6g} from those with {names[0]} (rounded when printed?); "
            'compute them from the arms, or let network_effects(..., disagreeing="repair") '
            "fit the nearest ones that agree"
        )


def _impossible(layout: Layout, group: ManyArmed) -> Iterator[str]:
    values = np.linalg.eigvalsh(covariances(group))
    for s in np.flatnonzero(values[:, 0] <= POSITIVE * values[:, -1]).tolist():
        yield (
            f"{layout.studies[group.studies[s]]}: no arms have contrasts with these variances "
            f"(the covariance of its {values.shape[-1]} contrasts with "
            f"{layout.arms_of(int(group.studies[s]))[0]} is not positive definite); check the "
            "standard errors, or compute them from the arms"
        )
