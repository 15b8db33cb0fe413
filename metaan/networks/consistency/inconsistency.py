"""Everything about the consistency of a network in one record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaan.core.arrays import FrozenDict
from metaan.core.citations import cite
from metaan.core.lookup import look_up
from metaan.core.wording import text_of
from metaan.networks.combining.combined import Combined, combine
from metaan.networks.combining.designs import designs_of
from metaan.networks.combining.relative import RelativeEffects
from metaan.networks.consistency.decomposition import Decomposition, decomposition_of
from metaan.networks.consistency.design_evidence import detach_each, gather_designs
from metaan.networks.consistency.inconsistency_words import how, notes, result_sentences
from metaan.networks.consistency.interaction import (
    DesignInteraction,
    interaction_of,
    tau2_within,
    unseen,
)
from metaan.networks.consistency.loops import TRIANGLES, Loops, loops_of
from metaan.networks.consistency.multiplicity import NONE
from metaan.networks.consistency.net_heat import NetHeat, net_heat_of
from metaan.networks.consistency.node_split import NodeSplits, split_nodes
from metaan.networks.consistency.split_methods import SIDE
from metaan.univariate.kernel import Plan

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inconsistency:
    """What a network says about its consistency.

    Attributes
    ----------
    decomposition : Decomposition
        Q within and between designs, by common effects.
    interaction : DesignInteraction
        The same question with heterogeneity within designs: the global test.
    splits : NodeSplits
        Direct against indirect evidence of each comparison.
    heat : NetHeat
        Where the inconsistency sits; at tau² within designs.
    loops : Loops
        Direct evidence around closed loops.
    remarks : tuple of str
        What a careful reader should know.
    """

    decomposition: Decomposition
    interaction: DesignInteraction
    splits: NodeSplits
    heat: NetHeat
    loops: Loops
    remarks: tuple[str, ...] = ()

    def to_frame(self, part: str = "splits") -> pd.DataFrame:
        """Return one part as a DataFrame.

        Parameters
        ----------
        part : {"decomposition", "interaction", "splits", "heat", "loops"}
            Row of ``PARTS``.

        Raises
        ------
        ChoiceError
            For an unknown part.
        """
        return look_up(PARTS, part, argument="part", what="a part")(self)

    def summary(self) -> str:
        """Return all parts but the net heat as text."""
        parts = (self.decomposition, self.interaction, self.splits, self.loops)
        return "\n".join(
            [*(part.summary() for part in parts), *(f"note: {remark}" for remark in self.remarks)]
        )

    def sentence(self) -> str:
        """Return the findings as a paragraph; marks point into `references`."""
        return text_of([*result_sentences(self), *how(self)[0]])

    @property
    def references(self) -> tuple[str, ...]:
        """References of the methods that were used, in the order of their marks in `sentence`."""
        return cite(how(self)[1])

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows: one table below the other."""
        parts = (self.decomposition, self.interaction, self.splits, self.heat, self.loops)
        return "".join(part._repr_html_() for part in parts)


PARTS: Mapping[str, Callable[[Inconsistency], pd.DataFrame]] = FrozenDict(
    {
        "decomposition": lambda found: found.decomposition.to_frame(),
        "interaction": lambda found: found.interaction.to_frame(),
        "splits": lambda found: found.splits.to_frame(),
        "heat": lambda found: found.heat.to_frame(),
        "loops": lambda found: found.loops.to_frame(),
    }
)


def find_inconsistency(
    combined: Combined,
    relative: RelativeEffects,
    plan: Plan,
    *,
    adjust: str = NONE,
    method: str = SIDE,
    shapes: str = TRIANGLES,
) -> Inconsistency:
    """Return everything about the consistency of a network.

    Parameters
    ----------
    combined : Combined
        The network at its tau².
    relative : RelativeEffects
        Its effects by the inference, in the same order.
    plan : Plan
        How tau² is found.
    adjust, method : str
        As in `split_nodes`.
    shapes : str
        As in `loops_of`.

    Notes
    -----
    Tests of several designs at once are chi-square tests of Q, whatever the inference of the fit.
    Tests of single comparisons and loops have its factor and its degrees of freedom.
    """
    evidence = combined.evidence
    designs = designs_of(evidence.layout)
    within = tau2_within(evidence, designs, plan)
    common = detach_each(gather_designs(evidence, designs, 0.0))
    varying = detach_each(gather_designs(evidence, designs, within)) if within else common
    flat = combined if combined.tau2 == 0 else combine(evidence, 0.0)
    parts = decomposition_of(flat, common)
    return Inconsistency(
        decomposition=parts,
        interaction=interaction_of(varying, relative, unseen(designs, plan)),
        splits=split_nodes(combined, relative, plan, adjust=adjust, method=method),
        heat=net_heat_of(varying),
        loops=loops_of(combined, relative, shapes=shapes),
        remarks=notes(parts),
    )
