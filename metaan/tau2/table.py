"""ESTIMATORS: every estimator of tau² the library knows, one row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from metaan.core.arrays import Floats
from metaan.tau2.found import Found
from metaan.tau2.generalized import paule_mandel
from metaan.tau2.given_weights import generalized_q, generalized_q_median
from metaan.tau2.iterated import median_unbiased
from metaan.tau2.likelihood import maximum_likelihood, restricted_maximum_likelihood
from metaan.tau2.moments import (
    dersimonian_laird,
    hedges,
    hunter_schmidt,
    hunter_schmidt_k,
    sidik_jonkman,
)
from metaan.tau2.standard_error import (
    se_of_dl,
    se_of_genq,
    se_of_he,
    se_of_hs,
    se_of_hs_k,
    se_of_ml,
    se_of_pm,
    se_of_reml,
    se_of_sj,
)
from metaan.tau2.studies import Studies

Estimator = Callable[[Studies], Found]
StandardError = Callable[[Studies, Floats], Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tau2Estimator:
    """A row of ``ESTIMATORS``.

    Attributes
    ----------
    key, name : str
        Key and full name.
    function : callable
        ``function(studies) -> Found`` for n analyses, with or without a design.
    se : callable
        ``se(studies, tau2) -> ndarray``, the standard error of tau² as metafor prints it.
    closed_form : bool
        False if it is found by a search.
    doi : str
        Where it was published.
    restricted : bool or None
        For estimators that maximize a likelihood: whether the restricted one; None otherwise.
    weighted : bool
        Whether it needs the user's weights.
    zero_at_equal : bool
        Whether equal effects give 0.
    """

    key: str
    name: str
    function: Estimator
    se: StandardError
    closed_form: bool
    doi: str
    restricted: bool | None = None
    weighted: bool = False
    zero_at_equal: bool = True


# At convergence the iterated DerSimonian-Laird and Sidik-Jonkman estimates and the empirical Bayes
# one solve Paule and Mandel's equation, which has one solution: each step of theirs is
# tau² <- tau² + (Q(tau²) - df) / tr P, tau² Q(tau²) / df and tau² + (Q(tau²) k / df - k) / sum w.
_ROWS = (
    Tau2Estimator(
        key="DL",
        name="DerSimonian-Laird",
        function=dersimonian_laird,
        se=se_of_dl,
        closed_form=True,
        doi="10.1016/0197-2456(86)90046-2",
    ),
    Tau2Estimator(
        key="HE",
        name="Hedges",
        function=hedges,
        se=se_of_he,
        closed_form=True,
        doi="10.1037/0033-2909.93.2.388",
    ),
    Tau2Estimator(
        key="HS",
        name="Hunter-Schmidt",
        function=hunter_schmidt,
        se=se_of_hs,
        closed_form=True,
        doi="10.3102/10769986030003261",
    ),
    Tau2Estimator(
        key="HSk",
        name="Hunter-Schmidt, small-sample correction",
        function=hunter_schmidt_k,
        se=se_of_hs_k,
        closed_form=True,
        doi="10.1177/1094428117741966",
    ),
    Tau2Estimator(
        key="SJ",
        name="Sidik-Jonkman",
        function=sidik_jonkman,
        se=se_of_sj,
        closed_form=True,
        doi="10.1111/j.1467-9876.2005.00489.x",
    ),
    Tau2Estimator(
        key="SJIT",
        name="Sidik-Jonkman, iterated",
        function=paule_mandel,
        se=se_of_pm,
        closed_form=False,
        doi="10.1111/j.1467-9876.2005.00489.x",
    ),
    Tau2Estimator(
        key="ML",
        name="maximum likelihood",
        function=maximum_likelihood,
        se=se_of_ml,
        restricted=False,
        closed_form=False,
        doi="10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A",
    ),
    Tau2Estimator(
        key="REML",
        name="restricted maximum likelihood",
        function=restricted_maximum_likelihood,
        se=se_of_reml,
        restricted=True,
        closed_form=False,
        doi="10.3102/10769986030003261",
    ),
    Tau2Estimator(
        key="EB",
        name="empirical Bayes",
        function=paule_mandel,
        se=se_of_pm,
        closed_form=False,
        doi="10.1080/01621459.1983.10477920",
    ),
    Tau2Estimator(
        key="PM",
        name="Paule-Mandel",
        function=paule_mandel,
        se=se_of_pm,
        closed_form=False,
        doi="10.6028/jres.087.022",
    ),
    Tau2Estimator(
        key="PMM",
        name="Paule-Mandel, median-unbiased",
        function=median_unbiased,
        se=se_of_pm,
        closed_form=False,
        doi="10.1002/sim.2514",
    ),
    Tau2Estimator(
        key="GENQ",
        name="generalized Q, weights given",
        function=generalized_q,
        se=se_of_genq,
        weighted=True,
        closed_form=True,
        doi="10.1016/j.cct.2006.04.004",
    ),
    Tau2Estimator(
        key="GENQM",
        name="generalized Q, weights given, median-unbiased",
        function=generalized_q_median,
        se=se_of_genq,
        weighted=True,
        closed_form=False,
        doi="10.1002/jrsm.1081",
    ),
    Tau2Estimator(
        key="DLIT",
        name="DerSimonian-Laird, iterated",
        function=paule_mandel,
        se=se_of_pm,
        closed_form=False,
        doi="10.1016/j.cct.2006.04.004",
    ),
)

ESTIMATORS: Mapping[str, Tau2Estimator] = MappingProxyType({row.key: row for row in _ROWS})
DEFAULT_TAU2 = _ROWS[7].key
