"""Effect matrices and league tables: R's figures, other ways to the same cells, laws, files."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaan.core.errors import ChoiceError, InputError
from metaan.core.scale import LOG
from metaan.networks.combining.relative import RelativeEffects
from metaan.networks.fits.answers_effects import EffectAnswers
from metaan.networks.fits.network import network
from metaan.networks.fits.network_fit import NetworkFit
from metaan.networks.ranks.league import EffectMatrix, effect_matrix
from tests.networks.builders import drawn, of_pairs
from tests.networks.pinned import PINNED, fitted, linde2016, matrix, net
from tests.reference.pinned import pins
from tests.tolerance import EXACT, Tolerance, close

MODELS = ("common", "random")
SOLVES = Tolerance(
    relative=1e-10, absolute=1e-12, reason="two ways to invert a matrix of condition up to 1e4"
)
CELL = re.compile(r"^(−?[\d.]+|∞) \((−?[\d.]+), (−?[\d.]+|∞)\)$")


class Others(EffectAnswers):
    """A fit that knows effects but no contrasts, as of sparse counts or of components."""

    __slots__ = ("reference", "relative")

    def __init__(self, relative: RelativeEffects) -> None:
        self.relative = relative
        self.reference = relative.treatments[0]


def numbers(cell: str) -> list[float]:
    """Return an effect and its limits from a cell."""
    found = CELL.match(cell)
    assert found, cell
    return [float(each.replace("−", "-")) for each in found.groups()]


def cells_of_r(printed: Mapping[str, list[str]], row: str, column: str) -> list[float]:
    """Return the numbers of a printed cell "0.2 [-0.7; 1.1]", rounded as it was printed."""
    text = printed[column][printed["rows"].index(row)]
    return [round(float(each), 4) for each in re.findall(r"-?\d+\.\d+", text)]


@pytest.mark.parametrize("model", MODELS)
def test_every_cell_is_that_of_netleague(model: str) -> None:
    """Both triangles, places and directions, at the four digits that were printed."""
    printed = pins("network_senn2013")[f"netleague_printed_{model}"]
    frame = fitted("senn2013", model).league(digits=4)
    assert frame.index.tolist() == frame.columns.tolist() == printed["rows"]
    direct = 0
    for i, row in enumerate(frame.index):
        for j, column in enumerate(frame.columns):
            cell, theirs = frame.iat[i, j], printed[column][i]
            if i == j or theirs == ".":
                assert cell == theirs
                continue
            assert numbers(cell) == cells_of_r(printed, row, column)
            direct += j > i
    assert direct == 15


@pytest.mark.parametrize("name", PINNED)
@pytest.mark.parametrize("model", MODELS)
def test_matrices_are_those_of_r(name: str, model: str) -> None:
    """Values, errors, limits and p-values of every pair."""
    fit, pinned = fitted(name, model), net(name)["netmeta_DL"]
    found = fit.matrix()
    for field, theirs in (("values", "TE"), ("se", "seTE"), ("low", "lower"), ("high", "upper")):
        expected = matrix(pinned[f"{theirs}.{model}"], fit.treatments)
        assert close(getattr(found, field), expected, SOLVES)
    off = ~np.eye(len(fit.treatments), dtype=bool)
    p = matrix(pinned[f"pval.{model}"], fit.treatments)
    assert close(np.log(found.p_values[off]), np.log(p[off]), SOLVES)
    assert (found.p_values[~off] == 1).all()


@pytest.mark.parametrize("name", PINNED)
@pytest.mark.parametrize("model", MODELS)
def test_direct_evidence_is_that_of_r(name: str, model: str) -> None:
    """The upper triangle's numbers before they are printed; NaN where R says NA."""
    fit, pinned = fitted(name, model), net(name)["netmeta_DL"]
    found = fit.direct_matrix()
    assert found is not None
    assert close(found.values, matrix(pinned[f"TE.direct.{model}"], fit.treatments), SOLVES)
    assert close(found.se, matrix(pinned[f"seTE.direct.{model}"], fit.treatments), SOLVES)


