"""Calls of R as text, and those of meta and netmeta beside the numbers that R gave once."""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.core.network_counts import NetworkCounts
from metaan.core.network_effects import NetworkEffects
from metaan.diagnostics.asymmetry.fail_safe import fail_safe_n
from metaan.diagnostics.influence.influence import influence
from metaan.diagnostics.leaving_out import leave_one_out
from metaan.diagnostics.selection.selections import SELECTIONS
from metaan.diagnostics.subsets.gosh import gosh
from metaan.measures.table import MEASURES
from metaan.networks.components.component_network import network_components
from metaan.networks.fits.network import network
from metaan.networks.sparse.sparse import sparse_network
from metaan.networks.sparse.sparse_methods import SPARSE_METHODS
from metaan.report.r_calls import selecting
from metaan.report.r_calls.call import Beside, RCall
from metaan.report.r_calls.calling import CALLS, calls_of, r_call
from metaan.report.r_calls.escalc import made_of
from metaan.report.r_calls.escalc_words import ARGUMENTS, OTHER_NUMBERS
from metaan.report.r_calls.packages import META, METAFOR, NETMETA, PACKAGES, TOLERANCES
from metaan.report.r_calls.writing import called, number, text, vector
from metaan.trials.counting import counts
from metaan.trials.effects import effect_sizes
from metaan.twobytwo.mantel_haenszel import mantel_haenszel
from metaan.twobytwo.peto import peto
from metaan.univariate.pooling import pool
from tests.networks import pinned as networks
from tests.reference.escalc import SHARED
from tests.reference.pinned import columns, pins
from tests.reference.test_measures import CASES

PINS = Path(__file__).parent.parent / "reference" / "make" / "variants.csv"
NAMED = re.compile(r'(measure|vtype|correct|to|drop00)\s*=\s*[\'"]?([\w.]+)')


def few() -> Effects:
    """Return effects of three studies."""
    names = ['Ann "A"', "Bo\n", "Cy"]
    return Effects.from_arrays([0.1, 0.3, 0.55], v=[0.02, 0.04, 0.03], study=names)


def off(call: RCall, found: dict[str, Any]) -> dict[str, Any]:
    """Return the numbers further from R's than the call says."""
    far = {}
    for each in call.numbers:
        theirs = np.ravel(np.asarray(found[each.name], dtype=float))
        ours = np.array(each.values)
        assert theirs.shape == ours.shape, each.name
        allowed = call.tolerance * np.maximum(np.abs(ours), each.size)
        if not (np.abs(theirs - ours) <= allowed).all():
            far[each.name] = (theirs, ours)
    return far


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("plain", '"plain"'),
        ('a "b"', r'"a \"b\""'),
        ("back\\", r'"back\\"'),
        ("a\nb\r\t", r'"a\nb\r\t"'),
        ('"); system("x', r'"\"); system(\"x"'),
        ("é☃", r'"\u00e9\u2603"'),
        ("\U0001d11e", r'"\U0001d11e"'),
        ("nul\0 half\ud800 bell\a", r'"nul\ufffd half\ufffd bell\u0007"'),
        ("turned \u202e round", r'"turned \u202e round"'),
    ],
)
def test_text(value: str, literal: str) -> None:
    """A label is one literal of plain ASCII on one line."""
    assert text(value) == literal
    assert text(value).isascii()
    assert text(value).isprintable()


def test_numbers_are_the_same_doubles() -> None:
    """Up to 17 digits; what R calls NA and Inf."""
    for value in (0.1, 1 / 3, 2.0**70, 1e-320, -7.0, 123456789.125):
        assert float(number(value)) == value
    values = [3.0, math.nan, math.inf, -math.inf]
    assert vector(values) == "c(3, NA, Inf, -Inf)"
    assert len(max(called("c", ["1.25"] * 99).splitlines(), key=len)) <= 99


def test_record_prints() -> None:
    """The head is a comment that nothing leaves; the summary has our numbers; HTML is escaped."""
    call = r_call(pool(few()))
    lines = str(call).splitlines()
    said = "# the pool: metafor 3.8.1, differences up to 1e-08; calls of this form are run by"
    assert lines[0].startswith(said)
    assert dict(call.rows())["estimate"] in call.summary()
    assert len(call.rows()) == sum(len(each.values) for each in call.numbers)
    assert lines[1] == "library(metafor)"
    assert repr(call) == str(call)
    assert "metaan's numbers" in call.summary()
    estimate = next(each.values[0] for each in call.numbers if each.name == "estimate")
    assert f"{estimate:.12g}" in call.summary()
    bad = RCall(
        name="x", code="y <- 1 < 2", package="R", version="4", tolerance=1e-3, executed=False,
        remark='first\nquit("no")\u2028quit()', numbers=(Beside(name="y", values=(math.nan,)),),
    )  # fmt: skip
    assert all(line.startswith("# ") for line in str(bad).splitlines()[:-1])
    assert str(bad).count("\n") == 2
    assert "not executed" in str(bad)
    assert "1 &lt; 2" in bad._repr_html_()
    assert "NA" in bad.summary()


