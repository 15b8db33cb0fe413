"""r_call: the call of R that returns the numbers of a fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from metaan.core.arrays import FrozenDict
from metaan.core.counts_fit import CountsFit
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.glmm_fit import GlmmFit
from metaan.core.lookup import look_up
from metaan.core.permutation_record import PermutationTest
from metaan.core.refits import Refits
from metaan.core.regression_fit import RegressionFit
from metaan.core.robust_fit import RobustFit
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.asymmetry.asymmetry_record import AsymmetryTest
from metaan.diagnostics.asymmetry.fail_safe_record import FailSafeN
from metaan.diagnostics.asymmetry.trim_and_fill_record import TrimAndFill
from metaan.diagnostics.influence.blups_record import Blups
from metaan.diagnostics.influence.record import Influence
from metaan.diagnostics.selection.record import SelectionFit
from metaan.diagnostics.subsets.record import Gosh
from metaan.networks.components.component_fit import ComponentFit
from metaan.networks.fits.network_fit import NetworkFit
from metaan.networks.moderators.network_regression_fit import NetworkRegressionFit
from metaan.networks.sparse.sparse_fit import SparseNetworkFit
from metaan.report.r_calls.bias import asymmetry_call, fail_safe_call, trim_and_fill_call
from metaan.report.r_calls.call import RCall
from metaan.report.r_calls.clustering import robust_call
from metaan.report.r_calls.counting import counts_call
from metaan.report.r_calls.general import metabin_call, metagen_call
from metaan.report.r_calls.mixed import glmm_call
from metaan.report.r_calls.moderating import (
    components_multivariate_call,
    components_netmeta_call,
    network_regression_call,
)
from metaan.report.r_calls.networking import multivariate_call, netmeta_call
from metaan.report.r_calls.packages import META, METAFOR, NETMETA, Package
from metaan.report.r_calls.permuting import permutation_call
from metaan.report.r_calls.pooling import pool_call
from metaan.report.r_calls.refitting import blup_call, gosh_call, influence_call, refits_call
from metaan.report.r_calls.regressing import regression_call, subgroups_call
from metaan.report.r_calls.selecting import selection_call
from metaan.report.r_calls.sparse import sparse_call

Maker = Callable[[Any], RCall]


def _by(*rows: tuple[Package, Maker]) -> Mapping[str, Maker]:
    return FrozenDict({package.key: make for package, make in rows})


# What is called, by whom; the first package of a row is the one unless another is asked for.
CALLS: tuple[tuple[type, Mapping[str, Maker]], ...] = (
    (PooledFit, _by((METAFOR, pool_call), (META, metagen_call))),
    (RegressionFit, _by((METAFOR, regression_call))),
    (SubgroupFit, _by((METAFOR, subgroups_call))),
    (CountsFit, _by((METAFOR, counts_call), (META, metabin_call))),
    (GlmmFit, _by((METAFOR, glmm_call))),
    (RobustFit, _by((METAFOR, robust_call))),
    (Refits, _by((METAFOR, refits_call))),
    (Influence, _by((METAFOR, influence_call))),
    (Blups, _by((METAFOR, blup_call))),
    (Gosh, _by((METAFOR, gosh_call))),
    (PermutationTest, _by((METAFOR, permutation_call))),
    (AsymmetryTest, _by((METAFOR, asymmetry_call))),
    (TrimAndFill, _by((METAFOR, trim_and_fill_call))),
    (FailSafeN, _by((METAFOR, fail_safe_call))),
    (SelectionFit, _by((METAFOR, selection_call))),
    (NetworkFit, _by((NETMETA, netmeta_call), (METAFOR, multivariate_call))),
    (
        ComponentFit,
        _by((METAFOR, components_multivariate_call), (NETMETA, components_netmeta_call)),
    ),
    (NetworkRegressionFit, _by((METAFOR, network_regression_call))),
    (SparseNetworkFit, _by((NETMETA, sparse_call))),
)


def r_call(fit: Any, *, package: str | None = None) -> RCall:
    """Return the call of R that returns the same numbers, with the options that make it so.

    Parameters
    ----------
    fit : record
        What a verb of metaan returned: a pool (``pool``), ``regress``, ``subgroups``,
        ``mantel_haenszel``, ``peto``, ``glmm``, ``robust``, ``network``, ``network_components``,
        ``network_regress``, ``sparse_network``; or what was asked of one: ``leave_one_out``,
        ``cumulative``, ``influence``, ``blup``, ``gosh``, ``permutation_test``,
        ``asymmetry_test``, ``trim_and_fill``, ``fail_safe_n``, ``selection_model``.
    package : {"metafor", "meta", "netmeta"}, optional
        Whose call: metafor unless it is a network's, which is netmeta's. For a pool and for
        counts of people there is also meta; for networks metafor's ``rma.mv``.

    Returns
    -------
    RCall
        ``.code`` is ready to paste; ``print(call)`` puts above it what it is and how nearly the
        numbers agree, and ``.summary()`` puts metaan's numbers below it.

    Raises
    ------
    InputError
        If R's packages have nothing that returns these numbers, or the record does not hold what
        a call needs; the text says which.
    ChoiceError
        If there is no such package, or none of its calls is for this record.

    Notes
    -----
    The code holds the data, as numbers of up to 17 digits. Study effects are made by ``escalc``
    where the record holds what they were made from and R's options make the very same ones.
    Where R has only a part of the numbers, the call is of that part and ``remark`` says what is
    missing. Calls of the form of metafor's are run by metaan's tests where R is installed
    (``executed``), unless their remark says otherwise; those of meta and netmeta are compared
    with numbers that R gave once.

    Examples
    --------
    >>> import metaan as ma
    >>> effects = ma.Effects.from_arrays([0.1, 0.3], v=[0.02, 0.04], study=["Ann", "Bo"])
    >>> from metaan.report.r_calls.calling import r_call
    >>> call = r_call(ma.pool(effects, model="common"))
    >>> for line in call.code.splitlines()[:3]:
    ...     print(line)
    library(metafor)
    studies <- data.frame(study = c("Ann", "Bo"), yi = c(0.1, 0.3), vi = c(0.02, 0.04))
    fit <- rma(yi, vi, method = "EE", test = "z", level = 95, data = studies)
    >>> call.package, call.numbers[0].name, round(call.numbers[0].values[0], 4)
    ('metafor', 'estimate', 0.1667)
    """
    for kind, makers in CALLS:
        if isinstance(fit, kind):
            asked = next(iter(makers)) if package is None else package
            what = f"a package with a call for {type(fit).__name__}"
            return look_up(makers, asked, argument="package", what=what)(fit)
    known = ", ".join(kind.__name__ for kind, _ in CALLS)
    raise InputError(f"no call of R for {type(fit).__name__}; there are calls for {known}")


class Drawn(Protocol):
    """A figure's result, as far as it is asked here."""

    @property
    def fit(self) -> Any:
        """What was pooled; None where nothing was."""


def calls_of(result: Drawn) -> tuple[RCall, ...]:
    """Return the calls that return the numbers of a figure; none where nothing is pooled.

    Parameters
    ----------
    result : Result or NetworkResult
        Content of a figure.

    Returns
    -------
    tuple of RCall
        Of the fit: ``rma`` of a pool or of subgroups, ``netmeta`` of a network; then of the
        meta-regression, if one is declared.
    """
    fits = (result.fit, getattr(result, "regression", None))
    return tuple(r_call(fit) for fit in fits if fit is not None)
