"""Multiverse: shares, words, tables, parts that print themselves."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.diagnostics.specifications.choices import reader_option, without_each
from metaan.diagnostics.specifications.models import DEFENSIBLE_MODELS
from metaan.diagnostics.specifications.multiverse import multiverse
from metaan.diagnostics.specifications.multiverse_record import Multiverse
from metaan.diagnostics.specifications.shares import share
from metaan.trials.effects import effect_sizes
from metaan.univariate.pooling import pool
from tests.diagnostics.multiverse_cases import BCG, CHOICES, NAMES, bcg
from tests.tolerance import EXACT, SOLVED, close


@pytest.fixture(scope="module", name="found")
def _found() -> Multiverse:
    return multiverse(lambda shift: bcg(shift=shift), CHOICES, important=1.25)


def test_shares_are_counted_and_not_what_is_left() -> None:
    """One interval of three below no effect and two above: none includes it, not -1e-16."""
    effects = Effects.from_arrays([1.0, 1.1, 1.2], [0.01, 0.01, 0.01])
    found = multiverse(
        lambda sign: replace(effects, y=sign * effects.y), {"sign": [-1.0, 1.0, 2.0]}
    )
    assert found.curves[0].crossing == 0.0
    assert "included 0 in 0%" in found.sentence()
    assert "; 0% include 0" in found.summary()


def test_intervals_that_exclude_no_effect_by_option() -> None:
    """The share under each option, against loops; said where a choice changes it by much."""
    choices = {"shift": [0.0, 0.5, 0.1], "tau2": ["REML", "DL"], "inference": ["HKSJ", "WALD"],
               "one": [1]}  # fmt: skip
    effects = bcg().take(np.arange(6))
    found = multiverse(lambda shift, one: replace(effects, y=effects.y + one * shift), choices)
    (curve,) = found.curves
    assert [each.choice for each in curve.excluding] == list(choices)
    for each in curve.excluding:
        for label, part in zip(each.options, each.shares, strict=True):
            own = [i for i in range(found.n) if found.options(i)[each.choice] == label]
            assert part == sum(found.high[i] < 0 or found.low[i] > 0 for i in own) / len(own)
    spread = {each.choice: each.spread for each in curve.excluding}
    assert spread["inference"] > 0.2 > spread["tau2"]
    kind = curve.excluding[2]
    assert (kind.lowest[0], kind.highest[0]) == ("HKSJ", "WALD")
    text = found.sentence()
    assert "by 3 choices (shift, estimator of tau² and kind of interval)" in text
    low, high = map(share, kind.shares)
    assert f"the kind of interval ({low} with Hartung-Knapp, {high} with Wald)" in text
    assert "excluding 1 by kind of interval" in found.summary()
    common = multiverse(lambda: effects, {"model": ["common", "random"], "tau2": ["DL", "PM"]})
    assert [each.options for each in common.curves[0].excluding][1] == ("DL", "PM")


def test_what_the_variance_is_due_to() -> None:
    """All, nearly all, most or a part of it."""
    effects = bcg()
    assert "All of the variance between estimates was due to the estimator of tau² [4]" in (
        multiverse(lambda: effects, {"tau2": ["REML", "SJ"]}).sentence()
    )
    big = multiverse(bcg, {"shift": [0.0, 2.0], "tau2": ["REML", "DL"]})
    assert "Nearly all of the variance between estimates was due to shift (>99.9%)" in (
        big.sentence()
    )
    halves = {name: [0.0, 1.0] for name in "abcdefgh"}
    many = multiverse(lambda **own: replace(effects, y=effects.y + sum(own.values())), halves)
    assert "A part of the variance between estimates was due to a (12.5%), b" in many.sentence()
    one = multiverse(lambda: effects, {})
    assert "analyzed [1] [2] [3]: 1 specification, which is 1 distinct analysis." in one.sentence()


def test_parts_of_the_record_print_short(found: Multiverse) -> None:
    """No addresses of functions."""
    parts = repr((found.curves, found.curves[0].explained, found.choices))
    assert "0x" not in parts
    assert "<Curve Risk ratio: 96 specifications, median 0." in parts
    assert "<Explained tau2, 7 options: " in parts
    assert "<Choice studies: all studies; random; no Madras>" in parts


def test_levels_without_a_null_value_have_no_sides() -> None:
    """A proportion is on no side of anything, and has no important distance."""
    table = {"study": NAMES, "events": BCG["tpos"], "n": BCG["tpos"] + BCG["tneg"]}
    found = multiverse(lambda: effect_sizes(table, "PLO"), {"tau2": ["DL", "PM"]})
    (curve,) = found.curves
    assert np.isnan(curve.null.below)
    assert np.isnan(curve.crossing)
    assert curve.excluding == ()
    assert np.isnan(found.log_p_value).all()
    assert "against" not in found.summary()
    with pytest.raises(InputError, match="has no null value"):
        found.inference()
    with pytest.raises(InputError, match="has no null value"):
        multiverse(lambda: effect_sizes(table, "PLO"), {}, important=0.1)
    with pytest.raises(InputError, match="read at the size of each analysis"):
        multiverse(lambda: effect_sizes(table, "PFT"), {})


def test_specifications_are_found_by_their_options(found: Multiverse) -> None:
    """Choices that are not named are the main ones; what is not there is refused."""
    i = found.find({"studies": "no Madras", "model": "common"})
    assert found.options(i)["tau2"] == ""
    assert found.k[i] == 12
    with pytest.raises(InputError, match="no specification has the options"):
        found.find({"tau2": "DL", "inference": "KR"})
    with pytest.raises(ChoiceError, match="is not a choice"):
        found.find({"estimator": "DL"})
    with pytest.raises(ChoiceError, match="is not an option"):
        found.find({"tau2": "dl"})


def test_each_study_left_out() -> None:
    """The same estimates as pools without each study."""
    whole = bcg()
    each = multiverse(bcg, {"studies": without_each(whole), "tau2": ["DL"]})
    values = [pool(whole.take(np.arange(13) != i), tau2="DL").estimate.value for i in range(13)]
    assert close(each.value[1:], values, EXACT)


def test_words_and_table(found: Multiverse) -> None:
    """What a reader is told."""
    table = found.to_frame()
    assert len(table) == found.n
    assert list(table)[:5] == list(CHOICES)
    assert table.groupby("studies", observed=True)["k"].first().to_dict() == {
        "all studies": 13, "random": 7, "no Madras": 12,
    }  # fmt: skip
    assert "against 0.80 and 1.25" in found.summary()
    assert "model and estimator of tau² share" in repr(found)
    text = found.sentence()
    named = "shift, studies, model, estimator of tau² and kind of interval"
    assert f"96 specifications, by 5 choices ({named})" in text
    assert "included 1 in" in text
    assert len(found.references) == 4
    assert "<table" in found._repr_html_()
    assert found.value.flags.writeable is found.codes.flags.writeable is False


def test_the_ready_made_models_all_exist() -> None:
    """Every estimator goes with every inference."""
    found = multiverse(bcg, DEFENSIBLE_MODELS)
    assert found.n == len(list(product(*DEFENSIBLE_MODELS.values())))
    assert not found.undefined


def test_scales_far_from_one() -> None:
    """Effects a million times as large or small have the same shares of variance."""
    for size in (1e-9, 1e9):

        def made(shift: float, size: float = size) -> Effects:  # fmt: skip
            e = bcg(shift=shift)
            return Effects.from_arrays(e.y * size, e.v * size**2, study=tuple(e.study))

        found = multiverse(made, {"shift": [0.0, 0.3], "tau2": ["REML", "DL"]})
        ours = multiverse(
            lambda shift: made(shift, 1.0), {"shift": [0.0, 0.3], "tau2": ["REML", "DL"]}
        )
        assert close(found.value / size, ours.value, SOLVED)
        assert close(
            [each.shapley for each in found.curves[0].explained],
            [each.shapley for each in ours.curves[0].explained],
            SOLVED,
            typical=1.0,
        )


def test_sentences_name_methods_by_their_names() -> None:
    """No key of an estimator or interval; labels of one's own stay."""
    assert reader_option("inference", "HKSJ_FLOOR") == "Hartung-Knapp (floor)"
    assert reader_option("tau2", "PMM") == "Paule-Mandel (median-unbiased)"
    assert reader_option("outcome", "T") == "T"
    agreeing = Effects.from_arrays([0.2, 0.21, 0.19], se=[0.12, 0.12, 0.12])
    keys = ["HKSJ", "HKSJ_FLOOR"]
    found = multiverse(lambda: agreeing, {"tau2": ["DL"], "inference": keys})
    assert "0% with Hartung-Knapp (floor), 100% with Hartung-Knapp" in found.sentence()
    assert "HKSJ" not in found.sentence() + found.summary()
