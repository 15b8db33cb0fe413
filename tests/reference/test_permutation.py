"""Exact permutation tests against metafor's permutest, pinned and live."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from metaan.batch.permutation import permutation_test
from metaan.core.effects import Effects
from metaan.tau2.studies import make_studies
from metaan.univariate.inference import WALD
from metaan.univariate.planning import make_plan
from metaan.univariate.pooling import pool
from metaan.univariate.prediction import DEFAULT_PREDICTION
from metaan.univariate.regression import regress
from metaan.univariate.regression_kernel import regress_arrays
from tests.reference.given_tau2 import CASES, LIVE_SMALL, SMALL, live, ours
from tests.reference.pinned import COMMON, columns, fits, pins
from tests.tolerance import EXACT, Tolerance, close

LIVE = [case for case in CASES if case != "one_cluster"]
STATISTICS = Tolerance(
    relative=1e-3,
    reason="R's REML fits stop near 1e-5 in tau², and here tau² itself is often that small",
)


def bcg(k=13):
    """Return the first k BCG trials."""
    record = fits()["dat.bcg/uni_logRR"]
    own = {"ablat": columns("dat.bcg")["ablat"][:k]}
    return Effects.from_arrays(record["yi"][:k], record["vi"][:k], columns=own)


@pytest.mark.parametrize("method", ["REML", COMMON])
def test_signs_of_the_bcg_trials(method):
    """All 8,192 choices of signs: the same count is as extreme."""
    expected = pins("permutation")["permutest_exact"][method]
    common = method == COMMON
    fit = pool(bcg(), model="common" if common else "random", inference=WALD)
    found = permutation_test(fit)
    assert found.exact
    assert found.draws == expected["exact.iter"]
    assert close(found.p_value, expected["pval"], EXACT)


def test_rows_of_seven_bcg_trials():
    """All 2,520 designs: R counts 463 of the 2,519 whose fit converged, and we 464 of all.

    The fit that R lost has a statistic far beyond that of the data, so that it counts.
    """
    record = pins("permutation")["permutest_exact_first7_ablat"]["res"]
    found = permutation_test(regress(bcg(7), "~ ablat", inference=WALD))
    fitted = [value for value in record["QM.perm"] if value is not None]
    assert (found.draws, len(fitted)) == (record["exact.iter"], record["exact.iter"] - 1)
    ours, theirs = found.moderators_p_value * 2520, record["QMp"] * 2519
    assert close([ours, theirs], [464, 463], EXACT)
    assert close(found.p_values * 2520, [2311, 464], EXACT)
    assert close(np.array(record["pval"]) * 2519, [2310, 463], EXACT)


def test_the_fit_that_r_lost():
    """Of our 2,520 statistics one has no counterpart in R, and it is beyond the data's."""
    record = pins("permutation")["permutest_exact_first7_ablat"]["res"]
    theirs = np.sort([value for value in record["QM.perm"] if value is not None])
    every = np.sort(statistics_of_all(bcg(7)))
    lost = min(range(len(every)), key=lambda i: np.abs(np.delete(every, i) - theirs).max())
    assert close(np.delete(every, lost), theirs, STATISTICS)
    assert every[lost] > 5 * record["QM"]


def statistics_of_all(effects):
    """Return the test of moderators for every different design, effects moved instead of rows."""
    ablat = np.array(effects.columns["ablat"])
    orders = np.array(list({tuple(ablat[list(o)]): o for o in permutations(range(7))}.values()))
    x = np.empty((len(orders), 7, 2))
    x[..., 0], x[..., 1] = 1.0, np.sort(ablat)
    # The studies in the order that gives sorted rows what the order gives them.
    place = np.argsort(ablat[orders], axis=1)
    studies = make_studies(effects.y[place], effects.v[place], x=x)
    plan = make_plan(
        model="random", tau2="REML", inference=WALD, prediction=DEFAULT_PREDICTION, level=0.95
    )
    return regress_arrays(studies, plan).qm


def compare(given, case, k):
    """Compare exact p-values of the first k studies with R's, by DerSimonian and Laird."""
    small = {name: column[:k] for name, column in given["table"].items()}
    expected = given["permutations"][case]
    found = permutation_test(ours(small, case, tau2="DL", inference=WALD))
    assert found.draws == expected["count"]
    assert close(found.p_values, np.atleast_1d(expected["p"]), EXACT)
    if len(found.names) > 1:
        assert close(found.moderators_p_value, expected["QMp"], EXACT)


@pytest.mark.parametrize("case", LIVE)
def test_pinned(case):
    """Signs and rows, with weights of one's own and without: metafor 3.8."""
    compare(pins("robust")["given_tau2"], case, SMALL)


@pytest.mark.r
@pytest.mark.parametrize("case", LIVE)
def test_live(case):
    """The same on a table that was never pinned."""
    compare(live(), case, LIVE_SMALL)
