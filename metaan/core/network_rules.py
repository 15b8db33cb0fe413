"""What the contrasts of a study must be: complete, in agreement, with a covariance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.core.network_layout import Layout, lay_out

# Contrasts of one study that were computed agree to rounding errors of a float; relative to the
# size of the effects and of their standard errors. Printed ones do not: repaired on request.
AGREE = 1e-8
# What rounding may leave in a loop of three contrasts, as a share of the smallest standard error
# of their study: two decimals leave 0.015. More is another mistake that least squares would hide.
ROUNDED = 0.25
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
            faults += _disagreements(layout, group, _ratios(layout, y))
            faults += _impossible(layout, group)
    return faults


def _loops(group: ManyArmed) -> Floats:
    """Return ``|y_ij - (y_il - y_jl)|`` at [s, l, i, j], shape (s, a, a, a)."""
    with_hub = group.y.transpose(0, 2, 1)
    return np.abs(group.y[:, None] - (with_hub[..., :, None] - with_hub[..., None, :]))


def disagreeing(group: ManyArmed) -> Booleans:
    """Return the studies whose contrasts contradict each other, shape (s,)."""
    size = np.abs(group.y).max(axis=(-1, -2)) + np.sqrt(group.v.max(axis=(-1, -2)))
    return np.asarray(_loops(group).max(axis=(-1, -2, -3)) > AGREE * size)


def _smallest_se(group: ManyArmed) -> Floats:
    """Return the smallest standard error of each study, shape (s,)."""
    own = np.eye(group.v.shape[-1], dtype=bool)
    return np.asarray(np.sqrt(np.where(own, np.inf, group.v).min(axis=(-1, -2))))


def repaired(layout: Layout, y: Floats, v: Floats) -> tuple[Floats, dict[str, float]]:
    """Return the nearest contrasts that agree within each study, and the largest change by study.

    The nearest by least squares are the differences of the arms' means over the contrasts,
    ``mean_j y_ij - mean_i y_ij``. Every contrast must be there. Studies in which a loop of three
    contrasts is off by more than ``ROUNDED`` of the smallest standard error stay as they are:
    rounding of printed figures does not explain it.
    """
    found, changed = y.copy(), dict[str, float]()
    of_arm = np.zeros(len(layout.arm_study))
    for group in by_arms(layout, y, v):
        if group.y.shape[-1] < 3:
            continue
        most = _loops(group).max(axis=(-1, -2, -3))
        off = disagreeing(group) & (most <= ROUNDED * _smallest_se(group))
        of_arm[group.arms[off]] = group.y[off].mean(axis=-1)
        mended = np.isin(layout.study, group.studies[off])
        found[mended] = (of_arm[layout.arm1] - of_arm[layout.arm2])[mended]
        for s in group.studies[off].tolist():
            mine = layout.study == s
            changed[layout.studies[s]] = float(np.abs(found[mine] - y[mine]).max())
    return found, changed


def mended(
    labels: Mapping[str, tuple[str, ...]], y: Floats, v: Floats
) -> tuple[Floats, tuple[str, ...]]:
    """Return contrasts that agree within each study, and a remark on what changed by how much."""
    layout = lay_out(**labels)
    if contrast_faults(layout, np.where(np.isfinite(y), 0.0, y), v):
        return y, ()  # contrasts are missing or impossible: the record says which
    found, changed = repaired(layout, y, v)
    if not changed:
        return found, ()
    who = ", ".join(f"{name} (by {_plain(change)})" for name, change in changed.items())
    return found, (
        "contrasts that contradicted each other were replaced by the nearest ones that agree; "
        f"largest change: {who}",
    )


def _plain(value: float) -> str:
    """Return a number with two digits and no exponent."""
    return np.format_float_positional(float(f"{value:.2g}"), trim="-")


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
        alike = "".join(f". {text}" for text in look_alikes(layout.arms_of(s)))
        yield (
            f"{layout.studies[s]}: {arms[s]} arms ({', '.join(layout.arms_of(s))}) have "
            f"{arms[s] * (arms[s] - 1) // 2} contrasts; got {found[s]}. Give all of them, or make "
            f"them from the arms with network_effects{alike}"
        )


def _ratios(layout: Layout, y: Floats) -> Booleans:
    """Return the studies whose effects could be ratios: all are positive, shape (k,)."""
    found = np.ones(len(layout.studies), dtype=bool)
    found[layout.study[y <= 0]] = False
    return found


def _disagreements(layout: Layout, group: ManyArmed, ratios: Booleans) -> Iterator[str]:
    off, smallest = _loops(group), _smallest_se(group)
    for s in np.flatnonzero(disagreeing(group)).tolist():
        y, study = group.y[s], int(group.studies[s])
        hub, i, j = (int(each) for each in np.unravel_index(np.argmax(off[s]), off[s].shape))
        names = layout.arms_of(study)
        told = (
            f"{layout.studies[study]}: its contrasts contradict each other: {names[i]} - "
            f"{names[j]} is given as {y[i, j]:.6g}, but follows as {y[i, hub] - y[j, hub]:.6g} "
            f"from those with {names[hub]}"
        )
        share = off[s].max() / smallest[s]
        if share <= ROUNDED:
            yield (
                f"{told} (rounded when printed?); compute them from the arms, or let "
                'network_effects(..., disagreeing="repair") fit the nearest ones that agree'
            )
            continue
        loop = y[[i, i, j], [j, hub, hub]]
        pairs = [
            f"{names[one]} - {names[two]}"
            for one, two in map(sorted, ((i, j), (i, hub), (j, hub)))
        ]
        advice = _advice(loop, pairs, ROUNDED * smallest[s], ratio=bool(ratios[study]))
        yield (
            f"{told}, {share:.2g} times its smallest standard error away: no rounding (up to "
            f"{ROUNDED:g}), so that no repair mends it; {advice}"
        )


def _advice(loop: Floats, pairs: Sequence[str], near: float, *, ratio: bool) -> str:
    """Return what may be wrong with the contrasts ij, il and jl, that would agree without it."""
    signs = np.array([1.0, -1.0, 1.0])
    if ratio and abs(signs @ (np.sign(loop) * np.log(np.abs(loop)))) <= near:
        return "their logarithms agree: are these ratios? Give y as logarithms"
    turned = np.abs(signs @ loop - 2 * signs * loop) <= near
    if turned.any():
        which = " or ".join(pair for pair, is_it in zip(pairs, turned, strict=True) if is_it)
        return f"with the sign of {which} turned they agree: were its treatments exchanged?"
    return (
        "check the source: is a sign turned, are these ratios and not their logarithms, or does a "
        "row belong to another study?"
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
