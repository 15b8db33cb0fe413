"""Predictions with robust limits: by dense matrices, as an intercept's, and where none are."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.dependent.robust import robust
from metaan.dependent.robust_kinds import ROBUST_KINDS
from metaan.univariate.regression import regress
from tests.dependent.test_robust import (
    ADJUSTED,
    CR0,
    CR1,
    DENSE,
    dense_of,
    of_one_cluster,
    table,
)
from tests.tolerance import EXACT, close


@pytest.mark.parametrize("kind", ROBUST_KINDS)
@pytest.mark.parametrize("weights", [None, "w"])
def test_predictions(kind, weights):
    """Standard errors and degrees of freedom with dense matrices, and as an intercept's."""
    effects = table(14)
    fit = regress(effects, "~ x1 + x2", weights=weights)
    found = robust(fit, cluster="lab", kind=kind).predict(
        {"x1": [0.3, -1.0], "x2": 2.5}, level=0.9
    )
    rows, dense = np.array([[1, 0.3, 2.5], [1, -1.0, 2.5]]), dense_of(fit)
    spread = dense.covariance(fit.effects.y - fit.fitted, ADJUSTED[kind])
    spread = spread * (7 / 4 if kind == CR1 else 1.0)
    assert close(found.estimate, rows @ fit.beta, DENSE)
    assert close(found.se, np.sqrt(np.diag(rows @ spread @ rows.T)), DENSE)
    df = [dense.freedom(row, True) for row in rows] if ADJUSTED[kind] else [4.0, 4.0]
    assert close(found.df, df, DENSE)
    moved = {
        "z1": effects.columns["x1"] - np.array(0.3),
        "z2": effects.columns["x2"] - np.array(2.5),
    }
    columns = {**effects.columns, **moved}
    again = Effects.from_arrays(effects.y, effects.v, columns=columns)
    moved_fit = regress(again, "~ z1 + z2", weights=weights)
    mean = robust(moved_fit, cluster="lab", kind=kind, level=0.9)["Intercept"]
    assert close([found.low[0], found.high[0]], [mean.low, mean.high], DENSE)
    assert found.prediction == ""
    assert np.isnan([*found.prediction_low, *found.prediction_high]).all()


def test_predictions_of_the_studies_and_wrong_ones():
    """The studies' own moderators by default; what the fit refuses is refused here."""
    fit = regress(table(15), "~ x1 + C(half)")
    found = robust(fit, cluster="lab")
    assert close(found.predict().estimate, fit.fitted, EXACT)
    assert found.predict().level == found.level
    with pytest.raises(InputError, match="x1 must be a number"):
        found.predict({"x1": "much", "half": "a"})
    with pytest.raises(InputError, match="level=2 must lie between 0 and 1"):
        found.predict(level=2)


@pytest.mark.parametrize("kind", [CR1, CR0])
def test_what_rests_on_one_cluster_has_no_robust_error(kind):
    """Its mean has none, in any coding of it; the mean of the others has its own."""
    fit = of_one_cluster()
    alone = robust(fit, cluster="lab", kind=kind)
    coded = robust(regress(fit.effects, "~ rest"), cluster="lab", kind=kind)
    for found, newdata in ((alone, {"rest": [0, 1], "c": [1, 0]}), (coded, {"rest": [0, 1]})):
        predicted = found.predict(newdata)
        assert np.isnan([predicted.se[0], predicted.df[0], predicted.low[0]]).all()
        assert close(predicted.se[1], alone["rest"].se, DENSE)
        assert predicted.df[1] == 5
    difference = coded.contrast({"Intercept": 1, "rest": 1}).estimates[0]
    assert close(difference.se, alone["rest"].se, DENSE)
    assert np.isnan(coded.contrast({"Intercept": 1}).estimates[0].se)
