"""A fit by subgroups: one pool each, all together, and the test between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metaan.core.citations import cite
from metaan.core.conventions import FROM_Q
from metaan.core.fit import PooledFit, pooled_lines, title
from metaan.core.fit_words import (
    INFERENCE,
    INTERVAL,
    PREDICTION,
    chosen_words,
    notes,
    sides_words,
    tau2_words,
    used,
)
from metaan.core.lookup import look_up
from metaan.core.numbers import compact, counted, fixed, interval, listed, p_text
from metaan.core.text_table import at_the_point
from metaan.core.wording import (
    Method,
    cited,
    counted_studies,
    degrees_words,
    estimate_words,
    for_designs,
    grid,
    in_sentence,
    joined,
    method_words,
    percent,
    range_words,
    text_of,
)

BETWEEN = "10.1007/s11121-013-0377-7"

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SubgroupFit:
    """Pools within subgroups, the overall pool, and the test of a difference between them.

    Attributes
    ----------
    by : str
        Name of the column.
    levels : tuple of str
        Values of the column, in the order of their first study.
    fits : tuple of PooledFit
        One each.
    overall : PooledFit
        All studies together.
    q_between, df_between, p_between : float
        Test that the subgroup means are equal.
    log_p_between : float
        Natural logarithm of ``p_between``; NaN where it was not kept.
    shared_tau2 : bool
        Whether one tau² was estimated for all subgroups together.
    remarks : tuple of str
        What a careful reader should know about the test.
    """

    by: str
    levels: tuple[str, ...]
    fits: tuple[PooledFit, ...]
    overall: PooledFit
    q_between: float
    df_between: float
    p_between: float
    log_p_between: float = float("nan")
    shared_tau2: bool = False
    remarks: tuple[str, ...] = ()

    def __getitem__(self, level: str) -> PooledFit:
        """Return the fit of one level; ChoiceError if there is none of that name."""
        table = dict(zip(self.levels, self.fits, strict=True))
        return look_up(table, level, argument="level", what="a subgroup")

    def summary(self) -> str:
        """Return the fits as text, the test between them last."""
        return "\n".join(subgroup_lines(self))

    def sentence(self) -> str:
        """Return the fit as a paragraph for a Results section; marks point into `references`."""
        return text_of([*_results(self), *_how(self)[0]])

    def methods_sentence(self) -> str:
        """Return how the fit was made as sentences for a Methods section, with the same marks."""
        return text_of([_what(self), *_how(self)[0]])

    @property
    def references(self) -> tuple[str, ...]:
        """References of the methods that were used, in the order of their marks in `sentence`."""
        return cite(_how(self)[1])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per subgroup and one for all: estimate, limits, prediction, tau²."""
        import pandas as pd

        return pd.DataFrame(subgroup_records(self))

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return subgroup_grid(self)


def subgroup_lines(fit: SubgroupFit) -> list[str]:
    """Return the lines of a subgroup fit."""
    lines: list[str] = []
    for level, part in zip(fit.levels, fit.fits, strict=True):
        lines += [
            f"{fit.by} = {level}: {line}" if i == 0 else line
            for i, line in enumerate(pooled_lines(part))
        ]
    lines += [
        f"all: {line}" if i == 0 else line for i, line in enumerate(pooled_lines(fit.overall))
    ]
    lines.append(between_text(fit))
    if fit.shared_tau2:
        lines.append(f"  {SHARED}")
    return [*lines, *(f"  note: {remark}" for remark in fit.remarks)]


SHARED = "one tau² for all subgroups, from a model with a mean for each"


def between_text(fit: SubgroupFit) -> str:
    """Return the test of a difference between subgroups in one line."""
    if fit.df_between == 0:
        return "Test for subgroup differences: none, for there is one subgroup"
    return (
        f"Test for subgroup differences: Q = {fixed(fit.q_between)}, "
        f"df = {fit.df_between:g}, {_p(fit)}"
    )


