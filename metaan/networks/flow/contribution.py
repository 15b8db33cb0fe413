"""CONTRIBUTIONS: what each comparison or study contributes to each estimate of a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import Floats, frozen
from metaan.core.lookup import look_up
from metaan.networks.combining.combined import Combined
from metaan.networks.combining.pairs import labels_of
from metaan.networks.flow.aggregate import Edges, Streams, edges_of, streams_of
from metaan.networks.flow.hat_matrix import COMPARISON, STUDY
from metaan.networks.flow.paths import least_squares, random_walk, shortest_paths

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contribution:
    """What direct evidence contributes to the estimates of all comparisons.

    Attributes
    ----------
    method : str
        Row of ``CONTRIBUTIONS``.
    by : str
        "comparison" or "study": what the columns are.
    rows, columns : tuple of str, lengths N and d or k
        Comparisons "a:b"; comparisons with direct evidence, or studies.
    values : ndarray, shape (N, d) or (N, k)
        Shares; every row adds up to 1.
    """

    method: str
    by: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: Floats

    def __post_init__(self) -> None:
        """Freeze the array."""
        object.__setattr__(self, "values", frozen(self.values))

    def to_frame(self) -> pd.DataFrame:
        """Return the shares, one row per comparison."""
        import pandas as pd

        return pd.DataFrame(
            self.values,
            index=pd.Index(self.rows, name=COMPARISON),
            columns=pd.Index(self.columns, name=self.by),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionMethod:
    """A row of ``CONTRIBUTIONS``.

    Attributes
    ----------
    key, name : str
        Key and how a flow is split into paths.
    doi : str
        Where it was published.
    function : callable
        ``function(streams) -> ndarray`` of shape (N, n, n): shares of the edges from u to v.
    """

    key: str
    name: str
    doi: str
    function: Callable[[Streams], Floats] = field(repr=False)


_ROWS = (
    ContributionMethod(
        key="SHORTEST_PATH",
        name="shortest paths first",
        doi="10.12688/f1000research.14770.3",
        function=shortest_paths,
    ),
    ContributionMethod(
        key="RANDOM_WALK",
        name="random walk along the flow",
        doi="10.1002/sim.9346",
        function=random_walk,
    ),
    ContributionMethod(
        key="PSEUDOINVERSE",
        name="least squares of the paths",
        doi="10.1002/sim.10177",
        function=least_squares,
    ),
)
CONTRIBUTIONS: Mapping[str, ContributionMethod] = MappingProxyType({r.key: r for r in _ROWS})
DEFAULT_CONTRIBUTION = _ROWS[0].key


def _studies_share(edges: Edges, studies: int) -> Floats:
    """Return the share of each study in each edge, shape (d, k), by adjusted weights."""
    weight = np.zeros((len(edges.w), studies))
    np.add.at(weight, (edges.of_pair, edges.pairs.study), edges.pairs.w)
    total = edges.w[:, None]
    return np.asarray(np.divide(weight, total, out=np.zeros_like(weight), where=total > 0))


def _by_comparison(combined: Combined, edges: Edges, shares: Floats) -> tuple[Floats, list[str]]:
    treatments = combined.evidence.layout.treatments
    return shares, list(labels_of(treatments, edges.first, edges.second))


def _by_study(combined: Combined, edges: Edges, shares: Floats) -> tuple[Floats, list[str]]:
    layout = combined.evidence.layout
    return shares @ _studies_share(edges, len(layout.studies)), list(layout.studies)


Splitting = Callable[[Combined, Edges, Floats], tuple[Floats, list[str]]]
CONTRIBUTORS: Mapping[str, Splitting] = MappingProxyType(
    {COMPARISON: _by_comparison, STUDY: _by_study}
)
DEFAULT_CONTRIBUTORS = COMPARISON


def contribution(
    combined: Combined,
    method: str = DEFAULT_CONTRIBUTION,
    by: str = DEFAULT_CONTRIBUTORS,
) -> Contribution:
    """Return what each comparison with direct evidence, or each study, contributes.

    Parameters
    ----------
    combined : Combined
        A network at one tau².
    method : str
        Row of ``CONTRIBUTIONS``.
    by : {"comparison", "study"}
        What contributes.

    Returns
    -------
    Contribution
        Shares; every row adds up to 1.

    Raises
    ------
    ChoiceError
        If a name is unknown.
    InputError
        If weights are negative, see `streams_of`.

    Notes
    -----
    A row of the aggregate hat matrix is a flow of 1 from one treatment to the other [1]_. It is
    split into paths; a path with p edges and a share f of the flow gives each of them f / p. The
    share of a comparison is that of its studies by their adjusted weights in it.

    References
    ----------
    .. [1] Papakonstantinou T, Nikolakopoulou A, Rücker G, et al. (2018). Estimating the
       contribution of studies in network meta-analysis: paths, flows and streams. F1000Research
       7:610. doi:10.12688/f1000research.14770.3
    """
    row = look_up(CONTRIBUTIONS, method, argument="method", what="a way to split flows")
    split = look_up(CONTRIBUTORS, by, argument="by", what="what contributes")
    edges = edges_of(combined)
    streams = streams_of(combined, edges)
    found = row.function(streams)
    u, v = edges.first, edges.second
    shares = found[:, u, v] + found[:, v, u]
    # flows that were taken for rounding errors are missing: 1e-9 of a row where variances span
    # twelve decimals, nothing otherwise
    shares /= shares.sum(axis=1, keepdims=True)
    values, columns = split(combined, edges, shares)
    return Contribution(
        method=row.key,
        by=by,
        rows=labels_of(combined.evidence.layout.treatments, streams.source, streams.sink),
        columns=tuple(columns),
        values=values,
    )
