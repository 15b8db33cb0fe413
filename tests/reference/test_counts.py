"""Mantel-Haenszel, Peto and the tests of tables against metafor, meta and base R."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from metaan.core.counts import PETO_ODDS_RATIO
from metaan.trials.counting import counts
from metaan.twobytwo.homogeneity import count_tests
from metaan.twobytwo.mantel_haenszel import mantel_haenszel
from metaan.twobytwo.peto import peto
from metaan.univariate.pooling import pool
from tests.reference.pinned import columns, pins
from tests.reference.rscript import run
from tests.tolerance import EXACT, Tolerance, close

SATO = "SATO"  # metafor's variance of the risk difference; meta's is Greenland and Robins'
LOG_P = Tolerance(
    relative=1e-11,
    reason="R's p-values are rounded before we take their logarithm, and a chi-square of 276 "
    "with a relative error of 1e-14 moves log p by as much as its own size",
)
LIVE = Tolerance(
    relative=1e-11,
    reason="closed forms at random tables: p-values down to 1e-270 move by as much as their "
    "logarithm is long; all else agrees to 1e-13",
)
RATE = ("IRR", "IRD")
SETS = [f"set{i}" for i in range(24)]


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


DATA = {"dat.bcg": bcg, "dat.nielweise2007": nielweise, "dat.hart1999": hart}
METAFOR = [
    (name, block, key)
    for name, record in pins("counts")["fits"].items()
    for block in ("models_2x2", "models")
    for key in record.get(block, ())
]
# With zero cells meta adds 1/2 to the events and to n of a risk ratio, and to no difference.
OTHER_EFFECTS = {("dat.nielweise2007", f"metabin:{measure}:Inverse") for measure in ("RR", "RD")}
META = [
    (name, key)
    for name, record in pins("counts")["fits"].items()
    for key in record["meta"]
    if (name, key) not in OTHER_EFFECTS
]


def ours(name, measure, **options):
    """Return our fit as metafor has it."""
    found = DATA[name]()
    if measure == PETO_ODDS_RATIO:
        return peto(found)
    more = {"variance": SATO} if measure == "RD" else {}
    return mantel_haenszel(found, measure, **more, **options)


@pytest.mark.parametrize(("name", "block", "key"), METAFOR)
def test_estimates_of_metafor(name, block, key):
    """Estimate, error, limits and test; add=c(.5, 0) is what is always done."""
    expected = pins("counts")["fits"][name][block][key]
    fit = ours(name, measure_of(key))
    estimate = fit.estimate
    assert close(estimate.value, expected["beta"], EXACT)
    assert close(estimate.se, expected["se"], EXACT)
    assert close([estimate.low, estimate.high], [expected["ci_lb"], expected["ci_ub"]], EXACT)
    assert close(estimate.statistic, expected["stat"], EXACT)
    assert close(estimate.log_p_value, np.log(expected["pval"]), LOG_P)
    assert fit.counts.k == expected["k"]
    silent = fit.counts.no_events.sum() * (measure_of(key) != "RD")
    assert fit.k == expected["k"] - silent  # metafor counts studies that it does not use


def measure_of(key):
    """Return the measure of a key of metafor's."""
    return PETO_ODDS_RATIO if key == "rma.peto" else key.split(":")[1]


@pytest.mark.parametrize(("name", "block", "key"), METAFOR)
def test_heterogeneity_of_metafor(name, block, key):
    """Q, its p-value, I² and H².

    The pinned ``QE_df`` is k - 1 also where metafor itself uses one less, as its p-value shows:
    a study without events has no odds ratio. It leaves such a study out of the Q of the risk
    difference too (here it is in, as it is in the estimate), so that one is compared without it.
    """
    expected = pins("counts")["fits"][name][block][key]
    fit = ours(name, measure_of(key))
    het = fit.heterogeneity
    q, df = het.q, het.df
    if measure_of(key) == "RD":
        own = fit.effects.take(~fit.counts.no_events)
        assert own.k == fit.counts.k - fit.counts.no_events.sum()
        q, df = np.sum((own.y - fit.estimate.value) ** 2 / own.v), own.k - 1
    else:
        assert close(het.log_p_value, np.log(expected["QEp"]), LOG_P)
        assert close([het.i2, het.h2], [expected["I2"], expected["H2"]], EXACT, typical=1.0)
    assert close(q, expected["QE"], EXACT)
    assert df == fit.counts.k - 1 - fit.counts.no_events.sum()


@pytest.mark.parametrize(("name", "block", "key"), METAFOR)
def test_tests_of_metafor(name, block, key):
    """CMH with and without the correction, Breslow-Day, Tarone."""
    expected = pins("counts")["fits"][name][block][key]
    if measure_of(key) not in ("OR", "IRR"):
        assert expected.get("MH") is None
        return
    tests = ours(name, measure_of(key)).tests
    names = {"CMH" if key.endswith("=FALSE") else "CMH_CORRECTED": "MH"}
    if measure_of(key) == "OR":
        names |= {"BRESLOW_DAY": "BD", "TARONE": "TA"}
    for ours_is, theirs in names.items():
        assert close(tests[ours_is].statistic, expected[theirs], EXACT)
        assert close(tests[ours_is].log_p_value, np.log(expected[f"{theirs}p"]), LOG_P)


