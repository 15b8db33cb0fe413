"""Design-by-treatment interaction: every design has effects of its own, and a joint test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import Floats, Integers, frozen
from metaan.core.numbers import compact, fixed, p_text
from metaan.core.scale import IDENTITY, Scale
from metaan.core.text_table import aligned
from metaan.core.wording import grid
from metaan.networks.combining.combined import analysis_of
from metaan.networks.combining.designs import Designs
from metaan.networks.combining.evidence import Evidence
from metaan.networks.combining.pairs import labels_of
from metaan.networks.combining.relative import RelativeEffects
from metaan.networks.consistency.decomposition import QTest, q_test
from metaan.networks.consistency.design_evidence import (
    Detached,
    design_columns,
    detach_each,
    gather_designs,
)
from metaan.networks.consistency.differences import (
    DECIMALS,
    apart_words,
    read_text,
    se_words,
)
from metaan.numerics.tails import log_two_sided
from metaan.univariate.kernel import Plan, estimate_tau2

if TYPE_CHECKING:
    import pandas as pd

HIGGINS = "10.1002/jrsm.1044"
# Share of an effect's variance below which its residual variance is rounding error: nothing else
# in the network bears on the effect.
SEEN = 1e-10
NOT_SEEN = (
    "no design has two studies, so that heterogeneity cannot be told from inconsistency: tau² "
    "within designs is taken as 0"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DesignInteraction:
    """The full design-by-treatment interaction model, and its test.

    d designs have r = sum (arms - 1) effects of their own; n treatments.

    Attributes
    ----------
    designs : Designs
        The designs.
    design : ndarray of int, shape (r,)
        Design of each effect.
    treatment, control : ndarray of int, shape (r,)
        Numbers of the treatments compared; the treatment is the first arm of the design, in
        alphabetic order.
    comparisons : tuple of str, length r
        Their names: "a:b" is the effect of a against b.
    effects, se : ndarray, shape (r,)
        By the studies of the design alone, at ``tau2``, analysis scale; model-based standard
        errors.
    network : ndarray, shape (r,)
        What one consistent network says of the same, at the same weights.
    differences, difference_se : ndarray, shape (r,)
        Effect of the design less the network's, and its standard error; 0 both where nothing
        else in the network speaks of the comparison.
    tau2 : float
        Between-study variance within designs, by the estimator of the fit.
    test : QTest
        Joint Wald test that all designs agree: Q between designs at ``tau2``.
    scale : Scale
        How the effects are read.
    remarks : tuple of str
        What a careful reader should know.
    """

    designs: Designs
    design: Integers
    treatment: Integers
    control: Integers
    comparisons: tuple[str, ...]
    effects: Floats
    se: Floats
    network: Floats
    differences: Floats
    difference_se: Floats
    tau2: float
    test: QTest
    scale: Scale = IDENTITY
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("effects", "se", "network", "differences", "difference_se"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def log_p_values(self) -> Floats:
        """Logarithms of p-values of single differences (normal), shape (r,); NaN where none."""
        seen = self.difference_se > 0
        z = self.differences / np.where(seen, self.difference_se, 1.0)
        return np.where(seen, log_two_sided(z, np.inf), np.nan)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per effect of a design, analysis scale.

        Returns
        -------
        DataFrame
            design, comparison, effect, se, network, difference, difference_se, p_value.
        """
        import pandas as pd

        return pd.DataFrame(
            {
                "design": [self.designs.names[i] for i in self.design.tolist()],
                "comparison": self.comparisons,
                "effect": self.effects,
                "se": self.se,
                "network": self.network,
                "difference": self.differences,
                "difference_se": self.difference_se,
                "p_value": np.exp(self.log_p_values),
            }
        )

    def title(self) -> str:
        """Return the test in one line."""
        return f"Design-by-treatment interaction, tau² within designs {compact(self.tau2)}: " + (
            str(self.test)
        )

    def rows(self) -> list[list[str]]:
        """Return a head and a row for each effect that can differ, as it is read.

        The difference of two logarithms is a ratio of ratios.
        """
        heads = (apart_words(self.scale), se_words(self.scale))
        rows = [["comparison", "design", "effect", "network", *heads, "p"]]
        log_p = self.log_p_values
        for i in np.flatnonzero(self.difference_se > 0).tolist():
            p = p_text(float(np.exp(log_p[i])), float(log_p[i]))
            rows.append(
                [
                    self.comparisons[i],
                    self.designs.names[int(self.design[i])],
                    read_text(float(self.effects[i]), self.scale),
                    read_text(float(self.network[i]), self.scale),
                    read_text(float(self.differences[i]), self.scale),
                    fixed(float(self.difference_se[i]), DECIMALS),
                    p.removeprefix("p ").removeprefix("= "),
                ]
            )
        return rows

    def summary(self) -> str:
        """Return the test and the effects of the designs as text."""
        notes = [f"  note: {remark}" for remark in self.remarks]
        lines = [f"  {line}" for line in aligned(self.rows(), words=2)]
        return "\n".join([self.title(), *lines, *notes])

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        notes = [f"note: {remark}" for remark in self.remarks]
        return grid(self.title(), self.rows(), notes, words=2)


