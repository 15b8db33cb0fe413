"""What is said under the total of fits that are no plain pool: model, tests, how limits came."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

from metaan.core.counts_fit import RANDOM, CountsFit, Test, fit_name
from metaan.core.estimate import Estimate
from metaan.core.fit import GIVEN, PooledFit
from metaan.core.fit_words import FIXED, INFERENCE, MODEL, TAU2, VARIANCE, used
from metaan.core.glmm_fit import GlmmFit
from metaan.core.numbers import compact, counted, fixed
from metaan.core.regression_answers import JointTest
from metaan.core.regression_fit import RegressionFit
from metaan.core.robust_fit import GIVEN_LABELS, ROBUST, RobustFit
from metaan.core.wording import Method, percent
from metaan.plots.forests.lines import Lines, filled, statistic_text
from metaan.plots.forests.wording import STUDENT, model_words

Fitted: TypeAlias = PooledFit | CountsFit | GlmmFit | RobustFit | RegressionFit

HETEROGENEITY = "heterogeneity"
CHI2, SPELLED = "χ²", "Chi²"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChiSquare:
    """A test of heterogeneity as `Lines.heterogeneity` takes it."""

    q: float
    df: float
    p_value: float
    log_p_value: float


def fit_words(fit: Fitted) -> str:
    """Return the model of any fit and its conventions in words."""
    if isinstance(fit, PooledFit):
        return model_words(fit)
    if isinstance(fit, CountsFit):
        return _counts_words(fit)
    if isinstance(fit, GlmmFit):
        return _glmm_words(fit)
    if isinstance(fit, RegressionFit):
        return _regression_words(fit)
    return _robust_words(fit)


def model_line(lines: Lines, fit: Fitted, estimate: Estimate | None = None) -> str:
    """Return the line with what was fitted, and the test of no effect of its mean if it has one.

    A layout without such a line leaves the words to the text around the figure; what is no
    ordinary pool says all the same what it is.
    """
    words = fit_words(fit)
    if not lines.layout.model:
        return "" if isinstance(fit, PooledFit | CountsFit) else words
    if estimate is None:
        return filled(lines.layout.model, {"model": words})
    return lines.model(words, estimate)


def _counts_words(fit: CountsFit) -> str:
    told = [fit_name(fit)]
    if TAU2 in fit.methods and fit.model == RANDOM:
        told.append(f"τ² by {fit.methods[TAU2].name}")
    if VARIANCE in fit.methods:
        told.append(f"standard error by {fit.methods[VARIANCE].name}")
    inference = fit.methods.get(INFERENCE, Method(name="normal"))
    return f"{', '.join(told)}; {percent(fit.estimate.level)} CI by {method_text(inference.name)}"


def _glmm_words(fit: GlmmFit) -> str:
    model = fit.methods.get(MODEL, Method(name=fit.likelihood_name)).name
    inference = fit.methods.get(INFERENCE, Method(name=fit.inference))
    mixed = "mixed " if fit.model == RANDOM else ""
    effects = (
        "random effects, τ² by maximum likelihood" if fit.model == RANDOM else "common effect"
    )
    limits = method_text(inference.name, fit.estimate.df)
    return (
        f"Generalized linear {mixed}model ({model}), {effects}; "
        f"{percent(fit.estimate.level)} CI by {limits}"
    )


def _regression_words(fit: RegressionFit) -> str:
    kind = "Random-effects" if fit.tau2_method else "Common-effect"
    told = [f"{kind} meta-regression"]
    if fit.tau2_method == FIXED:
        told.append("τ² fixed in advance")
    elif fit.tau2_method:
        told.append(f"τ² by {used(fit, TAU2, fit.tau2_method).name.replace('tau²', 'τ²')}")
    if fit.weighting == GIVEN:
        told.append("weights given")
    inference = used(fit, INFERENCE, fit.inference)
    limits = method_text(inference.name, *(each.df for each in fit.coefficients))
    return f"{', '.join(told)}; {percent(fit.level)} CI by {limits}"


def _robust_words(fit: RobustFit) -> str:
    """Return the words of the model whose limits are replaced, and how these came."""
    model = fit_words(fit.fit).partition("; ")[0]
    by = "" if fit.cluster == GIVEN_LABELS else f" by {fit.cluster}"
    method = fit.methods.get(ROBUST, Method(name=fit.kind)).name
    clusters = counted(fit.m, "cluster")
    return (
        f"{model}; {percent(fit.level)} CI robust to dependence within {clusters}{by} ({method})"
    )


def method_text(name: str, *df: float) -> str:
    """Return the name of an interval's method with its degrees of freedom, for a narrow line."""
    known = sorted({each for each in df if math.isfinite(each)})
    student = "t" if len(known) != 1 else f"t, df = {compact(known[0])}"
    head, *rest = name.split(", ")
    told = [student if STUDENT.fullmatch(part) else part for part in rest]
    return f"{head} ({', '.join(told)})" if told else head


