"""network_effects of arms: figures of netmeta, formulas the long way, and two arms as ever."""

from __future__ import annotations

import time
from math import gamma, sqrt

import numpy as np
import pytest

import metaan as ma
from metaan.measures.table import MEASURES
from metaan.trials.network_contrasts import NETWORK_MEASURES
from metaan.trials.network_making import network_effects
from tests.networks.pinned import effects as pinned
from tests.networks.pinned import linde2016
from tests.tolerance import EXACT, Tolerance, close
from tests.trials.builders import people
from tests.trials.networks import between, by_pair, covariance, long, made, table

MEANS = long(
    [
        ("Ann", "a", 5.0, 1.2, 12), ("Ann", "b", 6.5, 2.1, 31), ("Ann", "c", 4.2, 0.9, 19),
        ("Ann", "d", 5.5, 1.4, 8),
        ("Bo", "c", 3.1, 1.1, 20), ("Bo", "a", 2.2, 1.6, 22),
        ("Cy", "b", 7.1, 2.6, 9), ("Cy", "d", 8.0, 2.2, 11), ("Cy", "a", 6.9, 1.9, 10),
    ],
    "mean", "sd", "n",
)  # fmt: skip
COUNTS = long(
    [
        ("Ann", "a", 3, 40, 51.0), ("Ann", "b", 7, 42, 60.5), ("Ann", "c", 12, 39, 44.0),
        ("Bo", "a", 0, 30, 33.0), ("Bo", "b", 4, 31, 36.0), ("Bo", "c", 6, 29, 30.5),
        ("Cy", "b", 9, 50, 58.0), ("Cy", "c", 11, 52, 49.0),
        ("Di", "a", 0, 20, 21.0), ("Di", "c", 0, 22, 24.0),
        ("Ed", "a", 15, 15, 20.0), ("Ed", "b", 17, 17, 19.5),
    ],
    "events", "n", "time",
)  # fmt: skip
SLOPES = Tolerance(relative=1e-12, absolute=1e-14, reason="derivatives by complex steps are exact")


def without(columns, *studies):
    """Return a long table without some studies."""
    keep = [i for i, name in enumerate(columns["study"]) if name not in studies]
    return {name: [values[i] for i in keep] for name, values in columns.items()}


def pairwise(columns, first, second, numbers):
    """Return two arms as a row for effect_sizes, by treatment."""
    place = {name: i for i, name in enumerate(columns["treatment"])}
    return {
        f"{name}{side}": [columns[name][place[arm]]]
        for name in numbers
        for side, arm in (("1", first), ("2", second))
    }


@pytest.mark.parametrize("name", ["senn2013", "woods2010", "franchini2012"])
def test_contrasts_are_those_of_netmeta(name):
    """Every contrast that pairwise() makes of these arms, long or wide, and its error."""
    theirs = pinned(name)
    ours = by_pair(made(name))
    assert len(ours) == 2 * len(theirs.y)
    keys = list(zip(theirs.study, theirs.treat1, theirs.treat2, strict=True))
    assert close([ours[key][0] for key in keys], theirs.y, EXACT)
    assert close([ours[key][1] for key in keys], theirs.v, EXACT)


def test_printed_contrasts_of_linde():
    """93 studies printed with six decimals: the same record as from arrays, repaired."""
    ours = network_effects(
        table("linde2016"), "OR", study="id", y="lnOR", se="selnOR", disagreeing="repair"
    )
    theirs = linde2016()
    assert close(ours.y, theirs.y, EXACT)
    assert close(ours.v, theirs.v, EXACT)
    assert (ours.measure, ours.scale.key, ours.label) == ("OR", "log", "Odds ratio")
    assert ours.remarks == theirs.remarks
    with pytest.raises(ma.DataError, match="contradict each other") as raised:
        network_effects(table("linde2016"), "OR", study="id", y="lnOR", se="selnOR")
    assert len(raised.value.faults) == 3


def test_rare_events_of_dong():
    """41 studies of which three have no event in any arm, and nine a zero in some."""
    columns = table("dong2013")
    with pytest.warns(ma.MetaanWarning, match="3 arms or studies left out: 5: no events"):
        effects = network_effects(columns, "OR", study="id", events="death", n="randomized")
    assert (effects.k, effects.k_left_out, len(effects.treatments)) == (38, 3, 6)
    assert {item.study for item in effects.left_out} == {"5", "25", "37"}
    arms = {}
    for study, name, d, n in zip(*columns.values(), strict=True):
        arms.setdefault(study, {})[name] = (int(d), int(n) - int(d))
    for (study, one, other), (y, v) in by_pair(effects).items():
        half = 0.5 * any(0 in cells for cells in arms[study].values())
        a, b, c, d = (cell + half for cell in (*arms[study][one], *arms[study][other]))
        assert close(y, np.log(a / b / (c / d)), EXACT, typical=1)
        assert close(v, 1 / a + 1 / b + 1 / c + 1 / d, EXACT)


