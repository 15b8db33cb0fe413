"""What summaries, sentences and notebooks say of a network; no statistic is computed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from metaan.core.estimate import Estimate, Interval
from metaan.core.estimate_table import read_interval, read_rows, shared_decimals
from metaan.core.fit_words import (
    INFERENCE,
    INTERVAL,
    MODEL,
    PREDICTION,
    Told,
    i2_text,
    notes,
    q_text,
    spread_words,
    tau2_text,
    tau2_words,
    used,
)
from metaan.core.network_effects import NetworkEffects
from metaan.core.numbers import counted, listed
from metaan.core.text_table import aligned
from metaan.core.wording import (
    RESIDUAL,
    Method,
    cited,
    counted_studies,
    estimate_words,
    in_sentence,
    joined,
    method_words,
    percent,
)

MOST = 6  # effects that a sentence takes


class ToldNetwork(Told, Protocol):
    """What the words below ask of a network's fit."""

    @property
    def effects(self) -> NetworkEffects:
        """What was combined."""

    @property
    def reference(self) -> str:
        """Treatment that the others are shown against."""

    @property
    def model(self) -> str:
        """Kind of effects."""

    @property
    def inference(self) -> str:
        """Key of the intervals."""

    @property
    def prediction(self) -> str:
        """Key of the prediction intervals, if any."""

    @property
    def level(self) -> float:
        """Coverage."""

    def against(self, control: str | None = None) -> dict[str, Estimate]:
        """Return effects against a treatment."""

    def predict(self, treatment: str, control: str | None = None) -> Interval | None:
        """Return a prediction interval."""


def title(fit: ToldNetwork) -> str:
    """Return what was combined and how, in one line."""
    effects = fit.effects
    told = [f"{fit.model} effects"]
    if fit.tau2_method:
        told.append(f"tau² {fit.tau2_method}")
    told.append(f"interval {fit.inference}")
    return (
        f"{effects.label}, network of {counted(len(effects.treatments), 'treatment')} in "
        f"{counted_studies(effects.k, effects.k_left_out)} ({', '.join(told)})"
    )


def table_rows(fit: ToldNetwork) -> list[list[str]]:
    """Return a head and one row per treatment against the reference, as effects are read."""
    found = fit.against()
    head, *rows = read_rows(f"against {fit.reference}", tuple(found), tuple(found.values()))
    predicted = [fit.predict(name) for name in found]
    if all(limits is None for limits in predicted):
        return [head, *rows]
    digits = shared_decimals(tuple(found.values()))
    cells = ["" if limits is None else read_interval(limits, digits) for limits in predicted]
    return [
        [*head, f"{percent(fit.level)} prediction"],
        *([*row, cell] for row, cell in zip(rows, cells, strict=True)),
    ]


def below(fit: ToldNetwork) -> list[str]:
    """Return what is told below the effects: heterogeneity, notes."""
    if fit.heterogeneity.df < 1:
        told = ["heterogeneity is not defined: no degree of freedom is left"]
    else:
        told = [f"heterogeneity {q_text(fit)}", tau2_text(fit), i2_text(fit)]
    return [*told, *notes(fit)]


def network_lines(fit: ToldNetwork) -> list[str]:
    """Return the lines of a network."""
    return [title(fit), *(f"  {line}" for line in (*aligned(table_rows(fit)), *below(fit)))]


def model_words(fit: ToldNetwork) -> str:
    """Return the kind of model and what it combined."""
    kind = "random-effects" if fit.tau2_method else "common-effect"
    effects = fit.effects
    return (
        f"{kind} network meta-analysis of {counted_studies(effects.k, effects.k_left_out)} "
        f"with {counted(len(effects.treatments), 'treatment')}"
    )


def result_sentences(fit: ToldNetwork) -> list[str]:
    """Return the sentences of a Results section: effects against the reference, heterogeneity."""
    label = in_sentence(fit.effects.label)
    told = [f"In a {model_words(fit)}, {effects_words(fit.against(), label, fit.reference)}"]
    if fit.heterogeneity.df >= 1:
        told.append(f"Heterogeneity and inconsistency together: {spread_words(fit)}")
    return told


def effects_words(found: Mapping[str, Estimate], label: str, reference: str) -> str:
    """Return effects against a reference as a clause; of many those that exclude no effect."""
    if len(found) <= MOST:
        each = [f"{estimate_words(estimate)} for {name}" for name, estimate in found.items()]
        return f"the {label} against {reference} was {listed(each)}"
    clear = [name for name, estimate in found.items() if estimate.p_value < 1 - estimate.level]
    level = percent(next(iter(found.values())).level)
    if not clear:
        return (
            f"no {level} confidence interval of the {label} of {len(found)} treatments against "
            f"{reference} excluded no effect"
        )
    shown = sorted(clear, key=lambda name: found[name].log_p_value)[:MOST]
    each = [f"{name} ({estimate_words(found[name])})" for name in shown]
    most = f", of which the {MOST} with the smallest p-values are named" * (len(clear) > MOST)
    return (
        f"the {level} confidence intervals of the {label} against {reference} excluded no effect "
        f"for {len(clear)} of {len(found)} treatments{most}: {listed(each)}"
    )


def how(
    fit: ToldNetwork, model: Sequence[tuple[str, Method]] = ()
) -> tuple[list[str], tuple[str, ...]]:
    """Return the sentences about methods, with marks, and the DOIs the marks stand for.

    ``model`` are clauses about another model than the network's own.
    """
    inference = used(fit, INFERENCE, fit.inference)
    own = (
        "direct and indirect evidence were combined by generalized least squares with the "
        "covariance of the arms of each study",
        used(fit, MODEL, ""),
    )
    parts: list[tuple[str, Method]] = list(model) or [own]
    if fit.tau2_method and fit.heterogeneity.df >= 1:
        limits = used(fit, INTERVAL, fit.heterogeneity.interval)
        parts += [tau2_words(fit), (f"its limits are by {limits.name}", limits)]
    df = next((each.df for each in fit.against().values()), float("inf"))
    words = method_words(inference.name, df)
    parts.append((f"confidence intervals and tests are {words}", inference))
    if fit.prediction:
        prediction = used(fit, PREDICTION, fit.prediction)
        words = prediction_words(prediction.name, fit.heterogeneity.df)
        parts.append((f"prediction intervals are {words}", prediction))
    texts, dois = cited(parts)
    return [joined(texts)], dois


def prediction_words(name: str, df: float) -> str:
    """Return the name of a prediction interval, with numbers of degrees of freedom.

    Parameters
    ----------
    name : str
        As tables have it for a design of p coefficients.
    df : float
        What k - p is: independent contrasts less estimated effects.

    Examples
    --------
    >>> prediction_words("t(k - p)", 18.0)
    'from a t distribution with 18 degrees of freedom'
    """
    less = f"{RESIDUAL} - 1"
    if less in name:
        return method_words(name.replace(less, RESIDUAL), df - 1)
    return method_words(name, df)
