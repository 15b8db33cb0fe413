"""SUBJECTS: everything a forest plot can show, one row for each type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from metaan.core.counts_fit import CountsFit
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.glmm_fit import GlmmFit
from metaan.core.lookup import look_up
from metaan.core.published import PublishedPool
from metaan.core.refits import Refits
from metaan.core.regression_fit import RegressionFit
from metaan.core.robust_fit import RobustFit
from metaan.core.subgroup_fit import SubgroupFit
from metaan.networks.components.component_fit import ComponentFit
from metaan.networks.consistency.inconsistency import Inconsistency
from metaan.networks.consistency.node_split import NodeSplits
from metaan.networks.fits.network_fit import NetworkFit
from metaan.networks.moderators.network_regression_fit import NetworkRegressionFit
from metaan.networks.moderators.network_subgroup_fit import NetworkSubgroupFit
from metaan.networks.sensitivity.network_refits import NetworkRefits
from metaan.networks.sparse.sparse_fit import SparseNetworkFit
from metaan.plots.forests.options import Asked
from metaan.plots.forests.published import Pools, grouped, umbrella
from metaan.plots.forests.record import ForestRows
from metaan.plots.forests.sheet import Words
from metaan.plots.forests.study_order import is_ordered
from metaan.plots.forests.subject_counts import counts_remarks, mixed_model, pooled_counts
from metaan.plots.forests.subject_groups import group_remarks, subgrouped
from metaan.plots.forests.subject_network import network_remarks, networked
from metaan.plots.forests.subject_network_refits import network_refits_remarks, network_refitted
from metaan.plots.forests.subject_network_subgroups import (
    network_group_remarks,
    network_subgrouped,
)
from metaan.plots.forests.subject_network_terms import component_effects, slopes
from metaan.plots.forests.subject_node_split import (
    inconsistency_remarks,
    inconsistency_splits,
    node_splits,
    split_remarks,
)
from metaan.plots.forests.subject_pooled import (
    effects_remarks,
    pooled,
    pooled_remarks,
    robust_pool,
    unpooled,
)
from metaan.plots.forests.subject_refits import refits_remarks, refitted
from metaan.plots.forests.subject_regression import (
    regression,
    regression_remarks,
    robust_regression,
)

Subject: TypeAlias = (
    PooledFit
    | SubgroupFit
    | CountsFit
    | GlmmFit
    | RegressionFit
    | RobustFit
    | Refits
    | NetworkFit
    | SparseNetworkFit
    | ComponentFit
    | NetworkRegressionFit
    | NetworkSubgroupFit
    | NetworkRefits
    | NodeSplits
    | Inconsistency
    | Effects
    | Pools
    | Mapping[str, Pools]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectRow:
    """A row of ``SUBJECTS``.

    Attributes
    ----------
    type : type
        What is drawn.
    draw : callable
        ``draw(fit, published, words) -> ForestRows``.
    remarks : callable
        ``remarks(fit)``: what its records say a reader should know, as clauses.
    lines_below : bool
        Whether the lines of text under its rows stand under the axis.
    """

    type: type
    draw: Callable[[Any, Pools, Words], ForestRows]
    remarks: Callable[[Any], tuple[str, ...]]
    lines_below: bool = False


def _robust(fit: RobustFit, published: Pools, words: Words) -> ForestRows:
    draw = robust_pool if isinstance(fit.fit, PooledFit) else robust_regression
    return draw(fit, published, words)


def _robust_remarks(fit: RobustFit) -> tuple[str, ...]:
    own = fit.fit
    told = pooled_remarks(own) if isinstance(own, PooledFit) else regression_remarks(own)
    return (*told, *fit.remarks)


TREATMENTS = "treatments"
# What `show` may be of each type, the default first.
SHOWN: Mapping[type, Mapping[str, Callable[[Any, Pools, Words], ForestRows]]] = {
    ComponentFit: {"components": component_effects, TREATMENTS: networked},
    NetworkRegressionFit: {TREATMENTS: networked, "slopes": slopes},
}


def _shown(fit: object, published: Pools, words: Words) -> ForestRows:
    """Return the record of a fit of which several things can be shown."""
    table = SHOWN[type(fit)]
    name = words.asked.show or next(iter(table))
    what = f"what a forest plot of {type(fit).__name__} shows"
    return look_up(table, name, argument="show", what=what)(fit, published, words)


_ROWS = (
    SubjectRow(type=PooledFit, draw=pooled, remarks=pooled_remarks),
    SubjectRow(type=SubgroupFit, draw=subgrouped, remarks=group_remarks),
    SubjectRow(type=CountsFit, draw=pooled_counts, remarks=counts_remarks),
    SubjectRow(type=GlmmFit, draw=mixed_model, remarks=counts_remarks),
    SubjectRow(type=RegressionFit, draw=regression, remarks=regression_remarks),
    SubjectRow(type=RobustFit, draw=_robust, remarks=_robust_remarks),
    SubjectRow(type=Refits, draw=refitted, remarks=refits_remarks),
    SubjectRow(type=NetworkFit, draw=networked, remarks=network_remarks, lines_below=True),
    SubjectRow(type=SparseNetworkFit, draw=networked, remarks=network_remarks, lines_below=True),
    SubjectRow(type=ComponentFit, draw=_shown, remarks=network_remarks, lines_below=True),
    SubjectRow(type=NetworkRegressionFit, draw=_shown, remarks=network_remarks, lines_below=True),
    SubjectRow(
        type=NetworkSubgroupFit,
        draw=network_subgrouped,
        remarks=network_group_remarks,
        lines_below=True,
    ),
    SubjectRow(
        type=NetworkRefits,
        draw=network_refitted,
        remarks=network_refits_remarks,
        lines_below=True,
    ),
    SubjectRow(type=NodeSplits, draw=node_splits, remarks=split_remarks, lines_below=True),
    SubjectRow(
        type=Inconsistency,
        draw=inconsistency_splits,
        remarks=inconsistency_remarks,
        lines_below=True,
    ),
    SubjectRow(type=Effects, draw=unpooled, remarks=effects_remarks),
)
NETWORKS = (
    NetworkFit,
    SparseNetworkFit,
    ComponentFit,
    NetworkRegressionFit,
    NetworkSubgroupFit,
    NetworkRefits,
)
COMBINED = (NetworkFit, SparseNetworkFit)  # of which treatments are all that can be shown
SUBJECTS: Mapping[type, SubjectRow] = {row.type: row for row in _ROWS}


# What to do with what has no forest plot itself, by the name of its type.
REMEDIES: Mapping[str, str] = {
    "NetworkEffects": "Combine the contrasts with ma.network(effects), or draw who was compared "
    "with ma.network_graph(effects)",
    "NetworkCounts": "Combine the counts with ma.sparse_network(counts), or draw who was compared "
    "with ma.network_graph(counts)",
}


def drawn(fit: object, published: Pools, words: Words) -> ForestRows:
    """Return the record of a subject; published pools alone are an umbrella.

    Raises
    ------
    InputError
        If it is of none of the types that can be drawn; it names them.
    """
    row = SUBJECTS.get(type(fit))
    _check_options(fit, words.asked)
    if row is not None:
        _check_published(published)
        return replace(row.draw(fit, published, words), lines_below=row.lines_below)
    pools = _pools(fit)
    if published:
        raise InputError("published= stands beside our fit; put all published pools into `fit`")
    asked = words.asked
    given = {"order": is_ordered(asked.order), "models": asked.models, "names": asked.names}
    for argument, value in given.items():
        if value:
            raise InputError(
                f"{argument}= is for studies; published pools stand as they are given"
            )
    return umbrella(pools, words)


def _check_options(fit: object, asked: Asked) -> None:
    """Raise an InputError for an option of another kind of fit."""
    if asked.subgroup_prediction and not isinstance(fit, SubgroupFit):
        raise InputError(
            "subgroup_prediction is for a fit by subgroups (metaan.subgroups); got "
            f"{type(fit).__name__}"
        )
    if asked.better and not isinstance(fit, NETWORKS):
        raise InputError(f"better= is for a network (metaan.network); got {type(fit).__name__}")
    if asked.show and type(fit) not in SHOWN:
        names = ", ".join(each.__name__ for each in SHOWN)
        raise InputError(f"show= is for {names}; got {type(fit).__name__}")
    if asked.reference != "" and _what_shown(fit, asked) != TREATMENTS:
        raise InputError(
            "reference= is for the treatments of a network; got "
            f"{_what_shown(fit, asked) or type(fit).__name__}"
        )
    if asked.p_below is not None and not isinstance(fit, NodeSplits | Inconsistency):
        raise InputError(f"p_below= is for node splits; got {type(fit).__name__}")
    if asked.treatment != "" and not isinstance(fit, NetworkRefits):
        raise InputError(
            "treatment= is for a network without each of its studies (fit.leave_one_out()); got "
            f"{type(fit).__name__}"
        )


def _what_shown(fit: object, asked: Asked) -> str:
    """Return what of a network is shown; nothing for another subject."""
    table = SHOWN.get(type(fit), {TREATMENTS: networked} if type(fit) in COMBINED else {})
    return asked.show or next(iter(table), "")


def subject_remarks(fit: object) -> tuple[str, ...]:
    """Return what the records behind a subject say, as clauses; nothing for published pools."""
    row = SUBJECTS.get(type(fit))
    return () if row is None else row.remarks(fit)


def _pools(fit: object) -> Mapping[str, Pools]:
    """Return published pools under headers."""
    if not isinstance(fit, Mapping | PublishedPool) and not _is_plain(fit):
        raise _no_subject(type(fit).__name__)
    held: Iterable[Any] = fit.values() if isinstance(fit, Mapping) else [fit]
    groups = [list(each) if _several(each) else [each] for each in held]
    strange = [one for group in groups for one in group if not isinstance(one, PublishedPool)]
    if strange:
        held_in = "" if fit is strange[0] else f"{type(fit).__name__} with "
        raise _no_subject(f"{held_in}{type(strange[0]).__name__}")
    if isinstance(fit, Mapping):
        return grouped(dict(zip(fit, groups, strict=True)))
    return grouped(groups[0])


def _is_plain(fit: object) -> bool:
    """Return whether it is an ordinary collection, and no table, column, array or text."""
    return isinstance(fit, Iterable) and not isinstance(fit, str) and not hasattr(fit, "shape")


def _no_subject(got: str) -> InputError:
    names = ", ".join(row.type.__name__ for row in _ROWS)
    remedy = REMEDIES.get(
        got,
        "Make effects of a table with ma.effect_sizes(...), or of arrays with "
        "ma.Effects.from_arrays(...), then pool them with ma.pool",
    )
    return InputError(
        f"forest draws {names}, a sequence of PublishedPool, or a mapping of headers to such "
        f"sequences; got {got}. {remedy}"
    )


def _check_published(published: object) -> None:
    """Raise an InputError unless these are published pools in a sequence."""
    if isinstance(published, Sequence) and not isinstance(published, str):
        strange = [each for each in published if not isinstance(each, PublishedPool)]
        if not strange:
            return
        published = strange[0]
    raise InputError(
        "published must be a sequence of PublishedPool, such as [pool]; got "
        f"{type(published).__name__}"
    )


def _several(each: object) -> bool:
    return isinstance(each, Iterable) and not isinstance(each, str)
