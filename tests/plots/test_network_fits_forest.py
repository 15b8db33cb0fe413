"""Forest plots of further fits of networks: components, slopes, sparse counts, levels, refits."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from metaan.core.bias import RiskOfBias, find_tool
from metaan.core.errors import ChoiceError, InputError, LeftOutWarning
from metaan.networks.components.component_fit import ComponentFit
from metaan.networks.components.component_network import network_components
from metaan.networks.fits.network import network
from metaan.networks.moderators.network_regression import network_regress
from metaan.networks.moderators.network_regression_fit import NetworkRegressionFit
from metaan.networks.moderators.network_subgroup_fit import NetworkSubgroupFit
from metaan.networks.moderators.network_subgroups import network_subgroups
from metaan.networks.sensitivity.network_refits import NetworkRefits
from metaan.networks.sparse.sparse import sparse_network
from metaan.networks.sparse.sparse_fit import SparseNetworkFit
from metaan.plots.forests.forest import forest
from metaan.plots.forests.layouts import LAYOUTS
from metaan.plots.forests.placing import forest_page
from metaan.plots.forests.record import ForestRow, ForestRows
from metaan.plots.forests.rows import forest_rows, remarks_of
from metaan.univariate.pooling import pool
from tests.networks.builders import of_pairs
from tests.networks.component_networks import combined_arms
from tests.networks.dated import baker2009, eras, senn2013
from tests.networks.pinned import fitted, linde2016, matrix
from tests.networks.sparse_counts import counts, pin
from tests.networks.test_leaving_one_out import barbell
from tests.plots import builders as make
from tests.plots.forest_subjects import notes_of, of_kind
from tests.plots.looking import misplaced
from tests.plots.reading import cells, heads
from tests.tolerance import EXACT, Tolerance, close

PINNED = Tolerance(relative=1e-9, absolute=1e-12, reason="a solved system against R's 17 digits")


@cache
def depression() -> ComponentFit:
    """Return the components of 22 treatments of depression."""
    return network_components(linde2016(), reference="Placebo", inactive="Placebo")


@cache
def dated(interactions: str = "common") -> NetworkRegressionFit:
    """Return a network of inhalers whose effects change with the year."""
    return network_regress(baker2009(), "year", reference="Placebo", interactions=interactions)


@cache
def sparse(name: str = "woods2010", method: str = "MH") -> SparseNetworkFit:
    """Return a network of few events."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeftOutWarning)  # of treatments without events
        return sparse_network(counts(name), method=method)


@cache
def by_era() -> NetworkSubgroupFit:
    """Return the diabetes network before and after 2000."""
    return network_subgroups(eras(senn2013()), "era", reference="placebo")


@cache
def refits() -> NetworkRefits:
    """Return the diabetes network without each study."""
    return replace(fitted("senn2013"), reference="placebo").leave_one_out()


def ends(row: ForestRow) -> tuple[float, float, float]:
    """Return the numbers of a row."""
    return row.value, row.low, row.high


def of_estimates(rows: list[ForestRow], found: Mapping[str, Any]) -> bool:
    """Return whether rows are some estimates, in their order."""
    assert [row.label for row in rows] == list(found)
    told = [(each.value, each.low, each.high) for each in found.values()]
    return close([ends(row) for row in rows], told, EXACT)


def test_components_come_first() -> None:
    """A row for each, with the studies that have it in some arms only; treatments when asked."""
    fit = depression()
    record = forest_rows(fit)
    rows = of_kind(record, "component")
    assert of_estimates(rows, fit.component_effects())
    assert (record.label_head, heads(record)) == ("Component", ["Studies"])
    arms: dict[str, set[str]] = {}
    for study, one, other in zip(
        fit.effects.study, fit.effects.treat1, fit.effects.treat2, strict=True
    ):
        arms.setdefault(study, set()).update((one, other))
    for row in rows:
        held = [[row.label in fit.design.parts[name] for name in each] for each in arms.values()]
        assert cells(record, row) == (str(sum(any(h) and not all(h) for h in held)),)
    treatments = forest_rows(fit, show="treatments", better="higher")
    by_score = fit.ranking(better="higher")["treatment"].tolist()
    assert [row.label for row in of_kind(treatments, "treatment")] == [
        name for name in by_score if name != "Placebo"
    ]


