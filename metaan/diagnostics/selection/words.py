"""What a selection model says of itself: lines, sentences, a notebook's table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from metaan.core.convergence import Convergence
from metaan.core.estimate import Estimate
from metaan.core.estimate_table import LOGARITHMS, estimate_rows
from metaan.core.fit import PooledFit
from metaan.core.numbers import compact, fixed, listed, p_text, printed
from metaan.core.regression_fit import RegressionFit
from metaan.core.scale import IDENTITY
from metaan.core.text_table import aligned
from metaan.core.wording import (
    Method,
    cited,
    counted_studies,
    degrees_words,
    estimate_words,
    grid,
    in_sentence,
    percent,
    text_of,
)
from metaan.diagnostics.selection.parts import (
    IntervalCount,
    LikelihoodRatio,
    SelectionParameter,
)
from metaan.diagnostics.selection.selections import CUT, SELECTIONS, STEPPED
from metaan.diagnostics.selection.solving import Solved
from metaan.diagnostics.selection.tables import ALTERNATIVES, PRECISIONS, VEVEA_WOODS

MEAN = "mean"
SE = 2  # position of the column of standard errors
SIGNIFICANT = 0.05
VEVEA_WOODS_DOI = "10.1037/1082-989X.10.4.428"


class Told(Protocol):
    """What is told of; see `SelectionFit`."""

    @property
    def fit(self) -> PooledFit | RegressionFit:
        """What was adjusted."""

    @property
    def selection(self) -> str:
        """Row of ``SELECTIONS``."""

    @property
    def alternative(self) -> str:
        """Row of ``ALTERNATIVES``."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the coefficients."""

    @property
    def coefficients(self) -> tuple[Estimate, ...]:
        """Adjusted."""

    @property
    def unadjusted(self) -> tuple[Estimate, ...]:
        """Without selection."""

    @property
    def tau2(self) -> float:
        """Adjusted."""

    @property
    def unadjusted_tau2(self) -> float:
        """Without selection."""

    @property
    def delta(self) -> tuple[SelectionParameter, ...]:
        """Parameters of the selection function."""

    @property
    def lr_test(self) -> LikelihoodRatio:
        """Of no selection."""

    @property
    def tau2_lr_test(self) -> LikelihoodRatio:
        """Of tau² = 0."""

    @property
    def log_likelihood(self) -> float:
        """At the maximum."""

    @property
    def counts(self) -> tuple[IntervalCount, ...]:
        """Studies in intervals of p-values."""

    @property
    def cut(self) -> float:
        """Where the distribution is truncated, or NaN."""

    @property
    def precision(self) -> str:
        """Row of ``PRECISIONS``, or nothing."""

    @property
    def convergence(self) -> Convergence:
        """How the maximum was found."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """Cautions."""

    @property
    def solved(self) -> Solved:
        """The search."""


def title(fit: Told) -> str:
    """Return what was fitted, in one line."""
    row, told = SELECTIONS[fit.selection], []
    table = fit.solved.asked.table
    if table:
        told.append(VEVEA_WOODS[table].words)
    if fit.precision:
        told.append(f"by {PRECISIONS[fit.precision].words}")
    studies = counted_studies(fit.fit.k, fit.fit.effects.k_left_out)
    model = f"{fit.fit.model} {'effects' if fit.fit.tau2_method else 'effect'}"
    how = ", ".join((row.name, *told, f'alternative "{fit.alternative}"'))
    return f"{fit.fit.effects.label}, {studies}, adjusted for selection ({model}; {how})"


def lines(fit: Told) -> list[str]:
    """Return the lines of a selection model."""
    return [title(fit), *(f"  {line}" for line in (*aligned(_rows(fit)), *_below(fit)))]


def shown(fit: Told) -> str:
    """Return what a notebook shows."""
    return grid(title(fit), _rows(fit), _below(fit))


def _rows(fit: Told) -> list[list[str]]:
    before = [f"{name}, unadjusted" for name in fit.names]
    free = [each for each in fit.delta if not each.fixed]
    names = [*fit.names, *before, *(f"{each.name} ({each.label})" for each in free)]
    means = [*fit.coefficients, *fit.unadjusted]
    read = _is_read(fit)
    if read:
        means = [each.read() for each in means]
    rows = estimate_rows("term", names, [*means, *(each.estimate for each in free)])
    if read:
        for row in rows[1 : len(means) + 1]:
            row[SE] = ""  # that of the analysis scale belongs to no number of this row
    return rows


def _is_read(fit: Told) -> bool:
    """Return whether the mean is printed on another scale than that of the analysis."""
    return isinstance(fit.fit, PooledFit) and fit.fit.effects.scale.key != IDENTITY.key


def _below(fit: Told) -> list[str]:
    told = []
    if _is_read(fit):
        what = "a ratio; its test is that of the logarithm"
        other = "on the reading scale; its test is that of the analysis scale"
        told.append(f"(the mean is {what if fit.fit.effects.scale.is_log else other})")
    elif fit.fit.effects.scale.is_log:
        told.append(f"({LOGARITHMS.format(what='a coefficient')})")
    if any(each.fixed for each in fit.delta):
        fixed_ones = [f"{each.label}: {compact(each.value)}" for each in fit.delta if each.fixed]
        told.append(f"fixed weights: {'; '.join(fixed_ones)}")
    if fit.fit.tau2_method:
        told.append(
            f"tau² = {compact(fit.tau2)} (unadjusted {compact(fit.unadjusted_tau2)}); "
            f"tau² = 0: {fit.tau2_lr_test}"
        )
    told.append(f"no selection: {fit.lr_test}; log-likelihood {fixed(fit.log_likelihood, 3)}")
    told.append("studies: " + "; ".join(f"{each.words}: {each.count}" for each in fit.counts))
    if fit.cut == fit.cut:
        told.append(f"cut at {compact(fit.cut, 4)}, analysis scale")
    return [*told, *(f"note: {remark}" for remark in fit.remarks)]


def sentence(fit: Told) -> str:
    """Return what was done and found as a paragraph."""
    texts, _ = cited([(_model(fit), Method(name="", doi=_doi(fit)))])
    parts = [f"{texts[0]}, {_effects(fit)}", _selection_words(fit), _test_words(fit)]
    if SELECTIONS[fit.selection].kind != CUT:
        parts.append(f"P-values are small for {ALTERNATIVES[fit.alternative].words}")
    return text_of(parts)


def dois(fit: Told) -> tuple[str, ...]:
    """Return the DOIs of what was used."""
    return (_doi(fit),)


def _doi(fit: Told) -> str:
    return VEVEA_WOODS_DOI if fit.solved.asked.table else SELECTIONS[fit.selection].doi


def _model(fit: Told) -> str:
    kind = "random-effects" if fit.fit.tau2_method else "common-effect"
    what = "analysis" if isinstance(fit.fit, PooledFit) else "regression"
    studies = counted_studies(fit.fit.k, fit.fit.effects.k_left_out)
    row = SELECTIONS[fit.selection]
    told = f"in a {kind} meta-{what} of {studies} adjusted for selective publication by a "
    if fit.solved.asked.table:
        told += f"{row.name} with weights fixed for {VEVEA_WOODS[fit.solved.asked.table].words}"
    else:
        told += row.name
        if row.kind == STEPPED:
            steps = listed([compact(count.high) for count in fit.counts[:-1]])
            told += f" of the p-values (steps at {steps})"
        elif row.kind != CUT:
            told += " of the p-value"
    if fit.precision:
        told += f" and {PRECISIONS[fit.precision].words}"
    return told


def _effects(fit: Told) -> str:
    label = in_sentence(fit.fit.effects.label)
    if isinstance(fit.fit, PooledFit):
        return (
            f"the {label} was {estimate_words(fit.coefficients[0])}; by maximum likelihood "
            f"without adjustment it was {estimate_words(fit.unadjusted[0])}"
        )
    pairs = zip(fit.names, fit.coefficients, fit.unadjusted, strict=True)
    told = [
        f"{name} {_number(after)} (unadjusted {_number(before)})" for name, after, before in pairs
    ]
    return f"the coefficients of the {label}, analysis scale, were {listed(told)}"


def _number(each: Estimate) -> str:
    value, low, high = printed(each.value, each.low, each.high)
    return f"{value}, {percent(each.level)} CI {low} to {high}"


def _selection_words(fit: Told) -> str:
    """Return what the selection function is, in words."""
    row = SELECTIONS[fit.selection]
    free = [each for each in fit.delta if not each.fixed]
    if not free:
        return "The weights were fixed in advance: the data neither estimate nor test them"
    if row.kind == STEPPED:
        told = [f"{_times(each)} for {each.label}" for each in free]
        return (
            f"Relative to studies with {fit.counts[0].words}, the chance of publication was "
            f"estimated to be {listed(told)}"
        )
    if row.kind == CUT:
        scale = fit.fit.effects.scale
        cut = compact(float(scale.inverse(fit.cut)))
        side = "above" if ALTERNATIVES[fit.alternative].sign < 0 else "below"
        return (
            f"Relative to the others, the chance of publication of studies with effects {side} "
            f"{cut} was estimated to be {_times(free[0])}"
        )
    values = listed([f"{each.name} = {_value(each)}" for each in free])
    return f"The chance of publication was modeled as {row.formula}, with {values}"


def _times(each: SelectionParameter) -> str:
    return f"{_value(each)} times as high"


def _value(each: SelectionParameter) -> str:
    own = each.estimate
    if own.se != own.se:
        where = ", at the border of its range" if each.border else ""
        return f"{compact(own.value)}{where}"
    low, high = compact(own.low, 2), compact(own.high, 2)
    return f"{compact(own.value, 2)} ({percent(own.level)} CI {low} to {high})"


def _test_words(fit: Told) -> str:
    test = fit.lr_test
    if not test.df > 0:
        return ""
    found = "" if test.p_value < SIGNIFICANT else "not "
    p = p_text(test.p_value, test.log_p_value)
    return (
        f"The likelihood was {found}significantly higher than without selection (likelihood "
        f"ratio test: chi² = {compact(test.statistic)} with {degrees_words(test.df)}, {p})"
    )


def few(counts: Sequence[IntervalCount], least: int) -> list[IntervalCount]:
    """Return the intervals with some studies, but fewer than that."""
    return [each for each in counts if 0 < each.count < least]
