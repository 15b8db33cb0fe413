"""gosh: every row is the pool of its subset, whatever the plan; which subsets there are."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaan.core.conventions import CONVENTIONS
from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.diagnostics.subsets import drawing
from metaan.diagnostics.subsets.drawing import every_subset, has, random_subsets, unpacked
from metaan.diagnostics.subsets.gosh import gosh
from metaan.diagnostics.subsets.likelihood import shared_likelihood, subset_maxima
from metaan.tau2.likelihood import maximum_likelihood, restricted_maximum_likelihood
from metaan.tau2.studies import make_studies
from metaan.tau2.table import ESTIMATORS
from metaan.twobytwo.mantel_haenszel import mantel_haenszel
from metaan.univariate.inference import INFERENCES
from metaan.univariate.regression import regress
from metaan.univariate.subgrouping import subgroups
from tests.diagnostics.comparing import drawn, quiet
from tests.tolerance import SOLVED, Tolerance, close
from tests.twobytwo.builders import people

SAME = Tolerance(
    relative=1e-11, absolute=1e-13, reason="the same studies in another unit and another start"
)
SOME = (0, 4, 9, 22, 40, 57, 62)  # of the 63 subsets of six studies


def same_rows(found, effects, rows, **options):
    """Assert that rows are the pools of their subsets, made one by one."""
    weights = options.pop("weights", None)
    for i in rows:
        held = np.flatnonzero(found.membership()[i])
        own = {} if weights is None else {"weights": np.asarray(weights)[held]}
        fit = quiet(effects.take(held), **options, **own)
        assert found.k[i] == fit.k == len(held)
        assert close(found.value[i], fit.estimate.value, SAME)
        assert close(found.se[i], fit.estimate.se, SAME)
        assert close(found.tau2[i], fit.tau2, SAME, typical=0.2)
        het = fit.heterogeneity
        wanted = het.i2_q if fit.i2_first == "Q" else het.i2
        assert close((found.i2[i], found.h2[i], found.q[i]), (wanted, het.h2, het.q), SAME)


@pytest.mark.parametrize("tau2", [key for key in ESTIMATORS if key != "GENQM"])
def test_every_estimator(tau2):
    """Each row is what pool gives of the subset, the last one the fit."""
    effects = drawn(6)
    more = {"weights": 1 / effects.se} if ESTIMATORS[tau2].weighted else {}
    fit = quiet(effects, tau2=tau2, **more)
    found = gosh(fit)
    assert (found.every, len(found)) == (True, 63)
    same_rows(found, effects, SOME, tau2=tau2, **more)
    last = (found.value[-1], found.se[-1], found.tau2[-1])
    assert close(last, (fit.estimate.value, fit.estimate.se, fit.tau2), SOLVED)


@pytest.mark.parametrize("inference", INFERENCES)
def test_every_inference(inference):
    """Standard errors with corrections of their own too."""
    tau2 = "DL" if INFERENCES[inference].needs_moment else "REML"
    same_rows(
        gosh(quiet(drawn(6), inference=inference, tau2=tau2)),
        drawn(6),
        SOME,
        inference=inference,
        tau2=tau2,
    )


@pytest.mark.parametrize(
    "options",
    [
        {"model": "common"},
        {"tau2": 0.3},
        {"weights": np.arange(6.0) + 1},
        *({"conventions": key} for key in CONVENTIONS),
    ],
)
def test_every_model(options):
    """Common effect, a given tau², given weights, conventions of other programs."""
    found = gosh(quiet(drawn(6), **options))
    same_rows(found, drawn(6), SOME, **options)


def test_weights_of_zero_leave_a_subset_open():
    """A subset whose weights are all 0 has no estimate, and the record says so."""
    found = gosh(quiet(drawn(5), weights=[0.0, 1, 2, 3, 4]))
    assert np.isnan(found.value).tolist() == [True] + [False] * 30
    assert found.remarks[-1].startswith("1 subset without an estimate")
    assert "[1]" in found.sentence()


def test_counts():
    """Mantel-Haenszel's pools of subsets are those of their counts."""
    counts = people([3, 5, 8, 2], [50, 60, 70, 80], [6, 9, 9, 5], [50, 60, 70, 80])
    found = gosh(mantel_haenszel(counts, "RR"))
    alone = mantel_haenszel(counts.take([0, 1, 3]), "RR")
    assert found.subset(10) == tuple(counts.study[i] for i in (0, 1, 3))
    assert close(found.value[10], alone.estimate.value, SAME)
    assert close(found.q[10], alone.heterogeneity.q, SAME)


