"""The door out for counts: what Mantel-Haenszel, Peto and their like find, printing itself.

The functions below the records turn them into lines and tables; they compute no statistics.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from metaan.core.arrays import Booleans, Floats, FrozenDict, frozen
from metaan.core.citations import cite
from metaan.core.counts import TIME, Counts
from metaan.core.effects import Effects
from metaan.core.estimate import Estimate
from metaan.core.fit_words import (
    INFERENCE,
    POOLING,
    REMARK_LIMIT,
    TAU2,
    VARIANCE,
    left_out_notes,
    sides_words,
)
from metaan.core.numbers import compact, fixed, interval, listed, p_text
from metaan.core.wording import (
    Method,
    Row,
    cited,
    counted_studies,
    degrees_words,
    estimate_words,
    in_sentence,
    joined,
    method_words,
    panel_of,
    percent,
    text_of,
)

if TYPE_CHECKING:
    import pandas as pd

RANDOM = "random"
NO_EVENTS, ALL_EVENTS = "no events in either group of", "only events in both groups of"
NO_PART = "does not contribute", "do not contribute"
NEUTRAL = "enters with a {} of {}", "enter with a {} of {}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """A chi-square test.

    Attributes
    ----------
    name : str
        Its name, ready to print.
    statistic, df : float
        Chi-square and its degrees of freedom; the statistic is NaN where no study tells.
    p_value, log_p_value : float
        Upper tail and its natural logarithm.
    doi : str
        Where it was published; empty for a book.
    homogeneity : bool
        Whether it asks if the studies' effects are one; else it asks if there is an effect.
    """

    __test__ = False  # no collection of tests should take it for one of its own

    name: str
    statistic: float
    df: float
    p_value: float
    log_p_value: float
    doi: str = ""
    homogeneity: bool = False

    def __str__(self) -> str:
        """Return the test in one line."""
        if self.statistic != self.statistic:
            return f"{self.name}: not defined for these counts"
        return (
            f"{self.name}: chi² = {fixed(self.statistic)} "
            f"(df {self.df:g}, {p_text(self.p_value, self.log_p_value)})"
        )

    @property
    def words(self) -> str:
        """The statistic, its degrees of freedom and p-value as a sentence has them."""
        p = p_text(self.p_value, self.log_p_value)
        return f"chi² = {fixed(self.statistic)} with {degrees_words(self.df)} ({p})"

    __repr__ = __str__


@dataclass(frozen=True, slots=True, kw_only=True)
class CountsHeterogeneity:
    """How much the studies' own effects differ beyond chance, about a pooled effect.

    Attributes
    ----------
    q, df, p_value, log_p_value : float
        Q, its degrees of freedom (studies with an effect of their own, less one), its p-value
        and the natural logarithm of that.
    i2, h2 : float
        I² (percent) and H² from Q: ``100 max(0, (Q - df) / Q)``, ``Q / df``.
    about : str
        Which weights, about which mean.
    """

    q: float
    df: float
    p_value: float
    log_p_value: float
    i2: float
    h2: float
    about: str

    @property
    def i2_q(self) -> float:
        """I² from Q, as it is called where there is another."""
        return self.i2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CountsFit:
    """A pooled effect of counts.

    Attributes
    ----------
    counts : Counts
        What was pooled.
    measure, label : str
        Key of the effect measure, and its name on the reading scale.
    method : str
        Name of the method.
    model : str
        "common" or "random".
    estimate : Estimate
        Pooled effect, analysis scale (``.read()`` for the reading scale).
    heterogeneity : CountsHeterogeneity
        Q, I² and H².
    weights : ndarray, shape (k,)
        Percent; 0 for a study without information.
    effects : Effects
        The studies' own effects, for Q and for figures; may lack studies that have none.
    tau2 : float
        Between-study variance; 0 for the common effect.
    tests : mapping of str to Test
        Tests of association and of homogeneity, by key.
    correction : float
        What was added to the cells of studies with a zero cell.
    methods : mapping of str to Method
        Name and DOI of what was used: "pooling", "variance", "tau2", "inference".
    remarks : tuple of str
        What a careful reader should know about this fit.
    """

    counts: Counts
    measure: str
    label: str
    method: str
    model: str
    estimate: Estimate
    heterogeneity: CountsHeterogeneity
    weights: Floats
    effects: Effects
    tau2: float = 0.0
    tests: Mapping[str, Test] = field(default_factory=FrozenDict)
    correction: float = 0.0
    methods: Mapping[str, Method] = field(default_factory=FrozenDict)
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the weights and the mappings."""
        object.__setattr__(self, "methods", FrozenDict(self.methods))
        object.__setattr__(self, "weights", frozen(self.weights))
        if not isinstance(self.tests, FrozenDict):
            object.__setattr__(self, "tests", FrozenDict(self.tests))

    @property
    def k(self) -> int:
        """Number of studies that say something: all but those of weight 0 without a difference."""
        silent = (self.counts.no_events | self.counts.all_events) & (self.weights == 0)
        return self.counts.k - int(silent.sum())

    def summary(self) -> str:
        """Return the fit as text, estimate first, conventions named."""
        return "\n".join(_lines(self))

    def sentence(self) -> str:
        """Return the fit as a paragraph for a Results section; marks point into `references`."""
        return text_of([*_results(self), *_how(self)[0]])

    def methods_sentence(self) -> str:
        """Return how the fit was made as sentences for a Methods section, with the same marks."""
        model = f"the {in_sentence(self.label)} was pooled in a {_model_words(self)}"
        return text_of([model, *_how(self)[0]])

    @property
    def references(self) -> tuple[str, ...]:
        """References of the methods that were used, in the order of their marks in `sentence`."""
        return cite(_how(self)[1])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per study and one for the pool.

        Returns
        -------
        DataFrame
            study, estimate, low, high (reading scale; NaN for a study without an effect of its
            own), weight_percent, rows.
        """
        import pandas as pd

        return pd.DataFrame(_records(self))

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return panel_of(_title(self), _rows(self), _notes(self))


def fit_name(fit: CountsFit) -> str:
    """Return the method and its model in one phrase."""
    return f"{fit.method}, {fit.model} effect{'s' if fit.model == RANDOM else ''}"


def _title(fit: CountsFit) -> str:
    return f"{fit.label}, {_studies(fit)} ({fit_name(fit)})"


def _studies(fit: CountsFit) -> str:
    return counted_studies(fit.k, fit.counts.k + fit.counts.k_left_out - fit.k)


def _lines(fit: CountsFit) -> list[str]:
    return [_title(fit), *(f"  {line}" for line in (*_rows(fit), *_notes(fit)))]


def _rows(fit: CountsFit) -> list[Row]:
    """Return estimate, heterogeneity and tests."""
    estimate, het = fit.estimate.read(), fit.heterogeneity
    limits = interval(estimate.low, estimate.high, 3)
    p = p_text(fit.estimate.p_value, fit.estimate.log_p_value)
    pooled = f"{fixed(estimate.value, 3)}, {percent(estimate.level)} CI {limits}, {p}"
    rows = [Row(name="Pooled", lead="estimate", text=pooled)]
    if not het.df > 0:
        told = ["is not defined for one study"]
    else:
        q = f"Q = {fixed(het.q)} (df {het.df:g}, {p_text(het.p_value, het.log_p_value)})"
        tau2 = f", tau² = {compact(fit.tau2)}" if fit.model == RANDOM else ""
        i2 = f"I² = {fixed(het.i2, 1)}%, H² = {fixed(het.h2)} [from Q]"
        told = [f"{q}{tau2}", i2, f"[Q with {het.about}]"]
    rows.append(Row(name="Heterogeneity", lead="heterogeneity", text=told[0]))
    rows += [Row(text=text) for text in told[1:]]
    tests = [str(test) for test in fit.tests.values()]
    return rows + [Row(name="" if i else "Tests", text=text) for i, text in enumerate(tests)]


def _notes(fit: CountsFit) -> list[str]:
    remarks = dict.fromkeys((*fit.remarks, *fit.counts.remarks))
    told = [f"note: {remark}" for remark in remarks]
    return [*told, *left_out_notes(fit.counts.left_out, "counts")]


def _model_words(fit: CountsFit) -> str:
    kind = "random-effects" if fit.model == RANDOM else "common-effect"
    return f"{kind} meta-analysis of {_studies(fit)}{sides_words(fit.counts)}"


def _results(fit: CountsFit) -> list[str]:
    """Return the sentences of a Results section: estimate, studies without events, spread."""
    counts, het = fit.counts, fit.heterogeneity
    label, estimate = in_sentence(fit.label), estimate_words(fit.estimate)
    told = [f"In a {_model_words(fit)}, the pooled {label} was {estimate}"]
    for where, words in ((counts.no_events, NO_EVENTS), (counts.all_events, ALL_EVENTS)):
        part = NO_PART
        if fit.weights[where].any():
            none = ("ratio", 1) if fit.estimate.scale.is_log else ("difference", 0)
            part = NEUTRAL[0].format(*none), NEUTRAL[1].format(*none)
        told += silent_sentences(counts, where, words, part)
    if het.df > 0:
        tau2 = f"tau² = {compact(fit.tau2)}, " if fit.model == RANDOM else ""
        told.append(
            f"Heterogeneity: {tau2}I² = {fixed(het.i2, 1)}% (from Q), Q = {fixed(het.q)} with "
            f"{degrees_words(het.df)} ({p_text(het.p_value, het.log_p_value)})"
        )
    test = _homogeneity(fit)
    return [*told, f"The test of homogeneity gave {test.words}"] if test else told


def silent_sentences(
    counts: Counts, where: Booleans, words: str, part: tuple[str, str]
) -> list[str]:
    """Return which studies tell nothing, and what became of them; nothing if there are none.

    Parameters
    ----------
    counts : Counts
        Counts of k studies.
    where : ndarray of bool, shape (k,)
        These studies.
    words : str
        What was seen in them.
    part : tuple of str
        What became of them: of one, and of several.
    """
    names = [label for label, chosen in zip(counts.study, where, strict=True) if chosen]
    if not names:
        return []
    more = len(names) - REMARK_LIMIT
    shown = [*names[:REMARK_LIMIT], f"{more} more"] if more > 0 else names
    return [f"There were {words} {listed(shown)}, which {part[len(names) > 1]}"]


def _homogeneity(fit: CountsFit) -> Test | None:
    """Return the last test of homogeneity, if these counts have one."""
    able = [test for test in fit.tests.values() if test.homogeneity and test.df > 0]
    return able[-1] if able else None


def _how(fit: CountsFit) -> tuple[list[str], tuple[str, ...]]:
    """Return the sentences about methods, with marks, and the DOIs the marks stand for."""
    pooling = fit.methods.get(POOLING, Method(name=fit.method))
    inference = fit.methods.get(INFERENCE, Method(name="normal"))
    limits = f"the confidence interval is {method_words(inference.name)}"
    if fit.model == RANDOM:
        tau2 = fit.methods.get(TAU2, Method(name="moments"))
        told = [
            ("studies were weighted by inverse variance", Method(name="")),
            (f"the between-study variance (tau²) was estimated by {tau2.name}", tau2),
            (f"Q is about the {pooling.name} estimate", pooling),
        ]
    else:
        error = fit.methods.get(VARIANCE)
        told = [(f"studies were pooled by the {pooling.name} method", pooling)]
        told += [(f"the standard error is by {error.name}", error)] if error else []
    told.append((limits, inference))
    test = _homogeneity(fit)
    if test is not None:
        told.append((f"the test of homogeneity is the {test.name}", Method(name="", doi=test.doi)))
    texts, dois = cited(told)
    what = "the events" if fit.counts.kind == TIME else "each cell"
    added = f"To {what} of studies with a zero cell, {compact(fit.correction)} was added"
    return [joined(texts), *([added] if fit.correction else [])], dois


def _records(fit: CountsFit) -> list[dict[str, Any]]:
    own = _by_study(fit.effects, fit.estimate.level)
    nothing = (float("nan"),) * 3
    names: Sequence[str] = fit.counts.study
    records = [
        _record(names[i], own.get(names[i], nothing), float(fit.weights[i]), fit.counts.rows[i])
        for i in range(fit.counts.k)
    ]
    total = fit.estimate.read()
    limits = (total.value, total.low, total.high)
    records.append(_record(f"Pooled ({fit_name(fit)})", limits, 100.0, ()))
    return records


def _record(
    name: str, limits: tuple[float, float, float], weight: float, rows: tuple[str, ...]
) -> dict[str, Any]:
    value, low, high = limits
    return {
        "study": name,
        "estimate": value,
        "low": low,
        "high": high,
        "weight_percent": weight,
        "rows": " ".join(rows),
    }


def _by_study(effects: Effects, level: float) -> dict[str, tuple[float, float, float]]:
    read = effects.study_scale.inverse
    low, high = effects.limits(level)
    with np.errstate(over="ignore"):  # a limit beyond all numbers reads as infinite
        parts = (read(effects.y), read(low), read(high))
    return {
        label: (float(parts[0][i]), float(parts[1][i]), float(parts[2][i]))
        for i, label in enumerate(effects.study)
    }
