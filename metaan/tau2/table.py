"""ESTIMATORS: every estimator of tau² the library knows, one row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from metaan.core.arrays import Floats
from metaan.tau2.generalized import paule_mandel
from metaan.tau2.likelihood import maximum_likelihood, restricted_maximum_likelihood
from metaan.tau2.moments import dersimonian_laird

Estimator = Callable[[Floats, Floats, Floats], Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tau2Estimator:
    """A row of ``ESTIMATORS``.

    Attributes
    ----------
    key, name : str
        Key and full name.
    function : callable
        ``function(y, v, present) -> tau2`` on (n, k) arrays.
    closed_form : bool
        False if it is found by a search.
    doi : str
        Where it was published.
    """

    key: str
    name: str
    function: Estimator
    closed_form: bool
    doi: str


_ROWS = (
    Tau2Estimator(
        key="DL",
        name="DerSimonian-Laird",
        function=dersimonian_laird,
        closed_form=True,
        doi="10.1016/0197-2456(86)90046-2",
    ),
    Tau2Estimator(
        key="PM",
        name="Paule-Mandel",
        function=paule_mandel,
        closed_form=False,
        doi="10.6028/jres.087.022",
    ),
    Tau2Estimator(
        key="REML",
        name="restricted maximum likelihood",
        function=restricted_maximum_likelihood,
        closed_form=False,
        doi="10.3102/10769986030003261",
    ),
    Tau2Estimator(
        key="ML",
        name="maximum likelihood",
        function=maximum_likelihood,
        closed_form=False,
        doi="10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A",
    ),
)

ESTIMATORS: Mapping[str, Tau2Estimator] = MappingProxyType({row.key: row for row in _ROWS})
DEFAULT_TAU2 = _ROWS[2].key
