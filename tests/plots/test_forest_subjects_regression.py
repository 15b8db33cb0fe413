"""Forest plots of meta-regressions and of robust fits."""

from __future__ import annotations

import pytest

import metaan as ma
from metaan.plots.forests.rows import forest_rows, remarks_of
from tests.plots.forest_subjects import (
    LATITUDE,
    NAMES,
    NORMAL,
    bcg,
    bcg_fit,
    notes_of,
    of_kind,
    weighted_line,
)
from tests.plots.reading import cells, head


def test_studies_stand_over_what_the_line_expects_of_them():
    """Fitted values and limits are those of weighted least squares by matrices."""
    fit = ma.regress(bcg(), "~ ablat", inference="WALD")
    rows = of_kind(forest_rows(fit), "study")
    expected, errors = weighted_line(LATITUDE, fit.tau2)
    for row, value, se in zip(rows, expected, errors, strict=True):
        assert row.fitted == pytest.approx(
            (value, value - NORMAL * se, value + NORMAL * se), rel=1e-9
        )


def test_a_regression_prints_what_metafor_prints():
    """Its page of dat.bcg on latitude: QM 16.36, QE 30.73, R² 75.62%; tau² at its maximum."""
    record = forest_rows(ma.regress(bcg(), "~ ablat", inference="WALD"))
    told = notes_of(record)
    assert "Test of moderators (~ ablat): χ² = 16.36, df = 1 (p < 0.001); R² = 75.6%" in told
    assert "Residual heterogeneity: Q = 30.73, df = 11 (p = 0.001); τ² = 0.0763" in told
    assert "Random-effects meta-regression, τ² by restricted maximum likelihood" in told
    assert of_kind(record, "total") == []
    assert [entry.label for entry in record.legend] == ["Expected by the model, with 95% CI"]


def test_a_regression_may_be_ordered_by_what_is_fitted():
    """Latitudes fall as the ratio expected rises; the column of fitted values stands beside."""
    record = forest_rows(bcg_fit("regression"), order="fitted", left=["ablat"], right=["fitted"])
    rows = of_kind(record, "study")
    assert [cells(record, row)[0] for row in rows] == [
        str(x) for x in sorted(LATITUDE, reverse=True)
    ]
    assert head(record, "fitted") == "Fitted"
    assert rows[0].texts["fitted"][0] == "0.26"


def test_a_regression_on_nothing_is_a_pool():
    """Its mean is the total, with the pool's own numbers; there are no fitted marks."""
    fit, pool = bcg_fit("regression on nothing"), ma.pool(bcg())
    record = forest_rows(fit)
    total = of_kind(record, "total")[0]
    assert total.value == pytest.approx(pool.estimate.value, rel=1e-9)
    assert (total.low, total.high) == pytest.approx((pool.estimate.low, pool.estimate.high))
    assert record.legend == ()
    assert "Test of moderators" not in notes_of(record)
    assert "pooled: Risk ratio 0.49 (95% CI 0.33, 0.73)" in record.alt


def test_a_saturated_regression_has_no_heterogeneity_left():
    """Two studies and two coefficients: the line says that nothing is left."""
    fit = ma.regress(bcg().take([0, 1]), "~ ablat", inference="WALD")
    assert "Residual heterogeneity: not defined" in notes_of(forest_rows(fit))


def test_a_robust_pool_shows_the_robust_limits():
    """The point is the pool's, the limits are not, and there is no prediction interval."""
    fit, pool = bcg_fit("robust pool"), ma.pool(bcg())
    record = forest_rows(fit)
    total = of_kind(record, "total")[0]
    assert total.value == pytest.approx(pool.estimate.value, rel=1e-12)
    assert (total.low, total.high) == pytest.approx((fit.estimate.low, fit.estimate.high))
    assert total.low != pytest.approx(pool.estimate.low, rel=1e-3)
    assert of_kind(record, "prediction") == []
    assert "robust to dependence within 3 clusters by alloc" in notes_of(record)


@pytest.mark.parametrize("layout", ["BMJ", "JAMA", "RevMan"])
def test_robust_limits_are_named_in_layouts_without_a_line_for_the_model(layout):
    """A reader must not take them for the usual ones."""
    told = notes_of(forest_rows(bcg_fit("robust pool"), layout=layout))
    assert "robust to dependence within 3 clusters" in told


def test_a_robust_regression_has_robust_limits_of_what_is_fitted():
    """Values as without clusters, limits and test those of the robust covariance."""
    fit, plain = bcg_fit("robust regression"), forest_rows(bcg_fit("regression"))
    record = forest_rows(fit)
    found = fit.predict()
    drawn, usual = of_kind(record, "study"), of_kind(plain, "study")
    for i, row in enumerate(drawn):
        assert row.fitted == pytest.approx((found.estimate[i], found.low[i], found.high[i]))
        assert row.fitted[0] == pytest.approx(usual[i].fitted[0], rel=1e-12)
    assert drawn[0].fitted[1] != pytest.approx(usual[0].fitted[1], rel=1e-3)
    assert "F = 29.42" in notes_of(record)


def test_studies_that_lack_a_moderator_are_named_in_a_footnote():
    """What the regression left out is told where nobody gave notes."""
    columns = {"dose": [1.0, None, 3.0, 4.0]}
    effects = ma.Effects.from_arrays(
        [0.1, 0.2, 0.3, 0.5], se=[0.1] * 4, study=NAMES[:4], columns=columns
    )
    with pytest.warns(ma.LeftOutWarning):
        fit = ma.regress(effects, "~ dose")
    assert any(NAMES[1] in note for note in remarks_of(fit))
