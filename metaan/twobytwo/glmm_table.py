"""GLMMS: the generalized linear mixed models of counts, one row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from metaan.core.arrays import FrozenDict
from metaan.core.counts import PEOPLE, TIME, Counts
from metaan.core.errors import InputError
from metaan.core.fit_words import INFERENCE, MODEL, PREDICTION
from metaan.core.lookup import look_up
from metaan.core.scale import LOG, LOGIT, NO_NULL, Scale
from metaan.core.wording import Method
from metaan.twobytwo.glmm_designs import (
    Choices,
    Model,
    Table,
    conditional,
    conditional_binomial,
    fixed_studies,
    one_group,
    random_studies,
)
from metaan.univariate.inference import INFERENCES, WALD, T
from metaan.univariate.prediction import PREDICTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Glmm:
    """A row of ``GLMMS``.

    Attributes
    ----------
    key, name : str
        Key and name.
    groups : int
        Groups it compares, or 1.
    kinds : tuple of str
        Denominators it is for: "people", "time".
    build : callable
        ``build(table, choices) -> Model``.
    terms : int
        Terms of the likelihood that each study has, for BIC and AICc.
    levels : bool
        True if the studies' levels are random, so that a study without events says something.
    doi : str
        Where it was published.
    """

    key: str
    name: str
    groups: int
    kinds: tuple[str, ...]
    build: Callable[[Table, Choices], Model]
    terms: int
    levels: bool
    doi: str


STIJNEN, JACKSON = "10.1002/sim.4040", "10.1002/sim.7588"

_ROWS = (
    Glmm(
        key="UM.FS",
        name="unconditional, fixed study levels",
        groups=2,
        kinds=(PEOPLE, TIME),
        build=fixed_studies,
        terms=2,
        levels=False,
        doi=JACKSON,
    ),
    Glmm(
        key="UM.RS",
        name="unconditional, random study levels",
        groups=2,
        kinds=(PEOPLE, TIME),
        build=random_studies,
        terms=2,
        levels=True,
        doi=JACKSON,
    ),
    Glmm(
        key="CM.EL",
        name="conditional, exact likelihood",
        groups=2,
        kinds=(PEOPLE, TIME),
        build=conditional,
        terms=1,
        levels=False,
        doi=STIJNEN,
    ),
    Glmm(
        key="CM.AL",
        name="conditional, approximate likelihood",
        groups=2,
        kinds=(PEOPLE,),
        build=conditional_binomial,
        terms=1,
        levels=False,
        doi=STIJNEN,
    ),
    Glmm(
        key="BN",
        name="binomial-normal",
        groups=1,
        kinds=(PEOPLE,),
        build=one_group,
        terms=1,
        levels=True,
        doi=STIJNEN,
    ),
    Glmm(
        key="PN",
        name="Poisson-normal",
        groups=1,
        kinds=(TIME,),
        build=one_group,
        terms=1,
        levels=True,
        doi=STIJNEN,
    ),
)

GLMMS: Mapping[str, Glmm] = MappingProxyType({row.key: row for row in _ROWS})

# Which coding of the two groups carries the random effects.
CODINGS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"halves": (0.5, -0.5), "treatment": (1.0, 0.0), "control": (0.0, -1.0)}
)
DEFAULT_CODING = next(iter(CODINGS))
GLMM_INFERENCES = MappingProxyType({key: INFERENCES[key] for key in (WALD, T)})
GLMM_PREDICTIONS = MappingProxyType(
    {key: row for key, row in PREDICTIONS.items() if not row.inference}
)
LABELS: Mapping[tuple[int, str], tuple[str, Scale]] = MappingProxyType(
    {
        (2, PEOPLE): ("Odds ratio", LOG),
        (2, TIME): ("Rate ratio", LOG),
        (1, PEOPLE): ("Proportion", LOGIT),
        (1, TIME): ("Rate", LOG.with_null(NO_NULL)),
    }
)


def row_for(counts: Counts, likelihood: str | None) -> Glmm:
    """Return the row of a likelihood for these counts, or raise ``InputError``."""
    if not isinstance(counts, Counts):
        raise InputError(
            f"counts must be Counts; got {type(counts).__name__}. Make them with counts(table)"
        )
    fitting = {
        key: row
        for key, row in GLMMS.items()
        if row.groups == counts.groups and counts.kind in row.kinds
    }
    if likelihood is None:
        return next(iter(fitting.values()))
    row = look_up(GLMMS, likelihood, argument="likelihood", what="a likelihood")
    if row.key not in fitting:
        groups = "one group" if counts.groups == 1 else "two groups"
        raise InputError(
            f'likelihood="{row.key}" is not for events of {groups} over {counts.kind}; choose one '
            f"of {', '.join(fitting)}"
        )
    return row


def methods_of(row: Glmm, inference: str, prediction: str) -> Mapping[str, Method]:
    """Return the names and DOIs of what a fit uses, by role."""
    interval, predicted = INFERENCES[inference], PREDICTIONS[prediction]
    return FrozenDict(
        {
            MODEL: Method(name=row.name, doi=row.doi),
            INFERENCE: Method(name=interval.name, doi=interval.doi),
            PREDICTION: Method(name=predicted.name, doi=predicted.doi),
        }
    )