@pytest.mark.parametrize("measure", NETWORK_MEASURES)
def test_two_arms_are_effect_sizes(measure):
    """Every measure and every variance, with its corrections."""
    row = MEASURES[measure]
    columns = without(MEANS if "mean1" in row.inputs else COUNTS, "Di", "Ed")
    columns = {name: values[-3:-1] if "mean1" in row.inputs else values[-2:]
               for name, values in columns.items()}  # fmt: skip
    numbers = [name[:-1] for name in row.inputs[: len(row.inputs) // 2]]
    wide = pairwise(columns, *columns["treatment"], numbers)
    gone = {*row.across, "REVMAN"}
    tried = [{}, *({"variance": name} for name in row.options.get("variance", ()))]
    tried += [{"correction": name} for name in row.options.get("correction", ())]
    tried += [{"correct": False}] if "correct" in row.options else []
    tried += [{"add": 0.25, "to": "all"}] if "add" in row.options else []
    for options in (each for each in tried if gone.isdisjoint(each.values())):
        ours = network_effects(columns, measure, **options)
        theirs = ma.effect_sizes(wide, measure, **options)
        assert close(ours.y, theirs.y, EXACT), options
        assert close(ours.v, theirs.v, EXACT), options
    assert (ours.scale, ours.label) == (theirs.scale, theirs.label)


@pytest.mark.parametrize("measure", [key for key in NETWORK_MEASURES if key != "SMD"])
def test_arms_that_share_nothing(measure):
    """Contrasts share an arm's variance and nothing else: cov(ij, il) + cov(jl, ji) = v_ij."""
    means = "mean1" in MEASURES[measure].inputs
    study, columns = ("Ann", MEANS) if means else ("Ann", without(COUNTS, "Di", "Ed"))
    effects = network_effects(columns, measure)
    arms = ["a", "b", "c"]
    v = covariance(effects, study, arms)
    own = {"a": v[0, 1], "b": v[0, 0] - v[0, 1], "c": v[1, 1] - v[0, 1]}
    pairs = by_pair(effects)
    numbers = [name[:-1] for name in MEASURES[measure].inputs if name.endswith("1")]
    alone = without(columns, *({*columns["study"]} - {study}))
    for one, other in (("a", "b"), ("b", "c"), ("a", "c")):
        y, v = pairs[study, one, other]
        assert close(v, own[one] + own[other], EXACT)
        two = ma.effect_sizes(pairwise(alone, one, other, numbers), measure)
        assert close([y, v], [two.y[0], two.v[0]], EXACT)


def test_smd_of_many_arms_the_long_way():
    """One SD from the residuals of all participants; its covariance by the delta method."""
    effects = network_effects(MEANS, "SMD")
    arms = ["c", "a", "b", "d"]
    place = {MEANS["treatment"][i]: i for i in range(4)}
    n, mean, sd = (np.array([MEANS[x][place[arm]] for arm in arms]) for x in ("n", "mean", "sd"))
    everyone = np.concatenate([people(*each) - each[1] for each in zip(n, mean, sd, strict=True)])
    m = len(everyone) - len(arms)
    s = sqrt(everyone @ everyone / m)
    j = gamma(m / 2) / (sqrt(m / 2) * gamma((m - 1) / 2))
    g = j * (mean[1:] - mean[0]) / s
    y, _ = between(effects, "Ann", arms)
    assert close(y, g, EXACT)

    def contrasts(values):
        return (values[1:4] - values[0]) / np.sqrt(values[4])

    at = np.array([*(j * mean), s * s], dtype=complex)
    slopes = np.array([contrasts(at + 1e-30j * np.eye(5)[i]).imag / 1e-30 for i in range(5)]).T
    spread = np.diag([*(s * s / n), 2 * s**4 / m])
    known = slopes @ spread @ slopes.T
    # LS has N where the variance of a variance has its degrees of freedom
    known += np.outer(g, g) * (1 / (2 * len(everyone)) - 1 / (2 * m))
    assert close(covariance(effects, "Ann", arms), known, SLOPES)


def test_pooled_variance_of_many_arms():
    """variance="HO": s² of the whole study in every contrast of a mean difference."""
    n, sd = (np.array(MEANS[name][:4]) for name in ("n", "sd"))
    s2 = ((n - 1) @ sd**2) / (n.sum() - 4)
    effects = network_effects(MEANS, "MD", variance="HO")
    found = covariance(effects, "Ann", ["a", "b", "c", "d"])
    assert close(found, s2 * (np.diag(1 / n[1:]) + 1 / n[0]), EXACT)


def test_a_zero_adds_to_all_arms_of_its_study():
    """Bo has no event under a: b and c get their half as well; Ann stays as counted."""
    effects = network_effects(without(COUNTS, "Di", "Ed"), "OR")
    y, v = by_pair(effects)["Bo", "b", "c"]
    assert close(y, np.log(4.5 * 23.5 / (27.5 * 6.5)), EXACT)
    assert close(v, 1 / 4.5 + 1 / 27.5 + 1 / 6.5 + 1 / 23.5, EXACT)
    assert effects.remarks == ("zero cells: 0.5 added to each cell of all arms of Bo",)
    assert effects.columns["events1"][3] == 0
    y, _ = by_pair(network_effects(without(COUNTS, "Di", "Ed"), "IRR"))["Bo", "b", "c"]
    assert close(y, np.log(4.5 / 36 / (6.5 / 30.5)), EXACT)


def test_studies_that_say_nothing_about_a_ratio():
    """Without an event, or with nothing but events, in all arms: out, or kept when asked."""
    with pytest.warns(ma.MetaanWarning, match=r"Di: no events in any arm, .* Ed: nobody"):
        effects = network_effects(COUNTS, "RR")
    assert effects.studies == ("Ann", "Bo", "Cy")
    with pytest.warns(ma.MetaanWarning, match="Di: next to no information"):
        kept = network_effects(COUNTS, "RR", drop_double_zero=False)
    assert kept.k == 5
    assert close(by_pair(kept)["Di", "a", "c"][0], np.log(0.5 / 21 / (0.5 / 23)), EXACT)
    differences = network_effects(COUNTS, "RD")
    assert differences.k == 5
    assert differences.left_out == ()
    with pytest.warns(ma.MetaanWarning, match="Di: the variance of one of its RD is 0"):
        network_effects(COUNTS, "RD", to="none")
    with pytest.warns(ma.MetaanWarning, match="Bo: OR is not defined for its numbers"):
        network_effects(COUNTS, "OR", add=0)


@pytest.mark.parametrize(
    ("measure", "matched", "columns"),
    [
        ("MD", "MC", {"mean": [5.0, 6.5], "sd": [1.2, 2.1], "n": [31, 31]}),
        ("ROM", "ROMC", {"mean": [5.0, 6.5], "sd": [1.2, 2.1], "n": [31, 31]}),
        ("SMD", "SMCRP", {"mean": [5.0, 6.5], "sd": [1.2, 2.1], "n": [31, 31]}),
        ("OR", "MPORM", {"events": [12, 20], "n": [50, 50]}),
    ],
)
def test_the_same_people_in_two_arms(measure, matched, columns):
    """A crossover by its correlation is what the measures of matched groups say."""
    ours = network_effects(
        {"study": ["X"] * 2, "treatment": ["a", "b"], **columns}, measure, correlation=0.4
    )
    wide = {f"{name}{i + 1}": [value[i]] for name, value in columns.items() for i in (0, 1)}
    if measure != "OR":
        wide["n"] = wide.pop("n1")
    theirs = ma.effect_sizes(wide, matched, r=0.4)
    assert close(ours.y, theirs.y, EXACT)
    assert close(ours.v, theirs.v, EXACT)
    assert "correlation = 0.4 for every study, as given" in ours.remarks


def test_the_same_people_in_three_arms():
    """Means that correlate by rho: C S C' with S of all arms, a blank is a parallel study."""
    rho = [0.3] * 4 + [None] * 5
    columns = without(MEANS)
    effects = network_effects({**columns, "rho": rho}, "MD", correlation="rho")
    root = np.array(MEANS["sd"][:4]) / np.sqrt(MEANS["n"][:4])
    spread = np.outer(root, root) * (0.3 + 0.7 * np.eye(4))
    taken = np.array([[-1, 1, 0, 0], [-1, 0, 1, 0], [-1, 0, 0, 1]])
    found = covariance(effects, "Ann", ["a", "b", "c", "d"])
    assert close(found, taken @ spread @ taken.T, EXACT)
    plain = by_pair(network_effects(columns, "MD"))
    assert by_pair(effects)["Cy", "a", "b"] == plain["Cy", "a", "b"]
    assert "rho" not in effects.columns


def test_order_and_names_do_not_matter():
    """Shuffled arms give the same contrasts; a study's arms need not stand together."""
    order = np.random.default_rng(7).permutation(9)
    mixed = {name: [values[i] for i in order] for name, values in MEANS.items()}
    for measure in ("MD", "SMD", "ROM"):
        ours, theirs = (by_pair(network_effects(each, measure)) for each in (mixed, MEANS))
        assert ours.keys() == theirs.keys()
        assert close([ours[k] for k in ours], [theirs[k] for k in ours], EXACT)


def test_it_feeds_a_network():
    """The contrasts go into network as they are, and two reference arms give one answer."""
    fit = ma.network(network_effects(MEANS, "SMD"), model="common")
    other = ma.network(network_effects(MEANS, "SMD"), model="common", reference="d")
    assert close(fit.effect("a", "b").value, other.effect("a", "b").value, EXACT)


def test_five_thousand_studies():
    """10,000 arms in a moment: no loop over studies."""
    rng = np.random.default_rng(1)
    k = 5000
    columns = {
        "study": np.repeat([f"S{i}" for i in range(k)], 2),
        "treatment": rng.permuted(np.tile([f"T{i}" for i in range(20)], (k, 1)), axis=1)[:, :2]
        .ravel(),
        "mean": rng.normal(size=2 * k), "sd": rng.uniform(1, 2, 2 * k), "n": np.full(2 * k, 30),
    }  # fmt: skip
    took = []
    for _ in range(3):
        start = time.perf_counter()
        assert network_effects(columns, "SMD").k == k
        took.append(time.perf_counter() - start)
    assert min(took) < 0.3
