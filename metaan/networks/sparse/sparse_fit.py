"""A network meta-analysis of sparse counts as a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import FrozenDict
from metaan.core.citations import cite
from metaan.core.counts_fit import Test
from metaan.core.effects import LeftOut
from metaan.core.estimate_table import estimate_records
from metaan.core.network_counts import NetworkCounts
from metaan.core.wording import Method, grid, text_of
from metaan.networks.combining.direct import DirectEvidence
from metaan.networks.combining.relative import RelativeEffects
from metaan.networks.consistency.multiplicity import NONE
from metaan.networks.consistency.node_split import NodeSplits
from metaan.networks.fits.answers_effects import EffectAnswers
from metaan.networks.fits.answers_ranking import RankingAnswers
from metaan.networks.ranks.league import EffectMatrix, matrix_of
from metaan.networks.sparse.sparse_split import split_sparse
from metaan.networks.sparse.sparse_words import (
    how_sparse,
    sparse_below,
    sparse_lines,
    sparse_model_words,
    sparse_results,
    sparse_rows,
    sparse_title,
)

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SparseNetworkFit(EffectAnswers, RankingAnswers):
    """Odds ratios of a network of sparse counts, common to all studies.

    Attributes
    ----------
    counts : NetworkCounts
        What was given.
    method : str
        Row of ``SPARSE_METHODS``.
    reference : str
        Treatment that the others are shown against.
    studies : tuple of str
        Studies that entered.
    relative : RelativeEffects
        Log odds of the treatments relative to each other; those that have no finite odds ratio
        are not among them.
    direct : DirectEvidence
        Log odds ratios of each comparison from the studies that make it, by the same method.
    log_likelihood : float
        At the estimates: exact and conditional for "NCH", penalized for "LRP"; NaN for "MH".
    tests : tuple of Test
        The test of inconsistency between designs for "MH", if a degree of freedom is left.
    left_out : tuple of LeftOut
        What did not enter, and why.
    methods : mapping of str to Method
        Name and DOI of what was used: "pooling", "inference".
    remarks : tuple of str
        What a careful reader should know about this fit.
    """

    counts: NetworkCounts
    method: str
    reference: str
    studies: tuple[str, ...]
    relative: RelativeEffects
    direct: DirectEvidence = field(repr=False)
    log_likelihood: float
    tests: tuple[Test, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    methods: Mapping[str, Method] = field(default_factory=FrozenDict)
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the mapping."""
        object.__setattr__(self, "methods", FrozenDict(self.methods))

    @property
    def k(self) -> int:
        """Number of studies that entered."""
        return len(self.studies)

    @property
    def k_left_out(self) -> int:
        """Number of studies of which nothing entered."""
        return len({item.study for item in self.left_out} - set(self.studies))

    def node_splits(self, *, adjust: str = NONE) -> NodeSplits:
        """Return direct against indirect evidence of every comparison, by back-calculation.

        Parameters
        ----------
        adjust : {"none", "Bonferroni", "Holm"}
            How p-values are adjusted for the number of comparisons.
        """
        return split_sparse(self.relative, self.direct, adjust=adjust)

    def split(self, *, adjust: str = NONE) -> pd.DataFrame:
        """Return direct and indirect evidence of every comparison as a DataFrame.

        The same as ``node_splits(...).to_frame()``.
        """
        return self.node_splits(adjust=adjust).to_frame()

    def summary(self) -> str:
        """Return the fit as text: effects against the reference, inconsistency, notes."""
        return "\n".join(sparse_lines(self))

    def sentence(self) -> str:
        """Return the fit as a paragraph for a Results section; marks point into `references`."""
        return text_of([*sparse_results(self), *how_sparse(self)[0]])

    def methods_sentence(self) -> str:
        """Return how the fit was made as sentences for a Methods section, with the same marks."""
        start = f"treatments were compared in a {sparse_model_words(self)}"
        return text_of([start, *how_sparse(self)[0]])

    @property
    def references(self) -> tuple[str, ...]:
        """References of the methods that were used, in the order of their marks in `sentence`."""
        return cite(how_sparse(self)[1])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per treatment against the reference, analysis scale.

        Returns
        -------
        DataFrame
            treatment, estimate, se, low, high, statistic, df, p_value.
        """
        import pandas as pd

        found = self.against()
        return pd.DataFrame(estimate_records("treatment", tuple(found), tuple(found.values())))

    def direct_matrix(self) -> EffectMatrix:
        """Return the direct evidence of each comparison; NaN where no study compares the two."""
        return matrix_of(self.relative, self.direct.values, np.sqrt(self.direct.variances))

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(sparse_title(self), sparse_rows(self), sparse_below(self))