def test_lines_of_components_say_whether_effects_add_up() -> None:
    """The model, what has no effect, heterogeneity, and the test of additivity."""
    fit = depression()
    told = notes_of(forest_rows(fit))
    assert "Placebo has no effect by definition" in told
    assert "Random-effects additive component network meta-analysis, τ² by restricted" in told
    assert f"Test of additivity: χ² = {fit.additivity.q:.2f}, df = {fit.additivity.df:.0f}" in told
    assert f"allowing for τ², {fit.additivity.q_random:.2f}" in told
    assert f"Heterogeneity and inconsistency: Q = {fit.q:.2f}" in told
    free = network_components(of_pairs(("A", "P", 0.5, 0.1), ("A", "P", 0.2, 0.1)), inactive="P")
    assert "additivity" not in notes_of(forest_rows(free))


def test_interactions_have_a_block_of_their_own() -> None:
    """Named with the sign of a product; each block in the order that was asked for."""
    fit = network_components(
        combined_arms(3), reference="P", inactive="P", interactions=["A*B", "A*C"], model="common"
    )
    record = forest_rows(fit, order="-effect")
    assert [row.label for row in of_kind(record, "header")] == ["Components", "Interactions"]
    rows = of_kind(record, "component")
    assert {row.label for row in rows[3:]} == {"A × B", "A × C"}
    for block in (rows[:3], rows[3:]):
        values = [row.value for row in block]
        assert values == sorted(values, reverse=True)
    assert record.alt.startswith("Forest plot of 3 components and 2 interactions of 8 treatments")


def test_components_that_cannot_be_known() -> None:
    """They stand last, without a mark, and a footnote says why; none known is an error."""
    pairs = of_pairs(("A", "P", 0.5, 0.1), ("A", "P", 0.2, 0.1), ("Z", "P", 0.2, 0.1))
    more = of_pairs(("C + D", "E", 0.1, 0.1), ("C + D", "E", 0.4, 0.1))
    parts = of_pairs(
        *((a, b, float(y), 0.1) for each in (more, pairs)
          for a, b, y in zip(each.treat1, each.treat2, each.y, strict=True))
    )  # fmt: skip
    fit = network_components(parts, reference="P", inactive="P")
    rows = of_kind(forest_rows(fit), "component")
    assert [row.label for row in rows] == ["A", "Z", "C", "D", "E"]
    assert [row.effect for row in rows[2:]] == [("not estimable",)] * 3
    assert np.isnan([ends(row) for row in rows[2:]]).all()
    assert any("only some sums and differences" in note for note in remarks_of(fit))
    treatments = of_kind(forest_rows(fit, show="treatments"), "treatment")
    assert [row.effect[-1] for row in treatments[2:]] == ["not estimable"] * 2
    with pytest.raises(InputError, match=r"inactive=.*show=.treatments"):
        forest_rows(network_components(of_pairs(("A", "B", 0.1, 0.1), ("A", "B", 0.2, 0.1))))


def test_treatments_of_the_same_components_do_not_differ() -> None:
    """An interval of no width is drawn and told as it is."""
    twins = of_pairs(("A + B", "P", 0.1, 0.1), ("B + A", "P", 0.3, 0.1), ("A", "P", 0.2, 0.1))
    plot = forest(network_components(twins, reference="A + B", inactive="P"), show="treatments")
    row = next(row for row in plot.record.rows if row.label == "B + A")
    assert ends(row) == (0.0, 0.0, 0.0)
    assert misplaced(plot) == ([], [])


def test_sparse_counts_have_the_odds_ratios_of_r() -> None:
    """Against netmetabin, limits and all."""
    fit = sparse()
    rows = {row.label: row for row in of_kind(forest_rows(fit), "treatment")}
    for key, at in (("TE.common", 0), ("lower.common", 1), ("upper.common", 2)):
        told = matrix(pin("MH")[key], list(rows), [fit.reference])[:, 0]
        assert close([ends(row)[at] for row in rows.values()], told, PINNED)
    exact = sparse(method="NCH")
    assert of_estimates(of_kind(forest_rows(exact), "treatment"), exact.against())
    assert "(non-central hypergeometric); 95% CI by Wald" in notes_of(forest_rows(exact))


def test_sparse_counts_say_what_did_not_enter() -> None:
    """The method, its test of inconsistency, studies and treatments without events."""
    fit = sparse("gurusamy2011")
    record = forest_rows(fit, better="lower")
    told = notes_of(record)
    assert "Inconsistency between designs: χ² = 1.88, df = 2 (p = 0.39)" in told
    assert "Common-effect network meta-analysis (Mantel-Haenszel); 95% CI by Wald" in told
    remarks = remarks_of(fit)
    assert remarks[0].startswith("4 of 14 studies left out (Pugliese 2007, Himmelreich 1992, ")
    assert any("Antithrombin III and Solvent detergent plasma" in note for note in remarks)
    direct = {row.label: cells(record, row)[0] for row in of_kind(record, "treatment")}
    assert direct["Aprotonin"] == "3"
    assert record.alt.startswith("Forest plot of 4 treatments against Control/Placebo")
    assert "10 of 14 studies" in record.alt
    assert of_kind(forest_rows(fit, prediction=True), "prediction") == []


