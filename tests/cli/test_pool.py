"""metaan pool: a stranger's table, whatever its style, gives what the library gives."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

import metaan as ma
from tests.cli import tables
from tests.cli.conftest import Run, Told
from tests.tolerance import EXACT

MEANS = {name: [row[i] for row in tables.PAIN] for i, name in enumerate(tables.CANONICAL)}
TRIALS = [f"{author} {year}" for _, author, year, *_ in tables.BCG]
COUNTS = {
    "study": TRIALS,
    "events1": [row[3] for row in tables.BCG],
    "nonevents1": [row[4] for row in tables.BCG],
    "events2": [row[5] for row in tables.BCG],
    "nonevents2": [row[6] for row in tables.BCG],
}
WITHOUT_THIRD = {name: [x for i, x in enumerate(v) if i != 2] for name, v in COUNTS.items()}
GIVEN = {"study": ["A", "B", "C"], "y": [-0.89, -1.59, -1.35], "se": [0.57, 0.44, 0.64]}
SHAPES: list[tuple[Callable[[Path], Path], str, dict[str, list[object]], list[str]]] = [
    (tables.metafor_csv, "RR", COUNTS, ['study ← "author" and "year"', 'nonevents1 ← "tneg"']),
    (tables.german_csv, "SMD", MEANS,
     ["read as Windows-1252", "cells separated by semicolons",
      "decimal commas read as decimal points", 'mean1 ← "Mean Treatment"', 'study ← "Study"']),
    (tables.meta_tsv, "OR", WITHOUT_THIRD,
     ["read as UTF-16", "cells separated by tabs", '"NA" read as not reported (1 cell)',
      'events1 ← "event.e"']),
    (tables.metafor_xlsx, "MD", MEANS,
     ["sheet 'data' (others: notes)", "line 1 passed over, a title: 'Pain after treatment'",
      'sd2 ← "sd2i"']),
    (tables.effects_csv, "GEN", GIVEN, ['y ← "lnRR"', 'se ← "SE lnRR"', "line 1 passed over"]),
]  # fmt: skip


@pytest.mark.parametrize(("write", "measure", "data", "says"), SHAPES)
def test_any_style_gives_what_the_library_gives(
    run: Run,
    told: Told,
    tmp_path: Path,
    write: Callable[[Path], Path],
    measure: str,
    data: dict[str, list[object]],
    says: list[str],
) -> None:
    """The same pool as of the numbers themselves, and a line for all that was guessed."""
    file = write(tmp_path)
    document = told("pool", file, "--measure", measure)
    fit = ma.pool(ma.effect_sizes(data, measure))
    assert document["estimate"]["value"] == pytest.approx(
        fit.estimate.read().value, rel=EXACT.relative
    )
    assert document["tau2"] == pytest.approx(fit.tau2, rel=1e-9, abs=EXACT.absolute)
    assert [row["study"] for row in document["studies"]][: fit.k] == list(data["study"])
    text = " ".join(run("pool", file, "--measure", measure).stdout.split())
    for part in says:
        assert part in text


def test_rows_with_missing_numbers_are_left_out_by_name(
    run: Run, told: Told, tmp_path: Path
) -> None:
    """Never silently: in the text once, in the document with the reason."""
    file = tables.meta_tsv(tmp_path)
    out = run("pool", file, "-m", "OR").stdout
    assert out.count("Rosenthal et al 1960: n.c missing") == 1
    left = told("pool", file, "-m", "OR")["left_out"]
    assert left == [{"study": "Rosenthal et al 1960", "reason": "n.c missing"}]


def test_subgroups_options_and_files(told: Told, tmp_path: Path) -> None:
    """What --subgroups, --model and --level ask for; figures and table are where they are told."""
    file = tables.meta_tsv(tmp_path)
    files = {name: tmp_path / "new" / name for name in ("f.svg", "u.png", "o.csv")}
    document = told(
        "pool", file, "-m", "RD", "--subgroups", "place", "--model", "common", "--level", 0.9,
        "--forest", files["f.svg"], "--funnel", files["u.png"], "--out", files["o.csv"],
        "--title", "BCG",
    )  # fmt: skip
    assert list(document["subgroups"]["fits"]) == ["north", "south"]
    assert (document["model"], document["analysis_scale"]["level"]) == ("common", 0.9)
    assert set(document["files"].values()) == {str(path.resolve()) for path in files.values()}
    assert "BCG" in files["f.svg"].read_text(encoding="utf-8")
    assert files["u.png"].read_bytes().startswith(b"\x89PNG")
    with files["o.csv"].open(encoding="utf-8", newline="") as table:
        assert [row["place"] for row in csv.DictReader(table)] == ["north", "south", "all"]


def test_columns_can_be_named(run: Run, told: Told, tmp_path: Path) -> None:
    """--column and --study win over guesses; --where takes rows; --tau2 takes a number."""
    file = tmp_path / "odd.csv"
    body = "".join(f"{i},{r[1]},{r[2]},{r[3]},{r[4]},{r[5]},{r[6]},{r[0]},pain\n"
                   for i, r in enumerate(tables.PAIN))  # fmt: skip
    file.write_text(f"id,xbar,sd1,n1,mean2,sd2,n2,who,outcome\n{body}9,1,1,9,1,1,9,Zed,mood\n")
    words = ("pool", file, "-m", "MD", "-c", "mean1=xbar", "--study", "who")
    document = told(*words, "--where", "outcome=Pain", "--tau2", "0")
    assert document["columns"] == {
        "study": "who", "mean1": "xbar",
        **{name: name for name in ("sd1", "n1", "mean2", "sd2", "n2")},
    }  # fmt: skip
    assert document["k"] == 4
    assert document["tau2"] == 0
    result = run(*words, "--where", "outcom=pain")
    assert result.exit_code == 2
    assert 'Did you mean "outcome"?' in result.stderr


def test_without_a_measure_it_says_which_fit(run: Run, tmp_path: Path) -> None:
    """From the columns that are there; nothing is pooled."""
    result = run("pool", tables.german_csv(tmp_path))
    assert result.exit_code == 2
    assert "--measure is missing" in result.stderr
    assert "SMD (standardized mean difference)" in " ".join(result.stderr.split())
    assert "OR (odds ratio)" not in " ".join(result.stderr.split())
    (tmp_path / "none.csv").write_text("a,b\n1,2\n")
    assert "no measure has all its columns in none.csv (a, b)" in run(
        "pool", tmp_path / "none.csv"
    ).stderr.replace("\n", " ")


@pytest.mark.parametrize(
    ("head", "row", "says"),
    [
        ("study,mean1,sd1,n1,mean2,sd2", "A,1,1,9,1,1",
         'header, n2: no column is called so, or like it. Name yours: --column n2="..."'),
        ("study,mean1,sd1,n1,mean2,sd2,N control,Total control", "A,1,1,9,1,1,9,9",
         'n2: may be "N control", "Total control"'),
        (f"{tables.PLAIN}", "Total,1,1,9,1,1,9", "line 2 (Total), study: is no study but a sum"),
        (f"{tables.PLAIN}", "A,1,0,9,1,x,9", "line 2 (A), sd1: must be greater than 0; got '0'"),
        (f"{tables.PLAIN}", "A,1,0,9,1,x,9", "line 2 (A), sd2: must be a number; got 'x'"),
    ],
)  # fmt: skip
def test_faults_name_the_line_of_the_file(
    run: Run, tmp_path: Path, head: str, row: str, says: str
) -> None:
    """All at once, with the file, the line and the remedy."""
    file = tmp_path / "bad.csv"
    file.write_text(f"{head}\n{row}\n")
    result = run("pool", file, "-m", "SMD")
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stdout == ""
    assert "bad.csv" in result.stderr
