"""Forest plots of effects that are read through other scales than the logarithm."""

from __future__ import annotations

import numpy as np
import pytest

import metaan as ma
from metaan.core.scale import FISHER, LOGIT
from metaan.plots.forests.axis import nice_ticks
from metaan.plots.forests.rows import forest_rows
from tests.plots.reading import head
from tests.tolerance import EXACT, Tolerance, close

COUNTS = {"study": ["Ann", "Bo", "Cy"], "events": [16.0, 5.0, 26.0], "n": [17.0, 30.0, 40.0]}
THERE_AND_BACK = Tolerance(
    relative=1e-9, absolute=1e-9, reason="through Miller's inverse and back"
)


@pytest.fixture(params=["PR", "PLO", "PAS", "PFT", "PLN", "PRZ"])
def pooled(request):
    """Return a pool of three proportions on each scale."""
    return ma.pool(ma.effect_sizes(COUNTS, request.param))


def test_proportions_are_read_as_they_were_found(pooled):
    """The study column prints events over n, whatever the scale."""
    record = forest_rows(pooled)
    told = [row.effect[0] for row in record.rows if row.kind == "study"]
    assert told == ["0.94", "0.17", "0.65"]
    assert head(record, "effect") == "Proportion (95% CI)"


def test_a_level_has_no_line_and_no_test_of_no_effect(pooled):
    """No null on the axis, no p-value in the notes or in print."""
    record = forest_rows(pooled)
    assert np.isnan(record.axis.null)
    assert not any("no effect" in row.label for row in record.rows)
    assert np.isnan(pooled.estimate.p_value)
    assert "p " not in str(pooled).splitlines()[1]


def test_double_arcsines_of_studies_are_carried_to_the_size_of_the_pool():
    """A square stands where its own proportion is read on the axis, its whiskers inside it."""
    fit = ma.pool(ma.effect_sizes(COUNTS, "PFT"))
    record = forest_rows(fit)
    studies = [row for row in record.rows if row.kind == "study"]
    read = [float(record.scale.inverse(row.value)) for row in studies]
    assert close(read, np.array(COUNTS["events"]) / COUNTS["n"], THERE_AND_BACK)
    top = float(record.scale.transform(1.0))
    assert all(row.high <= top + 1e-12 for row in studies)


def test_a_probability_is_tested_against_one_half():
    """Superiority of 0.5 is no effect: the statistic and the line on the axis say so."""
    table = {"auc": [0.6, 0.72, 0.55], "n1": [20, 35, 12], "n2": [22, 30, 15]}
    fit = ma.pool(ma.effect_sizes(table, "CLES"))
    assert close(fit.estimate.statistic, (fit.estimate.value - 0.5) / fit.estimate.se, EXACT)
    assert forest_rows(fit).axis.null == 0.5


@pytest.mark.parametrize(
    ("scale", "low", "high"),
    [(FISHER, -1.3, 2.4), (LOGIT, -2.0, 5.5), (FISHER, -0.2, 0.3), (LOGIT, -7.0, -3.0)],
)
def test_ticks_of_bent_scales_do_not_touch(scale, low, high):
    """At least two ticks, their labels apart in proportion to the axis."""
    positions, labels = nice_ticks(low, high, scale)
    assert len(positions) >= 2
    told = [float(label.replace("−", "-")) for label in labels]
    assert close(scale.inverse(np.array(positions)), told, THERE_AND_BACK)
    gaps = np.diff(positions) / (high - low)
    assert gaps.min() > 0.04
