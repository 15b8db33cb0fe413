"""2×2 tables as associations: the delta method by finite differences, and tables at the edge."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from metaan.core.errors import ChoiceError
from metaan.measures.contingency import (
    PHI_VARIANCES,
    ROWS,
    fisher_phi,
    odds_ratio_as_logistic_smd,
    odds_ratio_as_normal_smd,
    phi_coefficient,
    probit_difference,
    yule_q,
    yule_y,
)
from tests.tolerance import EXACT, Tolerance, close

DIFFERENCES = Tolerance(relative=1e-7, reason="central differences with steps of 1e-5 of a count")
CELLS = np.array([[12.0, 8.0, 5.0, 15.0], [3.0, 40.0, 9.0, 31.0], [20.0, 2.0, 17.0, 30.0]])
STRATIFIED = (phi_coefficient, yule_q, yule_y, probit_difference, odds_ratio_as_normal_smd)


def table(cells):
    """Return events1, n1, events2 and n2 of rows of four cells."""
    a, b, c, d = np.asarray(cells, dtype=float).T
    return a, a + b, c, c + d


def slopes(function, cells):
    """Return the slopes of y in each of the four cells, shape (studies, 4)."""
    found = []
    for i in range(4):
        step = np.zeros(4)
        step[i] = 1e-5
        above, _ = function(*table(cells + step), to="none")
        below, _ = function(*table(cells - step), to="none")
        found.append((above - below) / 2e-5)
    return np.array(found).T


def test_cross_sectional_phi_is_the_delta_method():
    """Yule's variance is that of a function of four multinomial counts."""
    _, v = phi_coefficient(*table(CELLS), variance="CS")
    slope = slopes(phi_coefficient, CELLS)
    n = CELLS.sum(axis=1)
    expected = (CELLS * slope**2).sum(axis=1) - (CELLS * slope).sum(axis=1) ** 2 / n
    assert close(v, expected, DIFFERENCES)


@pytest.mark.parametrize("function", STRATIFIED)
def test_groups_of_fixed_sizes_are_the_delta_method(function):
    """The other variances, and phi's ST, are those of two binomial counts."""
    options = {"variance": "ST"} if function is phi_coefficient else {}
    _, v = function(*table(CELLS), **options)
    a, b, c, d = CELLS.T
    slope = slopes(function, CELLS)
    in_events1, in_events2 = slope[:, 0] - slope[:, 1], slope[:, 2] - slope[:, 3]
    expected = in_events1**2 * a * b / (a + b) + in_events2**2 * c * d / (c + d)
    assert close(v, expected, DIFFERENCES)


def test_effects_by_another_way():
    """Phi is Pearson's correlation; Q, Y and the differences follow from odds and quantiles."""
    for cells in CELLS.astype(int):
        one = np.repeat([1, 1, 0, 0], cells)
        event = np.repeat([1, 0, 1, 0], cells)
        odds = cells[0] * cells[3] / (cells[1] * cells[2])
        inputs = table([cells])
        found = [f(*inputs)[0][0] for f in (phi_coefficient, yule_q, yule_y, probit_difference)]
        expected = [
            np.corrcoef(one, event)[0, 1],
            (odds - 1) / (odds + 1),
            (odds**0.5 - 1) / (odds**0.5 + 1),
            norm.ppf(inputs[0][0] / inputs[1][0]) - norm.ppf(inputs[2][0] / inputs[3][0]),
        ]
        assert close(found, expected, EXACT)
        assert close(odds_ratio_as_normal_smd(*inputs)[0], [np.log(odds) / 1.65], EXACT)
        assert close(
            odds_ratio_as_logistic_smd(*inputs)[0], [np.log(odds) * 3**0.5 / np.pi], EXACT
        )


def test_no_association():
    """Without an association both variances of phi are 1 / N."""
    for variance in PHI_VARIANCES:
        y, v = phi_coefficient(*table([[10, 30, 20, 60]]), variance=variance)
        assert close([y, v], [[0.0], [1 / 120]], EXACT)


@pytest.mark.parametrize("variance", PHI_VARIANCES)
@pytest.mark.parametrize("cells", [(7, 0, 0, 9), (0, 7, 9, 0), (1e5, 0, 0, 3), (0, 3, 77777, 0)])
def test_perfect_association(cells, variance):
    """Phi of -1 or 1 is exact and has no variance; its Fisher z is no number."""
    y, v = phi_coefficient(*table([cells]), variance=variance)
    assert y[0] == (1.0 if cells[0] else -1.0)
    assert v[0] == 0.0
    assert np.isnan(fisher_phi(*table([cells]), variance=variance)).all()
    assert np.isfinite(fisher_phi(*table([cells]), variance=variance, add=0.5)).all()


def test_zero_cells():
    """Phi takes them as they are, the others add to them; nothing is left of a margin of 0."""
    one, margin = table([[0, 12, 4, 11]]), table([[0, 23, 0, 25]])
    for row in ROWS:
        y, v = row.function(*one)
        assert np.isfinite(y).all()
        assert np.all(v > 0)
        adds_nothing = "PHI" in row.key
        assert np.isnan(row.function(*margin)[0][0]) == adds_nothing
        raw_y, raw_v = row.function(*one, to="none")
        assert np.isnan(raw_y[0]) == np.isnan(raw_v[0]) == (not adds_nothing)
        assert np.isnan(row.function(*margin, drop_double_zero=True)).all()


def test_unknown_variance():
    """A misspelled variance is answered with the rows."""
    with pytest.raises(ChoiceError, match="not a variance of phi; choose one of CS, ST"):
        phi_coefficient(*table(CELLS), variance="SC")


def test_opposite_event():
    """Counting the opposite event changes the sign and nothing else, next to a risk of 1 too."""
    cells = np.array([[99_998.0, 2.0, 70_000.0, 9.0], [12.0, 8.0, 5.0, 15.0]])
    for row in ROWS:
        y, v = row.function(*table(cells))
        other_y, other_v = row.function(*table(cells[:, [1, 0, 3, 2]]))
        assert close(other_y, -y, EXACT)
        assert close(other_v, v, EXACT)