@given(
    y=st.lists(st.floats(-5, 5), min_size=3, max_size=7),
    power=st.floats(-2, 2),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=25)
def test_laws(y, power, seed):
    """Order, sign and unit of the effects move the rows as they move the effects."""
    rng = np.random.default_rng(seed)
    k = len(y)
    v = 10.0 ** rng.uniform(-2, 2, k)
    order = rng.permutation(k)
    plain = gosh(quiet(Effects.from_arrays(y, v)))
    unit = -(10.0**power)
    other = gosh(quiet(Effects.from_arrays(unit * np.array(y)[order], unit**2 * v[order])))
    places = other.membership()[:, np.argsort(order)] @ (1 << np.arange(k)) - 1
    for name, factor in (("value", unit), ("tau2", unit**2), ("q", 1.0)):
        theirs, ours = getattr(other, name), factor * getattr(plain, name)[places]
        wide = Tolerance(relative=1e-7, absolute=1e-9 * abs(factor), reason="flat likelihoods")
        assert close(theirs, ours, wide, typical=abs(factor) * v.min())


@pytest.mark.parametrize("restricted", [True, False])
def test_global_maximum(restricted):
    """What the shared grid finds is the engine's global maximum; where unsure, it says so."""
    rng = np.random.default_rng(8)
    search = restricted_maximum_likelihood if restricted else maximum_likelihood
    several = 0
    for spread in (0.01, 1.0, 40.0):
        v = np.exp(rng.normal(0, 2.0, 9))
        y = rng.normal(0, np.sqrt(v * spread + 0.1))
        present = unpacked(every_subset(9), 9).astype(float)
        studies = make_studies(*(np.broadcast_to(each, present.shape) for each in (y, v)), present)
        wanted = search(studies)
        shared = shared_likelihood(y, v, restricted=restricted)
        tau2, left = subset_maxima(shared, present, studies.count)
        sure = np.setdiff1d(np.arange(len(present)), left)
        assert len(sure) > 0.7 * len(present)
        assert (wanted.maxima[sure] == 1).all()
        assert close(tau2[sure], wanted.tau2[sure], SOLVED, typical=float(v.min()))
        several += int((wanted.maxima > 1).sum())
    assert several > 0


def test_widely_differing_variances_go_without_a_grid():
    """A grid over 40 powers of ten is not shared, and variances beyond get units of their own."""
    v = np.array([1e-12, 1.0, 1e12])
    assert shared_likelihood(np.array([0.0, 1.0, 3e6]), v, restricted=True) is None
    for low in (1e-12, 1e-45):
        effects = Effects.from_arrays([0.0, 1.3, 3.0], [low, 1.0, 2.0])
        same_rows(gosh(quiet(effects)), effects, range(7))


def test_equal_effects():
    """No spread at all: tau² and Q are 0 in every subset."""
    found = gosh(quiet(Effects.from_arrays([0.4] * 5, [0.1] * 5)))
    assert found.tau2.max() == found.q.max() == 0.0
    assert close(found.value, np.full(31, 0.4), SAME)
    assert np.isnan(found.i2).sum() == 5


def test_random_subsets():
    """Different ones, each study in half of them, the same for the same seed."""
    for k in (12, 25, 63, 64, 90):
        drawn_ = random_subsets(k, 3000, np.random.default_rng(1))
        held = unpacked(drawn_, k)
        assert len(np.unique(held, axis=0)) == 3000
        assert held.any(axis=1).all()
        assert np.abs(held.mean(axis=0) - 0.5).max() < 4.5 * 0.5 / math.sqrt(3000)
        assert (held[:, k - 1] == has(drawn_, k - 1)).all()
        assert (drawn_ == random_subsets(k, 3000, np.random.default_rng(1))).all()


