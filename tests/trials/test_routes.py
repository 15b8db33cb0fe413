"""Other printed numbers that lead to a measure: used where its own are not there, and said."""

from __future__ import annotations

import numpy as np
import pytest

import metaan as ma
from tests.tolerance import EXACT, close

MEANS = {"study": ["Ann", "Bo"], "mean1": [5.0, 6.0], "sd1": [1.0, 2.0], "n1": [10, 12],
         "mean2": [4.0, 7.5], "sd2": [1.5, 2.5], "n2": [11, 13]}  # fmt: skip


def t_of(effects, n1, n2):
    """Return the t statistics behind uncorrected standardized differences."""
    return effects.y / np.sqrt(1 / np.asarray(n1) + 1 / np.asarray(n2))


def test_a_t_statistic_alone():
    """The standardized difference of a study that printed t is that of its means."""
    whole = ma.effect_sizes(MEANS, "SMD", correction=None)
    t = t_of(whole, MEANS["n1"], MEANS["n2"])
    table = {"study": ["Ann", "Bo"], "t": t, "n1": MEANS["n1"], "n2": MEANS["n2"]}
    effects = ma.effect_sizes(table, "SMD", correction=None)
    assert close(effects.y, whole.y, EXACT)
    assert close(effects.v, whole.v, EXACT)
    assert effects.columns["t"] == tuple(t)
    assert any("from Student's t" in remark for remark in effects.remarks)


def test_a_gap_is_filled_by_another_route_only_when_named():
    """A column t that nobody mentioned is not read; a named one fills the gap and is told."""
    whole = ma.effect_sizes(MEANS, "SMD", correction=None)
    t = t_of(whole, MEANS["n1"], MEANS["n2"])
    table = MEANS | {"sd1": [1.0, None], "t": t}
    with pytest.warns(ma.LeftOutWarning, match="Bo: sd1 missing"):
        assert ma.effect_sizes(table, "SMD").study == ("Ann",)
    effects = ma.effect_sizes(table, "SMD", t="t", correction=None)
    assert effects.study == ("Ann", "Bo")
    assert close(effects.y, whole.y, EXACT)
    (remark,) = effects.remarks
    assert "from Student's t" in remark
    assert remark.endswith(": Bo")


def test_no_route_at_all():
    """The columns that are missing are those of the measure itself."""
    with pytest.raises(ma.DataError) as raised:
        ma.effect_sizes({"mean1": [5.0], "mean2": [4.0], "n1": [10], "n2": [11]}, "SMD")
    assert {fault.column for fault in raised.value.faults} == {"sd1", "sd2"}


def test_a_route_that_was_begun():
    """Who names a column of a route is told what that route lacks."""
    with pytest.raises(ma.DataError) as raised:
        ma.effect_sizes({"tt": [2.0], "n1": [10]}, "SMD", t="tt")
    assert {fault.column for fault in raised.value.faults} == {"n2"}


def test_given_effects_prefer_what_is_named():
    """A mapped se is used even where the table has a column v."""
    table = {"b": [0.5], "stderr": [0.2], "v": [9.0]}
    assert close(ma.effect_sizes(table, "GEN", y="b", se="stderr").v, [0.04], EXACT)


def test_v_and_se_fill_each_others_gaps():
    """A study with either is in; four cells that are named are not passed over for n."""
    table = {"study": [1, 2, 3], "y": [0.1, 0.2, 0.3], "se": [0.1, None, 0.2],
             "v": [None, 0.04, 0.04]}  # fmt: skip
    assert close(ma.effect_sizes(table, "GEN").v, [0.01, 0.04, 0.04], EXACT)
    cells = {"events1": [3], "n1": [50], "events2": [4], "n2": [50]}
    effects = ma.effect_sizes(cells, "RD", nonevents1=[7], nonevents2=[6])
    assert close(effects.y, [-0.1], EXACT, typical=1.0)
    cells = "events1, nonevents1, events2, nonevents2"
    assert effects.remarks[0] == f"risk difference from the four cells ({cells})"
