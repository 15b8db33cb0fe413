"""Declarations: every fault of analyses.toml is named at once, with its place and the nearest."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from metaan.core.errors import ChoiceError, DataError
from metaan.report.declaring.declared import (
    Analysis,
    FigureSpec,
    Sensitivity,
    chosen,
    find_figure,
    varied,
)
from metaan.report.declaring.figures import DEFAULT_FIGURES, FIGURES
from metaan.report.declaring.keys import KEYS
from metaan.report.declaring.loading import load_analyses
from metaan.report.declaring.words import words_of
from metaan.report.results.evidence import Evidence
from metaan.trials.shipped import data_folder

GOOD = """
[[analysis]]
name = "a"
title = "A"
about = ""
unknown = ""
[[analysis.figure]]
name = "forest_a"
heading = "Pain"
outcome = "pain"
treatment = ["acupuncture"]
control = ["sham"]
measure = "MD"
"""
HEADING = 'heading = "Pain"'


def _load(folder: Path, text: str, evidence: Evidence | None = None) -> tuple[Analysis, ...]:
    path = folder / "analyses.toml"
    path.write_text(text, encoding="utf-8")
    words = None if evidence is None else words_of(evidence.trials, evidence.pools.values())
    return load_analyses(path, words=words)[1]


def test_every_key_is_described_at_the_top_of_the_shipped_file() -> None:
    """And every field of a declaration is a key, so that nothing needs Python."""
    text = (data_folder() / "analyses.toml").read_text(encoding="utf-8")
    top = text.partition("\npage_title")[0]
    words = set(re.findall(r"[a-z0-9_]+", top))
    assert set(KEYS) - words == set()
    declared = {each.name for kind in (Analysis, FigureSpec) for each in fields(kind)}
    assert declared <= set(KEYS)
    assert set(FIGURES) <= words


def test_every_fault_is_named(tmp_path: Path) -> None:
    """Unknown, missing and repeated keys of all levels come in one error."""
    text = GOOD.replace(HEADING, 'headign = "Pain"')
    text = 'inferense = "HKSJ"\n' + text + text.replace("forest_a", "forest_b")
    text += '[[analysis.figure.sensitivity]]\nlabel = "x"\nmodle = "common"\n'
    with pytest.raises(DataError) as caught:
        _load(tmp_path, text)
    told = str(caught.value)
    assert told.count('Did you mean "heading"?') == 2
    assert 'inferense: is not a key. Did you mean "inference"?' in told
    assert "forest_b, heading: is missing" in told
    assert "forest_b, sensitivity 'x', modle: is not a key. Did you mean \"model\"?" in told
    assert "a, name: stands twice" in told


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('"forest_a"', '"../../evil"', "it names files"),
        (HEADING, f'{HEADING}\nkind = "umbrela"', "'umbrela' is not a kind of figure.*umbrella"),
        (HEADING, f'{HEADING}\nterm = "short"', "term: must be a list of texts"),
        (HEADING, f"{HEADING}\nterm = [1]", "term: must be a list of texts"),
        (HEADING, f'{HEADING}\nfavors = ["one"]', "must be two texts"),
        (HEADING, "heading = 3", "must be a text; got '3'"),
        (HEADING, 'heading = ""', "heading: is missing"),
        (HEADING, f"{HEADING}\nlevel = 95", "must lie between 0 and 1"),
        (HEADING, f"{HEADING}\nlevel = true", "must be a number"),
        (HEADING, f"{HEADING}\nimportant = 2", "important_source: is missing"),
        (HEADING, f'{HEADING}\ntau2 = "REM"', "is not an estimator.*Did you mean \"REML\""),
        (HEADING, f"{HEADING}\ntau2 = -1", "or a variance of 0 or more"),
        (HEADING, f'{HEADING}\ninference = "WALDO"', 'inference.*Did you mean "WALD"'),
        (HEADING, f'{HEADING}\nmodel = "comon"', 'choose one of random, common.*"common"'),
        (HEADING, f'{HEADING}\nfigures = ["funel"]', 'stands beside.*Did you mean "funnel"'),
        (HEADING, f'{HEADING}\npanels = []', "panels: is not a key of a figure with kind"),
        (HEADING, f'{HEADING}\ntau2 = "DL"\ninference = "KR"', "model: .*KR"),
        (HEADING, f'{HEADING}\nmethod = "MH"', "Mantel-Haenszel pools OR, RR, RD"),
        (HEADING, f'{HEADING}\nmethod = "MH"\ntau2 = "DL"', "tau2: is of no use with Mantel"),
        ('measure = "MD"', 'measure = "smd"', 'is not an effect measure.*Did you mean "SMD"'),
        ('measure = "MD"', 'measure = "OR"\nmethod = "PETO"', '"PETO" takes measure = "PETO"'),
        ('measure = "MD"', 'measure = "AUC"', "needs auc, which no comparison of two arms has"),
        ('measure = "MD"', 'measure = "IRR"\nmethod = "MH"', "Mantel-Haenszel pools OR, RR, RD"),
        ('measure = "MD"', 'measure = "OR"\nimportant = 1\nimportant_source = "x"', "than 1"),
        ('control = ["sham"]', 'control = ["acupuncture"]', "'acupuncture' is the treatment too"),
        ('[[analysis]]', '[analysis]', "analysis: must be a list of tables"),
    ],
)  # fmt: skip
def test_bad_values_are_named(tmp_path: Path, old: str, new: str, rule: str) -> None:
    """The rule, the value and the nearest; a name that leads out of the folder above all."""
    with pytest.raises(DataError, match=rule):
        _load(tmp_path, GOOD.replace(old, new, 1))


@pytest.mark.parametrize(
    ("key", "value", "near"),
    [
        ("outcome", '"pian"', "pain"),
        ("treatment", '["acupunture"]', "acupuncture"),
        ("control", '["shma"]', "sham"),
        ("term", '["imediate"]', "immediate"),
        ("instrument", '["VAS_0_1000"]', "VAS_0_100"),
        ("without_study", '["leibing2003"]', "leibing2002"),
        ("without_flags", '["sd_suspectd_se"]', "sd_suspected_se"),
        ("where", '{ condtion = "chronic LBP" }', "condition"),
        ("rescale", '{ VAS_0_10 = "VAS_0_99" }', "VAS_0_10"),
        ("subgroups", '"sham_typ"', "sham_type"),
        ("moderators", '"~ yaer"', "year"),
        ("published", '["MU2020_01"]', "mu2020_01"),
        ("members", '"in_33studies"', "in_33study"),
    ],
)
def test_names_are_looked_for_in_the_data(
    tmp_path: Path, evidence: Evidence, key: str, value: str, near: str
) -> None:
    """Outcomes, studies, columns, pools: the nearest is offered before anything is computed."""
    kept = [line for line in GOOD.splitlines() if not line.startswith(f"{key} =")]
    with pytest.raises(DataError, match=f'forest_a, {key}: .*Did you mean "{near}"'):
        _load(tmp_path, "\n".join([*kept, f"{key} = {value}"]), evidence)


def test_what_stands_further_in_wins(tmp_path: Path) -> None:
    """File, analysis, figure; another model leaves the intervals of the outer one behind."""
    text = 'inference = "HKSJ_FLOOR"\nlevel = 0.9\nfigures = []\n' + GOOD.replace(
        'about = ""', 'about = ""\ntau2 = "DL"\nlevel = 0.8'
    )
    second = GOOD.partition("[[analysis.figure]]")[2].replace("forest_a", "forest_b")
    text += f'level = 0.99\n[[analysis.figure]]{second}model = "common"\n'
    (analysis,) = _load(tmp_path, text)
    first, other = analysis.figure
    assert (first.inference, first.tau2, first.level, first.figures) == (
        "HKSJ_FLOOR", "DL", 0.99, [],
    )  # fmt: skip
    assert (other.model, other.inference, other.tau2, other.level) == ("common", "", "", 0.8)
    assert _load(tmp_path, GOOD)[0].figure[0].figures == DEFAULT_FIGURES


def test_sensitivity_analyses_are_inherited_where_they_say_something(tmp_path: Path) -> None:
    """Own ones replace those of the same label; one that changes nothing is a fault of its own."""
    outer = (
        '[[sensitivity]]\nlabel = "DL"\ntau2 = "DL"\n'
        '[[sensitivity]]\nlabel = "Random"\nmodel = "random"\n'
    )
    own = '[[analysis.figure.sensitivity]]\nlabel = "DL"\ntau2 = "PM"\n'
    (analysis,) = _load(tmp_path, outer + GOOD + own)
    assert analysis.figure[0].sensitivity == (Sensitivity(label="DL", changes={"tau2": "PM"}),)
    other = varied(analysis.figure[0], Sensitivity(label="", changes={"method": "MH"}))
    assert (other.model, other.sensitivity) == ("common", ())
    with pytest.raises(DataError, match="changes nothing"):
        _load(tmp_path, GOOD + own.replace('tau2 = "PM"', 'model = "random"'))
    with pytest.raises(DataError, match="sensitivity 'DL', measure: Mantel-Haenszel pools"):
        _load(tmp_path, GOOD + own.replace('tau2 = "PM"', 'method = "MH"'))


def test_what_is_known_and_unknown_may_be_left_out(tmp_path: Path) -> None:
    """The title alone says what an analysis is."""
    bare = GOOD.replace('about = ""\n', "").replace('unknown = ""\n', "")
    (analysis,) = _load(tmp_path, bare)
    assert (analysis.about, analysis.unknown) == ("", "")


def test_names_must_be_free(tmp_path: Path) -> None:
    """A figure must not be called as the one beside another."""
    second = GOOD.partition("[[analysis.figure]]")[2].replace("forest_a", "forest_a_funnel")
    with pytest.raises(DataError, match="forest_a_funnel, name: is what a figure beside"):
        _load(tmp_path, f"{GOOD}[[analysis.figure]]{second}")


@pytest.mark.parametrize(("text", "rule"), [("= 1", r"TOML.*line 1"), ("", "is missing")])
def test_broken_files_are_named(tmp_path: Path, text: str, rule: str) -> None:
    """Not TOML, or nothing in it."""
    with pytest.raises(DataError, match=rule):
        _load(tmp_path, text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """So is a file that is not there."""
    with pytest.raises(DataError, match="is not readable"):
        load_analyses(tmp_path / "analyses.toml")


def test_an_unknown_figure_has_a_nearest(evidence: Evidence) -> None:
    """The error lists the figures."""
    with pytest.raises(ChoiceError, match='Did you mean "forest_sham_pain"'):
        find_figure(evidence.analyses, "forest_sham_pian")


def test_some_analyses_and_figures_can_be_chosen(evidence: Evidence) -> None:
    """By the name of an analysis, a figure, a whole network or a figure beside a pool."""
    only = ("13rct", "forest_sham_pain_smd_funnel", "network_63rct_pain_node", "forest_umbrella")
    found = {part.name: [spec.name for spec in part.figure] for part in
             chosen(evidence.analyses, only)}  # fmt: skip
    assert list(found) == ["13rct", "63rct", "sham_vs_true", "umbrella"]
    assert len(found["13rct"]) == 4
    assert found["sham_vs_true"] == ["forest_sham_pain_smd"]
    assert {name.rpartition("_")[0] for name in found["63rct"]} == {"network_63rct_pain_node"}
    assert chosen(evidence.analyses, ()) == evidence.analyses
    with pytest.raises(ChoiceError, match=r'"13rct".*"forest_umbrella"'):
        chosen(evidence.analyses, ("13rtc", "forest_umbrela"))
