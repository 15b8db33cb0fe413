"""Funnel, radial, bubble, drapery and L'Abbé plots."""

from __future__ import annotations

from typing import Any

import metaan as ma
from tests.gallery.data import bcg_counts, bcg_effects, catheters, dropout, sham_pain, writing
from tests.gallery.scene import scenes_of


def funnel_plain() -> ma.Plot[Any]:
    """Funnel plot.

    48 studies of writing to learn at school (Bangert-Drowns 2004); those outside of the limits
    are named.
    """
    return ma.funnel(
        ma.pool(writing()),
        names="outside",
        title="Writing to learn vs conventional teaching: 48 studies",
    )


def funnel_contours() -> ma.Plot[Any]:
    """Contour-enhanced funnel plot.

    Shades say how small the p-value of each trial is by itself.
    """
    return ma.funnel(
        ma.pool(bcg_effects()),
        contours=(0.90, 0.95, 0.99),
        title="Tuberculosis, BCG vaccine vs none: 13 trials (Colditz 1994)",
    )


def funnel_participants() -> ma.Plot[Any]:
    """Funnel plot by participants.

    On the logarithm of their number, which does not depend on the effect; marks by allocation.
    """
    return ma.funnel(
        ma.subgroups(bcg_effects(), by="alloc"),
        "log n",
        title="Tuberculosis, BCG vaccine vs none: 13 trials (Colditz 1994)",
    )


def funnel_heterogeneous() -> ma.Plot[Any]:
    """Funnel plot with limits that allow for heterogeneity.

    Where 90 and 99% of the studies are expected if true effects vary as the pool says.
    """
    return ma.funnel(
        ma.pool(bcg_effects()),
        "precision",
        levels=(0.90, 0.99),
        tau2=True,
        color="alloc",
        title="Tuberculosis, BCG vaccine vs none: 13 trials (Colditz 1994)",
    )


def funnel_dark() -> ma.Plot[Any]:
    """Funnel plot in the dark theme.

    Inverse variances upward; two levels of p.
    """
    return ma.funnel(
        ma.pool(writing()),
        "inverse variance",
        contours=(0.95, 0.99),
        title="Writing to learn vs conventional teaching: 48 studies",
        theme="dark",
    )


def funnel_gray() -> ma.Plot[Any]:
    """Funnel plot in gray.

    Few studies: a footnote warns of judging asymmetry by eye.
    """
    return ma.funnel(
        ma.pool(sham_pain(), inference="HKSJ_FLOOR"),
        names="all",
        title="Pain, true vs sham acupuncture: 6 of 26 studies on file",
        theme="gray",
    )


def radial_bcg() -> ma.Plot[Any]:
    """Radial (Galbraith) plot.

    Risk ratios are read on the arc; all points have the same standard error in height.
    """
    return ma.radial(
        ma.pool(bcg_effects()),
        names="outside",
        title="Tuberculosis, BCG vaccine vs none: 13 trials (Colditz 1994)",
    )


def radial_dark() -> ma.Plot[Any]:
    """Radial plot in the dark theme.

    As if one true effect were common to all 48 studies: too many lie outside of the band.
    """
    return ma.radial(
        ma.pool(writing(), model="common"),
        names="outside",
        title="Writing to learn vs conventional teaching: 48 studies",
        theme="dark",
    )


def radial_gray() -> ma.Plot[Any]:
    """Radial plot in gray.

    Six studies, all named.
    """
    return ma.radial(
        ma.pool(sham_pain(), inference="HKSJ_FLOOR"),
        names="all",
        title="Pain, true vs sham acupuncture: 6 of 26 studies on file",
        theme="gray",
    )


def bubble_latitude() -> ma.Plot[Any]:
    """Bubble plot.

    The further from the equator, the greater the effect of the vaccine; areas are weights, the
    inner band is for the mean, the outer one for a new trial.
    """
    return ma.bubble(
        ma.regress(bcg_effects(), "~ ablat"),
        "ablat",
        color="alloc",
        names=["Comstock & Webster 1969", "Vandiviere et al 1973"],
        title="Tuberculosis, BCG vaccine vs none, by latitude: 13 trials (Colditz 1994)",
    )


def bubble_dark() -> ma.Plot[Any]:
    """Bubble plot in the dark theme.

    The year beside the latitude, which is held at its mean.
    """
    return ma.bubble(
        ma.regress(bcg_effects(), "~ year + ablat"),
        "year",
        title="Tuberculosis, BCG vaccine vs none, by year: 13 trials (Colditz 1994)",
        theme="dark",
    )


def bubble_gray() -> ma.Plot[Any]:
    """Bubble plot of categories, in gray.

    How the groups were formed.
    """
    return ma.bubble(
        ma.regress(bcg_effects(), "~ alloc"),
        "alloc",
        title="Tuberculosis, BCG vaccine vs none, by allocation: 13 trials (Colditz 1994)",
        theme="gray",
    )


