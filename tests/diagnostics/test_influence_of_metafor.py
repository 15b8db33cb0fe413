"""Influence, Baujat's coordinates, quantiles and empirical Bayes estimates against metafor."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.diagnostics.influence.blup import blup
from metaan.diagnostics.influence.influence import influence
from metaan.diagnostics.influence.quantiles import quantiles
from metaan.univariate.inference import HKSJ, WALD
from metaan.univariate.regression import regress
from metaan.univariate.residuals import residuals
from tests.diagnostics.comparing import quiet
from tests.reference.pinned import TESTS, numbers, pins
from tests.reference.rscript import run
from tests.tolerance import DEFAULT_R, EXACT, SOLVED, Tolerance, close

PINS = pins("influence")
NAMES = {
    "studentized": "rstudent", "dffits": "dffits", "cook": "cook.d", "covariance_ratio": "cov.r",
    "tau2": "tau2.del", "q": "QE.del", "hat": "hat", "weight": "weight",
}  # fmt: skip
CLOSED = [(name, method) for name in PINS["closed"] for method in ("EE", "DL")]
TIGHT = [(name, key) for name, own in PINS["tight"].items() for key in own if ":" in key]
DESIGNS = [(name, f"REML:{test}") for name in PINS["designs"] for test in ("z", "knha")]
SPREAD = Tolerance(
    relative=1e-9,
    reason="R inverts X'WX of raw years, whose coefficients are good to some 1e-10",
)
SEARCHED = Tolerance(
    relative=2e-4,
    absolute=1e-4,
    reason="rma.mv stops near 1e-6 of its variance component, and X² moves faster than it",
)


def compared(found, expected, tolerance, *, factor=False):
    """Assert that every measure is R's; ``factor``: of the Hartung-Knapp inference.

    There R multiplies v + tau² of a deleted residual by the factor, and its standard error can
    lie below the study's own; ours are those of ``residuals``.
    """
    for ours, theirs in NAMES.items():
        if factor and ours == "studentized":
            continue
        size = float(np.median(np.abs(getattr(found, ours))))
        assert close(getattr(found, ours), numbers(expected[theirs]), tolerance, typical=size)
    betas = expected["dfbs"]
    betas = list(betas.values()) if isinstance(betas, dict) else [betas]
    assert close(found.dfbetas, np.transpose(betas), tolerance, typical=0.1)
    assert found.influential.tolist() == [bool(each) for each in expected["is_infl"]]
    if "baujat" in expected:
        assert close(found.q_contribution, expected["baujat"]["x"], tolerance, typical=0.1)
        assert close(found.overall, expected["baujat"]["y"], tolerance, typical=0.1)


def shrunk(fit, expected, tolerance):
    """Assert that empirical Bayes estimates are R's."""
    found, size = blup(fit), float(np.median(expected["se"]))
    names = {"value": "pred", "se": "se", "low": "pi.lb", "high": "pi.ub"}
    for ours, theirs in names.items():
        assert close(getattr(found, ours), expected[theirs], tolerance, typical=size)


def designed(name, test):
    """Return our fit of a pinned design."""
    record = PINS["designs"][name]
    columns = {key: values for key, values in record["columns"].items() if key != "x1"}
    effects = Effects.from_arrays(record["yi"], record["vi"], columns=columns)
    return regress(effects, "~ " + " + ".join(columns), inference=TESTS[test])


@pytest.mark.parametrize(("name", "method"), CLOSED)
def test_closed_forms(name, method):
    """Common effect and DerSimonian-Laird, metafor 5.1."""
    record = PINS["closed"][name]
    options = {"model": "common"} if method == "EE" else {"tau2": method}
    effects = Effects.from_arrays(record["yi"], record["vi"])
    compared(influence(quiet(effects, inference=WALD, **options)), record[method], EXACT)


@pytest.mark.parametrize(("name", "key"), TIGHT)
def test_searches(name, key):
    """REML and ML with tight thresholds: measures, empirical Bayes estimates."""
    record, (method, test) = PINS["tight"][name], key.split(":")
    effects = Effects.from_arrays(record["yi"], record["vi"])
    fit = quiet(effects, tau2=method, inference=TESTS[test])
    compared(influence(fit), record[key], SOLVED, factor=test != "z")
    shrunk(fit, record[key]["blup"], SOLVED)


