"""A meta-regression as a record: coefficients, what they explain, and what is left.

What it is asked beyond its fields is answered by ``answers``, which the models' room puts in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from metaan.core.arrays import Floats, FrozenDict, frozen
from metaan.core.citations import cite
from metaan.core.conventions import FROM_TAU2
from metaan.core.convergence import Convergence
from metaan.core.effects import Effects
from metaan.core.estimate import Estimate
from metaan.core.estimate_table import (
    LOGARITHMS,
    estimate_lines,
    estimate_records,
    estimate_rows,
)
from metaan.core.fit import GIVEN, INVERSE_VARIANCE, NOT_SEARCHED
from metaan.core.fit_statistics import FitStatistics as FitStatistics
from metaan.core.fit_words import (
    INFERENCE,
    INTERVAL,
    MODEL,
    chosen_words,
    conventions_text,
    i2_text,
    notes,
    q_text,
    sides_words,
    spread_words,
    tau2_text,
    tau2_words,
    used,
)
from metaan.core.heterogeneity import Heterogeneity
from metaan.core.lookup import look_up
from metaan.core.numbers import fixed
from metaan.core.regression_answers import ContrastEstimates, JointTest, Predictions, joint_text
from metaan.core.regression_words import (
    CONSTANT,
    coefficient_words,
    group_words,
    joint_words,
    moderator_words,
)
from metaan.core.wording import (
    Method,
    cited,
    counted_studies,
    estimate_words,
    grid,
    in_sentence,
    joined,
    method_words,
    text_of,
)

if TYPE_CHECKING:
    import pandas as pd


class Answers(Protocol):
    """What answers a fit's questions; it reads the fit's own coefficients and covariance."""

    @property
    def by_column(self) -> Mapping[str, tuple[int, ...]]:
        """Columns, and the positions of the terms made of each alone."""

    def predict(
        self, fit: RegressionFit, newdata: Any, level: float | None, prediction: str | None
    ) -> Predictions:
        """Return the expected effects at new values of the moderators."""

    def rows(self, fit: RegressionFit, newdata: Any) -> tuple[Floats, Mapping[str, Any]]:
        """Return the design of new values of the moderators, and the values."""

    def contrast(self, fit: RegressionFit, weights: Any, level: float | None) -> ContrastEstimates:
        """Return linear combinations of coefficients and their joint test."""

    def test(self, fit: RegressionFit, terms: str | Sequence[str]) -> JointTest:
        """Return the test that all coefficients of some terms are 0."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegressionFit:
    """A meta-regression.

    Attributes
    ----------
    effects : Effects
        The k studies that entered; ``effects.left_out`` names those that lack a moderator.
    formula : str
        Right side of the model, "~ dose".
    model : str
        "common" or "random".
    tau2_method, inference, prediction : str
        Keys of the estimator of tau² (empty for the common effect, "fixed" where the caller gave
        its value), of the intervals and tests of the coefficients and of prediction intervals.
    names : tuple of str, length p
        Names of the coefficients: "Intercept", "dose", "C(sham)[T.superficial]".
    terms : mapping of str to tuple of int
        The formula's terms and the positions of their coefficients: {"1": (0,), "dose": (1,)}.
    x : ndarray, shape (k, p)
        Design. Read-only, as all arrays.
    coefficients : tuple of Estimate, length p
        Analysis scale; ``fit["dose"]`` looks one up.
    covariance : ndarray, shape (p, p)
        Of the coefficients, by the inference.
    tau2 : float
        Between-study variance that the moderators leave.
    heterogeneity : Heterogeneity
        Q of the residuals (QE), I², H² and limits of tau²; degrees of freedom k - p.
    r2 : float
        Percent of the heterogeneity that the moderators explain, not below 0: of tau² against the
        model of a mean alone with the same estimator; for the common effect, of Q / df. NaN where
        there is nothing to explain, tau² is fixed, or the design contains no constant.
    moderators : JointTest
        Test that all coefficients but the intercept are 0; of all where there is no intercept.
    ml, reml : FitStatistics
        Likelihood and restricted likelihood with their criteria.
    weights : ndarray, shape (k,)
        Percent: share of each study in the sum of the weights.
    level : float
        Coverage of every interval.
    answers : Answers
        What answers `predict`, `contrast` and `test`.
    convergence : Convergence
        How tau² was found.
    weighting : str
        "inverse variance" or "given" (by the caller).
    given_weights : ndarray, shape (k,), or None
        The caller's weights, if any.
    conventions : str
        Key of the row of ``CONVENTIONS`` that was asked for; empty if none was.
    i2_first : str
        The I² to name first: "tau2" or "Q".
    methods : mapping of str to Method
        Name and DOI of what was used: "model", "tau2", "inference", "prediction", "interval".
    remarks : tuple of str
        What a careful reader should know about this fit.
    """

    effects: Effects
    formula: str
    model: str
    tau2_method: str
    inference: str
    prediction: str
    names: tuple[str, ...]
    terms: Mapping[str, tuple[int, ...]]
    x: Floats
    coefficients: tuple[Estimate, ...]
    covariance: Floats
    tau2: float
    heterogeneity: Heterogeneity
    r2: float
    moderators: JointTest
    ml: FitStatistics
    reml: FitStatistics
    weights: Floats
    level: float
    answers: Answers
    convergence: Convergence = NOT_SEARCHED
    weighting: str = INVERSE_VARIANCE
    given_weights: Floats | None = None
    conventions: str = ""
    i2_first: str = FROM_TAU2
    methods: Mapping[str, Method] = field(default_factory=FrozenDict)
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays and the mappings."""
        object.__setattr__(self, "methods", FrozenDict(self.methods))
        for name in ("x", "covariance", "weights"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
        if self.given_weights is not None:
            object.__setattr__(self, "given_weights", frozen(self.given_weights))
        terms = {name: tuple(places) for name, places in self.terms.items()}
        object.__setattr__(self, "terms", FrozenDict(terms))

    @property
    def k(self) -> int:
        """Number of studies."""
        return self.effects.k

    @property
    def p(self) -> int:
        """Number of coefficients."""
        return len(self.names)

    @property
    def df_residual(self) -> int:
        """Studies less coefficients, k - p."""
        return self.k - self.p

    @property
    def beta(self) -> Floats:
        """Values of the coefficients, shape (p,)."""
        return frozen([each.value for each in self.coefficients])

    @property
    def fitted(self) -> Floats:
        """Expected effect of each study, ``X beta``, shape (k,)."""
        return frozen(self.x @ self.beta)

    def __getitem__(self, name: str) -> Estimate:
        """Return the coefficient of that name; ChoiceError if there is none."""
        table = dict(zip(self.names, self.coefficients, strict=True))
        return look_up(table, name, argument="name", what="a coefficient")

    def predict(
        self, newdata: Any = None, *, level: float | None = None, prediction: str | None = None
    ) -> Predictions:
        """Return the expected effect, its interval and a prediction interval at new values.

        Parameters
        ----------
        newdata : DataFrame or mapping of str to sequence or value, optional
            Moderators by name, one row for each prediction; single values are repeated. The
            studies' own by default. Levels of categories, knots and centers are those of the fit.
        level : float, optional
            Coverage; that of the fit by default.
        prediction : str, optional
            Row of ``PREDICTIONS``, with the coefficients' degrees of freedom counted off (K1 is
            t(k - p)); that of the fit by default.

        Raises
        ------
        InputError
            If there is no row, or a moderator is absent, missing, of another kind than in the
            studies, of a level that no study had, or beyond the range of a spline.
        """
        return self.answers.predict(self, newdata, level, prediction)

    def contrast(
        self, weights: Mapping[str, Any] | Sequence[Any] | Floats, *, level: float | None = None
    ) -> ContrastEstimates:
        """Return linear combinations of the coefficients and the test that all of them are 0.

        Parameters
        ----------
        weights : mapping, sequence of mappings, or ndarray, shape (m, p)
            One combination ``{"C(dose)[T.high]": 1, "C(dose)[T.low]": -1}``; several, by name
            ``{"high - low": {...}, ...}`` or in a list; or rows of weights in the order of
            ``names``.
        level : float, optional
            Coverage; that of the fit by default.
        """
        return self.answers.contrast(self, weights, level)

    def test(self, terms: str | Iterable[str] | None = None) -> JointTest:
        """Return the test that all coefficients of some terms are 0.

        Parameters
        ----------
        terms : str or iterable of str, optional
            A term of the formula ("C(sham)", with all its coefficients), the name of a
            coefficient, or of a column: every term made of it alone; all moderators by default.
        """
        if terms is None:
            return self.moderators
        return self.answers.test(self, terms if isinstance(terms, str) else tuple(terms))

    def summary(self) -> str:
        """Return the fit as text: conventions, a table of coefficients, what is left."""
        return "\n".join(regression_lines(self))

    def sentence(self) -> str:
        """Return the fit as a paragraph for a Results section; marks point into `references`."""
        return text_of([*_results(self), *_how(self)[0]])

    def methods_sentence(self) -> str:
        """Return how the fit was made as sentences for a Methods section, with the same marks."""
        model = f"the {in_sentence(self.effects.label)} was modeled in a {model_words(self)}"
        return text_of([model, *_how(self)[0]])

    @property
    def references(self) -> tuple[str, ...]:
        """References of the methods that were used, in the order of their marks in `sentence`."""
        return cite(_how(self)[1])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per coefficient: term, estimate, se, limits, statistic, df, p_value."""
        import pandas as pd

        return pd.DataFrame(estimate_records("term", self.names, self.coefficients))

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        table = estimate_rows("term", self.names, self.coefficients)
        return grid(_title(self), table, _below(self))


