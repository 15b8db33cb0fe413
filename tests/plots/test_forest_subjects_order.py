"""The order of the studies, other models under the total, and what cannot be drawn."""

from __future__ import annotations

import numpy as np
import pytest

import metaan as ma
from metaan.plots.forests.rows import forest_rows
from metaan.plots.forests.subjects import SUBJECTS
from tests.plots import builders as make
from tests.plots.forest_subjects import (
    NAMES,
    YEARS,
    bcg,
    bcg_counts,
    bcg_fit,
    dersimonian_laird,
    notes_of,
    of_kind,
)


def labels(record):
    """Return the labels of the studies from the top."""
    return [row.label for row in of_kind(record, "study")]


def sorted_names(values, *, reverse=False):
    """Return the names in the order of these values; ties as they stand."""
    return [NAMES[i] for i in sorted(range(len(NAMES)), key=values.__getitem__, reverse=reverse)]


def test_studies_are_ordered_by_their_numbers():
    """Effects upwards, weights and years downwards; the weights stay with their studies."""
    fit = ma.pool(bcg())
    assert labels(forest_rows(fit, order="effect")) == sorted_names(bcg().y.tolist())
    record = forest_rows(fit, order="-weight")
    assert labels(record) == sorted_names(fit.weights.tolist(), reverse=True)
    drawn = [row.weight for row in of_kind(record, "study")]
    assert drawn == sorted(drawn, reverse=True)
    assert labels(forest_rows(fit, order="-year")) == sorted_names(YEARS, reverse=True)


def test_an_order_may_be_told_by_place_or_label():
    """Every study once, each in its own way."""
    told = [*range(12, 0, -1), NAMES[0]]
    assert labels(forest_rows(bcg(), order=told)) == NAMES[::-1]
    assert labels(forest_rows(bcg(), order=np.arange(13)[::-1])) == NAMES[::-1]


def test_studies_without_a_value_go_last_either_way_round():
    """Words are ordered by their letters, numbers in words as numbers."""
    columns = {"arm": ["b", None, "A", ""], "n": ["10", "9", "", "8"]}
    effects = make.effects(
        [1, 2, 3, 4], [1] * 4, study=["one", "two", "three", "four"], columns=columns
    )
    assert labels(forest_rows(effects, order="arm")) == ["three", "one", "two", "four"]
    assert labels(forest_rows(effects, order="-n")) == ["one", "two", "four", "three"]


def test_subgroups_keep_their_studies_in_order():
    """Years rise within every block, and each study stays in its own."""
    record = forest_rows(bcg_fit("subgroups"), order="year")
    assert "One τ² for all subgroups" in notes_of(record)
    years = dict(zip(NAMES, YEARS, strict=True))
    blocks: dict[str, list[int]] = {}
    for row in of_kind(record, "study"):
        blocks.setdefault(row.group, []).append(years[row.label])
    assert list(blocks) == ["Alloc: random", "Alloc: alternate", "Alloc: systematic"]
    assert [len(block) for block in blocks.values()] == [7, 2, 4]
    assert all(block == sorted(block) for block in blocks.values())


def test_studies_without_an_effect_are_ordered_last():
    """A study that is not estimable has no place among effects."""
    record = forest_rows(bcg_fit("Peto"), order="-effect")
    assert of_kind(record, "study")[-1].effect == ("not estimable",)


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ("yeer", 'choose from effect, weight, .*year.*Did you mean "year"'),
        ([0, 0, 99], "99 is no study; Aronson 1948 comes twice; Ferguson .* is not in it"),
        (5, "must be a column, one of effect, weight"),
        ([True], "True is no study"),
        ("mixed", "cannot be compared"),
    ],
)
def test_a_wrong_order_is_named_with_its_faults(order, words):
    """Each message says what there is instead."""
    mixed = [1, (2,), *range(11)]
    effects = make.effects(
        bcg().y.tolist(), bcg().v.tolist(), study=NAMES, columns={"year": YEARS, "mixed": mixed}
    )
    with pytest.raises(ma.InputError, match=words):
        forest_rows(effects, order=order)


