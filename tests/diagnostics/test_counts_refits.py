"""Refits of counts: Mantel-Haenszel and Peto of subsets, against each made by itself and R."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.core.counts import Counts
from metaan.core.errors import InputError
from metaan.diagnostics.cumulative import cumulative
from metaan.diagnostics.leaving_out import leave_one_out
from metaan.trials.counting import counts
from metaan.twobytwo.mantel_haenszel import mantel_haenszel
from metaan.twobytwo.peto import peto
from tests.diagnostics.comparing import same_row
from tests.reference.pinned import columns, pins
from tests.tolerance import EXACT, Tolerance, close

SAME = Tolerance(relative=1e-12, absolute=1e-13, reason="the same sums, with zeros between them")
WAYS = [
    ("OR", {}),
    ("OR", {"correction": 0.5}),
    ("OR", {"model": "random"}),
    ("RR", {"model": "random", "level": 0.9}),
    ("RR", {}),
    ("RD", {"variance": "SATO"}),
    ("RD", {}),
    ("RD", {"model": "random"}),
]


def bcg():
    """Return the BCG trials."""
    c = columns("dat.bcg")
    table = c | {"n1": c["tpos"] + c["tneg"], "n2": c["cpos"] + c["cneg"]}
    return counts(table, events1="tpos", n1="n1", events2="cpos", n2="n2")


def nielweise():
    """Return trials of catheters, six with a zero cell, one without any event."""
    return counts(columns("dat.nielweise2007"), events1="ai", n1="n1i", events2="ci", n2="n2i")


def hart():
    """Return trials of anticoagulants over person-time."""
    return counts(columns("dat.hart1999"), events1="x1i", time1="t1i", events2="x2i", time2="t2i")


def leaves_each(whole, pooled):
    """Assert that each row is the fit of the other studies, and return the refits."""
    found = leave_one_out(pooled(whole))
    for i in range(whole.k):
        same_row(found, i, pooled(whole.take(np.arange(whole.k) != i)), SAME, typical=0.01)
    return found


def adds_each(whole, pooled, defined):
    """Assert that each row is the fit of the studies so far, NaN where there is none."""
    found = cumulative(pooled(whole))
    assert np.flatnonzero(np.isnan(found.value)).tolist() == [
        i for i in range(whole.k) if i not in defined
    ]
    for i in defined:
        same_row(found, i, pooled(whole.take(slice(i + 1))), SAME, typical=0.01)
    return found


@pytest.mark.parametrize(("measure", "options"), WAYS)
@pytest.mark.parametrize("data", [bcg, nielweise])
def test_mantel_haenszel(data, measure, options):
    """Each row is the estimate of the other trials, zero cells and all."""
    leaves_each(data(), lambda some: mantel_haenszel(some, measure, **options))


@pytest.mark.parametrize("measure", ["IRR", "IRD"])
def test_over_person_time(measure):
    """Rates too."""
    found = leaves_each(hart(), lambda some: mantel_haenszel(some, measure))
    assert len(found) == 6


@pytest.mark.parametrize("data", [bcg, nielweise])
def test_peto(data):
    """Each row is Peto's of the other trials, and of the trials so far."""
    leaves_each(data(), peto)
    adds_each(data(), peto, range(data().k))


def test_first_trials_may_say_nothing():
    """Before both groups have had an event there is no odds ratio, and a remark says so."""
    whole = nielweise()
    found = adds_each(whole, lambda some: mantel_haenszel(some, "OR"), range(1, whole.k))
    assert found.remarks == (
        f"no estimate yet after {whole.study[0]}: those so far leave the effect undefined",
    )
    assert found.k.tolist() == [*range(1, 15), *range(14, 18)]  # a trial without events adds none
    assert "  –  " in found.summary().splitlines()[2]


def test_without_effects_of_their_own():
    """Counts that came without effects of the studies have estimates and no Q."""
    whole = bcg()
    bare = Counts(
        events=whole.events, denominators=whole.denominators, kind=whole.kind, study=whole.study
    )
    found = leave_one_out(mantel_haenszel(bare, "OR"))
    assert np.isnan(found.q).all()
    assert close(found.value, leave_one_out(mantel_haenszel(whole, "OR")).value, EXACT)


@pytest.mark.parametrize("key", ["mh:OR", "peto"])
def test_metafor(key):
    """Leave-one-out of metafor 5.1, closed forms."""
    expected = pins("counts")["fits"]["dat.bcg"]["leave1out"][f"leave1out {key}"]
    found = leave_one_out(peto(bcg()) if key == "peto" else mantel_haenszel(bcg(), "OR"))
    names = {"value": "estimate", "se": "se", "q": "Q", "i2": "I2"}
    for ours, theirs in names.items():
        assert close(getattr(found, ours), expected[theirs], EXACT)


def test_orders_of_counts():
    """By a column of the counts; by effects only where every study has one."""
    c = columns("dat.bcg")
    found = cumulative(mantel_haenszel(bcg(), "RR"), "year")
    assert found.position.tolist() == np.argsort(c["year"], kind="stable").tolist()
    own = bcg().effects["RR"]
    by_v = cumulative(mantel_haenszel(bcg(), "RR"), "precision")
    assert by_v.position.tolist() == np.argsort(own.v).tolist()
    with pytest.raises(InputError, match=r"needs an effect of every study, and .* has none"):
        cumulative(mantel_haenszel(nielweise(), "OR"), "precision")


def test_one_trial_cannot_be_left_out():
    """A named error."""
    with pytest.raises(InputError, match="two studies or more"):
        leave_one_out(peto(bcg().take([0])))
