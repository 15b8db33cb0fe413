"""Kinds of moderators: numbers, numbers as text, categories, dates; and cells that are empty."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from metaan.core.cells import is_missing
from metaan.core.errors import InputError
from metaan.univariate.formula import encode, encode_again
from metaan.univariate.formula_rules import check_formula
from tests.tolerance import EXACT, close
from tests.univariate.test_formula import DATA, made

WRITTEN = ["2002", " 1998", "2.5e3", "-1", "+.5", "2010", "2011", "7."]


@pytest.mark.parametrize("text", ["~ w", "~ I(w / 2) + dose", "~ w:dose", "~ center(w)"])
def test_numbers_that_came_as_text(text):
    """They are numbers where a column stands as it is, and a remark says so."""
    numbers = {"w": [float(value) for value in WRITTEN], "dose": DATA["dose"]}
    names = check_formula(text, numbers)
    plain = encode(text, {name: numbers[name] for name in names}, 8)
    found = encode(text, {**{name: numbers[name] for name in names}, "w": WRITTEN}, 8)
    assert close(found.x, plain.x, EXACT)
    assert found.names == plain.names
    assert found.remarks == (
        "w holds numbers as text and is taken as numbers; C(w) makes categories of them",
    )
    assert plain.remarks == ()
    rows = {"w": ["12", 3], "dose": [1.0, 2.0]}
    expected = encode_again(plain, {**rows, "w": [12.0, 3.0]}, 2)
    assert close(encode_again(found, rows, 2), expected, EXACT)


def test_numbers_as_categories():
    """In C( ) text stays text, and a level is found however it is written."""
    years = ["1990", "1991", "1990", "1995", "1991", "1995", "1990", "1991"]
    encoded = encode("~ C(year)", {"year": years}, 8)
    assert encoded.names == ("Intercept", "C(year)[T.1991]", "C(year)[T.1995]")
    assert encoded.remarks == ()
    assert close(encode_again(encoded, {"year": [1991, "1995"]}, 2), encoded.x[[1, 3]], EXACT)
    assert close(
        encode_again(made("~ C(year)"), {"year": ["1991"]}, 1)[0], made("~ C(year)").x[1], EXACT
    )
    both = encode("~ C(year) + year", {"year": years}, 8)
    assert both.names[1:] == ("C(year)[T.1991]", "C(year)[T.1995]", "year")
    assert close(encode_again(both, {"year": ["1995"]}, 1), [[1, 0, 1, 1995]], EXACT)


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("~ w", ["12", "NR", "15"], "w mixes numbers and text such as 'NR'; mend .* write C\\(w"),
        ("~ w", ["1", "2,5", "3"], "w mixes numbers and text such as '2,5'"),
        ("~ C(w)", ["a", 2, "b"], "w mixes numbers and text such as 'a', 'b'; use one of them"),
        ("~ w", ["2002-05-01", "2003-05-01", "2004-01-31"], "w holds dates, such as '2002-05-01'"),
        ("~ w", list(pd.to_datetime(["2002", "2003", "2004"])), "w holds dates, such as '2002-01"),
        ("~ C(w)", list(np.array(["2002", "2003", "2004"], "datetime64[D]")), "w holds dates"),
        (
            "~ w",
            list(pd.period_range("2002", periods=3, freq="Y")),
            "w holds dates, such as '2002",
        ),
        ("~ w", list(pd.to_timedelta([1, 2, 3], unit="D")), "w holds dates"),
        ("~ C(w, contr.treatment('d'))", ["a", "b", "c"], "'d' is no level of w; there are 'a', "),
        ("~ C(w, contr.treatment(base=3))", [1, 2, 1], "3 is no level of w; there are 1, 2"),
    ],
)
def test_columns_that_are_no_moderators(text, values, message):
    """Nothing is guessed: the message names the column, the value and what to do."""
    with pytest.raises(InputError, match=message):
        encode(text, {"w": values}, 3)


def test_every_column_at_once():
    """Each faulty column has its sentence."""
    columns = {"a": ["1", "x"], "b": ["2002-05-01", "2003-05-01"]}
    with pytest.raises(InputError, match=r"column a mixes .* column b holds dates"):
        encode("~ a + b", columns, 2)


@pytest.mark.parametrize(
    "value", [None, float("nan"), np.nan, "", "  ", pd.NA, pd.NaT, np.datetime64("NaT", "D")]
)
def test_missing(value):
    """None, NaN of every kind and blank text."""
    assert [is_missing(cell) for cell in ("a", value, 0.0)] == [False, True, False]