def test_a_regression_is_shown_at_its_value() -> None:
    """The header says where; another value gives other effects."""
    fit = dated("independent").at(2000)
    record = forest_rows(fit)
    assert record.rows[0].label == "Against Placebo at year = 2000"
    assert of_estimates(of_kind(record, "treatment"), fit.against())
    told = notes_of(record)
    assert "Test of interaction with year: F = 2.35, df = 7 and 41 (p = 0.041)" in told
    assert "Residual heterogeneity and inconsistency: Q = " in told
    assert "Random-effects network meta-regression, independent interactions" in told
    level = network_regress(eras(senn2013()), "era", reference="placebo", center="old")
    assert forest_rows(level).rows[0].label == "Against placebo at era = old"


def test_slopes_are_shown_when_asked_for() -> None:
    """One for each treatment, or one for all; the axis says per what."""
    fit = dated("independent")
    record = forest_rows(fit, show="slopes")
    rows = of_kind(record, "slope")
    assert of_estimates(rows, dict(zip(fit.slope_names, fit.slopes, strict=True)))
    assert record.axis_label == "Effect, change for each unit of year"
    (row,) = of_kind(forest_rows(dated(), show="slopes"), "slope")
    assert row.label == "Every treatment"
    assert ends(row) == (dated()["year"].value, dated()["year"].low, dated()["year"].high)
    logs = replace(eras(senn2013()), scale=linde2016().scale, label="Odds ratio")
    ratios = forest_rows(network_regress(logs, "era", reference="placebo"), show="slopes")
    assert ratios.axis_label == "Odds ratio, factor for old rather than new"
    assert (
        of_kind(ratios, "slope")[0].effect[0] == f"{np.exp(of_kind(ratios, 'slope')[0].value):.2f}"
    )


def test_levels_stand_under_their_treatment() -> None:
    """Each with the network of its studies, all studies last, and the test of the interaction."""
    fit = by_era()
    record = forest_rows(fit)
    heads_ = of_kind(record, "header")
    assert [row.label for row in heads_] == [n for n in fit.overall.treatments if n != "placebo"]
    for row in of_kind(record, "treatment"):
        found = fit[row.label].effect(row.group, "placebo")
        assert ends(row) == (found.value, found.low, found.high)
    assert [row.label for row in record.rows if row.group == "metformin"] == [
        "metformin", "old", "new", "All studies",
    ]  # fmt: skip
    whole = next(row for row in of_kind(record, "pool") if row.group == "miglitol")
    assert whole.value == fit.overall.effect("miglitol", "placebo").value
    told = {row.label: row.texts.get("p") for row in heads_}
    assert told["sulfonylurea"] == (f"{fit.by_treatment['sulfonylurea'].p_value:.3f}",)
    assert told["miglitol"] is None
    lines = notes_of(record)
    assert f"Test of interaction with era: χ² = {fit.between.statistic:.2f}, df = 5" in lines
    assert f"τ² = {fit['old'].tau2:.3f} (old)" in lines
    by_p = forest_rows(fit, order="p")
    assert of_kind(by_p, "header")[0].label == "sulfonylurea"


def test_refits_show_one_treatment() -> None:
    """Its effect without each study, with tau² and Q; all studies last."""
    record = forest_rows(refits(), treatment="metformin")
    rows = of_kind(record, "refit")
    found = refits()
    j = found.treatments.index("metformin")
    value, half = found.effects()[:, j], found.half()[:, j]
    assert [row.label for row in rows] == list(found.studies)
    expected = np.column_stack([value, value - half, value + half])
    assert close([ends(row) for row in rows], expected, EXACT)
    assert cells(record, rows[4]) == (f"{found.tau2[4]:.3f}", f"{found.q[4]:.1f} (17)")
    (total,) = of_kind(record, "total")
    whole = fitted("senn2013").effect("metformin", "placebo")
    assert close(ends(total), [whole.value, whole.low, whole.high], EXACT)
    q = [
        row.label for row in of_kind(forest_rows(found, treatment="metformin", order="q"), "refit")
    ]
    assert q == [found.studies[i] for i in np.argsort(found.q, kind="stable")]


