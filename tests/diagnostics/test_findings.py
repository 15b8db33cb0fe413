"""Certainty and summary of findings: every rule with numbers of its own, and honest gaps."""

from __future__ import annotations

import math

import numpy as np
import pytest

import metaan as ma
from metaan.core.errors import ChoiceError, InputError
from metaan.diagnostics.certainty.certainty_record import Certainty
from metaan.diagnostics.certainty.domains import DOMAINS, NON_RANDOMIZED, Domain
from metaan.diagnostics.certainty.findings import summary_of_findings
from metaan.diagnostics.certainty.grading import certainty
from metaan.diagnostics.certainty.information import size_for_means, size_for_risks
from tests.diagnostics.test_fragility_studies import bcg
from tests.tolerance import EXACT, close, printed

pytestmark = pytest.mark.filterwarnings("ignore::metaan.core.errors.EmptyIntervalWarning")

JUDGED = {"risk_of_bias": "none", "indirectness": "none"}
ARMS = {"study": ["A", "B"], "events1": [10, 22], "n1": [100, 150], "events2": [22, 38],
        "n2": [100, 150]}  # fmt: skip


def differences(y: list[float], se: list[float], n: float = 1e4) -> ma.PooledFit:
    """Return a common effect of studies with so many participants in each group."""
    sizes = {name: [n] * len(y) for name in ("n1", "n2")}
    spread = {name: [10.0] * len(y) for name in ("sd1", "sd2")}
    effects = ma.Effects.from_arrays(y, se=se, label="Mean difference", columns=sizes | spread)
    return ma.pool(effects, model="common")


def domain(found: Certainty, key: str) -> Domain:
    """Return one domain."""
    return found.domains[list(DOMAINS).index(key)]


def test_information_sizes_are_r_s() -> None:
    """R's help: power.prop.test(p1 = .50, p2 = .75, power = .90) prints n = 76.7 per group.

    Power 80% from R 4.2.2: power.prop.test(p1=.2, p2=.15, power=.8)$n is 905.365778 (its search
    stops at 1e-4); 2 * (qnorm(.975) + qnorm(.8))^2 / .2^2 is 392.443987 per group.
    """
    assert close(size_for_risks(0.50, 0.75, power=0.9) / 2, 76.7, printed("76.7"))
    assert close(size_for_risks(0.15, 0.20) / 2, 905.3658, printed("905.366"))
    assert close(size_for_means(0.2, 1.0) / 2, 392.443987, printed("392.443987"))
    assert size_for_risks(0.2, 0.15) == size_for_risks(0.15, 0.2)
    assert math.isnan(size_for_risks(0.2, 0.2))
    assert math.isnan(size_for_means(0.0, 1.0))


@pytest.mark.parametrize(
    ("y", "se", "levels"),
    [
        (-15.0, 1.0, 0),  # beyond the important difference
        (-12.0, 3.0, 1),  # includes -10
        (0.0, 3.0, 0),  # surely too small to matter
        (0.0, 8.0, 2),  # includes both
        (4.0, 4.0, 1),
    ],
)
def test_imprecision_counts_the_thresholds_of_an_important_effect(
    y: float, se: float, levels: int
) -> None:
    """One level for each that the interval crosses."""
    found = certainty(differences([y, y + 0.1], [se * 2**0.5] * 2), important=10)
    assert domain(found, "imprecision").levels == levels


def test_too_few_participants_lower_it() -> None:
    """The interval crosses nothing, but there are fewer than 4 (z + z)² sd² / d²."""
    needed = 4 * (1.959963984540054 + 0.8416212335729143) ** 2 * 10.0**2 / 5.0**2
    for n, levels, consider in ((10.0, 1, 2), (25.0, 1, 0), (40.0, 0, 0)):
        own = certainty(differences([-15.0, -15.3], [1.0, 1.0], n), important=5)
        suggestion = domain(own, "imprecision").suggestion
        assert suggestion is not None
        assert (suggestion.levels, suggestion.consider) == (levels, consider)
        assert f"{4 * n:,.0f} participants of {math.ceil(needed):,.0f}" in suggestion.numbers