def test_same_fit_same_bytes() -> None:
    """A call is made of the record alone."""
    one, other = r_call(pool(few())), r_call(pool(few()))
    assert one == other


def test_every_row_has_its_package_and_tolerance() -> None:
    """The first package of a record is one of the table, and every tolerance has a reason."""
    assert {key for _, makers in CALLS for key in makers} == set(PACKAGES)
    assert all(0 < kind.tolerance < 0.1 and kind.reason for kind in TOLERANCES.values())
    assert {*selecting.TYPES} == {*SELECTIONS}
    inputs = {row.inputs for row in MEASURES.values() if row.key not in OTHER_NUMBERS}
    assert {*ARGUMENTS} >= inputs - {("y", "v"), ("events1", "n1", "events2", "n2", "r")}


def test_refusals() -> None:
    """What R has not, or a record does not tell, is an error that says so."""
    fit = pool(few())
    with pytest.raises(InputError, match="no call of R for str; there are calls for PooledFit"):
        r_call("fit")
    with pytest.raises(ChoiceError, match=r"a package with a call for PooledFit.*metafor, meta"):
        r_call(fit, package="metafr")
    with pytest.raises(InputError, match="does not hold its fit"):
        r_call(fail_safe_n(fit, "GENERAL"))
    with pytest.raises(InputError, match="drawn at random"):
        r_call(gosh(fit, subsets=3, rng=1))
    columned = Effects.from_arrays(
        [0.1, 0.3, 0.5, 0.2], v=[0.02] * 4, columns={"lab": list("aabb")}
    )
    with pytest.raises(InputError, match="clusters"):
        r_call(leave_one_out(pool(columned), by="lab"))
    with pytest.raises(InputError, match="clusters"):
        r_call(influence(pool(columned), by="lab"))
    with pytest.raises(InputError, match="weights"):
        r_call(pool(few(), weights=[1, 2, 3]), package=META.key)


@pytest.mark.filterwarnings("ignore::metaan.core.errors.MetaanWarning")
def test_escalc_calls_are_those_of_the_pins() -> None:
    """Measure and options are the arguments with which R gave the pinned effects."""
    with PINS.open(encoding="utf-8", newline="") as file:
        asked = {(row["dataset"], row["key"]): row["call"] for row in csv.DictReader(file)}
    compared = 0
    for case in CASES:
        row = MEASURES[case.measure]
        given = (case.inputs or SHARED[case.dataset, row.inputs])(columns(case.dataset))
        table = {n: values[:12] for n, values in zip(row.inputs, given, strict=True)}
        if "from" in case.pin or row.key in OTHER_NUMBERS or "add=" in case.pin:
            continue
        effects = effect_sizes(table, row.key, **case.options)
        made = made_of(effects)
        assert made is not None, case.pin
        again = {**dict(NAMED.findall(r_call(pool(effects, model="common")).code))}
        theirs = dict(NAMED.findall(asked[case.dataset, case.pin]))
        assert again["measure"] == theirs["measure"] or {row.key, theirs["measure"]} <= {
            "AUC", "CLES",
        }  # fmt: skip
        # what changes nothing is left out: the default variance, to= without a zero cell
        own = row.default("variance") if "variance" in row.options else ""
        assert again.get("vtype", own) == theirs.get("vtype", own), case.pin
        compared += 1
    assert compared > 200


def test_turned_effects_are_turned_in_r() -> None:
    """Effects with another direction than their numbers' are made by escalc and turned."""
    table = {
        "mean1": [5.0, 6.0], "sd1": [2.0, 2.5], "n1": [20, 30],
        "mean2": [6.0, 5.5], "sd2": [2.1, 2.2], "n2": [22, 28], "direction": ["lower", "higher"],
    }  # fmt: skip
    code = r_call(pool(effect_sizes(table, "SMD", better="higher"))).code
    assert "escalc(measure" in code.replace("\n  ", "")
    assert "studies$yi <- studies$yi * c(-1, 1)" in code


META_NUMBERS = {
    "estimate": "TE.{}", "se": "seTE.{}", "low": "lower.{}", "high": "upper.{}", "Q": "Q",
    "tau2": "tau2",
}  # fmt: skip


