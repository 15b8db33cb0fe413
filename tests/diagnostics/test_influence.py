"""influence: closed forms equal refits, naive refits one by one, clusters, laws, edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaan.core.effects import Effects
from metaan.diagnostics.influence import deleting
from metaan.diagnostics.influence import influence as module
from metaan.diagnostics.influence.influence import influence
from metaan.diagnostics.influence.measured import ARRAYS
from metaan.diagnostics.influence.searching import thinned_tau2
from metaan.diagnostics.leaving_out import leave_one_out
from metaan.tau2.studies import make_studies
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.inference import FLOOR, HC, HKSJ, INFERENCES, KR, WALD, T
from metaan.univariate.regression import regress
from metaan.univariate.residuals import residuals
from tests.diagnostics.comparing import drawn, quiet
from tests.diagnostics.influence_cases import ALGEBRA, FIXED, fitted, twelve
from tests.tolerance import EXACT, SOLVED, Tolerance, close


def same(one, other, tolerance=ALGEBRA):
    """Assert that all measures agree."""
    for name in ARRAYS:
        assert close(getattr(one, name), getattr(other, name), tolerance, typical=0.1), name


@pytest.mark.parametrize("formula", ["", "~ x", "~ 0 + x", "~ x + C(c)"])
@pytest.mark.parametrize("options", FIXED)
@pytest.mark.parametrize("inference", [WALD, HKSJ, FLOOR])
@pytest.mark.parametrize("by", [None, "c"])
def test_closed_forms_are_refits(monkeypatch, formula, options, inference, by):
    """At a tau² that stays nothing is refitted, and the numbers are those of refits."""
    fit = fitted(formula, **options, inference=inference)
    found = influence(fit, by=by)
    monkeypatch.setattr(module, "delete_each", deleting.refit_each)
    same(found, influence(fit, by=by))


def test_closed_forms_refit_nothing(monkeypatch):
    """A refit would be an error here; it is needed for a study that dominates."""
    effects = drawn(9)

    def refused(*_):
        raise AssertionError("refitted")

    monkeypatch.setattr(deleting, "refit_each", refused)
    assert np.isfinite(influence(quiet(effects, model="common")).dffits).all()
    v = np.array([1e-9, *effects.v[1:]])
    with pytest.raises(AssertionError, match="refitted"):
        influence(quiet(Effects.from_arrays(effects.y, v), model="common"))


@pytest.mark.parametrize("shape", ["dominating", "outlying", "far", "tiny"])
def test_digits_are_kept(shape):
    """Studies of nearly all weight or nearly all spread, far means, tiny units: one by one."""
    effects = drawn(8)
    y, v = np.array(effects.y), np.array(effects.v)
    if shape == "dominating":
        v[3] = 1e-10
    elif shape == "outlying":
        y[3] = 1e6
    elif shape == "far":
        y += 1e6
    else:
        y, v = y * 2.0**-300, v * 2.0**-600
    tolerance = Tolerance(relative=1e-9, absolute=1e-9, reason="1e6 beside 1 takes six digits")
    for options in ({"model": "common"}, {"tau2": "REML"}):
        fit = quiet(Effects.from_arrays(y, v), inference=HKSJ, **options)
        same_as_naive(influence(fit), fit, tolerance, float(np.median(np.sqrt(v))))


def same_as_naive(found, fit, tolerance, unit=1.0):
    """Assert measures of a pool that are worked out from a pool without each study."""
    y, v = np.array(fit.effects.y), np.array(fit.effects.v)
    b, se = fit.estimate.value, fit.estimate.se
    for i in range(fit.k):
        rest = np.arange(fit.k) != i
        options = {"inference": fit.inference, "model": fit.model}
        options |= {"tau2": fit.tau2_method} if fit.tau2_method else {}
        one = quiet(Effects.from_arrays(y[rest], v[rest]), **options)
        own, wald = one.estimate, 1 / np.sqrt(np.sum(1 / (v[rest] + one.tau2)))
        factor = (own.se / wald) ** 2
        size = 1 / np.sum(1 / (v + one.tau2)) * factor
        leverage = (1 / (v[i] + fit.tau2)) / np.sum(1 / (v + fit.tau2))
        move = b - own.value
        expected = {
            "studentized": (y[i] - own.value) / np.sqrt(v[i] + one.tau2 + own.se**2),
            "dffits": move / np.sqrt(leverage * (v[i] + one.tau2) * factor),
            "cook": (move / se) ** 2,
            "covariance_ratio": (own.se / se) ** 2,
            "tau2": one.tau2,
            "q": one.heterogeneity.q,
            "hat": leverage,
            "weight": 100 * leverage,
            "q_contribution": (y[i] - b) ** 2 / (v[i] + fit.tau2),
            "overall": (move / own.se) ** 2,
        }
        for name, value in expected.items():
            typical = unit**2 if name == "tau2" else 1.0
            assert close(getattr(found, name)[i], value, tolerance, typical=typical), name
        assert close(found.dfbetas[i, 0], move / np.sqrt(size), tolerance, typical=1.0)
        assert close(found.low[i, 0], own.low, tolerance, typical=unit)
        assert close(found.high[i, 0], own.high, tolerance, typical=unit)


@pytest.mark.parametrize("inference", [WALD, T, HKSJ, FLOOR])
@pytest.mark.parametrize("tau2", ["REML", "DL", "PM"])
def test_naive_refits(inference, tau2):
    """Every measure from separate pools of the other studies."""
    fit = quiet(drawn(7), tau2=tau2, inference=inference)
    same_as_naive(influence(fit), fit, SOLVED)


@pytest.mark.parametrize("inference", INFERENCES)
def test_every_inference(inference):
    """Deleted residuals are those of ``residuals``, estimates those of ``leave_one_out``."""
    tau2 = "DL" if inference == HC else "REML"
    fit = quiet(drawn(8), tau2=tau2, inference=inference)
    found, refits = influence(fit), leave_one_out(fit)
    assert close(found.studentized, residuals(fit, deleted=True).studentized, SOLVED, typical=1)
    for ours, theirs in (("coefficients", "value"), ("low", "low"), ("high", "high")):
        assert close(getattr(found, ours)[:, 0], getattr(refits, theirs), SOLVED, typical=0.1)
    assert close(found.tau2, refits.tau2, SOLVED, typical=0.1)
    assert close(found.q, refits.q, SOLVED)


@pytest.mark.parametrize("inference", [WALD, HKSJ, KR])
def test_regressions(inference):
    """The same beside a moderator, from separate regressions."""
    effects = twelve()
    fit = regress(effects, "~ x", inference=inference)
    found = influence(fit)
    assert close(found.studentized, residuals(fit, deleted=True).studentized, SOLVED, typical=1)
    for i in (0, 5, 11):
        rest = effects.take([j for j in range(12) if j != i])
        one = regress(rest, "~ x", inference=inference)
        move = fit.beta - one.beta
        assert close(found.coefficients[i], one.beta, SOLVED, typical=0.1)
        assert close(found.cook[i], move @ np.linalg.solve(fit.covariance, move), SOLVED)
        ratio = np.linalg.det(one.covariance) / np.linalg.det(fit.covariance)
        assert close(found.covariance_ratio[i], ratio, SOLVED)
        x = np.array(fit.x[i])
        overall = (x @ move) ** 2 / (x @ one.covariance @ x)
        assert close(found.overall[i], overall, SOLVED, typical=0.01)


@pytest.mark.parametrize("formula", ["", "~ x"])
@pytest.mark.parametrize("tau2", ["REML", 0.1])
def test_dense_clusters(formula, tau2):
    """Cluster measures with matrices written out, pseudo-inverse included."""
    fit = fitted(formula, tau2=tau2, inference=WALD)
    found, effects = influence(fit, by="c"), fit.effects
    x = fit.x if formula else np.ones((12, 1))
    b = fit.beta if formula else np.array([fit.estimate.value])
    for i, label in enumerate(found.label):
        own = np.array([each == label for each in effects.columns["c"]])
        rest = effects.take(~own)
        t2 = found.tau2[i]
        one = regress(rest, formula or "~ 1", tau2=tau2, inference=WALD)
        assert close(t2, one.tau2, SOLVED, typical=0.1)
        e = effects.y[own] - x[own] @ one.beta
        joint = np.diag(effects.v[own] + t2) + x[own] @ one.covariance @ x[own].T
        assert close(found.studentized[i] ** 2, e @ np.linalg.solve(joint, e), SOLVED)
        w = 1 / (effects.v + t2)
        cover = np.linalg.inv((x.T * w) @ x)
        f = x[own] @ (b - one.beta)
        for name, within in (("dffits", cover), ("overall", one.covariance)):
            length = f @ np.linalg.pinv(x[own] @ within @ x[own].T, rcond=1e-10) @ f
            value = found.dffits[i] ** 2 if name == "dffits" else found.overall[i]
            if name == "overall" or own.sum() > 1:
                assert close(value, length, SOLVED, typical=0.01)
    assert found.size.tolist() == [3, 3, 1, 3, 1, 1]
    assert found.cutoffs["hat"] == 3 * len(b) / 6


@pytest.mark.parametrize("formula", ["", "~ x"])
@pytest.mark.parametrize("options", [{"tau2": "REML"}, {"model": "common"}])
def test_clusters_of_one_are_studies(formula, options):
    """A column of different labels says the same as none, and "study" names the labels."""
    effects = twelve(own=[f"s{i}" for i in range(12)])
    fit = regress(effects, formula, **options) if formula else quiet(effects, **options)
    one, other = influence(fit), influence(fit, by="own")
    same(one, other, EXACT)
    assert (one.by, other.by, other.label[2]) == ("", "own", "s2")
    assert influence(fit, by="study").label == tuple(effects.study)


def test_a_single_study_is_itself_beside_clusters():
    """Its measures do not depend on whether others are deleted together."""
    fit = fitted("", inference=WALD)
    alone, together = influence(fit), influence(fit, by="c")
    for name in ("studentized", "dffits", "cook", "tau2", "overall", "q_contribution"):
        assert close(getattr(together, name)[2], getattr(alone, name)[5], SOLVED), name


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.sampled_from(["REML", "ML", "DL", 0.1]))
def test_laws(seed, tau2):
    """Order, sign and unit of the effects: measures follow, or stay as they are."""
    rng = np.random.default_rng(seed)
    k = int(rng.integers(3, 12))
    v = np.exp(rng.normal(-2, 1, k))
    y = rng.normal(0.2, np.sqrt(v + 0.1))
    unit = 0.1 if isinstance(tau2, str) else 0.0

    def of(y, v, size=1.0):
        given = tau2 if isinstance(tau2, str) else tau2 * size
        return influence(quiet(Effects.from_arrays(y, v), tau2=given))

    found, order = of(y, v), rng.permutation(k)
    loose = Tolerance(relative=1e-8, absolute=1e-8, reason="tau² is searched, effects rounded")
    turned, mirrored, scaled = of(y[order], v[order]), of(-y, v), of(8 * y, 64 * v, 64.0)
    for name in ("studentized", "dffits", "cook", "covariance_ratio", "hat", "overall"):
        values = getattr(found, name)
        sign = -1 if name in ("studentized", "dffits") else 1
        assert close(getattr(turned, name), values[order], loose)
        assert close(getattr(mirrored, name), sign * values, loose)
        assert close(getattr(scaled, name), values, loose)
    assert close(scaled.tau2, 64 * found.tau2, loose, typical=unit)
    assert found.hat.sum() == pytest.approx(1.0)


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from(["REML", "ML"]))
def test_the_shared_grid_finds_the_same_maxima(seed, key):
    """tau² without each study is that of its own search, likelihoods with two maxima too."""
    rng = np.random.default_rng(seed)
    k = int(rng.integers(5, 20))
    v = np.exp(rng.normal(0, rng.uniform(0.1, 3), k))
    y = rng.normal(0, np.sqrt(v + np.exp(rng.normal(0, 3))))
    y[0] += rng.integers(2) * 10 ** rng.uniform(0, 6)
    row = ESTIMATORS[key]
    others = np.array([[j for j in range(k) if j != i] for i in range(k)])
    alone = row.function(make_studies(y[others], v[others])).tau2
    whole = row.function(make_studies(y[None], v[None])).tau2
    found = thinned_tau2(row, y, v, np.arange(k + 1)).tau2
    assert close(found, [*alone, *whole], SOLVED, typical=float(np.median(v)))


def test_blocks_change_nothing(monkeypatch):
    """Large problems go in blocks of a few rows."""
    for formula in ("", "~ x"):
        fit = fitted(formula)
        whole = influence(fit)
        with monkeypatch.context() as patched:
            patched.setattr(deleting, "CELLS", 40)
            same(influence(fit), whole, SOLVED)
