"""The numbers of the gallery: published ones all, each with its source."""

from __future__ import annotations

from functools import cache

import pandas as pd

import metaan as ma


@cache
def sham_pain() -> ma.Effects:
    """Pain after treatment, true against sham acupuncture: 6 of 26 studies on file."""
    trials = ma.load_trials()
    pain = trials.select(
        study=list(trials.members("in_sham")),
        outcome="pain",
        term="immediate",
        instrument=["VAS_0_100", "BOTHERSOMENESS_0_10"],
    ).rescale({"BOTHERSOMENESS_0_10": "VAS_0_100"})
    return ma.effect_sizes(pain.contrasts("acupuncture", "sham"), "MD")


@cache
def bcg_trials() -> pd.DataFrame:
    """BCG vaccine against tuberculosis, 13 trials: Colditz 1994.

    doi:10.1001/jama.1994.03510330076038
    """
    bcg = pd.read_csv("tests/reference/pins/dat.bcg.csv")
    return bcg.assign(
        study=bcg["author"] + " " + bcg["year"].astype(str),
        n1=bcg["tpos"] + bcg["tneg"],
        n2=bcg["cpos"] + bcg["cneg"],
    )


@cache
def bcg_effects() -> ma.Effects:
    """Risk ratios of tuberculosis."""
    return ma.effect_sizes(
        bcg_trials(),
        "RR",
        events1="tpos",
        events2="cpos",
        treatment="BCG vaccine",
        control="No vaccine",
    )


@cache
def bcg_counts() -> ma.Counts:
    """Cases of tuberculosis as counts."""
    return ma.counts(
        bcg_trials(),
        events1="tpos",
        events2="cpos",
        treatment="BCG vaccine",
        control="No vaccine",
    )


@cache
def catheters() -> ma.Counts:
    """Bloodstream infections from treated catheters: Niel-Weise 2007, 18 trials.

    doi:10.1007/s00134-007-0897-3
    """
    table = pd.read_csv("tests/reference/pins/dat.nielweise2007.csv")
    return ma.counts(
        table.assign(study=table["author"] + " " + table["year"].astype(str)),
        events1="ai",
        n1="n1i",
        events2="ci",
        n2="n2i",
        treatment="Treated catheter",
        control="Standard",
    )


@cache
def warfarin() -> ma.Counts:
    """Strokes of people with atrial fibrillation, by person-years: Hart 1999, 6 trials.

    doi:10.7326/0003-4819-131-7-199910050-00003
    """
    table = pd.read_csv("tests/reference/pins/dat.hart1999.csv")
    return ma.counts(
        table,
        events1="x1i",
        time1="t1i",
        events2="x2i",
        time2="t2i",
        treatment="Warfarin",
        control="Control",
    )


@cache
def writing() -> ma.Effects:
    """School programs of writing to learn, 48 studies: Bangert-Drowns 2004.

    doi:10.3102/00346543074001029
    """
    table = pd.read_csv("tests/papers/data/bangertdrowns2004.csv")
    return ma.Effects.from_arrays(
        table["yi"],
        table["vi"],
        study=[f"Study {number}" for number in table["id"]],
        label="Standardized mean difference",
    )


@cache
def dropout() -> ma.Effects:
    """Programs against leaving school, 385 log odds ratios of 152 studies: Wilson 2011.

    doi:10.4073/csr.2011.8; as the R package clubSandwich has them.
    """
    table = pd.read_csv("tests/papers/data/wilson2011.csv")
    return ma.Effects.from_arrays(
        table["LOR1"],
        table["varLOR"],
        scale="log",
        label="Odds ratio",
        columns={name: list(table[name]) for name in ("study_design", "outcome", "average_age")},
    )


@cache
def published_judgments() -> ma.RiskOfBias:
    """Seven trials judged by a review with the Cochrane tool; its signs: + high, - low.

    https://www.omicsonline.org/2329-9096/images/2329-9096-S1-001-t002.html
    """
    words = {"-": "low", "+": "high", "?": "unclear"}
    table = {
        "study": [
            "Khan 2012",
            "Cho 2006",
            "Hartmann 2007",
            "Gordon 2007",
            "Koinberg 2006",
            "Strauss-Blasche 2005",
            "Pinto e Silva 2008",
        ],
        "D1": [words[sign] for sign in "-+?+++?"],
        "D2": [words[sign] for sign in "-+?++++"],
        "D3": [words[sign] for sign in "+++++++"],
        "D4": [words[sign] for sign in "-++++++"],
        "D5": [words[sign] for sign in "-++++-+"],
        "D6": [words[sign] for sign in "--+++++"],
        "D7": [words[sign] for sign in "-++++++"],
    }
    return ma.risk_of_bias(table, tool="RoB1")


def catheters_added(add: float, measure: str = "RR") -> ma.Effects:
    """Return infections from treated catheters with this added to cells without events.

    Trials without any event are left out.
    """
    tables = catheters().to_frame()
    tables = tables[tables["events1"] + tables["events2"] > 0]
    return ma.effect_sizes(tables, measure, add=add)


def sham_pain_wider(factor: float) -> ma.Effects:
    """Return pain against sham as if all standard errors were larger by a factor."""
    effects = sham_pain()
    return ma.Effects.from_arrays(
        effects.y, se=factor * effects.se, study=effects.study, label=effects.label
    )


DATA = (
    sham_pain,
    bcg_trials,
    bcg_effects,
    bcg_counts,
    catheters,
    catheters_added,
    sham_pain_wider,
    writing,
    dropout,
    published_judgments,
)
