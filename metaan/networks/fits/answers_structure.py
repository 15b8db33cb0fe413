"""How the flow of evidence is asked for: direct evidence, hat matrix, contributions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaan.networks.fits.asked import AskedForNetwork
from metaan.networks.flow.characteristics import NetworkCharacteristics, network_characteristics
from metaan.networks.flow.contribution import (
    DEFAULT_CONTRIBUTION,
    DEFAULT_CONTRIBUTORS,
    contribution,
)
from metaan.networks.flow.evidence_measures import evidence_measures
from metaan.networks.flow.hat_matrix import DEFAULT_HAT, hat_matrix
from metaan.networks.flow.pairwise_pools import pairwise_pools

if TYPE_CHECKING:
    import pandas as pd


class StructureAnswers(AskedForNetwork):
    """Answers of a fit about where its evidence comes from.

    A comparison "a:b" is the effect of a against b, a - b, with a before b in alphabetic order.
    """

    __slots__ = ()

    def characteristics(self) -> NetworkCharacteristics:
        """Return the size and shape of the network: studies, comparisons, designs, density.

        See Also
        --------
        metaan.networks.flow.characteristics.network_characteristics : the same of any contrasts.
        """
        return network_characteristics(self.effects)

    def pairwise(self, tau2: str | float | None = None) -> pd.DataFrame:
        """Return every comparison with direct evidence pooled by itself.

        Parameters
        ----------
        tau2 : str or float, optional
            Row of ``ESTIMATORS``, for a tau² of each comparison (the fit's by default), or one
            value for all: ``fit.pairwise(tau2=fit.tau2)``. Common effects have none.

        Returns
        -------
        DataFrame
            comparison, studies, estimate, se, low, high, statistic, df, p_value, tau2, i2, i2_q
            (percent), q, q_df, q_p_value; remark, which says where the fit's inference gives an
            interval narrower than Wald's, or none at all because the studies agree exactly (use
            HKSJ_FLOOR). Analysis scale, by the fit's inference. What a single study cannot say
            is NaN.

        Examples
        --------
        >>> import metaan as ma
        >>> effects = ma.NetworkEffects.from_arrays(
        ...     [-0.5, -0.3, 0.1], se=[0.2, 0.25, 0.3], study=["Ann", "Bo", "Cy"],
        ...     treat1=["true", "sham", "true"], treat2=["sham", "usual", "usual"])
        >>> fit = ma.network(effects, model="common")
        >>> fit.pairwise()[["comparison", "estimate", "se"]].round(2).values.tolist()
        [['sham:true', 0.5, 0.2], ['sham:usual', -0.3, 0.25], ['true:usual', 0.1, 0.3]]
        """
        return pairwise_pools(self.effects, self.plan, tau2=tau2).to_frame()

    def evidence_measures(self) -> pd.DataFrame:
        """Return how direct, how long and how parallel the evidence for each comparison is.

        Returns
        -------
        DataFrame
            comparison; studies that compare the two; proportion_direct, direct evidence as a
            share of the precision of the estimate; mean_path_length, designs that the evidence
            passes; minimal_parallelism, 1 / the largest share that runs through one design, and
            minimal_parallelism_studies, through one study [1]_. Above a path length of 2 results
            are to be taken with care.

        References
        ----------
        .. [1] König J, Krahn U, Binder H (2013). Visualizing the flow of evidence in network
           meta-analysis and characterizing mixed treatment comparisons. Stat Med 32:5414.
           doi:10.1002/sim.6001

        Examples
        --------
        >>> import metaan as ma
        >>> effects = ma.NetworkEffects.from_arrays(
        ...     [-0.5, -0.3, 0.1], se=[0.2, 0.2, 0.2], study=["Ann", "Bo", "Cy"],
        ...     treat1=["true", "sham", "true"], treat2=["sham", "usual", "usual"])
        >>> found = ma.network(effects, model="common").evidence_measures()
        >>> found[["proportion_direct", "mean_path_length"]].round(3).values.tolist()[0]
        [0.667, 1.333]
        """
        return evidence_measures(self.combined).to_frame()

    def hat_matrix(self, kind: str = DEFAULT_HAT) -> pd.DataFrame:
        """Return the weights of direct evidence in the network's estimates.

        Parameters
        ----------
        kind : {"DAVIES", "KRAHN", "RUECKER"}
            DAVIES: all comparisons (rows) by those with direct evidence, a flow of 1 in each row
            [1]_. KRAHN: by the contrasts of each design with its first treatment [2]_. RUECKER:
            contrasts by contrasts of the studies, with adjusted weights [3]_.

        Returns
        -------
        DataFrame
            Weights with signs; labels as index and columns.

        Raises
        ------
        ChoiceError
            If there is no such kind.

        References
        ----------
        .. [1] Davies AL, Papakonstantinou T, Nikolakopoulou A, Rücker G, Galla T (2022). Network
           meta-analysis and random walks. Stat Med 41:2091. doi:10.1002/sim.9346
        .. [2] Krahn U, Binder H, König J (2013). A graphical tool for locating inconsistency in
           network meta-analyses. BMC Med Res Methodol 13:35. doi:10.1186/1471-2288-13-35
        .. [3] Rücker G (2012). Network meta-analysis, electrical networks and graph theory. Res
           Synth Methods 3:312. doi:10.1002/jrsm.1058

        Examples
        --------
        >>> import metaan as ma
        >>> effects = ma.NetworkEffects.from_arrays(
        ...     [-0.5, -0.3, 0.1], se=[0.2, 0.2, 0.2], study=["Ann", "Bo", "Cy"],
        ...     treat1=["true", "sham", "true"], treat2=["sham", "usual", "usual"])
        >>> ma.network(effects, model="common").hat_matrix().loc["sham:usual"].round(3).to_dict()
        {'sham:true': 0.333, 'sham:usual': 0.667, 'true:usual': 0.333}
        """
        return hat_matrix(self.combined, kind).to_frame()

    def contribution(
        self, method: str = DEFAULT_CONTRIBUTION, by: str = DEFAULT_CONTRIBUTORS
    ) -> pd.DataFrame:
        """Return what each comparison with direct evidence, or each study, contributes.

        Parameters
        ----------
        method : {"SHORTEST_PATH", "RANDOM_WALK", "PSEUDOINVERSE"}
            How the flow of evidence is split into paths [1]_ [2]_ [3]_. Of several shortest paths
            the first by the order of the treatments in the list of comparisons is taken, so
            that those shares depend a little on the names; a random walk does not.
        by : {"comparison", "study"}
            What the columns are; by study for CINeMA. A comparison's share is split between its
            studies by their adjusted weights.

        Returns
        -------
        DataFrame
            Shares, one row per comparison of two treatments; each adds up to 1.

        Raises
        ------
        ChoiceError
            If a name is unknown.
        InputError
            If the arms of a study are so dependent that its adjusted weights are negative and
            evidence has no paths.

        References
        ----------
        .. [1] Papakonstantinou T, Nikolakopoulou A, Rücker G, et al. (2018). Estimating the
           contribution of studies in network meta-analysis: paths, flows and streams. F1000Res
           7:610. doi:10.12688/f1000research.14770.3
        .. [2] Davies AL, Papakonstantinou T, Nikolakopoulou A, Rücker G, Galla T (2022). Network
           meta-analysis and random walks. Stat Med 41:2091. doi:10.1002/sim.9346
        .. [3] Rücker G, Papakonstantinou T, Nikolakopoulou A, Schwarzer G, Galla T, Davies AL
           (2024). Shortest path or random walks? A framework for path weights in network
           meta-analysis. Stat Med 43:4287. doi:10.1002/sim.10177

        Examples
        --------
        >>> import metaan as ma
        >>> effects = ma.NetworkEffects.from_arrays(
        ...     [-0.5, -0.3, 0.1], se=[0.2, 0.2, 0.2], study=["Ann", "Bo", "Cy"],
        ...     treat1=["true", "sham", "true"], treat2=["sham", "usual", "usual"])
        >>> fit = ma.network(effects, model="common")
        >>> fit.contribution(by="study").loc["sham:usual"].round(3).to_dict()
        {'Ann': 0.167, 'Bo': 0.667, 'Cy': 0.167}
        """
        return contribution(self.combined, method, by).to_frame()