def subgroup_grid(fit: SubgroupFit) -> str:
    """Return what a notebook shows: a row for each subgroup, one for all, the test, notes."""
    overall = fit.overall
    level = percent(overall.estimate.level)
    from_q = overall.i2_first == FROM_Q or not overall.tau2_method
    i2 = f"I² (from {'Q' if from_q else 'tau²'})"
    heads = (fit.by, "k", "estimate", f"{level} CI", f"{level} PI", "tau²", i2)
    parts = [*zip(fit.levels, fit.fits, strict=True), ("all", overall)]
    told = [between_text(fit), *([SHARED] if fit.shared_tau2 else [])]
    told += [f"note: {remark}" for remark in fit.remarks]
    told += [f"{name}: {remark}" for name, part in parts[:-1] for remark in part.remarks]
    head = f"{title(overall)}, by {fit.by}"
    tau2 = at_the_point([compact(part.tau2) for _, part in parts])
    rows = [_cells(*each, text) for each, text in zip(parts, tau2, strict=True)]
    return grid(head, [heads, *rows], [*told, *notes(overall)])


def _cells(name: str, part: PooledFit, tau2: str) -> tuple[str, ...]:
    read, limits = part.estimate.read(), part.prediction_interval
    told = "–"
    if limits is not None:
        told = interval(limits.read().low, limits.read().high, 3)
    return (
        name,
        str(part.k),
        fixed(read.value, 3),
        interval(read.low, read.high, 3),
        told,
        tau2,
        "–" if part.k == 1 else f"{fixed(_i2(part), 1)}%",
    )


def _i2(part: PooledFit) -> float:
    het = part.heterogeneity
    return het.i2_q if part.i2_first == FROM_Q else het.i2


def subgroup_records(fit: SubgroupFit) -> list[dict[str, Any]]:
    """Return one record per subgroup and one for all, on the reading scale."""
    records = []
    for level, part in zip((*fit.levels, "all"), (*fit.fits, fit.overall), strict=True):
        read, limits = part.estimate.read(), part.prediction_interval
        predicted = (NAN, NAN) if limits is None else (limits.read().low, limits.read().high)
        records.append(
            {
                fit.by: level,
                "k": part.k,
                "estimate": read.value,
                "low": read.low,
                "high": read.high,
                "p_value": read.p_value,
                "tau2": part.tau2,
                "i2": part.heterogeneity.i2,
                "prediction_low": predicted[0],
                "prediction_high": predicted[1],
            }
        )
    return records


NAN = float("nan")


def _p(fit: SubgroupFit) -> str:
    log_p = None if fit.log_p_between != fit.log_p_between else fit.log_p_between
    return p_text(fit.p_between, log_p)


def _several(fit: SubgroupFit) -> list[PooledFit]:
    """Return the subgroups in which something was pooled.

    With a shared tau² a subgroup of one study has its limits from the model of all.
    """
    return [part for part in fit.fits if part.k > 1 or fit.shared_tau2]


def _singles(fit: SubgroupFit) -> str:
    """Return what a subgroup of one study is; empty where each has several."""
    singles = len(fit.fits) - len(_several(fit))
    if not singles or fit.overall.k == 1:
        return ""
    if singles == len(fit.fits):
        return (
            f"Nothing was pooled by {fit.by}: each subgroup is a single study with its Wald "
            "interval"
        )
    which = "1 subgroup is" if singles == 1 else f"{singles} subgroups are"
    each = "a single study, which has its" if singles == 1 else "single studies, which have their"
    return f"{which} {each} Wald interval{'' if singles == 1 else 's'}"


def _what(fit: SubgroupFit) -> str:
    """Return what was pooled, and where."""
    overall, several = fit.overall, len(_several(fit))
    label, sides = in_sentence(overall.effects.label), sides_words(overall.effects)
    if overall.k == 1:
        return f"one study{sides} was available, and nothing was pooled"
    kind = "random-effects" if overall.tau2_method else "common-effect"
    if not several:
        studies = _all_studies(overall).removeprefix("all ")
        return f"the {label} was pooled in a {kind} meta-analysis of {studies}{sides}"
    return (
        f"the {label} was pooled in {kind} models within {_groups(fit, several)} by {fit.by}, and "
        f"of {_all_studies(overall)}{sides} together"
    )


def _all_studies(overall: PooledFit) -> str:
    left_out = overall.effects.k_left_out
    return f"{'' if left_out else 'all '}{counted_studies(overall.k, left_out)}"


