"""What network_components makes of odd networks and odd questions, and what it says."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest

from metaan.core.errors import ChoiceError, EmptyIntervalWarning, InputError
from metaan.networks.components.component_network import network_components
from tests.networks.builders import of_pairs
from tests.networks.component_networks import additive, combined_arms
from tests.networks.pinned import effects, linde2016
from tests.tolerance import EXACT, close

PAIR = "Face-to-face CBT*SSRI"


def test_parts_meet_through_components():
    """Between parts the effect is the difference of sums; the remark says what it rests on."""
    data = of_pairs(
        ("A", "P", 0.5, 0.04), ("A + B", "A", 0.3, 0.09), ("B + C", "B", -0.2, 0.05)
    )  # {A, A + B, P} and {B, B + C}
    fit = network_components(data, inactive="P", model="common")
    found = fit.effect("B + C", "A")
    assert close([found.value, found.se], [0.3 - 0.2 - 0.5, math.sqrt(0.18)], EXACT)
    assert close(fit.effect("B", "P").value, 0.3, EXACT)
    assert "falls into 2 parts" in fit.remarks[0]
    assert fit.heterogeneity.df == 0
    assert not fit.additivity.testable


def test_parts_that_share_nothing_known():
    """Pairs that cannot be compared are NaN everywhere; those within a part are not."""
    data = of_pairs(("A", "P", 0.5, 0.04), ("A + B", "P", 0.9, 0.09), ("D", "C", -0.2, 0.05))
    fit = network_components(data, inactive="P", model="common")
    for found in (fit.effect("C", "P"), fit.component("C"), fit.combination("A + D")):
        numbers = [found.value, found.se, found.low, found.high, found.statistic, found.p_value]
        assert np.isnan(numbers).all()
    assert close(fit.effect("D", "C").value, -0.2, EXACT)
    assert close(fit.combination("B + D", against="C").value, 0.2, EXACT)
    assert fit.predict("C", "P") is None
    between = [fit.treatments.index(name) for name in ("C", "P")]
    for field in ("differences", "se", "half", "log_p_values"):
        assert np.isnan(getattr(fit.relative, field)[tuple(between)])
    assert dict(fit.unidentified) == dict.fromkeys(
        "CD",
        "only differences between C and D are known: every comparison trades one for another; if "
        "one of them has no effect, name it with inactive=",
    )
    assert any("2 groups that cannot be compared" in remark for remark in fit.remarks)
    assert not any("rest on the additivity" in remark for remark in fit.remarks)
    for rank in (fit.ranking, partial(fit.rank_probabilities, rng=1)):
        with pytest.raises(InputError, match=r"no common ranking: \(1\) A, A \+ B, P; \(2\) C, D"):
            rank(better="lower")
    cells = fit.league(direct=False)
    assert cells.loc["P", "C"] == "."
    assert "cannot be compared with P" in set(fit.to_frame()["reason"])


def test_components_that_go_together():
    """They are named, and so is one that every arm holds."""
    data = of_pairs(("A + B + Z", "P + Z", 0.5, 0.04), ("A + B + D + Z", "P + Z", 0.9, 0.09))
    fit = network_components(data, inactive="P", model="common")
    assert dict(fit.unidentified) == {
        "A": "A and B go together in every comparison: only their sum is known",
        "B": "A and B go together in every comparison: only their sum is known",
        "Z": "no study compares arms with and without Z",
    }
    assert set(fit.unidentified.values()) <= set(fit.remarks)
    assert close(fit.component("D").value, 0.4, EXACT)
    assert close(fit.combination("A + B", against=[]).value, 0.5, EXACT)


def test_tangled_components():
    """Where more is hidden than one difference, the reason names all that are tied."""
    data = of_pairs(("A + B", "C", 0.5, 0.04), ("A + B", "D", 0.9, 0.09))
    fit = network_components(data, model="common")
    told = "of A, B, C and D only some sums and differences are known (A and B always go together)"
    assert dict(fit.unidentified) == dict.fromkeys("ABCD", told)


def test_treatments_of_the_same_components():
    """The order in a name is none; nothing but 0 lies between them."""
    data = of_pairs(
        ("A + B", "P", 0.5, 0.04),
        ("B + A", "P", 0.7, 0.04),
        ("A", "P", 0.2, 0.1),
        ("P + A", "B", 0.3, 0.2),
    )
    fit = network_components(data, inactive="P", tau2=0.02)
    same = fit.effect("A + B", "B + A")
    assert (same.value, same.se, same.p_value) == (0, 0, 1)
    told = [remark for remark in fit.remarks if "same active components" in remark]
    assert [remark.split(" have")[0] for remark in told] == ["A and P + A", "A + B and B + A"]
    assert (fit.additivity.df_additive, fit.additivity.df) == (2, 2)


def test_given_components_and_look_alikes():
    """Names that mean more than they say; a component twice in two spellings."""
    data = of_pairs(("both", "sham", 0.5, 0.04), ("Needles", "sham", 0.3, 0.04))
    fit = network_components(
        data, components={"both": ["needles", "walks"]}, inactive="sham", model="common"
    )
    assert fit.components == ("Needles", "needles", "walks")
    assert any("'Needles', 'needles' are taken as 2 components" in text for text in fit.remarks)
    fit = network_components(
        data, components={"both": "Needles & walks"}, separator="&", inactive="sham", tau2=0
    )
    assert close(fit.component("walks").value, 0.2, EXACT)
    assert close(fit.combination("both", against="Needles").value, 0.2, EXACT)


def test_references():
    """The treatment without active components, else that of most studies, else what is asked."""
    data = of_pairs(("A", "P + X", 0.5, 0.04), ("A + B", "A", 0.7, 0.04), ("A", "B", 0.7, 0.1))
    assert network_components(data, tau2=0).reference == "A"
    told = network_components(data, tau2=0, inactive="P", components={"P + X": ["P"]})
    assert told.reference == "P + X"
    assert network_components(data, tau2=0, reference="B").reference == "B"
    with pytest.raises(ChoiceError, match="reference='b' is not a treatment"):
        network_components(data, reference="b")


@pytest.mark.parametrize(
    ("pairs", "df"),
    [
        ([("A", "P", 0.5, 0.04)], 0),
        ([("A", "P", 0.5, 0.04), ("A", "P", 0.1, 0.04)], 1),
        ([("A + B", "P", 0.5, 0.04)], 0),
        ([("A", "P", 0.5, 0.04), ("B", "P", 0.1, 0.04), ("A + B", "P", 0.5, 0.04)], 1),
    ],
)
def test_small_networks(pairs, df):
    """One study, two treatments, a star: defined, and said where nothing is left."""
    fit = network_components(of_pairs(*pairs), inactive="P")
    assert fit.heterogeneity.df == df
    found = fit.effect(pairs[0][0], "P")
    assert math.isfinite(found.value)
    assert found.se > 0
    assert (fit.inference == "WALD") == (df == 0)
    assert ("no information is left" in fit.summary()) == (df == 0)
    assert fit.sentence()


def test_errors():
    """Each says what it is about and what to do."""
    data = of_pairs(("A", "A + P", 0.5, 0.04))
    with pytest.raises(InputError, match="nothing can be known of A; check separator="):
        network_components(data, inactive="P")
    with pytest.raises(InputError, match=r"tau= is not an argument; .*Did you mean \"tau2\""):
        network_components(data, tau=0.1)
    with pytest.raises(InputError, match="effects must be NetworkEffects; got list"):
        network_components([1, 2])
    with pytest.raises(InputError, match='inference by "KR" has no form for networks'):
        network_components(data, inference="KR")
    with pytest.raises(InputError, match=r"inactive='p' is not a component.*\"P\""):
        network_components(data, inactive="p")
    fit = network_components(data)
    with pytest.raises(ChoiceError, match=r"'p' is neither a component nor an inter.*\"P\""):
        fit.component("p")
    with pytest.raises(ChoiceError, match="combination: 'Q' is neither a component nor a treat"):
        fit.combination("A + Q")
    with pytest.raises(ChoiceError, match="against: 'Q' is neither a component nor a treatment"):
        fit.combination("A", against=["Q"])


def test_agreement_beyond_chance_warns_the_caller():
    """The warning points at the line that called."""
    data = additive(combined_arms(1), {"A": 1.0})
    with pytest.warns(EmptyIntervalWarning, match="reported as") as caught:
        network_components(data, inactive="P")
    assert caught[0].filename == __file__


def test_words():
    """What is told: components, definitions, the test, methods and references."""
    fit = network_components(
        linde2016(), inactive="Placebo", interactions=[PAIR], tau2="DL", inference="WALD"
    )
    assert fit.interactions == (PAIR,)
    lines = fit.summary().split("\n")
    assert lines[0].startswith(
        "Odds ratio, 18 components and 1 interaction of 22 treatments in 93"
    )
    assert any(line.startswith(f"  {PAIR} ") for line in lines)
    assert "  Placebo has no effect by definition" in lines
    assert f"  {fit.additivity}" in lines
    assert "additivity Q = 1.16 (df 2, p = 0.56): additive 103.61" in str(fit.additivity)
    told = fit.sentence()
    assert "additive component network meta-analysis of 93 studies with 22 treatments" in told
    assert "(the 6 of 19 with the smallest p-values)" in told
    assert (
        "of its components and of their interactions with Placebo as the inactive one [1]" in told
    )
    assert "kwp014" in fit.references[0]
    assert "bimj.201800167" in fit.references[1]
    assert fit.methods_sentence().count("[1]") == 1
    frame = fit.to_frame()
    assert list(frame["kind"].unique()) == ["component", "interaction", "treatment"]
    assert len(frame) == 18 + 1 + 21
    assert set(frame["reason"]) == {""}
    assert "Treatments against Placebo" in fit._repr_html_()
    assert repr(fit) == str(fit) == fit.summary()


def test_words_where_components_are_unknown():
    """No table of dashes; the reason stands in the notes."""
    fit = network_components(effects("senn2013"))
    assert "no component's effect could be told" in fit.sentence()
    assert "only differences between acarbose" in fit.summary()
    assert "–" not in fit.summary()
    assert "Treatments against" not in fit._repr_html_()
    part = network_components(
        of_pairs(("A + B", "P", 0.5, 0.1), ("A + B + C", "P", 0.6, 0.1)), inactive="P", tau2=0
    )
    assert "(the 1 of 3 that are known)" in part.sentence()
    assert set(part.to_frame().query("name == 'A'")["reason"]) == {part.unidentified["A"]}


def test_records_are_frozen():
    """Arrays and mappings cannot be changed."""
    fit = network_components(combined_arms(0), inactive="P")
    for array in (fit.coefficients, fit.covariance, fit.prediction_half, fit.design.matrix):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0
    with pytest.raises(TypeError):
        fit.unidentified["A"] = "no"
