"""bootstrap: draws one by one with loops, laws, edges, faults and words."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import islice

import numpy as np
import pytest

from metaan.batch.statistics import MEAN, STATISTICS, T
from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, EmptyIntervalWarning, InputError
from metaan.diagnostics.leaving_out import leave_one_out
from metaan.diagnostics.resampling.bootstrap import bootstrap
from metaan.diagnostics.resampling.draws import BOOTSTRAPS, CASES, PARAMETRIC, RESIDUAL
from metaan.diagnostics.resampling.limits import BCA, BOOTSTRAP_INTERVALS, STUDENTIZED
from metaan.numerics.quadratic_forms import log_tail_of_form
from metaan.univariate.inference import HC, HKSJ, WALD
from metaan.univariate.planning import COMMON
from metaan.univariate.pooled_arrays import PooledArrays
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from metaan.univariate.residuals import residuals
from metaan.univariate.subgrouping import subgroups
from tests.tolerance import EXACT, SOLVED, close, simulated

Y = np.array([0.12, 0.55, -0.2, 0.7, 0.31, 0.9])
V = np.array([0.02, 0.05, 0.03, 0.08, 0.04, 0.1])
DOSE = np.array([1.0, 3.0, 1.0, 4.0, 2.0, 3.5])
W = np.array([1.0, 2.0, 1.0, 3.0, 0.5, 1.0])
N = 100
LOOPED = 30  # draws of a regression that are fitted one by one
TYPICAL = float(V.mean())


def effects(y=Y, v=V, dose=DOSE, **columns):
    """Return six studies with a moderator."""
    return Effects.from_arrays(y, v, columns={"dose": dose, **columns})


def made(fit, kind, seed):
    """Yield effects, variances, moderator and weights of each draw, from the words alone."""
    rng, k = np.random.default_rng(seed), fit.k
    center = fit.fitted if hasattr(fit, "fitted") else np.full(k, fit.estimate.value)
    spread, own = np.sqrt(V + fit.tau2), residuals(fit).standardized
    for _ in range(N):
        rows, y = np.arange(k), Y
        if kind == CASES:
            rows = rng.integers(0, k, k)
        elif kind == RESIDUAL:
            y = center + spread * (own - own.mean())[rng.integers(0, k, k)]
        else:
            y = center + spread * rng.standard_normal(k)
        yield y[rows], V[rows], DOSE[rows], W[rows]


PLANS = [
    {"tau2": "REML", "inference": HKSJ},
    {"tau2": "DL", "inference": WALD, "weights": W},
    {"tau2": "DL", "inference": HC},
    {"tau2": 0.05, "inference": WALD},
    {"model": COMMON},
]


@pytest.mark.filterwarnings("ignore::metaan.core.errors.EmptyIntervalWarning")
@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("kind", BOOTSTRAPS)
def test_draws_of_a_pool_one_by_one(kind, plan):
    """Mean, tau² and standard errors are those of a loop over pools of the same data."""
    fit = pool(effects(), **plan)
    found = {key: bootstrap(fit, key, kind=kind, rng=7, draws=N) for key in (MEAN, "tau2", "q")}
    loop = []
    for y, v, _, w in made(fit, kind, 7):
        own = plan | ({"weights": w} if "weights" in plan else {})
        loop.append(pool(Effects.from_arrays(y, v), **own))
    means = [each.estimate.value for each in loop]
    assert close(found[MEAN].draws, means, SOLVED, typical=1.0)
    assert close(found[MEAN].errors, [each.estimate.se for each in loop], SOLVED)
    tau2 = np.array([each.tau2 for each in loop])
    assert close(found["tau2"].draws, tau2, SOLVED, typical=TYPICAL)
    assert close(found["q"].draws, [each.heterogeneity.q for each in loop], SOLVED, typical=1.0)
    assert close(found[MEAN].se, np.std(means, ddof=1), SOLVED)
    assert close(found[MEAN].bias, np.mean(means) - fit.estimate.value, SOLVED, typical=1.0)
    estimated = isinstance(plan.get("tau2"), str)
    assert close(found[MEAN].at_zero, np.mean(tau2 == 0) if estimated else np.nan, EXACT)


@pytest.mark.filterwarnings("ignore::metaan.core.errors.EmptyIntervalWarning")
@pytest.mark.parametrize("weights", [None, W])
@pytest.mark.parametrize("kind", BOOTSTRAPS)
def test_draws_of_a_regression_one_by_one(kind, weights):
    """Slope, tau² and test of moderators are those of a loop over regressions."""
    plan = {"tau2": "DL", "inference": HKSJ}
    fit = regress(effects(), "~ dose", weights=weights, **plan)
    keys = ("dose", "tau2", "qm")
    found = {key: bootstrap(fit, key, kind=kind, rng=3, draws=N) for key in keys}
    for i, (y, v, dose, w) in enumerate(islice(made(fit, kind, 3), LOOPED)):
        if len(np.unique(dose)) < 2:
            assert np.isnan([each.draws[i] for each in found.values()]).all()
            continue
        again = regress(
            effects(y, v, dose), "~ dose", weights=None if weights is None else w, **plan
        )
        assert close(found["dose"].draws[i], again["dose"].value, SOLVED, typical=1.0)
        assert close(found["tau2"].draws[i], again.tau2, SOLVED, typical=TYPICAL)
        statistic = again.moderators.statistic
        if np.isfinite(statistic) and statistic < 1e6:
            assert close(found["qm"].draws[i], statistic, SOLVED, typical=1.0)


def test_every_number_of_a_pool():
    """Each row of the table is the field of the arrays, and its value that of the fit."""
    fit = pool(effects())
    known = {each.name for each in fields(PooledArrays)}
    rows = [row for row in STATISTICS.values() if row.field in known]
    assert len(rows) > 15
    for row in rows:
        by_name = bootstrap(fit, row.key, kind=RESIDUAL, rng=2, draws=N)
        itself = bootstrap(
            fit, lambda fits, row=row: getattr(fits, row.field), kind=RESIDUAL, rng=2, draws=N
        )
        assert close(by_name.draws, itself.draws, EXACT)
        assert close(by_name.value, itself.value, EXACT)
    assert close(
        bootstrap(fit, "tau2_high", rng=1, draws=N).value, fit.heterogeneity.tau2_high, SOLVED
    )


def test_functions_of_ones_own():
    """The weight of a study and an expected effect, computed from the arrays."""
    fit = pool(effects())
    weight = bootstrap(fit, lambda fits: fits.weights[:, 2], rng=1, draws=N)
    assert close(weight.value, fit.weights[2], EXACT)
    slopes = regress(effects(), "~ dose")
    expected = bootstrap(slopes, lambda fits: fits.value @ np.array([1.0, 2.5]), rng=1, draws=N)
    assert close(expected.value, slopes.predict({"dose": [2.5]}).estimate[0], EXACT)
    assert expected.statistic == "own function"


def test_the_jackknife_is_leaving_one_out():
    """What BCA takes from the fits without each study, with weights and without."""
    for weights in (None, W):
        fit = pool(effects(), weights=weights, tau2="DL")
        assert close(bootstrap(fit, rng=1, draws=N).without, leave_one_out(fit).value, SOLVED)
    fit = regress(effects(), "~ dose", tau2="DL")
    rows = [np.delete(np.arange(6), i) for i in range(6)]
    loop = [regress(effects(Y[r], V[r], DOSE[r]), "~ dose", tau2="DL")["dose"].value for r in rows]
    assert close(bootstrap(fit, "dose", rng=1, draws=N).without, loop, SOLVED)


def test_a_common_effect_is_normal():
    """The parametric bootstrap of a common effect is Wald's interval."""
    fit = pool(effects(), model=COMMON)
    found = bootstrap(fit, rng=1, draws=20_000)
    se = fit.estimate.se
    assert close(found.se, se, simulated(se / np.sqrt(2 * 20_000)))
    density = 0.0584 / se  # of the normal distribution at 1.96
    error = np.sqrt(0.025 * 0.975 / 20_000) / density
    for key in BOOTSTRAP_INTERVALS.keys() - {BCA}:  # whose jackknife is of the studies as they are
        limits = found.limits(key)
        assert close(limits.low, fit.estimate.low, simulated(2 * error))
        assert close(limits.high, fit.estimate.high, simulated(2 * error))


