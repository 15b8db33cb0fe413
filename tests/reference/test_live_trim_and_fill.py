"""Trim and fill, fail-safe N and excess significance against the metafor that is installed."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.diagnostics.asymmetry.excess import excess_significance
from metaan.diagnostics.asymmetry.fail_safe import fail_safe_n
from metaan.diagnostics.asymmetry.trim_and_fill import trim_and_fill
from metaan.diagnostics.asymmetry.trim_and_fill_ranks import MISSING_ESTIMATORS
from tests.diagnostics.comparing import quiet
from tests.reference.pinned import COMMON, numbers
from tests.reference.rscript import run
from tests.tolerance import EXACT, Tolerance, close

pytestmark = pytest.mark.r

METHODS = {
    "Rosenthal": ("ROSENTHAL", None),
    "Rosenberg": ("ROSENBERG", None),
    "Orwin": ("ORWIN", 0.1),
    "Orwin_weighted": ("ORWIN_WEIGHTED", 0.1),
}
TESTS = {"chi2": "CHI2", "binom": "BINOMIAL", "exact": "EXACT"}
SUMMED = Tolerance(relative=1e-10, absolute=1e-12, reason="sums over up to 60 studies and centers")


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    """Return what R computes, by data set."""
    return run("trim_and_fill.R", "live", str(tmp_path_factory.mktemp("r") / "live.json"))["sets"]


def pooled(record, method):
    """Return our fit of a set."""
    studies = Effects.from_arrays(record["yi"], record["vi"])
    options = {"model": "common"} if method == COMMON else {"tau2": method}
    return quiet(studies, inference="WALD", **options)


WAYS = [(method, estimator, side) for method in (COMMON, "DL") for estimator in MISSING_ESTIMATORS
        for side in ("left", "right")]  # fmt: skip


@pytest.mark.parametrize(("method", "estimator", "side"), WAYS)
def test_filled_studies_and_refits(sets, method, estimator, side):
    """The number, its standard error, the pool with the filled studies; errors where R has one."""
    assert len(sets) == 4
    for record in sets.values():
        fit, expected = pooled(record, method), record["trimfill"][f"{method}:{estimator}:{side}"]
        if "error" in expected:
            with pytest.raises(InputError, match="no value"):
                trim_and_fill(fit, estimator=estimator, side=side)
            continue
        found = trim_and_fill(fit, estimator=estimator, side=side)
        refit = found.refit
        assert found.missing == expected["k0"]
        assert close([found.se], numbers([expected["se_k0"]]), EXACT)
        ours = [refit.estimate.value, refit.estimate.se, refit.tau2]
        theirs = [expected[key] for key in ("beta", "se", "tau2")]
        assert close(ours, theirs, SUMMED, typical=float(np.median(record["vi"])))
        sums = [refit.effects.y.sum(), (refit.effects.y**2).sum()]
        assert close(sums, [expected["y"], expected["y2"]], SUMMED, typical=1.0)


@pytest.mark.parametrize("method", [COMMON, "DL"])
def test_the_side_is_chosen_as_metafor_does(sets, method):
    """By the slope on standard errors under the model of the fit."""
    for record in sets.values():
        assert trim_and_fill(pooled(record, method)).side == record["auto"][method]


def test_fail_safe_numbers(sets):
    """Whole numbers are the same."""
    for record in sets.values():
        studies = Effects.from_arrays(record["yi"], record["vi"])
        for key, (method, target) in METHODS.items():
            assert fail_safe_n(studies, method, target=target).number == record["fsn"][key]


def test_excess_of_a_common_effect(sets):
    """Every test and alternative."""
    for record in sets.values():
        fit = pooled(record, COMMON)
        for key, expected in record["tes"].items():
            test, alternative = key.split(":")
            found = excess_significance(
                fit, test=TESTS[test], alternative=alternative.replace(".", "-")
            )
            assert found.observed == expected["O"]
            assert close(
                [found.expected, found.p_value], [expected["E"], expected["pval"]], SUMMED
            )
