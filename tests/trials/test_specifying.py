"""specify: effects under each combination of choices are those made by hand."""

from __future__ import annotations

import pickle
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.diagnostics.specifications.models import DEFENSIBLE_MODELS
from metaan.diagnostics.specifications.multiverse import multiverse
from metaan.measures.standardized import standardized_mean_difference
from metaan.trials.bias import risk_of_bias
from metaan.trials.effects import effect_sizes
from metaan.trials.load import load_trials
from metaan.trials.specifying import Specifications, specify
from metaan.trials.trials import Trials
from metaan.univariate.pooling import pool
from tests.tolerance import EXACT, close

SHAM: dict[str, Any] = {"outcome": "pain", "treatment": "acupuncture", "control": "sham"}


@pytest.fixture(scope="module", name="trials")
def _trials() -> Trials:
    return load_trials()


@pytest.fixture(scope="module", name="pain")
def _pain(trials: Trials) -> Specifications:
    return specify(trials, **SHAM, better="lower")


def by_hand(
    trials: Trials,
    *,
    term: Any = ("immediate", "short"),
    measure: str = "SMD",
    nodes: tuple[Any, Any] | None = None,
    **options: Any,
) -> Effects:
    """Return effects made step by step from all tables."""
    where = options.pop("where", None)
    chosen = trials.select(outcome="pain", term=list(term), where=where)
    if nodes is None:
        pairs = chosen.contrasts("acupuncture", "sham")
    else:
        pairs = chosen.contrasts(*nodes, by="node")
    return effect_sizes(pairs, measure, better="lower", mix_types=True, **options)


def same(ours: Effects, theirs: Effects) -> bool:
    """Return True if two sets of effects agree to the last bit, trail and all."""
    assert ours.study == theirs.study
    assert ours.rows == theirs.rows
    assert np.array_equal(ours.y, theirs.y)
    assert np.array_equal(ours.v, theirs.v)
    assert (ours.left_out, ours.treatment) == (theirs.left_out, theirs.treatment)
    assert (ours.control, ours.scale, ours.measure) == (
        theirs.control, theirs.scale, theirs.measure,
    )  # fmt: skip
    return True


def test_the_main_analysis_is_that_of_the_report(trials: Trials, pain: Specifications) -> None:
    """The first options: forest_sham_pain_smd of analyses.toml."""
    assert same(pain(), by_hand(trials))
    assert pain().remarks == by_hand(trials).remarks


def test_choices_of_rows(trials: Trials, pain: Specifications) -> None:
    """Terms, types of scores, measures, cautions; twice, as the second time is remembered."""
    nodes = trials.treatments
    sham = [n for n in nodes.index[nodes["group"] == "sham"] if n != "sham_tens"]
    needles = list(nodes.index[nodes["group"] == "acupuncture"])
    for _ in range(2):
        assert same(pain(term=("immediate",)), by_hand(trials, term=("immediate",)))
        assert same(pain(measure="SMDH"), by_hand(trials, measure="SMDH"))
        assert same(pain(changes="left out"), by_hand(trials, where={"measure_type": "endpoint"}))
        control = pain.choices["control"]["sham needling, no devices"]
        assert set(control) == set(sham)
        assert same(pain(control=control), by_hand(trials, nodes=(needles, list(control))))
    ruled = pain(cautions=("second_hand",))
    assert "Kong 2020" not in ruled.study
    assert "Kong 2020" in pain().study


def test_the_choices_are_those_that_the_rows_tell_apart(pain: Specifications) -> None:
    """Every option with its reason; combinations with the models are more than 20,000."""
    assert {name: len(options) for name, options in pain.choices.items()} == {
        "treatment": 2, "control": 4, "term": 3, "changes": 3, "measure": 3, "printed": 2,
        "studies": 3,
    }  # fmt: skip
    assert all(option.reason for options in pain.options.values() for option in options)
    models = np.prod([len(each) for each in DEFENSIBLE_MODELS.values()])
    assert np.prod([len(each) for each in pain.choices.values()]) * models == 25_920
    table = pain.to_frame()
    assert list(table) == ["choice", "option", "reason"]
    assert len(table) == 20
    assert pain.summary().startswith("1,296 combinations of 7 choices")
    assert "<table" in pain._repr_html_()
    changed = [
        any(not np.array_equal(pain().y, pain(**{name: option.value}).y) for option in own[1:])
        for name, own in pain.options.items()
        if name not in ("studies",)
    ]
    assert all(changed)


