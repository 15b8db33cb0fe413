"""What a method for sparse counts finds, and what it does where a ratio would not be finite."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.core.counts_fit import Test
from metaan.core.effects import LeftOut
from metaan.core.errors import InputError
from metaan.core.network_layout import Arms
from metaan.core.numbers import counted
from metaan.networks.combining.direct import DirectEvidence
from metaan.networks.sparse.sparse_tables import Comparisons, Tables, silent_studies

SHOWN = 8  # treatments of a part that an error names


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solution:
    """Log odds of n treatments relative to each other, from sparse counts.

    Attributes
    ----------
    tables : Tables
        The arms that entered.
    values : ndarray, shape (n,)
        Log odds up to a constant.
    covariance : ndarray, shape (n, n)
        Their covariance up to constants.
    direct : DirectEvidence
        What the studies of each comparison say by themselves, by the same method.
    log_likelihood : float
        At the estimates; NaN for a method without a likelihood.
    tests : tuple of Test
        Of inconsistency, where the method has one.
    lost : tuple of LeftOut
        Arms and studies that did not enter, and why.
    """

    tables: Tables
    values: Floats
    covariance: Floats
    direct: DirectEvidence
    log_likelihood: float = float("nan")
    tests: tuple[Test, ...] = ()
    lost: tuple[LeftOut, ...] = ()


def inverse_about_mean(matrix: Floats) -> Floats:
    """Return the pseudoinverse of a symmetric matrix (n, n) of rank n - 1 whose rows sum to 0."""
    n = len(matrix)
    mean = np.trace(matrix) / n
    found = np.linalg.inv(matrix + mean / n) - 1 / (n * mean)
    return np.asarray((found + found.T) / 2)


def inverse_and_log_det(matrix: Floats) -> tuple[Floats, float]:
    """Return the inverse and the log-determinant of a positive definite matrix.

    That of many comparisons by themselves is diagonal, and then costs nothing.
    """
    own = np.diag(matrix)
    if np.count_nonzero(matrix) == np.count_nonzero(own):
        return np.diag(1 / own), float(np.log(own).sum())
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64), float(np.linalg.slogdet(matrix)[1])


def speaking(tables: Tables) -> tuple[Tables, list[LeftOut]]:
    """Return the studies with some events but not nothing else, and the others."""
    nobody, everybody = silent_studies(tables)
    which = tables.layout.arm_study
    told = [
        "no events in any arm: says nothing about odds ratios"
        if nobody[i]
        else "nothing but events in all arms: says nothing about odds ratios"
        for i in which[(nobody | everybody)[which]].tolist()
    ]
    silent = (nobody | everybody)[which]
    return tables.keeping(~silent), tables.lost(silent, told)


def check_tied(tables: Tables, parts: list[Integers], remedy: str) -> None:
    """Raise ``InputError`` unless exactly one part has two or more treatments."""
    many = [part for part in parts if len(part) > 1]
    if len(many) == 1:
        return
    if not many:
        raise InputError(f"no odds ratio of this network is finite, for want of events; {remedy}")
    told = "; ".join(f"({i}) {_named(tables.layout, part)}" for i, part in enumerate(many, 1))
    raise InputError(
        f"the odds ratios between {len(many)} parts of the network are not finite, for want of "
        f"events: {told}; {remedy}"
    )


def alone_in(tables: Tables, kept: Tables, gone: Booleans) -> list[LeftOut]:
    """Return the arms that lost the only arms they were compared with."""
    left = set(kept.layout.studies)
    without = np.array([name not in left for name in tables.layout.studies], dtype=bool)
    alone = ~gone & without[tables.layout.arm_study]
    return tables.lost(alone, ["no other arm of the study is left"] * int(alone.sum()))


def _named(layout: Arms, part: Integers) -> str:
    names = ", ".join(layout.treatments[i] for i in part[:SHOWN].tolist())
    more = f" and {len(part) - SHOWN} more" * (len(part) > SHOWN)
    inside = np.bincount(layout.arm_study, np.isin(layout.arm_treatment, part))
    return f"{names}{more}: {counted(int((inside > 1).sum()), 'study', 'studies')}"


def direct_of(
    comparisons: Comparisons, values: Floats, variances: Floats, n: int
) -> DirectEvidence:
    """Return effects of the first against the second, shape (c,), as matrices (n, n)."""
    i, j = comparisons.first, comparisons.second
    effects, spread = np.full((n, n), np.nan), np.full((n, n), np.nan)
    effects[i, j], effects[j, i] = values, -values
    spread[i, j] = spread[j, i] = variances
    studies = np.zeros((n, n), dtype=np.int64)
    number = comparisons.tables.layout.arm_treatment[::2] // 2
    studies[i, j] = studies[j, i] = np.bincount(number, minlength=len(i))
    return DirectEvidence(values=effects, variances=spread, studies=studies)
