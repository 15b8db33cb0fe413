"""Empirical Bayes estimates of true effects: a record that prints itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from metaan.core.arrays import Floats, frozen
from metaan.core.citations import cite, marks
from metaan.core.fit import PooledFit, model_words, title
from metaan.core.numbers import LONGEST_PLAIN, compact, counted, fixed, printed
from metaan.core.regression_fit import RegressionFit
from metaan.core.regression_fit import model_words as regression_words
from metaan.core.text_table import aligned, at_the_point
from metaan.core.wording import grid, in_sentence, percent, text_of

if TYPE_CHECKING:
    import pandas as pd

ARRAYS = ("value", "se", "low", "high", "fitted", "share")
ROWS_SHOWN = 60
SOURCE = "10.3102/10769986010002075"
NUMBERS = (1, 2)  # columns whose decimal points lie below each other


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blups:
    """Best linear unbiased predictions of k true effects; arrays (k,), analysis scale, read-only.

    Attributes
    ----------
    fit : PooledFit or RegressionFit
        Where they come from.
    study : sequence of str
        Labels.
    value, se, low, high : ndarray
        Predicted true effects, standard errors, prediction limits.
    fitted : ndarray
        Mean, or what the moderators expect: where predictions are shrunken to.
    share : ndarray
        Weight of the study's own effect, ``tau² / (tau² + v)``; the rest is that of ``fitted``.
    level : float
        Coverage of the limits.
    """

    fit: PooledFit | RegressionFit
    study: Sequence[str]
    value: Floats
    se: Floats
    low: Floats
    high: Floats
    fitted: Floats
    share: Floats
    level: float

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ARRAYS:
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def random(self) -> Floats:
        """Predicted random effects: true effect less ``fitted``."""
        return frozen(self.value - self.fitted)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a careful reader should know."""
        if not self.fit.tau2_method:
            return ("a common effect: every true effect is the fitted one",)
        if self.fit.tau2 == 0:
            return ("tau² is 0: every true effect is predicted to be the fitted one",)
        return ("limits take tau² as known; with few studies they are somewhat narrow",)

    def summary(self) -> str:
        """Return the predictions as an aligned table."""
        below = (*aligned(_table(self)), *_notes(self))
        return "\n".join([_title(self), *(f"  {line}" for line in below)])

    def sentence(self) -> str:
        """Return how far true effects are predicted apart; marks point into `references`."""
        return text_of(_sentences(self))

    @property
    def references(self) -> tuple[str, ...]:
        """References of the method, in the order of their marks in `sentence`."""
        return cite([SOURCE])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per study.

        Returns
        -------
        DataFrame
            study; observed, estimate (of the true effect), low, high (reading scale); share
            (weight of the study's own effect); value, se (analysis scale).
        """
        import pandas as pd

        return pd.DataFrame(blup_columns(self))

    def __len__(self) -> int:
        """Return the number of studies."""
        return len(self.study)

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(_title(self), _table(self), _notes(self))


def blup_columns(blups: Blups) -> dict[str, Any]:
    """Return the columns of `Blups.to_frame`."""
    read = blups.fit.effects.study_scale.inverse
    with np.errstate(over="ignore"):  # a limit beyond all numbers reads as infinite
        return {
            "study": tuple(blups.study),
            "observed": read(blups.fit.effects.y),
            "estimate": read(blups.value),
            "low": read(blups.low),
            "high": read(blups.high),
            "share": blups.share,
            "value": blups.value,
            "se": blups.se,
        }


def _title(blups: Blups) -> str:
    fit = blups.fit
    told = title(fit) if isinstance(fit, PooledFit) else f"{fit.effects.label} {fit.formula}"
    return f"Empirical Bayes estimates of true effects: {told}"


def _table(blups: Blups) -> list[list[str]]:
    """Return a head and a row for each study; the middle of many is left out."""
    columns, many, half = blup_columns(blups), len(blups), ROWS_SHOWN // 2
    shown = range(many) if many <= ROWS_SHOWN else [*range(half), *range(many - half, many)]
    head = ["study", "observed", "estimate", f"{percent(blups.level)} limits", "own weight"]
    rows = [
        [
            blups.study[i],
            *(_number(columns[name][i]) for name in ("observed", "estimate")),
            f"({_number(columns['low'][i])}, {_number(columns['high'][i])})",
            f"{fixed(100 * float(blups.share[i]), 1)}%",
        ]
        for i in shown
    ]
    for column in NUMBERS:
        for row, cell in zip(rows, at_the_point([row[column] for row in rows]), strict=True):
            row[column] = cell
    return [head, *rows]


def _number(value: Any) -> str:
    size = abs(float(value))
    return compact(float(value)) if LONGEST_PLAIN <= size < np.inf else fixed(float(value), 3)


def _notes(blups: Blups) -> list[str]:
    more = len(blups) - ROWS_SHOWN
    hidden = [f"{more} rows in between are in .to_frame()"] if more > 0 else []
    return [*hidden, *(f"note: {text}" for text in blups.remarks)]


def _sentences(blups: Blups) -> list[str]:
    fit, mark = blups.fit, marks([SOURCE])[SOURCE]
    label = in_sentence(fit.effects.label)
    words = model_words(fit) if isinstance(fit, PooledFit) else regression_words(fit)
    told = [f"the true effects of the studies were predicted from a {words}{mark}"]
    columns = blup_columns(blups)
    if not fit.tau2 > 0:
        return [*told, blups.remarks[0]]
    ends = [
        (float(np.min(columns[n])), float(np.max(columns[n]))) for n in ("estimate", "observed")
    ]
    ratio = fit.effects.scale.is_log
    low, high, least, most = printed(*ends[0], *ends[1], ratio=ratio)
    own = [fixed(100 * float(each), 0) for each in (blups.share.min(), blups.share.max())]
    weight = f"{own[0]}%" if own[0] == own[1] else f"{own[0]}% to {own[1]}%"
    told.append(
        f"predictions of the {label} ranged from {low} to {high}, observed values from {least} "
        f"to {most}; a study's own result counts {weight} in its prediction"
    )
    null = fit.effects.scale.null
    if fit.effects.scale.has_null:
        sure = int(np.count_nonzero((blups.low > null) | (blups.high < null)))
        told.append(_excluding(sure, len(blups), percent(blups.level)))
    return told


def _excluding(sure: int, many: int, level: str) -> str:
    """Return of how many studies the limits exclude no effect."""
    if sure == many:
        every = "both" if many == 2 else f"all {many}"
        return f"the {level} limits of {every} studies exclude no effect"
    if not sure:
        return f"the {level} limits of every study include no effect"
    return f"the {level} limits of {sure} of {counted(many, 'study', 'studies')} exclude no effect"
