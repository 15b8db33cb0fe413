"""What summaries, sentences and notebooks say of components; no statistic is computed here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from metaan.core.estimate import Estimate
from metaan.core.estimate_table import read_rows
from metaan.core.fit_words import MODEL, spread_words, used
from metaan.core.numbers import counted, fixed, listed, p_text
from metaan.core.text_table import aligned
from metaan.core.wording import Method, counted_studies, degrees_words, estimate_words, in_sentence
from metaan.networks.components.component_additivity import Additivity
from metaan.networks.components.component_design import ComponentDesign
from metaan.networks.fits.network_words import MOST, ToldNetwork, below, how, table_rows

ADDITION = "addition"  # role of the model of components among the methods


class ToldComponents(ToldNetwork, Protocol):
    """What the words below ask of a fit of components."""

    @property
    def design(self) -> ComponentDesign:
        """Which treatment has which components."""

    @property
    def additivity(self) -> Additivity:
        """The additive model against free effects."""

    def component_effects(self) -> dict[str, Estimate]:
        """Return effects of components and interactions."""


def component_title(fit: ToldComponents) -> str:
    """Return what was combined and how, in one line."""
    effects = fit.effects
    told = [f"{fit.model} effects"]
    if fit.tau2_method:
        told.append(f"tau² {fit.tau2_method}")
    told.append(f"interval {fit.inference}")
    return (
        f"{effects.label}, {_counted(fit.design)} of "
        f"{counted(len(effects.treatments), 'treatment')} in "
        f"{counted_studies(effects.k, effects.k_left_out)} ({', '.join(told)})"
    )


def component_rows(fit: ToldComponents) -> list[list[str]]:
    """Return a head and one row per component and interaction that is known, as it is read."""
    found = _known(fit.component_effects())
    return read_rows("component", tuple(found), tuple(found.values())) if found else []


def component_notes(fit: ToldComponents) -> list[str]:
    """Return what is told below the effects."""
    inactive = fit.design.inactive
    none = [] if inactive is None else [f"{inactive} has no effect by definition"]
    test = [str(fit.additivity)] if fit.additivity.testable else []
    return [*none, *test, *below(fit)]


def component_lines(fit: ToldComponents) -> list[str]:
    """Return the lines of a summary."""
    rows = component_rows(fit)
    tables = [*aligned(rows), ""] if rows else []
    told = [*tables, *aligned(table_rows(fit)), *component_notes(fit)]
    return [component_title(fit), *(f"  {line}".rstrip() for line in told)]


def model_words(fit: ToldComponents) -> str:
    """Return the kind of model and what it combined."""
    kind = "random-effects" if fit.tau2_method else "common-effect"
    effects = fit.effects
    return (
        f"{kind} additive component network meta-analysis of "
        f"{counted_studies(effects.k, effects.k_left_out)} with "
        f"{counted(len(effects.treatments), 'treatment')} made of {_counted(fit.design)}"
    )


def result_sentences(fit: ToldComponents) -> list[str]:
    """Return the sentences of a Results section: components, additivity, heterogeneity."""
    label = in_sentence(fit.effects.label)
    told = [f"In a {model_words(fit)}, {_effects_words(fit.component_effects(), label)}"]
    test = fit.additivity
    if test.testable:
        told.append(
            f"Sums of components were compared with free effects of all treatments by "
            f"Q = {fixed(test.q)} with {degrees_words(test.df)} "
            f"({p_text(test.p_value, test.log_p_value)})"
        )
    if fit.heterogeneity.df >= 1:
        told.append(f"Heterogeneity and inconsistency together: {spread_words(fit)}")
    return told


def how_components(fit: ToldComponents) -> tuple[list[str], tuple[str, ...]]:
    """Return the sentences about methods, with marks, and the DOIs the marks stand for."""
    inactive = fit.design.inactive
    none = "" if inactive is None else f" with {inactive} as the inactive one"
    more = " and of their interactions" * bool(fit.design.interactions)
    model: list[tuple[str, Method]] = [
        (
            f"the effect of a treatment was taken as the sum of the effects of its components"
            f"{more}{none}",
            used(fit, ADDITION, ""),
        ),
        (
            "the components were estimated by generalized least squares with the covariance of "
            "the arms of each study",
            used(fit, MODEL, ""),
        ),
    ]
    return how(fit, model)


def _counted(design: ComponentDesign) -> str:
    told = counted(len(design.components), "component")
    if not design.interactions:
        return told
    return f"{told} and {counted(len(design.interactions), 'interaction')}"


def _known(found: Mapping[str, Estimate]) -> dict[str, Estimate]:
    return {name: each for name, each in found.items() if each.value == each.value}


def _effects_words(found: Mapping[str, Estimate], label: str) -> str:
    known = _known(found)
    if not known:
        return "no component's effect could be told from those of the others"
    shown = sorted(known, key=lambda name: known[name].log_p_value)[:MOST]
    each = [f"{estimate_words(known[name])} for {name}" for name in known if name in shown]
    most = ""
    if len(shown) < len(found):
        which = "with the smallest p-values" if len(shown) < len(known) else "that are known"
        most = f" (the {len(shown)} of {len(found)} {which})"
    return f"the {label} by which a component changes a treatment{most} was {listed(each)}"
