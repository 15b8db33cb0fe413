"""Forest plots of networks: treatments against the reference."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from metaan.core.errors import ChoiceError, InputError
from metaan.core.network_effects import NetworkEffects
from metaan.networks.fits.network import network
from metaan.networks.fits.network_fit import NetworkFit
from metaan.plots.forests.forest import forest
from metaan.plots.forests.layouts import LAYOUTS
from metaan.plots.forests.record import ForestRow
from metaan.plots.forests.rows import forest_rows, remarks_of
from metaan.univariate.pooling import pool
from tests.networks.pinned import effects, fitted, linde2016, matrix, net
from tests.plots import builders as make
from tests.plots.forest_subjects import notes_of, of_kind
from tests.plots.looking import misplaced
from tests.plots.reading import cells, heads
from tests.tolerance import Tolerance, close

PINNED = Tolerance(relative=1e-9, absolute=1e-12, reason="a solved system against R's 17 digits")


@cache
def senn() -> NetworkFit:
    """Return the diabetes network of Senn 2013, random effects, Wald, against placebo."""
    return replace(fitted("senn2013"), reference="placebo")


@cache
def depression() -> NetworkFit:
    """Return the depression network of Linde 2016 against placebo."""
    return network(linde2016(), reference="Placebo")


def named(rows: list[ForestRow]) -> dict[str, ForestRow]:
    """Return rows by their labels."""
    return {row.label: row for row in rows}


def test_rows_are_the_effects_that_r_has() -> None:
    """Every treatment but the reference, with R's limits."""
    rows = named(of_kind(forest_rows(senn()), "treatment"))
    names = [name for name in senn().treatments if name != "placebo"]
    assert list(rows) == names
    for ours, key in (("value", "TE.random"), ("low", "lower.random"), ("high", "upper.random")):
        found = [getattr(rows[name], ours) for name in names]
        pinned = matrix(net("senn2013")["netmeta_DL"][key], names, ["placebo"])[:, 0]
        assert close(found, pinned, PINNED)


def test_the_reference_stands_over_the_treatments() -> None:
    """As a header; studies that compare directly are counted from the contrasts."""
    record = forest_rows(senn())
    assert record.rows[0].label == "Against placebo"
    assert (record.label_head, heads(record)) == ("Treatment", ["Direct studies"])
    pairs = list(zip(senn().effects.treat1, senn().effects.treat2, strict=True))
    for row in of_kind(record, "treatment"):
        both = sum({one, other} == {row.label, "placebo"} for one, other in pairs)
        assert cells(record, row) == (str(both),)


def test_p_scores_order_the_treatments() -> None:
    """As R ranks them, the best first; the reference has its own."""
    record = forest_rows(senn(), better="lower")
    rows = of_kind(record, "treatment")
    told = [float(row.texts["p_score"][0]) for row in rows]
    assert told == sorted(told, reverse=True)
    pinned = net("senn2013")["pscore"]["desirable"]
    by_name = {**named(rows), "placebo": record.rows[0]}
    for name, score in zip(pinned["trts"], pinned["random"], strict=True):
        assert by_name[name].texts["p_score"] == (f"{score:.2f}",)
    turned = forest_rows(senn(), better="higher")
    assert [row.label for row in of_kind(turned, "treatment")] == [row.label for row in rows][::-1]


def test_the_order_is_the_callers() -> None:
    """By effect, name, direct studies or the treatments themselves."""
    fit = senn()
    names = [row.label for row in of_kind(forest_rows(fit), "treatment")]
    by_effect = of_kind(forest_rows(fit, order="effect"), "treatment")
    assert [row.value for row in by_effect] == sorted(fit.effect(name).value for name in names)
    by_name = of_kind(forest_rows(fit, order="-name"), "treatment")
    assert [row.label for row in by_name] == names[::-1]
    most = of_kind(forest_rows(fit, order="-studies"), "treatment")[0]
    assert most.label == "rosiglitazone"
    own = of_kind(forest_rows(fit, order=names[3:] + names[:3]), "treatment")
    assert [row.label for row in own] == names[3:] + names[:3]


def test_prediction_intervals_are_shown_when_asked_for() -> None:
    """One under each treatment; by default none."""
    fit = depression()
    assert of_kind(forest_rows(fit), "prediction") == []
    record = forest_rows(fit, prediction=True)
    rows = of_kind(record, "prediction")
    assert len(rows) == 21
    limits = fit.predict(of_kind(record, "treatment")[0].label)
    assert limits is not None
    assert (rows[0].low, rows[0].high) == (limits.low, limits.high)


def test_lines_under_the_treatments_say_how_much_they_differ() -> None:
    """Q, tau² and I² of the network, and the model; nothing to see by is said too."""
    told = notes_of(forest_rows(senn()))
    assert "Heterogeneity and inconsistency: Q = 96.9" in told
    assert "df = 18 (p < 0.001)" in told
    assert f"τ² = {senn().tau2:.3f}" in told
    assert "Random-effects network meta-analysis, τ² by DerSimonian-Laird" in told
    tree = NetworkEffects.from_arrays(
        [0.1, 0.2], se=[0.1, 0.1], study=["A", "B"], treat1=["x", "y"], treat2=["y", "z"]
    )
    bare = notes_of(forest_rows(network(tree)))
    assert "no degree of freedom is left" in bare
    common = notes_of(forest_rows(fitted("senn2013", model="common")))
    assert "Common-effect network meta-analysis; 95% CI by" in common
    assert "τ²" not in common


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("better", ["", "higher"])
def test_every_layout_sets_it(layout: str, better: str) -> None:
    """Nothing overlaps, nothing is cut; P-scores stand at the right end."""
    plot = forest(
        depression(), layout=layout, better=better, favors=("Favors placebo", "Favors treatment")
    )
    assert misplaced(plot) == ([], [])
    right = heads(plot.record, "right")
    assert right[-1:] == (["P-score"] if better else right[-1:])
    assert ("P-score" in right) is bool(better)
    assert not any("eight" in head for head in heads(plot.record) + right)


