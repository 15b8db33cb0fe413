"""Calls of metafor that metaan writes, executed: R prints the numbers of the fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from metaan.report.r_calls.call import RCall
from metaan.report.r_calls.escalc_words import LATER_MEASURES
from metaan.report.r_calls.pooling import NOT_HERE
from metaan.univariate.inference import HC, KR
from tests.reference.r_calls_asked import GROUPS
from tests.reference.running_r_calls import differences, run_calls

pytestmark = [
    pytest.mark.r,
    pytest.mark.filterwarnings("ignore::metaan.core.errors.MetaanWarning"),
]


class Run(NamedTuple):
    """Calls of a group by what was asked, and what R found."""

    calls: Mapping[str, RCall]
    found: Mapping[str, Any]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Return every group's calls and what R found, all from one process of R."""
    calls = {name: dict(make()) for name, make in GROUPS.items()}
    asked = [
        (group, name)
        for group, own in calls.items()
        for name, call in own.items()
        if call.executed or group == "measures"
    ]
    codes = [calls[group][name].code for group, name in asked]
    found = run_calls(codes, tmp_path_factory.mktemp("calls"))
    return {
        group: Run(own, {n: f for (g, n), f in zip(asked, found, strict=True) if g == group})
        for group, own in calls.items()
    }


@pytest.mark.parametrize("group", GROUPS)
def test_r_has_the_numbers(runs: dict[str, Run], group: str) -> None:
    """Every executed call prints our numbers, to its tolerance."""
    run = runs[group]
    off = {
        name: told[:3]
        for name, call in run.calls.items()
        if call.executed and (told := differences(call, run.found[name]))
    }
    assert not off


def test_what_is_not_executed_is_few_and_has_a_reason(runs: dict[str, Run]) -> None:
    """Of pools and regressions, two estimators; of mixed models the exact likelihood."""
    pools = [*runs["pools"].calls.items(), *runs["regressions"].calls.items()]
    left_out = {name: call for name, call in pools if not call.executed}
    assert all(name.split()[-1] in NOT_HERE for name in left_out)
    assert all(call.remark for call in left_out.values())
    mixed = {n: call for n, call in runs["counts"].calls.items() if not call.executed}
    assert {name.split()[1] for name in mixed} == {"CM.EL"}
    for group in ("refits", "missing studies", "networks", "hostile names"):
        assert all(call.executed for call in runs[group].calls.values())


def test_measures_of_later_versions(runs: dict[str, Run]) -> None:
    """What metafor 3.8 is said not to have, it refuses or computes otherwise."""
    run = runs["measures"]
    later = {name: call for name, call in run.calls.items() if not call.executed}
    agreeing = [name for name, call in later.items() if not differences(call, run.found[name])]
    # without a correction, the effects that 3.8 does not correct are the same
    assert {name.split()[-1] for name in agreeing} <= {"ROM", "ROMC", "CVRC"}
    assert all("correct=FALSE" in name for name in agreeing)
    assert {name.split()[-1] for name in later} >= LATER_MEASURES
    assert len(later) < 0.4 * len(run.calls)


def test_calls_hold_what_effects_were_made_from(runs: dict[str, Run]) -> None:
    """All but the measures that R has otherwise are made again by escalc."""
    given = [name for name, call in runs["measures"].calls.items() if "escalc(" not in call.code]
    assert {name.split()[-1] for name in given} == {"UCOR", "MPORM", "OR"}
    assert [name for name in given if name.endswith(" OR")] == ["escalc_all OR:add=.1 OR"]


def test_inferences_without_a_call(runs: dict[str, Run]) -> None:
    """Kenward and Roger's interval is not compared, and the remark says so; Henmi-Copas is hc."""
    calls = runs["pools"].calls
    own = {name: call for name, call in calls.items() if f" {KR} " in name}
    assert own
    assert all("Kenward-Roger" in call.remark for call in own.values())
    assert all(each.name != "low" for call in own.values() for each in call.numbers)
    assert all("hc(fit" in call.code for name, call in calls.items() if f" {HC} " in name)