def test_standard_deviations_of_changes_by_a_correlation(pain: Specifications) -> None:
    """As if the SDs of the arms had been those of end scores; r = 0.5 changes nothing."""
    plain, ours = pain(), pain(changes=0.7)
    for i, kind in enumerate(plain.columns["kind"]):
        numbers = {name: np.array(plain.columns[name])[i] for name in ("n1", "mean1", "n2")}
        sds = [np.array(plain.columns[name])[i] for name in ("sd1", "sd2")]
        if kind != "change":
            assert (ours.y[i], ours.v[i]) == (plain.y[i], plain.v[i])
            continue
        end = [sd / np.sqrt(2 * (1 - 0.7)) for sd in sds]
        y, _ = standardized_mean_difference(
            **numbers, sd1=end[0], mean2=np.array(plain.columns["mean2"])[i], sd2=end[1]
        )
        assert close(ours.y[i], y, EXACT)
        spread = 1 / numbers["n1"] + 1 / numbers["n2"]
        square = plain.v[i] - spread  # g² over twice the participants, of the change
        assert close(ours.v[i], 2 * 0.3 * (spread + square), EXACT)
    assert close(pain(changes=0.5).y, plain.y, EXACT)
    assert "made that of end scores by r = 0.7: Brinkhaus 2006, Kong 2020" in ours.remarks[-1]
    for wrong in (1.0, -1, "some", None, True):
        with pytest.raises(InputError, match='must be "as printed", "left out" or'):
            pain(changes=wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="is for a difference over an SD, not ROM"):
        pain(changes=0.7, measure="ROM")


def test_printed_differences_get_an_sd(trials: Trials, pain: Specifications) -> None:
    """The SD that standard error and sizes imply; or one that is named."""
    ours = pain(printed="from its own standard error")
    n1, n2, se = (158.0, 157.0), 162.0, 0.28
    freedom = [n + n2 - 2 for n in n1]
    squares = [se**2 / (1 / n + 1 / n2) for n in n1]
    sd = np.sqrt(np.average(squares, weights=freedom))
    i = ours.study.index("Cherkin 2009")
    assert close(ours.y[i], 0.34 / sd, EXACT)
    assert close(ours.v[i], (se / sd) ** 2, EXACT)
    named = pain(printed={"BOTHERSOMENESS_0_10": 2.5})
    assert same(named, by_hand(trials, contrast_sd={"BOTHERSOMENESS_0_10": 2.5}))
    with pytest.raises(InputError, match="an SD for each instrument"):
        pain(printed="guess")


def test_measures_in_units_take_the_rescaled_rows(trials: Trials) -> None:
    """The report's mean difference; another effect than a standardized one."""
    units = specify(
        trials,
        **SHAM,
        rescale={"BOTHERSOMENESS_0_10": "VAS_0_100"},
        choices={
            "measure": ["MD", "SMD"],
            "term": {"end": ("immediate",)},
            "instruments": {"0 to 100": ("VAS_0_100",)},
        },
    )
    chosen = trials.select(outcome="pain", term="immediate").rescale(
        {"BOTHERSOMENESS_0_10": "VAS_0_100"}
    )
    theirs = effect_sizes(
        chosen.select(term="immediate", instrument="VAS_0_100").contrasts("acupuncture", "sham"),
        "MD",
    )
    assert same(units(), theirs)
    found = multiverse(units, {"measure": units.choices["measure"], "tau2": ["DL", "PM"]})
    labels = [curve.label for curve in found.curves]
    assert labels == ["Mean difference (mm, VAS 0–100)", "Standardized mean difference"]


def test_events_have_measures_of_events(trials: Trials) -> None:
    """Ratios and differences of risks, no choices of SDs."""
    found = specify(
        trials,
        outcome="responder",
        treatment="acupuncture",
        control="usual_care",
        choices={"term": [("immediate", "short", "intermediate")]},
    )
    assert list(found.choices) == ["treatment", "control", "term", "measure", "studies"]
    assert [found(measure=m).measure for m in found.choices["measure"].values()] == [
        "RR", "OR", "RD",
    ]  # fmt: skip


def test_restrictions_of_studies(trials: Trials, pain: Specifications) -> None:
    """Second-hand figures, small groups, risk of bias."""
    whole = pain()
    rules = pain.choices["studies"]
    first_hand = whole.take(rules["no second-hand figures"](whole))
    assert set(whole.study) - set(first_hand.study) == {"Kong 2020", "Weiner 2008"}
    large = whole.take(rules["25 or more in each group"](whole))
    assert set(whole.study) - set(large.study) == {"Carlsson 2001", "Kerr 2003"}
    bias = risk_of_bias(
        {
            "study": ["Kerr 2003", "Leibing 2002", "Kong 2020"],
            **{f"D{i}": ["low", "some", "high"] for i in range(1, 6)},
            "Overall": ["low", "some", "high"],
        }
    )
    judged = specify(trials, **SHAM, better="lower", bias=bias).choices["studies"]
    assert whole.take(judged["low risk of bias"](whole)).study == ("Kerr 2003",)
    assert whole.take(judged["not at high risk of bias"](whole)).study == (
        "Kerr 2003", "Leibing 2002",
    )  # fmt: skip
    assert pickle.loads(pickle.dumps(rules["25 or more in each group"])).least == 25


