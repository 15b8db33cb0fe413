"""Q of a network, within and between designs, and what is left when each design is detached."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import Floats, Integers, frozen
from metaan.core.numbers import counted, fixed, p_text
from metaan.core.text_table import aligned
from metaan.core.wording import grid
from metaan.networks.combining.combined import Combined, combine
from metaan.networks.combining.designs import Designs, designs_of
from metaan.networks.consistency.design_evidence import Detached, detach_each, gather_designs
from metaan.numerics.tails import log_chi2_tail

if TYPE_CHECKING:
    import pandas as pd

KRAHN = "10.1186/1471-2288-13-35"
TITLE = "Q by designs, weights of common effects"


@dataclass(frozen=True, slots=True, kw_only=True)
class QTest:
    """A Q with its chi-square test.

    Attributes
    ----------
    q : float
        Sum of squares.
    df : int
        Degrees of freedom.
    log_p_value : float
        Natural logarithm of the p-value; NaN without a degree of freedom.
    """

    q: float
    df: int
    log_p_value: float

    @property
    def p_value(self) -> float:
        """Probability of a larger Q if there were nothing but chance; NaN for df = 0."""
        return math.exp(self.log_p_value)

    def __str__(self) -> str:
        """Return Q, degrees of freedom and p-value."""
        if self.df == 0:
            return "no degree of freedom"
        return f"Q = {fixed(self.q)}, df = {self.df}, {p_text(self.p_value, self.log_p_value)}"

    __repr__ = __str__


def q_test(q: float, df: int) -> QTest:
    """Return a Q with its test.

    Examples
    --------
    >>> q_test(22.534224, 7)
    Q = 22.53, df = 7, p = 0.002
    """
    return QTest(q=q, df=df, log_p_value=float(log_p_values(np.array([q]), np.array([df]))[0]))


def log_p_values(q: Floats, df: Integers) -> Floats:
    """Return logarithms of chi-square p-values, NaN where df = 0; any one shape."""
    return np.where(df > 0, log_chi2_tail(q, df), np.nan)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decomposition:
    """Cochran's Q of a network in its parts.

    Attributes
    ----------
    designs : Designs
        The d designs.
    total : QTest
        Generalized Q of the consistent network at tau² = 0.
    within : QTest
        Heterogeneity: studies of one design against each other, all designs together.
    between : QTest
        Inconsistency: designs against each other.
    q, log_p_value : ndarray, shape (d,)
        Within each design.
    df : ndarray of int, shape (d,)
        0 for a design of one study.
    q_detached, log_p_detached : ndarray, shape (d,)
        Between designs, when each design no longer has to agree with the others.
    df_detached : ndarray of int, shape (d,)
        That of ``between`` where no other path connects the arms of the design: it cannot
        disagree, and detaching it changes nothing.
    """

    designs: Designs
    total: QTest
    within: QTest
    between: QTest
    q: Floats
    df: Integers
    log_p_value: Floats
    q_detached: Floats
    df_detached: Integers
    log_p_detached: Floats

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("q", "log_p_value", "q_detached", "log_p_detached"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per design, then the sum within, between and in total.

        Returns
        -------
        DataFrame
            design, studies, q, df, p_value; q_detached, df_detached, p_detached.
        """
        import pandas as pd

        sums = (("within designs", self.within), ("between designs", self.between),
                ("total", self.total))  # fmt: skip
        nothing = [np.nan] * len(sums)
        return pd.DataFrame(
            {
                "design": [*self.designs.names, *(name for name, _ in sums)],
                "studies": [*self.designs.studies, *[int(self.designs.studies.sum())] * 3],
                "q": [*self.q, *(test.q for _, test in sums)],
                "df": [*self.df, *(test.df for _, test in sums)],
                "p_value": [*np.exp(self.log_p_value), *(test.p_value for _, test in sums)],
                "q_detached": [*self.q_detached, *nothing],
                "df_detached": [*(float(df) for df in self.df_detached), *nothing],
                "p_detached": [*np.exp(self.log_p_detached), *nothing],
            }
        )

    def summary(self) -> str:
        """Return the parts of Q as text."""
        return "\n".join([TITLE, *(f"  {line}" for line in aligned(self.rows()))])

    def rows(self) -> list[list[str]]:
        """Return a head, a row for each sum, and one for each design that has something to say."""
        rows = [["", "Q", "df", "p", "Q between if detached", "df detached", "p detached"]]
        for name, test in (
            ("total", self.total),
            ("within designs", self.within),
            ("between designs", self.between),
        ):
            rows.append([name, *_cells(test.q, test.df, test.log_p_value), "", "", ""])
        for i, name in enumerate(self.designs.names):
            loose = self.df_detached[i] == self.between.df
            if loose and not self.df[i]:
                continue
            own = _cells(self.q[i], self.df[i], self.log_p_value[i])
            left = _cells(self.q_detached[i], self.df_detached[i], self.log_p_detached[i])
            studies = counted(int(self.designs.studies[i]), "study", "studies")
            rows.append([f"{name} ({studies})", *own, *(["", "", ""] if loose else left)])
        return rows

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(TITLE, self.rows())


def _cells(q: float, df: int, log_p: float) -> list[str]:
    if df == 0:
        return ["–", "0", "–"]
    p = p_text(math.exp(log_p), log_p).removeprefix("p ").removeprefix("= ")
    return [fixed(float(q)), str(int(df)), p]


def decompose(combined: Combined) -> Decomposition:
    """Return Q of a network within and between designs, by the weights of common effects.

    Parameters
    ----------
    combined : Combined
        A network at any tau²; its rows are weighed by ``1 / v`` here.

    Returns
    -------
    Decomposition
        Sums, each design, and what each design's detachment leaves.

    Notes
    -----
    ``Q = Q within + Q between`` [1]_: within, the studies of a design are compared with their own
    mean, between, the means of the designs with one consistent network. Multi-arm studies are
    designs of their own and are consistent within themselves. A design is detached by giving it
    effects of its own; this is done by projections and is exactly what a refit gives.

    References
    ----------
    .. [1] Krahn U, Binder H, König J (2013). A graphical tool for locating inconsistency in
       network meta-analyses. BMC Med Res Methodol 13:35. doi:10.1186/1471-2288-13-35
    """
    evidence = combined.evidence
    common = combined if combined.tau2 == 0 else combine(evidence, 0.0)
    designs = designs_of(evidence.layout)
    detached = detach_each(gather_designs(evidence, designs, 0.0))
    return decomposition_of(common, detached)


def decomposition_of(common: Combined, detached: Detached) -> Decomposition:
    """Return the decomposition of a network at tau² = 0 whose designs were detached."""
    own = detached.evidence
    return Decomposition(
        designs=own.designs,
        total=q_test(common.q if common.df else 0.0, common.df),
        within=q_test(float(own.q.sum()), int(own.df.sum())),
        between=q_test(detached.q, detached.df),
        q=own.q,
        df=own.df,
        log_p_value=log_p_values(own.q, own.df),
        q_detached=detached.q_left,
        df_detached=detached.df_left,
        log_p_detached=log_p_values(detached.q_left, detached.df_left),
    )
