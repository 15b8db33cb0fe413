"""Summaries of risk of bias: bars as long as the shares, of studies or of weight."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from metaan.core.bias import JUDGMENTS, RiskOfBias
from metaan.core.errors import InputError
from metaan.plots.charts.bias_lights import whole_percent
from metaan.plots.charts.bias_summary import BiasSummary, bias_summary
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.theme import THEMES
from metaan.trials.bias import risk_of_bias
from tests.plots.builders import LONG, bcg_fit, subgroup_fit
from tests.plots.looking import misplaced, outside, texts
from tests.plots.test_bias_traffic import judged


def of_bcg(**changes: Any) -> RiskOfBias:
    """Return made-up judgments of the BCG trials."""
    bias = judged(13)
    return replace(bias, **{"study": tuple(bcg_fit().effects.study), **changes})


def drawn(plot: Plot[BiasSummary]) -> float:
    """Return the area of all bars in percent times bars."""
    total = 0.0
    for artist in plot.axes.findobj(PolyCollection):
        total += sum(path.get_extents().width for path in artist.get_paths())
    return total


@pytest.mark.parametrize("weighted", [False, True])
def test_shares_are_those_of_a_loop_over_studies(weighted: bool) -> None:
    """Percent of studies, and of the weights of a fit."""
    fit, bias = bcg_fit(), of_bcg()
    record = bias_summary(bias, weights=fit if weighted else None).record
    sizes = fit.weights if weighted else np.ones(13)
    for d, bar in enumerate(record.bars):
        for key, share in zip(record.keys, bar.shares, strict=True):
            mine = sum(w for w, row in zip(sizes, bias.judgments, strict=True) if row[d] == key)
            assert share == pytest.approx(100 * mine / sum(sizes), rel=1e-12)
    label = record.frame.x.label
    assert label == ("Weight in the meta-analysis (%)" if weighted else "Studies (%)")


def test_bars_are_as_long_as_their_shares() -> None:
    """Artists in the panel end at 100, each piece where the record says."""
    plot = bias_summary(of_bcg())
    assert drawn(plot) == pytest.approx(100 * len(plot.record.bars))
    ends = [max(p.get_extents().x1 for p in a.get_paths())
            for a in plot.axes.findobj(PolyCollection)]  # fmt: skip
    assert max(ends) == pytest.approx(100)
    frame = plot.data
    np.testing.assert_allclose(frame.drop(columns="domain").sum(axis=1), 100)


def test_weights_by_name_by_place_and_of_subgroups_agree() -> None:
    """The same weights given in four ways."""
    fit, bias = bcg_fit(), of_bcg()
    split = subgroup_fit([("all", fit)], fit)
    by_name = dict(zip(fit.effects.study, fit.weights.tolist(), strict=True))
    bars = bias_summary(bias, weights=fit).record.bars
    for weights in (split, by_name, fit.weights.tolist()):
        other = bias_summary(bias, weights=weights).record.bars
        np.testing.assert_allclose([b.shares for b in bars], [b.shares for b in other])


def test_weight_without_a_judgment_is_shown_as_such() -> None:
    """And a judgment without a weight is named in a footnote."""
    bias = of_bcg()
    names = (*bias.study[:-1], "Another trial")
    record = bias_summary(replace(bias, study=names), weights=bcg_fit()).record
    assert record.keys[-1] == ""
    lost = bcg_fit().weights[-1]
    whole = [bar.shares[-1] for bar in record.bars]
    before = bias.shares(bcg_fit().weights)[:, -1]
    keys = bias.judgments[-1]
    for share, old, key in zip(whole, before, keys, strict=True):
        assert share == pytest.approx(old + (lost if key else 0.0))
    assert "Another trial" in record.frame.notes[0]


def test_a_study_with_two_weights_has_their_sum() -> None:
    """A fit may hold a study twice."""
    bias = replace(judged(2, overall=False), study=("A", "B"))
    fit = bcg_fit()
    twice = replace(fit, effects=replace(fit.effects, study=("A", "B") + ("A",) * 11))
    record = bias_summary(bias, weights=twice).record
    share_of_b = fit.weights[1]
    expected = bias.shares([100 - share_of_b, share_of_b])
    shown = np.array([bar.shares for bar in record.bars])
    np.testing.assert_allclose(shown.sum(axis=1), 100)
    np.testing.assert_allclose(np.sort(shown[0])[-1], np.sort(expected[0])[-1])


def test_weights_of_other_studies_are_refused() -> None:
    """With some of both names."""
    with pytest.raises(InputError, match="'Trial 1'"):
        bias_summary(judged(4), weights=bcg_fit())
    with pytest.raises(InputError, match="weights"):
        bias_summary(judged(4), weights=[1.0, 2.0])


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("k", [1, 3, 13, 200])
def test_nothing_overlaps_and_nothing_is_cut(k: int, theme: str) -> None:
    """Every theme, few and many studies, long titles."""
    for tool in ("RoB2", "RoB1", "ROBINS-I", "QUADAS-2"):
        plot = bias_summary(judged(k, tool), title=LONG, notes=(LONG,), theme=theme)
        assert misplaced(plot) == ([], [])


def test_percents_in_the_bars_have_their_signs() -> None:
    """Wide pieces say both, narrow ones the sign, the narrowest nothing."""
    bias = judged(1, overall=False)
    rows = (("low",) * 5,) * 40 + (("high",) * 5,) * 2 + (("some",) * 5,) * 158
    many = replace(bias, study=tuple(map(str, range(200))), judgments=rows)
    found = [text for text, _ in texts(bias_summary(many))]
    assert found.count("79% (!)") == 5
    assert found.count(f"20% ({JUDGMENTS['low'].symbol})") == 5
    assert not [text for text in found if text.startswith(("0%", "1%"))]


def test_it_fits_into_given_axes() -> None:
    """Scaled down, never up."""
    figure = Figure(figsize=(4, 2))
    plot = bias_summary(of_bcg(), ax=figure.subplots())
    assert outside(plot) == []
    assert "domains, percent of studies; Overall risk of bias:" in plot.record.alt


def test_halves_of_percent_go_up_and_the_tool_is_named() -> None:
    """12.5 and 13.5 in one chart do not become 12% and 14%."""
    shares = [whole_percent(share) for share in (12.5, 13.5, 0.4, 99.6)]
    assert shares == ["13%", "14%", "0%", "100%"]
    table = {"study": ["A"], **{f"D{i}": ["low"] for i in range(1, 6)}}
    notes = bias_summary(risk_of_bias(table)).record.frame.notes
    assert any("RoB 2" in note and "doi:10.1136/bmj.l4898" in note for note in notes)