def regression_lines(fit: RegressionFit) -> list[str]:
    """Return the lines of a meta-regression."""
    table = estimate_lines("term", fit.names, fit.coefficients)
    return [_title(fit), *(f"  {line}" for line in (*table, *_below(fit)))]


def _title(fit: RegressionFit) -> str:
    how = [f"interval {fit.inference}"]
    if fit.tau2_method:
        how.insert(0, f"tau² {fit.tau2_method}")
    told = [f"{fit.model} {'effects' if fit.tau2_method else 'effect'}, {', '.join(how)}"]
    if fit.weighting == GIVEN:
        told.append("weights given")
    if fit.conventions:
        told.append(conventions_text(fit.conventions))
    studies = counted_studies(fit.k, fit.effects.k_left_out)
    return f"{fit.effects.label} {fit.formula}, {studies} ({'; '.join(told)})"


def _below(fit: RegressionFit) -> list[str]:
    """Return what is told below the coefficients: scale, joint test, what is left, notes."""
    told = []
    if fit.effects.scale.is_log:
        told.append(f"({LOGARITHMS.format(what='a coefficient')})")
    if fit.moderators.df:
        what = "moderators" if len(fit.moderators.terms) < fit.p else "all coefficients"
        explained = "" if fit.r2 != fit.r2 else f"; R² = {fixed(fit.r2, 1)}%"
        told.append(f"test of {what}: {joint_text(fit.moderators)}{explained}")
    left = "residual heterogeneity" if moderator_words(fit.terms) else "heterogeneity"
    if fit.heterogeneity.df < 1:
        told.append(f"{left} is not defined: no degree of freedom is left")
    else:
        told += [f"{left} {q_text(fit)}", tau2_text(fit), i2_text(fit)]
    return [*told, *notes(fit)]


