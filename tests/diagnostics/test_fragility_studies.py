"""The fewest studies that turn a conclusion: against every subset, one by one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

import metaan as ma
from metaan.core.errors import InputError
from metaan.diagnostics.fragility.studies import fewest_studies
from tests.reference.pinned import columns
from tests.tolerance import SOLVED, close

FOUR = ma.Effects.from_arrays([0.10, 0.30, 0.55, 0.71], se=[0.12, 0.20, 0.18, 0.25])
WAYS = ({"model": "common"}, {"tau2": "DL", "inference": "WALD"}, {})


def bcg() -> ma.Effects:
    """Return the risk ratios of the BCG trials."""
    data = columns("dat.bcg")
    return ma.effect_sizes(
        {
            "study": [f"S{i}" for i in range(13)],
            "events1": data["tpos"],
            "n1": data["tpos"] + data["tneg"],
            "events2": data["cpos"],
            "n2": data["cpos"] + data["cneg"],
        },
        "RR",
    )


def every_set(effects: ma.Effects, size: int, **how: object) -> set[tuple[str, ...]]:
    """Return all sets of that size whose removal turns significance, pooled one by one."""
    own = ma.pool(effects, **how).estimate  # type: ignore[arg-type]
    before = own.low > 0 or own.high < 0
    found = set()
    for out in combinations(range(effects.k), size):
        stay = [i for i in range(effects.k) if i not in out]
        left = ma.pool(effects.take(stay), **how).estimate  # type: ignore[arg-type]
        if (left.low > 0 or left.high < 0) != before:
            found.add(tuple(effects.study[i] for i in out))
    return found


@pytest.mark.parametrize("how", WAYS)
def test_all_smallest_sets_are_found(how: dict[str, object]) -> None:
    """No smaller set turns it, and all sets of the size are listed."""
    found = fewest_studies(ma.pool(FOUR, **how))  # type: ignore[arg-type]
    for size in range(1, found.number or 3):
        assert every_set(FOUR, size, **how) == set()
    if found.number is not None:
        assert set(found.removed) == every_set(FOUR, found.number, **how)
    assert found.exact


def test_bcg_with_its_numbers() -> None:
    """13 trials by REML and Hartung-Knapp: three turn nothing, five sets of four do."""
    effects = bcg()
    found = fewest_studies(ma.pool(effects))
    assert found.number == 4
    assert len(found.removed) == 5
    for i, names in enumerate(found.removed):
        stay = [j for j, name in enumerate(effects.study) if name not in names]
        own = ma.pool(effects.take(stay)).estimate
        assert close([found.value[i], found.high[i]], [own.value, own.high], SOLVED)
    assert list(found.high) == sorted(found.high, reverse=True)
    assert not every_set(effects, 1)


def test_beyond_the_sets_it_goes_step_by_step() -> None:
    """An upper bound, said so."""
    whole = fewest_studies(ma.pool(bcg()))
    bound = fewest_studies(ma.pool(bcg()), sets=20)
    assert whole.number is not None
    assert bound.number is not None
    assert bound.number >= whole.number
    assert not bound.exact
    assert len(bound.removed) == 1
    assert "a smaller set is possible" in bound.sentence()


def test_counts_and_values_of_ones_own() -> None:
    """Mantel-Haenszel; against 0.8 fewer studies turn it than against 1."""
    data = columns("dat.bcg")
    counts = ma.counts(
        {
            "study": [f"S{i}" for i in range(13)],
            "events1": data["tpos"],
            "nonevents1": data["tneg"],
            "events2": data["cpos"],
            "nonevents2": data["cneg"],
        }
    )
    fit = ma.mantel_haenszel(counts, "RR")
    found, nearer = fewest_studies(fit), fewest_studies(fit, against=0.8)
    assert found.number is not None
    assert nearer.number is not None
    assert nearer.number <= found.number
    stay = [i for i, name in enumerate(counts.study) if name not in found.removed[0]]
    own = ma.mantel_haenszel(counts.take(stay), "RR").estimate
    assert close(found.high[0], own.high, SOLVED)


def test_nothing_turns_it() -> None:
    """Studies that agree: all sets were tried, and none does."""
    effects = ma.Effects.from_arrays([1.0, 1.1, 0.9, 1.05], se=[0.1, 0.1, 0.1, 0.1])
    found = fewest_studies(ma.pool(effects, model="common"))
    assert found.number is None
    assert found.exact
    assert found.tried == 2
    assert np.isnan(found.quotient)
    assert "no set of studies was found" in found.sentence()
    assert len(found.to_frame()) == 0


def test_weights_of_ones_own_go_along() -> None:
    """Given weights, as a pool of the others with theirs."""
    w = [4.0, 1.0, 2.0, 1.0]
    fit = ma.pool(FOUR, model="common", weights=w)
    found = fewest_studies(fit)
    assert found.number is not None
    stay = [i for i, name in enumerate(FOUR.study) if name not in found.removed[0]]
    own = ma.pool(FOUR.take(stay), model="common", weights=[w[i] for i in stay]).estimate
    assert close([found.value[0], found.low[0]], [own.value, own.low], SOLVED)


def test_faults_are_named() -> None:
    """Two studies, no pool, a level without a null, an estimate at the value."""
    two = ma.pool(FOUR.take([0, 1]), model="common")
    with pytest.raises(InputError, match="needs 3 studies or more"):
        fewest_studies(two)
    with pytest.raises(InputError, match="fewest_studies needs a pool"):
        fewest_studies(FOUR)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="sets=0 must be a whole number"):
        fewest_studies(ma.pool(FOUR), sets=0)
    table = {"study": ["A", "B", "C"], "events": [3, 4, 5], "n": [10, 12, 20]}
    shares = ma.pool(ma.effect_sizes(table, "PLO"), model="common")
    with pytest.raises(InputError, match="give against="):
        fewest_studies(shares)
    assert fewest_studies(shares, against=0.5).conclusion.side in (-1, 0, 1)
    level = ma.Effects.from_arrays([-1.0, 0.0, 1.0], se=[1.0, 1.0, 1.0])
    with pytest.raises(InputError, match="on neither side of it"):
        fewest_studies(ma.pool(level, model="common"), conclusion="estimate")