@pytest.mark.parametrize(("name", "key"), DESIGNS)
def test_designs(name, key):
    """Meta-regressions with several moderators, and with categories."""
    test = key.split(":")[1]
    fit, expected = designed(name, test), PINS["designs"][name][key]
    compared(influence(fit), expected, SPREAD, factor=test != "z")
    shrunk(fit, expected["blup"], SPREAD)


@pytest.mark.parametrize("name", PINS["clusters"])
def test_clusters(name):
    """Whole clusters: one call of rma for each, and what rma.mv says at its own tolerance."""
    record = PINS["clusters"][name]
    columns = {key: values for key, values in record["columns"].items() if key != "x1"}
    effects = Effects.from_arrays(
        record["yi"], record["vi"], columns={**columns, "cluster": record["cluster"]}
    )
    fit = quiet(effects, inference=WALD)
    if columns:
        fit = regress(effects, "~ " + " + ".join(columns), inference=WALD)
    found, hand, loose = influence(fit, by="cluster"), record["by_hand"], record["rma.mv"]
    names = {"cook": "cook", "covariance_ratio": "cov.r", "tau2": "tau2", "q": "QE"}
    for ours, theirs in names.items():
        assert close(getattr(found, ours), hand[theirs], SPREAD, typical=0.1)
    assert close(found.studentized**2, hand["X2"], SPREAD)
    betas = [values for key, values in hand.items() if key.startswith("dfbs")]
    assert close(found.dfbetas, np.transpose(betas), SPREAD, typical=0.1)
    place = np.array(loose["place"]) - 1
    assert close(found.studentized[place] ** 2, loose["X2"], SEARCHED)
    assert close(found.cook[place], loose["cook"], SEARCHED)
    assert close(found.dfbetas[place, 0], loose["dfbs1"], SEARCHED)


@pytest.mark.parametrize("name", PINS["closed"])
def test_quantiles_and_default_thresholds(name):
    """Points of qqnorm, and blup, metafor 5.1 at its default threshold."""
    record = PINS["closed"][name]
    fit = quiet(Effects.from_arrays(record["yi"], record["vi"]), inference=WALD)
    found, points = quantiles(fit), record["qqnorm_rstandard_REML"]
    assert close(found.theoretical, np.sort(points["x"]), EXACT, typical=1.0)
    assert close(found.observed, np.sort(points["y"]), DEFAULT_R, typical=1.0)
    size = float(np.median(record["blup_REML"]["se"]))
    assert close(blup(fit).value, record["blup_REML"]["pred"], DEFAULT_R, typical=size)
    assert close(blup(fit).high, record["blup_REML"]["pi.ub"], DEFAULT_R, typical=size)


def test_departure_of_deleted_residuals_beside_hartung_and_knapp():
    """R's standard error is below the study's own; ours is that of ``residuals``."""
    record = PINS["tight"]["dat.hart1999/uni_logIRR"]
    fit = quiet(Effects.from_arrays(record["yi"], record["vi"]), inference=HKSJ)
    found, theirs = influence(fit), numbers(record["REML:knha"]["rstudent"])
    deleted = residuals(fit, deleted=True)
    assert close(found.studentized, deleted.studentized, EXACT, typical=1.0)
    assert (np.abs(deleted.deleted / theirs) < fit.effects.se).any()
    assert (deleted.deleted_se >= fit.effects.se).all()


@pytest.mark.r
def test_pins_are_made_again(tmp_path):
    """The installed metafor gives the tight figures of three sets; ``all`` makes every one."""
    sets = ("dat.bcg/uni_logRR", "dat.hart1999/uni_logIRR", "dat.raudenbush1985/uni")
    made = run("influence.R", ",".join(sets), str(tmp_path / "influence.json"))["tight"]
    for name in sets:
        for what in (*NAMES.values(), "is_infl"):
            expected = PINS["tight"][name]["REML:z"][what]
            assert close(made[name]["REML:z"][what], expected, SOLVED, typical=1.0), (name, what)
