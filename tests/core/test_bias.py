"""Tools, judgments and the record of them."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from metaan.core.bias import (
    BIAS_TOOLS,
    JUDGMENTS,
    NOT_JUDGED,
    OVERALL,
    Domain,
    RiskOfBias,
    find_tool,
)
from metaan.core.errors import ChoiceError, InputError
from metaan.plots.pages.theme import THEMES, find_theme

# How many domains the papers give each tool (QUADAS-2: four, and three of applicability).
DOMAINS = {"RoB2": 5, "RoB1": 7, "ROBINS-I": 7, "QUADAS-2": 7, "generic": 0}


def made(*rows: tuple[str, ...], tool: str = "generic") -> RiskOfBias:
    """Return a record of these rows, its last column overall."""
    own = tuple(Domain(key=f"Q{i}", name=f"Question {i}") for i in range(1, len(rows[0])))
    study = tuple("ABCDEFGH"[: len(rows)])
    return RiskOfBias(tool=tool, study=study, domains=(*own, OVERALL), judgments=rows)


def test_tools_have_the_domains_of_their_papers() -> None:
    """Numbers of domains by hand, keys once each."""
    assert {key: len(tool.domains) for key, tool in BIAS_TOOLS.items()} == DOMAINS
    for tool in BIAS_TOOLS.values():
        keys = [domain.key for domain in tool.domains]
        assert keys == [f"D{i + 1}" for i in range(len(keys))]
        assert set(tool.judgments) <= set(JUDGMENTS)
        assert tool.doi.startswith("10.") or not tool.domains


@pytest.mark.parametrize("key", BIAS_TOOLS)
def test_no_two_judgments_of_a_tool_share_a_sign(key: str) -> None:
    """Gray print and color-blind readers tell them apart, and words mean one of them."""
    rows = [JUDGMENTS[each] for each in find_tool(key).judgments]
    words = [word for row in rows for word in {row.key, row.label.lower(), *row.spellings}]
    assert len({row.symbol for row in rows}) == len(rows)
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("theme", THEMES)
def test_every_judgment_has_a_color_in_every_theme(theme: str) -> None:
    """Roles are roles of the themes; within a tool no two judgments share one."""
    for tool in BIAS_TOOLS.values():
        if tool.domains:
            colors = [find_theme(theme).color(JUDGMENTS[key].role) for key in tool.judgments]
            assert all(color.startswith("#") for color in colors)
            assert len(set(colors)) == len(colors)


def test_shares_are_counts_over_the_number_of_studies() -> None:
    """Against counting by hand; what nobody judged has its own column."""
    bias = made(("low", "low"), ("high", ""), ("low", "some"), ("critical", "low"))
    columns = [*find_tool("generic").judgments, NOT_JUDGED]
    for j, row in enumerate(bias.shares()):
        by_hand = [100 * [each[j] for each in bias.judgments].count(key) / 4 for key in columns]
        np.testing.assert_allclose(row, by_hand)
    weighted = bias.shares([1, 2, 3, 4])[1]
    np.testing.assert_allclose(weighted, [50, 30, 0, 0, 0, 0, 20])


@pytest.mark.parametrize("weights", [[1, 2], [1, -1, 1], [0, 0, 0], [1, np.nan, 1]])
def test_weights_must_be_weights(weights: list[float]) -> None:
    """One each, finite, not negative, not all 0."""
    bias = made(("low", "low"), ("high", "high"), ("low", "high"))
    with pytest.raises(InputError, match="weights"):
        bias.shares(weights)


def test_a_study_is_found_by_its_exact_name() -> None:
    """A study without judgments has none."""
    bias = made(("low", "high"), ("some", ""))
    assert bias.of("A") == ("low", "high")
    assert bias.of("a") == ("", "")
    assert [row.key for row in bias.used] == ["low", "some", "high"]
    assert bias.has_overall
    assert not bias.complete


def test_all_faults_are_named_at_once() -> None:
    """Sizes, names and words."""
    domains = (Domain(key="Q1", name="one"), Domain(key="Q1", name="two"))
    with pytest.raises(InputError) as caught:
        RiskOfBias(
            tool="RoB2",
            study=("A", "A", "B"),
            domains=domains,
            judgments=(("low", "lo"), ("high",), ("moderate", "high")),
        )
    text = str(caught.value)
    for part in ("study 'A' stands 2", "domain 'Q1'", "'lo'", "'moderate'", "A: 1 judgments"):
        assert part in text


def test_an_empty_record_and_an_unknown_tool_are_refused() -> None:
    """With the nearest key."""
    with pytest.raises(InputError, match="at least one study"):
        RiskOfBias(tool="RoB2", study=(), domains=(), judgments=())
    with pytest.raises(ChoiceError, match='Did you mean "RoB2"'):
        find_tool("rob2")


def test_the_table_and_the_notebook_show_labels() -> None:
    """Names of studies are text there, not markup."""
    bias = RiskOfBias(tool="RoB1", study=("<b>",), domains=(OVERALL,), judgments=(("unclear",),))
    frame = bias.to_frame()
    assert frame.to_dict("list") == {"study": ["<b>"], "Overall": ["Unclear"]}
    assert "<b>" not in bias._repr_html_()
    assert str(bias) == "RoB1: judgments of 1 study in 1 domain"
    assert copy.deepcopy(bias) == bias
