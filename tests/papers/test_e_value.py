"""E-values as published pages print them.

VanderWeele and Ding 2017 (doi:10.7326/M16-2607), the worked examples of the text; the README of
the R package EValue (rdrr.io/cran/EValue/f/README.md, version 4.1); the reference pages
louisahsmith.github.io/evalue/reference/effect_measures.html (odds ratio of a common outcome) and
rootcoder007.github.io/rmorie/reference/morie_e_value.html.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import metaan as ma
from metaan.core.errors import ChoiceError, InputError
from metaan.core.scale import IDENTITY, LOG, Scale
from metaan.diagnostics.fragility.e_value import E_KINDS, e_value
from tests.tolerance import close, printed

RATIO = "risk ratio"


def estimate(value: float, low: float, high: float, scale: Scale = LOG) -> ma.Estimate:
    """Return an estimate that was printed with its limits."""
    y, a, b = (float(scale.transform(x)) for x in (value, low, high))
    return ma.Estimate(
        value=y, se=(b - a) / 3.92, low=a, high=b, statistic=1.0, df=math.inf, p_value=0.5,
        log_p_value=math.log(0.5), level=0.95, scale=scale,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("figures", "value", "limit"),
    [
        ((3.9, 1.8, 8.7), "7.26", "3.0"),  # infant formula and respiratory death
        ((0.80, 0.71, 0.91), "1.81", "1.43"),  # breastfeeding and leukemia
        ((10.73, 8.02, 14.36), "20.94777", "15.52336"),  # smoking and lung cancer
        ((3.9, 2.4, 9.0), "7.263034", "4.23303"),
    ],
)
def test_risk_ratios(figures: tuple[float, float, float], value: str, limit: str) -> None:
    """Estimate and limit nearest to 1, to the digits that are printed."""
    found = e_value(estimate(*figures), kind=RATIO)
    assert close(found.value, float(value), printed(value))
    assert close(found.limit, float(limit), printed(limit))
    inverse = e_value(estimate(*(1 / x for x in (figures[0], figures[2], figures[1]))), kind=RATIO)
    assert math.isclose(inverse.value, found.value)


def test_a_common_outcome_s_odds_ratio() -> None:
    """Its root is the risk ratio: 3 is 1.732051, E-value 2.85 (the page prints 2.85...)."""
    found = e_value(estimate(3.0, 2.0, 4.5), kind="odds ratio", rare=False)
    assert close(found.risk_ratio, 1.732051, printed("1.732051"))
    assert math.floor(100 * found.value) == 285
    rare = e_value(estimate(3.9, 1.8, 8.7), kind="odds ratio", rare=True)
    assert close(rare.value, 7.26, printed("7.26"))


def test_the_formula_is_the_confounding_bound() -> None:
    """At E, the bound RR1 RR2 / (RR1 + RR2 - 1) of Ding and VanderWeele equals the ratio."""
    for ratio in (1.01, 1.5, 4.0, 40.0):
        e = e_value(estimate(ratio, ratio / 1.001, ratio * 1.1), kind=RATIO).value
        assert math.isclose(e * e / (2 * e - 1), ratio, rel_tol=1e-12)
    other = e_value(estimate(2.5, 2.0, 3.0), kind=RATIO, against=1.5)
    assert math.isclose(other.value, 5 / 3 + math.sqrt(5 / 3 * 2 / 3), rel_tol=1e-12)


def test_an_interval_that_includes_the_value_needs_nothing() -> None:
    """The limit's E-value is 1, and the sentence says so."""
    found = e_value(estimate(1.3, 0.9, 1.9), kind=RATIO)
    assert found.limit == 1.0
    assert "includes 1 without any confounding" in found.sentence()
    nothing = e_value(estimate(1.0, 0.9, 1.1), kind=RATIO)
    assert nothing.value == 1.0
    assert "no effect for unmeasured confounding to explain away" in nothing.sentence()
    assert "nothing to explain away" in str(nothing)
    assert "nothing to explain away" not in str(found)


def test_a_pool_knows_its_kind() -> None:
    """From the label of its effects; records answer as others do."""
    effects = ma.Effects.from_arrays(np.log([2.5, 3.3]), se=[0.2, 0.3], scale="log",
                                     label="Risk ratio")  # fmt: skip
    found = e_value(ma.pool(effects, model="common"))
    assert found.kind == RATIO
    assert found.to_frame()["e_value"].tolist() == [found.value, found.limit]
    assert found.references[0].startswith("VanderWeele TJ, Ding P")
    assert "E-value of the risk ratio against 1" in str(found)
    assert "E-value" in found._repr_html_()
    odds = ma.Effects.from_arrays([0.9, 1.2], se=[0.2, 0.3], scale="log", label="Peto odds ratio")
    assert e_value(ma.pool(odds, model="common"), rare=True).kind == "odds ratio"
    counts = ma.counts({"study": ["A"], "events1": [9], "n1": [90], "events2": [3], "n2": [80]})
    assert e_value(ma.peto(counts), rare=True).kind == "odds ratio"


def test_faults_are_named() -> None:
    """What has no E-value here says what to give instead."""
    means = ma.pool(ma.Effects.from_arrays([1.0, 2.0], se=[1.0, 1.0]), model="common")
    with pytest.raises(InputError, match="give kind=, one of risk ratio"):
        e_value(means)
    with pytest.raises(InputError, match="pooled as its logarithm"):
        e_value(estimate(1.0, 0.5, 1.5, IDENTITY), kind=RATIO)
    with pytest.raises(InputError, match="E-value of an odds ratio depends on how frequent"):
        e_value(estimate(2.0, 1.5, 3.0), kind="odds ratio")
    with pytest.raises(InputError, match="common outcome is not offered"):
        e_value(estimate(2.0, 1.5, 3.0), kind="hazard ratio", rare=False)
    with pytest.raises(ChoiceError, match="a kind of effect with an E-value"):
        e_value(estimate(2.0, 1.5, 3.0), kind="risk difference")
    with pytest.raises(InputError, match="e_value needs a pool"):
        e_value(3.9)  # type: ignore[arg-type]
    assert set(E_KINDS) >= {RATIO, "rate ratio"}
