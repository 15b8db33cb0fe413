"""The forest plot in each layout: acupuncture, and the BCG trials."""

from __future__ import annotations

from typing import Any

import metaan as ma
from tests.gallery.data import bcg_effects, sham_pain
from tests.gallery.scene import scenes_of


def plain_sham_pain() -> ma.Plot[Any]:
    """Plain: pain, true against sham acupuncture.

    Our own layout: a block for each type of sham, with what two reviews printed below, in another
    color. 6 of the 26 studies on file have numbers that can be pooled.
    """
    published = {pool.pool_id: pool for pool in ma.load_published()}
    fit = ma.subgroups(sham_pain(), by="sham_type", inference="HKSJ_FLOOR")
    return ma.forest(
        fit,
        title="Pain, true vs sham acupuncture, by type of sham: 6 of 26 studies on file",
        published=[published["furlan2005_01"], published["mu2020_01"]],
        favors=("Favors acupuncture", "Favors sham"),
    )


def revman_sham_pain() -> ma.Plot[Any]:
    """RevMan: pain, true against sham acupuncture.

    The form of Review Manager 5, and its way of pooling: DerSimonian and Laird, normal limits.
    """
    fit = ma.subgroups(sham_pain(), by="sham_type", conventions="RevMan5")
    return ma.forest(
        fit,
        title="Pain, true vs sham acupuncture, by type of sham: 6 of 26 studies on file",
        favors=("Favours acupuncture", "Favours sham"),
        layout="RevMan",
    )


def bmj_sham_pain() -> ma.Plot[Any]:
    """BMJ: pain, true against sham acupuncture.

    The form of The BMJ: limits with "to", weights before effects, violet marks.
    """
    fit = ma.subgroups(sham_pain(), by="sham_type", inference="HKSJ_FLOOR")
    return ma.forest(
        fit,
        title="Pain, true vs sham acupuncture, by type of sham: 6 of 26 studies on file",
        favors=("Favours acupuncture", "Favours sham"),
        layout="BMJ",
    )


def jama_sham_pain() -> ma.Plot[Any]:
    """JAMA: pain, true against sham acupuncture.

    The form of JAMA: the sides named above the panel, P without a leading zero.
    """
    fit = ma.subgroups(sham_pain(), by="sham_type", inference="HKSJ_FLOOR")
    return ma.forest(
        fit,
        title="Pain, true vs sham acupuncture, by type of sham: 6 of 26 studies on file",
        favors=("Favors acupuncture", "Favors sham"),
        layout="JAMA",
    )


def plain_bcg() -> ma.Plot[Any]:
    """Plain: BCG vaccine against tuberculosis.

    Risk ratios on a logarithmic axis, random effects, prediction interval.
    """
    return ma.forest(
        ma.pool(bcg_effects()),
        title="Tuberculosis, BCG vaccine vs none: 13 trials (Colditz 1994)",
        favors=("Favors vaccine", "Favors no vaccine"),
    )


def revman_bcg() -> ma.Plot[Any]:
    """RevMan: BCG vaccine against tuberculosis.

    Events and totals in columns of their own, total events under the pool, both tests.
    """
    return ma.forest(
        ma.pool(bcg_effects(), conventions="RevMan5"),
        title="Tuberculosis, BCG vaccine vs none: 13 trials (Colditz 1994)",
        favors=("Favours vaccine", "Favours no vaccine"),
        layout="RevMan",
    )


def bmj_bcg() -> ma.Plot[Any]:
    """BMJ: BCG vaccine against tuberculosis.

    Events over totals under one head.
    """
    return ma.forest(
        ma.pool(bcg_effects()),
        title="Tuberculosis, BCG vaccine vs none: 13 trials (Colditz 1994)",
        favors=("Favours vaccine", "Favours no vaccine"),
        layout="BMJ",
    )


def jama_bcg() -> ma.Plot[Any]:
    """JAMA: BCG vaccine against tuberculosis.

    Limits joined by a hyphen where none of them is negative.
    """
    return ma.forest(
        ma.pool(bcg_effects()),
        title="Tuberculosis, BCG vaccine vs none: 13 trials (Colditz 1994)",
        favors=("Favors vaccine", "Favors no vaccine"),
        layout="JAMA",
    )


def own_layout_bcg() -> ma.Plot[Any]:
    """Layout of your own.

    Any field of a layout can differ from the row that it is based on; a `.toml` file does as well.
    """
    house = {
        "based_on": "JAMA",
        "right": ["effect", "weight"],
        "left": ["arms"],
        "interval": "{value} [{low}; {high}]",
        "label_head": "Trial",
        "zebra": True,
    }
    return ma.forest(
        ma.pool(bcg_effects()),
        title="Tuberculosis, BCG vaccine vs none: 13 trials (Colditz 1994)",
        favors=("Vaccine better", "No vaccine better"),
        layout=house,
    )


SCENES = scenes_of(
    "The forest plot, by journal",
    plain_sham_pain,
    revman_sham_pain,
    bmj_sham_pain,
    jama_sham_pain,
    plain_bcg,
    revman_bcg,
    bmj_bcg,
    jama_bcg,
    own_layout_bcg,
)
