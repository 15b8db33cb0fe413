"""residuals: metafor's figures, dense matrices, deletion one by one, edges."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.inference import HKSJ, INFERENCES, WALD
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from metaan.univariate.residuals import residuals
from tests.reference.given_tau2 import CASES, CLOSED, ours
from tests.reference.pinned import fits, pins
from tests.tolerance import EXACT, SOLVED, Tolerance, close

PER_STUDY = pins("residuals")["per_study"]
METAREG = pins("residuals")["metareg"]
SPREAD = Tolerance(
    relative=1e-10,
    absolute=5e-9,
    reason="R inverts X'WX of raw years and their products, and its residuals are off by up to "
    "6e-10 there, standardized 3e-9; ours by 1e-14, see the test with fractions",
)
DELETED = Tolerance(
    relative=1e-8,
    reason="every one comes from a search for tau² on both sides, R's with a tight threshold",
)


def moderated(key, **options):
    """Return our fit of a pinned meta-regression."""
    name, formula = key.split("/")
    record = pins("regression")["datasets"][name]
    effects = Effects.from_arrays(record["yi"], record["vi"], columns=record["columns"])
    return regress(effects, formula.replace("factor(", "C("), inference=WALD, **options)


def compare(found, expected, standardized):
    """Compare closed forms at R's tau² with R's."""
    assert close(found.hat, expected["hat"], SPREAD)
    assert close(found.raw, standardized["resid"], SPREAD)
    assert close(found.se, standardized["se"], SPREAD)
    assert close(found.standardized, standardized["z"], SPREAD)


@pytest.mark.parametrize("key", PER_STUDY)
def test_means(key):
    """Raw, Pearson, standardized and hat of four data sets, random and common effect."""
    expected, record = PER_STUDY[key], fits()[key]
    effects = Effects.from_arrays(record["yi"], record["vi"])
    found = residuals(pool(effects, tau2=expected["tau2"]))
    compare(found, expected, expected["rstandard"])
    assert close(found.pearson, expected["pearson"], CLOSED)
    common = residuals(pool(effects, model="common"), deleted=True)
    assert close(common.standardized, expected["rstandard_EE"]["z"], CLOSED)
    assert close(common.deleted, expected["rstudent_EE"]["resid"], CLOSED)
    assert close(common.studentized, expected["rstudent_EE"]["z"], CLOSED)


@pytest.mark.parametrize("key", PER_STUDY)
def test_studentized_means(key):
    """Deletion with tau² found anew each time."""
    expected, record = PER_STUDY[key], fits()[key]
    fit = pool(Effects.from_arrays(record["yi"], record["vi"]), inference=WALD)
    found = residuals(fit, deleted=True)
    size = float(np.median(found.deleted_se))
    assert close(found.deleted, expected["rstudent"]["resid"], DELETED, typical=size)
    assert close(found.deleted_se, expected["rstudent"]["se"], DELETED)
    assert close(found.studentized, expected["rstudent"]["z"], DELETED, typical=1.0)


@pytest.mark.parametrize("key", METAREG)
def test_meta_regressions(key):
    """The same for every pinned design; R's tau² for what is closed, ours for the deletions."""
    expected = METAREG[key]
    compare(residuals(moderated(key, tau2=expected["tau2"])), expected, expected["rstandard"])
    found = residuals(moderated(key), deleted=True)
    size = float(np.nanmedian(found.deleted_se))
    theirs = {
        name: np.array([np.nan if each is None else each for each in values], dtype=float)
        for name, values in expected["rstudent"].items()
    }
    assert close(found.deleted, theirs["resid"], DELETED, typical=size)
    assert close(found.deleted_se, theirs["se"], DELETED)


