"""The commands about a report: list, figure, trace, coverage, report, check, new."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from metaan.report.declaring.declared import NETWORK
from metaan.report.results.evidence import Evidence, load_evidence
from metaan.trials.shipped import data_folder
from tests.cli import tables
from tests.cli.conftest import Run, Told

SHIPPED = data_folder() / "trials.csv"


@pytest.fixture(scope="module")
def shipped() -> Evidence:
    """Return the shipped evidence, read once, without its networks, which take long."""
    whole = load_evidence()
    kept = [part for part in whole.analyses if all(s.kind != NETWORK for s in part.figure)]
    return replace(whole, analyses=tuple(kept))


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shipped: Evidence) -> None:
    """Run in an empty folder: commands take the review of the current one."""

    def loaded(data: Path | None, analyses: Path | None) -> Evidence:
        return shipped if data is analyses is None else load_evidence(data, analyses)

    monkeypatch.setattr("metaan.report.results.evidence.load_evidence", loaded)
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)


def test_list_names_every_figure(run: Run) -> None:
    """Names and titles with their coverage."""
    result = run("list")
    assert result.exit_code == 0, result.output
    assert "forest_33study_pain_sham" in result.output
    assert "3 of 33 studies on file" in result.output
    assert "forest_sham_pain_smd_specifications" in result.output
    assert "forest_sham_responder_influence" not in result.output  # two studies


def test_figures_of_trust_can_be_drawn_alone(run: Run, told: Told) -> None:
    """By the names that the list and the page give them; an absent one says which there are."""
    document = told("figure", "forest_sham_pain_influence", "--out", "new/influence.svg")
    assert "influence of each study: 6 of 26 studies on file" in document["title"]
    assert Path("new/influence.svg").is_file()
    assert "molsberger" in run("trace", "forest_sham_pain_funnel", "molsberger2002").output.lower()
    absent = run("figure", "forest_sham_responder_influence")
    assert absent.exit_code == 2
    assert "influence" in absent.output


def test_figure_writes_the_file(run: Run) -> None:
    """By suffix."""
    result = run("figure", "forest_sham_pain", "--out", "a figure.pdf")
    assert result.exit_code == 0, result.output
    assert Path("a figure.pdf").read_bytes().startswith(b"%PDF")


def test_trace_prints_the_source(run: Run, told: Told) -> None:
    """As reported, table, DOI; as a document the rows behind the study."""
    result = run("trace", "forest_sham_pain", "molsberger2002")
    assert result.exit_code == 0, result.output
    assert "as reported: 26 (21)" in result.output
    assert "DOI: 10." in result.output
    trail = told("trace", "forest_sham_pain", "molsberger2002")["trail"]
    assert trail["key"] == "molsberger2002"
    assert [row["as_reported"] for row in trail["rows"]] == ["26 (21)", "36 (19)"]


def test_coverage_is_a_table(run: Run, told: Told) -> None:
    """The declared sizes; as a document by name."""
    assert "33 trials, 8270 participants" in run("coverage").output
    row = told("coverage")["coverage"][1]
    assert row["declared"] == "33 trials, 8270 participants"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["figure", "forest_sham_pian"], 'Did you mean "forest_sham_pain"?'),
        (["trace", "forest_sham_pain", "molsbreger2002"], 'Did you mean "molsberger2002"?'),
        (["figure", "forest_sham_pain", "--out", "x.bmp"], "choose one of .svg, .pdf, .png"),
        (["report", "--data", "nowhere.csv"], "cannot be read"),
        (["report", "--check", "--only", "sham"], "--only is for writing a report"),
    ],
)
def test_wrong_names_are_answered(run: Run, words: list[str], says: str) -> None:
    """Exit code 2 and a remedy, no traceback."""
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert says in result.output
    assert "Traceback" not in result.output


def _broken_in_five_places(folder: Path) -> Path:
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    header = lines[0].split(",")
    lines[0] = ",".join("result" if name == "outcome" else name for name in header)
    lines[23] = lines[23].replace("-28.7,30.3,", "-28.7,0,")
    lines[25] = lines[25].replace(",change,70,", ",change,12a,")
    lines[28] = lines[28].replace("VAS_0_100", "VAS_0_1000")
    lines[43] = lines[43].replace(",events,34,,,,,,16,", ",events,34,,,,,,160,")
    bad = folder / "bad.csv"
    bad.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return bad


def test_a_file_wrong_in_five_places_gives_one_error_and_no_report(
    run: Run, told: Told, tmp_path: Path
) -> None:
    """Each fault with file, row, column, value, rule and remedy; nothing is written."""
    bad = _broken_in_five_places(tmp_path)
    result = run("report", "--data", bad, "--out", "report")
    assert result.exit_code == 2
    assert result.output.startswith("5 faults in the data:")
    for part in (
        "bad.csv, header, outcome: column is missing",
        "bad.csv, line 24 (row_id 23, study_id brinkhaus2006), sd: must be greater than 0; got",
        "n: must be a number; got '12a'. Write digits only",
        "instrument: is not a key of instruments.csv; got 'VAS_0_1000'. Correct it or add it",
        'Did you mean "VAS_0_100"?',
        "events: must not exceed n = 34; got '160'",
    ):
        assert part in result.output
    assert not Path("report").exists()
    checked = told("check", bad, code=1)
    assert (checked["fine"], len(checked["faults"])) == (False, 5)


def test_a_file_of_ones_own(run: Run, tmp_path: Path) -> None:
    """A copy of the trials elsewhere: contrasts are not there, everything else works."""
    own = tmp_path / "own folder"
    own.mkdir()
    shutil.copy(SHIPPED, own / "trials.csv")
    result = run("trace", "forest_sham_pain", "kerr2003", "--data", own)
    assert result.exit_code == 0, result.output
    assert "5 of 26 studies on file" in result.output


def test_new_starts_a_review_that_the_commands_take(
    run: Run, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its folder list, check and trace are about it, and say so; elsewhere not."""
    started = run("new", "demo")
    assert started.exit_code == 0, started.output
    assert started.output.splitlines()[-1].startswith("Next: cd demo && metaan report")
    assert run("new", "demo").exit_code == 2
    monkeypatch.chdir("demo")
    document = told("list")
    assert document["data"] == "trials.csv and analyses.toml of this folder"
    assert document["figures"][0]["name"] == "pain_sham"
    checked = told("check", ".")
    assert checked["outcomes"] == [{"outcome": "pain", "rows": 8, "studies": 4, "usable": 4}]
    assert checked["cautions"] == {
        "sign_reversed": ["brinkhaus2006"],
        "timepoint_inferred": ["kerr2003"],
    }
    text = Path("analyses.toml").read_text(encoding="utf-8")
    Path("analyses.toml").write_text(text.replace("measure =", "mesure ="), encoding="utf-8")
    Path("trials.csv").write_text(
        Path("trials.csv").read_text(encoding="utf-8").replace(",22.4,", ",-1,"), encoding="utf-8"
    )
    wrong = run("check", ".")
    assert wrong.exit_code == 1
    assert "sd: must be greater than 0; got '-1'" in wrong.output
    assert "mesure: is not a key" in wrong.output
    assert 'Did you mean "measure"?' in wrong.output


def test_check_says_what_a_strangers_table_holds(run: Run, told: Told, tmp_path: Path) -> None:
    """Which measures it fits, how many studies are usable, who is left out; 1 where it fails."""
    document = told("check", tables.meta_tsv(tmp_path))
    (found,) = document["usable"]
    assert "OR" in found["measures"]
    assert (found["studies"], found["left_out"][0]["study"]) == (5, "Rosenthal et al 1960")
    out = run("check", tables.meta_tsv(tmp_path), "-m", "OR").output
    assert "left out: Rosenthal et al 1960: n.c missing" in out
    assert out.endswith("No faults.\n")
    bad = tmp_path / "no.csv"
    bad.write_text("study,a,b\nA,1,2\n")
    result = run("check", bad)
    assert (result.exit_code, "has the columns of no measure" in result.output) == (1, True)
