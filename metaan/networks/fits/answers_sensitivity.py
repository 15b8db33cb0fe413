"""How the answers about single studies are asked for: one left out, small-study effects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from metaan.networks.fits.asked import AskedForNetwork
from metaan.networks.sensitivity.leaving_one_out import impact_of
from metaan.networks.sensitivity.network_refits import NetworkRefits, refit_without_each
from metaan.networks.sensitivity.small_studies import SmallStudies, comparison_adjusted

if TYPE_CHECKING:
    import pandas as pd


class SensitivityAnswers(AskedForNetwork):
    """Answers of a fit about what single studies do to it."""

    __slots__ = ()

    def leave_one_out(self) -> NetworkRefits:
        """Return the network without each of its k studies, everything else as it was.

        Returns
        -------
        NetworkRefits
            ``.effects()`` and ``.se()`` have a row per study and a column per treatment, against
            the reference; ``.tau2``, ``.q``; ``.to_frame()``, ``.summary()``. Where a treatment is
            not connected with another any longer their effect is NaN, and a remark names the
            study. tau² of a network that falls into parts is that of all parts together.

        Raises
        ------
        InputError
            If there is only one study.

        Notes
        -----
        Row s is ``network`` of the other studies [1]_. At a given tau² it follows from the fit by
        algebra (Woodbury); where tau² is estimated all networks are estimated in one batch.

        References
        ----------
        .. [1] Viechtbauer W, Cheung MW-L (2010). Outlier and influence diagnostics for
           meta-analysis. Res Synth Methods 1:112. doi:10.1002/jrsm.11

        Examples
        --------
        >>> import metaan as ma
        >>> effects = ma.NetworkEffects.from_arrays(
        ...     [-0.5, -0.3, 0.1], se=[0.2, 0.25, 0.3], study=["Ann", "Bo", "Cy"],
        ...     treat1=["true", "sham", "true"], treat2=["sham", "usual", "usual"])
        >>> fit = ma.network(effects, reference="sham", model="common")
        >>> found = fit.leave_one_out()
        >>> found.effects()[:, 1].round(3)
        array([ 0.4, -0.5, -0.5])
        """
        return refit_without_each(self.combined, self.plan, self.relative, self.reference)

    def impact(self) -> pd.DataFrame:
        """Return by how much each study makes each comparison more precise.

        Returns
        -------
        DataFrame
            A row per study, a column "a:b" per comparison: ``1 - var / var_without``, from 0 for
            a study that says nothing of it to 1 for one without which nothing is known of it.

        Notes
        -----
        Variances are model-based and at the tau² of the fit, which is not estimated again [1]_.
        The package netmeta gives the study standard errors of 1000 times the largest where we
        leave it out, so that its figures differ by about 1e-6.

        References
        ----------
        .. [1] Rücker G, Nikolakopoulou A, Papakonstantinou T, Salanti G, Riley RD, Schwarzer G
           (2020). The statistical importance of a study for a network meta-analysis estimate.
           BMC Med Res Methodol 20:190. doi:10.1186/s12874-020-01075-y

        Examples
        --------
        >>> import metaan as ma
        >>> effects = ma.NetworkEffects.from_arrays(
        ...     [-0.5, -0.3, 0.1], se=[0.2, 0.25, 0.3], study=["Ann", "Bo", "Cy"],
        ...     treat1=["true", "sham", "true"], treat2=["sham", "usual", "usual"])
        >>> fit = ma.network(effects, reference="sham", model="common")
        >>> fit.impact().round(3).loc["Ann"].tolist()
        [0.792, 0.325, 0.468]
        """
        return impact_of(self.combined, self.plan).to_frame()

    def small_studies(self, *, order: Sequence[str]) -> SmallStudies:
        """Return the comparison-adjusted funnel and Egger's test of its asymmetry.

        Parameters
        ----------
        order : sequence of str
            All treatments, from the earliest to the latest: oldest to newest, or inactive to
            active. Effects are those of the later against the earlier one, so that it says which
            side small studies may favor; another order is another test.

        Returns
        -------
        SmallStudies
            ``.y``, ``.se``, ``.comparison``, ``.study`` of the funnel, ``.pseudo_limits()``;
            ``.slope`` is the bias with its t test.

        Raises
        ------
        InputError
            If the order lacks treatments, holds one twice or names unknown ones.

        Notes
        -----
        From every contrast, those of studies with many arms too, the mean of its comparison is
        taken away: that of the direct evidence, with weights ``1 / (v + tau²)`` at the tau² of the
        network [1]_. What is left is regressed on the standard errors with weights ``1 / v`` and
        tested by t(m - 2) [2]_.

        References
        ----------
        .. [1] Chaimani A, Salanti G (2012). Using network meta-analysis to evaluate the existence
           of small-study effects in a network of interventions. Res Synth Methods 3:161.
           doi:10.1002/jrsm.57
        .. [2] Egger M, Davey Smith G, Schneider M, Minder C (1997). Bias in meta-analysis detected
           by a simple, graphical test. BMJ 315:629. doi:10.1136/bmj.315.7109.629

        Examples
        --------
        >>> import metaan as ma
        >>> effects = ma.NetworkEffects.from_arrays(
        ...     [-0.5, -0.3, -0.9, 0.1], se=[0.2, 0.25, 0.5, 0.3],
        ...     study=["Ann", "Bo", "Cy", "Di"], treat1=["true", "sham", "sham", "true"],
        ...     treat2=["sham", "usual", "usual", "usual"])
        >>> fit = ma.network(effects, model="common")
        >>> found = fit.small_studies(order=["usual", "sham", "true"])
        >>> found.y.round(2)
        array([ 0.  ,  0.12, -0.48,  0.  ])
        """
        relative = self.relative
        return comparison_adjusted(
            self.combined,
            order,
            level=relative.level,
            scale=relative.scale,
            label=relative.label,
        )
