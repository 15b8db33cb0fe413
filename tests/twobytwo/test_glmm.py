"""glmm: laws, edges, errors and what it says."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, logsumexp
from scipy.stats import binom

from metaan.core.counts import TIME, Counts
from metaan.core.errors import ChoiceError, InputError
from metaan.core.glmm_fit import GlmmFit
from metaan.numerics.tails import t_quantile
from metaan.twobytwo.glmm import glmm
from metaan.twobytwo.glmm_designs import TAU
from metaan.twobytwo.glmm_maximum import climb, global_maximum, widened
from metaan.twobytwo.glmm_table import CODINGS, GLMMS, LABELS
from metaan.univariate.inference import HKSJ, WALD, T
from metaan.univariate.planning import COMMON
from metaan.univariate.prediction import DEFAULT_PREDICTION, PREDICTIONS
from tests.tolerance import EXACT, Tolerance, close
from tests.twobytwo.glmm_cases import data, fit_of, fitted, make, normal

DATA = data()
ROWS = [
    (key, kind, groups)
    for key, row in GLMMS.items()
    for groups, kind in LABELS
    if row.groups == groups and kind in row.kinds
]
SAME = Tolerance(relative=1e-8, absolute=1e-8, reason="two searches to 1e-9 standard errors")
DENSE = Tolerance(relative=1e-6, reason="scipy's BFGS, whose gradients are numerical")
EXACT_ONES = ["UM.FS", "UM.RS", "CM.EL"]  # the approximation for rare events sees no end there
SETS = {(2, "people"): "dat.bcg", (2, "time"): "dat.hart1999", (1, "people"): "dat.pritz1997"}
SETS[1, "time"] = "dat.hart1999/1"


def swapped(counts: Counts) -> Counts:
    """Return counts with treatment and control exchanged."""
    return make(counts.events[:, ::-1], counts.denominators[:, ::-1], counts.kind)


@pytest.mark.parametrize(("key", "kind", "groups"), ROWS)
def test_every_row_gives_a_whole_record(key, kind, groups):
    """Both models; t limits are wider; summary, frame and HTML are made."""
    counts = DATA[SETS[groups, kind]]
    fit, common = fit_of(SETS[groups, kind], key), glmm(counts, key, model=COMMON)
    assert isinstance(fit, GlmmFit)
    assert (common.tau2, common.prediction_interval, common.prediction) == (0.0, None, "")
    assert fit.fit.parameters > common.fit.parameters
    assert fit.fit.log_likelihood >= common.fit.log_likelihood - 1e-9
    assert fit.q_lrt == common.q_lrt
    wide = glmm(counts, key, inference=T)
    assert wide.estimate.df == counts.k - 1
    assert wide.estimate.high > fit.estimate.high
    assert fit.prediction_interval.low < fit.estimate.low
    text = fit.summary()
    assert text == str(fit) == repr(fit)
    assert f"[{key}]" in text
    assert fit.label in fit._repr_html_()
    frame = fit.to_frame()
    assert len(frame) == counts.k + 1
    assert close(frame["estimate"].iloc[-1], fit.estimate.read().value, EXACT)


@pytest.mark.parametrize(("key", "kind", "groups"), ROWS)
def test_order_of_studies_does_not_matter(key, kind, groups):
    """Studies turned around."""
    name = SETS[groups, kind]
    one, other = fit_of(name, key), glmm(DATA[name].take(slice(None, None, -1)), key)
    assert close(one.estimate.value, other.estimate.value, SAME)
    assert close(one.tau2, other.tau2, SAME)
    assert close(one.fit.log_likelihood, other.fit.log_likelihood, SAME)


@pytest.mark.parametrize("name", ["dat.bcg", "dat.hart1999", "dat.nielweise2007"])
@pytest.mark.parametrize("key", ["UM.FS", "UM.RS", "CM.EL"])
def test_groups_can_be_exchanged(key, name):
    """The effect changes its sign and nothing else does."""
    one, other = fit_of(name, key), glmm(swapped(DATA[name]), key)
    assert close(one.estimate.value, -other.estimate.value, SAME)
    assert close(one.estimate.se, other.estimate.se, SAME)
    assert close(one.tau2, other.tau2, SAME)
    assert close(one.fit.log_likelihood, other.fit.log_likelihood, SAME)


def test_events_and_non_events_can_be_exchanged():
    """An odds ratio turns over; the approximation for rare events does not."""
    counts = DATA["dat.bcg"]
    flipped = make(counts.denominators - counts.events, counts.denominators)
    for key in ("UM.FS", "UM.RS", "CM.EL"):
        one, other = fit_of("dat.bcg", key), glmm(flipped, key)
        assert close(one.estimate.value, -other.estimate.value, SAME)
        assert close(one.tau2, other.tau2, SAME)
    rare = fit_of("dat.bcg", "CM.AL").estimate.value
    assert abs(rare + glmm(flipped, "CM.AL").estimate.value) > 0.1


def test_the_unit_of_time_does_not_matter():
    """A rate per year is 365 rates per day; tau² and a rate ratio are as they were."""
    counts, one = DATA["dat.hart1999"], DATA["dat.hart1999/1"]
    days = make(one.events, one.denominators * 365, TIME)
    assert close(glmm(days).estimate.value, glmm(one).estimate.value - np.log(365.0), SAME)
    assert close(glmm(days).tau2, glmm(one).tau2, SAME)
    days = make(counts.events, counts.denominators * 365, TIME)
    for key in ("UM.FS", "UM.RS", "CM.EL"):
        one, other = glmm(days, key), fit_of("dat.hart1999", key)
        assert close(one.estimate.value, other.estimate.value, SAME)


def test_equal_studies_have_no_heterogeneity():
    """tau² = 0 at the border, and the common effect is each study's own."""
    counts = make([[4, 9]] * 6, [[100, 90]] * 6)
    own = np.log(4 * 81 / (9 * 96))
    for key in ("UM.FS", "UM.RS"):
        fit = glmm(counts, key)
        assert fit.tau2 == 0.0
        assert np.isnan(fit.tau2_se)
        assert fit.convergence.how == "border"
        assert close(fit.estimate.value, own, SAME)
        assert close(fit.q_lrt.statistic, 0.0, SAME)
        assert fit.i2 == 0.0
        assert "does not show" not in fit.summary()
        few = glmm(counts.take([0, 1, 2]), key)
        assert "tau² = 0 by maximum likelihood from 3 studies does not show" in few.summary()


