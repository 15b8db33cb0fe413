"""A pool made again and again: without each study, or with one more at a time.

The functions below the record turn it into lines, sentences and tables; they compute no
statistics.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from metaan.core.arrays import Floats, Integers, frozen
from metaan.core.citations import cite, marks
from metaan.core.conventions import FROM_Q
from metaan.core.counts_fit import RANDOM, CountsFit, fit_name
from metaan.core.estimate import Estimate
from metaan.core.fit import PooledFit, title
from metaan.core.numbers import LONGEST_PLAIN, compact, fixed, p_text
from metaan.core.refit_words import (
    cumulative_words,
    leave_one_out_words,
    numbered,
    side_of,
    tau2_texts,
)
from metaan.core.scale import Scale
from metaan.core.text_table import aligned, at_the_point
from metaan.core.wording import (
    counted_studies,
    grid,
    in_sentence,
    percent,
    text_of,
)

if TYPE_CHECKING:
    import pandas as pd

ROWS_SHOWN = 60
WORDS = 1  # columns of words in a table, before those of numbers
ESTIMATE, P, TAU2 = 2, 4, 5  # positions of columns
STATISTICS = (
    "value", "se", "low", "high", "statistic", "df", "log_p_value", "tau2",
    "i2", "i2_q", "h2", "q", "q_df", "q_log_p_value", "prediction_low", "prediction_high",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A row of ``KINDS``: which studies each refit has.

    Attributes
    ----------
    key : str
        Key and name.
    head : str
        What a row's study is: over the column of labels.
    done : str
        What was done, behind a title.
    doi : str
        Where it was published.
    """

    key: str
    head: str
    done: str
    doi: str


