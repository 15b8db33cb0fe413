"""QUANTILE_METHODS: every way from printed quantiles to a mean and an SD, one row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from metaan.recovery import quantile_formulas as closed
from metaan.recovery.box_cox import box_cox
from metaan.recovery.quantile_fit import quantile_estimation
from metaan.recovery.quantile_formulas import Moments, Scenario, Summary

LUO = "Luo D, Wan X, Liu J, Tong T (2018). doi:10.1177/0962280216669183"
WAN = "Wan X, Wang W, Liu J, Tong T (2014). doi:10.1186/1471-2288-14-135"
MCGRATH = "McGrath S, Zhao X, Steele R, et al. (2020). doi:10.1177/0962280219889080"

Formula = Callable[[Summary, Scenario], Moments]
ALL = tuple(Scenario)
RANGE, FIVE = (Scenario.RANGE,), (Scenario.FIVE,)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantileMethod:
    """A row of ``QUANTILE_METHODS``.

    Attributes
    ----------
    says : str
        What is done, one clause.
    formula : callable
        Printed quantiles and their scenario to mean and SD.
    source : str
        Citation with DOI.
    scenarios : tuple of Scenario
        For which there is a formula.
    distribution : str
        What the participants are assumed to follow; empty if nothing is assumed.
    logs : bool
        Whether it works on logarithms, so that values must be positive.
    tested : bool
        Whether skewness speaks against it; tested on the logarithms if it works on those.
    """

    says: str
    formula: Formula
    source: str
    scenarios: tuple[Scenario, ...] = ALL
    distribution: str = "normal"
    logs: bool = False
    tested: bool = True


QUANTILE_METHODS: Mapping[str, QuantileMethod] = MappingProxyType(
    {
        "LUO_WAN_SHI": QuantileMethod(
            says="mean (Luo) and SD (Wan; with five numbers Shi) from printed quantiles",
            formula=closed.luo_wan_shi,
            source=f"{LUO}; {WAN}; Shi J, Luo D, Weng H, et al. (2020). doi:10.1002/jrsm.1429",
        ),
        "WAN": QuantileMethod(
            says="mean and SD (Wan) from printed quantiles",
            formula=closed.wan,
            source=WAN,
        ),
        "WAN_EXACT": QuantileMethod(
            says="mean and SD (Wan, exact constants) from printed quantiles",
            formula=closed.wan_exact,
            source=WAN,
        ),
        "HOZO": QuantileMethod(
            says="mean and SD (Hozo) from the median and the range",
            formula=closed.hozo,
            source="Hozo SP, Djulbegovic B, Hozo I (2005). doi:10.1186/1471-2288-5-13",
            scenarios=RANGE,
            distribution="",
        ),
        "WALTER_YAO": QuantileMethod(
            says="mean (Hozo) and SD (Walter and Yao) from the median and the range",
            formula=closed.walter_yao,
            source="Walter SD, Yao X (2007). doi:10.1016/j.jclinepi.2006.11.003",
            scenarios=RANGE,
        ),
        "BLAND": QuantileMethod(
            says="mean and SD (Bland) from five numbers",
            formula=closed.bland,
            source="Bland M (2015). doi:10.6000/1929-6029.2015.04.01.6",
            scenarios=FIVE,
            distribution="",
        ),
        "BLUE": QuantileMethod(
            says="best linear unbiased mean and SD from printed quantiles",
            formula=closed.blue,
            source="Yang X, Hutson AD, Wang D (2022). doi:10.1080/02664763.2021.1967890",
        ),
        "LOGNORMAL": QuantileMethod(
            says="mean and SD of a lognormal distribution from printed quantiles",
            formula=closed.lognormal,
            source="Shi J, Tong T, Wang Y, Genton MG (2020). doi:10.4310/sii.2020.v13.n4.a9",
            distribution="lognormal",
            logs=True,
        ),
        "QE": QuantileMethod(
            says="mean and SD of the distribution whose quantiles are nearest to the printed ones",
            formula=quantile_estimation,
            source=MCGRATH,
            distribution="the nearest of normal, lognormal, gamma, Weibull and beta",
            tested=False,
        ),
        "BC": QuantileMethod(
            says="mean and SD after the power that makes the printed quantiles symmetric",
            formula=box_cox,
            source=MCGRATH,
            distribution="normal after a power",
            logs=True,
            tested=False,
        ),
    }
)
DEFAULT_METHOD = next(iter(QUANTILE_METHODS))