def test_refits_say_on_which_study_it_hangs() -> None:
    """Without what nothing connects, and what turns the conclusion."""
    fit = network(barbell(), reference="a", model="common")
    found = fit.leave_one_out()
    record = forest_rows(found, treatment="x")
    assert "Without bridge nothing connects x and a" in notes_of(record)
    last = of_kind(record, "refit")[-1]
    assert (last.label, last.effect) == ("bridge", ("not estimable",))
    assert heads(record) == ["Q (df)"]
    turned = dict(forest_rows_of_turning(found))
    for treatment, studies in turned.items():
        told = notes_of(forest_rows(found, treatment=treatment))
        assert f"not so without {studies[0]}" in told
    assert turned
    chain = of_pairs(("a", "b", 0.1, 0.1), ("b", "c", 0.2, 0.1))
    with pytest.raises(InputError, match="nothing connects c and a"):
        forest_rows(network(chain, reference="a").leave_one_out(), treatment="c")


def forest_rows_of_turning(found: NetworkRefits) -> list[tuple[str, list[str]]]:
    """Return treatments with the studies on which their conclusion hangs."""
    names = dict.fromkeys(name for _, name in found.turning)
    return [(name, [s for s, other in found.turning if other == name]) for name in names]


def test_two_treatments_need_no_name() -> None:
    """The refits of a pool, with the lights of the studies that are left out."""
    pairs = of_pairs(*(("drug", "none", y, 0.1) for y in (0.1, 0.6, 0.4)))
    found = network(pairs, reference="none").leave_one_out()
    tool = find_tool("RoB2")
    judged = RiskOfBias(
        tool="RoB2",
        study=pairs.study,
        domains=tool.domains[:1],
        judgments=tuple(("low",) for _ in pairs.study),
    )
    record = forest_rows(found, bias=judged)
    rows = of_kind(record, "refit")
    assert all(("low",) in row.texts.values() for row in rows)
    two = pool(make.effects([0.6, 0.4], [0.1, 0.1])).estimate
    assert close(ends(rows[0]), [two.value, two.low, two.high], Tolerance(
        relative=1e-9, absolute=0, reason="two searches of tau²"))  # fmt: skip


@pytest.mark.parametrize(
    ("draw", "told"),
    [
        (lambda: forest_rows(refits()), "treatment= names whose effect against placebo"),
        (lambda: forest_rows(refits(), treatment="placebo"), "choose one of acarbose"),
        (lambda: forest_rows(refits(), treatment="metformine"), 'Did you mean "metformin"'),
        (lambda: forest_rows(refits(), treatment="metformin", better="lower"), "better= ranks"),
        (lambda: forest_rows(dated(), treatment="Budesonide"), "treatment= is for a network with"),
        (lambda: forest_rows(dated(), show="slope"), 'Did you mean "slopes"'),
        (lambda: forest_rows(dated(), show="slopes", better="lower"), "leave show= out"),
        (lambda: forest_rows(depression(), better="lower"), 'show="treatments"'),
        (lambda: forest_rows(depression(), models={"a": 1}), "not beside components"),
        (lambda: forest_rows(by_era(), better="lower"), r'fit\["level"\]'),
        (lambda: forest_rows(sparse(), show="treatments"), "show= is for ComponentFit, Network"),
        (lambda: forest_rows(sparse(), order="-p_score"), "needs better="),
        (lambda: forest_rows(senn2013()), "ma.network_graph"),  # type: ignore[arg-type]
        (lambda: forest_rows(counts("woods2010")), "ma.sparse_network"),  # type: ignore[arg-type]
    ],
)
def test_errors_name_the_argument_and_the_remedy(
    draw: Callable[[], ForestRows], told: str
) -> None:
    """What is not there is refused by name."""
    with pytest.raises((InputError, ChoiceError), match=told):
        draw()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_sets_them(layout: str) -> None:
    """Nothing overlaps and nothing is cut."""
    plots = [
        forest(depression(), layout=layout, theme="dark", favors=("Favors placebo", "Favors it")),
        forest(sparse("gurusamy2011"), layout=layout, better="lower"),
        forest(dated(), layout=layout, show="slopes", theme="gray"),
        forest(by_era(), layout=layout),
        forest(refits(), layout=layout, treatment="metformin"),
    ]
    assert [misplaced(plot) for plot in plots] == [([], [])] * len(plots)


def test_lines_stand_under_the_axis() -> None:
    """As wide as the page; the table ends where its rows do, and a pool keeps its lines in it."""
    record = forest_rows(by_era())
    page = forest_page(record)
    below = [row for row in record.rows if record.is_below(row)]
    assert [row.kind for row in below] == ["note"] * 3
    last = page.centers[len(record.rows) - len(below) - 1]
    assert page.bottom - last < 20
    first = next(word for word in page.words if word.text.startswith("Test of interaction"))
    assert first.y > page.bottom + 20
    inside = forest_page(replace(record, lines_below=False))
    assert inside.bottom > page.bottom + 30
    assert not forest_rows(make.bcg_fit()).lines_below