@pytest.mark.parametrize("key", ["UM.FS", "UM.RS", "CM.EL", "CM.AL"])
def test_the_global_maximum_is_found(key):
    """No point of a profile over values of tau lies higher, in sets with an outlier."""
    rng = np.random.default_rng(11)
    for _ in range(2):
        whole = np.ceil(rng.uniform(20, 900, (6, 2)))
        effect = rng.normal(0, 0.4, 6) + np.array([4.0, 0, 0, 0, 0, 0])
        eta = rng.normal(-2, 1, 6)[:, None] + np.stack([effect, np.zeros(6)], 1)
        events = rng.binomial(whole.astype(int), 1 / (1 + np.exp(-eta)))
        model, common, found = fitted(make(events, whole), key)
        point = widened(model.design, common, 0.3)
        free = np.arange(len(point.shared)) < len(point.shared) - 1
        for tau in np.geomspace(0.02, 10, 24 if key != "UM.RS" else 10):
            shared = point.shared.copy()
            shared[-1] = tau
            there = climb(model.design, point._replace(shared=shared), free=free)
            point = there.point
            assert there.value <= found.value + 1e-9


def test_two_maxima_are_told_and_the_higher_one_taken():
    """One huge study at one end, and a profile that falls before it rises."""
    rng, several = np.random.default_rng(5), 0
    for _ in range(15):
        whole = np.ceil(10 ** rng.uniform(0.7, 3.5, (4, 1)) * rng.uniform(0.5, 2, (4, 2)))
        eta = np.stack([rng.normal(-2, 1, 4) + rng.normal(0, 1, 4), rng.normal(-2, 1, 4)], 1)
        events = rng.binomial(whole.astype(int), 1 / (1 + np.exp(-eta)))
        model, common, found = fitted(make(events, whole), "CM.AL")
        several += found.maxima > 1
        again = global_maximum(model.design, common)
        assert again.value == found.value
        assert found.value >= common.value - 1e-9
        assert found.spread(TAU) == 0 or not found.rising
    assert several > 0