def drapery_sham_pain() -> ma.Plot[Any]:
    """Drapery plot.

    The p-value of every effect: thin lines for studies, a thick one for their pool, and the
    prediction region.
    """
    return ma.drapery(
        ma.pool(sham_pain(), inference="HKSJ_FLOOR"),
        names=["Cherkin 2009"],
        title="Pain, true vs sham acupuncture: 6 of 26 studies on file",
    )


def drapery_dark() -> ma.Plot[Any]:
    """Drapery plot in the dark theme.

    A line for each subgroup and one for all.
    """
    return ma.drapery(
        ma.subgroups(bcg_effects(), by="alloc"),
        title="Tuberculosis, BCG vaccine vs none, by allocation: 13 trials (Colditz 1994)",
        theme="dark",
    )


def drapery_gray() -> ma.Plot[Any]:
    """Drapery plot in gray.

    Logarithms of the p-values.
    """
    return ma.drapery(
        ma.pool(bcg_effects()),
        axis="LOG_P",
        title="Tuberculosis, BCG vaccine vs none: 13 trials (Colditz 1994)",
        theme="gray",
    )


def labbe_bcg() -> ma.Plot[Any]:
    """L'Abbé plot.

    The risk of tuberculosis with the vaccine against the risk without, and what the pooled risk
    ratio makes of each risk.
    """
    return ma.labbe(
        ma.pool(bcg_effects()),
        color="alloc",
        names=["Stein & Aronson 1953", "Ferguson & Simes 1949", "Aronson 1948"],
        title="Tuberculosis, BCG vaccine vs none: 13 trials (Colditz 1994)",
    )


def labbe_dark() -> ma.Plot[Any]:
    """L'Abbé plot in the dark theme.

    Rare events, and the curve of an odds ratio by Mantel-Haenszel.
    """
    return ma.labbe(
        ma.mantel_haenszel(catheters(), "OR"),
        title="Bloodstream infection, treated vs standard catheters: 18 trials (Niel-Weise 2007)",
        theme="dark",
    )


def labbe_gray() -> ma.Plot[Any]:
    """L'Abbé plot in gray.

    Counts alone, before anything is pooled; areas are numbers of people.
    """
    return ma.labbe(
        bcg_counts(),
        title="Tuberculosis, BCG vaccine vs none: 13 trials (Colditz 1994)",
        theme="gray",
    )


def orchard_dropout() -> ma.Plot[Any]:
    """Orchard plot.

    Programs against leaving school, 385 odds ratios (Wilson 2011), by the design of the study:
    thick bars for the means, thin ones for new studies.
    """
    return ma.orchard(
        ma.regress(dropout(), "~ study_design"),
        title="Leaving school, programs vs none: 385 odds ratios (Wilson 2011)",
    )


def orchard_dark() -> ma.Plot[Any]:
    """Orchard plot in the dark theme.

    Subgroups, with the mean of all studies last.
    """
    return ma.orchard(
        ma.subgroups(bcg_effects(), by="alloc"),
        title="Tuberculosis, BCG vaccine vs none, by allocation: 13 trials (Colditz 1994)",
        theme="dark",
    )


def orchard_gray() -> ma.Plot[Any]:
    """Orchard plot in gray.

    One pool of 48 studies.
    """
    return ma.orchard(
        ma.pool(writing()),
        title="Writing to learn vs conventional teaching: 48 studies",
        theme="gray",
    )


def caterpillar_dropout() -> ma.Plot[Any]:
    """Caterpillar plot.

    385 odds ratios of 152 studies, smallest on top, a row for each of them.
    """
    return ma.caterpillar(
        ma.pool(dropout()),
        title="Leaving school, programs vs none: 385 odds ratios (Wilson 2011)",
    )


def caterpillar_dark() -> ma.Plot[Any]:
    """Caterpillar plot in the dark theme.

    48 studies, named.
    """
    return ma.caterpillar(
        ma.pool(writing()),
        title="Writing to learn vs conventional teaching: 48 studies",
        theme="dark",
    )


def caterpillar_gray() -> ma.Plot[Any]:
    """Caterpillar plot in gray.

    Subgroups, told apart by their marks.
    """
    return ma.caterpillar(
        ma.subgroups(bcg_effects(), by="alloc"),
        title="Tuberculosis, BCG vaccine vs none, by allocation: 13 trials (Colditz 1994)",
        theme="gray",
    )


SCENES = (
    *scenes_of(
        "Funnel and radial plots",
        funnel_plain,
        funnel_contours,
        funnel_participants,
        funnel_heterogeneous,
        funnel_dark,
        funnel_gray,
        radial_bcg,
        radial_dark,
        radial_gray,
    ),
    *scenes_of("Meta-regression: bubble plots", bubble_latitude, bubble_dark, bubble_gray),
    *scenes_of("p-values: drapery plots", drapery_sham_pain, drapery_dark, drapery_gray),
    *scenes_of("Counts: L'Abbé plots", labbe_bcg, labbe_dark, labbe_gray),
    *scenes_of(
        "Many studies: orchard and caterpillar plots",
        orchard_dropout,
        orchard_dark,
        orchard_gray,
        caterpillar_dropout,
        caterpillar_dark,
        caterpillar_gray,
    ),
)