def test_prediction_limits_go_along() -> None:
    """Those of `predict`, and NaN for common effects."""
    fit = network(drawn(2))
    found = fit.matrix(["t3", "t1"])
    limits = fit.predict("t3", "t1")
    assert limits is not None
    assert close(found.prediction_low[0, 1], limits.low, EXACT)
    assert close(found.prediction_high[0, 1], limits.high, EXACT)
    assert close(found.prediction_high[1, 0], -limits.low, EXACT)
    assert np.isnan(fitted("senn2013", "common").matrix().prediction_low).all()


def test_direct_intervals_have_the_inference_of_the_fit() -> None:
    """One study of one comparison: its own mean, the network's tau², factor and quantile."""
    effects = drawn(5, studies=9)
    fit = network(effects, inference="HKSJ")
    wald = network(effects, inference="WALD")
    factor = (fit.effect("t0", "t1").se / wald.effect("t0", "t1").se) ** 2
    chosen = {"t0", "t1"}
    rows = [
        i
        for i, pair in enumerate(zip(effects.treat1, effects.treat2, strict=True))
        if set(pair) == chosen
    ]
    w = 1 / (effects.v[rows] + fit.tau2)
    y = [effects.y[i] if effects.treat1[i] == "t0" else -effects.y[i] for i in rows]
    se = (factor / w.sum()) ** 0.5
    half = (fit.effect("t0", "t1").high - fit.effect("t0", "t1").value) / fit.effect("t0", "t1").se
    expected = [np.average(y, weights=w) + side * half * se for side in (0, -1, 1)]
    assert abs(factor - 1) > 1e-3
    close_enough = Tolerance(absolute=0.5e-6, relative=1e-12, reason="printed with six decimals")
    assert close(numbers(fit.league(digits=6).at["t0", "t1"]), expected, close_enough)


