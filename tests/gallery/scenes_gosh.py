"""Subsets of the studies: GOSH plots."""

from __future__ import annotations

from typing import Any

import metaan as ma
from tests.gallery.data import bcg_effects, sham_pain
from tests.gallery.scene import scenes_of


def gosh_bcg() -> ma.Plot[Any]:
    """GOSH plot with and without one study.

    All 8,191 subsets of 13 trials by the common effect: one large trial parts them.
    """
    return ma.gosh_plot(
        ma.pool(bcg_effects(), model="common"),
        color="TPT Madras 1980",
        title="BCG vaccine: every subset of the 13 trials, with and without Madras",
    )


def gosh_bcg_clusters_dark() -> ma.Plot[Any]:
    """GOSH plot with clusters, in the dark theme.

    Clouds of subsets, and which trials make them.
    """
    return ma.gosh_plot(
        ma.pool(bcg_effects(), model="common"),
        color="clusters",
        title="BCG vaccine: the subsets of the 13 trials fall into clusters",
        theme="dark",
    )


def gosh_pain_gray() -> ma.Plot[Any]:
    """GOSH plot of few studies, in gray.

    Each of the subsets is a point.
    """
    return ma.gosh_plot(
        ma.pool(sham_pain()),
        title="Pain after treatment: subsets of 6 of 26 studies on file",
        theme="gray",
    )


SCENES = scenes_of("Subsets of studies", gosh_bcg, gosh_bcg_clusters_dark, gosh_pain_gray)