@pytest.mark.parametrize("k", [1, 2])
def test_one_and_two_studies(k):
    """No spread to be seen in one study; no prediction interval below three."""
    events, whole = [[3, 9], [8, 2]][:k], [[50, 60], [70, 40]][:k]
    for key in ("UM.FS", "UM.RS", "CM.EL", "CM.AL"):
        fit = glmm(make(events, whole), key, inference=T)
        assert fit.k == k
        assert fit.prediction_interval is None
        assert np.isfinite(fit.estimate.se)
        if k == 1:
            assert (fit.tau2, fit.q_lrt.df) == (0.0, 0.0)
            assert np.isinf(fit.estimate.df)
            assert "one study" in fit.summary()
        else:
            assert "two studies say next to nothing about tau²" in fit.summary()
            assert "likely too short" not in fit.summary()
            assert "likely too short" in glmm(make(events, whole), key).summary()
    alone = glmm(make(events[:1], whole[:1]), "UM.FS")
    assert close(alone.estimate.value, np.log(3 * 51 / (9 * 47)), SAME)
    assert close(alone.estimate.se, np.sqrt(1 / 3 + 1 / 47 + 1 / 9 + 1 / 51), SAME)


def test_studies_without_events():
    """No part but in the model with random levels, where they can be left out; all are named."""
    counts = make([[0, 0], [2, 9], [4, 11], [7, 7]], [[80, 75], [60, 66], [90, 85], [7, 7]])
    for key in ("UM.FS", "CM.EL", "CM.AL"):
        fit, less = glmm(counts, key), glmm(counts.take([1, 2]), key)
        assert fit.used.tolist() == [0, 1, 1, 0]
        assert close(fit.estimate.value, less.estimate.value, SAME)
        assert fit.fit == less.fit
        text = fit.summary()
        assert "no events in either group of A: no information" in text
        assert "nothing but events in both groups of D: no information" in text
        assert "2 of 4 studies" in text
    whole, part = glmm(counts, "UM.RS"), glmm(counts, "UM.RS", double_zero=False)
    assert (whole.k, part.k) == (4, 2)
    assert "no events in either group of A: in" in whole.summary()
    assert "no events in either group of A: left out as asked" in part.summary()
    assert whole.sigma2 > part.sigma2


def test_zero_cells_need_no_correction():
    """A study without events in one group is in; only Wald's test cannot see it."""
    fit = fit_of("dat.nielweise2007", "UM.FS")
    assert np.isneginf(fit.y).sum() == 5
    assert np.isnan(fit.low[0])
    assert "5 studies with an infinite effect of their own" in fit.summary()
    frame = fit.to_frame()
    assert frame["estimate"].iloc[0] == 0.0


@pytest.mark.parametrize(
    ("events", "whole", "kind", "keys", "words"),
    [
        ([[0, 4], [0, 9]], [[50, 50], [60, 60]], "people", "all", "goes to minus infinity"),
        ([[50, 4], [60, 9]], [[50, 50], [60, 60]], "people", EXACT_ONES, "goes to infinity"),
        ([[0, 4], [0, 9]], [[50, 50], [60, 60]], "time", "all", "goes to minus infinity"),
        ([[0, 0], [0, 0]], [[50, 50], [60, 60]], "people", "all", "no study says anything"),
        ([[0, 8], [0, 8], [8, 0], [8, 0]], [[9, 9]] * 4, "people", ["CM.AL"], "still rises"),
        ([0, 0, 0], [5, 9, 20], "people", ["BN"], "goes to minus infinity"),
        ([5, 9, 20], [5, 9, 20], "people", ["BN"], "goes to infinity"),
        ([0, 9, 0, 20], [5, 9, 12, 20], "people", ["BN"], "still rises"),
        ([[1, 0], [0, 1]], [[44, 23], [56, 19]], "people", ["CM.EL", "CM.AL"], "still rises"),
        ([0, 0], [5.0, 9.0], "time", ["PN"], "goes to minus infinity"),
        (np.zeros((0, 2)), np.zeros((0, 2)), "people", ["UM.FS"], "no study"),
    ],
)
def test_a_likelihood_without_a_maximum_is_an_error(events, whole, kind, keys, words):
    """Whole groups without events, and studies that all lie at an end."""
    counts = make(events, whole, kind)
    rows = [row.key for row in GLMMS.values() if row.groups == 2 and kind in row.kinds]
    for key in rows if keys == "all" else keys:
        with pytest.raises(InputError, match=words):
            glmm(counts, key)


