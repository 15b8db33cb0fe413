"""excess_significance and power_of_studies against pins of metafor, quadrature and enumeration."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import binom, chi2, norm

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.diagnostics.asymmetry.excess import excess_significance
from metaan.diagnostics.asymmetry.excess_tests import (
    ALTERNATIVES,
    EXCESS_TESTS,
    by_binomial,
    by_chi2,
    by_counting,
)
from metaan.diagnostics.asymmetry.power import power_of_studies
from metaan.diagnostics.asymmetry.power_curve import power, se_of_power
from metaan.diagnostics.asymmetry.power_record import MEDIANS
from tests.diagnostics.comparing import drawn, quiet
from tests.reference.pinned import effects as pinned_effects
from tests.reference.pinned import fits, numbers, pins
from tests.tolerance import EXACT, Tolerance, close

PINS = pins("excess_significance")["tes"]
TESTS = {"EE": "EXACT", "REML": "EXACT", "chi2": "CHI2", "binom": "BINOMIAL"}
CASES = [(name, key) for name, record in PINS.items() for key in record]
INTEGRATED = Tolerance(
    relative=1e-5,
    reason="R integrates the power over the true effects to its default tolerance, where the "
    "closed form is exact; the quadrature below agrees with ours to 1e-12",
)
UNIROOT = Tolerance(relative=5e-4, absolute=5e-4, reason="R's uniroot at its default tolerance")


@pytest.mark.parametrize(("name", "key"), CASES)
def test_metafor(name, key):
    """Numbers, power, p-value and limit of metafor 5.1 at its own effect and tau²."""
    expected = PINS[name][key]
    fit = quiet(pinned_effects(fits()[name]), model="common")
    tau2 = expected["tau2"]
    theta = float(fit.effects.scale.inverse(expected["theta"]))
    found = excess_significance(fit, effect=theta, tau2=tau2, test=TESTS[key])
    tolerance = INTEGRATED if tau2 else EXACT
    assert found.observed == expected["O"]
    assert found.significant.tolist() == expected["sig"]
    assert close(found.power, expected["power"], tolerance)
    assert close([found.expected, found.p_value], [expected["E"], expected["pval"]], tolerance)
    if expected["X2"] is not None:
        assert close(found.statistic, expected["X2"], INTEGRATED, typical=1.0)
    assert close([found.limit], numbers([expected["theta.lim"]]), UNIROOT)


@pytest.mark.parametrize("test", EXCESS_TESTS)
@pytest.mark.parametrize("alternative", ALTERNATIVES[:2])
def test_the_limit_has_the_p_value_asked_for(test, alternative):
    """Put in as the effect, it gives that p-value, to the last digits."""
    fit = quiet(drawn(14, 2), model="common")
    wanted = 0.2 if alternative == "greater" else 0.3
    found = excess_significance(fit, test=test, alternative=alternative, limit_p=wanted)
    assert math.isfinite(found.limit)
    at = excess_significance(fit, effect=found.limit, test=test, alternative=alternative)
    assert at.p_value == pytest.approx(wanted, rel=1e-9)


def test_power_by_quadrature():
    """The closed form is the mean of the power over the true effects."""
    for distance, se, tau in ((0.3, 0.2, 0.4), (0.0, 1.0, 0.1), (2.0, 0.5, 3.0)):
        z = norm.isf(0.05)

        def at(theta, se=se, z=z):
            return norm.sf(z - theta / se) + norm.cdf(-z - theta / se)

        ends = (distance - 12 * tau, distance + 12 * tau)
        mean, _ = quad(
            lambda x, d=distance, tau=tau, at=at: at(x) * norm.pdf(x, d, tau), *ends,
            epsabs=1e-13, points=[distance, 0.0], limit=200,
        )  # fmt: skip
        assert power(distance, se, 0.9, tau**2) == pytest.approx(mean, rel=1e-10)


@pytest.mark.parametrize("observed", [0, 1, 3, 5])
def test_exact_test_by_enumeration(observed):
    """All 32 outcomes of five studies."""
    p = np.array([0.1, 0.35, 0.5, 0.8, 0.99])
    mass = np.zeros(6)
    for outcome in product((0, 1), repeat=5):
        mass[sum(outcome)] += np.prod(
            [q if one else 1 - q for q, one in zip(p, outcome, strict=True)]
        )
    assert by_counting(p, observed, "greater")[1] == pytest.approx(
        mass[observed:].sum(), rel=1e-12
    )
    assert by_counting(p, observed, "less")[1] == pytest.approx(mass[: observed + 1].sum())
    rare = mass[mass <= mass[observed] * (1 + 1e-12)].sum()
    assert by_counting(p, observed, "two-sided")[1] == pytest.approx(rare)
    both = [by_binomial(p, observed, each)[1] for each in ALTERNATIVES[:2]]
    assert both == pytest.approx(
        [binom.sf(observed - 1, 5, p.mean()), binom.cdf(observed, 5, p.mean())]
    )
    o, e = np.array([observed, 5 - observed]), np.array([p.sum(), 5 - p.sum()])
    statistic = ((o - e) ** 2 / e).sum()
    assert by_chi2(p, observed, "two-sided") == pytest.approx((statistic, chi2.sf(statistic, 1)))
    one = [by_chi2(p, observed, each)[1] for each in ALTERNATIVES[:2]]
    assert sum(one) == pytest.approx(1.0)


def test_certain_power():
    """Studies that cannot miss: as many as expected, or one too few."""
    sure = np.ones(4)
    assert by_chi2(sure, 4, "greater") == (0.0, 0.5)
    assert by_chi2(sure, 3, "less") == (math.inf, 0.0)
    assert by_counting(sure, 4, "greater")[1] == 1.0
    assert by_binomial(sure, 3, "less")[1] == 0.0


def test_a_thousand_studies():
    """The exact test has no limit of size, and agrees with its normal approximation."""
    fit = quiet(drawn(1000), model="common")
    found = excess_significance(fit)
    spread = math.sqrt(float(np.sum(found.power * (1 - found.power))))
    assert found.p_value == pytest.approx(
        norm.sf((found.observed - 0.5 - found.expected) / spread), abs=0.01
    )


def test_words_of_excess():
    """Observed, expected, the effect, and that it is no test of publication bias."""
    fit = quiet(pinned_effects(fits()["dat.bcg/uni_logRR"]), model="common")
    found = excess_significance(fit)
    assert (
        "Of 13 studies 8 were significant (p < 0.05), where 6.1 were expected" in found.sentence()
    )
    assert any("no test of publication bias" in remark for remark in found.remarks)
    assert any("one true effect" in remark for remark in found.remarks)
    assert "limit (p = 0.1): −0.41" in found.summary()
    assert found.to_frame()["significant"].sum() == 8
    assert found.ratio == pytest.approx(8 / found.expected)
    assert len(found.references) == 2
    assert "Excess significance" in found._repr_html_()
    assert "for more significant results than expected: p = " in found.sentence()
    assert "\n  more significant results than expected: p = " in found.summary()
    less = excess_significance(fit, alternative="less")
    assert "for fewer significant results than expected: p = " in less.sentence()
    assert math.isnan(excess_significance(fit, alternative="two-sided").limit)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"test": "chi"}, ChoiceError, "choose one of EXACT, BINOMIAL, CHI2"),
        ({"alternative": "more"}, ChoiceError, "choose one of greater, less, two-sided"),
        ({"effect": math.nan}, InputError, "effect=nan cannot be an effect on the"),
        ({"tau2": -1}, InputError, "tau2=-1 must be a finite variance"),
        ({"limit_p": 0}, InputError, "limit_p=0 must lie between 0 and 1"),
        ({"level": "x"}, InputError, "level='x' must lie between 0 and 1"),
        ({"level": "0.9"}, InputError, "level='0.9' must lie between 0 and 1; e.g. level=0.95"),
        ({"test": "chi", "alternative": "more"}, ChoiceError, "test='chi' .*alternative='more'"),
        (
            {"effect": math.nan, "tau2": -1, "level": 7, "limit_p": True},
            InputError,
            "effect=nan cannot .*tau2=-1 must .*level=7 must .*limit_p=True must .*limit_p=0.1",
        ),
    ],
)
def test_faults_are_named(options, error, match):
    """Argument, rule, value, remedy."""
    with pytest.raises(error, match=match):
        excess_significance(quiet(drawn(5)), **options)


def test_power_of_studies():
    """Power, median, R-index and effects that would be needed, each computed another way."""
    studies = Effects.from_arrays([0.5, 0.1, -0.4, 0.9], [0.04, 0.09, 0.01, 0.16])
    fit = quiet(studies)
    found = power_of_studies(fit, -0.35)
    z = norm.isf(0.025)
    expected = [norm.sf(z - 0.35 / s) + norm.cdf(-z - 0.35 / s) for s in studies.se]
    assert close(found.power, expected, EXACT)
    median = float(np.median(expected))
    assert found.significant.tolist() == [True, False, True, True]
    assert found.r_index == pytest.approx(max(median - (0.75 - median), 0))
    for wanted, effect in zip(MEDIANS, found.needed, strict=True):
        assert effect < 0
        assert power_of_studies(fit, effect).median == pytest.approx(wanted, rel=1e-10)
    assert found.excess_p_value == excess_significance(fit, effect=-0.35, tau2=0.0).p_value
    varying = power_of_studies(fit, tau2=True)
    assert close(varying.power, excess_significance(fit).power, EXACT)


def test_the_effect_is_read_as_a_ratio():
    """0.8 for log 0.8, in both functions; what no ratio can be is refused."""
    y, v = [-0.5, 0.1, -0.4, -0.9], [0.04, 0.09, 0.01, 0.16]
    ratios, plain = quiet(Effects.from_arrays(y, v, scale="log")), quiet(Effects.from_arrays(y, v))
    for verb in (power_of_studies, excess_significance):
        found = verb(ratios, effect=0.8)
        assert found.effect == pytest.approx(math.log(0.8), rel=1e-12)
        assert close(found.power, verb(plain, effect=math.log(0.8)).power, EXACT)
        assert "0.80" in found.sentence()
        for effect in (0, -0.5, math.inf):
            with pytest.raises(
                InputError, match=f"effect={effect} cannot be an effect on the log"
            ):
                verb(ratios, effect=effect)


def test_standard_error_of_a_power():
    """The inverse of the power, also next to its ends."""
    for wanted in (0.0501, 0.2, 0.8, 0.999999):
        se = se_of_power(wanted, 0.7, 0.95)
        assert power(0.7, se, 0.95) == pytest.approx(wanted, rel=1e-12)


def test_words_of_power():
    """Median power, at which effect, how many have enough, and what to beware of."""
    fit = quiet(pinned_effects(fits()["dat.bcg/uni_logRR"]))
    found = power_of_studies(fit)
    assert "median power of 76.2% to find the pooled effect of −0.71" in found.sentence()
    assert "6 of them had 80% or more" in found.sentence()
    assert any("suppressed studies" in remark for remark in found.remarks)
    assert not any("suppressed" in remark for remark in power_of_studies(fit, 0.2).remarks)
    assert "median power 76.2%, R-index 90.9%\n" in found.summary()
    far = power_of_studies(fit, 5.0)
    assert far.r_index > 1
    assert "(above 100%: fewer significant results than the power expects)" in far.summary()
    assert found.to_frame().shape == (13, 5)
    assert "Power of 13 studies" in found._repr_html_()
    with pytest.raises(InputError, match=r"effect=True must .*level=7 must .*tau2=0.1 must be"):
        power_of_studies(fit, True, level=7, tau2=0.1)
    with pytest.raises(InputError, match="power_of_studies needs a pool"):
        power_of_studies(drawn(4))
