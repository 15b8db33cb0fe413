"""What summaries, sentences and notebooks say of a pool and of a meta-regression alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from metaan.core.conventions import CONVENTIONS
from metaan.core.convergence import Convergence
from metaan.core.counts import Counts
from metaan.core.effects import Effects, LeftOut
from metaan.core.heterogeneity import Heterogeneity
from metaan.core.numbers import compact, fixed, p_text
from metaan.core.wording import Method, heterogeneity_words, i2_words, percent

REMARK_LIMIT = 6
FIXED = "fixed"
TAU2, INFERENCE, PREDICTION, INTERVAL = "tau2", "inference", "prediction", "interval"
MODEL, POOLING, VARIANCE = "model", "pooling", "variance"


class Source(Protocol):
    """What the words below ask of the effects that were fitted."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was done on the way to them."""

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What did not enter, and why."""


class Told(Protocol):
    """What the words below ask of a fit of effects: a pool, a meta-regression or a network."""

    @property
    def effects(self) -> Source:
        """What was fitted."""

    @property
    def tau2(self) -> float:
        """Between-study variance."""

    @property
    def tau2_method(self) -> str:
        """How it was found."""

    @property
    def heterogeneity(self) -> Heterogeneity:
        """How much the effects differ."""

    @property
    def methods(self) -> Mapping[str, Method]:
        """What was used, by role."""

    @property
    def convergence(self) -> Convergence:
        """How tau² was searched."""

    @property
    def i2_first(self) -> str:
        """The I² to name first."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a careful reader should know."""


def used(fit: Told, role: str, key: str) -> Method:
    """Return the method of a role; its key stands in where no name was given."""
    found: Method | None = fit.methods.get(role)
    return found if found is not None else Method(name=key)


def tau2_words(fit: Told, where: str = "") -> tuple[str, Method]:
    """Return how tau² was found, as a clause, and the method."""
    if fit.tau2_method == FIXED:
        return "the between-study variance (tau²) was fixed in advance", Method(name=FIXED)
    method = used(fit, TAU2, fit.tau2_method)
    return f"the between-study variance (tau²) was estimated{where} by {method.name}", method


def conventions_text(key: str) -> str:
    """Return ``conventions of metafor``; nothing if none was asked for."""
    return f"conventions of {CONVENTIONS[key].name}" if key in CONVENTIONS else ""


def chosen_words(key: str) -> str:
    """Return the sentence that names the conventions behind what the caller left open."""
    return f"What was not chosen follows the {conventions_text(key)}"


def spread_words(fit: Told) -> str:
    """Return tau², I² and Q of a fit in one clause."""
    tau2, given = (fit.tau2 if fit.tau2_method else None), fit.tau2_method == FIXED
    return heterogeneity_words(fit.heterogeneity, tau2, fit.i2_first, given=given)


def q_text(fit: Told) -> str:
    """Return Q with its degrees of freedom and p-value."""
    het = fit.heterogeneity
    return f"Q = {fixed(het.q)} (df {het.df:g}, {p_text(het.p_value, het.log_p_value)})"


def tau2_text(fit: Told) -> str:
    """Return tau² with its limits; that it was not estimated, where it was not."""
    het = fit.heterogeneity
    told = f"tau² = {compact(fit.tau2)}"
    if not fit.tau2_method:
        told = "tau² taken as 0;"
    elif fit.tau2_method == FIXED:
        told += " (given);"
    elif het.tau2_se == het.tau2_se:
        told += f" (SE {compact(het.tau2_se)})"
    limits = f"({compact(het.tau2_low)}, {compact(het.tau2_high)})"
    return f"{told} {percent(het.level)} CI {limits} [{used(fit, INTERVAL, het.interval).name}]"


def i2_text(fit: Told) -> str:
    """Return I² with its convention; both conventions where they differ by half a percent."""
    return i2_words(fit.heterogeneity, fit.i2_first, varying=bool(fit.tau2_method))


def notes(fit: Told) -> list[str]:
    """Return what is remarked on a fit and its effects, and what was left out."""
    remarks = list(dict.fromkeys((*fit.remarks, *fit.effects.remarks)))
    if fit.convergence.maxima > 1:
        remarks.insert(0, f"tau²: {fit.convergence}")
    told = [f"note: {remark}" for remark in remarks]
    return [*told, *left_out_notes(fit.effects.left_out, "effects")]


def left_out_notes(left_out: Sequence[LeftOut], where: str) -> list[str]:
    """Return which studies were left out and why; the rest of many is in ``.where.left_out``."""
    lost = list(dict.fromkeys(f"{item.study}: {item.reason}" for item in left_out))
    told = [f"left out: {text}" for text in lost[:REMARK_LIMIT]]
    if len(lost) > REMARK_LIMIT:
        told.append(f"left out: {len(lost) - REMARK_LIMIT} more in .{where}.left_out")
    return told


def sides_words(effects: Effects | Counts) -> str:
    """Return `` of acupuncture versus sham``; nothing where the two sides have no names."""
    if not (effects.treatment and effects.control):
        return ""
    return f" of {effects.treatment} versus {effects.control}"
