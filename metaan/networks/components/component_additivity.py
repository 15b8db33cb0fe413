"""Do the effects of components add up? The additive model against that of free treatments."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from metaan.core.numbers import fixed, p_text
from metaan.networks.combining.combined import Rows, analysis_of
from metaan.networks.combining.evidence import Evidence
from metaan.numerics.tails import log_chi2_tail
from metaan.univariate.regression_kernel import weigh_terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Additivity:
    """How much better treatments with free effects fit than sums of components.

    Attributes
    ----------
    q_additive, df_additive : float
        Q of the model of components and its degrees of freedom, at tau² = 0.
    q_standard, df_standard : float
        The same of the network in which every treatment has an effect of its own (in a
        disconnected network, in each part).
    q, df : float
        Their difference: chi-square if effects add up and do not vary between studies.
    p_value, log_p_value : float
        Of it; NaN where both models are one.
    q_random, p_value_random, log_p_value_random : float
        The difference with weights ``1 / (v + tau²)``, which allows for the heterogeneity of the
        fit; equal to the first at tau² = 0.
    """

    q_additive: float
    df_additive: float
    q_standard: float
    df_standard: float
    q: float
    df: float
    p_value: float
    log_p_value: float
    q_random: float
    p_value_random: float
    log_p_value_random: float

    @property
    def testable(self) -> bool:
        """Whether the additive model says less than the standard one."""
        return self.df > 0

    def __str__(self) -> str:
        """Return the test in one line."""
        if not self.testable:
            return "additivity cannot be tested: the components fit every treatment freely"
        within = ""
        if self.q_random != self.q:
            test = p_text(self.p_value_random, self.log_p_value_random)
            within = f"; allowing for tau², Q = {fixed(self.q_random)} ({test})"
        return (
            f"additivity Q = {fixed(self.q)} (df {self.df:g}, "
            f"{p_text(self.p_value, self.log_p_value)}): additive {fixed(self.q_additive)} "
            f"(df {self.df_additive:g}), standard {fixed(self.q_standard)} "
            f"(df {self.df_standard:g}){within}"
        )

    __repr__ = __str__


def standard_rows(evidence: Evidence) -> Rows:
    """Return the rows of a network in which treatments are free, connected or not.

    The first treatment of each connected part is left out.
    """
    left_out = [int(members[0]) for members in evidence.layout.parts()]
    return analysis_of(evidence.y, evidence.v, np.delete(evidence.x, left_out, axis=1))


def additivity(evidence: Evidence, additive: Rows, tau2: float) -> Additivity:
    """Return the test of additivity.

    Parameters
    ----------
    evidence : Evidence
        Of the network.
    additive : Rows
        Its rows with a design of components, independent columns.
    tau2 : float
        Between-study variance of the additive model, analysis scale.

    Notes
    -----
    ``Q_additive - Q_standard`` [1]_, the likelihood ratio of nested models with known variances.

    References
    ----------
    .. [1] Rücker G, Petropoulou M, Schwarzer G (2020). Network meta-analysis of multicomponent
       interventions. Biom J 62:808. doi:10.1002/bimj.201800167
    """
    standard = standard_rows(evidence)
    zero = np.zeros(1)
    least, free = weigh_terms(additive.near, zero), weigh_terms(standard.near, zero)
    df = float(least.freedom[0] - free.freedom[0])
    found = {
        "q_additive": float(least.spread[0]),
        "df_additive": float(least.freedom[0]),
        "q_standard": float(free.spread[0]),
        "df_standard": float(free.freedom[0]),
        "df": df,
    }
    if df == 0:
        unknown = dict.fromkeys(
            ("p_value", "log_p_value", "p_value_random", "log_p_value_random"), math.nan
        )
        return Additivity(**found, **unknown, q=0.0, q_random=0.0)
    q = max(0.0, found["q_additive"] - found["q_standard"])
    random = _difference(additive, standard, tau2) if tau2 > 0 else q
    log_p, log_p_random = (float(log_chi2_tail(each, df)) for each in (q, random))
    return Additivity(
        **found,
        q=q,
        p_value=math.exp(log_p),
        log_p_value=log_p,
        q_random=random,
        p_value_random=math.exp(log_p_random),
        log_p_value_random=log_p_random,
    )


def _difference(additive: Rows, standard: Rows, tau2: float) -> float:
    each = [
        float(weigh_terms(rows.near, np.array([tau2 / rows.unit**2])).spread[0])
        for rows in (additive, standard)
    ]
    return max(0.0, each[0] - each[1])
