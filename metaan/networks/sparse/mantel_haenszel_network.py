"""Mantel-Haenszel network meta-analysis: odds ratios of each design, combined by their covariance.

Letters: a events and b others of n people in each of T arms; N people of a study, all its arms
together; R_ij = sum a_i b_j / N over the studies of a design; L_ij = log R_ij - log R_ji, the
Mantel-Haenszel log odds ratio of arms i and j.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.core.counts_fit import Test
from metaan.core.effects import LeftOut
from metaan.core.errors import InputError
from metaan.core.numbers import listed
from metaan.networks.combining.designs import Designs, designs_of
from metaan.networks.sparse.sparse_solution import (
    Solution,
    alone_in,
    check_tied,
    direct_of,
    inverse_about_mean,
    speaking,
)
from metaan.networks.sparse.sparse_tables import Comparisons, Tables, comparisons_of, summed_by
from metaan.numerics.tails import log_chi2_tail

REMEDY = 'method="NCH" uses studies that Mantel-Haenszel cannot, method="LRP" uses all of them'
# Least eigenvalue of a design's covariance, relative to its mean, that is told from 0.
POSITIVE = 1e-10
EFTHIMIOU = "10.1002/sim.8158"


class DesignEffects(NamedTuple):
    """Log odds of the T treatments of a design.

    Attributes
    ----------
    treatments : ndarray of int, shape (T,)
        Their numbers.
    values : ndarray, shape (T,)
        Log odds about their mean.
    covariance : ndarray, shape (T, T)
        Their covariance; rows add up to 0.
    """

    treatments: Integers
    values: Floats
    covariance: Floats


def mantel_haenszel_effects(tables: Tables) -> Solution:
    """Return the Mantel-Haenszel estimates of a connected network.

    Parameters
    ----------
    tables : Tables
        Its arms.

    Returns
    -------
    Solution
        With the test of inconsistency between designs, and what was left out: studies with no
        events or nothing else, and arms whose treatment has no events (or nothing else) in any
        study of their design. A study that loses an arm joins the design of the others.

    Raises
    ------
    InputError
        If nothing is left, or what is left falls into parts.

    Notes
    -----
    Per design [1]_, with N as that of all arms: ``L_ij`` are averaged to log odds that do not
    contradict each other, ``(sum_j L_ij) / T`` [2]_. Their covariance follows from that of
    ``f_ij = (a_i b_j - psi_ij b_i a_j) / N``, whose mean is 0: for one pair by Robins, Breslow and
    Greenland, for two pairs with an arm in common by the six products of counts whose mean it is,
    in equal parts (see `shared_covariance`). Designs are combined by generalized least squares;
    their weighted sum of squares about the network is the chi-square statistic of inconsistency.

    References
    ----------
    .. [1] Efthimiou O, Rücker G, Schwarzer G, Higgins JPT, Egger M, Salanti G (2019). Network
       meta-analysis of rare events using the Mantel-Haenszel method. Stat Med 38:2992.
       doi:10.1002/sim.8158
    .. [2] Greenland S (1989). Generalized Mantel-Haenszel estimators for K 2 x J tables.
       Biometrics 45:183.
    """
    kept, lost = usable(tables)
    check_tied(kept, kept.layout.parts(), REMEDY)
    designs = designs_of(kept.layout)
    found = [_effects_of(kept, designs, d) for d in range(len(designs))]
    n = len(kept.treatments)
    laplacian, total = np.zeros((n, n)), np.zeros(n)
    weights = [inverse_about_mean(each.covariance) for each in found]
    for each, weight in zip(found, weights, strict=True):
        laplacian[np.ix_(each.treatments, each.treatments)] += weight
        total[each.treatments] += weight @ each.values
    covariance = inverse_about_mean(laplacian)
    values = covariance @ total
    q = 0.0
    for each, weight in zip(found, weights, strict=True):
        off = each.values - values[each.treatments]
        q += float(off @ weight @ off)
    comparisons = comparisons_of(kept)
    effects, variances = pair_effects(comparisons)
    return Solution(
        tables=kept,
        values=values,
        covariance=covariance,
        direct=direct_of(comparisons, effects, variances, n),
        tests=_tests(q, int((designs.arms - 1).sum()) - (n - 1)),
        lost=tuple(lost),
    )


def _tests(q: float, df: int) -> tuple[Test, ...]:
    if df < 1:
        return ()
    log_p = float(log_chi2_tail(q, df))
    return (
        Test(
            name="inconsistency between designs",
            statistic=q,
            df=float(df),
            p_value=float(np.exp(log_p)),
            log_p_value=log_p,
            doi=EFTHIMIOU,
        ),
    )


def usable(tables: Tables) -> tuple[Tables, list[LeftOut]]:
    """Return the arms with a finite Mantel-Haenszel odds ratio in their design, and the others."""
    lost: list[LeftOut] = []
    while True:
        tables, silent = speaking(tables)
        lost += silent
        where, reasons = _without_events(tables)
        if not where.any():
            break
        kept = tables.keeping(~where)
        lost += tables.lost(where, reasons)
        lost += alone_in(tables, kept, where)
        tables = kept
    return tables, lost


def _without_events(tables: Tables) -> tuple[Booleans, list[str]]:
    """Return the arms with no events, or nothing else, in their whole design, and why."""
    layout, designs = tables.layout, designs_of(tables.layout)
    t = len(tables.treatments)
    arm = designs.of_study[layout.arm_study] * t + layout.arm_treatment
    events = np.bincount(arm, tables.x)[arm]
    others = np.bincount(arm, tables.n - tables.x)[arm]
    nothing = (events == 0) | (others == 0)
    names = tables.arm_names(nothing)
    what = np.where(events == 0, "no events", "nothing but events")[nothing].tolist()
    design = designs.of_study[layout.arm_study[nothing]].tolist()
    return nothing, [
        f"{word} under {name} in any study of {listed(_members(tables, designs, d))}: no finite "
        "Mantel-Haenszel odds ratio"
        for word, name, d in zip(what, names, design, strict=True)
    ]


def _members(tables: Tables, designs: Designs, d: int) -> list[str]:
    return [tables.treatments[i] for i in designs.treatments[d].tolist()]


def _effects_of(tables: Tables, designs: Designs, d: int) -> DesignEffects:
    treatments, studies = designs.treatments[d], np.flatnonzero(designs.of_study == d)
    arms = tables.layout.start[studies][:, None] + np.arange(len(treatments))
    a, b = tables.x[arms], tables.n[arms] - tables.x[arms]
    known = np.einsum("si,sj->ij", a, b) > 0
    np.fill_diagonal(known, True)
    if not known.all():
        i, j = (int(place) for place in np.argwhere(~known)[0])
        names = _members(tables, designs, d)
        raise InputError(
            f"no study of {listed(names)} has events under {names[i]} beside people without under "
            f"{names[j]}: no finite Mantel-Haenszel odds ratio; {REMEDY}"
        )
    values, covariance = design_effects(a, tables.n[arms])
    spread = np.linalg.eigvalsh(covariance)[1:]
    if spread[0] <= POSITIVE * spread.mean():
        raise InputError(
            f"the covariance of the Mantel-Haenszel odds ratios of "
            f"{listed(_members(tables, designs, d))} is not positive definite, for want of "
            f"events; {REMEDY}"
        )
    return DesignEffects(treatments, values, covariance)


def design_effects(a: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return the log odds of T arms about their mean, and their covariance.

    Parameters
    ----------
    a, n : ndarray, shape (s, T)
        Events and people of the studies of one design; every arm has some with the event and
        some without.
    """
    b, share = n - a, 1 / n.sum(axis=1)
    arms = a.shape[1]
    w = share[:, None, None]
    each = a[:, :, None] * b[:, None, :] * w
    r = each.sum(axis=0)
    np.fill_diagonal(r, 1.0)  # an arm and itself: L = 0, and its variance is set to 0 below
    logs = np.log(r) - np.log(r.T)
    both = (a[:, :, None] + b[:, None, :]) * w
    turned = both.transpose(0, 2, 1)
    pair = pair_terms(each, each.transpose(0, 2, 1), both, turned, r, r.T).sum(axis=0)
    np.fill_diagonal(pair, 0.0)
    shared = shared_covariance(a, b, share, r)
    cross = shared.sum(axis=1)
    covariance = shared.sum(axis=0) - pair - cross - cross.T
    np.fill_diagonal(covariance, pair.sum(axis=1) + shared.sum(axis=(1, 2)))
    return logs.sum(axis=1) / arms, covariance / arms**2


