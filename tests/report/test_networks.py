"""The networks of the report: what they hold, what they say, and where each number is from."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import stdtr, stdtrit

from metaan.core.errors import ChoiceError, DataError, InputError
from metaan.report.declaring.declared import (
    CONSISTENCY,
    DRAWINGS,
    NETWORK,
    RANKING,
    FigureSpec,
)
from metaan.report.declaring.loading import load_analyses
from metaan.report.drawing.drawing import draw_records, nothing_to_draw, records
from metaan.report.proof.manifest import manifest
from metaan.report.results.evidence import Evidence, load_evidence
from metaan.report.results.network_recipes import FEW_DF, NetworkResult
from metaan.report.results.recipes import AnyResult, make_result
from metaan.report.results.sentences import paragraph
from metaan.report.results.tables import figure_table, missing_table, more_tables
from metaan.report.results.trail import trace
from tests.plots.looking import outside, overlaps
from tests.tolerance import EXACT, close

SPECS = {
    spec.name: spec
    for part in load_evidence().analyses
    for spec in part.figure
    if spec.kind == NETWORK
}
GROUPS = "network_63rct_pain_group"
NODES = "network_63rct_pain_node"
DOUBTFUL = "pain_cautions"
TWO = ["zhao2012", "kerr2003"]

each = pytest.mark.parametrize("name", SPECS)
Networks = Callable[[str], NetworkResult]


@pytest.fixture
def of(results: dict[str, AnyResult]) -> Networks:
    """Return a function that gives a network's result by name."""

    def find(name: str) -> NetworkResult:
        found = results[name]
        assert isinstance(found, NetworkResult)
        return found

    return find


def test_nodes_and_groups_of_three_outcomes_are_declared() -> None:
    """Pain, function and response, each for treatments and for groups of them."""
    stems = {name.removeprefix("network_63rct_").rpartition("_")[0] for name in SPECS}
    outcomes, ways = ("pain", "function", "responder"), ("group", "node")
    assert stems == {f"{outcome}_{way}" for outcome in outcomes for way in ways} | {DOUBTFUL}
    assert {name.rpartition("_")[2] for name in SPECS if name.startswith(GROUPS)} == set(DRAWINGS)


@each
def test_titles_and_subtitles_say_how_far_the_data_reach(of: Networks, name: str) -> None:
    """None of the 63 trials is known; how many of those on file are in is said beside it."""
    result = of(name)
    k, whole = result.k, result.effects.k + result.effects.k_left_out
    assert f": 0 of 63 studies on file ({k} trials not known as members)" in result.title
    assert f"{k} of {whole} studies with such figures are usable and connected" in result.subtitle


@each
def test_what_is_not_connected_is_named(of: Networks, name: str) -> None:
    """In the footnotes, in the table of what is missing, and in no estimate."""
    result = of(name)
    table = missing_table(result)
    for part in result.apart:
        assert not set(part.treatments) & set(result.fit.treatments)
        for study in part.studies:
            mine = table.loc[table["study"] == study, "reason"]
            assert mine.str.startswith("not connected").any()
            assert not mine.str.startswith("already in").any()
            assert any(study in note for note in result.notes)


@each
def test_drawing_can_be_read(of: Networks, name: str) -> None:
    """No text lies on another or leaves the page."""
    (record,) = records(of(name))
    plot = draw_records((record,))
    assert overlaps(plot) == []
    assert outside(plot) == []
    assert record.title == of(name).title
    assert len(record.alt) > 20