def test_studies_of_one_person_have_no_heterogeneity():
    """The likelihood is the same for every tau² (with its own mean); 0 is taken."""
    fit = glmm(make([0, 1, 1, 0, 1, 1], [1] * 6))
    assert fit.tau2 == 0.0
    assert close(fit.estimate.read().value, 4 / 6, SAME)


def test_a_wild_first_step_is_cut_short():
    """Two empty studies and two at opposite ends: Newton's first step went off to infinity."""
    counts = make(
        [[0, 0], [0, 1], [216, 0], [0, 0]], [[113, 56], [29, 84], [132, 39], [25, 57]], TIME
    )
    plain, full = glmm(counts, "UM.RS"), glmm(counts, "UM.RS", correlated=True)
    assert full.fit.log_likelihood >= plain.fit.log_likelihood - 1e-9
    assert np.isfinite(full.estimate.se)


def test_random_levels_and_own_effects():
    """The likelihood ratio of UM.RS, by dense sums; its saturated model has two maxima here.

    The lower one, with a spread of levels, is below the common effect's likelihood. Exchanging
    the groups gives the levels to the other group, and another ratio (metafor 3.8 has both).
    """
    events, whole = np.array([[14, 2], [184, 171]]), np.array([[34, 16], [387, 387]])
    u = np.linspace(-9, 9, 2001)
    log_density = np.log(normal(u) * (u[1] - u[0]))

    def value(x, n, eta):
        """Return the log-likelihood of studies by their predictors (k, g, nodes)."""
        chances = binom.logpmf(x[..., None], n[..., None], expit(eta)).sum(axis=1)
        return logsumexp(chances + log_density, axis=1).sum()

    def heights(x, n):
        """Return the maxima, each the best of several starts: common effect, own effects."""
        common = [start_from(lambda p: value(x, n, predictors(p, p[2], p[2])), (m, s, 0.2))
                  for m in (-1.0, 0.0) for s in (0.0, 0.5)]  # fmt: skip
        own = [start_from(lambda p: value(x, n, predictors(p, *p[2:])), (m, s, 0.8, 0.2))
               for m in (-1.0, 0.0) for s in (0.0, 0.5)]  # fmt: skip
        return max(common), sorted(own)

    def predictors(p, *effects):
        level = p[0] + p[1] * u
        return np.array([[level + effect, level] for effect in effects])

    def start_from(function, start):
        return -minimize(lambda p: -function(p), start, method="BFGS").fun

    for x, n, theirs in (
        (events, whole, 0.512146117825),
        (events[:, ::-1], whole[:, ::-1], 7.27934600633),
    ):
        common, own = heights(x, n)
        found = glmm(make(x, n), "UM.RS").q_lrt
        assert close(found.statistic, 2 * (own[-1] - common), DENSE)
        assert close(found.statistic, theirs, DENSE)
        assert (own[0] < common - 0.1) == (theirs < 1)


@pytest.mark.parametrize("key", ["UM.FS", "UM.RS", "CM.AL"])
def test_millions_of_people(key):
    """The likelihood is no rounding there: its maximum is found, and stays where it was.

    A study at an end and one of a hundred million events; with all counts doubled the sharp one
    does not change, so that nothing but the other one's distance does.
    """
    events = np.array([[362871819.0, 52380146.0], [0.0, 17804.0]])
    whole = np.array([[547941780.0, 205810188.0], [2268208.0, 48431371.0]])
    fit, double = (glmm(make(m * events, m * whole), key) for m in (1, 2))
    assert np.isfinite(fit.estimate.se)
    assert fit.quadrature.error < 1e-9
    assert 0 < double.tau2 / fit.tau2 - 1 < 0.3


