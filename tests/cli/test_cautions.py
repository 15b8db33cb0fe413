"""What the commands say of a table without a fault: who is left out, what is odd."""

from __future__ import annotations

from pathlib import Path

import pytest

from metaan.cli.answers import for_commands
from tests.cli import tables
from tests.cli.conftest import Run, Told

MEANS = f"{tables.PLAIN}\nA,1,1,10.5,2,1,9\nB,1,1,10,2,1,9\n"
DECLARED = """
[[analysis]]
name = "a"
title = "A"
about = ""
unknown = ""
[[analysis.figure]]
name = "f"
heading = "F"
outcome = "outcome"
treatment = ["treatment"]
control = ["control"]
measure = "OR"
"""


@pytest.fixture
def unpooled(tmp_path: Path) -> Path:
    """Return a table of means of which odds ratios are declared."""
    (tmp_path / "analyses.toml").write_text(DECLARED, encoding="utf-8")
    file = tmp_path / "t.csv"
    file.write_text(MEANS, encoding="utf-8")
    return file


def test_report_names_who_is_left_out_and_why_nothing_is_pooled(
    run: Run, told: Told, unpooled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the console, behind the page; check says the same, and that it is no fault."""
    page = unpooled.parent / "index.html"
    monkeypatch.setattr("metaan.report.build.build_report", lambda *_, **__: page)
    out = run("report", "--data", unpooled).stdout
    assert "2 of 2 studies are left out of f:\n  A: its figures are means: no OR" in out
    assert "caution: f: nothing is pooled: 0 usable studies for OR" in out
    document = told("check", unpooled)
    assert len(document["doubts"]) == 2
    assert "n = 10.5" in document["doubts"][0]
    text = run("check", unpooled).stdout
    assert "A: its figures are means: no OR" in text
    assert text.endswith("No faults, but 2 cautions.\n")
    plain = unpooled.parent / "plain"
    plain.mkdir()
    (plain / "t.csv").write_text(MEANS, encoding="utf-8")
    assert (
        "caution: n1 holds numbers that are no counts: A 10.5"
        in run("check", plain / "t.csv").stdout
    )


def test_what_is_printed_is_compared_with_what_is_used(run: Run, tmp_path: Path) -> None:
    """Figures as reported that hold none of a row's numbers, where nothing explains it."""
    assert run("new", tmp_path / "r").exit_code == 0
    file = tmp_path / "r" / "trials.csv"
    text = file.read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if "mendelson1983" in line)
    assert "as_reported" not in run("check", tmp_path / "r").stdout
    file.write_text(text.replace(row, row.replace("30.2 (18", "99.9 (7")), encoding="utf-8")
    assert row != row.replace("30.2 (18", "99.9 (7")
    assert "as_reported holds none of the numbers" in " ".join(
        run("check", tmp_path / "r").stdout.split()
    )


def test_counts_are_pooled_by_their_own_methods(run: Run, told: Told, tmp_path: Path) -> None:
    """--method in any case; participants of four cells and the favored sides are drawn."""
    file, figure = tables.metafor_csv(tmp_path), tmp_path / "f.svg"
    words = ("pool", file, "-m", "rr", "--method", "mh", "--drop-double-zero")
    document = told(*words, "--favors", "Favors BCG", "Favors none", "--forest", figure)
    assert (document["model"], document["k"]) == ("common", 6)
    drawn = figure.read_text(encoding="utf-8")
    assert "Favors BCG" in drawn
    assert "4/123" in drawn
    assert "is none of MH, PETO" in run(*words[:4], "--method", "x").stderr
    assert "goes without" in run(*words[:6], "--tau2", "dl").stderr
    small = told(*words[:4], "--tau2", "dl", "--inference", "wald", "--model", "Random")
    assert (small["tau2_method"], small["inference"]) == ("DL", "WALD")
    assert "Did you mean 0.95?" in run(*words[:4], "--level", "95").stderr


def test_advice_is_in_the_words_of_a_command() -> None:
    """Options, not Python."""
    said = 'use inference="HKSJ_FLOOR", drop_double_zero=True, or effects.largest_part()'
    assert for_commands(said) == (
        "use --inference HKSJ_FLOOR, --drop-double-zero, or --largest-part"
    )


def test_faults_come_in_the_order_of_lines_and_text_wants_quotes(
    run: Run, unpooled: Path, tmp_path: Path
) -> None:
    """However they were found; TOML says what to do about a bare word."""
    bad = tmp_path / "b.csv"
    bad.write_text(f"{tables.PLAIN}\nA,1,1,9,2,1,x\nB,x,1,9,2,1,9\n", encoding="utf-8")
    told = run("pool", bad, "-m", "MD").stderr
    assert told.index("line 2 (A)") < told.index("line 3 (B)")
    toml = unpooled.parent / "analyses.toml"
    toml.write_text(DECLARED.replace('"OR"', "OR"), encoding="utf-8")
    assert "Write text in quotes" in run("check", unpooled).stdout


@pytest.mark.parametrize(
    ("head", "asked"), [("HR", "--measure HR"), ("estimate", "--measure HR, OR, RR, or MD")]
)
def test_an_effect_with_limits_asks_what_it_is(
    run: Run, tmp_path: Path, head: str, asked: str
) -> None:
    """Where its column says so, with the word."""
    file = tmp_path / "t.csv"
    file.write_text(f"Study,{head},95% CI lower,95% CI upper\nA,0.80,0.62,1.00\n")
    done = run("pool", file)
    assert done.exit_code == 2
    assert asked in " ".join(done.stderr.split())