def test_sampled_specifications_are_the_pools_of_their_effects(
    trials: Trials, pain: Specifications
) -> None:
    """A smaller multiverse: every data choice in turn, through fresh tables."""
    choices = {
        **{
            name: list(own.items())[: 1 + (name != "treatment")]
            for name, own in pain.choices.items()
        },
        "tau2": [("REML", "REML"), ("SJ", "SJ")],
        "inference": [("HKSJ_FLOOR", "HKSJ_FLOOR"), ("T", "T")],
    }
    found = multiverse(pain, {name: dict(own) for name, own in choices.items()}, important=0.2)
    assert found.n == 2**8
    fresh = specify(trials, **SHAM, better="lower")
    for i in range(0, found.n, 37):
        options = found.options(i)
        given = {
            name: fresh.choices[name][options[name]] for name in fresh.choices if name != "studies"
        }
        effects = fresh(**given)
        rule = fresh.choices["studies"][options["studies"]]
        fit = pool(
            effects if rule is None else effects.take(rule(effects)),
            tau2=options["tau2"],
            inference=options["inference"],
        )
        assert close(
            [found.value[i], found.low[i], found.high[i]],
            [fit.estimate.value, fit.estimate.low, fit.estimate.high],
            EXACT,
        )


def test_faults(trials: Trials, pain: Specifications) -> None:
    """Unknown names are named."""
    with pytest.raises(ChoiceError, match='Did you mean "acupuncture"'):
        specify(trials, outcome="pain", treatment="acupunture", control="sham")
    with pytest.raises(ChoiceError, match='Did you mean "term"'):
        specify(trials, **SHAM, choices={"terms": [("short",)]})
    with pytest.raises(ChoiceError, match="is not a choice of the data"):
        pain(studies=None)  # type: ignore[call-arg]
    with pytest.raises(InputError, match="options of term must be a sequence"):
        specify(trials, **SHAM, choices={"term": "short"})
    with pytest.raises(InputError, match="term has no options"):
        specify(trials, **SHAM, choices={"term": []})
    with pytest.raises(ChoiceError, match="is not an effect measure"):
        pain(measure="SMDX")


def test_all_faults_are_one_error(trials: Trials) -> None:
    """Names, options and their values; of other types, too."""
    with pytest.raises(InputError) as told:
        specify(
            trials,
            outcome="pian",
            treatment="acupunture",
            control="sham",
            better="louwer",
            bias=3,  # type: ignore[arg-type]
            choices={
                "terms": [],
                "term": ["shrt"],
                "measure": ["SMDX"],
                "changes": [1.5],
                "printed": {"a": "no", "b": {"VAS_0_100": 0}},
                "control": ["shm"],
                "instruments": {"all": None, "x": "VAS"},
                "studies": {},
            },
        )
    for part in (
        "outcome='pian'", "treatment='acupunture'", "better='louwer'", "bias must be RiskOfBias",
        "choices='terms' is not a choice", "term='shrt'", "measure='SMDX'", "changes=1.5",
        "printed='no'", "an SD must be a number above 0; got VAS_0_100: 0", "control='shm'",
        "instruments='VAS'", "studies has no options",
    ):  # fmt: skip
        assert part in str(told.value)
    with pytest.raises(InputError, match="trials must be Trials"):
        specify(3, **SHAM)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="choices must be a mapping"):
        specify(trials, **SHAM, choices=["term"])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="treatment=3 must be a name or"):
        specify(trials, outcome="pain", treatment=3, control="sham")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no study has responder of both sham_laser and sham"):
        specify(trials, outcome="responder", treatment="sham_laser", control="sham")
    with pytest.raises(InputError, match="options of term are called 'short' twice"):
        specify(trials, **SHAM, choices={"term": ["short", ("short",)]})


def test_restrictions_that_leave_nothing_out_are_no_options(trials: Trials) -> None:
    """Without small groups and second-hand figures there is no such choice to make."""
    many = replace(trials, arms=trials.arms.assign(n=100.0, flags=""))
    rows = many.contrast_rows.assign(n1=100.0, n2=100.0, flags="")
    found = specify(replace(many, contrast_rows=rows), **SHAM, better="lower")
    assert list(found.choices["studies"]) == ["all studies"]


def test_every_option_explains_itself(pain: Specifications) -> None:
    """Its label is understood without the name of the choice; reasons are told in full."""
    labels = [option.label for options in pain.options.values() for option in options]
    assert len(set(labels)) == len(labels)
    for label in ("printed differences left out", "change scores left out", "all studies"):
        assert label in labels
    assert all(
        f"{option.label}: {option.reason}" in pain.summary()
        for options in pain.options.values()
        for option in options
    )


def test_nodes_and_groups_name_sides(trials: Trials, pain: Specifications) -> None:
    """A group is its nodes; a name that is both is the group when it stands alone."""
    table = trials.treatments
    nodes = tuple(table.index[table["group"] == "acupuncture"])
    assert pain(treatment=nodes).y.tolist() == pain().y.tolist()
    few = pain(treatment=("acupuncture", "electroacupuncture"))
    assert set(pain().study) - set(few.study) == {"Leibing 2002"}  # with physiotherapy in both
    for first, second in product((("acupuncture",), nodes), repeat=2):
        assert pain(treatment=first).study == pain(treatment=second).study