def test_random_subsets_are_uniform_and_exhaust():
    """All but one of 7, each left out as often; numbered draws go on until they differ."""
    rng = np.random.default_rng(4)
    out = [7 * 4 - int(random_subsets(3, 6, rng).sum()) for _ in range(1400)]
    counts = np.bincount(out, minlength=8)[1:]
    assert np.abs(counts - 200).max() < 4.5 * math.sqrt(200)
    assert sorted(drawing._different(5, 31, rng).tolist()) == list(range(1, 32))


def test_random_rows_are_pools():
    """Of 30 studies, a seed gives the same subsets again, and rows are pools."""
    effects = drawn(30)
    found = gosh(quiet(effects), subsets=200, rng=5)
    again = gosh(quiet(effects), subsets=200, rng=np.random.default_rng(5))
    assert (found.every, len(found)) == (False, 200)
    assert np.array_equal(found.members, again.members)
    assert np.array_equal(found.value, again.value)
    same_rows(found, effects, range(0, 200, 29))


def test_asking_for_more_than_there_are_gives_all():
    """No source of randomness is needed then."""
    assert gosh(quiet(drawn(5)), subsets=31).every
    assert gosh(quiet(drawn(5)), subsets=10_000).every


def test_of_subgroups_the_pool_of_all():
    """A subgroup fit stands for its overall pool."""
    effects = drawn(6, columns={"kind": ["a", "b"] * 3})
    found = gosh(subgroups(effects, "kind"))
    assert np.array_equal(found.value, gosh(quiet(effects)).value)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: gosh(quiet(drawn(1))), "two studies or more"),
        (lambda: gosh(quiet(drawn(6)), subsets=9), r"rng=None .* 9 of the 2\^6"),
        (lambda: gosh(quiet(drawn(21))), r"rng=None .* 1,000,000 of the 2\^21"),
        (lambda: gosh(quiet(drawn(6)), subsets=0), "subsets=0 must be a whole number"),
        (lambda: gosh(quiet(drawn(6)), subsets=2.5), "subsets=2.5 must be"),
        (lambda: gosh(quiet(drawn(6)), subsets=True), "subsets=True must be"),
        (lambda: gosh(quiet(drawn(40)), subsets=10**9, rng=1), "more than 67,108,864"),
        (lambda: gosh(drawn(6)), "gosh needs a pool.* got Effects"),
        (
            lambda: gosh(regress(drawn(6, columns={"x": range(6)}), "~ x")),
            "gosh needs a pool.* got RegressionFit",
        ),
    ],
)
def test_errors(make, words):
    """Each names what is wrong and the remedy."""
    with pytest.raises(InputError, match=words):
        make()


def test_a_subgroup_of_shared_tau2_is_refused():
    """Its own studies do not give it."""
    effects = drawn(8, columns={"kind": ["a", "b"] * 4})
    part = subgroups(effects, "kind", tau2="REML", shared_tau2=True)["a"]
    with pytest.raises(InputError, match="pool of its own studies alone"):
        gosh(part)


def test_reading_the_record():
    """Masks, names, tables and texts."""
    effects = Effects.from_arrays([0.1, 0.2, 0.9], [0.1, 0.1, 0.1], study=["A", "B", "B"])
    found = gosh(quiet(effects))
    assert found.with_("A").tolist() == [True, False] * 3 + [True]
    assert (found.without(2) == ~found.membership()[:, 2]).all()
    assert [found.subset(i) for i in (0, 5)] == [("A",), ("B", "B")]
    frame = found.to_frame()
    assert frame["subset"].tolist()[:3] == ["100", "010", "110"]
    assert frame["k"].tolist() == [1, 1, 2, 1, 2, 2, 3]
    assert "all 7 subsets of 3 studies" in str(found)
    assert "<table" in found._repr_html_()
    assert "Olkin" in found.references[0]
    for bad in ("B", "C", 3, True):
        with pytest.raises(ChoiceError, match=r"is the label of 2|is no study|is no place"):
            found.with_(bad)
    with pytest.raises(ValueError, match="read-only"):
        found.value[0] = 1.0


def test_ratios_are_read_as_ratios():
    """The table reads what the analysis scale holds."""
    counts = people([3, 5, 8], [50, 60, 70], [6, 9, 9], [50, 60, 70])
    found = gosh(mantel_haenszel(counts, "RR"))
    assert close(found.to_frame()["estimate"], np.exp(found.value), SAME)
