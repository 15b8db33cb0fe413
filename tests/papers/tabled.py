"""The data sets behind printed analyses: the pinned ones, and those in ``papers/data``."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import metaan as ma

HERE = Path(__file__).parent
PINS = HERE.parent / "reference" / "pins"
BCG = {
    "events1": "tpos",
    "nonevents1": "tneg",
    "events2": "cpos",
    "nonevents2": "cneg",
    "study": "trial",
}


def data(name):
    """Return a table of ``papers/data``."""
    return pd.read_csv(HERE / "data" / f"{name}.csv")


def bcg():
    """Return the 13 trials of the BCG vaccine (Colditz 1994; ``dat.bcg`` of R's metadat)."""
    return pd.read_csv(PINS / "dat.bcg.csv")


def bcg_counts():
    """Return their counts, the vaccinated first."""
    return ma.counts(bcg(), **BCG)


def bcg_effects(measure):
    """Return their effects, with the other columns of the table."""
    return ma.effect_sizes(bcg(), measure, **BCG)