def test_effects_are_those_of_dense_least_squares(of: Networks) -> None:
    """Weights from inverted covariances of whole studies, coefficients by normal equations."""
    effects = of(f"{GROUPS}_forest").effects
    names = [name for name in effects.treatments if name != "Sham"]
    information, right, total = np.zeros((5, 5)), np.zeros(5), 0.0
    for study in effects.studies:
        at = [i for i, each in enumerate(effects.study) if each == study]
        base = effects.treat2[at[-1]]
        at = [i for i in at if base in (effects.treat1[i], effects.treat2[i])]
        v = {frozenset(pair): effects.v[i] for i, pair in _pairs(effects)
             if effects.study[i] == study}  # fmt: skip
        other = [effects.treat1[i] for i in at]
        cov = [[effects.v[at[a]] if a == b
                else (effects.v[at[a]] + effects.v[at[b]] - v[frozenset((s, t))]) / 2
                for b, t in enumerate(other)] for a, s in enumerate(other)]  # fmt: skip
        x = np.array([[(t == n) - (base == n) for n in names] for t in other], dtype=float)
        weight = np.linalg.inv(cov)
        information += x.T @ weight @ x
        right += x.T @ weight @ effects.y[at]
        total += effects.y[at] @ weight @ effects.y[at]
    found = np.linalg.solve(information, right)
    se = np.sqrt(np.diag(np.linalg.inv(information)))
    df = 21 - 5  # 17 studies, 4 of them with three arms
    assert (total - found @ right) / df < 1  # so that tau² is 0 and Wald's variances are the floor
    table = figure_table(of(f"{GROUPS}_forest")).set_index("label").loc[names]
    assert close(table["estimate"], found, EXACT)
    assert close(table["low"], found - stdtrit(df, 0.975) * se, EXACT)
    assert close(table["p_value"], 2 * stdtr(df, -abs(found / se)), EXACT)


def _pairs(effects: object) -> list[tuple[int, tuple[str, str]]]:
    return list(enumerate(zip(effects.treat1, effects.treat2, strict=True)))


def test_published_results_stand_beside_what_they_compare(of: Networks) -> None:
    """Against sham alone, as printed, and said to be pairwise."""
    result = of(f"{GROUPS}_forest")
    assert all(pool.treat2.startswith("sham") and pool.measure == "SMD" for pool in result.pools)
    (record,) = records(result)
    printed = [row.effect_text for row in record.rows if row.kind == "published"]
    assert "−0.40 (−0.54, −0.25)" in printed
    assert any(note.startswith("Published results are pairwise") for note in result.notes)
    assert of(f"{GROUPS}_league").pools == ()


@each
def test_hardly_more_contrasts_than_effects_is_a_caution(of: Networks, name: str) -> None:
    """Then nothing is ranked, and every drawing says so."""
    result = of(name)
    few = result.fit.heterogeneity.df <= FEW_DF
    assert few == any(note.startswith("Caution: ") for note in result.notes)
    assert result.ranked == (not few)
    if few and name.endswith("_league"):
        head = list(figure_table(result).columns[1:])
        assert head == sorted(head)


def test_what_the_cautions_do_is_shown(of: Networks) -> None:
    """Three trials more, named in a footnote, and a tau² that is no longer 0."""
    with_them, without = of(f"network_63rct_{DOUBTFUL}_forest"), of(f"{GROUPS}_forest")
    more = {*with_them.effects.studies} - {*without.effects.studies}
    caution = with_them.spec.caution
    assert len(more) == 3
    assert all(study in caution for study in more)
    assert caution in with_them.notes
    assert with_them.fit.tau2 > 0.5 > without.fit.tau2


def test_one_degree_of_freedom_is_said(of: Networks) -> None:
    """Function by node: 11 contrasts, 10 effects."""
    notes = of("network_63rct_function_node_forest").notes
    assert any("11 independent contrasts for 10 effects, so only 1 degree of freedom is left" in x
               for x in notes)  # fmt: skip


def test_remarks_are_footnotes_without_arguments(of: Networks) -> None:
    """Combined arms and add-on comparisons, in words and not in code."""
    notes = of(f"{GROUPS}_forest").notes
    assert "Arms of one treatment combined: Zaringhalam 2010 (acupuncture)." in notes
    assert any("one arm got what the other got" in note for note in notes)
    assert not any('by="' in note or "_" in note for note in notes)


def test_sentences_say_what_the_network_says_and_does_not(of: Networks) -> None:
    """Which intervals exclude no effect, and what cannot be concluded."""
    text = paragraph(of(f"{GROUPS}_forest"))
    assert (
        "What the network says: acupuncture does better than sham; drug, no treatment and" in text
    )
    assert "physical treatment do worse than sham; usual care is not told from sham." in text
    assert "What it does not say: that treatments whose intervals overlap are equal" in text
    assert "4 of 9 direct comparisons rest on one trial" in text
    better = paragraph(of("network_63rct_responder_group_forest"))
    assert "are not told from sham" in better


