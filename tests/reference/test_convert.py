"""Conversions and recoveries against metafor's transf, conv functions and meta's or2smd."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.conversion.correlation import (
    biserial_to_point_biserial,
    d_to_r,
    point_biserial_to_biserial,
    r_to_d,
)
from metaan.conversion.delta import convert_by, delta_method
from metaan.conversion.overlap import READINGS, d_to_overlap, d_to_superiority, superiority_to_d
from metaan.conversion.risk import or_to_rd, or_to_rr
from metaan.conversion.standardized import (
    SLOPES,
    d_to_log_or,
    log_or_to_d,
    log_or_to_tetrachoric,
    r_to_z,
    smd_to_units,
    z_to_r,
)
from metaan.recovery.printed_effect import effect_from_ci, effect_from_statistic
from metaan.recovery.printed_tables import (
    table_from_chi2,
    table_from_odds_ratio,
    table_from_phi,
)
from tests.reference.pinned import numbers, pins
from tests.tolerance import EXACT, Tolerance, close

NUMERIC = Tolerance(
    relative=1e-9,
    reason="R takes the slopes by numerical differentiation; its variances and covariances are "
    "off by up to 1.1e-10 of the closed form",
)
# How the pins were made: 20 and 30 participants (a share of 0.4), a baseline risk of 0.2, SD 4.2.
SIZES = {"n1": 20, "n2": 30}
SHARE, BASELINE, SD = 0.4, 0.2, 4.2
NONE = 0.0  # the transformations know no variance

TRANSFORMATIONS = {
    "dtou1": lambda x: d_to_overlap(x, NONE, reading="U1"),
    "dtou2": lambda x: d_to_overlap(x, NONE, reading="U2"),
    "dtou3": lambda x: d_to_overlap(x, NONE, reading="U3"),
    "dtoovl": lambda x: d_to_overlap(x, NONE, reading="OVERLAP"),
    "dtocliffd": lambda x: d_to_overlap(x, NONE, reading="CLIFF"),
    "dtobesd": lambda x: d_to_overlap(x, NONE, reading="SUCCESS"),
    "dtocles": lambda x: d_to_superiority(x, NONE),
    "clestod": lambda x: superiority_to_d(x, NONE),
    "dtomd": lambda x: smd_to_units(x, NONE, SD, instrument="a scale"),
    "dtorpb": lambda x: d_to_r(x, NONE, **SIZES),
    "dtorbis": lambda x: d_to_r(x, NONE, **SIZES, kind="BISERIAL"),
    "rpbtod": lambda x: r_to_d(x, NONE, **SIZES),
    "rtod": lambda x: r_to_d(x, NONE, **SIZES, kind="BISERIAL"),
    "rpbtorbis": lambda x: point_biserial_to_biserial(x, NONE, SHARE),
    "rtorpb": lambda x: biserial_to_point_biserial(x, NONE, SHARE),
    "lnortod.logis": lambda x: log_or_to_d(x, NONE),
    "lnortod.norm": lambda x: log_or_to_d(x, NONE, method="COX_SNELL"),
    "dtolnor.logis": lambda x: d_to_log_or(x, NONE),
    "dtolnor.norm": lambda x: d_to_log_or(x, NONE, method="COX_SNELL"),
    "lnortortet.pearson": lambda x: log_or_to_tetrachoric(x, NONE),
    "lnortortet.digby": lambda x: log_or_to_tetrachoric(x, NONE, method="DIGBY"),
    "lnortord": lambda x: or_to_rd(x, NONE, BASELINE),
    "rtoz": lambda x: r_to_z(x, NONE),
    "ztor": lambda x: z_to_r(x, NONE),
}
BELONG_HERE = ("dto", "tod", "lnorto", "rpb", "cles")


@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_transformations_are_those_of_metafor(name):
    """Every conversion of effects has R's digits."""
    pin = pins("conversions")["transf"][f"transf.{name}"]
    assert close(TRANSFORMATIONS[name](pin["x"])["y"], pin["y"], EXACT)


def test_risk_ratio_is_that_of_metafor():
    """R reads the risk ratio off the log scale."""
    pin = pins("conversions")["transf"]["transf.lnortorr"]
    assert close(np.exp(or_to_rr(pin["x"], NONE, BASELINE)["y"]), pin["y"], EXACT)