def test_how_often_tau2_is_zero():
    """DerSimonian and Laird's is 0 where Q <= k - 1, whose probability is known."""
    fit = pool(effects(), tau2="DL")
    k, w = fit.k, 1 / V
    log_p = log_tail_of_form(np.array([k - 1.0]), w[None], (V + fit.tau2)[None], None, upper=False)
    expected = float(np.exp(log_p[0]))
    found = bootstrap(fit, "tau2", rng=1, draws=10_000)
    assert close(found.at_zero, expected, simulated(np.sqrt(expected * (1 - expected) / 10_000)))


@pytest.mark.parametrize("kind", BOOTSTRAPS)
def test_units_and_shifts(kind):
    """Effects in other units, or moved, are drawn as these are."""
    fit = pool(effects())
    own = bootstrap(fit, kind=kind, rng=5, draws=N)
    scaled = pool(effects(Y * 8, V * 64))
    assert close(
        bootstrap(scaled, kind=kind, rng=5, draws=N).draws, own.draws * 8, SOLVED, typical=1.0
    )
    moved = pool(effects(Y + 3))
    assert close(bootstrap(moved, kind=kind, rng=5, draws=N).draws, own.draws + 3, SOLVED)
    turned = bootstrap(pool(effects(-Y)), kind=CASES, rng=5, draws=N)
    assert close(
        turned.draws, -bootstrap(fit, kind=CASES, rng=5, draws=N).draws, SOLVED, typical=1.0
    )