def test_without_an_important_effect() -> None:
    """Ratios take GRADE's rough guide and say so; differences are held against no effect."""
    ratio = certainty(ma.pool(ma.effect_sizes(ARMS, "RR"), model="common"))
    assert "GRADE's rough guide" in domain(ratio, "imprecision").text
    assert np.exp([ratio.thresholds.low, ratio.thresholds.high]) == pytest.approx([0.75, 1.25])
    plain = certainty(differences([3.0, 3.1], [2.5, 2.5]))
    assert domain(plain, "imprecision").levels == 1
    assert "includes 0" in domain(plain, "imprecision").text


def test_inconsistency_is_what_prediction_adds() -> None:
    """The prediction interval crosses what the interval does not; else I² where there is none."""
    fit = ma.pool(bcg())
    found = domain(certainty(fit, important=0.8), "inconsistency")
    assert fit.prediction_interval is not None
    low, high = np.exp([fit.prediction_interval.low, fit.prediction_interval.high])
    inside = [x for x in (0.8, 1.0, 1.25) if low < x < high]
    assert found.levels == 1
    assert len(inside) == 3
    assert "includes 0.8, 1 and 1.25" in found.text
    agree = differences([1.0, 1.1, 0.9], [0.5, 0.5, 0.5])
    assert domain(certainty(agree), "inconsistency").levels == 0
    far = differences([0.0, 30.0], [1.0, 1.0])
    assert domain(certainty(far), "inconsistency").levels == 1
    one = differences([1.0], [0.5])
    assert "one study" in domain(certainty(one), "inconsistency").text


def test_asymmetry_needs_ten_studies_and_a_test() -> None:
    """Fewer cannot be judged, whatever p is given."""
    few, many = differences([1.0] * 3, [1.0, 1.1, 1.2]), ma.pool(bcg())
    assert domain(certainty(few, small_studies=0.01), "publication_bias").levels is None
    assert domain(certainty(many), "publication_bias").levels is None
    assert domain(certainty(many, small_studies=0.01), "publication_bias").levels == 1
    assert domain(certainty(many, small_studies=0.4), "publication_bias").levels == 0
    whole = certainty(many, small_studies=ma.pool(bcg()).estimate)  # any record with .p_value
    assert domain(whole, "publication_bias").levels == 1


def test_nothing_is_guessed() -> None:
    """Risk of bias and indirectness stay open until somebody judges; certainty is at most."""
    found = certainty(ma.pool(bcg()), important=0.8, small_studies=0.4)
    assert found.not_judged == ("risk of bias", "indirectness")
    assert not found.complete
    assert "at most moderate" in str(found)
    assert (found.name, found.at_most, found.symbols) == ("not rated yet", "moderate", "◯◯◯◯")
    assert "is not rated yet: risk of bias and indirectness not judged. It is at most" in (
        found.sentence()
    )
    assert str(found).count("a person must") == 1
    lowest = dict.fromkeys(("risk_of_bias", "imprecision"), "very serious")
    sunk = certainty(ma.pool(bcg()), judgments=lowest)
    assert not sunk.complete
    assert sunk.rated
    assert "at most" not in str(sunk) + sunk.sentence()
    assert sunk.symbols == "⊕◯◯◯"
    full = certainty(ma.pool(bcg()), important=0.8, small_studies=0.4, judgments=JUDGED)
    assert full.complete
    assert full.name == "moderate"
    assert full.symbols == "⊕⊕⊕◯"
    assert "suggestions that a person has to decide on" in full.sentence()


def test_a_person_decides() -> None:
    """A judgment stands before what is computed, which stays in the text."""
    judged = JUDGED | {"inconsistency": ("very serious", "opposite effects")}  # type: ignore[operator]
    found = certainty(ma.pool(bcg()), important=0.8, small_studies=0.4, judgments=judged)
    assert found.level == 2
    text = domain(found, "inconsistency").text
    assert text.startswith("very serious (judged): opposite effects [computed: serious")
    low = certainty(
        ma.pool(bcg()), design=NON_RANDOMIZED, judgments=dict.fromkeys(DOMAINS, "very serious")
    )
    assert low.name == "very low"
    assert low.symbols == "⊕◯◯◯"
    assert low.level == 1


