"""One of every fit that charts may be asked to draw, on the BCG trials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any

import pandas as pd

from metaan.core.bias import RiskOfBias
from metaan.core.effects import Effects
from metaan.dependent.robust import robust
from metaan.diagnostics.cumulative import cumulative
from metaan.diagnostics.leaving_out import leave_one_out
from metaan.trials.bias import risk_of_bias
from metaan.trials.counting import counts
from metaan.twobytwo.glmm import glmm
from metaan.twobytwo.mantel_haenszel import mantel_haenszel
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from metaan.univariate.subgrouping import subgroups
from tests.plots import builders as make

# Latitude and allocation of the BCG trials, in their order, as in metafor's dat.bcg.
ABLAT = (44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33)
ALLOC = ("random", "random", "random", "random", "alternate", "alternate", "random", "random",
         "random", "systematic", "systematic", "systematic", "systematic")  # fmt: skip


def bcg() -> Effects:
    """Return the log risk ratios with the moderators of the trials, and labs for clusters."""
    made = make.bcg_effects()
    labs = tuple(f"lab {i % 5}" for i in range(13))
    more = {"ablat": ABLAT, "alloc": ALLOC, "lab": labs}
    return replace(made, columns={**made.columns, **more})


@cache
def subjects() -> Mapping[str, Any]:
    """Return every fit by its name."""
    effects = bcg()
    names, e1, n1, e2, n2 = zip(*make.BCG, strict=True)
    table = {"study": names, "events1": e1, "n1": n1, "events2": e2, "n2": n2, "alloc": ALLOC}
    tables = counts(pd.DataFrame(table))
    whole, line = pool(effects), regress(effects, "~ alloc")
    return MappingProxyType(
        {
            "Effects": effects,
            "PooledFit": whole,
            "SubgroupFit": subgroups(effects, by="alloc"),
            "CountsFit": mantel_haenszel(tables, "OR"),
            "GlmmFit": glmm(tables),
            "RegressionFit": line,
            "RobustFit": robust(whole, cluster="lab"),
            "RobustFit of a regression": robust(line, cluster="lab"),
            "Refits": leave_one_out(whole),
            "cumulative Refits": cumulative(whole),
            "Counts": tables,
            "RiskOfBias": judged(),
        }
    )


def judged() -> RiskOfBias:
    """Return judgments made up for these tests."""
    names = [name for name, *_ in make.BCG]
    marks = [("low", "high", "some concerns")[i % 3] for i in range(13)]
    table = {"study": names, "Blinding": marks, "Allocation": marks[::-1], "Overall": marks}
    return risk_of_bias(pd.DataFrame(table), tool="generic")
