"""How the answers about consistency are asked for: node splits, designs, loops, net heat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaan.networks.combining.designs import Designs, designs_of
from metaan.networks.consistency.decomposition import Decomposition, decompose
from metaan.networks.consistency.design_evidence import detach_each, gather_designs
from metaan.networks.consistency.inconsistency import Inconsistency, find_inconsistency
from metaan.networks.consistency.interaction import DesignInteraction, interact, tau2_within
from metaan.networks.consistency.loops import TRIANGLES, Loops, loops_of
from metaan.networks.consistency.multiplicity import NONE
from metaan.networks.consistency.net_heat import NetHeat, net_heat_of
from metaan.networks.consistency.node_split import NodeSplits, split_nodes
from metaan.networks.consistency.split_methods import SIDE
from metaan.networks.fits.asked import AskedForNetwork

if TYPE_CHECKING:
    import pandas as pd


class ConsistencyAnswers(AskedForNetwork):
    """Answers of a fit about the consistency of its network.

    A comparison "a:b" is the effect of a against b, with a before b in alphabetic order. What is
    printed is read as effects are (ratios, not logarithms); frames are on the analysis scale.
    """

    __slots__ = ()

    @property
    def designs(self) -> Designs:
        """Sets of treatments that studies compare."""
        return designs_of(self.combined.evidence.layout)

    def inconsistency(
        self, *, adjust: str = NONE, method: str = SIDE, shapes: str = TRIANGLES
    ) -> Inconsistency:
        """Return everything about the consistency of the network.

        Parameters
        ----------
        adjust : {"none", "Bonferroni", "Holm"}
            How the p-values of the node splits are adjusted for their number.
        method : {"SIDE", "SIDDE"}
            How indirect evidence is found, see `node_splits`.
        shapes : {"triangles", "quadrilaterals"}
            Which closed loops are listed, see `loops`.

        Returns
        -------
        Inconsistency
            Decomposition of Q, design-by-treatment interaction, node splits, net heat, loops.

        Examples
        --------
        >>> import metaan as ma
        >>> effects = ma.NetworkEffects.from_arrays(
        ...     [-0.5, -0.3, 0.1, -0.4], se=[0.2, 0.25, 0.3, 0.2],
        ...     study=["Ann", "Bo", "Cy", "Di"], treat1=["true", "sham", "true", "true"],
        ...     treat2=["sham", "usual", "usual", "sham"])
        >>> found = ma.network(effects, reference="sham").inconsistency(adjust="Holm")
        >>> found.interaction.test
        Q = 4.19, df = 1, p = 0.041
        """
        return find_inconsistency(
            self.combined,
            self.relative,
            self.plan,
            adjust=adjust,
            method=method,
            shapes=shapes,
        )

    def split(self, *, adjust: str = NONE, method: str = SIDE) -> pd.DataFrame:
        """Return direct and indirect evidence of every comparison as a DataFrame.

        The same as ``node_splits(...).to_frame()``.
        """
        return self.node_splits(adjust=adjust, method=method).to_frame()

    def node_splits(self, *, adjust: str = NONE, method: str = SIDE) -> NodeSplits:
        """Return direct against indirect evidence of every comparison.

        Parameters
        ----------
        adjust : {"none", "Bonferroni", "Holm"}
            How p-values are adjusted for the number of comparisons with both kinds of evidence.
        method : {"SIDE", "SIDDE"}
            Indirect evidence by back-calculation, or from the network without all studies that
            compare the two, with its own tau².

        Raises
        ------
        ChoiceError
            For an unknown adjustment or method.
        """
        return split_nodes(
            self.combined,
            self.relative,
            self.plan,
            adjust=adjust,
            method=method,
        )

    def decomposition(self) -> Decomposition:
        """Return Q within and between designs, and without each design."""
        return decompose(self.combined)

    def design_interaction(self) -> DesignInteraction:
        """Return the full design-by-treatment interaction model and its joint test."""
        return interact(self.combined.evidence, self.relative, self.designs, self.plan)

    def net_heat(self, *, tau2: float | None = None) -> NetHeat:
        """Return how the inconsistency of each design changes when each other is detached.

        Parameters
        ----------
        tau2 : float, optional
            Between-study variance of the weights; that within designs by default, which is 0 for
            common effects.
        """
        evidence, designs = self.combined.evidence, self.designs
        used = tau2_within(evidence, designs, self.plan) if tau2 is None else tau2
        return net_heat_of(detach_each(gather_designs(evidence, designs, used)))

    def loops(self, *, shapes: str = TRIANGLES) -> Loops:
        """Return the closed loops of the network and whether direct evidence agrees around them.

        Parameters
        ----------
        shapes : {"triangles", "quadrilaterals"}
            Loops of three treatments, or also those of four without a diagonal.
        """
        return loops_of(self.combined, self.relative, shapes=shapes)
