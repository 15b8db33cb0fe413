"""What each study, or cluster of studies, does to a fit: a record that prints itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metaan.core.arrays import FrozenDict
from metaan.core.citations import cite
from metaan.core.lookup import look_up
from metaan.core.text_table import aligned
from metaan.core.wording import grid, text_of
from metaan.diagnostics.influence.measured import Measured
from metaan.diagnostics.influence.words import (
    influence_columns,
    influence_notes,
    influence_sentences,
    influence_table,
    influence_title,
)

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Influence(Measured):
    """Measures of influence of m studies, or clusters of studies, each deleted in turn.

    Arrays have the shape (m,) unless it is given, and are read-only; NaN where the other studies
    do not determine the coefficients.

    Attributes
    ----------
    fit : PooledFit or RegressionFit
        The fit of all studies.
    by : str
        Column that names the clusters; empty for single studies.
    label : sequence of str
        Studies, or clusters.
    size : ndarray of int
        Studies in each.
    names : tuple of str, length p
        Coefficients; ("mean",) for a pool.
    studentized : ndarray
        Effect less what the other studies expect, over its standard error. Of a cluster of
        several studies the length of all its deleted residuals in units of their joint covariance
        matrix, >= 0, whose square is chi-square with as many degrees of freedom as studies.
    dffits : ndarray
        What the fitted effect is more than without the study, over its standard error. Of a
        cluster the length of that vector, with the sign of its sum.
    cook : ndarray
        Cook's distance: squared length of the move of all coefficients in units of their
        covariance.
    covariance_ratio : ndarray
        Determinant of the coefficients' covariance without the study, over that of all; below 1
        the estimates are more precise without it.
    tau2, q : ndarray
        Between-study variance and Cochran's Q (of the residuals) without it.
    hat, weight : ndarray
        Leverage and percent of the weights; sums over a cluster.
    dfbetas : ndarray, shape (m, p)
        What each coefficient is more than without the study, over its standard error.
    q_contribution : ndarray
        Squared Pearson residual, summed over a cluster: for a common effect its part of Q.
    overall : ndarray
        Squared difference of the fitted effect with and without the study, over the variance of
        that without (ordinate of Baujat's plot).
    coefficients, low, high : ndarray, shape (m, p)
        Coefficients without the study and their intervals, analysis scale.
    cutoffs : mapping of str to float
        Row of ``CUTOFFS``, and beyond which number it calls a study influential.
    sizes : ndarray or None
        Harmonic mean of the other studies' sizes, where the scale depends on it.
    remarks : tuple of str
        What a careful reader should know.
    beyond : mapping of str to ndarray of bool
        Which studies each rule calls influential.
    influential : ndarray of bool
        Whether any rule does.
    p_value, outlying : ndarray
        How probable a deleted residual as large is by chance, and whether that is below 5%.
    """

    def __getitem__(self, label: str) -> Mapping[str, Any]:
        """Return every measure of a study or cluster by name; ChoiceError if there is none."""
        place = {name: i for i, name in reversed(list(enumerate(self.label)))}
        i = look_up(place, label, argument="label", what="a study or cluster of this fit")
        return FrozenDict({name: column[i] for name, column in influence_columns(self).items()})

    def summary(self) -> str:
        """Return the measures as a table, and what they say."""
        below = (*aligned(influence_table(self)), *influence_notes(self))
        return "\n".join([influence_title(self), *(f"  {line}" for line in below)])

    def sentence(self) -> str:
        """Return which studies are influential, by which rule, and what the fit is without them.

        Marks point into `references`.
        """
        return text_of(influence_sentences(self)[0])

    @property
    def references(self) -> tuple[str, ...]:
        """References of the measures, in the order of their marks in `sentence`."""
        return cite(influence_sentences(self)[1])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per study or cluster.

        Returns
        -------
        DataFrame
            study (or the name of the column of clusters), k (studies in it), every measure,
            ``dfbetas`` (or one column for each coefficient), ``estimate``, ``low``, ``high``
            without the study (reading scale; of a regression one set for each coefficient,
            analysis scale), ``influential``.
        """
        import pandas as pd

        return pd.DataFrame(influence_columns(self))

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(influence_title(self), influence_table(self), influence_notes(self))