def test_sentences_count_what_the_tables_hold(of: Networks) -> None:
    """Comparisons, their direct evidence, intervals that exclude no effect."""
    league = of(f"{NODES}_league")
    fit = league.fit
    effects = [fit.effect(a, b) for i, a in enumerate(fit.treatments) for b in fit.treatments[:i]]
    clear = sum(not each.low <= 0 <= each.high for each in effects)
    direct = len({frozenset(pair) for _, pair in _pairs(fit.effects)})
    assert f"Of 120 comparisons {direct} were made directly" in paragraph(league)
    assert f"the intervals of {clear} exclude no effect" in paragraph(league)
    splits = figure_table(of(f"{NODES}_consistency"))
    both = splits[splits["evidence"] == "both"]
    least = both.loc[both["p_value"].idxmin()]
    text = paragraph(of(f"{NODES}_consistency"))
    assert text.startswith(f"{len(both)} of {len(splits)} comparisons have")
    assert f"is {least['p_value']:.3f} ({least['treatment']} against {least['control']})" in text


def test_tables_hold_the_whole_network(of: Networks) -> None:
    """Contrasts with row ids, league, ranks, Q by designs."""
    graph = figure_table(of(f"{GROUPS}_graph"))
    assert len(graph) == 26
    assert list(graph.loc[graph["connected"] == "no", "study_id"]) == ["shin2015"]
    assert graph["rows"].str.fullmatch(r"\w+( \w+)+").all()
    direct = more_tables(of(f"{GROUPS}_graph"))["direct"]
    assert int(direct["studies"].sum()) == 25
    league = figure_table(of(f"{GROUPS}_league"))
    assert list(league["treatment"]) == list(league.columns[1:])
    ranks = figure_table(of(f"{GROUPS}_ranking"))
    assert close(ranks["p_score"].mean(), 0.5, EXACT)
    designs = more_tables(of(f"{GROUPS}_consistency"))["designs"]
    assert int(designs["studies"].iloc[:-3].sum()) == 17


def test_row_ids_of_each_contrast_are_in_the_manifest(evidence: Evidence, of: Networks) -> None:
    """Also of the part that is not connected."""
    (figure,) = json.loads(manifest(evidence, [of(f"{GROUPS}_league")], {}))["figures"]
    effects = of(f"{GROUPS}_league").effects
    told = [row for study in figure["studies"].values() for each in study for row in each["rows"]]
    assert told == [row for rows in effects.rows for row in rows]
    assert list(figure["not_connected"]) == ["shin2015"]
    assert set(figure["network"]["effects"]) == set(effects.treatments) - {"Sham"}


def test_a_study_of_three_arms_is_traced_to_each_row(of: Networks, evidence: Evidence) -> None:
    """Three contrasts, three rows; a study of another part can be traced as well."""
    text = trace(evidence, of(f"{GROUPS}_graph"), "brinkhaus2006")
    assert text.count("vs No treatment, Standardized mean difference") == 2
    for row in ("23", "25", "27"):
        assert f"trials.csv row {row}:" in text
    assert "Laser vs Sham laser" in trace(evidence, of(f"{GROUPS}_graph"), "Shin 2015")


def test_a_trail_has_the_remarks_on_its_own_study(of: Networks, evidence: Evidence) -> None:
    """Not those on others, wherever in a remark the names stand."""
    leibing, zaringhalam = (
        trace(evidence, of(f"{GROUPS}_forest"), name)
        for name in ("leibing2002", "zaringhalam2010")
    )
    assert "note: acupuncture and physical" in leibing
    assert "Zaringhalam" not in leibing
    assert "note: arms of one treatment combined: Zaringhalam 2010 (acupuncture)" in zaringhalam
    assert "note: acupuncture and physical" not in zaringhalam