@pytest.mark.parametrize("kind", BOOTSTRAPS)
def test_blocks_and_seeds(kind, monkeypatch):
    """The same seed gives the same draws, in blocks of any size; another seed others."""
    fit = regress(effects(), "~ dose")
    whole = bootstrap(fit, "dose", kind=kind, rng=1, draws=N)
    other = bootstrap(fit, "dose", kind=kind, rng=2, draws=N)
    monkeypatch.setattr("metaan.diagnostics.resampling.bootstrap.BLOCK", 7 * fit.x.size)
    parts = bootstrap(fit, "dose", kind=kind, rng=np.random.default_rng(1), draws=N)
    assert close(parts.draws, whole.draws, SOLVED, typical=1.0)
    assert not np.array_equal(other.draws, whole.draws)


def test_draws_that_leave_nothing_to_fit():
    """Draws without one of two groups, or without weight, are left out and told."""
    group = regress(effects(dose=np.array([0.0, 0, 0, 0, 0, 1])), "~ dose", tau2="DL")
    found = bootstrap(group, "dose", kind=CASES, rng=1, draws=2_000)
    lost = (5 / 6) ** 6 + (1 / 6) ** 6
    assert close(found.failed / 2_000, lost, simulated(np.sqrt(lost * (1 - lost) / 2_000)))
    assert f"not defined in {found.failed} of 2,000 draws, which are left out" in found.remarks
    assert np.isnan(found.without[-1])
    with pytest.raises(InputError, match="so that it has no jackknife"):
        found.limits(BCA)
    heavy = pool(effects(), weights=[1, 1, 0, 0, 0, 1], tau2="DL")
    none = 0.5**6
    found = bootstrap(heavy, kind=CASES, rng=1, draws=2_000)
    assert close(found.failed / 2_000, none, simulated(np.sqrt(none / 2_000)))
    one = pool(effects(), weights=[1, 0, 0, 0, 0, 0], tau2="DL")
    assert np.isnan(bootstrap(one, rng=1, draws=N).without).tolist() == [True] + [False] * 5