def model_words(fit: RegressionFit) -> str:
    """Return the kind of model, how many studies it has, and its moderators."""
    kind = "random-effects" if fit.tau2_method else "common-effect"
    studies = counted_studies(fit.k, fit.effects.k_left_out) + sides_words(fit.effects)
    on = moderator_words(fit.terms)
    return f"{kind} meta-{f'regression of {studies} on {on}' if on else f'analysis of {studies}'}"


def _results(fit: RegressionFit) -> list[str]:
    """Return the sentences of a Results section: slopes, joint test, what is left."""
    told = slope_sentences(
        fit, dict(zip(fit.names, fit.coefficients, strict=True)), fit.moderators
    )
    if fit.r2 == fit.r2:
        of = "the between-study variance" if fit.tau2_method else "Q per degree of freedom"
        noun = "moderator" if len(fit.terms.keys() - {CONSTANT}) == 1 else "moderators"
        told.append(f"the {noun} explained {fixed(fit.r2, 1)}% of {of} (R²)")
    if fit.heterogeneity.df >= 1:
        left = "Residual heterogeneity" if fit.moderators.terms else "Heterogeneity"
        told.append(f"{left}: {spread_words(fit)}")
    return told


def slope_sentences(
    fit: RegressionFit, estimates: Mapping[str, Estimate], joint: JointTest
) -> list[str]:
    """Return what a model's coefficients say, with these limits and this joint test."""
    label, scale = in_sentence(fit.effects.label), fit.effects.scale
    slopes = {name: estimates[name] for name in fit.moderators.terms}
    if not moderator_words(fit.terms):
        told = f"the mean {label} was {estimate_words(next(iter(estimates.values())))}"
    elif CONSTANT in fit.terms:
        told = coefficient_words(label, slopes, fit.effects.columns, scale)
    else:
        told = group_words(label, slopes, scale)
    what = "the moderators" if len(slopes) < fit.p else "all coefficients"
    together = joint_words(joint, what) if slopes and (len(slopes) > 1 or not told) else ""
    first, *rest = [each for each in (told, together) if each]
    return [f"In a {model_words(fit)}, {first}", *rest]


def _how(fit: RegressionFit) -> tuple[list[str], tuple[str, ...]]:
    """Return the sentences about methods, with marks, and the DOIs the marks stand for."""
    inference = used(fit, INFERENCE, fit.inference)
    weights, model = "inverse-variance", used(fit, MODEL, "")
    if fit.weighting == GIVEN:
        weights, model = "the authors' own", Method(name="")
    parts = [(f"coefficients are weighted least-squares estimates with {weights} weights",
              model)]  # fmt: skip
    if fit.tau2_method and fit.heterogeneity.df >= 1:
        limits = used(fit, INTERVAL, fit.heterogeneity.interval)
        parts += [tau2_words(fit), (f"its limits are by {limits.name}", limits)]
    words = method_words(inference.name, *(each.df for each in fit.coefficients))
    parts.append((f"confidence intervals and tests are {words}", inference))
    texts, dois = cited(parts)
    told = [joined(texts)]
    if fit.conventions:
        told.append(chosen_words(fit.conventions))
    return told, dois