def _make(evidence: Evidence, name: str, **changes: object) -> NetworkResult:
    analysis = next(part for part in evidence.analyses if SPECS[name] in part.figure)
    found = make_result(evidence, analysis, replace(SPECS[name], **changes))
    assert isinstance(found, NetworkResult)
    return found


def test_a_common_effect_and_a_given_tau2_claim_no_estimate(evidence: Evidence) -> None:
    """No tau² that nobody estimated, no empty name of an estimator; labels of sham are words."""
    common = _make(evidence, f"{GROUPS}_forest", model="common", inference="")
    assert "; common effect, intervals by Wald" in paragraph(common)
    assert "tau²" not in paragraph(common)
    whole = figure_table(common).set_index("label").loc["all"]
    assert np.isnan(whole["tau2"])
    given = paragraph(_make(evidence, f"{GROUPS}_forest", tau2=0.05))
    assert "random effects, tau² given, intervals" in given
    assert "tau² = " not in given


def test_without_loops_consistency_is_not_drawn(evidence: Evidence) -> None:
    """Two trials with acupuncture in common: a tree."""
    found = _make(evidence, f"{GROUPS}_{CONSISTENCY}", study=TWO)
    assert "no comparison has both" in nothing_to_draw(found)
    assert "the network's estimates rest on the assumption" in paragraph(found)
    with pytest.raises(InputError, match="there is nothing to draw: no comparison has both"):
        records(found)


def test_a_reference_that_is_not_in_gives_way(evidence: Evidence) -> None:
    """A part of the trials may lack it; the treatment in most of them is taken then."""
    found = _make(evidence, f"{GROUPS}_forest", study=["zeng2005"])
    assert found.fit is not None
    assert found.fit.reference == found.fit.treatments[0]
    assert f"effects against {found.fit.reference.lower()}" in found.title


def test_an_unknown_reference_is_refused(evidence: Evidence) -> None:
    """A slip in a declaration is answered with the groups."""
    with pytest.raises(ChoiceError, match=f'figure {GROUPS}_forest of.*Did you mean "sham"'):
        _make(evidence, f"{GROUPS}_forest", reference="shamm")


def test_no_study_at_all_is_said(evidence: Evidence) -> None:
    """No figure of that outcome: no network, no table, no error."""
    found = _make(evidence, f"{GROUPS}_graph", study=["cho2013"])
    assert (found.k, found.fit) == (0, None)
    assert nothing_to_draw(found) == "no trial on file is usable"
    assert paragraph(found).startswith("No trial on file has usable figures")
    assert len(figure_table(found)) == 0
    assert more_tables(found) == {}


def test_drawings_are_checked_when_they_are_declared(tmp_path: Path) -> None:
    """An unknown one is named with the choices; without any all are made, ranks if they can be."""
    path = tmp_path / "analyses.toml"
    text = (
        '[[analysis]]\nname = "a"\ntitle = "A"\nabout = "."\nunknown = "."\n[[analysis.figure]]\n'
    )
    text += 'name = "n"\nheading = "Pain"\nkind = "network"\n'
    text += 'outcome = "pain"\nmeasure = "SMD"\n'
    path.write_text(f'{text}draw = ["leage"]\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"choose one of graph, forest, league.*Did you mean"):
        load_analyses(path)
    path.write_text(text, encoding="utf-8")
    (analysis,) = load_analyses(path)[1]
    unranked = [f"n_{drawing}" for drawing in DRAWINGS if drawing != RANKING]
    assert [spec.name for spec in analysis.figure] == unranked
    path.write_text(f'{text}draw = ["ranking"]\n', encoding="utf-8")
    with pytest.raises(DataError, match="n, better: is missing: ranks need the direction"):
        load_analyses(path)
    path.write_text(text.replace("SMD", "IRR"), encoding="utf-8")
    with pytest.raises(DataError, match="'IRR' is no measure of a network of trials"):
        load_analyses(path)
    path.write_text(f'{text}better = "lower"\n', encoding="utf-8")
    assert len(load_analyses(path)[1][0].figure) == len(DRAWINGS)
    assert isinstance(analysis.figure[0], FigureSpec)
