"""The forest plot of a meta-regression: each study over what the model expects of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from metaan.core.conventions import FROM_Q
from metaan.core.estimate import Estimate
from metaan.core.regression_answers import Predictions
from metaan.core.regression_fit import RegressionFit
from metaan.core.regression_words import CONSTANT
from metaan.core.robust_fit import RobustFit
from metaan.plots.forests.fit_lines import joint_line, model_line, residual
from metaan.plots.forests.other_models import model_ends, other_models, with_models
from metaan.plots.forests.own_frame import framed, without_names
from metaan.plots.forests.published import Pools, printed_numbers, published_rows
from metaan.plots.forests.record import ForestColumn, ForestRow, ForestRows
from metaan.plots.forests.sheet import Sheet, Way, Words, sheet_of, studies_text
from metaan.plots.forests.study_order import StudyNumbers, study_order
from metaan.plots.forests.subject_pooled import METHOD, effects_remarks, pooled_alt, total_rest
from metaan.plots.forests.wording import clean
from metaan.plots.pages import theme
from metaan.plots.pages.legend import LegendEntry

FITTED = ForestColumn(key="fitted", head="Fitted")
DIAMOND = "diamond"


def regression(fit: RegressionFit, published: Pools, words: Words) -> ForestRows:
    """Return the record of a meta-regression."""
    return _record(fit, fit.predict(), published, words)


def robust_regression(robust: RobustFit, published: Pools, words: Words) -> ForestRows:
    """Return the record of a meta-regression with its robust limits and tests."""
    return _record(robust, robust.predict(), published, words)


def regression_remarks(fit: RegressionFit) -> tuple[str, ...]:
    """Return what is remarked on a regression, its effects, and what was left out."""
    return (*effects_remarks(fit.effects), *fit.remarks)


def _record(
    asked: RegressionFit | RobustFit, found: Predictions, published: Pools, words: Words
) -> ForestRows:
    """Return the record of a regression: studies over fitted values, no total but of a mean."""
    fit = _model(asked)
    models = other_models(words.asked.models, fit.effects, asked.level)
    numbers = StudyNumbers(effect=fit.effects.y, weight=fit.weights, fitted=found.estimate)
    places = study_order(fit.effects, numbers, words.asked.order)
    mean = _mean(asked)
    fitted = zip(*(x.tolist() for x in (found.estimate, found.low, found.high)), strict=True)
    sheet = sheet_of(
        fit.effects,
        asked.level,
        [*fitted, *model_ends(models, fit.effects.scale)],
        printed_numbers(published),
        without_names(words, (FITTED.key,)),
        Way(method=METHOD, model=fit.model),
    )
    studies = zip(places, sheet.studies(places, fit.weights), strict=True)
    rows = [
        *(_fitted(sheet, found, i, row) for i, row in studies),
        *with_models(sheet, list(_below(sheet, asked, mean)), models),
        *published_rows(sheet.frame.hand, published),
    ]
    frame = framed(sheet.frame, (FITTED,))
    record = frame.record(rows, words, alt=_alt(asked, mean, sheet))
    if mean is not None:
        return record
    fill = LegendEntry(
        label=f"Expected by the model, with {sheet.frame.hand.percent} CI",
        fill=theme.PREDICTION,
        edge=theme.PREDICTION,
        marker=DIAMOND,
    )
    return replace(record, legend=(fill, *record.legend))


def _model(asked: RegressionFit | RobustFit) -> RegressionFit:
    fit = asked.fit if isinstance(asked, RobustFit) else asked
    assert isinstance(fit, RegressionFit)  # of pools, subject_pooled draws the robust ones
    return fit


def _mean(asked: RegressionFit | RobustFit) -> Estimate | None:
    """Return the mean of a regression on nothing; None where there are moderators."""
    constant = tuple(_model(asked).terms) == (CONSTANT,)
    return asked.coefficients[0] if constant else None


def _fitted(sheet: Sheet, found: Predictions, i: int, row: ForestRow) -> ForestRow:
    value, low, high = (float(x[i]) for x in (found.estimate, found.low, found.high))
    text = sheet.frame.hand.effect(value, low, high)
    return replace(row, fitted=(value, low, high), texts={**row.texts, FITTED.key: text})


def _below(
    sheet: Sheet, asked: RegressionFit | RobustFit, mean: Estimate | None
) -> Iterator[ForestRow]:
    """Yield the total of a mean, and the lines: moderators, what they leave, model."""
    fit, lines = _model(asked), sheet.lines
    het = fit.heterogeneity
    i2 = het.i2_q if fit.i2_first == FROM_Q else het.i2
    left = lines.heterogeneity(het, tau2=fit.tau2 if fit.tau2_method else None, i2=i2)
    if het.df < 1:
        left = "Heterogeneity: not defined, no degree of freedom is left"
    told = model_line(lines, asked, mean)
    if mean is not None:
        places = range(fit.k)
        yield sheet.mark("total", lines.total(fit.k), mean, places, float(fit.weights.sum()))
        yield from total_rest(sheet, places, None, (left, lines.test(mean), told))
        return
    joint = asked.moderators or fit.moderators
    what = "moderators" if len(joint.terms) < fit.p else "all coefficients"
    what = f"{what} ({clean(fit.formula)})"
    texts = (joint_line(lines, joint, what=what, r2=fit.r2), residual(left), told)
    yield from total_rest(sheet, (), None, [text for text in texts if text])


def _alt(asked: RegressionFit | RobustFit, mean: Estimate | None, sheet: Sheet) -> str:
    fit = _model(asked)
    studies = f"Forest plot of {studies_text(fit.k)}"
    if mean is not None:
        return f"{pooled_alt(sheet, mean, fit.k)}."
    return f"{studies}, each with what a meta-regression ({clean(fit.formula)}) expects of it."