@pytest.mark.parametrize("key", ["DL", "REML", "PM", "ML", "HS", "SJ", "HE", "EB"])
def test_metagen(key: str) -> None:
    """The pool as meta has it: estimate, Wald limits, tau², Q, its prediction interval."""
    pin = pins("r_calls_meta")["metagen"][key]
    call = r_call(_bcg(key, "WALD", "K1"), package=META.key)
    assert f'method.tau = "{key}"' in call.code
    assert 'method.predict = "V"' in call.code
    assert not call.executed
    assert (call.package, call.version) == (META.key, pins("r_calls_meta")["versions"]["meta"])
    found = {name: pin[entry.format("random")] for name, entry in META_NUMBERS.items()}
    found |= {"I2_from_Q": 100 * pin["I2"]}
    found["prediction"] = [pin["lower.predict"], pin["upper.predict"]]
    assert not off(call, found)


def _bcg(tau2: str, inference: str, prediction: str) -> Any:
    record = pins("univariate")["fits"]["dat.bcg/uni_logRR"]
    effects = Effects.from_arrays(record["yi"], record["vi"])
    return pool(effects, tau2=tau2, inference=inference, prediction=prediction)


@pytest.mark.parametrize(
    ("inference", "word", "pin"),
    [
        ("WALD", "classic", "REML CI classic"),
        ("HKSJ", "HK", "REML CI HK"),
        ("HKSJ_FLOOR", "HK", "REML HK adhoc se"),
        ("KR", "KR", "REML CI KR"),
    ],
)
def test_metagen_inference(inference: str, word: str, pin: str) -> None:
    """Each inference that meta has; of Kenward and Roger's its standard error alone."""
    pinned = pins("r_calls_meta")["metagen"][pin]
    call = r_call(_bcg("REML", inference, "K1"), package=META.key)
    assert f'method.random.ci = "{word}"' in call.code
    assert ('adhoc.hakn.ci = "se"' in call.code) == pin.endswith("se")
    numbers = [each for each in call.numbers if each.name in ("estimate", "se", "low", "high")]
    found = {each.name: pinned[META_NUMBERS[each.name].format("random")] for each in numbers}
    assert len(numbers) == (2 if inference == "KR" else 4)
    assert not off(_only(call, numbers), found)


def _only(call: RCall, numbers: list[Beside]) -> RCall:
    return RCall(
        name=call.name, code=call.code, package=call.package, version=call.version,
        tolerance=call.tolerance, executed=call.executed, numbers=tuple(numbers),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("inference", "prediction", "word"),
    [
        ("WALD", "K1", "V"), ("WALD", "HTS", "HTS"), ("WALD", "NORMAL", "S"),
        ("HKSJ", "K1", "HK"), ("HKSJ", "HTS", "HK-PR"), ("WALD", "HK", "HK"),
        ("WALD", "HK_PR", "HK-PR"),
    ],
)  # fmt: skip
def test_metagen_prediction(inference: str, prediction: str, word: str) -> None:
    """Each prediction interval that meta has."""
    pin = pins("r_calls_meta")["metagen"][f"REML PI {word}"]
    call = r_call(_bcg("REML", inference, prediction), package=META.key)
    assert f'method.predict = "{word}"' in call.code
    numbers = [each for each in call.numbers if each.name == "prediction"]
    found = {"prediction": [pin["lower.predict"], pin["upper.predict"]]}
    assert len(numbers) == 1
    assert not off(_only(call, numbers), found)


@pytest.mark.parametrize("key", ["OR:MH", "RR:MH", "RD:MH", "OR:Peto"])
def test_metabin(key: str) -> None:
    """Mantel-Haenszel and Peto of meta, whose variance of the risk difference is ours."""
    measure, method = key.split(":")
    table = columns("dat.bcg")
    own = counts(
        {
            "events1": table["tpos"], "n1": table["tpos"] + table["tneg"],
            "events2": table["cpos"], "n2": table["cpos"] + table["cneg"],
        }
    )  # fmt: skip
    fit = peto(own) if method == "Peto" else mantel_haenszel(own, measure)
    call, pin = r_call(fit, package=META.key), pins("r_calls_meta")["metabin"][key]
    assert f'method = "{method}"' in call.code
    assert f'sm = "{measure}"' in call.code
    found = {each.name: pin[META_NUMBERS[each.name].format("common")] for each in call.numbers}
    assert not off(call, found)
    assert not call.executed