def test_two_treatments_are_one_row() -> None:
    """The least network there is, with its alt text."""
    pair = NetworkEffects.from_arrays(
        np.log([0.5, 0.8, 0.6]), se=[0.2, 0.3, 0.25], study=["A", "B", "C"],
        treat1=["drug"] * 3, treat2=["none"] * 3, scale="log", label="Risk ratio",
    )  # fmt: skip
    plot = forest(network(pair, reference="none"))
    (row,) = of_kind(plot.record, "treatment")
    mean = pool(make.effects(pair.y.tolist(), pair.v.tolist())).estimate
    assert row.value == pytest.approx(mean.value, rel=1e-9)
    assert plot.record.alt.startswith(
        "Forest plot of 1 treatment against none, from a network of 3 studies: Risk ratio of "
        "drug 0.58 (95% CI "
    )
    assert plot.data.set_index("kind").loc["treatment", "estimate"] == pytest.approx(
        float(np.exp(mean.value)), rel=1e-9
    )


def test_what_networks_do_not_have_is_refused() -> None:
    """By the name of the argument."""
    fit = senn()
    with pytest.raises(InputError, match="models stand beside a pool"):
        forest_rows(fit, models={"other": fit})
    with pytest.raises(InputError, match='"p_score" needs better=, one of lower, higher'):
        forest_rows(fit, right=["effect", "p_score"])
    with pytest.raises(InputError, match='"p_score" needs better='):
        forest_rows(fit, order="-p_score")
    with pytest.raises(ChoiceError, match='Did you mean "lower"'):
        forest_rows(fit, better="low")
    with pytest.raises(InputError, match="better= is for a network"):
        forest_rows(make.bcg_fit(), better="lower")
    with pytest.raises(ChoiceError, match="p_scores"):
        forest_rows(fit, better="lower", right=["p_scores"])


def test_remarks_of_the_network_are_footnotes() -> None:
    """Studies left out, repairs, cautions."""
    assert any("contradicted each other" in note for note in remarks_of(depression()))
    assert remarks_of(senn()) == ()
    assert effects("senn2013").remarks == ()


def test_columns_may_be_chosen() -> None:
    """Direct studies at the right, effects alone."""
    record = forest_rows(senn(), left=[], right=["studies", "effect"])
    assert heads(record, "right") == ["Direct studies", "Effect (95% CI)"]
    assert heads(record) == []


@pytest.mark.parametrize("better", ["", "lower"])
@pytest.mark.parametrize("reference", senn().treatments)
def test_any_treatment_may_be_the_reference(reference: str, better: str) -> None:
    """The figure of the same network fitted with that reference, but for the order of names."""
    found = forest_rows(senn(), reference=reference, better=better, prediction=True)
    again = network(effects("senn2013"), reference=reference, tau2="DL", inference="WALD")
    own = forest_rows(again, better=better, prediction=True)
    assert [row.label for row in found.rows] == [row.label for row in own.rows]
    assert [row.texts for row in found.rows] == [row.texts for row in own.rows]
    for ours, theirs in zip(found.rows, own.rows, strict=True):
        for number in ("value", "low", "high"):
            assert getattr(ours, number) == pytest.approx(
                getattr(theirs, number), rel=1e-9, abs=1e-12, nan_ok=True
            )
    assert found.alt == own.alt


def test_a_reference_is_a_treatment_of_a_network() -> None:
    """The nearest name is offered; refits and splits have theirs."""
    fit = senn()
    with pytest.raises(ChoiceError, match='Did you mean "metformin"'):
        forest_rows(fit, reference="metformine")
    for other in (fit.node_splits(), fit.leave_one_out(), make.bcg_fit()):
        with pytest.raises(InputError, match="reference= is for the treatments of a network"):
            forest_rows(other, reference="metformin")


def test_p_values_are_a_column_where_they_are_asked_for() -> None:
    """Those of the fit, as the layout writes p; rows may stand in their order."""
    fit = senn()
    assert "p" not in heads(forest_rows(fit), "right")
    record = forest_rows(fit, right=["effect", "p"], order="p")
    assert heads(record, "right")[1:] == ["p"]
    (column,) = [each for each in record.columns if each.head == "p"]
    rows = of_kind(record, "treatment")
    p = [fit.against()[row.label].p_value for row in rows]
    assert p == sorted(p)
    told = [row.cell(column)[0] for row in rows]
    assert told[0] == "< 0.001"
    plain = [(text, x) for text, x in zip(told, p, strict=True) if not text.startswith("<")]
    assert [float(text) for text, _ in plain] == pytest.approx([x for _, x in plain], abs=0.006)
    british = forest_rows(fit, right=["p"], layout="BMJ")
    assert any(row.texts.get("p", ("",))[0].startswith("<") for row in british.rows)
