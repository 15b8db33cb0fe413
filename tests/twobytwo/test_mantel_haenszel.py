"""mantel_haenszel: by other ways of computing, at its edges, in batches, in words."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from scipy.stats import binom
from statsmodels.stats.contingency_tables import StratifiedTable

from metaan.core.counts import PEOPLE, Counts
from metaan.core.errors import ChoiceError, InputError
from metaan.measures.table import MEASURES
from metaan.tau2.table import ESTIMATORS
from metaan.trials.counting import counts
from metaan.twobytwo.estimators import MH_MEASURES, odds_ratio, risk_difference, sato_terms
from metaan.twobytwo.groups import groups_of, make_groups
from metaan.twobytwo.mantel_haenszel import mantel_haenszel, mantel_haenszel_arrays
from metaan.univariate.pooling import pool
from tests.tolerance import EXACT, Tolerance, close
from tests.twobytwo.builders import alone, over_time, people, random_groups

THREE = ([4, 6, 3], [123, 306, 231], [11, 29, 11], [139, 303, 220])
RATES = ([9, 8, 3], [413.0, 263.0, 487.0], [19, 19, 13], [398.0, 245.0, 435.0])
BATCH = Tolerance(relative=1e-13, absolute=1e-15, reason="the same sums in another order")
ZEROS = ([0, 4, 0, 5], [20, 30, 25, 5], [3, 6, 0, 6], [22, 29, 24, 6])  # one, none, no, all


@pytest.mark.parametrize("row", MH_MEASURES.values(), ids=MH_MEASURES)
def test_names_and_scales_are_those_of_the_measures(row):
    """The room cannot see the table of measures; this test can."""
    measure = MEASURES[row.key]
    assert (row.label, row.scale) == (measure.name, measure.scale)
    assert len(row.variances) >= 1


@pytest.mark.parametrize("row", MH_MEASURES.values(), ids=MH_MEASURES)
def test_one_study_is_its_own_pool(row):
    """Effect and first variance are those of the single study."""
    values = THREE if row.kind == PEOPLE else RATES
    made = people if row.kind == PEOPLE else over_time
    one = made(*([part[0]] for part in values))
    fit = mantel_haenszel(one, row.key)
    own = one.effects[row.key]
    assert close([fit.estimate.value, fit.estimate.se**2], [own.y[0], own.v[0]], EXACT)
    assert close(fit.weights, [100.0], EXACT)
    assert "not defined for one study" in fit.summary()


def test_odds_ratio_against_statsmodels():
    """Estimate and Robins-Breslow-Greenland error of an independent implementation."""
    a, n1, c, n2 = (np.array(part) for part in THREE)
    peer = StratifiedTable([np.array([[a[i], n1[i] - a[i]], [c[i], n2[i] - c[i]]])
                            for i in range(3)])  # fmt: skip
    estimate = mantel_haenszel(people(*THREE)).estimate
    assert close(estimate.value, peer.logodds_pooled, EXACT)
    assert close(estimate.se, peer.logodds_pooled_se, EXACT)
    assert close(mantel_haenszel(people(*THREE), "RR").estimate.read().value,
                 peer.riskratio_pooled, EXACT)  # fmt: skip


def test_matched_pairs():
    """Strata of one pair each: the ratio of discordant pairs, with variance 1/b + 1/c."""
    first, second = 13, 5
    a = [1] * first + [0] * second + [1, 0]
    c = [0] * first + [1] * second + [1, 0]
    events = np.stack([a, c], axis=-1)[None].astype(float)
    groups = make_groups(events, np.ones_like(events), PEOPLE)
    found = mantel_haenszel_arrays(groups, MH_MEASURES["OR"])
    assert close(found.value[0], np.log(first / second), EXACT)
    assert close(found.se[0] ** 2, 1 / first + 1 / second, EXACT)


@pytest.mark.parametrize(("p2", "delta"), [(0.3, 0.2), (0.6, -0.45), (0.1, 0.0)])
def test_sato_by_enumeration(p2, delta):
    """At the true difference its variance is right on average, over all tables there can be."""
    n1, n2 = 4, 7
    tables = list(product(range(n1 + 1), range(n2 + 1)))
    chance = np.array([binom.pmf(a, n1, p2 + delta) * binom.pmf(c, n2, p2) for a, c in tables])
    events = np.array(tables, dtype=float)[:, None, :]
    groups = make_groups(events, np.broadcast_to([float(n1), float(n2)], events.shape), PEOPLE)
    p, q = sato_terms(groups)
    on_average = chance @ (delta * p + q)[:, 0] / risk_difference(groups).below[0, 0] ** 2
    exact = (p2 + delta) * (1 - p2 - delta) / n1 + p2 * (1 - p2) / n2
    assert close(on_average, exact, EXACT)


@pytest.mark.parametrize("measure", MH_MEASURES)
@pytest.mark.parametrize("correction", [0.0, 0.5])
def test_batches_are_loops(measure, correction):
    """Analyses of different sizes at once, and each alone."""
    row = MH_MEASURES[measure]
    groups = random_groups(np.random.default_rng(3), 40, 7, row.kind)
    for variance in row.variances:
        found = mantel_haenszel_arrays(groups, row, variance, correction)
        for i in range(40):
            one = mantel_haenszel_arrays(alone(groups, i), row, variance, correction)
            assert close([found.value[i], found.se[i]], [one.value[0], one.se[0]], BATCH)
            assert close(found.weights[i, groups.present[i]], one.weights[0], BATCH)
            assert not found.weights[i, ~groups.present[i]].any()


@pytest.mark.parametrize("measure", MH_MEASURES)
def test_laws(measure):
    """Other order: the same; groups exchanged: the other sign; a large unit of time: no matter."""
    row = MH_MEASURES[measure]
    groups = random_groups(np.random.default_rng(5), 30, 6, row.kind)
    found = mantel_haenszel_arrays(groups, row)
    events = np.stack([groups.events1, groups.events2], axis=-1)
    whole = np.stack([groups.whole1, groups.whole2], axis=-1)
    back = mantel_haenszel_arrays(make_groups(events[:, ::-1], whole[:, ::-1], row.kind), row)
    assert close([back.value, back.se], [found.value, found.se], BATCH, typical=1.0)
    other = mantel_haenszel_arrays(make_groups(events[..., ::-1], whole[..., ::-1], row.kind), row)
    assert close([other.value, other.se], [-found.value, found.se], BATCH, typical=1.0)
    if row.kind != PEOPLE:
        far = mantel_haenszel_arrays(make_groups(events, whole * 2.0**500, row.kind), row)
        unit = 1.0 if row.is_ratio else 2.0**-500
        assert close([far.value / unit, far.se / unit], [found.value, found.se], BATCH)


def test_exchanging_events_turns_an_odds_ratio_round():
    """What is an event is no matter for it."""
    a, n1, c, n2 = (np.array(part) for part in THREE)
    fit = mantel_haenszel(people(a, n1, c, n2)).estimate
    other = mantel_haenszel(people(n1 - a, n1, n2 - c, n2)).estimate
    assert close([-other.value, other.se], [fit.value, fit.se], EXACT)


def test_counts_of_a_thousand_million():
    """Against exact fractions."""
    a, n1, c, n2 = [7, 400_000_001], [1_000_000_000, 999_999_999], [3, 399_999_900], [10**9, 10**9]
    r = sum(Fraction(a[i] * (n2[i] - c[i]), n1[i] + n2[i]) for i in range(2))
    s = sum(Fraction(c[i] * (n1[i] - a[i]), n1[i] + n2[i]) for i in range(2))
    off = sum(Fraction(a[i] * n2[i] - c[i] * n1[i], n1[i] + n2[i]) for i in range(2))
    w = sum(Fraction(n1[i] * n2[i], n1[i] + n2[i]) for i in range(2))
    found = people(a, n1, c, n2)
    assert close(mantel_haenszel(found).estimate.value, np.log1p(float(r / s - 1)),
                 Tolerance(relative=1e-15, absolute=4e-16, reason="log near 1"))  # fmt: skip
    assert close(mantel_haenszel(found, "RD").estimate.value, float(off / w),
                 Tolerance(absolute=1e-16, reason="the last place of a risk of 0.4"))  # fmt: skip


def test_studies_without_information():
    """They have no part in a ratio, part in a difference, and are named."""
    found = people(*ZEROS, study=["one", "none", "nobody", "all"])
    some = found.take([0, 1])
    whole, part = mantel_haenszel(found), mantel_haenszel(some)
    assert close([whole.estimate.value, whole.estimate.se],
                 [part.estimate.value, part.estimate.se], EXACT)  # fmt: skip
    assert close(whole.weights[2:], [0.0, 0.0], EXACT)
    text = whole.summary()
    assert "no events in either group of nobody: no information about the odds ratio" in text
    assert "nothing but events in both groups of all: no information about the odds" in text
    ratio = mantel_haenszel(found, "RR")
    assert "nothing but events in both groups of all: in, with a ratio of 1" in ratio.summary()
    assert ratio.weights[3] > 0
    difference = mantel_haenszel(found, "RD")
    assert "no events in either group of nobody: in, with a difference of 0" in str(difference)
    assert (difference.weights > 0).all()
    assert whole.heterogeneity.df == 1
    assert "not in Q, without an effect of their own: all" in ratio.summary()


def test_studies_that_say_something_are_counted():
    """K of K studies: what studies without events, or with nothing else, say to a measure."""
    found = people(*ZEROS, study=["one", "none", "nobody", "all"])
    assert [mantel_haenszel(found, key).k for key in ("OR", "RR", "RD")] == [2, 3, 4]
    assert "Odds ratio, 2 of 4 studies (" in mantel_haenszel(found).summary()
    two = people([4, 6], [123, 306], [11, 29], [139, 303])
    assert "two studies say next to" in mantel_haenszel(two, model="random").summary()
    assert "two studies say next to" not in mantel_haenszel(two).summary()


def test_correction_is_said_and_left_alone_where_it_would_decide():
    """1/2 in each cell of the study with one zero, none in those that say nothing."""
    found = people(*ZEROS, study=["one", "none", "nobody", "all"])
    fit = mantel_haenszel(found, correction=0.5)
    a, n1, c, n2 = (np.array(part, dtype=float)[:2] for part in ZEROS)
    half = np.array([0.5, 0.0])
    by_hand = people(a + half, n1 + 2 * half, c + half, n2 + 2 * half)
    assert close(fit.estimate.value, mantel_haenszel(by_hand).estimate.value, EXACT)
    assert "0.5 added to each cell of one for the estimate" in fit.remarks
    rates = over_time([0, 4], [10.0, 20.0], [2, 5], [11.0, 21.0])
    fit = mantel_haenszel(rates, "IRR", correction=0.5)
    by_hand = over_time([0.5, 4], [10.0, 20.0], [2.5, 5], [11.0, 21.0])
    assert close(fit.estimate.value, mantel_haenszel(by_hand, "IRR").estimate.value, EXACT)
    assert "0.5 added to the events of Study 1 for the estimate" in fit.remarks


@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
def test_random_effects_by_hand(measure):
    """RevMan 5's: DerSimonian-Laird's formula, its Q about the Mantel-Haenszel estimate."""
    found = people([4, 60, 3], [123, 306, 231], [11, 29, 11], [139, 303, 220])
    common, fit = (mantel_haenszel(found, measure, model=m) for m in ("common", "random"))
    own = found.effects[measure]
    w = 1 / own.v
    q = np.sum(w * (own.y - common.estimate.value) ** 2)
    tau2 = (q - 2) / (w.sum() - np.sum(w**2) / w.sum())
    by_hand = pool(own, tau2=tau2, inference="WALD").estimate
    assert close([fit.tau2, fit.estimate.value, fit.estimate.se],
                 [tau2, by_hand.value, by_hand.se], EXACT)  # fmt: skip
    assert tau2 > pool(own, tau2=next(iter(ESTIMATORS))).tau2 > 0
    assert "random effects" in fit.summary()
    assert "as in RevMan 5" in fit.summary()


@pytest.mark.parametrize(
    ("table", "measure", "text"),
    [
        (([0, 0], [7, 5], [3, 5], [9, 9]), "OR", "odds ratio would be 0.*correction=0.5.*peto"),
        (([3, 5], [9, 9], [0, 0], [7, 5]), "RR", "risk ratio would be infinite.*correction=0.5"),
        (([0, 0], [7, 5], [0, 0], [9, 9]), "OR", "no study carries.*no method can tell"),
        (([0, 0], [7, 5], [0, 0], [9, 9]), "RD", "no standard error.*correction=0.5"),
        (([7, 5], [7, 5], [9, 9], [9, 9]), "RR", "no standard error.*no method can tell"),
    ],
)
def test_where_it_is_not_defined(table, measure, text):
    """What is the matter, and what is left to do."""
    with pytest.raises(InputError, match=text):
        mantel_haenszel(people(*table), measure)


def test_wrong_questions():
    """Each names what would do."""
    found = people(*THREE)
    with pytest.raises(
        ChoiceError, match=r'choose one of OR, RR, RD, IRR, IRD\. Did you mean "RR"'
    ):
        mantel_haenszel(found, "rr")
    with pytest.raises(InputError, match=r"IRR is of events over time.*choose one of OR, RR, RD"):
        mantel_haenszel(found, "IRR")
    with pytest.raises(ChoiceError, match="variance='SATO' is not a variance of OR"):
        mantel_haenszel(found, "OR", variance="SATO")
    with pytest.raises(ChoiceError, match="is not a model"):
        mantel_haenszel(found, model="fixed")
    with pytest.raises(InputError, match="correction=-1 must be a number of at least 0"):
        mantel_haenszel(found, correction=-1)
    with pytest.raises(InputError, match=r"level must lie between 0 and 1.*did you mean 0\.95"):
        mantel_haenszel(found, level=95)
    with pytest.raises(InputError, match="counts must be Counts; got dict"):
        mantel_haenszel({"events1": [1]})
    with pytest.raises(InputError, match="of one group"):
        mantel_haenszel(counts({"events": [1], "n": [4]}))
    with pytest.raises(InputError, match="no study is left"):
        mantel_haenszel(found.take([]))


def test_counts_without_effects():
    """They can be pooled; Q is not there, and that is said."""
    found = people(*THREE)
    bare = Counts(events=found.events, denominators=found.denominators, kind=PEOPLE,
                  study=["A", "B", "C"])  # fmt: skip
    fit = mantel_haenszel(bare)
    assert close(fit.estimate.value, mantel_haenszel(found).estimate.value, EXACT)
    assert np.isnan(fit.heterogeneity.q)
    assert "no Q" in fit.summary()
    assert fit.to_frame()["estimate"].isna().sum() == 3
    with pytest.raises(InputError, match=r"counts\.effects has no OR"):
        mantel_haenszel(bare, model="random")


def test_the_record():
    """Frozen, in text, as a table, for a notebook."""
    fit = mantel_haenszel(people(*THREE, study=["A", "B", "C"]), "RR", level=0.9)
    text = fit.summary()
    for part in (
        "Risk ratio, 3 studies (Mantel-Haenszel, common effect)",
        "90% CI",
        "I² =",
        "about the Mantel-Haenszel estimate",
        "Cochran-Mantel-Haenszel test: chi² =",
    ):
        assert part in text  # fmt: skip
    assert "<b>Risk ratio" in fit._repr_html_()
    frame = fit.to_frame()
    assert list(frame["study"]) == ["A", "B", "C", "Pooled (Mantel-Haenszel, common effect)"]
    assert close(frame["estimate"].iloc[-1], np.exp(fit.estimate.value), EXACT)
    assert close(frame["estimate"][:3], np.exp(fit.effects.y), EXACT)
    assert close(frame["weight_percent"][:3].sum(), 100.0, EXACT)
    with pytest.raises(AttributeError):
        fit.tau2 = 1.0
    with pytest.raises(ValueError, match="read-only"):
        fit.weights[0] = 1.0
    assert fit.heterogeneity.i2_q == fit.heterogeneity.i2


def test_weights_make_the_estimate():
    """The weighted mean of the studies' ratios, not of their logarithms."""
    found = people(*THREE)
    parts = odds_ratio(groups_of(found))
    fit = mantel_haenszel(found)
    own = (parts.above / parts.below)[0]
    assert close(np.log(fit.weights @ own / 100), fit.estimate.value, EXACT)
