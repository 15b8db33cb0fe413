"""What stands around a meta-analysis: risk of bias, and the flow of records."""

from __future__ import annotations

from typing import Any

import metaan as ma
from tests.gallery.data import bcg_effects, bcg_trials, published_judgments
from tests.gallery.scene import scenes_of


def traffic_light_published() -> ma.Plot[Any]:
    """Traffic-light table.

    Seven trials as a review judged them with the Cochrane tool of 2011 (Table 2 of
    https://www.omicsonline.org/2329-9096/images/2329-9096-S1-001-t002.html).
    """
    return ma.traffic_light(
        published_judgments(),
        title="Risk of bias: 7 trials, as a review judged them",
    )


def traffic_light_dark() -> ma.Plot[Any]:
    """Traffic-light table in the dark theme.

    Of the BCG trials one domain is judged, from how the groups were formed: by the rule of the
    Cochrane tool alternation and systematic allocation are of high risk, and "random" without a
    word on how is unclear. What nobody judged stays empty.
    """
    bcg = bcg_trials()
    rule = {"random": "unclear", "alternate": "high", "systematic": "high"}
    judged = bcg.assign(D1=bcg["alloc"].map(rule), D2="", D3="", D4="", D5="", D6="")
    return ma.traffic_light(
        ma.risk_of_bias(judged, tool="RoB1"),
        title="Risk of bias: 13 trials of BCG vaccine (Colditz 1994)",
        theme="dark",
    )


def traffic_light_gray() -> ma.Plot[Any]:
    """Traffic-light table in gray.

    Signs and shades say what colors say elsewhere.
    """
    return ma.traffic_light(
        published_judgments(),
        title="Risk of bias: 7 trials, as a review judged them",
        theme="gray",
    )


def bias_summary_published() -> ma.Plot[Any]:
    """Summary of the risk of bias.

    Percent of the trials.
    """
    return ma.bias_summary(
        published_judgments(),
        title="Risk of bias: 7 trials, as a review judged them",
    )


def bias_summary_dark() -> ma.Plot[Any]:
    """Summary in the dark theme, by weight.

    How much of the weight of the pool each judgment has.
    """
    bcg = bcg_trials()
    rule = {"random": "unclear", "alternate": "high", "systematic": "high"}
    judged = {"study": bcg["study"], "Sequence generation": bcg["alloc"].map(rule)}
    return ma.bias_summary(
        ma.risk_of_bias(judged, tool="generic"),
        weights=ma.pool(bcg_effects()),
        title="Risk of bias: 13 trials of BCG vaccine (Colditz 1994)",
        theme="dark",
    )


def bias_summary_gray() -> ma.Plot[Any]:
    """Summary in gray.

    Percent of the trials.
    """
    return ma.bias_summary(
        published_judgments(),
        title="Risk of bias: 7 trials, as a review judged them",
        theme="gray",
    )


def prisma_osteopathy() -> ma.Plot[Any]:
    """PRISMA 2020 flow diagram.

    Osteopathy for chronic low back pain, as the abstract of Orrock 2013 reports it
    (doi:10.1186/1471-2474-14-129).
    """
    return ma.prisma(
        databases=809,
        screened=809,
        excluded=772,
        assessed=37,
        reports_excluded=35,
        included_studies=2,
        title="Osteopathy for chronic low back pain (Orrock 2013)",
    )


def prisma_dark() -> ma.Plot[Any]:
    """Flow diagram in the dark theme.

    Mu 2020 (doi:10.1002/14651858.CD013814): its abstract tells of 33 studies in 37 articles, and
    nothing else is filled in.
    """
    return ma.prisma(
        included_studies=33,
        included_reports=37,
        title="Acupuncture for chronic low back pain (Mu 2020)",
        theme="dark",
    )


def prisma_gray() -> ma.Plot[Any]:
    """Flow diagram in gray.

    The same numbers of Orrock 2013, for print without color.
    """
    return ma.prisma(
        databases=809,
        screened=809,
        excluded=772,
        assessed=37,
        reports_excluded=35,
        included_studies=2,
        title="Osteopathy for chronic low back pain (Orrock 2013)",
        theme="gray",
    )


SCENES = (
    *scenes_of(
        "Risk of bias",
        traffic_light_published,
        traffic_light_dark,
        traffic_light_gray,
        bias_summary_published,
        bias_summary_dark,
        bias_summary_gray,
    ),
    *scenes_of("The flow of records", prisma_osteopathy, prisma_dark, prisma_gray),
)