def test_absolute_effects_in_closed_form() -> None:
    """Risk ratios, odds ratios and differences at the risk of all control groups together."""
    risk = 60 / 250
    for measure, function in (
        ("RR", lambda x: risk * x),
        ("OR", lambda x: risk * x / (1 - risk + risk * x)),
        ("RD", lambda x: risk + x),
    ):
        fit = ma.pool(ma.effect_sizes(ARMS, measure), model="common")
        found = certainty(fit).absolute
        assert found is not None
        read = fit.estimate.read()
        numbers = [function(x) for x in (read.value, read.low, read.high)]
        assert close([found.risk, found.low, found.high], numbers, EXACT)
        assert close(found.per_thousand[0], 1000 * (numbers[0] - risk), EXACT)
        assert close(found.assumed, risk, EXACT)
    hazard = ma.Effects.from_arrays([math.log(0.5)], se=[0.1], scale="log", label="Hazard ratio")
    found = certainty(ma.pool(hazard, model="common"), risk=0.36).absolute
    assert found is not None
    assert close(found.risk, 1 - 0.64**0.5, EXACT)
    assert certainty(ma.pool(hazard, model="common")).absolute is None


def test_the_table() -> None:
    """Rows, letters, units, Markdown; equal reasons share a letter."""
    ratio = certainty(ma.pool(ma.effect_sizes(ARMS, "RR"), model="common"))
    other = certainty(ma.mantel_haenszel(ma.counts(ARMS), "OR"))
    change = certainty(differences([-12.0, -12.2], [3.0, 3.0], 60), important=10)
    found = summary_of_findings(
        {"Relapse": ratio, "Relapse | odds": other, "Pain": change}, units={"Pain": "mm"}
    )
    table = found.to_frame()
    assert table["participants"].tolist() == [500, 500, 240]
    assert table["certainty"].tolist() == [row.name for row in found.rows]
    assert np.isnan(table.loc[2, "assumed_risk"])
    assert "risk of bias and indirectness: not judged, a person must" in found.footnotes
    assert "−12.10 mm" in found.sentence()
    assert len(found) == 3
    lines = found.to_markdown().splitlines()
    assert lines[0].startswith("| outcome | participants (studies)")
    assert "Relapse \\| odds" in lines[3]
    assert len({line.replace("\\|", "").count("|") for line in lines[:5]}) == 1
    assert "Summary of findings" in str(found)
    assert "not rated yet, as not every domain is judged" in found._repr_html_()
    assert "| – | – | – |" in lines[4]
    assert "- – no effect on a risk: Pain" in lines
    assert any("GRADE Guidance 34" in each for each in found.references)


def test_letters_are_in_order() -> None:
    """What a later row shares with an earlier one comes first, although its domain is the last."""
    fit = ma.mantel_haenszel(ma.counts(ARMS), "OR")
    found = summary_of_findings({"A": certainty(fit, judgments=JUDGED), "B": certainty(fit)})
    first, second = found.to_frame()["footnotes"]
    assert first == "a,b"
    assert second == "a,b,c"
    assert "[a,b,c]" in str(found)


def test_a_level_and_an_asymmetric_pair() -> None:
    """A prevalence has no null: nothing is said without an important value."""
    table = {"study": ["A", "B", "C"], "events": [3, 4, 5], "n": [10, 12, 20]}
    share = ma.pool(ma.effect_sizes(table, "PLO"), model="common")
    assert domain(certainty(share), "imprecision").levels is None
    assert domain(certainty(share), "inconsistency").levels is None
    text = domain(certainty(ma.pool(ma.effect_sizes(table, "PLO"))), "inconsistency").text
    assert "prediction interval 0." in text
    assert "give important=" in text
    assert domain(certainty(share, important=0.3), "imprecision").levels == 1
    own = certainty(differences([1.0, 1.2], [1.0, 1.0]), important=(-2, 8))
    assert (own.thresholds.low, own.thresholds.high) == (-2, 8)


