"""Tests of funnel asymmetry against pinned figures of metafor (regtest, ranktest) and meta."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from metaan.core.effects import Effects
from metaan.diagnostics.asymmetry.asymmetry_points import PREDICTORS
from metaan.diagnostics.asymmetry.asymmetry_record import AsymmetryLine, AsymmetryRanks
from metaan.diagnostics.asymmetry.asymmetry_testing import asymmetry_test
from metaan.diagnostics.asymmetry.pet_peese import pet_peese
from metaan.trials.counting import counts
from tests.diagnostics.comparing import quiet
from tests.reference.pinned import COMMON, HERE, effects, fits, pins
from tests.tolerance import DEFAULT_R, EXACT, SOLVED, Tolerance, close

PINS = pins("asymmetry")
WORDS = dict(zip(("sei", "vi", "ni", "ninv", "sqrtni", "sqrtninv"), PREDICTORS, strict=True))
REGRESSIONS = [(name, key) for name, record in PINS["fits"].items() for key in record["regtest"]]
MIXED = Tolerance(
    relative=1e-9,
    absolute=1e-13,
    reason="R solves its normal equations in the units of the predictor, which costs it digits; "
    "its REML ended within 1e-9 in these fits",
)
BY_META = [
    (name, method)
    for name, tests in PINS["metabias"].items()
    for method in tests
]  # fmt: skip


def fitted(name, method):
    """Return the fit that R's regression test started from; test z."""
    options = {"model": "common"} if method == COMMON else {"tau2": method}
    return quiet(effects(fits()[name]), inference="WALD", **options)


@pytest.mark.parametrize(("name", "key"), REGRESSIONS)
def test_regtest(name, key):
    """Statistic, degrees of freedom, p, and the limit estimate where the predictor has one."""
    model, method, word = key.split(":")
    record = PINS["fits"][name]
    ours = "EGGER" if model == "lm" else "EGGER_MIXED"
    source = fitted(name, method)
    found = asymmetry_test(source, ours, predictor=WORDS[word], n=record["ni"])
    expected, tolerance = record["regtest"][key], EXACT if model == "lm" else MIXED
    assert close(found.statistic, expected["zval"], tolerance)
    assert close(np.exp(found.log_p_value), expected["pval"], tolerance, typical=1e-3)
    assert found.df == (expected["dfs"] or np.inf)
    assert (found.limit is None) == ("est" not in expected)
    if found.limit is not None:
        limit = [found.limit.value, found.limit.low, found.limit.high]
        theirs = [expected[part] for part in ("est", "ci.lb", "ci.ub")]
        assert close(limit, theirs, tolerance, typical=found.limit.se)


@pytest.mark.parametrize("name", PINS["fits"])
def test_ranktest(name):
    """Kendall's tau; p is exact without ties, normal with them."""
    found = asymmetry_test(effects(fits()[name]), "BEGG")
    assert close(found.tau, PINS["fits"][name]["ranktest"]["tau"], EXACT)
    assert close(found.p_value, PINS["fits"][name]["ranktest"]["pval"], EXACT)


def source_of(name):
    """Return the data that meta was given, and what its method names stand for here."""
    plain = {"Egger": "EGGER", "Begg": "BEGG", "Thompson": "THOMPSON"}
    if name in ("bcg_logRR", "raudenbush1985"):
        key = {"bcg_logRR": "dat.bcg/uni_logRR"}.get(name, "dat.raudenbush1985/uni")
        return effects(fits()[key]), plain
    if name == "normand1999_SMD":
        data, own = pd.read_csv(HERE / "pins" / "dat.normand1999.csv"), PINS[name]
        sizes = {"n1": data["n1i"], "n2": data["n2i"]}
        found = Effects.from_arrays(own["TE"], se=own["seTE"], columns=sizes)
        return found, {**plain, "Pustejovsky": "PUSTEJOVSKY"}
    arms = ("events1", "n1", "events2", "n2")
    if name.startswith("bcg"):
        data = pd.read_csv(HERE / "pins" / "dat.bcg.csv")
        sizes = data["tpos"] + data["tneg"], data["cpos"] + data["cneg"]
        columns = (data["tpos"], sizes[0], data["cpos"], sizes[1])
    else:
        data = pd.read_csv(HERE / "pins" / "dat.nielweise2007.csv")
        columns = tuple(data[word] for word in ("ai", "n1i", "ci", "n2i"))
    tables = counts(dict(zip(arms, columns, strict=True)))
    if name.endswith("ASD"):
        return tables, {each: f"ARCSINE_{ours}" for each, ours in plain.items()}
    return tables, {method: method.upper() for method in PINS["metabias"][name]}


@pytest.mark.parametrize(("name", "method"), BY_META)
def test_metabias(name, method):
    """Slope or score, standard error, statistic, p; of a line the intercept and the spread."""
    source, names = source_of(name)
    expected = PINS["metabias"][name][method]
    additive, tolerance = method == "Thompson", EXACT
    options = {"ranks": "NORMAL"} if method in ("Begg", "Schwarzer") else {}
    if additive:  # meta takes the tau² of its object, by REML at R's default threshold
        options, tolerance = {"tau2": "REML"}, Tolerance(
            relative=5e-4, reason="of what DEFAULT_R allows tau², tests near 0 make so much"
        )  # fmt: skip
        assert DEFAULT_R.relative < tolerance.relative
    found = asymmetry_test(source, names[method], **options)
    assert close(found.statistic, expected["statistic"], tolerance)
    assert close(found.p_value, expected["pval"], tolerance)
    if isinstance(found, AsymmetryRanks):
        assert close([found.score, found.score_se], expected["estimate"], EXACT)
        return
    assert isinstance(found, AsymmetryLine)
    assert found.df == expected["df"]
    assert close([found.slope.value, found.slope.se], expected["estimate"], tolerance)
    ends = [found.intercept.value, found.intercept.se]
    theirs = [expected["intercept"], expected["se.intercept"]]
    assert close(ends, theirs, tolerance, typical=found.intercept.se)
    spread = found.tau2 if additive else found.dispersion
    assert close(np.sqrt(spread), expected["tau"], tolerance)


@pytest.mark.parametrize("name", PINS["fits"])
def test_pet_and_peese_are_limit_estimates(name):
    """PET is regtest's limit by the standard error, PEESE that by the variance."""
    record = PINS["fits"][name]["regtest"]
    for model, prefix, tolerance in (
        ("multiplicative", "lm:EE", EXACT),
        ("mixed", "rma:REML", SOLVED if name == "dat.bcg/uni_logRR" else MIXED),
    ):
        found = pet_peese(fitted(name, "REML"), estimator="PET", model=model)
        for ours, word in ((found.pet, "sei"), (found.peese, "vi")):
            expected = record[f"{prefix}:{word}"]
            limit = [ours.value, ours.low, ours.high]
            theirs = [expected[part] for part in ("est", "ci.lb", "ci.ub")]
            assert close(limit, theirs, tolerance, typical=ours.se)