def pair_terms(
    r: Floats, s: Floats, p: Floats, q: Floats, total_r: Floats, total_s: Floats
) -> Floats:
    """Return what each study adds to the variance of log odds ratios (Robins, Breslow, Greenland).

    r, s are ``a_i b_j / N`` and ``b_i a_j / N`` with their sums over studies; p, q are
    ``(a_i + b_j) / N`` and ``(b_i + a_j) / N``.
    """
    return np.asarray((r / total_r + s / total_s) * (p / total_r + q / total_s) / 2)


def shared_covariance(a: Floats, b: Floats, share: Floats, r: Floats) -> Floats:
    """Return the covariance of ``L_ij`` and ``L_il``, shape (T, T, T), 0 unless i, j, l differ.

    Notes
    -----
    With risks p = 1 - q and n people, ``cov(f_ij, f_il) = n_i n_j n_l p_i q_j q_l / q_i / N²``:
    what ``a_i b_j b_l``, ``psi_ij b_i a_j b_l`` and ``psi_il b_i b_j a_l`` have as their mean, and
    what ``psi_ij psi_il b_i a_j a_l``, ``psi_il a_i b_j a_l`` and ``psi_ij a_i a_j b_l`` have,
    added. All six count a third. With one study this is Woolf's ``1 / a_i + 1 / b_i``.
    """
    w = share**2
    up, down = 1 / r, 1 / r.T  # f_ij / R_ij is a_i b_j / R_ij - b_i a_j / R_ji
    sums = "si,sj,sl,s->ijl"
    found = up[:, :, None] * up[:, None, :] * np.einsum(sums, a, b, b, w)
    found += down[:, :, None] * down[:, None, :] * np.einsum(sums, b, a, a, w)
    mixed = down[:, :, None] * up[:, None, :] * np.einsum(sums, a + b, a, b, w)
    found = (found + mixed + mixed.transpose(0, 2, 1)) / 3
    i = np.arange(len(r))
    found[i, i, :] = found[i, :, i] = found[:, i, i] = 0.0
    return np.asarray(found)


def pair_effects(comparisons: Comparisons) -> tuple[Floats, Floats]:
    """Return Mantel-Haenszel log odds ratios and variances of comparisons one by one, shape (c,).

    NaN where a ratio is not finite. N is that of the two arms here, as nothing else is compared.
    """
    tables = comparisons.tables
    number = tables.layout.arm_treatment[::2] // 2
    c = len(comparisons.first)
    (ai, aj), (ni, nj) = tables.x.reshape(-1, 2).T, tables.n.reshape(-1, 2).T
    bi, bj, whole = ni - ai, nj - aj, ni + nj
    r, s = ai * bj / whole, bi * aj / whole
    p, q = (ai + bj) / whole, (bi + aj) / whole
    total_r, total_s = summed_by(number, r, c), summed_by(number, s, c)
    finite = (total_r > 0) & (total_s > 0)
    total_r, total_s = np.where(finite, total_r, np.nan), np.where(finite, total_s, np.nan)
    up, down = total_r[number], total_s[number]
    variance = summed_by(number, pair_terms(r, s, p, q, up, down), c)
    return np.log(total_r / total_s), variance