@pytest.mark.parametrize("key", ["mh:OR", "peto"])
def test_leaving_one_out(key):
    """Counts of all trials but one, against metafor's leave1out."""
    expected = pins("counts")["fits"]["dat.bcg"]["leave1out"][f"leave1out {key}"]
    whole = bcg()
    for i in range(whole.k):
        rest = whole.take(np.arange(whole.k) != i)
        fit = peto(rest) if key == "peto" else mantel_haenszel(rest, "OR")
        found = [fit.estimate.value, fit.estimate.se, fit.heterogeneity.q, fit.heterogeneity.i2]
        names = ("estimate", "se", "Q", "I2")
        assert close(found, [expected[name][i] for name in names], EXACT)


@pytest.mark.parametrize(("name", "key"), META)
def test_estimates_of_meta(name, key):
    """The package meta: MH with its correction, MH.exact, Peto, inverse variance."""
    expected = pins("counts")["fits"][name]["meta"][key]
    _, measure, method, *rest = key.split(":")
    found = DATA[name]()
    if method == "Inverse":
        fit = pool(found.effects[measure], model="common")
        assert close(fit.heterogeneity.q, expected["Q"], EXACT)
    elif method == "Peto":
        fit = peto(found)
        assert close(fit.heterogeneity.q, expected["Q"], EXACT)
    else:
        add = 0.0 if "MH.exact" in rest or measure == "RD" else 0.5
        fit = mantel_haenszel(found, measure, correction=add)
    if (name, measure, method) == ("dat.nielweise2007", "RD", "MH"):
        risk_difference_of_meta(found, expected)
        return
    assert close(fit.estimate.value, expected["TE.common"], EXACT)
    assert close(fit.estimate.se, expected["seTE.common"], EXACT)
    weights = np.array([w or 0.0 for w in expected["w.common"]])
    if method != "Inverse":
        assert close(fit.weights, 100 * weights / weights.sum(), EXACT)


def risk_difference_of_meta(found, expected):
    """With zero cells meta's is a hybrid: differences as counted, all else with 1/2 added.

    Ours is one or the other. The error with 1/2 added is the same; the estimate is rebuilt here.
    """
    corrected = mantel_haenszel(found, "RD", correction=0.5)
    assert close(corrected.estimate.se, expected["seTE.common"], EXACT)
    assert close(corrected.weights, share(expected["w.common"]), EXACT)
    risk1, risk2 = (found.events / found.denominators).T
    hybrid = np.average(risk1 - risk2, weights=corrected.weights)
    assert close(hybrid, expected["TE.common"], EXACT)
    exact = mantel_haenszel(found, "RD")
    assert abs(exact.estimate.value - expected["TE.common"]) > 1e-5


def share(weights):
    """Return weights in percent."""
    return 100 * np.array(weights) / np.sum(weights)


def test_inverse_variance_q_is_the_smaller():
    """The Q of meta for MH is about the inverse-variance mean: it is that of pool."""
    for name, measure in (("dat.bcg", "OR"), ("dat.bcg", "RR"), ("dat.nielweise2007", "OR")):
        expected = pins("counts")["fits"][name]["meta"][f"metabin:{measure}:MH"]
        found = DATA[name]()
        het = pool(found.effects[measure], model="common").heterogeneity
        assert close(het.q, expected["Q"], EXACT)
        assert het.df == expected["df.Q"]
        assert mantel_haenszel(found, measure).heterogeneity.q > het.q


def test_random_effects_of_revman():
    """tau² from Q about the Mantel-Haenszel estimate: meta's Q.Cochrane."""
    expected = pins("counts")["fits"]["dat.bcg"]["meta"]["metabin:OR:MH:DL Q.Cochrane"]
    fit = mantel_haenszel(bcg(), "OR", model="random")
    estimate, het = fit.estimate, fit.heterogeneity
    assert close([estimate.value, estimate.se], pair(expected, "TE.random", "seTE.random"), EXACT)
    assert close([estimate.low, estimate.high], pair(expected, "lower.random", "upper.random"),
                 EXACT)  # fmt: skip
    assert close([fit.tau2, het.q], pair(expected, "tau2", "Q"), EXACT)
    assert close([het.i2, het.h2], [100 * expected["I2"], expected["H"] ** 2], EXACT)
    assert close(fit.weights, share(expected["w.random"]), EXACT)


def pair(record, *names):
    """Return some numbers of a record."""
    return [record[name] for name in names]


