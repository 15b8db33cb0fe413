"""A test of funnel asymmetry as a record that prints itself.

The functions below the records turn them into lines and sentences; they compute no statistics.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import Floats, frozen
from metaan.core.citations import cite, marks
from metaan.core.estimate import Estimate
from metaan.core.estimate_table import LOGARITHMS, estimate_rows
from metaan.core.numbers import compact, fixed, p_text, printed
from metaan.core.text_table import aligned
from metaan.core.wording import counted_studies, grid, in_sentence, percent, text_of

if TYPE_CHECKING:
    import pandas as pd

STERNE = "10.1136/bmj.d4002"
FEW = 10  # studies below which such a test says little
ASYMMETRIC = 0.10  # p-value below which a funnel is called asymmetric: the tests have little power


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AsymmetryTest:
    """A test of funnel asymmetry: an `AsymmetryLine` or `AsymmetryRanks`.

    Attributes
    ----------
    method, name, doi : str
        Row of ``ASYMMETRY_TESTS``, its name inside a sentence, and where it was published.
    label : str
        Name of the effect.
    study : tuple of str, length k
        Studies that entered.
    y, x : ndarray, shape (k,)
        What was compared: the effects (standardized for ranks) and what they may depend on.
    predictor : str
        Name of x.
    grows : int
        1 if x is larger for smaller studies, -1 if smaller.
    statistic, df : float
        Statistic of the test and its degrees of freedom; ``inf`` for the normal distribution.
        NaN where the test is not defined.
    p_value, log_p_value : float
        Two-sided p-value and its natural logarithm.
    remarks : tuple of str
        What a careful reader should know.
    """

    method: str
    name: str
    doi: str
    label: str
    study: tuple[str, ...]
    y: Floats
    x: Floats
    predictor: str
    grows: int
    statistic: float
    df: float
    p_value: float
    log_p_value: float
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("y", "x"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def k(self) -> int:
        """Number of studies that entered."""
        return len(self.study)

    @property
    def defined(self) -> bool:
        """Whether there is a test: predictors that are all equal allow none."""
        return self.p_value == self.p_value

    @property
    def asymmetric(self) -> bool:
        """Whether p is below 0.10, the level usual for these tests, which have little power."""
        return self.defined and self.p_value < ASYMMETRIC

    @property
    def smaller_studies(self) -> int:
        """1 if effects are higher in smaller studies, -1 if lower; 0 if neither, or no test."""
        return int(np.nan_to_num(np.sign(self.statistic))) * self.grows

    @property
    def references(self) -> tuple[str, ...]:
        """References, in the order of their marks in `sentence`."""
        return cite(_dois(self))

    def summary(self) -> str:
        """Return the test as text."""
        lines = (*aligned(_rows(self)), *_notes(self))
        return "\n".join([_title(self), *(f"  {line}" for line in lines)])

    def sentence(self) -> str:
        """Return the test for a Results section; marks point into `references`.

        A p-value below 0.10 is called asymmetry.
        """
        return text_of(_sentences(self))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per study, as they were compared: study, y, x; for a line its weight."""
        import pandas as pd

        columns = {"study": self.study, "y": self.y, "x": self.x}
        if isinstance(self, AsymmetryLine):
            columns["weight"] = 1 / (self.spread + self.tau2)
        return pd.DataFrame(columns)

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    def __repr__(self) -> str:
        """Return the summary."""
        return self.summary()

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(_title(self), _rows(self), _notes(self))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AsymmetryLine(AsymmetryTest):
    """A regression test: the slope of effects on a measure of study size is tested against 0.

    Attributes
    ----------
    slope : Estimate
        Per unit of the predictor, analysis scale; Egger's bias where that is the standard error.
    intercept : Estimate
        The line at x = 0, on the scale of the effects.
    spread : ndarray, shape (k,)
        Reciprocals of the weights: sampling variances, where studies are weighted by precision.
    dispersion : float
        Factor of the sampling variances; 1 where a between-study variance is added instead.
    tau2 : float
        Between-study variance that is added; 0 for a multiplicative spread.
    how : str
        Estimator of tau² and inference; empty for a multiplicative spread.
    """

    slope: Estimate
    intercept: Estimate
    spread: Floats
    dispersion: float
    tau2: float
    how: str = ""

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("y", "x", "spread"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def limit(self) -> Estimate | None:
        """Where the line ends at a study of endless size; None where x grows with the size."""
        return self.intercept if self.grows > 0 and self.defined else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AsymmetryRanks(AsymmetryTest):
    """A rank correlation test of effects with a measure of study size.

    Attributes
    ----------
    tau : float
        Kendall's tau-b.
    score, score_se : float
        Concordant less discordant pairs, and the standard error of that, given the ties.
    reference : str
        Name of the distribution that p is from: "exact", "normal" or "normal, continuity
        corrected". The statistic is always the normal one.
    """

    tau: float
    score: float
    score_se: float
    reference: str


def figures_of(test: AsymmetryTest) -> str:
    """Return ``t(11) = −1.40, p = 0.19``, or ``Kendall's tau = 0.03, p = 0.95 (exact)``."""
    p = p_text(test.p_value, test.log_p_value)
    if isinstance(test, AsymmetryRanks):
        return f"Kendall's tau = {fixed(test.tau)}, {p} ({test.reference})"
    return f"{statistic_name(test)} = {fixed(test.statistic)}, {p}"


def statistic_name(test: AsymmetryTest) -> str:
    """Return ``t(11)`` or ``z``."""
    return f"t({compact(test.df)})" if np.isfinite(test.df) else "z"


def _title(test: AsymmetryTest) -> str:
    name = test.name.removeprefix("the ")
    return f"{name[:1].upper()}{name[1:]}, {test.label}, {counted_studies(test.k)}"


def _rows(test: AsymmetryTest) -> list[list[str]]:
    if isinstance(test, AsymmetryLine):
        names = (f"slope on {test.predictor}", f"{_end(test)} at 0")
        return estimate_rows("term", names, (test.slope, test.intercept))
    if isinstance(test, AsymmetryRanks):
        p = p_text(test.p_value, test.log_p_value).removeprefix("p ").removeprefix("= ")
        head = [f"with {test.predictor}", "tau", "score", "se", "z", "p"]
        score = compact(test.score, 6)
        cells = [fixed(test.tau, 3), score, fixed(test.score_se), fixed(test.statistic), p]
        return [head, ["Kendall", *cells]]
    return [[figures_of(test)]]


def _end(test: AsymmetryTest) -> str:
    return "limit" if test.grows > 0 else "intercept"


def _notes(test: AsymmetryTest) -> list[str]:
    told = []
    if isinstance(test, AsymmetryLine):
        if test.intercept.scale.is_log:
            told.append(f"({LOGARITHMS.format(what=f'the {_end(test)}')})")
        spread = f"variances times {compact(test.dispersion)}, the spread about the line"
        if test.how:
            spread = f"tau² = {compact(test.tau2)} [{test.how}]"
        told.append(spread)
    if isinstance(test, AsymmetryRanks):
        told.append(f"p: {test.reference}")
    return [*told, *(f"note: {remark}" for remark in test.remarks)]


def _dois(test: AsymmetryTest) -> list[str]:
    cautious = test.defined and (test.k < FEW or test.asymmetric)
    return [test.doi, *([STERNE] if cautious else [])]


def _sentences(test: AsymmetryTest) -> list[str]:
    mark = marks([test.doi, STERNE])
    name, label = f"{test.name}{mark[test.doi]}", in_sentence(test.label)
    if not test.defined:
        return [f"{name} could not be made: {test.remarks[0]}"]
    showed = "showed" if test.asymmetric else "did not show"
    figures = figures_of(test)
    if isinstance(test, AsymmetryLine) and test.how:
        figures += f"; {test.how}"
    told = [
        f"{name} {showed} funnel-plot asymmetry at the {percent(ASYMMETRIC)} level ({figures}; "
        f"{counted_studies(test.k)})"
    ]
    if test.asymmetric and test.smaller_studies:
        side = "higher" if test.smaller_studies > 0 else "lower"
        told.append(f"The {label} was {side} in smaller studies")
    if isinstance(test, AsymmetryLine) and test.limit is not None:
        told.append(_limit_words(test.limit, label))
    return [*told, *_caution(test, mark[STERNE])]


def _limit_words(limit: Estimate, label: str) -> str:
    read = limit.read()
    log, null = limit.scale.is_log, limit.scale.reading_null
    value, low, high = printed(read.value, read.low, read.high, ratio=log, null=null)
    return (
        f"Extended to a study of endless size, the line gives {with_article(label)} of {value} "
        f"({percent(limit.level)} CI {low} to {high})"
    )


def with_article(label: str) -> str:
    """Return a label inside a sentence with its article.

    Examples
    --------
    >>> with_article("odds ratio"), with_article("risk ratio")
    ('an odds ratio', 'a risk ratio')
    """
    return f"{'an' if label[:1].lower() in 'aeiou' else 'a'} {label}"


def _caution(test: AsymmetryTest, mark: str) -> list[str]:
    told = []
    if test.k < FEW:
        told.append(
            f"With fewer than {FEW} studies the test has little power{mark}: "
            + (
                "this is a hint, not a finding"
                if test.asymmetric
                else "asymmetry cannot be excluded"
            )
        )
    if test.asymmetric:
        again = "" if told else mark
        told.append(f"Asymmetry can have other causes than publication bias{again}")
    return told
