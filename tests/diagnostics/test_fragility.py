"""The fragility index: against loops in plain Python, brute force, R's pools and laws."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import metaan as ma
from metaan.core.errors import ChoiceError, InputError
from metaan.diagnostics.fragility.events import fragility
from metaan.diagnostics.fragility.events_record import ANY, CONTROL, TREATMENT, Fragility
from tests.diagnostics import fragility_naive as naive
from tests.reference.pinned import pins
from tests.tolerance import EXACT, close

THREE = [(10, 100, 22, 100), (22, 150, 38, 150), (6, 60, 11, 62)]
APART = [(12, 100, 10, 100), (9, 80, 16, 80), (0, 40, 4, 44)]
WAYS = {"common": {"model": "common"}, "DL": {"tau2": "DL", "inference": "WALD"}}


def frame(tables: list[naive.Table]) -> dict[str, list[object]]:
    """Return tables as a table of columns."""
    names = ("events1", "n1", "events2", "n2")
    columns: dict[str, list[object]] = {"study": [f"T{i}" for i in range(len(tables))]}
    return columns | {name: [t[j] for t in tables] for j, name in enumerate(names)}


def pooled(tables: list[naive.Table], measure: str, way: str) -> ma.PooledFit:
    """Return the pool of tables."""
    return ma.pool(ma.effect_sizes(frame(tables), measure), **WAYS[way])


@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("tables", [THREE, APART])
def test_the_search_is_the_published_one(
    tables: list[naive.Table], measure: str, way: str
) -> None:
    """Zero cells, both directions, tau² estimated again: as loops over single tables find it."""
    found = fragility(pooled(tables, measure, way), sets=0)
    expected = naive.iterative(tables, measure, varying=way == "DL")
    assert found.index == found.iterative == expected
    assert not found.exact or expected == 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("measure", ["OR", "RD"])
def test_the_minimum_is_that_of_brute_force(measure: str, way: str) -> None:
    """Every smaller set of turned outcomes is tried."""
    tables = [(3, 40, 12, 41), (5, 60, 9, 58)]
    found = fragility(pooled(tables, measure, way))
    expected = naive.smallest(tables, measure, varying=way == "DL", most=5)
    assert found.exact
    assert found.index == expected


def test_indices_are_those_of_pools_by_r() -> None:
    """The published search in R around metafor's rma, on data sets of metadat."""
    reference = pins("fragility")
    for name, record in reference["data"].items():
        tables = list(zip(*(record[x] for x in ("ai", "n1", "ci", "n2")), strict=True))
        for key, expected in record["index"].items():
            measure, way = key.split(":")
            fit = pooled(tables, measure, way)
            found = fragility(fit, sets=0, most=reference["most"])
            assert found.iterative == expected, (name, key)


def test_every_path_ends_across_the_value() -> None:
    """The record's last pool has another conclusion, the one before has not, and it adds up."""
    fit = pooled(THREE, "RR", "DL")
    found = fragility(fit)
    assert found.index is not None
    assert (found.high[:-1] < 0).all()
    assert found.high[-1] >= 0
    tables = THREE
    for each in found.changes:
        place = int(each.study[1:]), (TREATMENT, CONTROL).index(each.group), each.change
        changed = naive.moved(tables, place)
        assert changed is not None
        tables = changed
    again = pooled(tables, "RR", "DL").estimate
    assert close([found.value[-1], found.high[-1]], [again.value, again.high], EXACT)
    assert found.quotient == found.index / 622
    assert sum(abs(change) for _, _, change in found.by_group) == found.index


@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
def test_mantel_haenszel_and_peto_are_made_again(measure: str) -> None:
    """After each change the counts give what the method gives for them from the start."""
    counts = ma.counts(frame(THREE))
    fits = [ma.mantel_haenszel(counts, measure), ma.peto(counts)]
    methods = [partial(ma.mantel_haenszel, measure=measure), ma.peto]
    for fit, method in zip(fits, methods, strict=True):
        found = fragility(fit)
        assert found.index is not None
        tables = [list(table) for table in THREE]
        for study, group, change in found.by_group:
            tables[int(study[1:])][2 * (TREATMENT, CONTROL).index(group)] += change
        again = method(ma.counts(frame(tables))).estimate
        assert close([found.low[-1], found.high[-1]], [again.low, again.high], EXACT)
        assert (again.high < 0) != (fit.estimate.high < 0)


def test_random_mantel_haenszel_is_made_again() -> None:
    """tau² about the Mantel-Haenszel estimate, zero cells corrected in the studies' effects."""
    fit = ma.mantel_haenszel(ma.counts(frame(APART)), "RR", model="random")
    found = fragility(fit)
    assert found.index is not None
    tables = [list(table) for table in APART]
    for study, group, change in found.by_group:
        tables[int(study[1:])][2 * (TREATMENT, CONTROL).index(group)] += change
    again = ma.mantel_haenszel(ma.counts(frame(tables)), "RR", model="random").estimate
    assert close([found.low[-1], found.high[-1]], [again.low, again.high], EXACT)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(*[st.integers(1, 29)] * 2), min_size=2, max_size=4))
@pytest.mark.filterwarnings("ignore::metaan.core.errors.EmptyIntervalWarning")
def test_laws(events: list[tuple[int, int]]) -> None:
    """Swapped arms and another order of studies leave a proved index; freedom cannot raise it."""
    tables = [(a, 30, b, 30) for a, b in events]
    fit = pooled(tables, "OR", "common")
    found = fragility(fit, sets=2000)
    swapped = fragility(pooled([(c, m, a, n) for a, n, c, m in tables], "OR", "common"), sets=2000)
    turned = fragility(pooled(tables[::-1], "OR", "common"), sets=2000)
    for other in (swapped, turned):
        if found.exact and other.exact:
            assert found.index == other.index
    freer = fragility(fit, moves=ANY, sets=2000)
    if found.exact and freer.exact and found.index is not None:
        assert freer.index is not None
        assert freer.index <= found.index


