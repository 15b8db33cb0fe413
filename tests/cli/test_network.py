"""metaan network: arms or contrasts of a stranger's table."""

from __future__ import annotations

from pathlib import Path

import pytest

import metaan as ma
from tests.cli.conftest import Run, Told
from tests.tolerance import EXACT

ARMS = {
    "study": ["Ann", "Ann", "Ann", "Bo", "Bo", "Cy", "Cy"],
    "treatment": ["true", "sham", "usual", "true", "sham", "sham", "usual"],
    "events": [12, 9, 5, 20, 11, 8, 6],
    "n": [40, 41, 39, 60, 58, 50, 52],
}


def _arms(folder: Path) -> Path:
    lines = zip(*ARMS.values(), strict=True)
    body = "".join(";".join(map(str, line)) + "\n" for line in lines)
    path = folder / "arms.csv"
    path.write_text(f"Trial;Drug;Responders;Total\n{body}", encoding="utf-8")
    return path


def test_arms_with_other_names(run: Run, told: Told, tmp_path: Path) -> None:
    """The network of the same numbers; files where they are asked for; what was taken."""
    file = _arms(tmp_path)
    graph, league = tmp_path / "g.svg", tmp_path / "l.csv"
    words = ("network", file, "-m", "OR", "--reference", "sham")
    document = told(*words, "--graph", graph, "--league", league, "--better", "higher")
    net = ma.network(ma.network_effects(ARMS, "OR"), reference="sham")
    found = {row["treatment"]: row["estimate"] for row in document["effects"]}
    assert found["true"] == pytest.approx(net.effect("true").value, rel=EXACT.relative)
    assert document["treatments"] == ["sham", "true", "usual"]
    assert graph.read_text(encoding="utf-8").lstrip().startswith("<?xml")
    head = league.read_text(encoding="utf-8").splitlines()[0]
    assert head.startswith('"Odds ratio of the treatment that stands earlier against the later')
    assert head.endswith(",true,sham,usual")
    out = run(*words).stdout
    assert 'treatment ← "Drug"' in out
    assert "against sham" in out


def test_contrasts(told: Told, tmp_path: Path) -> None:
    """With the names of R's netmeta."""
    file = tmp_path / "pairs.csv"
    file.write_text("studlab,treat1,treat2,TE,seTE\nA,x,y,0.2,0.1\nB,y,z,0.1,0.1\nC,x,z,0.3,0.2\n")
    document = told("network", file, "-m", "MD", "--reference", "x", "--model", "common")
    assert document["columns"]["y"] == "TE"
    assert document["k"] == 3
    assert document["reference"] == "x"


def test_numbered_arms_can_be_listed(told: Told, tmp_path: Path) -> None:
    """One row per study, guessed by numbers or named one by one."""
    file = tmp_path / "wide.csv"
    file.write_text("id,t1,r1,n1,t2,r2,n2\n1,A,9,140,C,23,140\n2,B,11,78,C,12,85\n")
    guessed = told("network", file, "-m", "OR")
    assert guessed["columns"]["treatment"] == ["t1", "t2"]
    named = told("network", file, "-m", "OR", "-c", "treatment=t2,t1", "-c", "events=r2,r1",
                 "-c", "n=n2,n1")  # fmt: skip
    assert named["effects"] == guessed["effects"]


def test_what_is_missing_is_named(run: Run, tmp_path: Path) -> None:
    """Every column, and how to name it."""
    file = tmp_path / "no.csv"
    file.write_text("Trial,Drug,Score\nA,x,1\nA,y,2\n")
    result = run("network", file, "-m", "OR")
    assert result.exit_code == 2
    assert 'events: no column is called so, or like it. Name yours: --column events="..."' in (
        result.stderr
    )
    assert "n: no column" in result.stderr
