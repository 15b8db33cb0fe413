"""Comparison-adjusted funnels: the points, limits and line of the test of small studies."""

from __future__ import annotations

from collections import Counter
from itertools import cycle
from statistics import NormalDist

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from metaan.core.errors import ChoiceError, InputError
from metaan.networks.fits.network_fit import NetworkFit
from metaan.plots.networks.adjusted_points import OTHERS, adjusted_points
from metaan.plots.networks.network_funnel import network_funnel
from metaan.plots.pages import theme as themes
from metaan.plots.pages.theme import THEMES
from tests.networks.pinned import fitted
from tests.plots.looking import misplaced, texts
from tests.plots.network_fits import FITS, linde, of_pairs, star


def order_of(fit: NetworkFit) -> tuple[str, ...]:
    """Return its treatments, the reference first."""
    return (fit.reference, *(name for name in fit.treatments if name != fit.reference))


@pytest.mark.parametrize("name", FITS)
def test_points_are_those_of_the_test(name: str) -> None:
    """One by one; the line by numpy's own weighted fit of a straight line."""
    fit = FITS[name]()
    found = fit.small_studies(order=order_of(fit))
    record = adjusted_points(fit, order=order_of(fit))
    assert [(p.study, p.comparison, p.x, p.se) for p in record.points] == list(
        zip(found.study, found.comparison, found.y.tolist(), found.se.tolist(), strict=True)
    )
    assert record.z == pytest.approx(NormalDist().inv_cdf(0.975), rel=1e-12)
    if found.slope is None:
        assert record.line == ()
        return
    slope, intercept = np.polyfit(found.se, found.y, 1, w=1 / found.se)
    ends = np.array([found.se.min(), found.se.max()])
    np.testing.assert_allclose(
        record.line, np.column_stack([intercept + slope * ends, ends]), atol=1e-9
    )
    assert found.to_frame().equals(record.to_frame())


def test_limits_and_points_are_drawn_where_they_are() -> None:
    """The sides of the funnel begin at its apex, at a standard error of 0."""
    fit = fitted("senn2013")
    plot = network_funnel(fit, order=order_of(fit))
    record, low = plot.record, plot.record.frame.y.low
    lines = [x.get_segments() for x in plot.axes.collections if isinstance(x, LineCollection)]
    sides = np.array(lines[1])
    assert sides[:, 0].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    np.testing.assert_allclose(sides[:, 1], [(-record.z * low, low), (record.z * low, low)])
    np.testing.assert_allclose(lines[2][0], record.line)
    marks = [x for x in plot.axes.collections if isinstance(x, PolyCollection)]
    middles = {
        tuple(((path.vertices[:-1].max(0) + path.vertices[:-1].min(0)) / 2).round(2).tolist())
        for artist in marks
        for path in artist.get_paths()
        if len(path.vertices) > 30  # circles: their middle is their box's
    }
    assert middles <= {(round(p.x, 2), round(p.se, 2)) for p in record.points}
    assert sum(len(artist.get_paths()) for artist in marks) == len(record.points)


def test_every_comparison_has_its_look_and_those_beyond_share_one() -> None:
    """The most frequent first; a lone contrast is open."""
    fit = fitted("senn2013")
    record = adjusted_points(fit, order=order_of(fit))
    looks = {point.comparison: point.look for point in record.points}
    assert len(set(looks.values())) == len(looks)
    counts = Counter(point.comparison for point in record.points)
    entries = [entry for entry in record.frame.legend if entry.kind == "marker"]
    assert entries[0].label == "rosiglitazone:placebo (6)"
    for entry in entries:
        name, _, number = entry.label.rpartition(" ")
        assert number == f"({counts[name]})"
        assert (entry.fill == themes.PAPER) == (counts[name] == 1)
    many = adjusted_points(linde(), order=order_of(linde()))
    rest = {point.comparison for point in many.points if point.look == OTHERS}
    of_rest = sum(point.look == OTHERS for point in many.points)
    assert many.frame.legend[20].label == f"{len(rest)} other comparisons ({of_rest})"
    assert len(rest) == len(many.small_studies.comparisons) - 20


def test_the_test_is_told_and_ratios_are_read_as_ratios() -> None:
    """In the legend and in the description; a tick of the axis is 1 where effects agree."""
    record = adjusted_points(linde(), order=order_of(linde()))
    slope = record.small_studies.slope
    assert slope is not None
    told = record.frame.legend[-1].label
    assert told.startswith("Egger's line: bias 0.4")
    assert f"df = {len(record.points) - 2}, p = {slope.p_value:.3f})" in told
    assert told in record.alt
    x = record.frame.x
    assert dict(zip(x.tick_labels, x.ticks, strict=True))["1"] == 0.0
    assert x.label == "Odds ratio divided by the mean of its comparison (log scale)"
    plain = adjusted_points(fitted("senn2013"), order=order_of(fitted("senn2013")))
    assert plain.frame.x.label == "Effect less the mean of its comparison"


@pytest.mark.parametrize(("name", "theme"), list(zip(FITS, cycle(THEMES), strict=False)))
def test_no_text_overlaps_or_leaves_the_page(name: str, theme: str) -> None:
    """With the names of all studies that find a place."""
    fit = FITS[name]()
    plot = network_funnel(fit, order=order_of(fit), theme=theme, names=True)
    assert misplaced(plot) == ([], [])


def test_named_studies_are_named() -> None:
    """Only those, with a place beside their point."""
    fit = fitted("franchini2012")
    first = fit.effects.study[0]
    plot = network_funnel(fit, order=order_of(fit), names=[first])
    shown = [text for text, _ in texts(plot)]
    assert first in shown
    assert not set(fit.effects.study[1:]) - {first} & set(shown)


def test_no_line_where_none_is_defined() -> None:
    """Every contrast alone: all points at the center, no test, and a footnote says why."""
    alone = of_pairs([("a", "b"), ("b", "c")])
    plot = network_funnel(alone, order=("a", "b", "c"))
    record = plot.record
    assert record.line == ()
    assert [point.x for point in record.points] == [0.0, 0.0]
    assert record.alt.endswith("no test of asymmetry.")
    assert any(note.startswith("No test: a line needs") for note in record.frame.notes)
    assert misplaced(plot) == ([], [])


def test_what_cannot_be_drawn_is_named() -> None:
    """No order, two orders, no network, an unknown study."""
    fit = star()
    with pytest.raises(InputError, match="which are drug A, drug B"):
        network_funnel(fit)
    with pytest.raises(InputError, match="order lacks drug A"):
        network_funnel(fit, order=fit.treatments[1:])
    found = fit.small_studies(order=fit.treatments)
    assert network_funnel(found).record.small_studies is found
    with pytest.raises(InputError, match="have their order"):
        network_funnel(found, order=fit.treatments)
    with pytest.raises(InputError, match="draws a NetworkFit or its small_studies"):
        network_funnel(3)  # type: ignore[arg-type]
    with pytest.raises(ChoiceError, match="'Nobody' is no study"):
        network_funnel(found, names=["Nobody"])


def test_words_and_a_page_within_axes() -> None:
    """How many lie outside of the limits, counted anew."""
    figure = Figure(figsize=(4, 4))
    fit = fitted("senn2013")
    plot = network_funnel(fit, order=order_of(fit), ax=figure.subplots())
    assert plot.figure is figure
    out = sum(abs(point.x) > plot.record.z * point.se for point in plot.record.points)
    assert f"{out} contrasts outside of the 95% limits" in plot.record.alt
