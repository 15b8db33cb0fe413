"""Which columns are meant: by name, by usual words, never by chance."""

from __future__ import annotations

from pathlib import Path

import pytest

import metaan as ma
from metaan.core.errors import DataError
from metaan.measures.table import MEASURES
from metaan.trials.guessing import EVERY, candidates, fitting, guess_columns, proposed
from metaan.trials.guessing_words import NAMES, NUMBERS
from metaan.trials.network_guessing import guess_network
from metaan.trials.table_files import read_any_table


@pytest.mark.parametrize(
    ("columns", "key", "taken"),
    [
        ("study ai bi ci di n1i n2i", "OR", {"events1": "ai", "n1": "n1i", "n2": "n2i"}),
        ("slab yi vi", "GEN", {"y": "yi", "v": "vi"}),
        ("slab ri ni", "ZCOR", {"r": "ri", "n": "ni"}),
        ("studlab mean.e sd.e n.e mean.c sd.c n.c", "MD", {"mean1": "mean.e", "n2": "n.c"}),
        ("trial n_i mean_i sd_i n_c mean_c sd_c", "SMD", {"n1": "n_i", "sd2": "sd_c"}),
        ("id events_trt n_trt events_pbo n_pbo", "RD", {"events1": "events_trt", "n2": "n_pbo"}),
        ("Name cases_1 py_1 cases_2 py_2", "IRR", {"events1": "cases_1", "time2": "py_2"}),
        ("Name xi ni", "PLO", {"events": "xi", "n": "ni"}),
    ],
)
def test_usual_names(columns: str, key: str, taken: dict[str, str]) -> None:
    """Those of R's packages, of trial reports and of spreadsheets."""
    guess = guess_columns(columns.split(), MEASURES[key])
    assert taken.items() <= dict(guess.columns).items()
    assert guess.columns["study"] == columns.split()[0]


def test_letters_mean_groups_only_in_pairs() -> None:
    """An "n_c" beside "n" and "cat" is no control group; "CI" alone is no cell of a table."""
    assert candidates(["study", "n", "n_c"])["n2"] == ()
    assert candidates(["study", "CI"])["events2"] == ()
    assert candidates(["study", "AI", "CI"])["events2"] == ("CI",)


def test_the_exact_name_wins_and_two_words_are_asked_about() -> None:
    """All that is unclear at once, with how to say it."""
    names = ["study", "y", "yi", "se"]
    assert guess_columns(names, MEASURES["GEN"]).columns == {
        "study": "study",
        "y": "y",
        "se": "se",
    }
    with pytest.raises(DataError) as caught:
        guess_columns(["study", "yi", "TE"], MEASURES["GEN"])
    told = [str(fault) for fault in caught.value.faults]
    assert told[0].startswith('the table, header, y: may be "yi", "TE". Name yours')
    assert told[1].startswith("the table, header, se or v: no column is called so, or like it")


def test_what_fits() -> None:
    """Measures by their own inputs or another route; none from nothing."""
    keys = [row.key for row in fitting(["study", "tpos", "tneg", "cpos", "cneg"])]
    assert {"RR", "OR", "RD"} <= set(keys)
    assert "MD" not in keys
    assert fitting(["a", "b"]) == ()


def test_every_word_stands_for_an_input_of_some_measure() -> None:
    """No dead rows in the tables of words, and no word for two whole names."""
    assert set(NAMES) <= EVERY
    sides = {f"{name}{side}" for name in NUMBERS for side in "12"}
    assert sides <= EVERY
    words = [word for each in NAMES.values() for word in each]
    assert sorted(words) == sorted(set(words))


def test_a_notebook_can_do_the_same(tmp_path: object) -> None:
    """Read, guess, compute: three calls."""
    file = f"{tmp_path}/t.csv"
    with open(file, "w", encoding="utf-8") as out:
        out.write("author;year;lnOR;SE lnOR\nLee;2001;-0,3;0,12\nKim;2003;-0,1;0,2\n")
    table = read_any_table(file)
    guess = guess_columns(table.frame, "GEN")
    effects = ma.effect_sizes(guess.labeled(table.frame), "GEN", scale="log", **guess.columns)
    assert list(effects.study) == ["Lee 2001", "Kim 2003"]
    assert effects.y.tolist() == [-0.3, -0.1]


def test_networks() -> None:
    """Arms, numbered arms, contrasts; what is missing is named."""
    row = MEASURES["OR"]
    wide = guess_network(["id", "t1", "r1", "n1", "t2", "r2", "n2", "t3", "r3", "n3"], row)
    assert wide.columns["events"] == ["r1", "r2", "r3"]
    pairs = guess_network(["studlab", "treat1", "treat2", "TE", "seTE"], row)
    assert dict(pairs.columns) == {
        "study": "studlab", "treat1": "treat1", "treat2": "treat2", "y": "TE", "se": "seTE",
    }  # fmt: skip
    with pytest.raises(DataError, match="treatment: no column is called so, or like it"):
        guess_network(["study", "events", "n"], row)


def test_groups_of_any_name_are_proposed() -> None:
    """A line to copy, the control second where its name says so."""
    names = [
        f"{what} ({who})" for who in ("usual care", "stroke unit") for what in ("M", "SD", "N")
    ]
    with pytest.raises(DataError) as caught:
        guess_columns(["Study", *names], "MD")
    assert '-c mean1="M (stroke unit)" -c sd1="SD (stroke unit)"' in str(caught.value)
    assert proposed(["N (a)", "N (b)", "N (c)"], ["n1", "n2"]) == ""


def test_commas_in_counts_are_of_thousands(tmp_path: Path) -> None:
    """Nobody counts a quarter of a person; so are points beside decimal commas."""
    file = tmp_path / "t.csv"
    file.write_text("study;N total;x\nA;1,250;a\nB;300;b\n")
    table = read_any_table(file)
    assert table.frame["N total"].tolist() == ["1250", "300"]
    assert "thousands dropped in the counts N total (1,250)" in " ".join(table.remarks)
    file.write_text("study;y;n1\nA;1,5;1.250\nB;2,5;300\n")
    assert read_any_table(file).frame["n1"].tolist() == ["1250", "300"]
