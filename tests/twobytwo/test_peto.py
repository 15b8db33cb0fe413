"""peto: by hand, at its edges, in batches; and the table of methods."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import hypergeom

from metaan.core.counts import PEOPLE, PETO_ODDS_RATIO, Counts
from metaan.core.errors import InputError
from metaan.measures.table import MEASURES
from metaan.twobytwo.methods import COUNT_METHODS
from metaan.twobytwo.peto import LABEL, peto, peto_arrays
from metaan.univariate.pooling import pool
from tests.tolerance import EXACT, Tolerance, close
from tests.twobytwo.builders import alone, over_time, people, random_groups

THREE = ([4, 6, 3], [123, 306, 231], [11, 29, 11], [139, 303, 220])
BATCH = Tolerance(relative=1e-13, absolute=1e-15, reason="the same sums in another order")


def test_by_hand():
    """(O - E) / V with the mean and variance of scipy's hypergeometric distribution."""
    laws = [hypergeom(n1 + n2, a + c, n1) for a, n1, c, n2 in zip(*THREE, strict=True)]
    o, e, v = np.array(THREE[0]), *np.array([(law.mean(), law.var()) for law in laws]).T
    fit = peto(people(*THREE))
    value = np.sum(o - e) / v.sum()
    assert close([fit.estimate.value, fit.estimate.se], [value, v.sum() ** -0.5], EXACT)
    assert close(fit.heterogeneity.q, np.sum(v * ((o - e) / v - value) ** 2), EXACT)
    assert close(fit.weights, 100 * v / v.sum(), EXACT)
    assert (fit.heterogeneity.df, fit.model, fit.label) == (2.0, "common", LABEL)


def test_it_is_the_inverse_variance_pool_of_its_own_effects():
    """Estimate, error and Q of the common effect of counts.effects."""
    found = people([0, *THREE[0], 0], [50, *THREE[1], 9], [3, *THREE[2], 0], [60, *THREE[3], 9])
    fit, pooled = peto(found), pool(found.effects[PETO_ODDS_RATIO], model="common")
    assert close(fit.estimate.value, pooled.estimate.value, EXACT)
    assert close(fit.estimate.se, pooled.estimate.se, EXACT)
    ours, theirs = fit.heterogeneity, pooled.heterogeneity
    assert close([ours.q, ours.i2], [theirs.q, theirs.i2], EXACT, typical=1.0)
    assert ours.df == theirs.df == 3


def test_studies_without_information():
    """Both groups without events, or with nothing else: no part, and named."""
    a, n1, c, n2 = THREE
    found = people([*a, 0, 5], [*n1, 40, 5], [*c, 0, 6], [*n2, 30, 6],
                   study=["A", "B", "C", "none", "all"])  # fmt: skip
    fit, part = peto(found), peto(people(*THREE))
    assert close([fit.estimate.value, fit.estimate.se, fit.heterogeneity.q],
                 [part.estimate.value, part.estimate.se, part.heterogeneity.q], EXACT)  # fmt: skip
    assert close(fit.weights[3:], [0.0, 0.0], EXACT)
    text = fit.summary()
    assert "no events in either group of none: no information about the odds ratio" in text
    assert "nothing but events in both groups of all" in text
    assert (fit.k, len(fit.to_frame())) == (3, 6)
    assert text.startswith("Odds ratio (Peto), 3 of 5 studies (")
    assert "meta-analysis of 3 of 5 studies" in fit.sentence()


def test_doubts_are_told():
    """A large effect or unequal groups: the one step is too short."""
    assert "may be biased" not in peto(people([5, 6], [90, 80], [6, 8], [91, 85])).summary()
    far = peto(people([1, 2], [90, 80], [9, 12], [91, 85])).remarks
    assert far == ("the odds ratio is far from 1: Peto's estimate may be biased",)
    unequal = peto(people([5, 6], [900, 80], [1, 8], [91, 85])).remarks
    assert unequal == ("groups differ much in size: Peto's estimate may be biased",)


def test_batches_are_loops():
    """Analyses of different sizes at once, and each alone."""
    groups = random_groups(np.random.default_rng(2), 40, 7)
    found = peto_arrays(groups)
    for i in range(40):
        one = peto_arrays(alone(groups, i))
        for name in ("value", "se", "q", "df"):
            assert close(getattr(found, name)[i], getattr(one, name)[0], BATCH)
        assert close(found.weights[i, groups.present[i]], one.weights[0], BATCH)


def test_counts_without_effects():
    """Its own effects need no other table."""
    found = people([0, *THREE[0]], [50, *THREE[1]], [0, *THREE[2]], [60, *THREE[3]])
    bare = Counts(events=found.events, denominators=found.denominators, kind=PEOPLE,
                  study=tuple(found.study))  # fmt: skip
    ours, theirs = peto(bare).effects, peto(found).effects
    assert close([ours.y, ours.v], [theirs.y, theirs.v], EXACT)
    assert ours.study == theirs.study
    assert (ours.label, ours.scale) == (
        MEASURES[PETO_ODDS_RATIO].name,
        MEASURES[PETO_ODDS_RATIO].scale,
    )


def test_where_it_is_not_defined():
    """No events, nothing but events, person-time."""
    with pytest.raises(InputError, match="no study has both events and non-events"):
        peto(people([0, 5], [7, 5], [0, 9], [9, 9]))
    with pytest.raises(InputError, match="of people; over person-time"):
        peto(over_time([1], [2.0], [3], [4.0]))


def test_one_study():
    """It is its own pool; heterogeneity is not defined."""
    found = people([4], [123], [11], [139])
    fit = peto(found)
    own = found.effects[PETO_ODDS_RATIO]
    assert close([fit.estimate.value, fit.estimate.se**2], [own.y[0], own.v[0]], EXACT)
    assert "not defined for one study" in fit.summary()


@pytest.mark.parametrize("row", COUNT_METHODS.values(), ids=COUNT_METHODS)
def test_methods_pool_measures_that_are_there(row):
    """Every row names measures of the table of measures, and its texts."""
    assert set(row.measures) <= set(MEASURES)
    assert row.verb.split("(")[0] in ("mantel_haenszel", "peto", "pool")
    assert all((row.name, row.zero_cells, row.double_zero, row.doi))
