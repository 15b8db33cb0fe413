"""The door out for generalized linear mixed models of counts, printing itself.

The functions below the records turn them into lines and tables; they compute no statistics.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from metaan.core.arrays import Floats, FrozenDict, frozen
from metaan.core.citations import cite
from metaan.core.convergence import Convergence
from metaan.core.counts import Counts
from metaan.core.counts_fit import (
    ALL_EVENTS,
    NO_EVENTS,
    NO_PART,
    RANDOM,
    Test,
    silent_sentences,
)
from metaan.core.estimate import Estimate, Interval
from metaan.core.fit_words import INFERENCE, MODEL, PREDICTION, left_out_notes, sides_words
from metaan.core.numbers import compact, counted, fixed, interval, p_text
from metaan.core.wording import (
    Method,
    Row,
    cited,
    counted_studies,
    estimate_words,
    in_sentence,
    joined,
    method_words,
    panel_of,
    percent,
    range_words,
    text_of,
)

if TYPE_CHECKING:
    import pandas as pd


KEPT = tuple(f"{verb} kept for the studies' levels" for verb in ("is", "are"))


@dataclass(frozen=True, slots=True, kw_only=True)
class FitStatistics:
    """How well a likelihood fits.

    Attributes
    ----------
    log_likelihood : float
        Its maximum, all constants included.
    parameters, observations : int
        Parameters that were estimated, and what BIC and AICc count: groups of all studies, or
        studies where a likelihood has one term for each.
    aic, bic, aicc : float
        Information criteria of Akaike, of Schwarz, and of Akaike for small samples. They compare
        fits of one likelihood to the same counts.
    """

    log_likelihood: float
    parameters: int
    observations: int
    aic: float
    bic: float
    aicc: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quadrature:
    """How the integrals over the random effects were computed.

    Attributes
    ----------
    points : int
        Most nodes on an axis; 1 where there was nothing to integrate.
    axes : int
        Random effects of a study.
    error : float
        Estimate of the largest relative error of a study's likelihood.
    """

    points: int
    axes: int
    error: float

    def __str__(self) -> str:
        """Return it in words."""
        if self.axes == 0:
            return "none"
        by = " x ".join([str(self.points)] * self.axes)
        return f"up to {by} nodes for a study, relative error about {max(self.error, 1e-15):.0e}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GlmmFit:
    """A pooled effect from a generalized linear mixed model.

    Attributes
    ----------
    counts : Counts
        What was given.
    used : ndarray of 0 and 1, shape (k of counts,)
        Studies that are in the likelihood.
    label : str
        What the effect is, on the reading scale.
    likelihood, likelihood_name : str
        Key of the row of ``GLMMS``, and its name.
    model : str
        "random" or "common".
    inference, prediction : str
        Keys of the interval of the mean and of the prediction interval (empty without one).
    estimate : Estimate
        Pooled effect, analysis scale (``.read()`` for the reading scale).
    tau2, tau2_se : float
        Between-study variance, by maximum likelihood, and its standard error from the observed
        information; NaN where tau² is 0 or not in the model.
    sigma2, rho : float
        Variance of the studies' levels, and its correlation with the effects; NaN in models
        without them.
    i2, h2, typical_v : float
        I² (percent) and H² from tau² and the typical sampling variance of the studies' own
        effects: ``100 tau² / (tau² + s²)``.
    q_wald, q_lrt : Test
        Tests of equal effects, against an effect of its own for each study: Wald's, and the
        likelihood ratio.
    fit : FitStatistics
        Log-likelihood and information criteria.
    prediction_interval : Interval or None
        Where the true effect of a new study is expected; None for a common effect and for fewer
        than three studies.
    convergence : Convergence
        How tau² was found.
    quadrature : Quadrature
        How the integrals were computed.
    y, v, low, high : ndarray, shape (k of counts,)
        Each study's own effect (its maximum likelihood estimate, infinite with a cell of 0 where
        that decides it), its variance and its Wald limits, NaN where there are none; all NaN for
        a study that is not used.
    methods : mapping of str to Method
        Name and DOI of what was used: "model", "inference", "prediction".
    remarks : tuple of str
        What a careful reader should know about this fit.
    """

    counts: Counts
    used: Floats
    label: str
    likelihood: str
    likelihood_name: str
    model: str
    inference: str
    prediction: str
    estimate: Estimate
    tau2: float
    tau2_se: float
    sigma2: float
    rho: float
    i2: float
    h2: float
    typical_v: float
    q_wald: Test
    q_lrt: Test
    fit: FitStatistics
    prediction_interval: Interval | None
    convergence: Convergence
    quadrature: Quadrature
    y: Floats
    v: Floats
    low: Floats
    high: Floats
    methods: Mapping[str, Method] = field(default_factory=FrozenDict)
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays and the methods."""
        object.__setattr__(self, "methods", FrozenDict(self.methods))
        for name in ("used", "y", "v", "low", "high"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def k(self) -> int:
        """Number of studies in the likelihood."""
        return int(self.used.sum())

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
            study; events and denominators of each group as given; estimate, low, high on the
            reading scale (a study's own, by Wald; NaN where it is not used); rows (ids).
        """
        import pandas as pd

        frame = self.counts.to_frame().iloc[:, : 1 + 2 * self.counts.groups]
        read, total = self.estimate.scale.inverse, self.estimate.read()
        pooled = {
            "study": f"Pooled ({model_name(self)})",
            "estimate": total.value,
            "low": total.low,
            "high": total.high,
        }
        frame = frame.assign(estimate=read(self.y), low=read(self.low), high=read(self.high))
        frame = pd.concat([frame, pd.DataFrame([pooled])], ignore_index=True)
        return frame.assign(rows=[*(" ".join(ids) for ids in self.counts.rows), ""])

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return panel_of(_title(self), _rows(self), _notes(self))


def model_name(fit: GlmmFit) -> str:
    """Return the model and its conventions in one phrase."""
    effects = (
        "random effects, tau² by maximum likelihood" if fit.model == RANDOM else "common effect"
    )
    return f"{fit.likelihood_name} [{fit.likelihood}], {effects}, interval {fit.inference}"


def _title(fit: GlmmFit) -> str:
    return f"{fit.label}, {_studies(fit)} ({model_name(fit)})"


def _studies(fit: GlmmFit) -> str:
    return counted_studies(fit.k, fit.counts.k + fit.counts.k_left_out - fit.k)


def _lines(fit: GlmmFit) -> list[str]:
    return [_title(fit), *(f"  {line}" for line in (*_rows(fit), *_notes(fit)))]


def _rows(fit: GlmmFit) -> list[Row]:
    """Return estimate, prediction, heterogeneity and likelihood."""
    estimate, share = fit.estimate.read(), percent(fit.estimate.level)
    test = ""
    if fit.estimate.scale.has_null:
        test = f", {p_text(fit.estimate.p_value, fit.estimate.log_p_value)}"
    limits = interval(estimate.low, estimate.high, 3)
    pooled = f"{fixed(estimate.value, 3)}, {share} CI {limits}{test}"
    rows = [Row(name="Pooled", lead="estimate", text=pooled)]
    if fit.prediction_interval is not None:
        ends = fit.prediction_interval.read()
        predicted = f"{interval(ends.low, ends.high, 3)} [{fit.prediction}]"
        rows.append(Row(name="Prediction", text=f"{share} prediction interval {predicted}"))
    likelihood = (
        f"{fixed(fit.fit.log_likelihood, 3)}, {counted(fit.fit.parameters, 'parameter')}, AIC "
        f"{fixed(fit.fit.aic)}, BIC {fixed(fit.fit.bic)}"
    )
    rows += _heterogeneity_rows(fit)
    rows.append(Row(name="Log-likelihood", lead="log-likelihood", text=likelihood))
    if fit.model == RANDOM:
        rows.append(Row(name="Computation", text=f"tau²: {fit.convergence}"))
        rows.append(Row(text=f"integrals: {fit.quadrature}"))
    return rows


def _heterogeneity_rows(fit: GlmmFit) -> list[Row]:
    head = "heterogeneity"
    if fit.k == 1:
        return [Row(name=head.capitalize(), lead=head, text="is not defined for one study")]
    ratio, wald = (str(test).removeprefix(f"{head} ") for test in (fit.q_lrt, fit.q_wald))
    rows = [
        Row(name=head.capitalize(), lead=head, text=ratio),
        Row(lead=head, text=wald),
    ]
    if fit.model == RANDOM:
        error = "" if fit.tau2_se != fit.tau2_se else f" (SE {compact(fit.tau2_se)})"
        i2 = f"I² = {fixed(fit.i2, 1)}%, H² = {fixed(fit.h2)} [from tau²]"
        rows.append(Row(text=f"tau² = {compact(fit.tau2)}{error}, {i2}"))
    if fit.sigma2 == fit.sigma2:
        rho = "" if fit.rho != fit.rho else f", correlated with the effects by {fixed(fit.rho)}"
        rows.append(Row(text=f"variance of the studies' levels {compact(fit.sigma2)}{rho}"))
    return rows


def _notes(fit: GlmmFit) -> list[str]:
    remarks = dict.fromkeys((*fit.remarks, *fit.counts.remarks))
    told = [f"note: {remark}" for remark in remarks]
    return [*told, *left_out_notes(fit.counts.left_out, "counts")]


def _model_words(fit: GlmmFit) -> str:
    mixed = "mixed " if fit.model == RANDOM else ""
    studies = f"{_studies(fit)}{sides_words(fit.counts)}"
    return f"generalized linear {mixed}model ({fit.likelihood_name}) of {studies}"


def _results(fit: GlmmFit) -> list[str]:
    """Return the sentences of a Results section: estimate, prediction, studies, spread."""
    label, counts = in_sentence(fit.label), fit.counts
    told = [f"In a {_model_words(fit)}, the pooled {label} was {estimate_words(fit.estimate)}"]
    if fit.prediction_interval is not None:
        told.append(
            f"The true {label} of a new study is expected between "
            f"{range_words(fit.prediction_interval)} "
            f"({percent(fit.prediction_interval.level)} prediction interval)"
        )
    if counts.groups > 1:
        for where, words in ((counts.no_events, NO_EVENTS), (counts.all_events, ALL_EVENTS)):
            part = KEPT if fit.used[where].any() else NO_PART
            told += silent_sentences(counts, where, words, (part[0], part[1]))
    if fit.k == 1:
        return told
    spread = f"likelihood-ratio {fit.q_lrt.words}"
    if fit.model == RANDOM:
        error = "" if fit.tau2_se != fit.tau2_se else f" (SE {compact(fit.tau2_se)})"
        i2 = f"I² = {fixed(fit.i2, 1)}% (from tau²)"
        spread = f"tau² = {compact(fit.tau2)}{error}, {i2}, {spread}"
    return [*told, f"Heterogeneity: {spread}"]


def _how(fit: GlmmFit) -> tuple[list[str], tuple[str, ...]]:
    """Return the sentences about methods, with marks, and the DOIs the marks stand for."""
    model = fit.methods.get(MODEL, Method(name=fit.likelihood_name))
    inference = fit.methods.get(INFERENCE, Method(name=fit.inference))
    found = "the estimate is the maximum likelihood estimate of this model"
    if fit.model == RANDOM:
        found = (
            "the estimate and the between-study variance (tau²) are maximum likelihood estimates "
            "of this model"
        )
    words = method_words(inference.name, fit.estimate.df)
    told = [(found, model), (f"the confidence interval is {words}", inference)]
    if fit.prediction_interval is not None:
        prediction = fit.methods.get(PREDICTION, Method(name=fit.prediction))
        told.append((f"the prediction interval is {method_words(prediction.name)}", prediction))
    texts, dois = cited(told)
    return [joined(texts)], dois
