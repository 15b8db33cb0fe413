"""Fits of networks to draw: pinned ones, and made-up ones of every shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import MappingProxyType

import numpy as np

from metaan.core.network_effects import NetworkEffects
from metaan.networks.fits.network import network
from metaan.networks.fits.network_fit import NetworkFit
from tests.networks.pinned import fitted, linde2016
from tests.plots.network_graphs import LONG

# What a fit says of intervals that do not suit all figures, with what is for the call alone.
NARROW = 'the HKSJ intervals are narrower than Wald\'s; inference="HKSJ_FLOOR" is never narrower'
Made = Callable[[], NetworkFit]


def of_pairs(
    pairs: Sequence[tuple[str, str]], *, seed: int = 1, scale: str = "identity"
) -> NetworkFit:
    """Return a common-effect network of studies of two arms with seeded effects."""
    rng = np.random.default_rng(seed)
    treat1, treat2 = zip(*pairs, strict=True)
    made = NetworkEffects.from_arrays(
        rng.normal(0.3, 0.6, len(pairs)),
        se=rng.uniform(0.1, 0.5, len(pairs)),
        study=[f"Trial {i + 1}" for i in range(len(pairs))],
        treat1=treat1,
        treat2=treat2,
        scale=scale,
        label="Odds ratio" if scale == "log" else "Mean difference",
    )
    return network(made, model="common")


def two() -> NetworkFit:
    """Return three studies of two treatments."""
    return of_pairs([("sham acupuncture", "usual care")] * 3)


def star() -> NetworkFit:
    """Return treatments that were compared with placebo alone, one of them twice."""
    return of_pairs([(f"drug {name}", "placebo") for name in "ABCDA"])


@cache
def long_names() -> NetworkFit:
    """Return a ring of treatments with names of more than sixty letters."""
    names = [f"{LONG} {i}" for i in range(6)]
    return of_pairs([(names[i], names[(i + 1) % 6]) for i in range(6)] * 2, scale="log")


@cache
def linde() -> NetworkFit:
    """Return the network of 22 treatments of depression."""
    return network(linde2016(), reference="Placebo")


FITS: Mapping[str, Made] = MappingProxyType(
    {
        "senn2013": lambda: fitted("senn2013"),
        "woods2010": lambda: fitted("woods2010"),
        "franchini2012": lambda: fitted("franchini2012"),
        "linde2016": linde,
        "two": two,
        "star": star,
        "long names": long_names,
    }
)
LOOPED = tuple(name for name in FITS if name not in ("two", "star"))