def test_counts_at_all_ends_and_their_summaries():
    """Random tables, most cells at an end: an answer or a reason, no warning of numpy's."""
    rng, answers = np.random.default_rng(8), 0
    for _ in range(8):
        k = int(rng.integers(1, 5))
        whole = np.ceil(10 ** rng.uniform(0, rng.choice([1, 3, 6]), (k, 2)))
        events = rng.binomial(whole.astype(int), rng.choice([0, 0.3, 1], (k, 2))).astype(float)
        for key in ("UM.FS", "CM.EL", "CM.AL"):
            try:
                fit = glmm(make(events, whole), key)
            except InputError:
                continue
            answers += np.isfinite([fit.estimate.value, fit.estimate.se]).all()
            assert fit.fit.log_likelihood < 1e-9
            assert "estimate" in fit.summary()
    assert answers > 3


def test_bad_words_are_named():
    """Each argument, with what it could be."""
    counts = DATA["dat.bcg"]
    with pytest.raises(ChoiceError, match=r'likelihood=\'UMFS\' is not.*Did you mean "UM.FS"'):
        glmm(counts, "UMFS")
    with pytest.raises(InputError, match="not for events of two groups over people; choose one"):
        glmm(counts, "BN")
    with pytest.raises(InputError, match=r"choose one of UM\.FS, UM\.RS, CM\.EL$"):
        glmm(DATA["dat.hart1999"], "CM.AL")
    with pytest.raises(InputError, match=r"of one group over people; choose one of BN$"):
        glmm(DATA["dat.pritz1997"], "CM.EL")
    with pytest.raises(ChoiceError, match="coding='half' is not"):
        glmm(counts, coding="half")
    with pytest.raises(ChoiceError, match="inference='HKSJ' is not"):
        glmm(counts, inference=HKSJ)
    with pytest.raises(ChoiceError, match="prediction="):
        glmm(counts, prediction=next(key for key, row in PREDICTIONS.items() if row.inference))
    with pytest.raises(ChoiceError, match="model='fixed' is not"):
        glmm(counts, model="fixed")
    with pytest.raises(InputError, match=r"level must lie between 0 and 1; got 95.*0\.95"):
        glmm(counts, level=95)
    with pytest.raises(InputError, match="counts must be Counts; got list"):
        glmm([1, 2])
    with pytest.raises(InputError, match="hypergeometric distribution is of whole numbers"):
        glmm(make([[1.5, 3], [2, 5]], [[40, 40], [50, 50]]), "CM.EL")


def test_codings_are_different_models():
    """With fixed levels the coding matters; a full correlation of random levels undoes it."""
    counts = DATA["dat.nielweise2007"]
    fixed = [glmm(counts, coding=coding).tau2 for coding in CODINGS]
    assert np.ptp(fixed) > 1e-3
    full = [glmm(counts, "UM.RS", coding=coding, correlated=True) for coding in CODINGS]
    for fit in full[1:]:
        assert close(fit.fit.log_likelihood, full[0].fit.log_likelihood, SAME)
        assert close(fit.estimate.value, full[0].estimate.value, SAME)
        assert close(fit.tau2, full[0].tau2, Tolerance(relative=1e-6, reason="a flat maximum"))
    assert full[0].fit.log_likelihood > fit_of("dat.nielweise2007", "UM.RS").fit.log_likelihood
    assert -1 <= full[0].rho <= 1
    assert "correlated with the effects" in full[0].summary()


def test_prediction_intervals():
    """``m ± t sqrt(tau² + se²)``, t(k - 1) by default, by hand."""
    from scipy.stats import norm

    fit = glmm(DATA["dat.bcg"], prediction=DEFAULT_PREDICTION)
    width = np.sqrt(fit.tau2 + fit.estimate.se**2)
    expected = fit.estimate.value + np.array([-1, 1]) * t_quantile(0.95, 12) * width
    limits = fit.prediction_interval
    assert close([limits.low, limits.high], expected, EXACT)
    limits = glmm(DATA["dat.bcg"], prediction="NORMAL", level=0.9).prediction_interval
    expected = fit.estimate.value + np.array([-1, 1]) * norm.ppf(0.95) * width
    assert close([limits.low, limits.high], expected, EXACT)


def test_it_is_fast():
    """Thirteen trials of up to 27,000 people each, the exact likelihood; generous limits."""
    glmm(DATA["dat.bcg"], "CM.EL")
    start = time.perf_counter()
    glmm(DATA["dat.bcg"], "CM.EL", inference=WALD)
    assert time.perf_counter() - start < 2.0
