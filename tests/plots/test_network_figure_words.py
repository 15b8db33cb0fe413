"""What figures of networks say to their readers, and to who gives them something else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from metaan.core.effects import LeftOut
from metaan.core.errors import InputError
from metaan.core.network_effects import NetworkEffects
from metaan.diagnostics.cumulative import cumulative
from metaan.diagnostics.leaving_out import leave_one_out
from metaan.networks.fits.network import network
from metaan.networks.fits.network_fit import NetworkFit
from metaan.networks.moderators.network_regression import network_regress
from metaan.networks.ranks.ranking import rank_treatments
from metaan.networks.sparse.sparse import sparse_network
from metaan.plots.charts.bubble import bubble
from metaan.plots.charts.funnel import funnel
from metaan.plots.charts.radial import radial
from metaan.plots.forests.footnotes import footnotes, left_out
from metaan.plots.forests.network_rows import lost_studies
from metaan.plots.forests.rows import forest_rows
from metaan.plots.networks.adjusted_points import adjusted_points
from metaan.plots.networks.contribution_cells import contribution_cells
from metaan.plots.networks.graph import network_graph
from metaan.plots.networks.hasse_boxes import hasse_boxes
from metaan.plots.networks.hasse_diagram import BEST, hasse_page
from metaan.plots.networks.league_cells import NO_DIRECT, league_cells
from metaan.plots.networks.rank_curves import rank_curves
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from metaan.univariate.subgrouping import subgroups
from tests.networks.dated import baker2009
from tests.networks.pinned import effects, fitted
from tests.networks.sparse_counts import counts
from tests.plots.looking import misplaced, texts
from tests.plots.network_fits import NARROW, of_pairs
from tests.plots.network_graphs import of_studies
from tests.plots.reading import heads


def remarked() -> NetworkFit:
    """Return a network whose intervals are narrow."""
    return replace(fitted("senn2013"), remarks=(NARROW, "a caution"))


def test_narrow_intervals_are_told_where_there_are_intervals() -> None:
    """Not under ranks and contributions; without the name of an option anywhere."""
    fit = remarked()
    told = "The HKSJ intervals are narrower than Wald's."
    assert footnotes(fit.remarks) == (told, "A caution.")
    assert footnotes(fit.remarks, intervals=False) == ("A caution.",)
    assert told in league_cells(fit).frame.notes
    for notes in (rank_curves(fit, better="lower").notes, contribution_cells(fit).frame.notes):
        assert notes[-1] == "A caution."
        assert not any("narrower" in note for note in notes)


def test_options_are_not_named_to_readers() -> None:
    """What a call should be is for print(fit)."""
    remark = 'a and b: one arm got more in Bo, but not in the others; by="components" tells them '
    assert footnotes([f"{remark}apart"]) == (
        "A and b: one arm got more in Bo, but not in the others.",
    )


def test_studies_of_one_reason_stand_together() -> None:
    """Whole studies and arms; each study once."""
    bare = [LeftOut(study=name, rows=(), reason="no events") for name in ("5", "25", "5")]
    items = [*bare, LeftOut(study="37", rows=(), reason="one arm")]
    assert left_out([*bare[:2], items[-1]], 7) == (
        "3 of 10 studies left out (5, 25: no events; 37: one arm)",
    )
    assert list(lost_studies(items, ["5", "25", "9"])) == [
        "1 of 4 studies left out (37: one arm)",
        "left out in part (5, 25: no events)",
    ]


@pytest.mark.parametrize("better", ["lower", "higher"])
def test_areas_under_rank_curves_are_those_of_the_table(better: str) -> None:
    """Exact ones of a fit, in panels, words and order, whatever the draws."""
    fit = fitted("woods2010")
    exact = rank_treatments(fit.relative, better=better)
    sucra = dict(zip(exact.treatments, exact.sucra.tolist(), strict=True))
    for seed in (1, 2):
        record = rank_curves(fit, better=better, rng=seed)
        assert {curve.treatment: curve.sucra for curve in record.curves} == sucra
        assert record.treatments == exact.order
        assert f"{exact.order[0]} ({100 * sucra[exact.order[0]]:.0f}%)" in record.alt


def test_lone_contrasts_of_a_funnel_are_told_once() -> None:
    """At no effect on the reading scale; their number agrees."""
    pairs = [("a", "b"), ("a", "b"), ("a", "c"), ("a", "c"), ("b", "c")]
    for scale, null in (("identity", 0), ("log", 1)):
        notes = adjusted_points(of_pairs(pairs, scale=scale), order=["a", "b", "c"]).frame.notes
        assert [note for note in notes if "by construction" in note] == [
            "Open: 1 of 5 contrasts, the only one of its comparison, lies at "
            f"{null} by construction and says nothing about small studies."
        ]
    notes = adjusted_points(of_pairs(pairs[1:4]), order=["a", "b", "c"]).frame.notes
    assert not any("lie at" in note for note in notes[2:])
    several = adjusted_points(of_pairs([*pairs[:2], ("c", "b"), ("d", "b")]), order=list("abcd"))
    assert "Open: 2 of 4 contrasts, each the only one of its comparison, lie at 0" in " ".join(
        several.frame.notes
    )


def test_a_league_marks_comparisons_without_direct_evidence() -> None:
    """With a dash, as the footnote says."""
    record = league_cells(fitted("senn2013"))
    missing = [cell for cell in record.frame.cells if cell.lines == (NO_DIRECT,)]
    n, direct = len(record.treatments), fitted("senn2013").direct_matrix()
    assert len(missing) == int(np.isnan(direct.values[np.triu_indices(n, k=1)]).sum())
    assert any(f'("{NO_DIRECT}": none)' in note for note in record.frame.notes)
    assert NO_DIRECT == "–"


def test_a_hasse_diagram_says_what_lines_mean() -> None:
    """Who dominates whom; the key does not speak of treatments in general."""
    fit = fitted("senn2013")
    record = hasse_boxes({"one": fit, "other": fit}, better=["lower", "higher"])
    assert record.notes[0].startswith(
        "A treatment dominates another if lines lead down from it to the other: it is at least "
        "as good by both outcomes (one and other) and better by at least one. This orders "
    )
    some = hasse_boxes({"one": fit, "other": fit}, better=["lower", "lower"])
    assert BEST in [word.text for word in hasse_page(some).words]
    assert "treatment" not in BEST.lower()


def test_one_form_of_the_measure_in_all_forests_of_networks() -> None:
    """Its abbreviation; "all studies" where nothing is summed."""
    ratios = network(replace(effects("woods2010"), measure="", label="Odds ratio"))
    assert ratios.relative.label == "Odds ratio"
    refits = forest_rows(ratios.leave_one_out(), treatment="Fluticasone")
    records = [
        forest_rows(ratios),
        refits,
        forest_rows(ratios.node_splits()),
        forest_rows(sparse_network(counts("woods2010"))),
    ]
    assert {heads(record, "right")[0] for record in records} == {"OR (95% CI)"}
    (last,) = [row.label for row in refits.rows if row.kind == "total"]
    assert last == f"All studies (k = {ratios.k})"
    own = forest_rows(
        ratios.leave_one_out(), treatment="Fluticasone", layout={"total": "All {k} trials"}
    )
    assert f"All {ratios.k} trials" in [row.label for row in own.rows]


@pytest.mark.parametrize("people", [40, 4321])
def test_a_key_of_sizes_stands_on_one_line(people: int) -> None:
    """Head, marks and numbers, however narrow the graph is."""
    net = of_studies(("a", "b", "c"), ("a", "b"), ("a", "b"), ("a", "c"))
    sizes = [people * (i + 1) for i in range(len(net.y))]
    net = replace(net, columns={"n1": sizes, "n2": sizes})
    plot = network_graph(net)
    assert misplaced(plot) == ([], [])
    (scale,) = [scale for scale in plot.record.scales if scale.kind == "circle"]
    assert len(scale.marks) == 3
    middles = [box for text, box in texts(plot) if text in (scale.head, *dict(scale.marks))]
    heights = [(box[1] + box[3]) / 2 for box in middles]
    assert len(heights) == 4
    assert np.ptp(heights) < 2.0


def test_verbs_of_pairs_point_to_those_of_networks() -> None:
    """Contrasts and fits of networks, where one pool or its effects are needed."""
    made, fit = effects("senn2013"), fitted("senn2013")
    wrong: list[tuple[Callable[[Any], object], object, str]] = [
        (pool, made, r"network\(effects\), whose pairwise\(\)"),
        (lambda given: regress(given, "x"), made, r"network_regress\(effects, covariate\)"),
        (lambda given: subgroups(given, "x"), made, r"network_subgroups\(effects, by\)"),
        (leave_one_out, fit, r"by its own method, fit.leave_one_out\(\)"),
        (cumulative, fit, "left without each study"),
        (funnel, fit, r"network_funnel\(fit, order="),
        (radial, fit, "network_graph, forest, league_heat_map or rankogram"),
        (funnel, made, r"Combine these contrasts first: network\(effects\)"),
        (funnel, counts("woods2010"), r"sparse_network\(counts\)"),
    ]
    for verb, given, remedy in wrong:
        with pytest.raises(InputError, match=f"got {type(given).__name__}.*{remedy}"):
            verb(given)
    dated = network_regress(baker2009(), "year", reference="Placebo")
    with pytest.raises(InputError, match=r"NetworkRegressionFit.*forest\(fit, show=\"slopes\"\)"):
        bubble(dated, "year")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "verb",
    [
        lambda given: rank_curves(given, better="lower"),
        lambda given: adjusted_points(given, order=["a"]),
        contribution_cells,
        league_cells,
        hasse_boxes,
    ],
)
def test_what_nobody_fitted_is_to_be_fitted_first(verb: Callable[[Any], object]) -> None:
    """Contrasts and counts."""
    made: NetworkEffects = effects("senn2013")
    with pytest.raises(InputError, match=r"NetworkEffects. Fit it first: ma.network\(effects\)"):
        verb(made)
    with pytest.raises(InputError, match=r"Fit it first: ma.sparse_network\(counts\)"):
        verb(counts("woods2010"))
