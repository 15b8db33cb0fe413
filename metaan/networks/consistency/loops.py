"""Closed loops, and whether direct evidence agrees around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import Booleans, Floats, FrozenDict, Integers, frozen
from metaan.core.lookup import look_up
from metaan.core.numbers import counted, p_text
from metaan.core.scale import Scale
from metaan.core.text_table import aligned
from metaan.core.wording import grid, percent
from metaan.networks.combining.combined import Combined
from metaan.networks.combining.pairs import pairs_of
from metaan.networks.combining.relative import RelativeEffects
from metaan.networks.consistency.cycles import (
    complete,
    edges_of,
    independent_loops,
    meetings,
    quadrilaterals,
    sources,
    triangles,
)
from metaan.networks.consistency.differences import apart_words, read_text
from metaan.networks.consistency.node_split import factor_of
from metaan.numerics.tails import log_two_sided, statistic_of, t_quantile

if TYPE_CHECKING:
    import pandas as pd

BUCHER = "10.1016/S0895-4356(97)00049-8"
LU_ADES = "10.1198/016214505000001302"
TRIANGLES, QUADRILATERALS = "triangles", "quadrilaterals"
SHAPES: Mapping[str, bool] = FrozenDict({TRIANGLES: False, QUADRILATERALS: True})
JOINT = " – "


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Loops:
    """Closed loops of a network, t of them, and how direct evidence adds up around each.

    Attributes
    ----------
    loops : tuple of tuple of str, length t
        Treatments along each loop; first the triangles.
    sources : ndarray of int, shape (t,)
        Independent sources of evidence; two can only disagree about one comparison, three or more
        about the loop.
    values, se : ndarray, shape (t,)
        Inconsistency factor: direct effects added up around the loop, analysis scale, and its
        standard error by the inference of the fit.
    df : float
        Degrees of freedom of intervals and tests; ``inf`` is the normal distribution.
    log_p_values : ndarray, shape (t,)
        Logarithms of p-values that a loop adds up to 0.
    independent : tuple of tuple of str
        A shortest set of independent loops that can be inconsistent; their number is that of the
        inconsistency degrees of freedom of Lu and Ades.
    by_definition : int
        Independent loops that cannot be inconsistent: they have two sources at most, as those
        within a study of three arms.
    comparisons : int
        Comparisons that studies make; less treatments, plus 1, it is the number of all
        independent loops.
    level : float
        Coverage of intervals.
    scale : Scale
        How the effects are read.
    """

    loops: tuple[tuple[str, ...], ...]
    sources: Integers
    values: Floats
    se: Floats
    df: float
    log_p_values: Floats
    independent: tuple[tuple[str, ...], ...]
    by_definition: int
    comparisons: int
    level: float
    scale: Scale

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("values", "se", "log_p_values"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the loops: their treatments joined by dashes."""
        return tuple(JOINT.join(loop) for loop in self.loops)

    @property
    def limits(self) -> tuple[Floats, Floats]:
        """Limits of the size of the inconsistency factors, shape (t,); none is below 0."""
        half = np.asarray(t_quantile(self.level, self.df) * self.se)
        size = np.abs(self.values)
        return np.maximum(size - half, 0.0), size + half

    @property
    def disagreeing(self) -> Booleans:
        """Which p-values are below 1 less the level, shape (t,)."""
        return np.asarray(self.log_p_values < np.log(1 - self.level))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per loop.

        Returns
        -------
        DataFrame
            loop, sources, factor, se (analysis scale); size (without sign), low, high; for ratios
            also ratio, ratio_low, ratio_high (a ratio of ratios, at least 1); statistic, df,
            p_value.
        """
        import pandas as pd

        low, high = self.limits
        size = np.abs(self.values)
        frame: dict[str, object] = {
            "loop": self.names,
            "sources": self.sources,
            "factor": self.values,
            "se": self.se,
            "size": size,
            "low": low,
            "high": high,
        }
        if self.scale.is_log:
            frame |= {"ratio": np.exp(size), "ratio_low": np.exp(low), "ratio_high": np.exp(high)}
        frame |= {
            "statistic": statistic_of(self.values, self.se),
            "df": self.df,
            "p_value": np.exp(self.log_p_values),
        }
        return pd.DataFrame(frame)

    def title(self) -> str:
        """Return how many loops there are, in one line."""
        if not self.comparisons_beyond:
            return "Closed loops: none; every comparison is on one path alone"
        fixed_ones = f", {self.by_definition} of them consistent by definition"
        return (
            f"Closed loops: {self.comparisons_beyond} independent"
            f"{fixed_ones if self.by_definition else ''}; "
            f"{counted(len(self.loops), 'loop')} of direct evidence"
        )

    @property
    def comparisons_beyond(self) -> int:
        """Independent loops, those that are consistent by definition included."""
        return len(self.independent) + self.by_definition

    def rows(self) -> list[list[str]]:
        """Return a head and a row for each loop."""
        what = apart_words(self.scale) if self.scale.is_log else "inconsistency"
        rows = [["loop", "sources", what, f"{percent(self.level)} CI", "p"]]
        low, high = self.limits
        ends = np.stack([np.abs(self.values), low, high])
        for name, count, size, log_p in zip(
            self.names,
            self.sources.tolist(),
            ends.T.tolist(),
            self.log_p_values.tolist(),
            strict=True,
        ):
            p = p_text(float(np.exp(log_p)), log_p).removeprefix("p ").removeprefix("= ")
            value, bottom, top = (read_text(each, self.scale) for each in size)
            rows.append([name, str(count), value, f"({bottom}, {top})", p])
        return rows

    def summary(self) -> str:
        """Return the loops as text."""
        lines = aligned(self.rows()) if self.loops else []
        return "\n".join([self.title(), *(f"  {line}" for line in lines)])

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(self.title(), self.rows())


def loops_of(combined: Combined, relative: RelativeEffects, *, shapes: str = TRIANGLES) -> Loops:
    """Return the closed loops of a network and their inconsistency.

    Parameters
    ----------
    combined : Combined
        The network at its tau².
    relative : RelativeEffects
        Its effects by the inference, in the same order.
    shapes : {"triangles", "quadrilaterals"}
        Row of ``SHAPES``: loops of three treatments, or also those of four without a diagonal.

    Returns
    -------
    Loops
        Empty for a network without closed loops, such as a star.

    Raises
    ------
    ChoiceError
        For unknown shapes.

    Notes
    -----
    The direct evidence around a loop adds up to 0 if it is consistent [1]_. Direct evidence of a
    comparison is the mean of its contrasts by ``1 / (v + tau²)``, with the network's tau²;
    contrasts of one study of many arms are correlated, and the variance of the sum counts that.
    Loops of which every study has all treatments are consistent by definition and not listed.

    Of the independent loops, comparisons - treatments + 1, those with two independent sources of
    evidence at most cannot be inconsistent [2]_: a triangle within a study of three arms, with or
    without further studies of one of its comparisons. They disagree, if at all, as designs.

    References
    ----------
    .. [1] Bucher HC, Guyatt GH, Griffith LE, Walter SD (1997). The results of direct and indirect
       treatment comparisons in meta-analysis of randomized controlled trials. J Clin Epidemiol
       50:683. doi:10.1016/S0895-4356(97)00049-8
    .. [2] Lu G, Ades AE (2006). Assessing evidence inconsistency in mixed treatment comparisons.
       J Am Stat Assoc 101:447. doi:10.1198/016214505000001302
    """
    more = look_up(SHAPES, shapes, argument="shapes", what="a set of shapes")
    there = meetings(combined.evidence.layout)
    edges = edges_of(there)
    found = []
    for loops in (triangles(edges), *([quadrilaterals(edges)] if more else [])):
        kept = loops[~complete(there, loops)]
        found.append((kept, sources(there, kept), *_sums(combined, kept)))
    count, values, variances = (np.concatenate([part[i] for part in found]) for i in (1, 2, 3))
    se = np.sqrt(variances * factor_of(combined, relative))
    values = combined.told(values)
    names = relative.treatments
    given, chosen = independent_loops(there)
    return Loops(
        loops=tuple(tuple(names[i] for i in loop) for part in found for loop in part[0].tolist()),
        sources=count,
        values=values,
        se=se,
        df=relative.df,
        log_p_values=log_two_sided(statistic_of(values, se), relative.df),
        independent=tuple(tuple(names[i] for i in loop) for loop in chosen),
        by_definition=given,
        comparisons=int(np.triu(edges).sum()),
        level=relative.level,
        scale=relative.scale,
    )


def _sums(combined: Combined, loops: Integers) -> tuple[Floats, Floats]:
    """Return direct effects around loops (t, size), and variances of the sums, each (t,)."""
    evidence = combined.evidence
    n, t = evidence.n, len(loops)
    pairs = pairs_of(evidence, combined.tau2)
    key = pairs.first * n + pairs.second
    total = np.bincount(key, 1 / pairs.v, n * n)
    share = 1 / pairs.v / total[key]
    turn = np.roll(loops, -1, axis=1)
    sign = np.zeros((t, n * n))
    places = np.arange(t)[:, None]
    np.add.at(sign, (places, loops * n + turn), 1.0)
    np.add.at(sign, (places, turn * n + loops), -1.0)
    weights = sign[:, key] * share
    # of arms h: cov(h_i - h_j, h_k - h_l) = (v_il + v_jk - v_ik - v_jl) / 2, so that the variance
    # of a sum of contrasts is - sum v_ij c_i c_j with the coefficients c of the arms
    layout = evidence.layout
    arm = layout.arm_study * n + layout.arm_treatment
    one = np.searchsorted(arm, pairs.study * n + pairs.first)
    other = np.searchsorted(arm, pairs.study * n + pairs.second)
    arms = np.zeros((len(arm), t))
    np.add.at(arms, one, weights.T)
    np.add.at(arms, other, -weights.T)
    return weights @ pairs.y, -(pairs.v @ (arms[one] * arms[other]))
