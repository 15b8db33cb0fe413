"""Selection models of three sets that are not pinned, by the R that is installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.diagnostics.selection.model import selection_model
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from tests.reference.rscript import run
from tests.tolerance import Tolerance, close

OPTIMUM = Tolerance(
    relative=3e-4,
    absolute=1e-4,
    reason="R's BFGS stops where the likelihood rises by less than 1e-8 of itself",
)
REACHED = 1e-7  # of the log-likelihood, that R may lie below us where estimates are compared
OPTIONS: dict[str, dict[str, Any]] = {
    "one": {"steps": 0.025},
    "two": {"steps": (0.025, 0.5)},
    "common": {"steps": 0.025},
    "sides": {"steps": 0.05, "alternative": "two-sided"},
}

pytestmark = pytest.mark.r


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    """Return what R computes."""
    return run("selection.R", "live", str(tmp_path_factory.mktemp("r") / "selection.json"))["fits"]


@pytest.mark.parametrize("model", OPTIONS)
def test_step_functions(figures, model):
    """Ours is at least as likely; estimates and errors agree where R came as high."""
    reached = 0
    for name, record in figures.items():
        theirs = record[model]
        if not theirs:
            continue
        effects = Effects.from_arrays(record["yi"], record["vi"])
        fit = pool(effects, model="common") if model == "common" else pool(effects, tau2="DL")
        options = {"alternative": record["alternative"], **OPTIONS[model]}
        found = selection_model(fit, **options)
        assert found.log_likelihood > theirs["ll"] - 1e-10, name
        if found.log_likelihood - theirs["ll"] < REACHED:
            reached += 1
            ours = [found.estimate.value, found.estimate.se, found.tau2, found.lr_test.statistic]
            expected = [theirs["beta"], theirs["se"], theirs["tau2"], theirs["LRT"]]
            assert close(ours, np.array(expected, float), OPTIMUM)
            errors = [each.se for each in found.delta[1:]]
            assert close([each.value for each in found.delta], theirs["delta"], OPTIMUM)
            assert close(errors, theirs["se_delta"][1:], OPTIMUM)
    assert reached > len(figures) / 2


def test_meta_regression(figures):
    """A moderator: coefficients, errors, weights."""
    record = figures["baskerville2012"]
    effects = Effects.from_arrays(record["yi"], record["vi"], columns={"x": record["x"]})
    found = selection_model(regress(effects, "~ x", tau2="DL"), steps=0.025, alternative="greater")
    theirs = record["regression"]
    assert -1e-10 < found.log_likelihood - theirs["ll"] < REACHED
    assert close([each.value for each in found.coefficients], theirs["beta"], OPTIMUM)
    assert close([each.se for each in found.coefficients], theirs["se"], OPTIMUM)
    assert close([each.value for each in found.delta], theirs["delta"], OPTIMUM)
