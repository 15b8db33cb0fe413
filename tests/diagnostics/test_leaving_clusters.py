"""leave_one_out by clusters: every row is the pool of the studies of the other clusters."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.core.counts import PEOPLE, Counts
from metaan.core.errors import ChoiceError, InputError
from metaan.diagnostics import refitting
from metaan.diagnostics.leaving_out import leave_one_out
from metaan.twobytwo.mantel_haenszel import mantel_haenszel
from tests.diagnostics.comparing import drawn, quiet, same_row
from tests.tolerance import Tolerance, close

SAME = Tolerance(relative=1e-12, absolute=1e-13, reason="the same sums in another batch")
COLUMNS = {"team": [*"abacdbad"]}


@pytest.mark.parametrize("options", [{}, {"model": "common"}, {"tau2": "PM"}, {"weights": "w"}])
def test_every_row(options):
    """Without all studies of one value."""
    w = np.arange(1.0, 9)
    effects = drawn(8, columns={**COLUMNS, "w": w})
    found = leave_one_out(quiet(effects, **options), by="team")
    team = np.array(COLUMNS["team"])
    assert found.label == ("a", "b", "c", "d")
    assert found.position.tolist() == [0, 1, 3, 4]
    assert found.k.tolist() == [5, 6, 7, 6]
    for i, label in enumerate(found.label):
        same_row(found, i, quiet(effects.take(team != label), **options), SAME, typical=0.1)


def test_counts_and_labels():
    """Mantel and Haenszel's estimate; clusters of equal labels; blocks."""
    counts = Counts(
        events=np.array([[3, 6], [5, 9], [2, 3], [8, 9]], dtype=float),
        denominators=np.array([[20, 21], [30, 29], [25, 26], [40, 41]], dtype=float),
        kind=PEOPLE,
        study=("Ann", "Bo", "Ann", "Cy"),
        columns={"site": [1, 2, 1, 2]},
    )
    fit = mantel_haenszel(counts, "OR")
    by_site, by_label = (leave_one_out(fit, by=by) for by in ("site", "study"))
    rest = mantel_haenszel(counts.take([1, 3]), "OR")
    assert close(by_site.value[0], rest.estimate.value, SAME)
    assert close(by_label.value[0], rest.estimate.value, SAME)
    assert by_label.label == ("Ann", "Bo", "Cy")


def test_blocks_change_nothing(monkeypatch):
    """Large problems go in blocks of a few rows."""
    fit = quiet(drawn(8, columns=COLUMNS))
    whole = leave_one_out(fit, by="team")
    monkeypatch.setattr(refitting, "CELLS", 9)
    assert close(leave_one_out(fit, by="team").value, whole.value, SAME)


def test_words_and_faults():
    """Clusters are named; unknown, single and missing ones are faults."""
    effects = drawn(8, columns={**COLUMNS, "one": ["x"] * 8, "gap": [*"abcdefg", None]})
    fit = quiet(effects)
    found = leave_one_out(fit, by="team")
    assert "Each of the 4 clusters of studies (team) was left out in turn" in found.sentence()
    assert "clusters (team), one left out at a time" in found.summary()
    assert (found.by, leave_one_out(fit).by) == ("team", "")
    with pytest.raises(ChoiceError, match="by='teem' is not a column"):
        leave_one_out(fit, by="teem")
    with pytest.raises(InputError, match="by='one' has the one value"):
        leave_one_out(fit, by="one")
    with pytest.raises(InputError, match="by='gap' is missing for Study 8"):
        leave_one_out(fit, by="gap")
