"""COUNT_METHODS: how counts are pooled without a model of each study, one row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from metaan.core.arrays import FrozenDict
from metaan.core.counts import PETO_ODDS_RATIO
from metaan.core.fit_words import INFERENCE, POOLING, VARIANCE
from metaan.core.wording import Method
from metaan.twobytwo.estimators import MH_MEASURES
from metaan.univariate.inference import INFERENCES, WALD


@dataclass(frozen=True, slots=True, kw_only=True)
class CountMethod:
    """A row of ``COUNT_METHODS``.

    Attributes
    ----------
    key, name : str
        Key and name.
    measures : tuple of str
        What it pools.
    verb : str
        The call.
    zero_cells : str
        What it does with cells of 0.
    double_zero : str
        What it does with studies without events in both groups.
    doi : str
        Where it was published.
    """

    key: str
    name: str
    measures: tuple[str, ...]
    verb: str
    zero_cells: str
    double_zero: str
    doi: str


_ROWS = (
    CountMethod(
        key="MH",
        name="Mantel-Haenszel",
        measures=tuple(MH_MEASURES),
        verb="mantel_haenszel(counts, measure)",
        zero_cells="taken as they are; correction=0.5 adds to the cells of these studies",
        double_zero="no part in a ratio; part in a difference, with their weight",
        doi="10.1093/jnci/22.4.719",
    ),
    CountMethod(
        key=PETO_ODDS_RATIO,
        name="Peto",
        measures=(PETO_ODDS_RATIO,),
        verb="peto(counts)",
        zero_cells="taken as they are",
        double_zero="no part",
        doi="10.1016/s0033-0620(85)80003-7",
    ),
    CountMethod(
        key="IV",
        name="Inverse variance",
        measures=tuple(MH_MEASURES),
        verb="pool(counts.effects[measure])",
        zero_cells="0.5 added to the cells of these studies",
        double_zero="no part in a ratio; part in a difference, with 0.5 added",
        doi="10.1016/0197-2456(86)90046-2",
    ),
)

COUNT_METHODS: Mapping[str, CountMethod] = MappingProxyType({row.key: row for row in _ROWS})
MANTEL_HAENSZEL, PETO, INVERSE_VARIANCE = COUNT_METHODS


def methods_of(row: CountMethod, variance: Method | None = None) -> Mapping[str, Method]:
    """Return what a fit by a method uses, by role; its interval is Wald's."""
    wald = INFERENCES[WALD]
    found = {
        POOLING: Method(name=row.name, doi=row.doi),
        INFERENCE: Method(name=wald.name, doi=wald.doi),
    }
    return FrozenDict(found if variance is None else {**found, VARIANCE: variance})
