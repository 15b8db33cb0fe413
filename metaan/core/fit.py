"""The door out of the model rooms: a pooled fit, printing itself.

The functions below the record turn it into lines, sentences and tables; they compute no
statistics.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from metaan.core.arrays import Floats, FrozenDict, frozen
from metaan.core.citations import cite
from metaan.core.conventions import FROM_TAU2
from metaan.core.convergence import Convergence
from metaan.core.effects import Effects
from metaan.core.estimate import Estimate, Interval
from metaan.core.fit_words import (
    INFERENCE,
    INTERVAL,
    PREDICTION,
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
from metaan.core.heterogeneity import Heterogeneity as Heterogeneity
from metaan.core.numbers import fixed, interval, p_text
from metaan.core.wording import (
    Method,
    cited,
    counted_studies,
    estimate_words,
    in_sentence,
    joined,
    method_words,
    panel,
    percent,
    range_words,
    text_of,
)

if TYPE_CHECKING:
    import pandas as pd

NOT_SEARCHED = Convergence(how="none")
INVERSE_VARIANCE, GIVEN = "inverse variance", "given"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PooledFit:
    """A pooled effect.

    Attributes
    ----------
    effects : Effects
        What was pooled.
    model : str
        "common" or "random".
    tau2_method, inference, prediction : str
        Keys of the estimator of tau² (empty for the common effect, "fixed" where the caller gave
        its value), of the interval of the mean and of the prediction interval.
    estimate : Estimate
        Pooled effect, analysis scale (``.read()`` for the reading scale).
    tau2 : float
        Between-study variance.
    heterogeneity : Heterogeneity
        Q, I², H² and the limits of tau².
    prediction_interval : Interval or None
        Where the true effect of a new study is expected; None for a common effect and for fewer
        than three studies.
    weights : ndarray, shape (k,)
        Percent.
    convergence : Convergence
        How tau² was found.
    weighting : str
        "inverse variance" or "given" (by the caller).
    conventions : str
        Key of the row of ``CONVENTIONS`` that was asked for; empty if none was.
    i2_first : str
        The I² to name first: "tau2" or "Q".
    methods : mapping of str to Method
        Name and DOI of what was used: "tau2", "inference", "prediction", "interval" (of tau²).
    remarks : tuple of str
        What a careful reader should know about this fit.
    """

    effects: Effects
    model: str
    tau2_method: str
    inference: str
    prediction: str
    estimate: Estimate
    tau2: float
    heterogeneity: Heterogeneity
    prediction_interval: Interval | None
    weights: Floats
    convergence: Convergence = NOT_SEARCHED
    weighting: str = INVERSE_VARIANCE
    conventions: str = ""
    i2_first: str = FROM_TAU2
    methods: Mapping[str, Method] = field(default_factory=FrozenDict)
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the weights and the methods."""
        object.__setattr__(self, "weights", frozen(self.weights))
        if not isinstance(self.methods, FrozenDict):
            object.__setattr__(self, "methods", FrozenDict(self.methods))

    @property
    def k(self) -> int:
        """Number of studies."""
        return self.effects.k

    def summary(self) -> str:
        """Return the fit as text, estimate first, conventions named."""
        return "\n".join(pooled_lines(self))

    def sentence(self) -> str:
        """Return the fit as a paragraph for a Results section; marks point into `references`.

        Examples
        --------
        >>> import metaan as ma
        >>> effects = ma.Effects.from_arrays([0.10, 0.30, 0.55], se=[0.12, 0.20, 0.18])
        >>> ma.pool(effects, model="common").sentence()
        'In a common-effect meta-analysis of 3 studies, the pooled effect was 0.25 (95% CI ...'
        """
        return text_of([*_results(self), *_how(self)[0]])

    def methods_sentence(self) -> str:
        """Return how the fit was made as sentences for a Methods section, with the same marks."""
        model = f"the {in_sentence(self.effects.label)} was pooled in a {model_words(self)}"
        return text_of([model, *_how(self)[0]])

    @property
    def references(self) -> tuple[str, ...]:
        """References of the methods that were used, in the order of their marks in `sentence`."""
        return cite(_how(self)[1])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per study and one for the pool: estimate, limits, weight, read scale."""
        import pandas as pd

        return pd.DataFrame(pooled_records(self))

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return panel(title(self), pooled_rows(self), notes(self))


def model_name(fit: PooledFit) -> str:
    """Return the model and its conventions in one phrase."""
    if not fit.tau2_method:
        return f"{fit.model} effect, interval {fit.inference}"
    return f"{fit.model} effects, tau² {fit.tau2_method}, interval {fit.inference}"


def pooled_lines(fit: PooledFit) -> list[str]:
    """Return the lines of a pooled fit."""
    estimate, level = fit.estimate.read(), percent(fit.estimate.level)
    lines = [
        title(fit),
        f"  estimate {fixed(estimate.value, 3)}, {level} CI "
        f"{interval(estimate.low, estimate.high, 3)}{_test_text(fit.estimate)}",
    ]
    if fit.prediction_interval is not None:
        limits = fit.prediction_interval.read()
        lines.append(
            f"  {level} prediction interval {interval(limits.low, limits.high, 3)} "
            f"[{fit.prediction}]"
        )
    if fit.k == 1:
        lines.append("  heterogeneity is not defined for one study")
    else:
        lines.append(f"  heterogeneity {q_text(fit)}")
        lines += [f"  {tau2_text(fit)}", f"  {i2_text(fit)}"]
    return [*lines, *(f"  {note}" for note in notes(fit))]


def pooled_rows(fit: PooledFit) -> dict[str, str]:
    """Return what a notebook shows of a pooled fit, by name."""
    estimate, level = fit.estimate.read(), percent(fit.estimate.level)
    rows = {
        "Pooled": f"{fixed(estimate.value, 3)}, {level} CI "
        f"{interval(estimate.low, estimate.high, 3)}{_test_text(fit.estimate)}"
    }
    if fit.prediction_interval is not None:
        limits = fit.prediction_interval.read()
        rows["Prediction"] = (
            f"{level} interval {interval(limits.low, limits.high, 3)}, "
            f"{used(fit, PREDICTION, fit.prediction).name}"
        )
    if fit.k == 1:
        return {**rows, "Heterogeneity": "not defined for one study"}
    return {**rows, "Heterogeneity": q_text(fit), "": tau2_text(fit), " ": i2_text(fit)}


def title(fit: PooledFit) -> str:
    """Return what was pooled and how, in one line."""
    told = [model_name(fit)]
    if fit.weighting == GIVEN:
        told.append("weights given")
    if fit.conventions:
        told.append(conventions_text(fit.conventions))
    studies = counted_studies(fit.k, fit.effects.k_left_out)
    return f"{fit.effects.label}, {studies} ({'; '.join(told)})"


def model_words(fit: PooledFit) -> str:
    """Return the kind of model and how many studies it pooled."""
    kind = "random-effects" if fit.tau2_method else "common-effect"
    studies = counted_studies(fit.k, fit.effects.k_left_out)
    return f"{kind} meta-analysis of {studies}{sides_words(fit.effects)}"


def _results(fit: PooledFit) -> list[str]:
    """Return the sentences of a Results section: estimate, prediction, heterogeneity."""
    label, estimate = in_sentence(fit.effects.label), estimate_words(fit.estimate)
    if fit.k == 1:
        sides = sides_words(fit.effects)
        return [
            f"One study{sides} was available ({fit.effects.study[0]}), and nothing was "
            f"pooled: its {label} was {estimate}"
        ]
    told = [f"In a {model_words(fit)}, the pooled {label} was {estimate}"]
    if fit.prediction_interval is not None:
        told.append(
            f"The true {label} of a new study is expected between "
            f"{range_words(fit.prediction_interval)} "
            f"({percent(fit.prediction_interval.level)} prediction interval)"
        )
    return [*told, f"Heterogeneity: {spread_words(fit)}"]


def _how(fit: PooledFit) -> tuple[list[str], tuple[str, ...]]:
    """Return the sentences about methods, with marks, and the DOIs the marks stand for."""
    inference = used(fit, INFERENCE, fit.inference)
    parts: list[tuple[str, Method]] = []
    if fit.tau2_method and fit.k > 1:
        limits = used(fit, INTERVAL, fit.heterogeneity.interval)
        estimated, estimator = tau2_words(fit)
        parts = [(estimated, estimator), (f"its limits are by {limits.name}", limits)]
    words = method_words(inference.name, fit.estimate.df)
    parts.append((f"the confidence interval is {words}", inference))
    if fit.prediction_interval is not None:
        prediction = used(fit, PREDICTION, fit.prediction)
        parts.append((f"the prediction interval is {method_words(prediction.name)}", prediction))
    texts, dois = cited(parts)
    told = [joined(texts)]
    if fit.weighting == GIVEN:
        told.append("Studies had weights of the authors' own")
    if fit.conventions:
        told.append(chosen_words(fit.conventions))
    return told, dois


def pooled_records(fit: PooledFit) -> list[dict[str, Any]]:
    """Return one record per study and one for the pool, on the reading scale."""
    effects = fit.effects
    low, high = effects.limits(fit.estimate.level)
    read = effects.study_scale.inverse
    points, lows, highs = read(effects.y), read(low), read(high)
    records = [
        {
            "study": effects.study[i],
            "estimate": float(points[i]),
            "low": float(lows[i]),
            "high": float(highs[i]),
            "weight_percent": float(fit.weights[i]),
            "rows": " ".join(effects.rows[i]),
        }
        for i in range(effects.k)
    ]
    total = fit.estimate.read()
    records.append(
        {
            "study": f"Pooled ({model_name(fit)})",
            "estimate": total.value,
            "low": total.low,
            "high": total.high,
            "weight_percent": 100.0,
            "rows": "",
        }
    )
    return records


def _test_text(estimate: Estimate) -> str:
    """Return the test of no effect; a level has none to be tested."""
    if not estimate.scale.has_null:
        return ""
    return f", {p_text(estimate.p_value, estimate.log_p_value)}"
