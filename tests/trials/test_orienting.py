"""effect_sizes of contrasts: what may share a measure, which way it points, what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

import metaan as ma
from metaan.measures.table import MEASURES
from tests.tolerance import EXACT, close
from tests.trials.builders import arm, chosen, contrast, counted, evidence, reasons, sham

Z = norm.ppf(0.975)
BOTHERSOME = "BOTHERSOMENESS_0_10"


def against_sham():
    """Return the pairs of pain just after treatment: three instruments, three kinds."""
    return chosen("pain").contrasts("acupuncture", "sham")


def function_usual_care():
    """Return pairs of function: two instruments that point down, one that points up."""
    return chosen("function").contrasts("acupuncture", "usual_care")


def responders():
    """Return a count and a printed ratio."""
    return chosen("responder", "intermediate").contrasts("acupuncture", "usual_care")


def test_a_difference_needs_one_instrument():
    """The refusal names each instrument with its studies, and three ways out."""
    with pytest.raises(ma.InputError, match="MD needs one instrument") as raised:
        ma.effect_sizes(against_sham(), "MD")
    text = str(raised.value)
    assert f"{BOTHERSOME}: Cherkin 2009; MPQ_0_78: Weiner 2008" in text
    assert "VAS_0_100: Brinkhaus 2006, Kerr 2003, Leibing 2002" in text
    for way in ("select(instrument=...)", "rescale({...})", "standardized"):
        assert way in text


def test_a_difference_may_mix_changes_and_endpoints():
    """A mean difference of changes estimates the same as one of endpoints."""
    pairs = chosen("pain", instrument="VAS_0_100").contrasts("acupuncture", "sham")
    effects = ma.effect_sizes(pairs, "MD")
    assert set(effects.columns["kind"]) == {"change", "endpoint"}
    assert effects.label == "Mean difference (mm, VAS 0–100)"
    first = effects.study.index("Brinkhaus 2006")
    assert close(effects.y[first], -28.7 + 23.6, EXACT)
    assert close(effects.v[first], 30.3**2 / 140 + 31**2 / 70, EXACT)


def test_a_standardized_difference_may_not_unless_asked():
    """The refusal names the studies of each kind; mix_types=True is the way to ask."""
    pairs = against_sham()
    with pytest.raises(ma.InputError, match="mix_types=True") as raised:
        ma.effect_sizes(pairs, "SMD")
    assert "change: Brinkhaus 2006, Weiner 2008; endpoint: Kerr 2003" in str(raised.value)
    effects = ma.effect_sizes(pairs, "SMD", mix_types=True)
    assert effects.k == 6
    assert effects.label == "Standardized mean difference"


def test_opposite_directions():
    """Instruments that point up and down are refused by name until a direction is given."""
    pairs = function_usual_care()
    with pytest.raises(ma.InputError, match="opposite direction") as raised:
        ma.effect_sizes(pairs, "SMD", mix_types=True)
    told = "higher is better: HFAQ_0_100; lower is better: RMDQ_0_23, RMDQ_modified"
    assert told in str(raised.value)
    lower = ma.effect_sizes(pairs, "SMD", mix_types=True, better="lower")
    higher = ma.effect_sizes(pairs, "SMD", mix_types=True, better="higher")
    assert close(lower.y, -higher.y, EXACT)
    assert close(lower.v, higher.v, EXACT)
    assert (lower.y < 0).all()
    assert lower.remarks == ("sign turned so that lower is better: Witt 2006",)
    assert higher.remarks == ("sign turned so that higher is better: Cherkin 2009, Meng 2003",)


def test_the_turned_sign_is_the_only_change():
    """Witt 2006 alone points up: 9.4 better in function is -9.4 where lower is better."""
    pairs = chosen("function", study="witt2006").contrasts("acupuncture", "usual_care")
    plain = ma.effect_sizes(pairs, "MD")
    turned = ma.effect_sizes(pairs, "MD", better="lower")
    assert close([plain.y[0], turned.y[0]], [9.4, -9.4], EXACT)
    assert plain.remarks == ()
    assert turned.columns["mean1"] == plain.columns["mean1"] == (74.5,)


def test_one_direction_needs_no_choice():
    """better= that all instruments have anyway changes nothing and says nothing."""
    pairs = chosen("pain", instrument="VAS_0_100").contrasts("acupuncture", "sham")
    plain, asked = (ma.effect_sizes(pairs, "MD", better=way) for way in (None, "lower"))
    assert close(asked.y, plain.y, EXACT)
    assert asked.remarks == plain.remarks == ()


def test_a_direction_that_is_none():
    """A direction is one of two words."""
    with pytest.raises(ma.ChoiceError, match=r"better='low' is not a direction; choose one of"):
        ma.effect_sizes(function_usual_care(), "SMD", mix_types=True, better="low")


def test_events_are_not_turned():
    """A ratio of events is oriented by counting the opposite event."""
    with pytest.raises(ma.InputError, match="counting the opposite event"):
        ma.effect_sizes(responders(), "RR", better="lower")
    assert ma.effect_sizes(responders(), "RR", better="higher").k == 2


def test_a_ratio_of_means_has_no_other_direction():
    """Instruments of both directions are refused without promising a way to turn them."""
    for better in (None, "lower"):
        with pytest.raises(ma.InputError, match="ROM cannot be turned round"):
            ma.effect_sizes(function_usual_care(), "ROM", mix_types=True, better=better)


def test_a_probability_is_turned_round():
    """The complement, in words that are true of it; a ratio of spreads stays as it is."""
    pairs = function_usual_care()
    lower, higher = (
        ma.effect_sizes(pairs, "CLESN", mix_types=True, better=way) for way in ("lower", "higher")
    )
    assert close(lower.y, 1 - higher.y, EXACT)
    assert lower.remarks == ("turned round so that lower is better: Witt 2006",)
    plain, asked = (
        ma.effect_sizes(pairs, "VR", mix_types=True, better=way) for way in (None, "lower")
    )
    assert close(asked.y, plain.y, EXACT)
    assert asked.remarks == plain.remarks == ()


def test_spreads_of_changes_and_endpoints_are_two_things():
    """A ratio of SDs mixes them only when asked, as a standardized difference does."""
    with pytest.raises(ma.InputError, match="do not share a VR"):
        ma.effect_sizes(against_sham(), "VR")


def test_a_printed_difference_enters_on_its_scale():
    """cherkin2009: 0.34 with SE 0.28 as printed; half the interval where no SE is there."""
    pairs = chosen("pain", instrument=BOTHERSOME).contrasts("acupuncture", "sham")
    effects = ma.effect_sizes(pairs, "MD")
    assert effects.rows == (("c24",),)
    assert close([effects.y[0], effects.v[0]], [0.34, 0.28**2], EXACT)
    assert effects.columns["kind"] == ("printed",)


def test_a_printed_difference_without_an_se(tmp_path):
    """Half the interval over 1.96."""
    trials = evidence(tmp_path, [], [contrast()]).select(outcome="pain")
    effects = ma.effect_sizes(trials.contrasts("acupuncture", "sham"), "MD")
    assert close([effects.y[0], effects.se[0]], [-10, 7.7 / Z], EXACT)


def test_a_printed_difference_enters_a_standardized_one_with_a_named_sd():
    """Not without; with it, value and error are divided by it, and a remark says so."""
    pairs = against_sham()
    without = ma.effect_sizes(pairs, "SMD", mix_types=True)
    assert reasons(without)["c24",] == (
        f'only a printed MD, no SD: name one with contrast_sd={{"{BOTHERSOME}": ...}}'
    )
    effects = ma.effect_sizes(pairs, "SMD", mix_types=True, contrast_sd={BOTHERSOME: 2.4})
    at = effects.study.index("Cherkin 2009")
    assert close([effects.y[at], effects.se[at]], [0.34 / 2.4, 0.28 / 2.4], EXACT)
    assert effects.remarks == (
        f"Cherkin 2009: printed difference divided by SD 2.4 ({BOTHERSOME}), as asked",
    )
    assert (effects.k, without.k) == (7, 6)


@pytest.mark.parametrize("sd", [0, -2.4, float("nan"), float("inf")])
def test_an_sd_is_positive(sd):
    """A wrong SD would turn the sign or drop the study: it is refused."""
    with pytest.raises(ma.InputError, match="contrast_sd"):
        ma.effect_sizes(against_sham(), "SMD", mix_types=True, contrast_sd={BOTHERSOME: sd})


def test_an_sd_for_no_instrument_is_refused():
    """A misspelled instrument must not be ignored."""
    with pytest.raises(ma.ChoiceError, match=f'Did you mean "{BOTHERSOME}"'):
        ma.effect_sizes(
            against_sham(), "SMD", mix_types=True, contrast_sd={"BOTHERSOMENES_0_10": 2.4}
        )


def test_a_printed_ratio_enters_on_the_logarithm():
    """debar2025: 1.33 (1.04, 1.70) is log 1.33 with half the logarithmic interval over 1.96."""
    effects = ma.effect_sizes(responders(), "RR")
    at = effects.study.index("DeBar 2025")
    error = (np.log(1.70) - np.log(1.04)) / 2 / Z
    assert close([effects.y[at], effects.se[at]], [np.log(1.33), error], EXACT)
    other = effects.study.index("Haake 2007")
    assert close(effects.y[other], np.log(184 / 387) - np.log(106 / 388), EXACT)
    assert effects.rows == (("c38",), ("149", "151"))


@pytest.mark.parametrize("measure", ["OR", "RD"])
def test_a_printed_ratio_is_no_other_measure(measure):
    """Nothing is converted: a printed risk ratio stays out of odds ratios and differences."""
    effects = ma.effect_sizes(responders(), measure)
    assert effects.study == ("Haake 2007",)
    assert reasons(effects)["c38",] == f"only a printed RR: no {measure}"


@pytest.mark.parametrize(
    ("pairs", "measure", "reason"),
    [(responders, "MD", "its figures are counts: no MD"),
     (against_sham, "RR", "its figures are means: no RR")],
)  # fmt: skip
def test_figures_of_the_other_kind(pairs, measure, reason):
    """Counts make no mean difference and means no ratio; each study is listed."""
    effects = ma.effect_sizes(pairs(), measure)
    assert effects.k == 0
    assert reason in reasons(effects).values()


def test_zero_cells_are_remarked(tmp_path):
    """What was added to the cells of a trial is said, as for a table."""
    rows = [counted(events="0"), counted(arm="2", treatment="sham_tens", events="3")]
    pairs = evidence(tmp_path, rows).select(outcome="responder").contrasts("acupuncture", "sham")
    effects = ma.effect_sizes(pairs, "RR")
    assert close(effects.y, [np.log(0.5 / 21) - np.log(3.5 / 21)], EXACT)
    assert any("0.5" in remark and "new2030" in remark for remark in effects.remarks)


def test_what_is_not_defined_is_listed(tmp_path):
    """Two participants have no SMD: left out with its rows, not NaN."""
    rows = [arm(n="1", sd="12"), sham(n="1")]
    pairs = evidence(tmp_path, rows).select(outcome="pain").contrasts("acupuncture", "sham")
    effects = ma.effect_sizes(pairs, "SMD")
    assert effects.k == 0
    assert reasons(effects) == {("line2", "line3"): "SMD is not defined for its numbers"}


def test_options_of_the_formula():
    """They reach the formula; unknown names and values are refused with the nearest."""
    pairs = chosen("pain", instrument="VAS_0_100").contrasts("acupuncture", "sham")
    plain, bare = (
        ma.effect_sizes(pairs, "SMD", mix_types=True, correction=name) for name in ("exact", None)
    )
    assert (np.abs(bare.y) > np.abs(plain.y)).all()
    with pytest.raises(ma.ChoiceError, match=r"'corection' .* Did you mean \"correction\"\?"):
        ma.effect_sizes(pairs, "SMD", corection="exact")
    with pytest.raises(ma.ChoiceError, match=r"correction='exakt' .* Did you mean \"exact\"\?"):
        ma.effect_sizes(pairs, "SMD", mix_types=True, correction="exakt")
    with pytest.raises(ma.ChoiceError, match=r"options variance\)"):
        ma.effect_sizes(pairs, "MD", correction="exact")


def test_measures():
    """An unknown measure is refused; a given effect is not made of contrasts."""
    with pytest.raises(ma.ChoiceError, match=f"choose one of {', '.join(MEASURES)}"):
        ma.effect_sizes(against_sham(), "HEDGES")
    with pytest.raises(ma.InputError, match="GEN takes effects as given"):
        ma.effect_sizes(against_sham(), "GEN")


def test_nothing_to_compare():
    """No pair gives no effect; pooling it says so."""
    pairs = chosen("pain", study="haake2007").contrasts("acupuncture", "sham")
    effects = ma.effect_sizes(pairs, "SMD")
    assert (effects.k, effects.y.shape) == (0, (0,))
    with pytest.raises(ma.InputError, match="no study is left to pool"):
        ma.pool(effects)


def test_what_travels_with_an_effect():
    """Sides, rows, arm numbers, moderators and what was left out come along."""
    pairs = against_sham()
    effects = ma.effect_sizes(pairs, "SMD", mix_types=True)
    assert (effects.treatment, effects.control) == ("Acupuncture", "Sham")
    assert effects.left_out[: len(pairs.excluded)] == pairs.excluded
    assert {item.rows for item in pairs.left_out} <= {item.rows for item in effects.left_out}
    at = effects.study.index("Molsberger 2002")
    columns = {name: values[at] for name, values in effects.columns.items()}
    assert (columns["n1"], columns["mean1"], columns["sd1"]) == (58, 26, 21)
    assert (columns["sham_type"], columns["study_id"]) == ("penetrating", "molsberger2002")
    assert effects.rows[at] == ("230", "231")
