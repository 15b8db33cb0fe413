"""MEASURES: every effect measure the library knows, one row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from metaan.core.arrays import Floats
from metaan.core.effects import GENERIC
from metaan.core.scale import IDENTITY, LOG, Scale
from metaan.measures.binary import odds_ratio, risk_difference, risk_ratio
from metaan.measures.continuous import mean_difference, standardized_mean_difference
from metaan.measures.generic import given_effect


class Swap(Enum):
    """What exchanging the two groups does to an effect on the analysis scale."""

    SIGN = "changes its sign"
    NONE = "does not apply"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A row of ``MEASURES``.

    Attributes
    ----------
    key, name : str
        Key and name of the effect on the reading scale.
    inputs : tuple of str
        Canonical columns, which are the function's parameters.
    options : tuple of str
        Its keyword options.
    scale : Scale
        How effects are read.
    function : callable
        Arrays to (y, v).
    in_units : bool
        True if the effect has the unit of the instrument, so that instruments must agree.
    swap : Swap
        What exchanging the groups does.
    design_point : mapping of str to float
        A valid input, for the laws.
    doi : str
        Reference; empty for the trivial one.
    """

    key: str
    name: str
    inputs: tuple[str, ...]
    options: tuple[str, ...]
    scale: Scale
    function: Callable[..., tuple[Floats, Floats]]
    in_units: bool
    swap: Swap
    design_point: Mapping[str, float]
    doi: str


MEANS = ("mean1", "sd1", "n1", "mean2", "sd2", "n2")
EVENTS = ("events1", "n1", "events2", "n2")
GIVEN = ("y", "v")
_MEAN_POINT = MappingProxyType(dict(zip(MEANS, (36.0, 19.0, 58.0, 44.0, 21.0, 60.0), strict=True)))
_EVENT_POINT = MappingProxyType(dict(zip(EVENTS, (52.0, 120.0, 31.0, 110.0), strict=True)))

_ROWS = (
    Measure(
        key="MD",
        name="Mean difference",
        inputs=MEANS,
        options=(),
        scale=IDENTITY,
        function=mean_difference,
        in_units=True,
        swap=Swap.SIGN,
        design_point=_MEAN_POINT,
        doi="10.1002/9781119536604.ch6",
    ),
    Measure(
        key="SMD",
        name="Standardized mean difference",
        inputs=MEANS,
        options=("correction", "variance"),
        scale=IDENTITY,
        function=standardized_mean_difference,
        in_units=False,
        swap=Swap.SIGN,
        design_point=_MEAN_POINT,
        doi="10.3102/10769986006002107",
    ),
    Measure(
        key="RR",
        name="Risk ratio",
        inputs=EVENTS,
        options=("add", "to"),
        scale=LOG,
        function=risk_ratio,
        in_units=False,
        swap=Swap.SIGN,
        design_point=_EVENT_POINT,
        doi="10.2307/2530610",
    ),
    Measure(
        key="OR",
        name="Odds ratio",
        inputs=EVENTS,
        options=("add", "to"),
        scale=LOG,
        function=odds_ratio,
        in_units=False,
        swap=Swap.SIGN,
        design_point=_EVENT_POINT,
        doi="10.1111/j.1469-1809.1955.tb01348.x",
    ),
    Measure(
        key="RD",
        name="Risk difference",
        inputs=EVENTS,
        options=("add", "to"),
        scale=IDENTITY,
        function=risk_difference,
        in_units=False,
        swap=Swap.SIGN,
        design_point=_EVENT_POINT,
        doi="10.1002/0471445428",
    ),
    Measure(
        key=GENERIC,
        name="Effect",
        inputs=GIVEN,
        options=(),
        scale=IDENTITY,
        function=given_effect,
        in_units=False,
        swap=Swap.NONE,
        design_point=MappingProxyType({"y": -0.4, "v": 0.02}),
        doi="",
    ),
)

MEASURES: Mapping[str, Measure] = MappingProxyType({row.key: row for row in _ROWS})