def by_likelihood_ratio(line: str) -> str:
    """Return a line of heterogeneity that says that its test compares likelihoods.

    Examples
    --------
    >>> from metaan.plots.forests.fit_lines import by_likelihood_ratio
    >>> by_likelihood_ratio("Heterogeneity: Q = 30.73, df = 11 (p = 0.001)")
    'Heterogeneity by likelihood ratio: Q = 30.73, df = 11 (p = 0.001)'
    """
    place = line.lower().find(HETEROGENEITY)
    if place < 0:
        return f"Heterogeneity by likelihood ratio: {line}" if line else ""
    end = place + len(HETEROGENEITY)
    return f"{line[:end]} by likelihood ratio{line[end:]}"


def residual(line: str) -> str:
    """Return a line of heterogeneity as that of what moderators leave.

    Examples
    --------
    >>> from metaan.plots.forests.fit_lines import residual
    >>> residual("Heterogeneity: Q = 30.73"), residual("Test for heterogeneity: χ²=30.73")
    ('Residual heterogeneity: Q = 30.73', 'Test for residual heterogeneity: χ²=30.73')
    """
    if line[: len(HETEROGENEITY)].lower() == HETEROGENEITY:
        return f"Residual {line[:1].lower()}{line[1:]}"
    if HETEROGENEITY in line:
        return line.replace(HETEROGENEITY, f"residual {HETEROGENEITY}", 1)
    return f"Residual {HETEROGENEITY}: {line}" if line else ""


def joint_line(lines: Lines, test: JointTest, *, what: str, r2: float) -> str:
    """Return the test of all moderators with what they explain; nothing where none is tested."""
    if test.df == 0:
        return ""
    p = lines.p(test.p_value, test.log_p_value)
    if math.isinf(test.df_residual):
        told = f"{_chi2(lines)} = {statistic_text(test.statistic)}, df = {test.df:g} ({p})"
    else:
        residual_df = compact(test.df_residual, 4)
        told = f"F = {statistic_text(test.statistic)}, df = {test.df:g} and {residual_df} ({p})"
    explained = "" if math.isnan(r2) else f"; R² = {fixed(r2, 1)}%"
    return f"Test of {what}: {lines.styled(told)}{explained}"


def chi2_line(lines: Lines, test: Test) -> str:
    """Return a chi-square test in one line."""
    if math.isnan(test.statistic):
        return f"{test.name}: not defined for these counts"
    told = f"{_chi2(lines)} = {statistic_text(test.statistic)}, df = {test.df:g}"
    return f"{test.name}: {lines.styled(told)} ({lines.p(test.p_value, test.log_p_value)})"


def _chi2(lines: Lines) -> str:
    """Return the name of the statistic as the layout has it."""
    return SPELLED if SPELLED in lines.layout.heterogeneity else CHI2