def test_nearly_collinear_columns_by_fractions():
    """Raw years and their products, where R is off by 6e-10: rational numbers without rounding."""
    key = "bcg/~ ablat * year"
    fit = moderated(key, tau2=METAREG[key]["tau2"])
    x = [[Fraction(float(cell)) for cell in row] for row in fit.x]
    y = [Fraction(float(each)) for each in fit.effects.y]
    w = [1 / (Fraction(float(v)) + Fraction(fit.tau2)) for v in fit.effects.v]
    p = fit.p
    rows = [
        [sum(u * one[a] * one[b] for u, one in zip(w, x, strict=True)) for b in range(p)]
        + [sum(u * one[a] * each for u, one, each in zip(w, x, y, strict=True))]
        for a in range(p)
    ]
    beta = eliminated(rows)
    exact = [
        float(each - sum(cell * b for cell, b in zip(one, beta, strict=True)))
        for one, each in zip(x, y, strict=True)
    ]
    assert close(residuals(fit).raw, exact, SOLVED)
    theirs = np.array(METAREG[key]["rstandard"]["resid"])
    assert np.abs(theirs - exact).max() > 1e-10


def eliminated(rows):
    """Return the solution of linear equations by Gauss and Jordan."""
    p = len(rows)
    for i in range(p):
        rows[i] = [cell / rows[i][i] for cell in rows[i]]
        for j in range(p):
            if j != i:
                rows[j] = [a - rows[j][i] * b for a, b in zip(rows[j], rows[i], strict=True)]
    return [row[p] for row in rows]


@pytest.mark.parametrize("case", CASES)
def test_given_tau2(case):
    """Weights of one's own too: metafor 3.8 at a given tau²."""
    given = pins("robust")["given_tau2"]
    expected = given["fits"][case]
    fit = ours(given["table"], case, tau2=given["tau2"], inference=WALD)
    found = residuals(fit, deleted=True)
    for name in ("raw", "se", "pearson", "hat", "deleted", "deleted_se"):
        assert close(getattr(found, name), expected[name], CLOSED), name


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("formula", ["~ 1", "~ x", "~ 0 + x + w"])
def test_dense_matrices(formula, weights):
    """Hat matrix and covariance of the residuals written out."""
    fit = regress(made_up(), formula, weights=weights, tau2="DL")
    x, phi = np.array(fit.x), fit.effects.v + fit.tau2
    w = np.diag(1 / phi if weights is None else np.array(fit.given_weights))
    h = x @ np.linalg.inv(x.T @ w @ x) @ x.T @ w
    left = np.eye(len(phi)) - h
    covariance = left @ np.diag(phi) @ left.T
    found = residuals(fit)
    assert close(found.hat, np.diag(h), CLOSED)
    assert close(found.se, np.sqrt(np.diag(covariance)), CLOSED)
    assert close(found.raw, left @ fit.effects.y, CLOSED)
    assert close(found.fitted + found.raw, fit.effects.y, EXACT)
    assert close(found.standardized, found.raw / found.se, EXACT)
    assert np.isnan(found.studentized).all()


def made_up():
    """Return nine studies with a moderator and weights."""
    rng = np.random.default_rng(4)
    columns = {"x": rng.normal(5, 2, 9), "w": rng.uniform(0.2, 2, 9)}
    return Effects.from_arrays(rng.normal(size=9), rng.uniform(0.02, 0.5, 9), columns=columns)


@pytest.mark.filterwarnings("ignore::metaan.core.errors.EmptyIntervalWarning")
@pytest.mark.parametrize("inference", [WALD, HKSJ])
@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("tau2", ["DL", "REML", 0.1])
def test_deletion_one_by_one(tau2, weights, inference):
    """Each study predicted from a fit of the others, made alone."""
    effects, options = made_up(), {"tau2": tau2, "weights": weights, "inference": inference}
    found = residuals(regress(effects, "~ x", **options), deleted=True)
    for i in range(effects.k):
        rest = regress(effects.take(np.arange(effects.k) != i), "~ x", **options)
        there = rest.predict({"x": float(effects.columns["x"][i])})
        deleted = effects.y[i] - float(there.estimate[0])
        se = np.sqrt(effects.v[i] + rest.tau2 + float(there.se[0]) ** 2)
        assert close(found.deleted[i], deleted, SOLVED, typical=1.0)
        assert close(found.studentized[i], deleted / se, SOLVED, typical=1.0)


