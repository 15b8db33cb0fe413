"""effect_sizes of shipped contrasts by every measure: effects, or a refusal that names it."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest

import metaan as ma
from metaan.measures.row import EVENTS, MEANS, Swap
from metaan.measures.table import MEASURES
from metaan.trials.contrasting import NUMBERS
from tests.tolerance import EXACT, close
from tests.trials.builders import chosen

CARRIED = [key for key, row in MEASURES.items() if set(row.inputs) <= set(NUMBERS)]
BOTHERSOME = "BOTHERSOMENESS_0_10"
SHIPPED = {
    "means of one instrument": ("pain", "immediate", "sham"),
    "means of both directions": ("function", "immediate", "usual_care"),
    "counts": ("responder", "intermediate", "usual_care"),
}


@cache
def shipped(name):
    """Return contrasts of the shipped evidence."""
    outcome, term, control = SHIPPED[name]
    only = {"instrument": "VAS_0_100"} if name == "means of one instrument" else {}
    return chosen(outcome, term, **only).contrasts("acupuncture", control)


def effects_or_refusal(name, key, **options):
    """Return the effects, or None where a MetaanError that names the measure refuses them."""
    refusal = ""
    try:
        return ma.effect_sizes(shipped(name), key, mix_types=True, **options)
    except ma.MetaanError as error:
        refusal = str(error)
    assert re.search(rf"\b{key}\b", refusal), refusal
    return None


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("better", [None, "lower", "higher"])
@pytest.mark.parametrize("key", MEASURES)
def test_every_measure_gives_finite_effects_or_is_refused_by_name(key, better, name):
    """Never another exception; what is left out names the measure or the study's reason."""
    effects = effects_or_refusal(name, key, better=better)
    if effects is None:
        return
    assert key in CARRIED
    assert np.isfinite(effects.y).all()
    assert (effects.v > 0).all()
    assert effects.k or all(key in reason for reason in _reasons_of_pairs(effects, name))


def _reasons_of_pairs(effects, name):
    """Return why pairs that can be compared did not enter."""
    before = shipped(name).left_out
    return [item.reason for item in effects.left_out if item not in before]


@pytest.mark.parametrize("key", CARRIED)
def test_what_two_means_or_counts_give(key):
    """A measure of means has effects of means and none of counts, and the other way round."""
    of_means, of_counts = (effects_or_refusal(name, key) for name in ("means of one instrument",
                                                                      "counts"))  # fmt: skip
    assert of_means is not None
    assert of_counts is not None
    if set(MEASURES[key].inputs) == set(EVENTS):
        assert (of_means.k, bool(of_counts.k)) == (0, True)
    else:
        assert set(MEASURES[key].inputs) <= set(MEANS)
        assert (of_means.k, of_counts.k) == (5, 0)


@pytest.mark.parametrize("key", CARRIED)
def test_a_direction_turns_what_can_turn(key):
    """Asked for the worse direction, each effect is its turned self, or the measure refuses."""
    name, turn = "means of one instrument", MEASURES[key].turn
    plain, asked = effects_or_refusal(name, key), effects_or_refusal(name, key, better="higher")
    assert plain is not None
    if asked is None:
        assert turn is Swap.OTHER
        return
    assert asked.k == plain.k
    expected = {Swap.SIGN: -plain.y, Swap.COMPLEMENT: 1 - plain.y}.get(turn, plain.y)
    assert close(asked.y, expected, EXACT)
    assert close(asked.v, plain.v, EXACT)
    words = {Swap.SIGN: "sign turned so", Swap.COMPLEMENT: "turned round so"}.get(turn)
    said = [remark for remark in asked.remarks if remark.endswith(", ".join(plain.study))]
    assert [remark.split(" that")[0] for remark in said] == ([words] if words and plain.k else [])


@pytest.mark.parametrize("key", [key for key in MEASURES if key not in CARRIED and key != "GEN"])
def test_what_contrasts_do_not_carry_is_refused_up_front(key):
    """One refusal for all contrasts: what the measure needs, what is there, what to do."""
    for name in SHIPPED:
        with pytest.raises(ma.InputError, match=f"^{key} needs ") as raised:
            ma.effect_sizes(shipped(name), key)
        assert "give a table with these columns" in str(raised.value)


@pytest.mark.parametrize("key", CARRIED)
def test_only_a_standardized_difference_takes_a_printed_one_over_an_sd(key):
    """A named SD makes an SMD of a printed MD; no correlation, probability or ratio."""
    pairs = chosen("pain", instrument=BOTHERSOME).contrasts("acupuncture", "sham")
    effects = ma.effect_sizes(pairs, key, contrast_sd={BOTHERSOME: 2.4})
    if key in ("SMD", "SMDH"):
        assert close(effects.y, [0.34 / 2.4], EXACT)
    elif key == "MD":
        assert close(effects.y, [0.34], EXACT)
    else:
        assert effects.k == 0
        assert f"only a printed MD: no {key}" in [item.reason for item in effects.left_out]