@pytest.mark.parametrize("tau2", ["DL", "REML", "ML", ""])
@pytest.mark.parametrize("name", networks.PINNED)
def test_netmeta(name: str, tau2: str) -> None:
    """Effects, errors, limits, tau², Q, P-scores, Q by designs, direct and indirect evidence."""
    effects, net = networks.effects(name), networks.net(name)
    options: dict[str, Any] = {"tau2": tau2} if tau2 else {"model": "common"}
    fit = network(effects, inference="WALD", **options)
    call = r_call(fit)
    kind = "random" if tau2 else "common"
    pin = net[f"netmeta_{tau2 or 'DL'}"]
    others = [each for each in fit.treatments if each != fit.reference]
    entries = {"effect": "TE", "se": "seTE", "low": "lower", "high": "upper"}
    found: dict[str, Any] = {
        ours: networks.matrix(pin[f"{theirs}.{kind}"], others, [fit.reference])
        for ours, theirs in entries.items()
    }
    found |= {
        "tau2": pin["tau2"],
        "Q": pin["Q"],
        "Q_designs": net["decomp_design"]["Q_decomp"]["Q"],
    }
    numbers = [each for each in call.numbers if each.name in found]
    if tau2 in ("DL", ""):
        found |= _answers(fit, call, net, kind)
        numbers = list(call.numbers)
    assert (f'method.tau = "{tau2}"' in call.code) == bool(tau2)
    assert not off(_only(call, numbers), found)
    assert (call.package, call.executed) == (NETMETA.key, False)


def _answers(fit: Any, call: RCall, net: Any, kind: str) -> dict[str, Any]:
    """Return R's P-scores, and direct and indirect evidence of what the call asks about."""
    found = {}
    for word, pin in net["pscore"].items():
        score = dict(zip(pin["trts"], pin[kind], strict=True))
        found[f"P_score_{word}"] = [score[name] for name in fit.treatments]
    both = re.search(r"both <- cbind\((.*?)\)\n(?=found)", call.code, re.DOTALL)
    if both is not None:
        names = re.findall(r'"([^"]*)"', both[1])
        pairs = list(zip(names[: len(names) // 2], names[len(names) // 2 :], strict=True))
        pin = net["netmeta_DL"]
        for way in ("direct", "indirect"):
            entry = pin[f"TE.{way}.{kind}"]
            found[way] = [networks.matrix(entry, [a], [b])[0, 0] for a, b in pairs]
    return found


@pytest.mark.parametrize("method", SPARSE_METHODS)
def test_netmetabin(method: str) -> None:
    """Odds ratios of rare events; of the exact likelihood only near R's approximate one."""
    with (networks.HERE / "dat.woods2010.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    arms = NetworkCounts.from_arrays(
        [float(row["r"]) for row in rows],
        [float(row["N"]) for row in rows],
        study=[row["author"] for row in rows],
        treatment=[row["treatment"] for row in rows],
    )
    fit = sparse_network(arms, method=method, reference="Placebo")
    call, pin = r_call(fit), pins("network_woods2010")["netmetabin"][method]
    assert f'method = "{method}"' in call.code
    others = [each for each in fit.treatments if each != fit.reference]
    entries = {"effect": "TE", "se": "seTE", "low": "lower", "high": "upper"}
    found: dict[str, Any] = {
        ours: networks.matrix(pin[f"{theirs}.common"], others, [fit.reference])
        for ours, theirs in entries.items()
    }
    found["Q_between"] = pin["Q.inconsistency"]
    assert not off(call, found)


def test_network_options() -> None:
    """Names with a colon get another separator; other estimators and intervals are told."""
    effects = NetworkEffects.from_arrays(
        [-0.5, -0.3, 0.1, -0.4], se=[0.2, 0.25, 0.3, 0.2], study=list("abcd"),
        treat1=["x:1", "y", "x:1", "x:1"], treat2=["y", 'z"', 'z"', "y"],
    )  # fmt: skip
    call = r_call(network(effects, tau2="PM"))
    assert 'sep.trts = "|"' in call.code
    assert "tau.preset = " in call.code
    assert "no such estimator" in call.remark
    assert "normal intervals only" in call.remark
    parts = network_components(effects, inactive="y", separator="+")
    assert "discomb(" in r_call(parts, package=NETMETA.key).code
    assert r_call(parts).package == METAFOR.key


def test_calls_of_figures(results: dict[str, Any]) -> None:
    """Every figure whose studies are pooled has the call of its fit, and no other has one."""
    for result in results.values():
        calls = calls_of(result)
        assert len(calls) == (result.fit is not None)
        assert all(call.code.isascii() and call.numbers for call in calls)
    packages = {call.package for result in results.values() for call in calls_of(result)}
    assert packages == {METAFOR.key, NETMETA.key}
