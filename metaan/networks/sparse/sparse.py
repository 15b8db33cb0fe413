"""sparse_network: odds ratios of a network with few events, without adding to any cell."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from metaan.core.arrays import FrozenDict
from metaan.core.errors import ChoiceError, InputError, LeftOutWarning
from metaan.core.fit_words import INFERENCE, POOLING
from metaan.core.lookup import look_up
from metaan.core.network_counts import NetworkCounts
from metaan.core.numbers import counted, listed
from metaan.core.scale import SCALES
from metaan.core.study_intervals import checked_level
from metaan.core.wording import Method
from metaan.networks.combining.relative import RelativeEffects, place_of
from metaan.networks.sparse.sparse_fit import SparseNetworkFit
from metaan.networks.sparse.sparse_methods import DEFAULT_SPARSE, LRP, SPARSE_METHODS, SparseMethod
from metaan.networks.sparse.sparse_solution import SHOWN, Solution
from metaan.networks.sparse.sparse_tables import Tables, tables_of
from metaan.univariate.inference import INFERENCES, WALD
from metaan.univariate.planning import DEFAULT_LEVEL

LABEL = "Odds ratio"


def sparse_network(
    counts: NetworkCounts,
    *,
    reference: str | int | None = None,
    method: str = DEFAULT_SPARSE,
    level: float = DEFAULT_LEVEL,
) -> SparseNetworkFit:
    """Return the odds ratios of a network from the counts themselves, common to all studies.

    Parameters
    ----------
    counts : NetworkCounts
        Events and people of the arms of k studies, made by `network_counts`; every two treatments
        must be connected by a path of studies.
    reference : str, optional
        Treatment that the others are shown against; the one in most studies (the first in
        alphabetic order of several) by default. No result depends on it.
    method : {"MH", "NCH", "LRP"}
        Row of ``SPARSE_METHODS``: Mantel-Haenszel [1]_; maximum likelihood from the exact
        non-central hypergeometric distribution of a study's events [2]_; penalized logistic
        regression [3]_, which alone uses studies without events and treatments without.
    level : float
        Coverage of the (Wald) intervals.

    Returns
    -------
    SparseNetworkFit
        Log odds ratios; ``fit.effect("a", "b").read()`` is an odds ratio. ``fit.league()``,
        ``fit.ranking(better=)`` and ``fit.split()`` answer the usual questions.

    Raises
    ------
    InputError
        If the network is not connected, or falls into parts between which no odds ratio is
        finite (they are named), or "NCH" is given counts that are not whole.
    ChoiceError
        If a method or the reference is unknown; the nearest name is offered.

    Warns
    -----
    LeftOutWarning
        If treatments have no finite odds ratio by this method; they are named.

    Notes
    -----
    Nothing is added to any cell, and no heterogeneity is modeled. Studies without events, and
    those with nothing else, say nothing about odds ratios to "MH" and "NCH".

    The exact likelihood of "NCH" allows for any number of arms. It agrees with the package
    netmeta as far as events are rare: that maximizes the Breslow approximation, in which
    people are drawn with replacement.

    References
    ----------
    .. [1] Efthimiou O, Rücker G, Schwarzer G, Higgins JPT, Egger M, Salanti G (2019). Network
       meta-analysis of rare events using the Mantel-Haenszel method. Stat Med 38:2992.
       doi:10.1002/sim.8158
    .. [2] Stijnen T, Hamza TH, Özdemir P (2010). Random effects meta-analysis of event outcome in
       the framework of the generalized linear mixed model with applications in sparse data. Stat
       Med 29:3046. doi:10.1002/sim.4040
    .. [3] Evrenoglou T, White IR, Afach S, Mavridis D, Chaimani A (2022). Network meta-analysis of
       rare events using penalized likelihood regression. Stat Med 41:5203. doi:10.1002/sim.9562

    Examples
    --------
    >>> import metaan as ma
    >>> counts = ma.NetworkCounts.from_arrays(
    ...     [1, 1, 4, 3, 7, 1, 2], [229, 227, 374, 372, 361, 554, 270],
    ...     study=["Ann", "Ann", "Bo", "Bo", "Bo", "Cy", "Cy"],
    ...     treatment=["true", "usual", "sham", "true", "usual", "true", "usual"])
    >>> fit = ma.sparse_network(counts, reference="usual")
    >>> fit.effect("true")
    0.424, 95% CI (0.144, 1.245), p = 0.12
    """
    row = look_up(SPARSE_METHODS, method, argument="method", what="a method for sparse networks")
    checked_level(level)
    _check(counts)
    if reference is not None:
        place = place_of(reference, counts.treatments, argument="reference")
        reference = counts.treatments[place]
    solution = row.function(tables_of(counts))
    base = _reference(solution.tables, reference, row)
    gone = [name for name in counts.treatments if name not in solution.tables.treatments]
    if gone:
        warnings.warn(
            f"{len(gone)} of {counted(len(counts.treatments), 'treatment')} left out, without a "
            f'finite odds ratio by method="{row.key}": {", ".join(gone)}; method="{LRP}" keeps '
            "them, and .left_out says why",
            LeftOutWarning,
            stacklevel=2,
        )
    return _fit(counts, solution, base, row, level)


def _fit(
    counts: NetworkCounts, solution: Solution, base: str, row: SparseMethod, level: float
) -> SparseNetworkFit:
    tables, wald = solution.tables, INFERENCES[WALD]
    methods = {
        POOLING: Method(name=row.name, doi=row.doi),
        INFERENCE: Method(name=wald.name, doi=wald.doi),
    }
    gone = [name for name in counts.treatments if name not in tables.treatments]
    remarks = [f"no finite odds ratio: {listed(gone)}"] if gone else []
    return SparseNetworkFit(
        counts=counts,
        method=row.key,
        reference=base,
        studies=tables.layout.studies,
        relative=RelativeEffects(
            treatments=tables.treatments,
            values=solution.values - solution.values.mean(),
            covariance=solution.covariance,
            df=float("inf"),
            level=level,
            scale=SCALES["log"],
            label=LABEL,
        ),
        direct=solution.direct,
        log_likelihood=solution.log_likelihood,
        tests=solution.tests,
        left_out=(*counts.left_out, *solution.lost),
        methods=FrozenDict(methods),
        remarks=(*remarks, *counts.remarks),
    )


def _reference(tables: Tables, reference: str | None, row: SparseMethod) -> str:
    """Return the reference, or the treatment in most studies."""
    if reference is None:
        arms = np.bincount(tables.layout.arm_treatment, minlength=len(tables.treatments))
        return tables.treatments[int(np.argmax(arms))]
    if reference not in tables.treatments:
        raise ChoiceError(
            f'reference={reference!r} has no finite odds ratio by method="{row.key}"; choose one '
            f'of {", ".join(tables.treatments)}, or use method="{LRP}"'
        )
    return reference


def _check(counts: Any) -> None:
    """Raise ``InputError`` if these are not the counts of one connected network."""
    if not isinstance(counts, NetworkCounts):
        raise InputError(
            f"counts must be NetworkCounts; got {type(counts).__name__}. Make them with "
            "network_counts(table) or NetworkCounts.from_arrays(events, people, study=, "
            "treatment=)"
        )
    if counts.k == 0:
        reasons = [f"{item.study}: {item.reason}" for item in counts.left_out]
        told = f" Left out: {'; '.join(reasons)}." if reasons else ""
        raise InputError(f"no study is left to combine; complete the table.{told}")
    parts = counts.parts() if len(counts.layout.parts()) > 1 else ()
    if parts:
        told = "; ".join(f"({i}) {_named(part)}" for i, part in enumerate(parts, start=1))
        raise InputError(
            f"the network falls into {len(parts)} parts that no study connects: {told}. Analyze "
            "one of them (counts.largest_part(), or counts.parts()[i]), or merge treatments that "
            "are the same"
        )


def _named(part: NetworkCounts) -> str:
    names = ", ".join(part.treatments[:SHOWN])
    more = f" and {len(part.treatments) - SHOWN} more" * (len(part.treatments) > SHOWN)
    return f"{names}{more}: {counted(part.k, 'study', 'studies')}"
