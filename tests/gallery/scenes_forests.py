"""The forest plot: what can be asked of it, and what it can show."""

from __future__ import annotations

from typing import Any

import metaan as ma
from tests.gallery.data import (
    bcg_counts,
    bcg_effects,
    bcg_trials,
    catheters,
    sham_pain,
    warfarin,
    writing,
)
from tests.gallery.scene import scenes_of


def important_difference() -> ma.Plot[Any]:
    """Effects too small to matter.

    A band of 15 mm to either side of no difference: the smallest change that matters to a
    patient, by a consensus on low back pain (Ostelo 2008, doi:10.1097/BRS.0b013e31815e3a10).
    """
    return ma.forest(
        ma.pool(sham_pain(), inference="HKSJ_FLOOR"),
        title="Pain, true vs sham acupuncture: 6 of 26 studies on file",
        favors=("Favors acupuncture", "Favors sham"),
        important=15,
        digits=1,
        order="effect",
    )


def own_columns() -> ma.Plot[Any]:
    """Columns of the table on either side, and an order.

    Any column of the data can stand beside the plot; the trials are ordered by their distance
    from the equator.
    """
    return ma.forest(
        ma.pool(bcg_effects()),
        title="Tuberculosis, BCG vaccine vs none, by latitude: 13 trials (Colditz 1994)",
        left=["alloc", "ablat", "events", "n"],
        right=["effect", "weight", "se"],
        order="-ablat",
    )


def color_and_marker() -> ma.Plot[Any]:
    """Color and marker by a column.

    How the groups were formed, with a legend.
    """
    return ma.forest(
        ma.pool(bcg_effects()),
        title="Tuberculosis, BCG vaccine vs none: 13 trials (Colditz 1994)",
        favors=("Favors vaccine", "Favors no vaccine"),
        color="alloc",
        marker="alloc",
    )


def lights() -> ma.Plot[Any]:
    """Risk of bias beside the rows.

    One domain of the Cochrane tool, random sequence generation, judged by its rule that
    alternation and systematic allocation are of high risk; where the table says no more than
    "random", the risk is unclear. The other domains were not judged.
    """
    bcg = bcg_trials()
    rule = {"random": "unclear", "alternate": "high", "systematic": "high"}
    judged = {"study": bcg["study"], "Sequence generation": bcg["alloc"].map(rule)}
    return ma.forest(
        ma.pool(bcg_effects()),
        title="Tuberculosis, BCG vaccine vs none: 13 trials (Colditz 1994)",
        bias=ma.risk_of_bias(judged, tool="generic"),
        right=["effect", "bias"],
    )


def cut_axis() -> ma.Plot[Any]:
    """Axis with ends of its own.

    What runs over the ends is cut, with an arrow.
    """
    return ma.forest(
        ma.pool(bcg_effects()),
        title="Tuberculosis, BCG vaccine vs none: 13 trials (Colditz 1994)",
        favors=("Favors vaccine", "Favors no vaccine"),
        axis=(0.2, 2),
        ticks=[0.2, 0.5, 1, 2],
    )


def several_models() -> ma.Plot[Any]:
    """Several models under one another.

    The same trials pooled in other ways: a diamond for each.
    """
    effects = bcg_effects()
    return ma.forest(
        ma.pool(effects, inference="HKSJ"),
        title="Tuberculosis, BCG vaccine vs none: 13 trials (Colditz 1994)",
        models={
            "DerSimonian-Laird, normal": ma.pool(effects, tau2="DL", inference="WALD"),
            "Common effect": ma.pool(effects, model="common"),
            "Mantel-Haenszel": ma.mantel_haenszel(bcg_counts(), "RR"),
        },
    )


def cumulative_bcg() -> ma.Plot[Any]:
    """Cumulative: one more trial in each row.

    What was known after each trial, in the order of the years.
    """
    return ma.forest(
        ma.cumulative(ma.pool(bcg_effects()), "year"),
        title="Tuberculosis, BCG vaccine vs none, as the trials came in (Colditz 1994)",
        favors=("Favors vaccine", "Favors no vaccine"),
    )


def leave_one_out_sham() -> ma.Plot[Any]:
    """Leave-one-out: without each study in turn.

    Without Cherkin 2009, the one study to the right of no difference, the interval excludes it.
    """
    return ma.forest(
        ma.leave_one_out(ma.pool(sham_pain(), inference="HKSJ_FLOOR")),
        title="Pain, true vs sham acupuncture, without each of 6 of 26 studies on file",
        favors=("Favors acupuncture", "Favors sham"),
    )


def regression_bcg() -> ma.Plot[Any]:
    """Meta-regression: each study over what the model expects.

    By the distance from the equator, in degrees.
    """
    return ma.forest(
        ma.regress(bcg_effects(), "~ ablat"),
        title="Tuberculosis, BCG vaccine vs none, by latitude: 13 trials (Colditz 1994)",
        favors=("Favors vaccine", "Favors no vaccine"),
        left=["ablat"],
        order="ablat",
    )


