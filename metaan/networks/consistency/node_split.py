"""Node splitting: direct against indirect evidence of every comparison at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers, frozen
from metaan.core.lookup import look_up
from metaan.core.numbers import counted, p_text
from metaan.core.scale import Scale
from metaan.core.text_table import aligned
from metaan.core.wording import grid, in_sentence, percent
from metaan.networks.combining.combined import Combined
from metaan.networks.combining.direct import direct_effects, indirect_effects
from metaan.networks.combining.pairs import all_comparisons, labels_of
from metaan.networks.combining.relative import RelativeEffects
from metaan.networks.consistency.differences import apart_words, read_text
from metaan.networks.consistency.multiplicity import ADJUSTMENTS, NONE, Adjustment, adjusted
from metaan.networks.consistency.split_methods import SIDE, SPLITS, SplitMethod
from metaan.numerics.tails import log_two_sided, statistic_of, t_quantile
from metaan.univariate.kernel import Plan

if TYPE_CHECKING:
    import pandas as pd

BOTH, DIRECT, INDIRECT = "both", "direct", "indirect"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NodeSplits:
    """Direct and indirect evidence of all c = n (n - 1) / 2 comparisons of n treatments.

    Effects are those of the treatment against the control, analysis scale; NaN where there is no
    such evidence.

    Attributes
    ----------
    treatments : tuple of str, length n
        Names.
    treatment, control : ndarray of int, shape (c,)
        What is compared: the treatment comes before the control in alphabetic order.
    studies : ndarray of int, shape (c,)
        Studies that compare the two.
    proportion : ndarray, shape (c,)
        Direct evidence as a share of the precision of the network's estimate.
    direct, indirect, network, difference : ndarray, shape (c,)
        Effects: by these studies, by the rest, by all; and direct less indirect.
    direct_se, indirect_se, network_se, difference_se : ndarray, shape (c,)
        Standard errors, by the inference of the fit.
    df : float
        Degrees of freedom of intervals and tests; ``inf`` is the normal distribution.
    log_p_values, log_p_adjusted : ndarray, shape (c,)
        Logarithms of p-values of no difference, single and adjusted.
    level : float
        Coverage of intervals.
    scale : Scale
        How the effects are read.
    label : str
        Name of the effect, reading scale.
    method : SplitMethod
        How indirect evidence was found.
    adjustment : Adjustment
        How p-values were adjusted.
    """

    treatments: tuple[str, ...]
    treatment: Integers
    control: Integers
    studies: Integers
    proportion: Floats
    direct: Floats
    direct_se: Floats
    indirect: Floats
    indirect_se: Floats
    network: Floats
    network_se: Floats
    difference: Floats
    difference_se: Floats
    df: float
    log_p_values: Floats
    log_p_adjusted: Floats
    level: float
    scale: Scale
    label: str
    method: SplitMethod
    adjustment: Adjustment

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("proportion", "direct", "direct_se", "indirect", "indirect_se", "network",
                     "network_se", "difference", "difference_se", "log_p_values",
                     "log_p_adjusted"):  # fmt: skip
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def comparisons(self) -> tuple[str, ...]:
        """Names of the comparisons: "a:b" is the effect of a against b."""
        return labels_of(self.treatments, self.treatment, self.control)

    @property
    def tested(self) -> Booleans:
        """Which comparisons have direct and indirect evidence, shape (c,)."""
        return ~np.isnan(self.difference)

    @property
    def evidence(self) -> tuple[str, ...]:
        """Kind of evidence of each comparison: both, direct, indirect."""
        kinds = np.where(self.tested, BOTH, np.where(self.studies > 0, DIRECT, INDIRECT))
        return tuple(kinds.tolist())

    @property
    def statistic(self) -> Floats:
        """Difference in standard errors, shape (c,)."""
        return statistic_of(self.difference, self.difference_se)

    @property
    def disagreeing(self) -> Booleans:
        """Which adjusted p-values are below 1 less the level, shape (c,)."""
        return np.asarray(self.log_p_adjusted < np.log(1 - self.level))

    def half(self, se: Floats) -> Floats:
        """Return half the widths of the intervals that belong to standard errors."""
        return np.asarray(t_quantile(self.level, self.df) * se)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per comparison, analysis scale.

        Returns
        -------
        DataFrame
            comparison ("a:b", the effect of a against b), treatment (a), control (b), studies,
            evidence ("both", "direct", "indirect"), proportion; direct, indirect, network and
            difference, each with _se, _low, _high; statistic, df, p_value, p_adjusted. The
            difference is NaN unless the evidence is "both".
        """
        import pandas as pd

        columns: dict[str, object] = {
            "comparison": self.comparisons,
            "treatment": [self.treatments[i] for i in self.treatment.tolist()],
            "control": [self.treatments[i] for i in self.control.tolist()],
            "studies": self.studies,
            "evidence": self.evidence,
            "proportion": self.proportion,
        }
        for name, values, se in (
            ("direct", self.direct, self.direct_se),
            ("indirect", self.indirect, self.indirect_se),
            ("network", self.network, self.network_se),
            ("difference", self.difference, self.difference_se),
        ):
            half = self.half(se)
            columns |= {name: values, f"{name}_se": se, f"{name}_low": values - half,
                        f"{name}_high": values + half}  # fmt: skip
        columns |= {
            "statistic": self.statistic,
            "df": self.df,
            "p_value": np.exp(self.log_p_values),
            "p_adjusted": np.exp(self.log_p_adjusted),
        }
        return pd.DataFrame(columns)

    def title(self) -> str:
        """Return what was compared, in one line."""
        return (
            f"Direct and indirect evidence ({self.method.key}) of the "
            f"{in_sentence(self.label)}; p {self.adjustment.words}"
        )

    def rows(self) -> list[list[str]]:
        """Return a head and a row for each comparison with both kinds of evidence, as it is read.

        The difference of two logarithms is a ratio of ratios.
        """
        level, what = percent(self.level), apart_words(self.scale)
        rows = [["comparison", "studies", "direct", "indirect", what, f"{level} CI", "p"]]
        half, names = self.half(self.difference_se), self.comparisons
        columns = (self.direct, self.indirect, self.difference, self.difference - half,
                   self.difference + half)  # fmt: skip
        for i in np.flatnonzero(self.tested).tolist():
            log_p = float(self.log_p_adjusted[i])
            p = p_text(float(np.exp(log_p)), log_p).removeprefix("p ").removeprefix("= ")
            *values, low, high = (read_text(float(column[i]), self.scale) for column in columns)
            rows.append([names[i], str(int(self.studies[i])), *values, f"({low}, {high})", p])
        return rows

    def notes(self) -> list[str]:
        """Return how many comparisons could not be split, and why."""
        kinds = self.evidence
        told = [
            f"{counted(kinds.count(kind), 'comparison')} with {kind} evidence alone: nothing "
            "to compare"
            for kind in (DIRECT, INDIRECT)
            if kind in kinds
        ]
        if BOTH not in kinds:
            told.insert(0, "no comparison has both direct and indirect evidence")
        return told

    def summary(self) -> str:
        """Return the comparisons with both kinds of evidence as text, and what is not there."""
        lines = [*aligned(self.rows()), *self.notes()] if self.tested.any() else self.notes()
        return "\n".join([self.title(), *(f"  {line}" for line in lines)])

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(self.title(), self.rows(), self.notes())