def test_other_effects_take_their_formula() -> None:
    """Arcsine differences by the function that made them; a wrong one is refused."""
    effects = ma.effect_sizes(frame(THREE), "AS")
    fit = ma.pool(effects, model="common")
    found = fragility(fit, formula=ma.MEASURES["AS"].function)
    assert found.index is not None
    with pytest.raises(InputError, match="give formula="):
        fragility(fit)
    with pytest.raises(InputError, match="does not give the effects of this fit"):
        fragility(fit, formula=ma.MEASURES["OR"].function)


def test_every_study_corrected_is_recognized() -> None:
    """0.5 added everywhere is found out from the effects themselves."""
    effects = ma.effect_sizes(frame(THREE), "OR", to="all")
    found = fragility(ma.pool(effects, model="common"))
    given = fragility(
        ma.pool(effects, model="common"), formula=partial(ma.MEASURES["OR"].function, to="all")
    )
    assert found.changes == given.changes


def test_a_value_of_ones_own() -> None:
    """Against 0.8 fewer outcomes are needed than against 1, or it includes it already."""
    fit = pooled(THREE, "RR", "common")
    near, far = fragility(fit, against=0.8), fragility(fit)
    assert near.conclusion.side == -1
    assert near.index is not None
    assert far.index is not None
    assert near.index < far.index
    sign = fragility(fit, conclusion="estimate")
    assert sign.index is not None
    assert sign.index > far.index


def test_nothing_turns_it() -> None:
    """With the search cut short there is no index, and the texts say so."""
    found = fragility(pooled(THREE, "RR", "common"), most=3)
    assert found.index is None
    assert np.isnan(found.quotient)
    assert len(found.to_frame()) == 0
    assert "No number of turned outcomes, each moving the effect of its trial" in found.sentence()


def test_the_words_name_the_restriction() -> None:
    """The published moves need two outcomes here, moves in any direction one."""
    tables = [(7, 9, 1, 14), (19, 26, 8, 23)]
    fit = pooled(tables, "OR", "DL")
    found, freer = fragility(fit), fragility(fit, moves=ANY)
    assert (found.index, freer.index) == (2, 1)
    assert "each moving the effect of its trial toward another conclusion" in found.sentence()
    assert "all smaller sets of outcomes so turned were tried" in found.sentence()
    assert any('moves="any"' in each for each in found.remarks)
    assert "toward another conclusion" not in freer.sentence()
    assert not freer.remarks
    assert "no smaller number than 1" in freer.sentence()


def test_the_words_are_of_the_search_that_found_it() -> None:
    """One at a time it takes eight; all smaller sets were tried, and six are enough."""
    found = fragility(pooled([(12, 16, 11, 18), (7, 13, 8, 8)], "OR", "DL"), moves=ANY)
    assert (found.iterative, found.index, found.exact) == (8, 6, True)
    assert "All smaller sets were tried, and none turns it; turned one at a time" in (
        found.sentence()
    )
    assert found.sentence().endswith("it takes 8.")


def test_every_fault_is_named() -> None:
    """Of all options at once."""
    with pytest.raises(InputError) as caught:
        fragility(pooled(THREE, "RR", "common"), most=-1, sets=1.5, moves="x", conclusion="q")  # type: ignore[arg-type]
    for fault in ("most=-1", "sets=1.5", "moves='x'", "conclusion='q'"):
        assert fault in str(caught.value)


def test_faults_are_named() -> None:
    """What has no tables, no such option, or is not its own pool."""
    plain = ma.pool(ma.Effects.from_arrays([0.1, 0.4], se=[0.1, 0.2]), model="common")
    with pytest.raises(InputError, match="no column events1, n1, events2 and n2"):
        fragility(plain)
    fit = pooled(THREE, "RR", "common")
    with pytest.raises(ChoiceError, match="moves='all' is not a kind of change"):
        fragility(fit, moves="all")
    with pytest.raises(ChoiceError, match="a kind of conclusion"):
        fragility(fit, conclusion="p")
    with pytest.raises(InputError, match="most=-1 must be a whole number"):
        fragility(fit, most=-1)
    with pytest.raises(InputError, match="against=0 cannot be an effect on the log scale"):
        fragility(fit, against=0)
    with pytest.raises(InputError, match="needs a pool of two groups with events"):
        fragility("fit")  # type: ignore[arg-type]
    times = ma.counts({"study": ["A"], "events1": [3], "time1": [9.0], "events2": [1],
                       "time2": [9.0]})  # fmt: skip
    with pytest.raises(InputError, match="counted over person-time"):
        fragility(ma.mantel_haenszel(times, "IRR"))


def test_texts() -> None:
    """Summary, sentence and table say the same."""
    found: Fragility = fragility(pooled(THREE, "RR", "common"))
    assert str(found).startswith("Fragility index 12 (the 95% CI lies below 1)")
    assert "12 of 622 participants (1.9%" in found.sentence()
    assert "12 events more in the treatment group of T1" in found.sentence()
    assert "all smaller sets of outcomes so turned were tried" in found.sentence()
    assert "moving the effect of its trial toward another conclusion" in str(found)
    assert found.references[0].startswith("Atal I")
    table = found.to_frame()
    assert table["change"].sum() == 12
    assert table["high"].iloc[-1] == pytest.approx(np.exp(found.high[-1]))
    assert "Fragility index 12" in found._repr_html_()
