"""The commands, as a shell sees them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from metaan.cli.commands import main
from metaan.trials.shipped import data_folder

SHIPPED = data_folder() / "trials.csv"


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_list_names_every_figure() -> None:
    """Names and titles with their coverage."""
    result = _run("list")
    assert result.exit_code == 0
    assert "forest_33study_pain_sham" in result.output
    assert "3 of 33 studies on file" in result.output
    assert "forest_sham_pain_smd_specifications" in result.output
    assert "forest_sham_responder_influence" not in result.output  # two studies


def test_figures_of_trust_can_be_drawn_alone(tmp_path: Path) -> None:
    """By the names that the list and the page give them; an absent one says which there are."""
    out = tmp_path / "influence.svg"
    result = _run("figure", "forest_sham_pain_influence", "--out", str(out))
    assert result.exit_code == 0, result.output
    assert "influence of each study: 6 of 26 studies on file" in result.output
    assert out.is_file()
    assert (
        "molsberger" in _run("trace", "forest_sham_pain_funnel", "molsberger2002").output.lower()
    )
    absent = _run("figure", "forest_sham_responder_influence")
    assert absent.exit_code != 0
    assert "no figure 'influence' beside it" in absent.output


def test_figure_writes_the_file(tmp_path: Path) -> None:
    """By suffix."""
    out = tmp_path / "a figure.pdf"
    result = _run("figure", "forest_sham_pain", "--out", str(out))
    assert result.exit_code == 0, result.output
    assert out.read_bytes().startswith(b"%PDF")


def test_trace_prints_the_source() -> None:
    """As reported, table, DOI."""
    result = _run("trace", "forest_sham_pain", "molsberger2002")
    assert result.exit_code == 0
    assert "as reported: 26 (21)" in result.output
    assert "DOI: 10." in result.output


def test_coverage_is_a_table() -> None:
    """The declared sizes."""
    result = _run("coverage")
    assert result.exit_code == 0
    assert "33 trials, 8270 participants" in result.output


def test_version() -> None:
    """The version is that of the package."""
    assert _run("--version").output.startswith("metaan, version ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["figure", "forest_sham_pian"], 'Did you mean "forest_sham_pain"?'),
        (["trace", "forest_sham_pain", "molsbreger2002"], 'Did you mean "molsberger2002"?'),
        (["figure", "forest_sham_pain", "--out", "x.bmp"], "choose one of .svg, .pdf, .png"),
        (["report", "--data", "nowhere.csv"], "cannot be read"),
    ],
)
def test_wrong_names_are_answered(arguments: list[str], says: str) -> None:
    """Exit code 2 and a remedy, no traceback."""
    result = _run(*arguments)
    assert result.exit_code == 2
    assert says in result.output
    assert "Traceback" not in result.output


def test_a_file_wrong_in_five_places_gives_one_error_and_no_report(tmp_path: Path) -> None:
    """Each fault with file, row, column, value, rule and remedy; nothing is written."""
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    header = lines[0].split(",")
    lines[0] = ",".join("result" if name == "outcome" else name for name in header)
    lines[23] = lines[23].replace("-28.7,30.3,", "-28.7,0,")
    lines[25] = lines[25].replace(",change,70,", ",change,12a,")
    lines[28] = lines[28].replace("VAS_0_100", "VAS_0_1000")
    lines[43] = lines[43].replace(",events,34,,,,,,16,", ",events,34,,,,,,160,")
    bad = tmp_path / "bad.csv"
    bad.write_text("\n".join(lines) + "\n", encoding="utf-8")
    out = tmp_path / "report"
    result = _run("report", "--data", str(bad), "--out", str(out))
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
    assert not out.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["bad.csv"]


def test_a_report_on_a_file_of_ones_own(tmp_path: Path) -> None:
    """A copy of the trials elsewhere: contrasts are not there, everything else works."""
    own = tmp_path / "own folder"
    own.mkdir()
    shutil.copy(SHIPPED, own / "trials.csv")
    result = _run("trace", "forest_sham_pain", "kerr2003", "--data", str(own))
    assert result.exit_code == 0, result.output
    assert "5 of 26 studies on file" in result.output


def test_python_m_metaan() -> None:
    """``python -m metaan`` is the same command."""
    answer = subprocess.run(
        [sys.executable, "-m", "metaan", "--help"], capture_output=True, text=True, check=True
    )
    assert "coverage" in answer.stdout