_ROWS = (
    Kind(
        key="leave-one-out",
        head="left out",
        done="one left out at a time",
        doi="10.1002/jrsm.11",
    ),
    Kind(
        key="cumulative",
        head="added",
        done="added one at a time",
        doi="10.1056/NEJM199207233270406",
    ),
)
KINDS: Mapping[str, Kind] = MappingProxyType({row.key: row for row in _ROWS})
LEAVE_ONE_OUT, CUMULATIVE = KINDS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Refits:
    """A pool refitted to n subsets of its studies, everything else as it was.

    Arrays have the shape (n,) and are on the analysis scale.

    Attributes
    ----------
    kind : str
        Row of ``KINDS``: "leave-one-out" or "cumulative".
    fit : PooledFit or CountsFit
        The pool of all studies.
    label : tuple of str
        The study that was left out, or added, or the cluster of studies.
    position : ndarray of int
        Its place among the studies of the fit, from 0; of a cluster, that of its first study.
    k : ndarray of int
        Studies in each refit.
    value, se, low, high, statistic, df, log_p_value : ndarray
        The mean with its standard error, limits and test, as in `Estimate`; NaN where the studies
        leave it undefined.
    tau2 : ndarray
        Between-study variance.
    i2, i2_q, h2, q, q_df, q_log_p_value : ndarray
        As in `Heterogeneity`; NaN (Q: 0) for one study.
    prediction_low, prediction_high : ndarray
        Prediction interval; NaN where there is none.
    sizes : ndarray or None
        Harmonic mean of the studies' sizes in each refit, where the scale depends on it.
    order : str
        In which order studies were added, ready to print; empty for leave-one-out.
    by : str
        Column that names the clusters that were left out; empty for single studies.
    remarks : tuple of str
        What a careful reader should know.
    """

    kind: str
    fit: PooledFit | CountsFit
    label: tuple[str, ...]
    position: Integers
    k: Integers
    value: Floats
    se: Floats
    low: Floats
    high: Floats
    statistic: Floats
    df: Floats
    log_p_value: Floats
    tau2: Floats
    i2: Floats
    i2_q: Floats
    h2: Floats
    q: Floats
    q_df: Floats
    q_log_p_value: Floats
    prediction_low: Floats
    prediction_high: Floats
    sizes: Floats | None = None
    order: str = ""
    by: str = ""
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in STATISTICS:
            object.__setattr__(self, name, frozen(getattr(self, name)))
        if self.sizes is not None:
            object.__setattr__(self, "sizes", frozen(self.sizes))
        for name in ("position", "k"):
            whole = np.array(getattr(self, name), dtype=np.int64)
            whole.flags.writeable = False
            object.__setattr__(self, name, whole)

    @property
    def p_value(self) -> Floats:
        """Two-sided p-value of the test of no effect."""
        return np.exp(self.log_p_value)

    @property
    def q_p_value(self) -> Floats:
        """p-value of Cochran's Q."""
        return np.exp(self.q_log_p_value)

    @property
    def level(self) -> float:
        """Coverage of the intervals."""
        return self.fit.estimate.level

    @property
    def scale(self) -> Scale:
        """How the rows are read: the fit's scale, at each row's own size where it has sizes."""
        own = self.fit.estimate.scale
        return own if own.at is None or self.sizes is None else own.at(self.sizes)

    @property
    def side(self) -> Integers:
        """Where each interval lies: 1 above no effect, -1 below it, 0 if it includes it.

        0 also where there is no interval, and where nothing means "no effect".
        """
        return side_of(self.low, self.high, self.fit.estimate.scale.null)

    @property
    def estimates(self) -> tuple[Estimate, ...]:
        """The rows as estimates, which read themselves (``estimates[0].read()``)."""
        names = ("value", "se", "low", "high", "statistic", "df", "p_value", "log_p_value")
        rows = zip(*(getattr(self, name).tolist() for name in names), strict=True)
        return tuple(
            Estimate(**dict(zip(names, row, strict=True)), level=self.level, scale=_scale(self, i))
            for i, row in enumerate(rows)
        )

    def summary(self) -> str:
        """Return the refits as a table, the pool of all studies last, and what they say."""
        return "\n".join(_lines(self))

    def sentence(self) -> str:
        """Return what the refits say about the conclusion; marks point into `references`."""
        return text_of([_how(self), *_results(self)])

    @property
    def references(self) -> tuple[str, ...]:
        """References of the method, in the order of their marks in `sentence`."""
        return cite([KINDS[self.kind].doi])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per refit, reading scale.

        Returns
        -------
        DataFrame
            left_out or added (the study); k; estimate, low, high (reading scale); p_value; tau2,
            i2, i2_q, h2, q, q_p_value; prediction_low, prediction_high (reading scale).
        """
        import pandas as pd

        return pd.DataFrame(refit_columns(self))

    def __len__(self) -> int:
        """Return the number of refits."""
        return len(self.label)

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(refits_title(self), _table(self), _notes(self), words=WORDS)


def refit_columns(refits: Refits) -> dict[str, Any]:
    """Return the columns of `Refits.to_frame`."""
    read = refits.scale.inverse
    with np.errstate(over="ignore"):  # a limit beyond all numbers reads as infinite
        return {
            KINDS[refits.kind].head.replace(" ", "_"): refits.label,
            "k": refits.k,
            "estimate": read(refits.value),
            "low": read(refits.low),
            "high": read(refits.high),
            "p_value": refits.p_value,
            **{name: getattr(refits, name) for name in ("tau2", "i2", "i2_q", "h2", "q")},
            "q_p_value": refits.q_p_value,
            "prediction_low": read(refits.prediction_low),
            "prediction_high": read(refits.prediction_high),
        }


def refits_title(refits: Refits) -> str:
    """Return what was refitted and how, in one line."""
    done = f"{KINDS[refits.kind].done} {refits.order}".strip()
    done = f"clusters ({refits.by}), {done}" if refits.by else done
    return f"{_fit_title(refits.fit)}, {done}"


def _fit_title(fit: PooledFit | CountsFit) -> str:
    if isinstance(fit, PooledFit):
        return title(fit)
    studies = counted_studies(fit.k, fit.counts.k + fit.counts.k_left_out - fit.k)
    return f"{fit.label}, {studies} ({fit_name(fit)})"


def _scale(refits: Refits, i: int) -> Scale:
    own = refits.fit.estimate.scale
    return own if own.at is None or refits.sizes is None else own.at(refits.sizes[i])


def _varying(refits: Refits) -> bool:
    fit = refits.fit
    return bool(fit.tau2_method) if isinstance(fit, PooledFit) else fit.model == RANDOM


def _from_q(refits: Refits) -> bool:
    fit = refits.fit
    return not isinstance(fit, PooledFit) or not fit.tau2_method or fit.i2_first == FROM_Q


def _lines(refits: Refits) -> list[str]:
    lines = aligned(_table(refits), words=WORDS)
    return [refits_title(refits), *(f"  {line}" for line in (*lines, *_notes(refits)))]


def _notes(refits: Refits) -> list[str]:
    more = len(refits) - ROWS_SHOWN
    hidden = [f"{more} rows in between are in .to_frame()"] if more > 0 else []
    told = [text_of([each]) for each in _results(refits) if each]
    return [*hidden, *told, *(f"note: {text}" for text in refits.remarks)]


def _table(refits: Refits) -> list[list[str]]:
    """Return a head and the cells of each row; the middle of many is left out."""
    kind = KINDS[refits.kind]
    source = "Q" if _from_q(refits) else "tau²"
    head = [kind.head, "k", "estimate", f"{percent(refits.level)} CI", "p"]
    shown: Sequence[int] = range(len(refits))
    if len(refits) > ROWS_SHOWN:
        half = ROWS_SHOWN // 2
        shown = [*range(half), *range(len(refits) - half, len(refits))]
    i2 = refits.i2_q if _from_q(refits) else refits.i2
    estimates, label, tau2 = refits.estimates, numbered(refits.label), _tau2_texts(refits)
    rows = [_cells(label[i], int(refits.k[i]), estimates[i], tau2[i], i2[i]) for i in shown]
    if refits.kind == LEAVE_ONE_OUT:
        fit, het = refits.fit, refits.fit.heterogeneity
        own = het.i2_q if _from_q(refits) else het.i2
        rows.append(_cells("none", fit.k, fit.estimate, tau2[-1], own))
    for column in (ESTIMATE, TAU2):
        for row, cell in zip(rows, at_the_point([row[column] for row in rows]), strict=True):
            row[column] = cell
    table = [[*head, "tau²", f"I² (from {source})"], *rows]
    without: tuple[int, ...] = () if _varying(refits) else (TAU2,)
    without += () if refits.fit.estimate.scale.has_null else (P,)
    return [[cell for i, cell in enumerate(row) if i not in without] for row in table]


def _cells(name: str, k: int, estimate: Estimate, tau2: str, i2: float) -> list[str]:
    read, none = estimate.read(), estimate.value != estimate.value
    p = p_text(estimate.p_value, estimate.log_p_value).removeprefix("p ").removeprefix("= ")
    return [
        name,
        str(k),
        _number(read.value),
        "–" if none else f"({_number(read.low)}, {_number(read.high)})",
        "–" if none else p,
        tau2,
        "–" if i2 != i2 else f"{fixed(float(i2), 1)}%",
    ]


def _number(value: float) -> str:
    return fixed(value, 3) if not LONGEST_PLAIN <= abs(value) < float("inf") else compact(value)


def _tau2_texts(refits: Refits) -> list[str]:
    """Return tau² of each refit, and of the pool of all studies."""
    typical = getattr(refits.fit.heterogeneity, "typical_v", float("nan"))  # not of counts
    return tau2_texts([*refits.tau2.tolist(), refits.fit.tau2], typical)


def _how(refits: Refits) -> str:
    kind = KINDS[refits.kind]
    mark = marks([kind.doi])[kind.doi]
    if refits.kind == LEAVE_ONE_OUT:
        what = f"clusters of studies ({refits.by})" if refits.by else "studies"
        return f"Each of the {len(refits)} {what} was left out in turn{mark}"
    return f"Studies were added one at a time, {refits.order}{mark}"


def _results(refits: Refits) -> list[str]:
    label = refits.fit.effects.label if isinstance(refits.fit, PooledFit) else refits.fit.label
    about, names = f"The pooled {in_sentence(label)}", numbered(refits.label)
    if refits.kind == LEAVE_ONE_OUT:
        return leave_one_out_words(about, names, refits.estimates, refits.fit.estimate)
    return cumulative_words(about, names, refits.estimates)