@pytest.mark.filterwarnings("ignore::metaan.core.errors.EmptyIntervalWarning")
@pytest.mark.parametrize("tau2", ESTIMATORS)
@pytest.mark.parametrize("inference", INFERENCES)
def test_every_fit_has_residuals(inference, tau2):
    """Whatever the estimator and the inference, a pool's residuals add up, deleted ones too."""
    effects, row = made_up(), INFERENCES[inference]
    weights = "w" if ESTIMATORS[tau2].weighted else None
    try:
        fit = pool(effects, tau2=tau2, inference=inference, weights=weights)
    except InputError:
        assert row.needs_moment or row.needs_restricted
        return
    found = residuals(fit, deleted=True)
    share = np.array(fit.weights) / 100
    assert close(np.sum(share * found.raw), 0.0, CLOSED)
    assert close(found.hat, share, CLOSED)
    assert np.isfinite(found.studentized).all()


def test_a_study_that_stands_alone():
    """Alone in its category it is fitted exactly, and cannot be predicted from the others."""
    effects = Effects.from_arrays(
        [0.1, 0.4, 0.2, 0.9], [0.1, 0.2, 0.1, 0.1], columns={"kind": ["a", "a", "a", "b"]}
    )
    found = residuals(regress(effects, "~ kind", tau2="DL"), deleted=True)
    assert close(found.hat[3], 1.0, EXACT)
    assert np.isnan([found.se[3], found.standardized[3], found.studentized[3]]).all()
    assert np.isfinite(found.studentized[:3]).all()


def test_one_and_two_studies():
    """One study fits itself; of two, each is predicted by the other."""
    one = residuals(pool(Effects.from_arrays([0.4], [0.1])), deleted=True)
    assert np.isnan([one.se[0], one.studentized[0]]).all()
    two = residuals(pool(Effects.from_arrays([0.4, 0.9], [0.1, 0.2]), tau2="DL"), deleted=True)
    assert close(two.deleted, [-0.5, 0.5], EXACT)
    assert close(two.deleted_se, np.sqrt([0.3, 0.3]), EXACT)


@pytest.mark.parametrize("unit", [1e-150, 1e150])
def test_extreme_units(unit):
    """Residuals follow the unit, standardized ones do not."""
    one = made_up()
    other = Effects.from_arrays(one.y * unit, se=one.se * unit, columns=dict(one.columns))
    plain, scaled = (residuals(regress(each, "~ x"), deleted=True) for each in (one, other))
    assert close(scaled.raw / unit, plain.raw, SOLVED, typical=1.0)
    for name in ("hat", "pearson", "standardized", "studentized"):
        assert close(getattr(scaled, name), getattr(plain, name), SOLVED, typical=1.0)


def test_blocks_do_not_matter(monkeypatch):
    """Deletions one at a time give the same."""
    fit = pool(made_up())
    whole = residuals(fit, deleted=True)
    monkeypatch.setattr("metaan.univariate.residuals.BLOCK", 1)
    assert close(residuals(fit, deleted=True).studentized, whole.studentized, EXACT)


def test_many_studies():
    """100,000 studies: nothing of the size of their square is made."""
    rng = np.random.default_rng(1)
    found = residuals(pool(Effects.from_arrays(rng.normal(size=100_000), np.ones(100_000))))
    assert close(np.sum(found.hat), 1.0, CLOSED)


def test_not_a_fit():
    """Effects are no fit."""
    with pytest.raises(InputError, match=r"residuals needs a fit, as pool\(effects\)"):
        residuals(made_up())


def test_text_and_table():
    """A row for each study; studentized residuals are shown only where there are any."""
    fit = pool(made_up())
    plain, whole = residuals(fit), residuals(fit, deleted=True)
    assert "studentized" not in plain.summary()
    assert "studentized" in whole.summary()
    assert len(whole.to_frame()) == 9
    assert whole.to_frame()["study"][0] == "Study 1"
    assert "<b>Residuals" in whole._repr_html_()
