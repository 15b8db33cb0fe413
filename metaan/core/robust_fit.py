"""A fit whose standard errors allow for clusters, as a record that prints itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from metaan.core.arrays import Floats, FrozenDict, frozen
from metaan.core.citations import cite
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate
from metaan.core.estimate_table import (
    LOGARITHMS,
    estimate_lines,
    estimate_records,
    estimate_rows,
)
from metaan.core.fit import PooledFit, model_words
from metaan.core.fit_words import (
    INTERVAL,
    chosen_words,
    conventions_text,
    left_out_notes,
    q_text,
    spread_words,
    tau2_text,
    tau2_words,
    used,
)
from metaan.core.lookup import look_up
from metaan.core.numbers import MINUS, counted, fixed, interval, p_text
from metaan.core.regression_answers import (
    ContrastEstimates,
    JointTest,
    Predictions,
    joint_text,
)
from metaan.core.regression_fit import RegressionFit, slope_sentences
from metaan.core.regression_fit import model_words as regression_words
from metaan.core.wording import (
    Method,
    cited,
    counted_studies,
    degrees_words,
    estimate_words,
    grid,
    in_sentence,
    joined,
    panel,
    percent,
    text_of,
)

if TYPE_CHECKING:
    import pandas as pd

GIVEN_LABELS = "as given"
ROBUST, JOINT = "robust", "joint"


class RobustAnswers(Protocol):
    """What answers a robust fit's questions."""

    def contrast(self, fit: RobustFit, weights: Any, level: float | None) -> ContrastEstimates:
        """Return linear combinations of coefficients with their joint test."""

    def test(self, fit: RobustFit, terms: str | Sequence[str]) -> JointTest:
        """Return the test that all coefficients of some terms are 0."""

    def predict(self, fit: RobustFit, newdata: Any, level: float | None) -> Predictions:
        """Return the expected effects at new values of the moderators."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RobustFit:
    """Coefficients of a fit with cluster-robust standard errors, tests and limits.

    Attributes
    ----------
    fit : PooledFit or RegressionFit
        The fit as it was; its coefficients and tau² stay as they are.
    kind : str
        Key of the row of ``ROBUST_KINDS``.
    cluster : str
        Name of the column of clusters; "as given" where labels were given.
    m : int
        Number of clusters.
    names : tuple of str, length p
        Names of the coefficients; ("mean",) for a pool.
    coefficients : tuple of Estimate, length p
        Analysis scale.
    covariance : ndarray, shape (p, p)
        Cluster-robust covariance of the coefficients. Read-only.
    moderators : JointTest or None
        Test that all moderators' coefficients are 0; None for a pool.
    level : float
        Coverage of every interval.
    answers : RobustAnswers
        What answers `predict`, `contrast` and `test`.
    methods : mapping of str to Method
        Name and DOI of the covariance, "robust", and of the joint test, "joint", if it has one
        of its own.
    remarks : tuple of str
        What a careful reader should know.
    """

    fit: PooledFit | RegressionFit
    kind: str
    cluster: str
    m: int
    names: tuple[str, ...]
    coefficients: tuple[Estimate, ...]
    covariance: Floats
    moderators: JointTest | None
    level: float
    answers: RobustAnswers
    methods: Mapping[str, Method] = field(default_factory=FrozenDict)
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the covariance and the methods."""
        object.__setattr__(self, "methods", FrozenDict(self.methods))
        object.__setattr__(self, "covariance", frozen(self.covariance))

    @property
    def estimate(self) -> Estimate:
        """The mean of a fit that has one coefficient only; InputError for others."""
        if len(self.coefficients) > 1:
            listed = ", ".join(f'fit["{name}"]' for name in self.names)
            raise InputError(
                f"estimate is for fits with one coefficient; this one has {len(self.names)}: "
                f"ask for {listed}"
            )
        return self.coefficients[0]

    def __getitem__(self, name: str) -> Estimate:
        """Return the coefficient of that name; ChoiceError if there is none."""
        table = dict(zip(self.names, self.coefficients, strict=True))
        return look_up(table, name, argument="name", what="a coefficient")

    def contrast(
        self, weights: Mapping[str, Any] | Sequence[Any] | Floats, *, level: float | None = None
    ) -> ContrastEstimates:
        """Return linear combinations of the coefficients and the test that all of them are 0.

        Parameters
        ----------
        weights : mapping, sequence of mappings, or ndarray, shape (c, p)
            As in ``RegressionFit.contrast``.
        level : float, optional
            Coverage; that of the fit by default.
        """
        return self.answers.contrast(self, weights, level)

    def test(self, terms: str | Iterable[str] | None = None) -> JointTest:
        """Return the test that all coefficients of some terms are 0.

        Parameters
        ----------
        terms : str or iterable of str, optional
            As in ``RegressionFit.test``; all moderators by default.
        """
        if terms is None and self.moderators is not None:
            return self.moderators
        wanted = terms if isinstance(terms, str) else tuple(terms or ())
        return self.answers.test(self, wanted)

    def predict(self, newdata: Any = None, *, level: float | None = None) -> Predictions:
        """Return the expected effect at new values of the moderators, with robust limits.

        There are no prediction intervals: tau² is that of a model without clusters, and what a
        new cluster brings is not known from it. Those of that model are ``fit.fit.predict``'s.

        Parameters
        ----------
        newdata : DataFrame or mapping of str to sequence or value, optional
            As in ``RegressionFit.predict``.
        level : float, optional
            Coverage; that of the fit by default.
        """
        return self.answers.predict(self, newdata, level)

    def summary(self) -> str:
        """Return the coefficients as text, conventions named."""
        return "\n".join(robust_lines(self))

    def sentence(self) -> str:
        """Return the fit as a paragraph for a Results section; marks point into `references`."""
        return text_of([*_results(self), *_how(self)[0]])

    def methods_sentence(self) -> str:
        """Return how the fit was made as sentences for a Methods section, with the same marks."""
        label, fit = in_sentence(self.fit.effects.label), self.fit
        if isinstance(fit, PooledFit):
            model = f"pooled in a {model_words(fit)}"
        else:
            model = f"modeled in a {regression_words(fit)}"
        return text_of([f"the {label} was {model}", *_how(self)[0]])

    @property
    def references(self) -> tuple[str, ...]:
        """References of the methods that were used, in the order of their marks in `sentence`."""
        return cite(_how(self)[1])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per coefficient: term, estimate, se, limits, statistic, df, p_value.

        The analysis scale throughout.
        """
        import pandas as pd

        return pd.DataFrame(estimate_records("term", self.names, self.coefficients))

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        if isinstance(self.fit, PooledFit):
            return panel(_title(self), {"Pooled": _mean_text(self.estimate)}, _below(self))
        table = estimate_rows("term", self.names, self.coefficients)
        return grid(_title(self), table, _below(self))


def robust_lines(robust: RobustFit) -> list[str]:
    """Return the lines of a robust fit: the model, its coefficients, their joint test, notes."""
    if isinstance(robust.fit, PooledFit):
        table = [f"estimate {_mean_text(robust.estimate)}"]
    else:
        table = estimate_lines("term", robust.names, robust.coefficients)
    return [_title(robust), *(f"  {line}" for line in (*table, *_below(robust)))]


def _title(robust: RobustFit) -> str:
    fit = robust.fit
    formula = f"{fit.formula}, " if isinstance(fit, RegressionFit) else ""
    tau2 = f"tau² {fit.tau2_method}" if fit.tau2_method else "common effect"
    told = [f"{formula}{tau2}, robust {robust.kind}"]
    if fit.conventions:
        told.append(conventions_text(fit.conventions))
    return f"{fit.effects.label}, {_clustered(robust)} ({'; '.join(told)})"


def _clustered(robust: RobustFit) -> str:
    by = "" if robust.cluster == GIVEN_LABELS else f" by {robust.cluster}"
    studies = counted_studies(robust.fit.k, robust.fit.effects.k_left_out)
    return f"{studies} in {counted(robust.m, 'cluster')}{by}"


def _below(robust: RobustFit) -> list[str]:
    """Return what is told below the coefficients: scale, joint test, notes."""
    effects, told = robust.fit.effects, []
    if effects.scale.is_log and isinstance(robust.fit, RegressionFit):
        told.append(f"({LOGARITHMS.format(what='a coefficient')})")
    if robust.moderators is not None and robust.moderators.df:
        told.append(f"moderators: {joint_text(robust.moderators)}")
    if robust.fit.heterogeneity.df >= 1:
        told += [f"{_left(robust)} {q_text(robust.fit)}", tau2_text(robust.fit)]
    remarks = dict.fromkeys((*robust.remarks, *effects.remarks))
    told += [f"note: {remark}" for remark in remarks]
    return [*told, *left_out_notes(effects.left_out, "fit.effects")]


def _mean_text(estimate: Estimate) -> str:
    read = estimate.read()
    test = f", {p_text(estimate.p_value, estimate.log_p_value)}" if estimate.scale.has_null else ""
    return (
        f"{fixed(read.value, 3)}, {percent(estimate.level)} CI "
        f"{interval(read.low, read.high, 3)}, df {estimate.df:.3g}{test}"
    )


def _results(robust: RobustFit) -> list[str]:
    """Return the sentences of a Results section, with the robust limits and tests."""
    fit = robust.fit
    if isinstance(fit, PooledFit):
        words, label = estimate_words(robust.estimate), in_sentence(fit.effects.label)
        told = [f"In a {model_words(fit)}, the pooled {label} was {words}"]
    else:
        found = dict(zip(robust.names, robust.coefficients, strict=True))
        told = slope_sentences(fit, found, robust.moderators or fit.moderators)
    if fit.heterogeneity.df < 1:
        return told
    return [*told, f"{_left(robust).capitalize()}: {spread_words(fit)}"]


def _left(robust: RobustFit) -> str:
    tested = robust.moderators is not None and robust.moderators.terms
    return "residual heterogeneity" if tested else "heterogeneity"


def _how(robust: RobustFit) -> tuple[list[str], tuple[str, ...]]:
    """Return the sentences about methods, with marks, and the DOIs the marks stand for."""
    fit, method = robust.fit, robust.methods.get(ROBUST, Method(name=robust.kind))
    told: list[tuple[str, Method]] = []
    if fit.tau2_method and fit.heterogeneity.df >= 1:
        limits = used(fit, INTERVAL, fit.heterogeneity.interval)
        told = [tau2_words(fit), (f"its limits are by {limits.name}", limits)]
    by = "" if robust.cluster == GIVEN_LABELS else f" by {robust.cluster}"
    known = [each.df for each in robust.coefficients if each.df == each.df]
    head = method.name.partition(", ")[0].replace(" - ", f" {MINUS} ")
    df = f"; t distribution, {degrees_words(*known)}" if known else ""
    told.append(
        (
            f"standard errors, confidence intervals and tests are robust to dependence within "
            f"{counted(robust.m, 'cluster')}{by} ({head}{df})",
            method,
        )
    )
    joint = robust.methods.get(JOINT)
    if joint is not None and robust.moderators is not None and len(robust.moderators.terms) > 1:
        told.append((f"the joint test is {joint.name}", joint))
    texts, dois = cited(told)
    chosen = [chosen_words(fit.conventions)] if fit.conventions else []
    return [joined(texts), *chosen], dois