@settings(max_examples=50)
@given(seed=st.integers(0, 10_000), n=st.integers(2, 8))
def test_laws_of_the_matrix(seed: int, n: int) -> None:
    """Antisymmetric and transitive; limits mirror; an order is a permutation."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(n, n))
    relative = RelativeEffects(
        treatments=tuple(f"t{i}" for i in range(n)),
        values=rng.normal(size=n),
        covariance=root @ root.T,
        df=float(rng.integers(1, 30)),
        level=0.9,
        scale=LOG,
        label="Odds ratio",
    )
    found = effect_matrix(relative)
    assert close(found.values, -found.values.T, EXACT)
    assert close(found.values[:, :1] + found.values[:1, :], found.values, EXACT)
    assert close(found.low, -found.high.T, EXACT)
    assert close(found.p_values, found.p_values.T, EXACT)
    read = found.read()
    assert close(read.values * read.values.T, np.ones((n, n)), EXACT)
    assert close(read.se, found.se * read.values, EXACT)
    turned = rng.permutation(n)
    moved = found.arranged([f"t{i}" for i in turned])
    assert (moved.low == found.low[np.ix_(turned, turned)]).all()
    i, j = (turned[0], turned[-1])
    estimate = relative.effect(f"t{i}", f"t{j}")
    assert close(moved.values[0, -1], estimate.value, EXACT)
    assert close(moved.high[0, -1], estimate.high, EXACT)


def test_no_cell_depends_on_the_reference_or_on_the_order_of_rows() -> None:
    """Every reference, and contrasts the other way round in reverse, give the same table."""
    effects = drawn(3)
    first = network(effects).league(digits=6)
    for name in effects.treatments:
        pd.testing.assert_frame_equal(network(effects, reference=name).league(digits=6), first)
    back = type(effects).from_arrays(
        -effects.y[::-1],
        effects.v[::-1],
        study=effects.study[::-1],
        treat1=effects.treat2[::-1],
        treat2=effects.treat1[::-1],
    )
    pd.testing.assert_frame_equal(network(back).league(digits=6), first)


def test_an_order_moves_cells_and_turns_them() -> None:
    """Wherever it stands, a cell is the earlier against the later treatment."""
    fit = fitted("franchini2012")
    names = ["Ropinirole", "Placebo", "Cabergoline"]
    frame = fit.league(names, digits=6)
    assert frame.shape == (3, 3)
    near = Tolerance(absolute=0.51e-6, reason="printed with six decimals")
    for i, row in enumerate(names):
        assert frame.iat[i, i] == row
        for j in range(i):
            own = fit.effect(names[j], row)
            assert close(numbers(frame.iat[i, j]), [own.value, own.low, own.high], near)
    ranked = fit.league("ranking", better="lower")
    assert ranked.index.tolist() == fit.ranking(better="lower")["treatment"].tolist()
    # the best against each other one: nothing but gains
    assert all(numbers(cell)[0] < 0 for cell in ranked.iloc[1:, 0])


def test_ratios_are_read_as_ratios() -> None:
    """Odds ratios, not logarithms, with the label in the words of the frame."""
    effects = linde2016()
    fit = network(effects, reference="Placebo")
    frame = fit.league(digits=3)
    own = fit.effect("Placebo", "SSRI").read()
    cell = numbers(frame.at["SSRI", "Placebo"])
    near = Tolerance(absolute=0.51e-3, reason="printed with three decimals")
    assert close(cell, [own.value, own.low, own.high], near)
    assert frame.attrs["lower"].startswith("odds ratio (95% CI), column against row")
    assert "row against column, direct evidence alone" in frame.attrs["upper"]
    pairs = {frozenset(pair) for pair in zip(effects.treat1, effects.treat2, strict=True)}
    assert (frame == ".").to_numpy().sum() == 22 * 21 / 2 - len(pairs)


def two_outcomes() -> tuple[NetworkFit, NetworkFit]:
    """Return two networks, each with a treatment that the other has not."""
    pain = network(
        of_pairs(("a", "b", -0.5, 0.04), ("b", "c", 0.2, 0.05), ("a", "c", -0.4, 0.06)),
        model="common",
    )
    harm = network(
        of_pairs(("b", "a", 0.3, 0.02), ("d", "b", 0.1, 0.03), ("d", "a", 0.2, 0.07)),
        model="common",
    )
    return pain, harm


def test_two_outcomes_share_a_table() -> None:
    """The second outcome's network above; each triangle is the network's own table."""
    pain, harm = two_outcomes()
    frame = pain.league(other=harm, digits=5)
    assert frame.index.tolist() == ["a", "b", "c", "d"]
    below, above = pain.league(digits=5), harm.league(digits=5)
    for row, column in (("b", "a"), ("c", "a"), ("c", "b")):
        assert frame.at[row, column] == below.at[row, column]
    for row, column in (("b", "a"), ("d", "a"), ("d", "b")):
        assert frame.at[column, row] == above.at[row, column]
    assert frame.at["d", "a"] == frame.at["c", "d"] == frame.at["a", "c"] == "."
    assert "the other outcome" in frame.attrs["upper"]
    ranked = pain.league("ranking", other=harm, better="lower").index.tolist()
    assert ranked == [*pain.ranking(better="lower")["treatment"], "d"]
    assert pain.league(["d", "a"], other=harm).iat[0, 1] == harm.league(["d", "a"]).iat[1, 0]


def test_without_contrasts_there_is_one_triangle() -> None:
    """Sparse and component fits show their network; so does ``direct=False``."""
    fit = fitted("woods2010")
    alone = Others(fit.relative).league(digits=3)
    pd.testing.assert_frame_equal(alone, fit.league(direct=False, digits=3))
    n = len(fit.treatments)
    upper = np.triu_indices(n, 1)
    assert set(alone.to_numpy()[upper]) == {""}
    assert "upper" not in alone.attrs
    assert np.isnan(Others(fit.relative).matrix().prediction_low).all()


def test_two_treatments_and_one_study() -> None:
    """The smallest table: both triangles say the same."""
    frame = network(of_pairs(("new", "old", 0.25, 0.01)), model="common").league()
    assert frame.to_numpy().tolist() == [
        ["new", "0.25 (0.05, 0.45)"],
        ["0.25 (0.05, 0.45)", "old"],
    ]


def test_a_star_has_no_direct_evidence_off_its_center() -> None:
    """Comparisons of the center are all direct, the others all indirect."""
    fit = network(
        of_pairs(("b", "a", 0.3, 0.02), ("c", "a", 0.1, 0.03), ("d", "a", 0.2, 0.07)),
        model="common",
    )
    frame = fit.league(digits=4)
    assert frame.iloc[0, 1:].tolist() == frame.iloc[1:, 0].tolist()
    assert [frame.iat[1, 2], frame.iat[1, 3], frame.iat[2, 3]] == ["."] * 3


def test_numbers_beyond_all_numbers_are_written() -> None:
    """A limit that overflows reads as infinite."""
    wide = of_pairs(("b", "a", 2.0, 1e6))
    effects = type(wide).from_arrays(
        wide.y, wide.v, study=wide.study, treat1=wide.treat1, treat2=wide.treat2, scale="log"
    )
    assert "(0.00, ∞)" in network(effects, model="common").league().iat[0, 1]


def test_every_file_keeps_every_cell() -> None:
    """HTML, LaTeX and text hold the cells in their order; Excel takes the same frame."""
    frame = fitted("senn2013").league()
    cells = frame.to_numpy().ravel().tolist()
    html = frame.to_html(header=False, index=False)
    assert re.findall(r"<td>(.*?)</td>", html) == cells
    body = frame.to_latex(header=False, index=False).split("\n")
    rows = [line.removesuffix(r" \\").split(" & ") for line in body if " & " in line]
    assert [cell.strip() for row in rows for cell in row] == cells
    buffer = io.StringIO()
    frame.to_csv(buffer)
    buffer.seek(0)
    pd.testing.assert_frame_equal(pd.read_csv(buffer, index_col=0), frame, check_dtype=False)
    assert all(isinstance(cell, str) for cell in cells)


def test_a_spreadsheet_keeps_every_cell(tmp_path: Path) -> None:
    """What pandas writes as xlsx is read back as the same texts, signs and dots included."""
    frame = fitted("senn2013").league()
    frame.to_excel(tmp_path / "league.xlsx")
    again = pd.read_excel(tmp_path / "league.xlsx", index_col=0)
    assert again.to_numpy().tolist() == frame.to_numpy().tolist()
    assert list(again.columns) == list(frame.columns)


def test_latex_by_the_recipe_of_the_docstring() -> None:
    """Plain minus signs, names escaped."""
    contrasts = of_pairs(("a_1", "p", -1.5, 0.04), ("b & c", "p", -0.5, 0.04))
    league = network(contrasts, model="common").league()
    assert "−" in league.to_latex()
    told = league.replace("−", "-", regex=True).to_latex(header=False, index=False, escape=True)
    assert "−" not in told
    assert r"a\_1 & . & -1.50 (-1.89, -1.11)" in told
    assert r"b \& c" in told


def test_matrices_print_as_effects_are_read() -> None:
    """A small table of ratios, the same before and after `read`; no dump of arrays."""
    fit = network(linde2016(), reference="Placebo")
    found = fit.matrix(["Placebo", "SSRI", "UC"])
    rows = [line.split() for line in str(found).splitlines()]
    assert rows[0] == ["Odds", "ratio,", "row", "against", "column"]
    assert rows[3][:2] == ["(2)", "SSRI"]
    assert float(rows[3][2]) == round(math.exp(fit.effect("SSRI", "Placebo").value), 3)
    assert str(found.read()) == str(found) == repr(found)
    assert "<table" in found._repr_html_()
    direct = str(fit.direct_matrix())
    assert "array(" not in direct
    assert " .  " in direct


def test_matrices_as_frames() -> None:
    """Each of them by its name, with what it is."""
    fit = fitted("woods2010")
    found = fit.matrix()
    assert isinstance(found, EffectMatrix)
    frame = found.to_frame("se")
    assert frame.at["SFC", "Placebo"] == fit.effect("SFC", "Placebo").se
    assert frame.attrs["reading"] == "row against column"
    assert found.to_frame().at["SFC", "Placebo"] == fit.effect("SFC", "Placebo").value
    with pytest.raises(ChoiceError, match="values, se, low, high, p_values"):
        found.to_frame("variance")
    with pytest.raises(ValueError, match="read-only"):
        found.values[0, 1] = 1


def test_faults_are_told() -> None:
    """Names, orders and digits."""
    fit = fitted("woods2010")
    with pytest.raises(ChoiceError, match='Did you mean "Placebo"'):
        fit.league(["SFC", "placebo"])
    with pytest.raises(InputError, match="SFC stands twice"):
        fit.matrix(["SFC", "SFC"])
    with pytest.raises(InputError, match="needs better="):
        fit.league("ranking")
    for digits in (-1, 1.5, True):
        with pytest.raises(InputError, match="whole number of at least 0"):
            fit.league(digits=digits)  # type: ignore[arg-type]
