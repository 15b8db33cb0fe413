"""Points of funnel and radial plots against those that metafor draws, live."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest

from metaan.plots.charts.funnel_points import funnel_points
from metaan.plots.charts.radial_points import radial_points
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from tests.plots import builders as make

# Latitudes of dat.bcg, in its order.
LATITUDE = [44.0, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33]
METAFOR_AXES = {
    "SE": "sei", "variance": "vi", "precision": "seinv", "inverse variance": "vinv", "n": "ni",
    "1/n": "ninv", "sqrt n": "sqrtni", "1/sqrt n": "sqrtninv", "log n": "lni",
}  # fmt: skip
SCRIPT = """
suppressMessages(library(metafor)); pdf(NULL); options(digits = 16)
dat <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
tight <- list(threshold = 1e-13, maxiter = 10000)
one <- rma(yi, vi, data = dat, control = tight)
many <- rma(yi, vi, mods = ~ ablat, data = dat, control = tight)
common <- rma(yi, vi, data = dat, method = "EE")
show <- function(name, found) cat(name, sprintf("%.15g", found$x), sprintf("%.15g", found$y), "\n")
for (axis in c(AXES)) show(axis, funnel(one, yaxis = axis))
show("residual", funnel(many))
show("random", radial(one)); show("common", radial(common))
"""


@pytest.fixture(scope="module")
def metafor() -> dict[str, np.ndarray]:
    """Return x and y of every plot, shape (2, 13), as metafor hands them out."""
    axes = ", ".join(f'"{axis}"' for axis in METAFOR_AXES.values())
    ran = subprocess.run(
        ["Rscript", "-e", SCRIPT.replace("AXES", axes)],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    lines = [line.split() for line in ran.stdout.splitlines() if line.strip()]
    return {name: np.array(numbers, dtype=float).reshape(2, -1) for name, *numbers in lines}


def places(record: object) -> np.ndarray:
    """Return x and y of the points of a record."""
    return np.array([(point.x, point.y) for point in record.points]).T  # type: ignore[attr-defined]


@pytest.mark.r
@pytest.mark.parametrize("key", METAFOR_AXES)
def test_axes_of_a_funnel(metafor: dict[str, np.ndarray], key: str) -> None:
    """Each of our axes is one of metafor's."""
    found = places(funnel_points(pool(make.bcg_effects()), key))
    np.testing.assert_allclose(found, metafor[METAFOR_AXES[key]], rtol=1e-12, atol=1e-13)


@pytest.mark.r
def test_residuals_of_a_regression(metafor: dict[str, np.ndarray]) -> None:
    """Residuals against their standard errors, as metafor's funnel of a model with moderators."""
    bcg = make.bcg_effects()
    studies = make.effects(list(bcg.y), list(bcg.v), columns={"ablat": LATITUDE})
    found = places(funnel_points(regress(studies, "~ ablat", tau2="REML")))
    np.testing.assert_allclose(found, metafor["residual"], rtol=1e-9)


@pytest.mark.r
def test_radial_plots(metafor: dict[str, np.ndarray]) -> None:
    """Precision and standardized effect, with and without tau²."""
    studies = make.bcg_effects()
    random = places(radial_points(pool(studies, tau2="REML")))
    np.testing.assert_allclose(random, metafor["random"], rtol=1e-9)
    common = places(radial_points(pool(studies, model="common")))
    np.testing.assert_allclose(common, metafor["common"], rtol=1e-12)