def mantel_haenszel_bcg() -> ma.Plot[Any]:
    """Mantel-Haenszel.

    Odds ratios of counts, with the test of association.
    """
    return ma.forest(
        ma.mantel_haenszel(bcg_counts(), "OR"),
        title="Tuberculosis, BCG vaccine vs none: 13 trials (Colditz 1994)",
        favors=("Favors vaccine", "Favors no vaccine"),
    )


def peto_catheters() -> ma.Plot[Any]:
    """Peto: rare events, nothing added to empty cells.

    Infections from central venous catheters; the trial without any event says nothing.
    """
    return ma.forest(
        ma.peto(catheters()),
        title="Bloodstream infection, treated vs standard catheters: 18 trials (Niel-Weise 2007)",
        favors=("Favors treated", "Favors standard"),
    )


def rates_warfarin() -> ma.Plot[Any]:
    """Rates by person-time.

    Ratios of the incidence of stroke, by Mantel-Haenszel.
    """
    return ma.forest(
        ma.mantel_haenszel(warfarin(), "IRR"),
        title="Stroke in atrial fibrillation, warfarin vs control: 6 trials (Hart 1999)",
        favors=("Favors warfarin", "Favors control"),
    )


def glmm_catheters() -> ma.Plot[Any]:
    """Generalized linear mixed model.

    The exact likelihood, given the events of each study; nothing is added to empty cells.
    """
    return ma.forest(
        ma.glmm(catheters(), "CM.EL"),
        title="Bloodstream infection, treated vs standard catheters: 18 trials (Niel-Weise 2007)",
        favors=("Favors treated", "Favors standard"),
    )


def forty_eight_rows() -> ma.Plot[Any]:
    """Forty-eight studies.

    48 studies of writing to learn at school (Bangert-Drowns 2004).
    """
    return ma.forest(
        ma.pool(writing()),
        title="Learning, writing to learn vs conventional teaching: 48 studies",
        favors=("Favors conventional", "Favors writing"),
        order="effect",
    )


def one_of_thirteen() -> ma.Plot[Any]:
    """One usable trial: nothing is pooled.

    Su 2021 reviewed 13 trials of acute low back pain and does not list them where it could be
    read; of the probable ones, one has numbers of pain on file.
    """
    published = {pool.pool_id: pool for pool in ma.load_published()}
    trials = ma.load_trials()
    pain = trials.select(
        study=list(trials.members("in_13rct")), outcome="pain", term=["immediate", "short"]
    ).rescale({"NRS_0_10": "VAS_0_10"})
    effects = ma.effect_sizes(pain.contrasts("acupuncture", ["sham", "drug"]), "MD")
    return ma.forest(
        effects,
        title="Pain in acute low back pain, acupuncture vs any control: 1 of 13 studies on file",
        published=[published["su2021_01"]],
        favors=("Favors acupuncture", "Favors control"),
    )


def umbrella() -> ma.Plot[Any]:
    """Umbrella: what reviews printed.

    Pooled differences in mm, as they stand in the reviews; grouped by what was compared.
    """
    pools = [
        pool
        for pool in ma.load_published()
        if (pool.measure, pool.instrument, pool.outcome) == ("MD", "VAS_0_100", "pain")
    ]
    return ma.forest(
        pools,
        title=f"Pain (0 to 100 mm): {len(pools)} published pools, as printed",
        favors=("Favors acupuncture", "Favors control"),
    )


def long_umbrella() -> ma.Plot[Any]:
    """Long umbrella.

    Every standardized difference in pain that is on file, grouped by what was compared.
    """
    pools = [
        pool
        for pool in ma.load_published()
        if (pool.measure, pool.instrument) == ("SMD", "PAIN_MIXED")
    ]
    return ma.forest(
        pools,
        title=f"Pain, standardized: {len(pools)} published pools, as printed",
        favors=("Favors acupuncture", "Favors control"),
    )


def dark_sham_pain() -> ma.Plot[Any]:
    """Dark theme.

    For slides and dark notebooks.
    """
    fit = ma.subgroups(sham_pain(), by="sham_type", inference="HKSJ_FLOOR")
    return ma.forest(
        fit,
        title="Pain, true vs sham acupuncture, by type of sham: 6 of 26 studies on file",
        favors=("Favors acupuncture", "Favors sham"),
        important=15,
        theme="dark",
    )


def gray_bcg() -> ma.Plot[Any]:
    """Gray theme.

    For print without color: colors come with markers of their own.
    """
    return ma.forest(
        ma.pool(bcg_effects()),
        title="Tuberculosis, BCG vaccine vs none: 13 trials (Colditz 1994)",
        favors=("Favors vaccine", "Favors no vaccine"),
        color="alloc",
        theme="gray",
    )


SCENES = (
    *scenes_of(
        "The forest plot: what can be asked",
        important_difference,
        own_columns,
        color_and_marker,
        lights,
        cut_axis,
        several_models,
        forty_eight_rows,
        dark_sham_pain,
        gray_bcg,
    ),
    *scenes_of(
        "The forest plot: models and refits",
        cumulative_bcg,
        leave_one_out_sham,
        regression_bcg,
        mantel_haenszel_bcg,
        peto_catheters,
        rates_warfarin,
        glmm_catheters,
    ),
    *scenes_of("The forest plot: published results", one_of_thirteen, umbrella, long_umbrella),
)