def _groups(fit: SubgroupFit, several: int) -> str:
    of = f" of {len(fit.levels)}" if several < len(fit.levels) else ""
    return f"{several}{of} {'subgroup' if several == 1 and not of else 'subgroups'}"


def _results(fit: SubgroupFit) -> list[str]:
    overall = fit.overall
    label = in_sentence(overall.effects.label)
    parts = [
        f"{estimate_words(part.estimate)} in {counted_studies(part.k)} with {fit.by} {level}"
        for level, part in zip(fit.levels, fit.fits, strict=True)
    ]
    pooled = "pooled " if len(_several(fit)) == len(fit.fits) else ""
    told = [f"By {fit.by}, the {pooled}{label} was {listed(parts)}"]
    if fit.df_between > 0:
        told.append(
            f"The test for a difference between {counted(len(fit.levels), 'subgroup')} gave "
            f"Q = {fixed(fit.q_between)} with {degrees_words(fit.df_between)} ({_p(fit)})"
        )
    predicted = [
        f"between {range_words(part.prediction_interval)} with {fit.by} {level}"
        for level, part in zip(fit.levels, fit.fits, strict=True)
        if part.prediction_interval is not None
    ]
    if predicted:
        share = percent(overall.estimate.level)
        told.append(
            f"The true {label} of a new study is expected {listed(predicted)} "
            f"({share} prediction interval{'s' * (len(predicted) > 1)})"
        )
    if overall.k > 1:
        studies = _all_studies(overall)
        told.append(f"Over {studies} it was {estimate_words(overall.estimate)}")
    return told


def _how(fit: SubgroupFit) -> tuple[list[str], tuple[str, ...]]:
    """Return the sentences about methods, with marks, and the DOIs the marks stand for."""
    overall = fit.overall
    inference = used(overall, INFERENCE, overall.inference)
    pooled = [*_several(fit), overall]
    parts: list[tuple[str, Method]] = []
    if overall.tau2_method and overall.k > 1:
        limits = used(overall, INTERVAL, overall.heterogeneity.interval)
        parts = [tau2_words(overall, _where(fit)), (f"its limits are by {limits.name}", limits)]
    told = "intervals are" if len(pooled) > 1 else "interval is"
    parts.append((f"the confidence {told} {_limits_words(inference.name, pooled)}", inference))
    parts += _predicted(fit)
    if fit.df_between > 0:
        parts.append(
            ("the test between subgroups compares their means, weighted by their precision",
             Method(name="", doi=BETWEEN))
        )  # fmt: skip
    texts, dois = cited(parts)
    chosen = [chosen_words(overall.conventions)] if overall.conventions else []
    return [_singles(fit), joined(texts), *chosen], dois


def _limits_words(name: str, pooled: Sequence[PooledFit]) -> str:
    """Return how limits were found, with the degrees of freedom that there were."""
    every = [part.estimate.df for part in pooled]
    left = [df for df in every if df < float("inf")]
    words = method_words(name, *(left or every))
    if left and len(left) < len(every):
        words += ", or normal where no degree of freedom is left"
    return words


def _where(fit: SubgroupFit) -> str:
    """Return where tau² was estimated; the pool of all studies has its own."""
    if not _several(fit):
        return ""
    if fit.shared_tau2:
        return " once for all subgroups and once for the pool of all studies,"
    several = len(_several(fit)) < len(fit.fits)
    return f" in each subgroup{' of several studies' * several} and for all studies together,"


def _predicted(fit: SubgroupFit) -> list[tuple[str, Method]]:
    """Return how prediction intervals were made; nothing where there are none."""
    parts = [*_several(fit), fit.overall]
    having = [part for part in parts if part.prediction_interval is not None]
    if not having:
        return []
    prediction = used(having[0], PREDICTION, having[0].prediction)
    name = prediction.name
    if fit.shared_tau2 and having[0] is not fit.overall:  # p means were estimated from k studies
        name = for_designs(name)
    told = "intervals are" if len(having) > 1 else "interval is"
    return [(f"the prediction {told} {method_words(name)}", prediction)]
