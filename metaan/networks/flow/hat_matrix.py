"""HAT_MATRICES: what the network's estimates take from each piece of direct evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import Floats, Integers, frozen
from metaan.core.lookup import look_up
from metaan.networks.combining.combined import Combined
from metaan.networks.combining.pairs import all_comparisons, labels_of, pairs_of
from metaan.networks.flow.aggregate import design_flows, edges_of

if TYPE_CHECKING:
    import pandas as pd

Labels = tuple[tuple[str, ...], ...]
COMPARISON, STUDY, DESIGN = "comparison", "study", "design"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HatMatrix:
    """Estimates as weighted sums of direct evidence: ``estimates = values @ evidence``.

    Attributes
    ----------
    kind : str
        Row of ``HAT_MATRICES``.
    row_names, column_names : tuple of str
        What the labels are: ("study", "comparison").
    rows, columns : tuple of tuple of str
        Labels. "a:b" is the effect of a against b, a - b; a comes before b in alphabetic order.
    values : ndarray, shape (rows, columns)
        Weights, with signs.
    """

    kind: str
    row_names: tuple[str, ...]
    column_names: tuple[str, ...]
    rows: Labels
    columns: Labels
    values: Floats

    def __post_init__(self) -> None:
        """Freeze the array."""
        object.__setattr__(self, "values", frozen(self.values))

    def to_frame(self) -> pd.DataFrame:
        """Return the matrix with its labels as index and columns (of two levels if need be)."""
        import pandas as pd

        def index(labels: Labels, names: tuple[str, ...]) -> pd.Index:
            if len(names) == 1:
                return pd.Index([label[0] for label in labels], name=names[0])
            return pd.MultiIndex.from_tuples(labels, names=names)

        return pd.DataFrame(
            self.values,
            index=index(self.rows, self.row_names),
            columns=index(self.columns, self.column_names),
        )


Maker = Callable[[Combined, str], HatMatrix]


@dataclass(frozen=True, slots=True, kw_only=True)
class HatKind:
    """A row of ``HAT_MATRICES``.

    Attributes
    ----------
    key, name : str
        Key and what the rows and columns are.
    doi : str
        Where it was published.
    function : callable
        ``function(combined, key) -> HatMatrix``.
    """

    key: str
    name: str
    doi: str
    function: Maker = field(repr=False)


def contrast_hat(combined: Combined, kind: str) -> HatMatrix:
    """Return the contrasts of the studies by the contrasts of the studies, shape (m, m).

    Notes
    -----
    ``H = B L⁺ B' W`` with the adjusted weights of multi-arm studies; its trace is n - 1, and its
    diagonal the leverages.
    """
    layout = combined.evidence.layout
    pairs = pairs_of(combined.evidence, combined.tau2)
    ends = pairs.first, pairs.second
    names = labels_of(layout.treatments, *ends)
    labels = tuple(
        (layout.studies[s], name) for s, name in zip(pairs.study.tolist(), names, strict=True)
    )
    return HatMatrix(
        kind=kind,
        row_names=(STUDY, COMPARISON),
        column_names=(STUDY, COMPARISON),
        rows=labels,
        columns=labels,
        values=_projected(combined, ends, ends, pairs.w),
    )


def design_hat(combined: Combined, kind: str) -> HatMatrix:
    """Return all comparisons by the contrasts of each design with its first treatment.

    Notes
    -----
    Weights of the estimates of each design by itself (the second of two stages); a design of a
    treatments has a - 1 columns.
    """
    treatments = combined.evidence.layout.treatments
    found = design_flows(combined)
    columns: list[tuple[str, ...]] = []
    for name, arms in zip(found.designs.names, found.designs.treatments, strict=True):
        base = np.full(len(arms) - 1, arms[0])
        columns += [(name, label) for label in labels_of(treatments, base, arms[1:])]
    # the effect of arm t enters its contrast with the first arm, first - t, with its sign changed
    values = np.concatenate([-flow[:, 1:] for flow in found.flows], axis=1)
    return HatMatrix(
        kind=kind,
        row_names=(COMPARISON,),
        column_names=(DESIGN, COMPARISON),
        rows=_all_labels(treatments),
        columns=tuple(columns),
        values=values,
    )


def aggregate_hat(combined: Combined, kind: str) -> HatMatrix:
    """Return all comparisons by the comparisons with direct evidence, shape (N, d).

    Notes
    -----
    A row is a flow of 1 from the first to the second treatment. The rows with direct evidence
    make the projection of the aggregate model, d by d, of trace n - 1.
    """
    treatments = combined.evidence.layout.treatments
    edges = edges_of(combined)
    ends = edges.first, edges.second
    return HatMatrix(
        kind=kind,
        row_names=(COMPARISON,),
        column_names=(COMPARISON,),
        rows=_all_labels(treatments),
        columns=tuple((label,) for label in labels_of(treatments, *ends)),
        values=_projected(combined, all_comparisons(len(treatments)), ends, edges.w),
    )


_ROWS = (
    HatKind(
        key="DAVIES",
        name="comparisons by comparisons with direct evidence",
        doi="10.1002/sim.9346",
        function=aggregate_hat,
    ),
    HatKind(
        key="KRAHN",
        name="comparisons by contrasts of designs",
        doi="10.1186/1471-2288-13-35",
        function=design_hat,
    ),
    HatKind(
        key="RUECKER",
        name="contrasts by contrasts of the studies",
        doi="10.1002/jrsm.1058",
        function=contrast_hat,
    ),
)
HAT_MATRICES: Mapping[str, HatKind] = MappingProxyType({row.key: row for row in _ROWS})
DEFAULT_HAT = _ROWS[0].key


def hat_matrix(combined: Combined, kind: str = DEFAULT_HAT) -> HatMatrix:
    """Return what the network's estimates take from each piece of direct evidence.

    Parameters
    ----------
    combined : Combined
        A network at one tau².
    kind : str
        Row of ``HAT_MATRICES``.

    Raises
    ------
    ChoiceError
        If there is no such row.
    """
    row = look_up(HAT_MATRICES, kind, argument="kind", what="a hat matrix")
    return row.function(combined, row.key)


def _projected(
    combined: Combined,
    rows: tuple[Integers, Integers],
    columns: tuple[Integers, Integers],
    w: Floats,
) -> Floats:
    potential = combined.inverse[rows[0]] - combined.inverse[rows[1]]
    return np.asarray((potential[:, columns[0]] - potential[:, columns[1]]) * w)


def _all_labels(treatments: tuple[str, ...]) -> Labels:
    return tuple((label,) for label in labels_of(treatments, *all_comparisons(len(treatments))))