@pytest.fixture(scope="module")
def tables():
    """Return random tables, many with zero cells, some without events or non-events."""
    rng = np.random.default_rng(7)
    made = {}
    for i, name in enumerate(SETS):
        k = int(rng.integers(2, 9))
        n1, n2 = rng.integers(4, 400 if i % 2 else 30, k), rng.integers(4, 300 if i % 3 else 25, k)
        a, c = (rng.binomial(n, rng.beta(0.7, 3 if i % 4 else 1, k)) for n in (n1, n2))
        a[0], c[0] = np.clip(a[0], 1, n1[0] - 1), np.clip(c[0], 1, n2[0] - 1)
        if i % 5 == 0:
            a[1] = c[1] = 0
        if i % 7 == 3:
            a[1], c[1] = n1[1], n2[1]
        times = np.round(rng.uniform(1, 900, (2, k)), 2)
        made[name] = {"a": a, "n1": n1, "c": c, "n2": n2, "t1": times[0], "t2": times[1]}
    return made


@pytest.fixture(scope="module")
def figures(tmp_path_factory, tables):
    """Return what R makes of them."""
    folder = tmp_path_factory.mktemp("counts")
    with (folder / "tables.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["set", "a", "n1", "c", "n2", "t1", "t2"])
        for name, table in tables.items():
            rows = zip(*(column.tolist() for column in table.values()), strict=True)
            writer.writerows([name, *row] for row in rows)
    return run("counts.R", str(folder / "tables.csv"), str(folder / "out.json"))["sets"]


def people(table):
    """Return the counts of people of a random table."""
    return counts({"events1": table["a"], "n1": table["n1"], "events2": table["c"],
                   "n2": table["n2"]})  # fmt: skip


def check_fit(fit, expected):
    """Compare a fit with a live one."""
    found = [fit.estimate.value, fit.estimate.se]
    assert close(found, pair(expected, "beta", "se"), LIVE, typical=fit.estimate.se)
    if fit.heterogeneity.df > 0:
        assert close(fit.heterogeneity.q, expected["QE"], LIVE, typical=1.0)
        assert close(np.exp(fit.heterogeneity.log_p_value), expected["QEp"], LIVE)


@pytest.mark.r
@pytest.mark.parametrize("name", SETS)
def test_random_tables_of_people(figures, tables, name):
    """Odds and risk ratios, differences, Peto, all with zeros, with and without correction."""
    expected, found = figures[name], people(tables[name])
    check_fit(mantel_haenszel(found, "OR"), expected["OR:drop00=TRUE"])
    check_fit(mantel_haenszel(found, "RR"), expected["RR:drop00=TRUE"])
    check_fit(mantel_haenszel(found, "RD", variance=SATO), expected["RD:drop00=FALSE"])
    check_fit(peto(found), expected["PETO"])
    for measure in ("OR", "RR"):
        corrected = mantel_haenszel(found, measure, correction=0.5)
        if not (measure == "RR" and found.all_events.any()):  # metafor drops those, too
            check_fit(corrected, expected[f"{measure}:add"])
    corrected = mantel_haenszel(found, "RD", correction=0.5, variance=SATO)
    check_fit(corrected, expected["RD:add"])


@pytest.mark.r
@pytest.mark.parametrize("name", SETS)
def test_random_tables_of_tests(figures, tables, name):
    """CMH against metafor and base R, Breslow-Day and Tarone against metafor."""
    expected, found = figures[name], people(tables[name])
    tests = count_tests(found)
    plain = expected["OR:drop00=TRUE"]
    assert close(tests["CMH"].statistic, plain["MH"], LIVE, typical=1e-3)
    assert close(tests["CMH"].p_value, plain["MHp"], LIVE)
    if tests["TARONE"].df:  # of a single table metafor says 0
        both = [tests[key].statistic for key in ("BRESLOW_DAY", "TARONE")]
        assert close(both, pair(plain, "BD", "TA"), LIVE, typical=1.0)
        both = [tests[key].p_value for key in ("BRESLOW_DAY", "TARONE")]
        assert close(both, pair(plain, "BDp", "TAp"), LIVE)
    base = expected["mantelhaen"]
    if base:
        assert close(tests["CMH"].statistic, base["statistic"], LIVE, typical=1e-3)
        fit = mantel_haenszel(found, "OR").estimate.read()
        assert close([fit.value, fit.low, fit.high], [base["estimate"], *base["limits"]], LIVE)
    if tests["CMH_CORRECTED"].statistic > 0:  # within half an event R's two ways differ from ours
        corrected = expected["OR:correct"]["MH"]
        assert close(tests["CMH_CORRECTED"].statistic, corrected, LIVE, typical=1e-3)


@pytest.mark.r
@pytest.mark.parametrize("name", SETS)
def test_random_tables_of_rates(figures, tables, name):
    """Rate ratios and differences, and the test for person-time."""
    table, expected = tables[name], figures[name]
    found = counts({"events1": table["a"], "time1": table["t1"], "events2": table["c"],
                    "time2": table["t2"]})  # fmt: skip
    for measure in RATE:
        check_fit(mantel_haenszel(found, measure), expected[measure])
    test = count_tests(found)["CMH"]
    assert close(test.statistic, expected["IRR"]["MH"], LIVE, typical=1e-3)
