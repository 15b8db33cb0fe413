"""SELECTIONS: every selection model, one row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from metaan.diagnostics.selection.functions import (
    SmoothFunction,
    beta_weight,
    exponential_power_weight,
    exponential_weight,
    half_normal_weight,
    logistic_weight,
    power_weight,
)

STEPPED, SMOOTH, CUT = "step", "smooth", "cut"
MOST = 100.0  # a parameter of a smooth function: beyond it, nothing changes that data could show
LEAST, LARGEST = 1e-6, 1e6  # a weight relative to that of the first interval
LEAST_POWER = 1e-3
CENSORED = 1e-5  # Citkowicz and Vevea's


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A row of ``SELECTIONS``.

    Attributes
    ----------
    key, name : str
        Name, and the name in a sentence.
    kind : str
        "step" (weights of intervals of p-values), "smooth" (a function of the p-value), or "cut"
        (weights below and above an effect).
    formula : str
        w, for readers.
    labels : tuple of str
        What each parameter is; of a step function none, which has intervals.
    null : tuple of float
        Values of the parameters without selection; of a step function that of every one.
    low, high : tuple of float
        Between which they are searched.
    logs : tuple of bool
        Whether they are searched as logarithms.
    starts : tuple of tuple of float
        Where searches begin; of a step function one value for all.
    function : callable or None
        log w of a smooth function.
    censored : float
        p-values nearer to 0 or 1 count as this near; 0 for none.
    precise : bool
        Whether the imprecision of a study can enter.
    estimated_cut : bool
        Whether the cut is estimated.
    doi : str
        Where it was published.
    """

    key: str
    name: str
    kind: str
    formula: str
    labels: tuple[str, ...]
    null: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    logs: tuple[bool, ...]
    starts: tuple[tuple[float, ...], ...]
    function: SmoothFunction | None = None
    censored: float = 0.0
    precise: bool = False
    estimated_cut: bool = False
    doi: str


def _decreasing(
    key: str, name: str, formula: str, function: SmoothFunction, censored: float = 0.0
) -> Selection:
    """Return a function with one parameter, after Preston 2004; chances fall with the p-value."""
    return Selection(
        key=key,
        name=name,
        kind=SMOOTH,
        formula=formula,
        labels=("fall with p",),
        null=(0.0,),
        low=(0.0,),
        high=(MOST,),
        logs=(False,),
        starts=((1.0,), (0.2,), (4.0,), (9.0,), (20.0,)),
        function=function,
        censored=censored,
        precise=True,
        doi="10.1111/j.1365-2753.2003.00457.x",
    )


_ROWS = (
    Selection(
        key="STEP",
        name="step function",
        kind=STEPPED,
        formula="w(p) = delta_j for the j-th interval of p, delta_1 = 1",
        labels=(),
        null=(1.0,),
        low=(LEAST,),
        high=(LARGEST,),
        logs=(True,),
        starts=((1.0,), (0.1,), (10.0,)),
        doi="10.1007/BF02294384",
    ),
    Selection(
        key="BETA",
        name="beta density",
        kind=SMOOTH,
        formula="w(p) = p^(delta1 - 1) (1 - p)^(delta2 - 1)",
        labels=("p near 0", "p near 1"),
        null=(1.0, 1.0),
        low=(0.0, 0.0),
        high=(MOST, MOST),
        logs=(False, False),
        starts=(
            (1.0, 1.0), (0.5, 1.0), (1.0, 2.0), (0.3, 2.5), (0.03, 2.6), (0.1, 1.4), (0.35, 0.35),
            (1.5, 1.0), (2.0, 0.4), (2.0, 2.3), (0.8, 4.0), (1.4, 5.0), (0.5, 10.0),
        ),
        function=beta_weight,
        censored=CENSORED,
        doi="10.1037/met0000119",
    ),
    _decreasing(
        "HALF_NORMAL", "half-normal function", "w(p) = exp(-delta p²)",
        half_normal_weight,
    ),
    _decreasing(
        "NEGATIVE_EXPONENTIAL", "negative exponential function", "w(p) = exp(-delta p)",
        exponential_weight,
    ),
    _decreasing(
        "LOGISTIC", "logistic function", "w(p) = 2 exp(-delta p) / (1 + exp(-delta p))",
        logistic_weight,
    ),
    _decreasing(
        "POWER", "power function", "w(p) = (1 - p)^delta", power_weight, CENSORED,
    ),
    Selection(
        key="NEGATIVE_EXPONENTIAL_POWER",
        name="negative exponential power function",
        kind=SMOOTH,
        formula="w(p) = exp(-delta1 p^(1 / delta2))",
        labels=("fall with p", "inverse of the power"),
        null=(0.0, 0.0),
        low=(0.0, LEAST_POWER),
        high=(MOST, MOST),
        logs=(False, True),
        starts=(
            (1.0, 1.0), (4.0, 0.5), (2.0, 5.0), (15.0, 0.4), (40.0, 0.3), (30.0, 0.1),
            (20.0, 20.0), (1.0, 90.0), (5.0, 30.0), (2.0, 0.002),
        ),
        function=exponential_power_weight,
        precise=True,
        doi="10.2307/2533446",
    ),
    Selection(
        key="TRUNCATED",
        name="truncated normal distribution with a known cut",
        kind=CUT,
        formula="w(y) = delta on the side of the cut that is not favored, 1 on the other",
        labels=("beyond the cut",),
        null=(1.0,),
        low=(LEAST,),
        high=(LARGEST,),
        logs=(True,),
        starts=((1.0,), (0.1,), (10.0,)),
        doi="10.1177/002224379002700209",
    ),
    Selection(
        key="TRUNCATED_ESTIMATED",
        name="truncated normal distribution with an estimated cut",
        kind=CUT,
        formula="w(y) = delta on the side of the cut that is not favored, 1 on the other",
        labels=("beyond the cut",),
        null=(1.0,),
        low=(LEAST,),
        high=(LARGEST,),
        logs=(True,),
        starts=((1.0,), (0.1,), (10.0,)),
        estimated_cut=True,
        doi="10.1177/002224379002700209",
    ),
)  # fmt: skip
SELECTIONS: Mapping[str, Selection] = MappingProxyType({row.key: row for row in _ROWS})
DEFAULT_SELECTION = _ROWS[0].key
