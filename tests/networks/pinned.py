"""Networks with pinned figures of netmeta 3.4, and networks of metadat to try things on."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.network_effects import NetworkEffects
from metaan.networks.fits.network import network
from metaan.networks.fits.network_fit import NetworkFit
from tests.reference.pinned import pins

PINNED = ("senn2013", "woods2010", "franchini2012")
HERE = Path(__file__).parent.parent / "reference" / "pins"


def net(name: str) -> Mapping[str, Any]:
    """Return the pinned figures of a network."""
    found: Mapping[str, Any] = pins(f"network_{name}")["net"]
    return found


@cache
def effects(name: str) -> NetworkEffects:
    """Return the contrasts that R made of a data set."""
    pairs = net(name)["pairwise"]
    return NetworkEffects.from_arrays(
        pairs["TE"],
        se=pairs["seTE"],
        study=pairs["studlab"],
        treat1=pairs["treat1"],
        treat2=pairs["treat2"],
    )


@cache
def fitted(name: str, model: str = "random", tau2: str = "DL") -> NetworkFit:
    """Return our fit of a pinned network, with intervals as R's: Wald's."""
    return network(effects(name), model=model, tau2=tau2, inference="WALD")


def matrix(entry: Mapping[str, Any], rows: Sequence[str], columns: Sequence[str] = ()) -> Floats:
    """Return a pinned matrix with rows and columns in this order; NaN where R says NA."""
    values = np.array(entry["values"], dtype=float)
    i = [entry["rows"].index(name) for name in rows]
    j = [entry["cols"].index(name) for name in (columns or rows)]
    return np.asarray(values[np.ix_(i, j)])


def table(name: str) -> list[dict[str, str]]:
    """Return the rows of a data set, ``senn2013`` or ``linde2016``."""
    with (HERE / f"dat.{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def linde2016() -> NetworkEffects:
    """Return 93 studies of 22 treatments of depression (Linde 2016), log odds ratios."""
    rows = table("linde2016")
    return NetworkEffects.from_arrays(
        [float(row["lnOR"]) for row in rows],
        se=[float(row["selnOR"]) for row in rows],
        study=[row["id"] for row in rows],
        treat1=[row["treat1"] for row in rows],
        treat2=[row["treat2"] for row in rows],
        disagreeing="repair",  # printed with six decimals
        scale="log",
        label="Odds ratio",
    )