def test_what_people_type_breaks_no_table() -> None:
    """Line breaks and marks of Markdown in reasons, outcomes and units."""
    reason = "no\n| blinding |\r\n*at all*"
    own = certainty(differences([1.0, 1.2], [1.0, 1.0]), judgments={"indirectness": (
        "serious", reason)})  # fmt: skip
    found = summary_of_findings({"Pain\nat rest": own}, units={"Pain\nat rest": "mm\n(VAS)"})
    plain = found.summary() + own.summary() + found.sentence() + own.sentence()
    assert "no | blinding | *at all*" in plain
    assert "\r" not in plain
    assert "Pain at rest" in found.sentence()
    assert "mm (VAS)" in found.sentence()
    text = found.to_markdown()
    assert "no \\| blinding \\| \\*at all\\*" in text
    table, notes = text.split("\n\n")
    assert len(table.splitlines()) == 3
    assert all(line.startswith("- ") for line in notes.splitlines())


@pytest.mark.parametrize(
    ("important", "odd"), [(10, True), (0.19, True), (5, False), (0.8, False)]
)
def test_a_difference_typed_for_a_ratio(important: float, odd: bool) -> None:
    """Beyond 5 or 1/5 it is remarked on, in the table of outcomes too; differences may be any."""
    own = certainty(ma.pool(ma.effect_sizes(ARMS, "RR"), model="common"), important=important)
    assert any("typed for a ratio" in each for each in own.remarks) == odd
    assert ("typed for a ratio" in str(summary_of_findings({"Relapse": own}))) == odd
    plain = certainty(differences([1.0, 1.2], [1.0, 1.0]), important=10)
    assert "typed for a ratio" not in str(plain)


def test_every_fault_is_named() -> None:
    """Of all judgments and all options at once."""
    with pytest.raises(InputError) as caught:
        certainty(
            ma.pool(bcg()),
            judgments={"risk_of_bias": "bad", "foo": "none", "imprecision": ("serious",)},  # type: ignore[dict-item]
            design="rct",
            risk=3,
            important=1.0,
            small_studies=2,
        )
    told = str(caught.value)
    for fault in ("'bad' is not a concern", "'foo' is not a domain", "judgments['imprecision']",
                  "design='rct'", "risk=3", "is no effect", "small_studies"):  # fmt: skip
        assert fault in told


def test_faults_are_named() -> None:
    """Options, judgments, fits, outcomes."""
    fit = ma.pool(bcg())
    with pytest.raises(ChoiceError, match="'bias' is not a domain"):
        certainty(fit, judgments={"bias": "none"})
    with pytest.raises(ChoiceError, match="a concern"):
        certainty(fit, judgments={"indirectness": "severe"})
    with pytest.raises(InputError, match="a pair of concern and reason"):
        certainty(fit, judgments={"indirectness": 1})  # type: ignore[dict-item]
    with pytest.raises(ChoiceError, match="a design"):
        certainty(fit, design="rct")
    with pytest.raises(InputError, match=r"risk=2 must lie between 0 and 1; sd=0 must be"):
        certainty(fit, risk=2, sd=0)
    with pytest.raises(InputError, match="is no effect"):
        certainty(fit, important=1.0)
    with pytest.raises(InputError, match="with no effect, 1, between them"):
        certainty(fit, important=(1.1, 1.5))
    with pytest.raises(InputError, match="one number or a pair"):
        certainty(fit, important=(1, 2, 3))
    with pytest.raises(InputError, match="p-value from 0 to 1"):
        certainty(fit, small_studies=3)
    with pytest.raises(InputError, match="certainty needs a pool"):
        certainty(bcg())  # type: ignore[arg-type]
    with pytest.raises(InputError, match="A: PooledFit"):
        summary_of_findings({"A": fit})  # type: ignore[dict-item]
    with pytest.raises(InputError, match="at least one name"):
        summary_of_findings({})
    with pytest.raises(InputError, match="units for no such outcome: B"):
        summary_of_findings({"A": certainty(fit)}, units={"B": "mm"})
