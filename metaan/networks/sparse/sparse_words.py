"""What summaries, sentences and notebooks say of a sparse network; no statistic is computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from metaan.core.counts_fit import Test
from metaan.core.effects import LeftOut
from metaan.core.estimate import Estimate
from metaan.core.estimate_table import read_rows
from metaan.core.fit_words import INFERENCE, POOLING, REMARK_LIMIT
from metaan.core.numbers import counted, fixed
from metaan.core.text_table import aligned
from metaan.core.wording import (
    Method,
    cited,
    counted_studies,
    in_sentence,
    joined,
    method_words,
)
from metaan.networks.combining.relative import RelativeEffects
from metaan.networks.fits.network_words import effects_words
from metaan.networks.sparse.sparse_methods import SPARSE_METHODS


class ToldSparse(Protocol):
    """What the words below ask of a fit of sparse counts."""

    @property
    def relative(self) -> RelativeEffects:
        """Effects of the treatments relative to each other."""

    @property
    def reference(self) -> str:
        """Treatment that the others are shown against."""

    @property
    def method(self) -> str:
        """Key of the method."""

    @property
    def k(self) -> int:
        """Number of studies."""

    @property
    def k_left_out(self) -> int:
        """Studies of which nothing entered."""

    @property
    def log_likelihood(self) -> float:
        """At the estimates, if there is one."""

    @property
    def tests(self) -> tuple[Test, ...]:
        """Of inconsistency, if there is one."""

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What did not enter, and why."""

    @property
    def methods(self) -> Mapping[str, Method]:
        """What was used, by role."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a careful reader should know."""

    def against(self, control: str | None = None) -> dict[str, Estimate]:
        """Return effects against a treatment."""


def sparse_title(fit: ToldSparse) -> str:
    """Return what was combined and how, in one line."""
    return (
        f"{fit.relative.label}, network of {counted(fit.relative.n, 'treatment')} in "
        f"{counted_studies(fit.k, fit.k_left_out)} ({SPARSE_METHODS[fit.method].name}, common "
        "effects)"
    )


def sparse_rows(fit: ToldSparse) -> list[list[str]]:
    """Return a head and one row per treatment against the reference, odds ratios."""
    found = fit.against()
    return read_rows(f"against {fit.reference}", tuple(found), tuple(found.values()))


def sparse_below(fit: ToldSparse) -> list[str]:
    """Return what is told below the effects: inconsistency, likelihood, notes."""
    told = [str(test) for test in fit.tests]
    likelihood = SPARSE_METHODS[fit.method].likelihood
    if likelihood:
        told.append(f"{likelihood} {fixed(fit.log_likelihood, 3)}")
    told += [f"note: {remark}" for remark in fit.remarks]
    lost = list(dict.fromkeys(f"{item.study}: {item.reason}" for item in fit.left_out))
    told += [f"left out: {text}" for text in lost[:REMARK_LIMIT]]
    if len(lost) > REMARK_LIMIT:
        told.append(f"left out: {len(lost) - REMARK_LIMIT} more in .left_out")
    return told


def sparse_lines(fit: ToldSparse) -> list[str]:
    """Return the lines of a summary."""
    lines = [*aligned(sparse_rows(fit)), *sparse_below(fit)]
    return [sparse_title(fit), *(f"  {line}" for line in lines)]


def sparse_model_words(fit: ToldSparse) -> str:
    """Return the kind of model and what it combined."""
    return (
        f"common-effect network meta-analysis of {counted_studies(fit.k, fit.k_left_out)} with "
        f"{counted(fit.relative.n, 'treatment')}"
    )


def sparse_results(fit: ToldSparse) -> list[str]:
    """Return the sentences of a Results section."""
    label = in_sentence(fit.relative.label)
    told = [
        f"In a {sparse_model_words(fit)}, {effects_words(fit.against(), label, fit.reference)}"
    ]
    told += [f"The test of {test.name} gave {test.words}" for test in fit.tests]
    return told


def how_sparse(fit: ToldSparse) -> tuple[list[str], tuple[str, ...]]:
    """Return the sentences about methods, with marks, and the DOIs the marks stand for."""
    inference = fit.methods[INFERENCE]
    parts = [
        (SPARSE_METHODS[fit.method].words, fit.methods[POOLING]),
        (f"confidence intervals and tests are {method_words(inference.name)}", inference),
    ]
    texts, dois = cited(parts)
    return [joined(texts)], dois