def test_no_conversion_is_passed_over():
    """Every pinned transformation between effect metrics is compared above."""
    pinned = {name.removeprefix("transf.") for name in pins("conversions")["transf"]}
    ours = {name for name in pinned if any(part in name for part in BELONG_HERE)}
    assert ours - set(TRANSFORMATIONS) == {"lnortorr"}
    assert len(READINGS) == sum(
        name.startswith(("dtou", "dtoo", "dtocli", "dtob")) for name in ours
    )


@pytest.mark.parametrize("short", ["HH", "CS"])
def test_odds_ratio_and_smd_are_those_of_meta(short):
    """Effects and standard errors both ways; HH and CS are the initials of our rows."""
    (method,) = [key for key in SLOPES if "".join(w[0] for w in key.split("_")) == short]
    pin = pins("conversions")["meta_or2smd_smd2or"][short]
    y, se = np.array([0.3, -0.5, 1.1]), np.array([0.1, 0.2, 0.3])
    for function, key in ((log_or_to_d, "or2smd"), (d_to_log_or, "smd2or")):
        found = function(y, se**2, method=method)
        assert close(found["y"], pin[key]["TE"], EXACT)
        assert close(np.sqrt(found["v"]), pin[key]["seTE"], EXACT)


@pytest.mark.parametrize(
    ("pin", "function"),
    [
        ("conv_delta_dtocles", d_to_superiority),
        ("conv_delta_dtorpb", lambda y, v: d_to_r(y, v)),
    ],
)
def test_delta_method_is_that_of_metafor(pin, function):
    """Effects to the last digit, variances as far as R's numerical slopes go."""
    found = function([0.2, 0.5, -0.1], [0.04, 0.09, 0.02])
    assert close(found["y"], pins("conversions")[pin]["yi"], EXACT)
    assert close(found["v"], pins("conversions")[pin]["vi"], NUMERIC)


def test_several_estimates_are_those_of_metafor():
    """A product and an exponential of two estimates: values, standard errors, covariance."""
    values, covariance = delta_method(
        lambda x: np.stack([x[..., 0] * x[..., 1], np.exp(x[..., 1])], axis=-1),
        [2.0, 1.2],
        [[1.44, -0.04], [-0.04, 0.04]],
    )
    pin = pins("conversions")["deltamethod"]
    assert close(values, [row[0] for row in pin["tab"]["values"]], EXACT)
    assert close(np.sqrt(np.diag(covariance)), [row[1] for row in pin["tab"]["values"]], NUMERIC)
    assert close(covariance, np.array(pin["vcov"]), NUMERIC)


def test_any_function_has_the_slope_of_its_closed_form():
    """The numerical slope agrees with the closed one far better than R's."""
    y, v = np.array([0.2, 0.5, -0.1, 0.0]), np.array([0.04, 0.09, 0.02, 0.01])
    found, closed = convert_by(np.tanh, y, v), z_to_r(y, v)
    assert close(found["v"], closed["v"], Tolerance(relative=1e-10, reason="extrapolated slopes"))


def test_printed_effects_are_those_of_metafor():
    """Intervals of ratios, and a z where there is none."""
    pin = pins("conversions")["conv_wald"]
    given = {name: numbers(values) for name, values in pin["input"].items()}
    found = effect_from_ci(given["out"], given["ci.lb"], given["ci.ub"], scale="log")
    tested = effect_from_statistic(given["out"], given["zval"], scale="log")
    assert close(found["y"], pin["yi"], EXACT)
    assert close(np.where(np.isnan(found["v"]), tested["v"], found["v"]), pin["vi"], EXACT)
    assert found.flags == ()


@pytest.mark.parametrize(("entry", "yates"), [("conv_2x2", True), ("conv_2x2_nocorrect", False)])
def test_tables_are_those_of_metafor(entry, yates):
    """Cells from the odds ratio, from phi, and from chi-square with and without correction."""
    pin = pins("conversions")[entry]
    given = {name: numbers(v) for name, v in pins("conversions")["conv_2x2"]["input"].items()}
    margins = (given["n1i"], given["ni"] - given["n1i"], given["n2i"])
    found = [
        table_from_odds_ratio(given["ori"], *margins),
        table_from_phi(given["ri"], *margins),
        table_from_chi2(given["x2i"], *margins, yates=yates),
    ]
    events1 = np.array([found[i]["events1"][i] for i in range(3)])
    events2 = np.array([found[i]["events2"][i] for i in range(3)])
    known = ~np.isnan(numbers(pin["ai"]))
    cells = {"ai": events1, "bi": margins[0] - events1, "ci": events2, "di": margins[1] - events2}
    for theirs, cell in cells.items():
        assert close(cell[known], numbers(pin[theirs])[known], EXACT)
