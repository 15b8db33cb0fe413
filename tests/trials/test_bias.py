"""Tables of judgments, as reviewers keep them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from metaan.core.bias import BIAS_TOOLS, JUDGMENTS, OVERALL, find_tool
from metaan.core.errors import ChoiceError, DataError
from metaan.trials.bias import risk_of_bias


def rob2(**changes: Any) -> pd.DataFrame:
    """Return two studies in the layout of robvis, with a weight that is no domain."""
    table = {
        "Study": ["Alpha 2001", "Beta 2002"],
        "D1": ["Low", "High"],
        "D2": ["Low", "Some concerns"],
        "D3": ["No information", "Low"],
        "D4": ["Low", "Low"],
        "D5": ["Some concerns", "Low"],
        "Overall": ["Some concerns", "High"],
        "Weight": [33.3, 66.7],
    }
    return pd.DataFrame({**table, **changes})


def test_a_wide_table_is_read_as_it_stands() -> None:
    """Keys of judgments, domains in order, overall last."""
    bias = risk_of_bias(rob2())
    assert bias.study == ("Alpha 2001", "Beta 2002")
    assert [domain.key for domain in bias.domains] == ["D1", "D2", "D3", "D4", "D5", "Overall"]
    assert bias.of("Alpha 2001") == ("low", "low", "no information", "low", "some", "some")
    assert bias.of("Beta 2002") == ("high", "some", "low", "low", "low", "high")


def test_no_overall_judgment_is_made_up() -> None:
    """A table without one has none, and an empty cell stays empty."""
    bias = risk_of_bias(rob2().drop(columns="Overall"))
    assert not bias.has_overall
    assert risk_of_bias(rob2(Overall=["", "High"])).of("Alpha 2001")[-1] == ""


def test_a_file_is_read_with_the_lines_in_its_faults(tmp_path: Path) -> None:
    """The same record as from memory; a wrong word with its line."""
    file = tmp_path / "bias.csv"
    rob2().to_csv(file, index=False)
    assert risk_of_bias(file) == risk_of_bias(rob2())
    file.write_text(file.read_text().replace("No information", "NoInfo?"))
    with pytest.raises(DataError, match=r"bias.csv, line 2, D3: .*'NoInfo\?'"):
        risk_of_bias(str(file))
    with pytest.raises(DataError, match="cannot be read"):
        risk_of_bias(tmp_path / "nothing.csv")


@pytest.mark.parametrize("key", [key for key, tool in BIAS_TOOLS.items() if tool.domains])
def test_every_tool_knows_its_keys_names_and_short_names(key: str) -> None:
    """One column each way, and every spelling of every judgment."""
    tool = find_tool(key)
    for name in ("{0.key}", "{0.name}", "{0.key}: {0.name}"):
        columns = {name.format(domain): ["Low", "HIGH"] for domain in tool.domains}
        words = {"high": "high"} if "high" in tool.judgments else {"high": "serious"}
        columns = {head: ["Low", words["high"]] for head in columns}
        bias = risk_of_bias({"study": ["A", "B"], **columns}, tool=key)
        assert bias.judgments[0] == ("low",) * len(tool.domains)
        assert bias.judgments[1] == (words["high"],) * len(tool.domains)
    for judged in tool.judgments:
        row = JUDGMENTS[judged]
        for word in (row.key.upper(), f"  {row.label}. ", *row.spellings):
            columns = {domain.key: [word] for domain in tool.domains}
            assert set(risk_of_bias({"study": ["A"], **columns}, tool=key).of("A")) == {judged}


def test_names_without_their_lead_and_british_spelling_are_known() -> None:
    """The heads that the RoB 2 spreadsheet and RevMan use."""
    heads = (
        "Randomisation process", "Deviations from intended interventions",
        "Missing outcome data", "Measurement of the outcome", "Selection of the reported result",
    )  # fmt: skip
    bias = risk_of_bias({"study": ["A"], **{head: ["low"] for head in heads}})
    assert bias.of("A") == ("low",) * 5


def test_a_long_table_is_the_same_record() -> None:
    """Melted in any order; a pair that lacks is not judged."""
    wide = risk_of_bias(rob2())
    long = rob2().drop(columns="Weight").melt("Study", var_name="domain", value_name="judgment")
    assert risk_of_bias(long) == wide
    shuffled = risk_of_bias(long.iloc[::-1])
    assert {s: shuffled.of(s) for s in wide.study} == {s: wide.of(s) for s in wide.study}
    assert risk_of_bias(long.iloc[1:]).of("Alpha 2001")[0] == ""


def test_columns_with_other_names_are_pointed_at() -> None:
    """By the key of the domain."""
    table = rob2().rename(columns={"D1": "rand", "Overall": "total", "Study": "trial"})
    assert risk_of_bias(table, study="trial", D1="rand", Overall="total") == risk_of_bias(rob2())


def test_domains_of_ones_own() -> None:
    """Every column, or those that are named; overall goes last."""
    table = {"study": ["A"], "Overall": ["high"], "Blinding": ["moderate"], "Note": ["?"]}
    bias = risk_of_bias(table, tool="generic")
    assert [domain.key for domain in bias.domains] == ["Blinding", "Note", OVERALL.key]
    assert bias.of("A") == ("moderate", "unclear", "high")
    named = risk_of_bias(table, tool="generic", masked="Blinding")
    assert [domain.key for domain in named.domains] == ["masked"]


@pytest.mark.parametrize("empty", ["", None, np.nan, pd.NA, " ", "NA", "n/a"])
def test_an_empty_cell_is_not_judged(empty: object) -> None:
    """However it is empty."""
    assert risk_of_bias(rob2(D4=[empty, "low"])).of("Alpha 2001")[3] == ""


def test_every_fault_is_named_at_once() -> None:
    """Wrong words, a study twice, one without a name, a domain that lacks."""
    table = rob2(Study=["Alpha", "Alpha"], D1=["Loww", 3.0]).drop(columns="D5")
    table.loc[2] = {**table.loc[0].to_dict(), "Study": None, "D2": "-"}
    with pytest.raises(DataError) as caught:
        risk_of_bias(table)
    text = str(caught.value)
    assert len(caught.value.faults) == 7
    assert "row 1, D1: is no judgment of RoB2; got 'Loww'" in text
    assert 'Did you mean "Low"?' in text
    for part in ("row 2, D1", "row 3, D1", "row 3, D2", "'-'", "row 3, Study: has no study"):
        assert part in text
    assert "selection of the reported result" in text
    assert "row 2, Study: names a study of row 1 again" in text


def test_faults_of_a_long_table() -> None:
    """A pair twice, an unknown domain, a domain that nobody has."""
    long = pd.DataFrame(
        {"study": ["A"] * 6, "domain": ["D1", "D1", "D7", "D2", "D3", "D4"], "judgment": "low"}
    )
    with pytest.raises(DataError) as caught:
        risk_of_bias(long, D1="rand")
    text = str(caught.value)
    assert len(caught.value.faults) == 4
    for part in ("row 2, domain: judges a domain of row 1", "'D7'", "D5", "is for a wide table"):
        assert part in text


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"trial": ["A"], "D1": ["low"]}, "Name the column with study="),
        ({"study": [], "D1": []}, "has no rows"),
        ({"study": ["A"]}, "has no judgments"),
        ({"study": ["A"], "D1": ["low"], "E1": ["low"]}, "RoB2 asks for"),
    ],
)
def test_tables_that_are_none(table: dict[str, list[str]], told: str) -> None:
    """One error each, with what to do."""
    with pytest.raises(DataError, match=told):
        risk_of_bias(table)


def test_an_unknown_tool_and_an_unknown_domain() -> None:
    """Choices are offered."""
    with pytest.raises(ChoiceError, match="QUADAS-2"):
        risk_of_bias(rob2(), tool="QUADAS")
    with pytest.raises(DataError, match="is no domain of RoB2"):
        risk_of_bias(rob2(), D9="D1")


def test_a_table_comes_back_from_its_record() -> None:
    """Reading what was written changes nothing."""
    for tool, word in (("RoB1", "unclear"), ("ROBINS-I", "critical"), ("QUADAS-2", "high")):
        columns = {domain.key: ["low", word] for domain in find_tool(tool).domains}
        bias = risk_of_bias({"study": ["A", "B"], **columns}, tool=tool)
        assert risk_of_bias(bias.to_frame(), tool=tool) == bias


@pytest.mark.parametrize(
    ("table", "tool", "told"),
    [
        (rob2(d1=["High", "High"]), "RoB2", "D1 and d1"),
        ({"study": ["A"], "overall": ["low"], "Overall bias": ["high"], "x": ["low"]}, "generic",
         "overall and Overall bias"),
        ({"study": ["A"], "Recall": ["low"], "recall ": ["high"]}, "generic", "Recall and recall"),
    ],
)  # fmt: skip
def test_two_columns_for_one_domain_are_a_fault(table: Any, tool: str, told: str) -> None:
    """Neither is guessed to be the right one; a keyword decides."""
    with pytest.raises(DataError, match=f"is one domain with 2 columns: {told}"):
        risk_of_bias(table, tool=tool)
    assert risk_of_bias(rob2(d1=["High", "High"]), D1="d1").of("Alpha 2001")[0] == "high"
