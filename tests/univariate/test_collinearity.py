"""vif: metafor's factors, regressions of one column on the others, volumes, faults."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.univariate.collinearity import vif
from metaan.univariate.inference import WALD
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from tests.reference.given_tau2 import CASES, CLOSED, ours
from tests.reference.pinned import pins
from tests.tolerance import EXACT, Tolerance, close
from tests.univariate.test_residuals import moderated

METAREG = {key: one for key, one in pins("residuals")["metareg"].items() if "vif" in one}
PRINTED = Tolerance(
    relative=1e-9,
    reason="pinned with 15 digits, from determinants that lose some of a factor of 90,000",
)


@pytest.mark.parametrize("key", METAREG)
def test_pinned_designs(key):
    """Every pinned design at R's tau², collinear ones and those without intercept too."""
    expected = METAREG[key]["vif"]
    found = vif(moderated(key, tau2=METAREG[key]["tau2"]))
    assert close([each.vif for each in found.coefficients], list(expected.values()), PRINTED)
    roots = np.sqrt(list(expected.values()))
    assert close([each.sif for each in found.coefficients], roots, PRINTED)


@pytest.mark.parametrize("case", [case for case in CASES if not case.startswith("mean")])
def test_given_tau2(case):
    """Weights of one's own too: metafor 3.8 at a given tau²."""
    given = pins("robust")["given_tau2"]
    expected = given["fits"][case]["vif"]
    found = vif(ours(given["table"], case, tau2=given["tau2"], inference=WALD))
    assert close([each.vif for each in found.coefficients], expected, CLOSED)


def test_generalized_of_two_coefficients():
    """x1 and x2 as one term, a matrix column: metafor's ``vif(btt = 2:3)``."""
    given = pins("robust")["given_tau2"]
    table, expected = given["table"], given["fits"]["one_cluster"]
    level = [f"{x}" for x in table["x2"]]
    effects = Effects.from_arrays(
        table["y"], table["v"], columns={"x1": table["x1"], "x2": level, "one": table["one"]}
    )
    fit = regress(effects, "~ x1 + C(x2) + one", tau2=given["tau2"])
    places = [1, 2]
    whole = np.linalg.det(correlations(fit, [1, 2, 3]))
    by_hand = np.linalg.det(correlations(fit, places)) * 1.0 / whole
    assert close(by_hand, expected["gvif"], CLOSED)
    assert close(by_hand**0.25, expected["gsif"], CLOSED)


def correlations(fit, places):
    """Return the correlations of some coefficients."""
    covariance = fit.covariance[np.ix_(places, places)]
    size = np.sqrt(np.diag(covariance))
    return covariance / np.outer(size, size)


def made_up():
    """Return 15 studies with a category of three levels and two numbers."""
    rng = np.random.default_rng(6)
    kind = list("aaaaabbbbbccccc")
    x = rng.normal(size=15) + np.repeat([0, 1, 3], 5)
    columns = {"kind": kind, "x": x, "z": x + rng.normal(size=15)}
    return Effects.from_arrays(rng.normal(size=15), rng.uniform(0.1, 0.3, 15), columns=columns)


def test_one_column_on_the_others():
    """1 / (1 - R²) of the weighted regression of a column on the others."""
    fit = regress(made_up(), "~ kind + x + z", tau2=0.05)
    root = np.sqrt(1 / (fit.effects.v + 0.05))
    for i in range(1, fit.p):
        others = [j for j in range(fit.p) if j != i]
        y = fit.x[:, i] * root
        left = y - fit.x[:, others] * root[:, None] @ solve(fit.x[:, others], y, root)
        about = y - root * np.average(fit.x[:, i], weights=root**2)
        r2 = 1 - left @ left / (about @ about)
        assert close(vif(fit)[fit.names[i]].vif, 1 / (1 - r2), CLOSED)


def solve(x, y, root):
    """Return weighted least-squares coefficients."""
    return np.linalg.lstsq(x * root[:, None], y, rcond=None)[0]


def test_a_category_does_not_depend_on_its_coding():
    """Its generalized factor is the same whichever level the others are compared with."""
    one = vif(regress(made_up(), '~ C(kind, contr.treatment("a")) + x', tau2=0.05))
    two = vif(regress(made_up(), '~ C(kind, contr.treatment("c")) + x', tau2=0.05))
    assert one.terms[0].m == two.terms[0].m == 2
    assert close(one.terms[0].vif, two.terms[0].vif, CLOSED)
    assert abs(one.coefficients[0].vif - two.coefficients[0].vif) > 0.1
    # of two terms each inflates the other by as much
    assert close(one.terms[0].vif, one.terms[1].vif, CLOSED)
    assert close(one.terms[0].sif, one.terms[0].vif ** 0.25, EXACT)


def test_names_are_read_as_by_the_test_of_terms():
    """A coefficient, a term, and a column: all terms that are made of it alone."""
    fit = regress(made_up(), "~ C(kind) + x + I(x**2) + z", tau2=0.05)
    found = vif(fit)
    assert found["kind"].m == fit.test("kind").df == 2
    assert found["kind"].vif == found["C(kind)"].vif
    for name in ("x", "C(kind)[T.b]", "I(x ** 2)", "z"):
        assert found[name].m == fit.test(name).df == 1
    squares = regress(made_up(), "~ C(kind) + exp(x) + I(x**2) + z", tau2=0.05)
    places = [3, 4]
    whole, others = correlations(squares, [1, 2, 3, 4, 5]), correlations(squares, [1, 2, 5])
    by_hand = np.linalg.det(correlations(squares, places)) * np.linalg.det(others)
    assert close(vif(squares)["x"].vif, by_hand / np.linalg.det(whole), CLOSED)
    assert squares.test("x").terms == ("exp(x)", "I(x ** 2)")
    assert list(vif(squares).to_frame()["name"])[:4] == ["C(kind)", "exp(x)", "I(x ** 2)", "z"]


def test_one_moderator():
    """Nothing to be collinear with: 1."""
    (only,) = vif(regress(made_up(), "~ x")).coefficients
    assert close([only.vif, only.sif], [1.0, 1.0], EXACT)


def test_faults():
    """A pool and a constant have no moderators; an unknown name lists the known ones."""
    with pytest.raises(InputError, match=r"vif needs a fit of regress.*got PooledFit"):
        vif(pool(made_up()))
    with pytest.raises(InputError, match="has no moderators"):
        vif(regress(made_up(), "~ 1"))
    with pytest.raises(ChoiceError, match="is not a coefficient, term or column; choose one of"):
        vif(regress(made_up(), "~ x"))["w"]


def test_text_and_table():
    """Terms first; the coefficients of a category below it."""
    found = vif(regress(made_up(), "~ kind + x"))
    frame = found.to_frame()
    assert list(frame["m"]) == [2, 1, 1, 1]
    assert list(frame["name"])[:2] == ["kind", "x"]
    assert "VIF" in found.summary()
    assert "<b>Variance inflation" in found._repr_html_()
