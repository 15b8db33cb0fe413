"""How the answers about ranks are asked for: P-scores, probabilities, partial order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from metaan.networks.fits.asked import AskedForEffects
from metaan.networks.ranks.partial_order import PartialOrder, partial_order_of
from metaan.networks.ranks.rank_probabilities import (
    DRAWS,
    SEED,
    RankProbabilities,
    rank_probabilities,
)
from metaan.networks.ranks.ranking import rank_treatments, wanted

if TYPE_CHECKING:
    import pandas as pd


class RankingAnswers(AskedForEffects):
    """Answers of a fit about the ranks of its treatments."""

    __slots__ = ()

    def ranking(self, *, better: str | None = None, beyond: float = 0.0) -> pd.DataFrame:
        """Return the treatments by their P-scores, the highest first; exact, no draws.

        Parameters
        ----------
        better : {"lower", "higher"}
            Which effects are better. It decides everything and must be given.
        beyond : float
            Smallest difference that matters for P-scores, at least 0; analysis scale.

        Returns
        -------
        DataFrame
            treatment; p_score (mean certainty to be better than another treatment); sucra (the
            same, whatever ``beyond`` is); mean_rank (1 is the best).

        Raises
        ------
        ChoiceError, InputError
            If ``better`` is neither or not given, or ``beyond`` is negative or not finite.

        See Also
        --------
        metaan.networks.ranks.ranking.rank_treatments : the formulas.
        """
        way = wanted(better, "ranking")
        return rank_treatments(self.relative, better=way, beyond=beyond).to_frame()

    def rank_probabilities(
        self,
        *,
        better: str | None = None,
        rng: np.random.Generator | int = SEED,
        draws: int = DRAWS,
    ) -> RankProbabilities:
        """Return how probable each rank is for each treatment, with standard errors.

        Parameters
        ----------
        better : {"lower", "higher"}
            Which effects are better. It must be given.
        rng : numpy.random.Generator or int
            Source of the draws, or a seed, 1 by default; the same seed gives the same bytes.
        draws : int
            A power of two from 256.

        Returns
        -------
        RankProbabilities
            ``.probabilities``, ``.error``, ``.cumulative``, ``.sucra``, ``.p_best``,
            ``.to_frame()``.

        Raises
        ------
        ChoiceError, InputError
            If ``better`` is neither or not given, or ``draws`` is no power of two.

        See Also
        --------
        metaan.networks.ranks.rank_probabilities.rank_probabilities : the method.
        """
        way = wanted(better, "rank_probabilities")
        return rank_probabilities(self.relative, better=way, rng=rng, draws=draws)

    def partial_order(
        self,
        *others: AskedForEffects,
        better: Sequence[str] | None = None,
        outcomes: Sequence[str] = (),
    ) -> PartialOrder:
        """Return which treatments are better than which others by every outcome's P-scores.

        Parameters
        ----------
        *others : fits
            Networks of other outcomes. Treatments are matched by name; those that are not in all
            are left out and listed.
        better : sequence of str
            For this fit and each other one "lower" or "higher". It must be given.
        outcomes : sequence of str, optional
            Names of the outcomes; the labels of the effects by default.

        Returns
        -------
        PartialOrder
            With the lines and levels of the Hasse diagram.

        Raises
        ------
        ChoiceError, InputError
            If a direction is unknown or lacking, there is no other fit, or fewer than two
            treatments are in all of them.

        See Also
        --------
        metaan.networks.ranks.partial_order.partial_order : the same from scores of one's own.
        """
        networks = [self.relative, *(each.relative for each in others)]
        return partial_order_of(networks, better=better, outcomes=outcomes)