def test_other_models_stand_under_the_total():
    """Each has a diamond of its own numbers and a line with its words."""
    models = {
        "Common effect": ma.pool(bcg(), model="common"),
        "DerSimonian-Laird": ma.pool(bcg(), tau2="DL", inference="WALD"),
        "Mantel-Haenszel": ma.mantel_haenszel(bcg_counts(), "RR"),
    }
    record = forest_rows(ma.pool(bcg()), models=models)
    kinds = [row.kind for row in record.rows[13:]]
    assert kinds[:5] == ["total", "prediction", "model", "model", "model"]
    rows = of_kind(record, "model")
    assert [row.label for row in rows] == list(models)
    weights = 1 / bcg().v
    assert rows[0].value == pytest.approx(float(weights @ bcg().y / weights.sum()), rel=1e-12)
    mean, _ = dersimonian_laird(bcg().y.tolist(), bcg().v.tolist())
    assert rows[1].value == pytest.approx(mean, rel=1e-12)
    assert "Common effect; 95% CI" in notes_of(record)
    assert "Common effect: " not in notes_of(record)
    assert "Mantel-Haenszel: " not in notes_of(record)
    assert "DerSimonian-Laird: random effects, τ² by DerSimonian-Laird" in notes_of(record)
    assert dict(rows[0].texts) == {}


def test_models_may_stand_under_studies_that_nobody_pooled():
    """The studies alone, then the pools; and those of counts beside theirs."""
    record = forest_rows(bcg(), models={"REML": ma.pool(bcg())})
    assert [row.kind for row in record.rows[12:15]] == ["study", "model", "note"]
    counts = bcg_counts(zeros=True)
    other = {"Inverse variance": ma.pool(counts.effects["OR"])}
    assert of_kind(forest_rows(bcg_fit("Peto"), models=other), "model")[0].label == (
        "Inverse variance"
    )


def wrong_models():
    """Return models that do not belong to the figure, and what is said of them."""
    others = make.effects(bcg().y.tolist(), (2 * bcg().v).tolist(), study=NAMES, scale=bcg().scale)
    return [
        ({"few": ma.pool(bcg().take([0, 1]))}, "few: it lacks .* and 8 others"),
        ({"OR": ma.pool(bcg_counts().effects["OR"])}, "it pools Odds ratio .*has Risk ratio"),
        ({"RD": ma.pool(bcg_counts().effects["RD"])}, "Risk difference .identity.*Risk ratio"),
        ({"slope": bcg_fit("regression")}, "RegressionFit is none of PooledFit"),
        ({"slope": bcg_fit("robust regression")}, "has no mean of its own"),
        ({"wide": ma.pool(bcg(), level=0.9)}, "limits are of 90%, the figure's of 95%"),
        ({"other": ma.pool(others)}, "same names, but other effects"),
        ({"a": 1, "b": 2}, "a: a int is none.*b: a int"),
        (ma.pool(bcg()), "pools by the names of their rows.*got PooledFit"),
    ]


@pytest.mark.parametrize("place", range(9))
def test_models_of_other_studies_are_refused(place):
    """The reason says what differs."""
    models, words = wrong_models()[place]
    with pytest.raises(ma.InputError, match=words):
        forest_rows(ma.pool(bcg()), models=models)


@pytest.mark.parametrize("strange", [3, "a text", None, [1, 2], {"a": [3]}, {"a": 4}])
def test_what_cannot_be_drawn_is_told_what_can(strange):
    """The message lists every type."""
    with pytest.raises(ma.InputError) as caught:
        forest_rows(strange)
    assert all(each.__name__ in str(caught.value) for each in SUBJECTS)
    assert "PublishedPool" in str(caught.value)


def test_an_umbrella_takes_neither_order_nor_models():
    """They would be of studies, of which it has none."""
    pools = [make.published(-9.2, -13.8, -4.6)]
    with pytest.raises(ma.InputError, match="order= is for studies"):
        forest_rows(pools, order="effect")
    with pytest.raises(ma.InputError, match="models= is for studies"):
        forest_rows(pools, models={"REML": ma.pool(bcg())})
