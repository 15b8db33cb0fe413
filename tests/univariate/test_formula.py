"""What may stand in a formula, and what is made of it."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from metaan.core.errors import InputError
from metaan.univariate.design import check_design, dependent_columns
from metaan.univariate.formula import encode, encode_again
from metaan.univariate.formula_rules import TRANSFORMS, check_formula
from tests.tolerance import EXACT, close

COLUMNS = ("dose", "year", "g", "x.y", "a b")
DATA = {
    "dose": [1.0, 2.0, 3.5, 4.0, 6.0, 7.0, 9.0, 2.5],
    "year": [1990, 1991, 1995, 1999, 2003, 2004, 2010, 2011],
    "g": ["a", "b", "c", "a", "b", "c", "a", "a"],
    "flag": [True, False, True, False, True, True, False, False],
}


def made(text):
    """Return the design of a formula of the test data."""
    names = check_formula(text, DATA)
    return encode(text, {name: DATA[name] for name in names}, 8)


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("~ dose + C(g)", ("dose", "g")),
        ("dose*year - 1", ("dose", "year")),
        ("~ -1 + g", ("g",)),
        ("~ bs(dose, df=4, degree=2)", ("dose",)),
        ("~ bs(dose, knots=[2, 4.5], lower_bound=-1)", ("dose",)),
        ("~ C(g, contr.treatment('b')) + C(g, contr.sum)", ("g",)),
        ("~ C(g, levels=['b', 'a', 'c'])", ("g",)),
        ("~ poly(dose, 2) + `a b`", ("dose", "a b")),
        ("~ I(dose**2) + log(dose + 1) + center(year)", ("dose", "year")),
        ("~ cr(dose, df=3, constraints='center')", ("dose",)),
        ("~ x.y", ("x.y",)),
        ("~ (dose + year)**2", ("dose", "year")),
        ("~ dose/g + sqrt(-dose / 2)", ("dose", "g")),
        ("~ {dose**2}\n + year", ("dose", "year")),
        ("~ 1", ()),
    ],
)
def test_allowed(text, used):
    """Columns in order of their first use; quoted names are columns, not code."""
    assert set(check_formula(text, COLUMNS)) == set(used)


ATTACKS = (
    "__import__('os').system('touch /tmp/owned')",
    "~ dose + __import__('os')",
    "~ {__import__('os')}",
    "~ `__import__('os')`",
    "~ log(`a b`)",
    "~ dose.__class__",
    "~ log(dose).__class__",
    "~ C(dose, contr.__init__)",
    "~ C(dose, contr.treatment(open('x')))",
    "~ C(g, levels=open('x'))",
    "~ dose[0]",
    "~ {dose[0]}",
    "~ (lambda: 1)()",
    "~ {lambda x: x}",
    "~ I([x for x in (1,)])",
    "~ f'{dose}'",
    "~ I(f'{dose}')",
    "~ eval('1')",
    "~ C(dose)(year)",
    "~ I(dose if 1 else 2)",
    "~ I(dose := 3)",
    "~ I(dose and year)",
    "~ I(dose == 1)",
    "~ log(*dose)",
    "~ C(**dose)",
    "~ exp(dose, where=[0])",
    "~ I(dose, wrong=exit())",
    "~ np.log(dose)",
    "~ Q('a b')",
    "~ hashed(g)",
    "~ lag(dose)",
    "~ I('a' * 99999999)",
    "~ {9**9**9}",
    "~ I((dose**2)**999999)",
    "~ I(dose**year)",
    "~ bs(dose, df=100000000)",
    "~ bs(dose, df=True)",
    "~ (dose + year)**9",
    "~ ((dose + year)**3)**3",
    "~ " + "*".join(["dose"] * 20),
    "~ I(" + "-" * 900 + "dose)",
    "~ " + "(" * 400 + "dose" + ")" * 300,
    "~ dose" + " + dose" * 300,
    "~ {1 + 1}",
    "~ dose - doze",
    "~ dose - open('x')",
    "~ 2*dose",
    "~ 3:dose",
    "~ 'text'",
    "~ [dose]",
    "~ dose | year",
    "~ dose & year",
    "~ dose %in% g",
    "~ dose^2",
    "~ .",
    "~ y ~ dose",
    "~ log(dose",
    "~ *dose",
    "~ {dose}#",
    "~ log(dose, year)",
    "~ log()",
    "~ C(g, ['a', 'b'])",
    "~",
    "",
    None,
    3,
)


@pytest.mark.parametrize("text", ATTACKS)
def test_refused(text, monkeypatch):
    """Whatever else Python or formulaic would do is refused, and nothing of it is evaluated."""
    monkeypatch.setattr("builtins.eval", pytest.fail)
    with pytest.raises(InputError):
        check_formula(text, COLUMNS)


def test_a_refusal_names_every_fault_and_what_there_is():
    """Unknown columns with the nearest, calls with the list."""
    with pytest.raises(InputError) as caught:
        check_formula("~ doze + evil(year) + C(yeer)", COLUMNS)
    message = str(caught.value)
    assert 'doze is not a column; columns are dose, year, g, x.y, a b. Did you mean "dose"?' in (
        message
    )
    assert f"evil may not be called; there are {', '.join(TRANSFORMS)}" in message
    assert "yeer is not a column" in message
    assert 'Did you mean "year"?' in message


def test_fewer_calls_can_be_allowed():
    """A caller may narrow the table."""
    with pytest.raises(InputError, match="log may not be called"):
        check_formula("~ log(dose)", COLUMNS, allowed=("C",))


def test_a_column_named_like_a_call():
    """It may stand alone, but not beside the call, which it would replace."""
    assert check_formula("~ log", ("log",)) == ("log",)
    assert check_formula("~ log(dose)", ("log", "dose")) == ("dose",)
    for text in ("~ log(log)", "~ log + log(dose)", "~ log(dose) + I(log**2)"):
        with pytest.raises(InputError, match="log is both a column and a call here; rename"):
            check_formula(text, ("log", "dose"))


def test_a_level_is_what_compares_equal():
    """A year from a table with gaps is a float."""
    encoded = made("~ C(year)")
    assert close(encode_again(encoded, {"year": [1991.0]}, 1)[0], encoded.x[1], EXACT)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_every_call_works_and_remembers_the_fit(name):
    """Single rows, encoded again, are the rows of the fit: knots, centers and levels stay."""
    more = {"cr": ", df=3, constraints='center'", "cs": ", df=3, constraints='center'",
            "cc": ", df=3, constraints='center'", "bs": ", df=4", "poly": ", 2"}  # fmt: skip
    encoded = made(f"~ {name}(dose{more.get(name, '')})")
    rows = [encode_again(encoded, {"dose": [value]}, 1)[0] for value in DATA["dose"]]
    assert close(rows, encoded.x, EXACT)
    copied = pickle.loads(pickle.dumps(encoded))
    assert close(encode_again(copied, {"dose": [2.0]}, 1)[0], encoded.x[1], EXACT)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("~ log(dose)", [np.log(DATA["dose"])]),
        ("~ sqrt(dose) + abs(-dose)", [np.sqrt(DATA["dose"]), DATA["dose"]]),
        ("~ I(dose**2 / 3 - 1)", [np.array(DATA["dose"]) ** 2 / 3 - 1]),
        ("~ center(dose)", [np.array(DATA["dose"]) - 4.375]),
        ("~ flag", [[1, 0, 1, 0, 1, 1, 0, 0]]),
        ("~ g", [[0, 1, 0, 0, 1, 0, 0, 0], [0, 0, 1, 0, 0, 1, 0, 0]]),
        (
            "~ C(g, contr.treatment('c'))",
            [[1, 0, 0, 1, 0, 0, 1, 1], [0, 1, 0, 0, 1, 0, 0, 0]],
        ),
        ("~ flag:dose", [np.array(DATA["dose"]) * [1, 0, 1, 0, 1, 1, 0, 0]]),
    ],
)
def test_designs(text, columns):
    """Columns written by hand; the intercept stands first."""
    assert close(made(text).x, np.column_stack([np.ones(8), *columns]), EXACT)


def test_terms_and_columns_are_found_again():
    """Each term has its places, and so has each column that a term is made of alone."""
    encoded = made("dose + I(dose**2) + C(g) + dose:year")
    assert encoded.formula == "~ dose + I(dose**2) + C(g) + dose:year"
    assert encoded.terms["C(g)"] == (3, 4)
    assert encoded.by_column == {"dose": (1, 2), "g": (3, 4)}
    assert encoded.names[0] == "Intercept"


def test_no_intercept():
    """A category then has a column for each level."""
    assert made("~ 0 + g").names == ("g[a]", "g[b]", "g[c]")
    assert made("g - 1").names == ("g[a]", "g[b]", "g[c]")


def test_new_levels_are_refused():
    """Formulaic would predict the reference level, silently."""
    encoded = made("~ dose*g + C(year)")
    good = {"dose": [1.0], "g": ["a"], "year": [1990]}
    assert encode_again(encoded, good, 1).shape == (1, len(encoded.names))
    with pytest.raises(
        InputError, match="g='z' was not among the studies; its levels are a, b, c"
    ):
        encode_again(encoded, {**good, "g": ["z"]}, 1)
    with pytest.raises(InputError, match="year=1992 was not among the studies"):
        encode_again(encoded, {**good, "year": [1992]}, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "~ bs(dose, df=4)",
            r"newdata: dose=0.5, 99 lies beyond 1 to 9, the range of bs\(dose, df=4",
        ),
        ("~ bs(log(dose), df=4)", r"log\(dose\) goes beyond 0 to 2.19722, the range of bs\(log"),
        (
            "~ cs(dose, df=3, constraints='center', extrapolation='raise')",
            r'dose=0.5, 99 lies beyond 1 to 9.*extrapolation="extend" or "clip"',
        ),
    ],
)
def test_beyond_a_spline(text, message):
    """A B-spline ends at its outer knots; other splines go on beside it."""
    with pytest.raises(InputError, match=message):
        encode_again(made(text), {"dose": [0.5, 2.0, 99.0, 99.0]}, 4)
    both = made("~ bs(dose, df=4) + cr(year, df=3, constraints='center')")
    with pytest.raises(InputError, match=r"newdata: dose=99 lies .*, the range of bs[^;]*; give"):
        encode_again(both, {"dose": [99.0], "year": [1900]}, 1)


def test_bounds_inside_the_data():
    """The fit itself needs values for every study."""
    with pytest.raises(InputError, match="values lie beyond the bounds of a spline; give values"):
        made("~ bs(dose, df=4, lower_bound=2)")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("~ dose + I(2*dose)", r"I\(2 \* dose\) is a combination of dose"),
        ("~ dose + year + I(dose + 3*year)", r"is a combination of dose, year"),
        ("~ cr(dose, df=3)", 'is a combination of .*constraints="center"'),
        ("~ I(0*dose)", r"I\(0 \* dose\) is 0 for every study"),
        ("~ C(dose) + year", "10 coefficients|9 coefficients"),
        ("~ 0", "has no coefficient"),
        ("~ log(dose - 1)", r"log\(dose - 1\) is not finite for S0"),
    ],
)
def test_useless_designs(text, message):
    """The message says which column, and of what it is made."""
    with pytest.raises(InputError, match=message):
        check_design(made(text), tuple(f"S{i}" for i in range(8)))


def test_dependence_is_relative_to_the_units():
    """Columns in tiny or huge units are as independent as they were."""
    x = np.column_stack([np.ones(8), DATA["dose"], DATA["year"]])
    names = ("one", "dose", "year")
    assert dependent_columns(x * [1, 1e150, 1e-150], names) == []
    twice = np.column_stack([x, x[:, 1] * 1e-200])
    assert dependent_columns(twice, (*names, "tiny")) == ["tiny is a combination of dose"]


def test_weights_of_zero_tell_nothing_apart():
    """A column that differs only in studies of weight 0 depends on the others."""
    weights = np.array([0, 1, 1, 0, 1, 1, 1, 1.0])
    encoded = encode("~ z", {"z": [5.0, 1, 1, 7, 1, 1, 1, 1]}, 8)
    check_design(encoded, tuple("abcdefgh"))
    with pytest.raises(InputError, match="z is a combination of Intercept"):
        check_design(encoded, tuple("abcdefgh"), weights)


def test_mixed_columns():
    """Numbers and text in one column are a typing error more often than categories."""
    with pytest.raises(InputError, match="column dose mixes numbers and text such as '2,5'"):
        encode("~ dose", {"dose": [1.0, "2,5", 3.0]}, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("~ factor(g)", r"factor may not be called; write C\(g\)"),
        ("~ as.factor(g)", r"categories are written C\(column\)"),
        (
            "~ relevel(g, ref='a')",
            r'relevel may not be called; write C\(g, contr.treatment\("level"',
        ),
        ("~ ns(dose, 3)", r"ns may not be called; write cr\(dose, df=3, constraints="),
        (
            "~ C(g, Treatment('b'))",
            r"Treatment\('b'\) does not code categories; C\(g, contr.treatment\('b'\)\) chooses",
        ),
        ("~ C(g, Treatment(reference='b'))", r"C\(g, contr.treatment\('b'\)\) chooses the level"),
        ("~ C(g, Sum)", r"Sum does not code categories.*other codings are contr.sum, contr.helm"),
        ("~ I(dose^2)", r"dose \^ 2: a power is written \*\*"),
        ("y ~ dose + g", 'leave out what stands left of the tilde: "~ dose \\+ g"'),
        ("y ~", "leave out what stands left of the tilde$"),
        ("~ study", "study holds the labels.*it is no moderator; columns are dose, year, g"),
    ],
)
def test_what_to_write_instead(text, message):
    """Habits of other programs are answered with the words of this one."""
    with pytest.raises(InputError, match=message):
        check_formula(text, COLUMNS)


def test_the_recipe_stays_as_it_was():
    """Formulaic writes into the state it is given, before it fails: it works on a copy."""
    encoded = made("~ dose + C(g) + bs(year, df=4)")
    before = pickle.dumps(encoded.recipe)
    good = {"dose": [1.0], "g": ["a"], "year": [1999]}
    first = encode_again(encoded, good, 1)
    for wrong in ({"dose": ["ten"]}, {"year": [1000]}, {"g": [1]}, {"dose": [None]}):
        with pytest.raises(InputError):
            encode_again(encoded, {**good, **wrong}, 1)
        assert close(encode_again(encoded, good, 1), first, EXACT)
    assert pickle.dumps(encoded.recipe) == before


def test_one_level():
    """A category with one level explains nothing, and would vanish from the model."""
    encoded = encode("~ g", {"g": ["a", "a", "a"]}, 3)
    with pytest.raises(InputError, match="g has one level only"):
        check_design(encoded, ("A", "B", "C"))