def split_nodes(
    combined: Combined,
    relative: RelativeEffects,
    plan: Plan,
    *,
    method: str = SIDE,
    adjust: str = NONE,
) -> NodeSplits:
    """Return direct against indirect evidence of every comparison of a network.

    Parameters
    ----------
    combined : Combined
        The network at its tau².
    relative : RelativeEffects
        Its effects by the inference, in the same order.
    plan : Plan
        How tau² is found again where a method asks for it.
    method : {"SIDE", "SIDDE"}
        Row of ``SPLITS``.
    adjust : {"none", "Bonferroni", "Holm"}
        Row of ``ADJUSTMENTS``, over the comparisons with both kinds of evidence.

    Returns
    -------
    NodeSplits
        All comparisons; NaN where one kind of evidence is missing.

    Raises
    ------
    ChoiceError
        For an unknown method or adjustment.

    Notes
    -----
    Direct evidence is the mean of the contrasts of the studies that compare the two, each with
    its own variance and the network's tau². "SIDE" [1]_ takes it out of the network's estimate
    by back-calculation [2]_: ``1 / v_indirect = 1 / v_network - 1 / v_direct``. No refit is
    needed; with two-arm studies it is exactly the model that gives the comparison a second
    parameter, at the same tau².

    A study with three or more arms enters the direct evidence of a comparison by one of its
    contrasts, and what else it says stays in the indirect evidence, so that no study is broken
    up by choosing which of its arms disagree (the choice that [3]_ has to make). The two are
    still uncorrelated, for the network's estimate is the best one. "SIDDE" [4]_ leaves out every
    study that compares the two, with all its arms, and estimates tau² of the rest again: direct
    and indirect evidence share no study.

    Standard errors are multiplied by the factor of the fit's inference, and tests have its
    degrees of freedom: with Wald intervals they are normal.

    References
    ----------
    .. [1] Dias S, Welton NJ, Caldwell DM, Ades AE (2010). Checking consistency in mixed treatment
       comparison meta-analysis. Stat Med 29:932. doi:10.1002/sim.3767
    .. [2] König J, Krahn U, Binder H (2013). Visualizing the flow of evidence in network
       meta-analysis and characterizing mixed treatment comparisons. Stat Med 32:5414.
       doi:10.1002/sim.6001
    .. [3] van Valkenhoef G, Dias S, Ades AE, Welton NJ (2016). Automated generation of
       node-splitting models for assessment of inconsistency in network meta-analysis. Res Synth
       Methods 7:80. doi:10.1002/jrsm.1167
    .. [4] Efthimiou O, Rücker G, Schwarzer G, Higgins JPT, Egger M, Salanti G (2019). Network
       meta-analysis of rare events using the Mantel-Haenszel method. Stat Med 38:2992.
       doi:10.1002/sim.8158
    """
    how = look_up(SPLITS, method, argument="method", what="a way to split evidence")
    adjustment = look_up(ADJUSTMENTS, adjust, argument="adjust", what="an adjustment")
    direct = direct_effects(combined)
    back = indirect_effects(combined, direct)
    apart = how.function(combined, direct, back, plan)
    i, j = all_comparisons(relative.n)
    factor = factor_of(combined, relative)
    v_direct, v_indirect = direct.variances[i, j] * factor, apart.variances[i, j] * factor
    difference_se = np.sqrt(v_direct + v_indirect)
    difference = combined.told(direct.values[i, j] - apart.values[i, j])
    log_p = log_two_sided(statistic_of(difference, difference_se), relative.df)
    return NodeSplits(
        treatments=relative.treatments,
        treatment=i,
        control=j,
        studies=direct.studies[i, j],
        proportion=back.proportion[i, j],
        direct=direct.values[i, j],
        direct_se=np.sqrt(v_direct),
        indirect=apart.values[i, j],
        indirect_se=np.sqrt(v_indirect),
        network=relative.differences[i, j],
        network_se=relative.se[i, j],
        difference=difference,
        difference_se=difference_se,
        df=relative.df,
        log_p_values=log_p,
        log_p_adjusted=adjusted(log_p, adjustment),
        level=relative.level,
        scale=relative.scale,
        label=relative.label,
        method=how,
        adjustment=adjustment,
    )


def factor_of(combined: Combined, relative: RelativeEffects) -> float:
    """Return what the inference multiplied the model-based covariance by."""
    return float(np.trace(relative.covariance) / np.trace(combined.inverse))
