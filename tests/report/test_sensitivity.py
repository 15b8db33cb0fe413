"""Sensitivity analyses: each row is the figure declared otherwise, and says what changed."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from metaan.core.network_effects import NetworkEffects
from metaan.report.declaring.declared import Sensitivity, varied
from metaan.report.results.evidence import Evidence
from metaan.report.results.recipes import AnyResult, Result, make_result
from metaan.report.results.sensitivity import CHANGED, MAIN, NONE, SAME, sensitivity_table
from tests.tolerance import EXACT, close

SHAM = "forest_sham_pain"
NETWORK = "network_63rct_pain_group_forest"


def _with(result: AnyResult, **changes: object) -> AnyResult:
    return replace(
        result,
        spec=replace(
            result.spec, sensitivity=(Sensitivity(label="other", changes=changes),), tau2="DL"
        ),
    )


@pytest.mark.parametrize("name", [SHAM, "forest_63rct_responder_usual", "forest_63rct_pain_drug"])
def test_each_row_is_the_figure_declared_so(
    evidence: Evidence, results: dict[str, AnyResult], name: str
) -> None:
    """The estimate, the limits and the number of trials of that figure made from the start."""
    result = results[name]
    table = sensitivity_table(evidence, result)
    assert table is not None
    assert list(table["analysis"]) == [MAIN, *(x.label for x in result.spec.sensitivity)]
    for i, each in enumerate(result.spec.sensitivity, start=1):
        again = make_result(evidence, result.analysis, varied(result.spec, each))
        assert isinstance(again, Result)
        row = table.iloc[i]
        assert row["k"] == again.k, each.label
        assert row["changed"]
        if again.fit is None:
            assert math.isnan(row["estimate"])
            assert "nothing is pooled" in row["remark"]
            assert row["conclusion"] == NONE
        else:
            read = again.fit.estimate.read()
            assert close(row[["estimate", "low", "high"]].to_numpy(float),
                         [read.value, read.low, read.high], EXACT), each.label  # fmt: skip
            common = again.fit.model == "common"
            assert math.isnan(row["tau2"]) if common else close(row["tau2"], again.fit.tau2, EXACT)


def test_the_conclusion_is_compared_with_that_of_the_main_analysis(
    evidence: Evidence, results: dict[str, AnyResult]
) -> None:
    """Pain against sham: Wald's interval, and leaving out Cherkin 2009, change it."""
    table = sensitivity_table(evidence, results[SHAM])
    assert table is not None
    by = table.set_index("analysis")
    assert by.at[MAIN, "conclusion"] == ""
    assert by.at[MAIN, "interval"] == "includes no effect"
    assert by.at["Wald's interval", "conclusion"] == CHANGED
    assert by.at["Wald's interval", "changed"] == (
        "interval: Wald (normal) instead of Hartung-Knapp-Sidik-Jonkman "
        "(not narrower than Wald, t)"
    )
    assert by.at["Figures read second hand left out", "changed"] == (
        "cautions left out: not read in the report of the trial or in a systematic review"
    )
    assert by.at["Figures read second hand left out", "conclusion"] == ""
    assert by.at["Figures read second hand left out", "remark"] == "no study affected"
    left_out = "Without Cherkin 2009, which reports bothersomeness"
    assert by.at[left_out, "conclusion"] == CHANGED
    assert by.at[left_out, "changed"] == "studies left out: Cherkin 2009"
    assert by.at[left_out, "k"] == by.at[MAIN, "k"] - 1
    assert by.at["Between-study variance by Paule and Mandel", "conclusion"] == SAME
    assert by["prediction_low"].notna().sum() == len(by) - 1  # a common effect has none


def test_what_is_the_same_analysis_again_is_no_evidence(
    evidence: Evidence, results: dict[str, AnyResult]
) -> None:
    """With tau² = 0 another estimator is the main analysis, and Wald's is the common effect."""
    table = sensitivity_table(evidence, results["forest_63rct_pain_none"])
    assert table is not None
    by = table.set_index("analysis")
    assert by.at[MAIN, "tau2"] == 0
    assert by.at["Between-study variance by Paule and Mandel", "conclusion"] == ""
    assert by.at["Between-study variance by Paule and Mandel", "remark"] == (
        "identical to the main analysis"
    )
    assert by.at["Immediate term alone", "remark"] == "no study affected"
    assert by.at["Common effect", "remark"] == "identical to “Wald's interval”"
    assert by.at["Common effect", "conclusion"] == by.at["Wald's interval", "conclusion"]


def test_studies_that_leave_with_the_measure_are_named(
    evidence: Evidence, results: dict[str, AnyResult]
) -> None:
    """DeBar 2025 printed a risk ratio alone, so that an odds ratio is one of the other trials."""
    usual = sensitivity_table(evidence, results["forest_63rct_responder_usual"])
    group = sensitivity_table(evidence, _with(results["network_63rct_function_group_forest"],
                                              mix_types=False, measure="MD"))  # fmt: skip
    assert usual is not None
    by = usual.set_index("analysis")
    told = "without DeBar 2025 (only a printed RR, no events)"
    assert by.at["Odds ratio", "remark"] == told
    assert by.at["Counts pooled by Mantel and Haenszel", "remark"] == told
    assert group is not None
    assert "cannot be done" in group["remark"].iloc[-1]


def test_an_analysis_that_cannot_be_done_says_why(
    evidence: Evidence, results: dict[str, AnyResult]
) -> None:
    """Several instruments share no mean difference: a row with the reason, no error."""
    table = sensitivity_table(
        evidence, _with(results["forest_sham_pain_smd"], measure="MD", better="")
    )
    assert table is not None
    assert "cannot be done: a MD needs one instrument" in table["remark"][1]
    assert math.isnan(table["k"][1])


def test_nothing_declared_or_nothing_pooled_is_no_table(
    evidence: Evidence, results: dict[str, AnyResult]
) -> None:
    """One usable trial, an umbrella, a graph of a network."""
    for name in ("forest_13rct_pain", "forest_umbrella", "network_63rct_pain_group_graph"):
        assert sensitivity_table(evidence, results[name]) is None


def test_networks_have_a_row_for_each_treatment(
    evidence: Evidence, results: dict[str, AnyResult]
) -> None:
    """Without the trials of one study; what is not in the smaller network says so."""
    result = results[NETWORK]
    gone = [str(x) for x in np.unique(result.effects.columns["study_id"][:1])]
    table = sensitivity_table(evidence, _with(result, without_study=gone))
    assert table is not None
    other = table[table["analysis"] == "other"]
    assert set(other["treatment"]) == set(result.fit.against())
    assert isinstance(result.effects, NetworkEffects)
    assert (other["k"].dropna() == result.fit.k - 1).all()
    named = other.set_index("treatment").at["Acupuncture", "estimate"]
    assert np.isfinite(named)
    assert named != table["estimate"][0]