def test_edges():
    """Two studies, equal effects, a tau² of 0."""
    two = bootstrap(pool(effects(Y[:2], V[:2], DOSE[:2])), rng=1, draws=N)
    assert "2 studies are few for a bootstrap" in two.remarks[0]
    with pytest.warns(EmptyIntervalWarning):
        equal = pool(effects(np.full(6, 0.3)))
    by_cases = bootstrap(equal, kind=CASES, rng=1, draws=N)
    assert close([by_cases.low, by_cases.high, by_cases.limits(BCA).low], [0.3] * 3, EXACT)
    assert close(by_cases.se, 0.0, EXACT)
    tau2 = bootstrap(equal, "tau2", rng=1, draws=N)
    assert "tau² of the data is 0, so that no draw has any heterogeneity" in tau2.remarks
    assert tau2.low == 0.0
    assert tau2.high > 0
    negative = bootstrap(pool(effects()), "tau2", rng=1, draws=N, interval="BASIC")
    assert negative.low < 0
    assert "the lower limit (basic) is below 0, where the number cannot be" in negative.remarks
    wide = bootstrap(pool(effects()), rng=1, draws=N, level=0.999)
    assert (
        "the limits are the extreme draws; a level this high takes 1,999 or more" in wide.remarks
    )
    assert [wide.low, wide.high] == [wide.draws.min(), wide.draws.max()]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"rng": None}, "rng=None must be a numpy Generator"),
        ({"draws": 99}, "draws=99 must be a whole number, 100 or more"),
        (
            {"draws": 99, "rng": -1, "level": 2},
            r"level=2 must .* rng=-1 must .* draws=99 must",
        ),
        (
            {"statistic": "i3", "kind": "X", "interval": "Y", "draws": np.float64(200)},
            "statistic='i3' .*kind='X' .*interval='Y' .*draws=np.float64",
        ),
        ({"level": "x"}, "level='x' must lie between 0 and 1"),
        ({"kind": "PARAMETER"}, "kind='PARAMETER' is not a bootstrap; .* Did you mean \"PARAMET"),
        ({"interval": "bca"}, 'is not a bootstrap interval; .* Did you mean "BCA"'),
        ({"statistic": "i3"}, "statistic='i3' is not a statistic of a pool"),
        ({"statistic": "q", "interval": STUDENTIZED}, "needs a standard error of the number"),
        ({"statistic": lambda fits: fits.weights}, r"got shape \(1, 6\)"),
        ({"statistic": lambda fits: np.full(len(fits.tau2), np.nan)}, "nothing to bootstrap"),
        (
            {"statistic": lambda fits: np.where(len(fits.tau2) > 6, np.nan, fits.tau2)},
            "in 100 of 1",
        ),
    ],
)
def test_faults(options, text):
    """Every fault by name, rule, value and remedy."""
    with pytest.raises(InputError, match=text):
        bootstrap(pool(effects()), **({"rng": 1, "draws": N} | options))


def test_fits_that_cannot_be_drawn():
    """No fit, one study, as many coefficients as studies, and a tau² shared with others."""
    with pytest.raises(InputError, match="bootstrap needs a fit, as pool"):
        bootstrap(effects(), rng=1)
    with pytest.raises(InputError, match="1 studies and 1 coefficients leave nothing to draw"):
        bootstrap(pool(Effects.from_arrays([0.1], [0.2])), rng=1)
    full = regress(effects(Y[:2], V[:2], DOSE[:2]), "~ dose")
    with pytest.raises(InputError, match="2 studies and 2 coefficients leave nothing to draw"):
        bootstrap(full, "dose", rng=1)
    groups = subgroups(effects(group=list("aaabbb")), by="group", shared_tau2=True)
    with pytest.raises(InputError, match=r"got SubgroupFit\. Give the pool of all, fit\.overall"):
        bootstrap(groups, rng=1)
    assert bootstrap(groups.overall, rng=1, draws=np.int64(N)).draws.shape == (N,)
    with pytest.raises(InputError, match="not that of its own studies alone"):
        bootstrap(groups.fits[0], rng=1)
    fit = regress(effects(), "~ dose")
    with pytest.raises(
        InputError, match="name the one to bootstrap: statistic= one of Intercept,"
    ):
        bootstrap(fit, rng=1)
    with pytest.raises(InputError, match=r"for each of 2 coefficients; .* fits.statistic\[:, 0\]"):
        bootstrap(fit, T, rng=1)
    with pytest.raises(ChoiceError, match="is not a statistic of a regression"):
        bootstrap(fit, "slope", rng=1)


def test_words():
    """Text, table and sentence, on the scale that is read."""
    log = Effects.from_arrays(Y, V, scale="log")
    found = bootstrap(pool(log), rng=1, draws=999)
    assert found.summary().startswith("Parametric bootstrap of mean, 999 draws of 6 studies")
    assert "(analysis scale)" in found.summary()
    assert found.sentence().startswith(
        "In 999 parametric bootstrap draws of 6 studies [1], the 95% interval (percentile) [2] of "
        "the pooled "
    )
    table = found.to_frame().set_index("interval")
    assert list(table.index) == list(BOOTSTRAP_INTERVALS)
    assert close(np.exp(table["low"]), table["reading_low"], EXACT)
    assert close(found.limits().read().low, np.exp(found.low), EXACT)
    assert "<b>Parametric bootstrap of mean" in found._repr_html_()
    assert found.references[0].startswith("Van den Noortgate W, Onghena P.")
    q = bootstrap(pool(effects()), "q", rng=1, draws=N, kind=PARAMETRIC)
    assert np.isnan(q.to_frame().set_index("interval").loc[STUDENTIZED, "low"])
    assert " – " in q.summary()
    with pytest.raises(ValueError, match="read-only"):
        q.draws[0] = 1.0
    assert replace(q, level=0.9).limits().level == 0.9