def tau2_within(evidence: Evidence, designs: Designs, plan: Plan) -> float:
    """Return tau² of the studies about the means of their own designs, by the plan's estimator.

    0 for common effects, and where no design has two studies; a fixed tau² stays what it is.

    Notes
    -----
    The rows of the network are regressed on the effects of all designs; the residual degrees of
    freedom are those within designs. With the estimator "DL" this is the method of moments by
    Q within designs, [1]_ with the interaction as moderators.

    References
    ----------
    .. [1] Jackson D, White IR, Riley RD (2012). Quantifying the impact of between-study
       heterogeneity in multivariate meta-analyses. Stat Med 31:3805. doi:10.1002/sim.5453
    """
    if plan.estimator is None or isinstance(plan.estimator, float):
        return plan.estimator or 0.0
    columns = design_columns(evidence, designs)
    if columns.shape[0] == columns.shape[1]:
        return 0.0
    rows = analysis_of(evidence.y, evidence.v, columns)
    found = estimate_tau2(rows.based, plan, np.array([rows.unit]))
    return float(found.tau2[0]) * rows.unit * rows.unit


def interact(
    evidence: Evidence, relative: RelativeEffects, designs: Designs, plan: Plan
) -> DesignInteraction:
    """Return the design-by-treatment interaction model of a network.

    Parameters
    ----------
    evidence : Evidence
        The rows of a connected network.
    relative : RelativeEffects
        Its effects: their names and how they are read.
    designs : Designs
        Its designs.
    plan : Plan
        How tau² is found.

    Returns
    -------
    DesignInteraction
        Effects of every design, how they differ from the network's, the joint test.

    Notes
    -----
    Every design has its own effects [1]_, with one tau² for all; consistency is the hypothesis
    that they follow from n - 1 effects. Its Wald statistic is ``Q between designs`` with weights
    ``1 / (v + tau²)``, chi-square with r - n + 1 degrees of freedom, whatever the inference of
    the fit: that of Hartung and Knapp is for single effects. The test is the same for every way
    of writing the interaction; shown are the differences from the consistent network, which need
    no choice of a base. Random inconsistency effects (Jackson 2014) are not fitted.

    References
    ----------
    .. [1] Higgins JPT, Jackson D, Barrett JK, Lu G, Ades AE, White IR (2012). Consistency and
       inconsistency in network meta-analysis: concepts and models for multi-arm studies. Res
       Synth Methods 3:98. doi:10.1002/jrsm.1044
    """
    tau2 = tau2_within(evidence, designs, plan)
    detached = detach_each(gather_designs(evidence, designs, tau2))
    return interaction_of(detached, relative, unseen(designs, plan))


def unseen(designs: Designs, plan: Plan) -> tuple[str, ...]:
    """Return a remark if tau² within designs was to be estimated and could not."""
    return (NOT_SEEN,) if plan.row is not None and not (designs.studies > 1).any() else ()


def interaction_of(
    detached: Detached, relative: RelativeEffects, remarks: tuple[str, ...] = ()
) -> DesignInteraction:
    """Return the interaction model of a network whose designs were detached at tau² within."""
    own = detached.evidence
    back = np.linalg.inv(own.root)
    spread = np.vecdot(back - back @ detached.hat, back)
    scale = np.diagonal(own.covariance)
    seen = spread > SEEN * scale
    # a design's effects are those of its other arms against the first: turned round here
    effects, differences = -own.effects, np.where(seen, -(back @ detached.residual), 0.0)
    treatment = np.argmax(own.x < 0, axis=1)
    control = np.argmax(own.x > 0, axis=1)
    return DesignInteraction(
        designs=own.designs,
        design=own.of_effect,
        treatment=treatment,
        control=control,
        comparisons=labels_of(relative.treatments, treatment, control),
        effects=effects,
        se=np.sqrt(scale),
        network=effects - differences,
        differences=differences,
        difference_se=np.where(seen, np.sqrt(np.maximum(spread, 0.0)), 0.0),
        tau2=own.tau2,
        test=q_test(detached.q, detached.df),
        scale=relative.scale,
        remarks=remarks,
    )
