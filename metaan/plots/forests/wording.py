"""Words and numbers of a forest plot as its readers see them; no statistics, no drawing."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from metaan.core.effects import GENERIC
from metaan.core.fit import PooledFit, model_name
from metaan.core.numbers import compact, decimals_for, fixed, p_text
from metaan.core.published import PublishedPool
from metaan.core.scale import Scale

NOT_REPORTED = "not reported"
LONGEST_FIXED = 1e5
MOST_DIGITS = 3
LEVEL_DIGITS = 6  # of a rate, which may be small
UP_TO_YEAR = re.compile(r"^.*?\b(?:19|20)\d\d\b")
NO_INSTRUMENT = re.compile(r"_(MIXED|UNSPECIFIED)$")
RANGE_SUFFIX = re.compile(r"_(\d+)_(\d+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """How one figure writes its effects.

    Attributes
    ----------
    scale : Scale
        Analysis scale to reading scale.
    digits : int
        Decimals, the same in every row so that they stand under each other.
    level : float
        Coverage of the intervals.
    """

    scale: Scale
    digits: int
    level: float

    @property
    def percent(self) -> str:
        """Level for a reader ("95%")."""
        return f"{100 * self.level:g}%"

    def number(self, value: float) -> str:
        """Return an analysis-scale number as read; numbers of six and more places shortened."""
        with np.errstate(over="ignore"):  # a limit beyond all numbers is read as ∞
            read = float(self.scale.inverse(value))
        if math.isfinite(read) and abs(read) >= LONGEST_FIXED:
            return compact(read)
        return fixed(read, self.digits)

    def effect(self, value: float, low: float, high: float) -> tuple[str, ...]:
        """Return point and limits in three pieces."""
        return (self.number(value), f"({self.number(low)},", f"{self.number(high)})")

    def printed(self, value: float, low: float, high: float) -> tuple[str, ...]:
        """Return a published effect; in one piece that says what was not reported, if need be."""
        texts = [NOT_REPORTED if math.isnan(x) else self.number(x) for x in (value, low, high)]
        if NOT_REPORTED not in texts:
            return self.effect(value, low, high)
        if texts[1:] == [NOT_REPORTED] * 2:
            limits = "" if texts[0] == NOT_REPORTED else f" (limits {NOT_REPORTED})"
            return (texts[0] + limits,)
        return (f"{texts[0]} ({texts[1]}, {texts[2]})",)


def clean(text: object) -> str:
    """Return one line of printable text: line breaks and control characters become spaces."""
    kept = (" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in str(text))
    return re.sub(" +", " ", "".join(kept)).strip()


def digits_of(scale: Scale, points: Iterable[float], printed: Iterable[float]) -> int:
    """Return the decimals of the effects.

    Parameters
    ----------
    scale : Scale
        Ratios get two decimals; others three significant digits of the largest point as read.
    points : iterable of float
        Our points, analysis scale.
    printed : iterable of float
        Published numbers, reading scale; they are shown with every decimal they came with.
    """
    if scale.is_log and scale.has_null:
        own = 2
    else:  # what is read decides: a rate of 0.0021 on a logarithm is no 0.00
        read = [float(scale.inverse(x)) for x in points]
        own = decimals_for(*read) if scale.has_null else _level_digits(read)
    given = [_decimals(x) for x in printed if math.isfinite(x)]
    return max(own, min(max([0, *given]), MOST_DIGITS))


def _level_digits(read: Iterable[float]) -> int:
    """Return the decimals of a proportion or a rate: two digits of the largest, at least two."""
    top = max((x for x in read if 0 < x < math.inf), default=1.0)
    return min(max(2, 1 - math.floor(math.log10(top))), LEVEL_DIGITS)


def _decimals(value: float) -> int:
    """Return how many decimals a printed number has; 9.2 and 9.20 cannot be told apart."""
    text = f"{value:.6f}".rstrip("0")
    return len(text.partition(".")[2])


def effect_head(measure: str, label: str, level: float) -> str:
    """Return the head of the effect column; the label stands in for a measure without a name."""
    name = label if measure in ("", GENERIC) else measure
    return f"{clean(name)} ({100 * level:g}% CI)"


def heterogeneity_text(fit: PooledFit) -> str:
    """Return Q, tau² and I² of a pool in one line."""
    het = fit.heterogeneity
    if fit.k == 1:
        return "Heterogeneity: not defined for one study"
    parts = [f"Q = {fixed(het.q)}, df = {het.df:g} ({p_text(het.p_value, het.log_p_value)})"]
    if fit.tau2_method:
        parts.append(f"τ² = {compact(fit.tau2)}")
    if not math.isnan(het.i2):
        parts.append(f"I² = {fixed(het.i2, 0)}%")
    return "Heterogeneity: " + "; ".join(parts)


def model_text(fit: PooledFit) -> str:
    """Return the model, its conventions and the test of no effect in one line."""
    name = model_name(fit).replace("tau²", "τ²")
    estimate = fit.estimate
    told = f"{name[:1].upper()}{name[1:]}"
    if not estimate.scale.has_null:
        return told
    return f"{told}; test of no effect {p_text(estimate.p_value, estimate.log_p_value)}"


def short_citation(pool: PublishedPool) -> str:
    """Return author and year of a citation, or all of it where there is no year."""
    citation = clean(pool.citation)
    found = UP_TO_YEAR.match(citation)
    return found.group() if found else citation or clean(pool.review_id)


def published_label(pool: PublishedPool) -> str:
    """Return ``Published: Mu 2020 (k = 7, n = 1403)``; sizes only where the source says them."""
    sizes = [f"{name} = {size}" for name, size in _sizes(pool) if size]
    return f"Published: {short_citation(pool)}" + (f" ({', '.join(sizes)})" if sizes else "")


def published_cells(pool: PublishedPool) -> tuple[str, ...]:
    """Return instrument, time, k and n of a published pool; empty where not reported.

    Keys are made readable: VAS_0_100 becomes "VAS 0–100", PAIN_MIXED "mixed" (its outcome stands
    in the header).
    """
    (_, k), (_, n) = _sizes(pool)
    instrument = clean(pool.instrument)
    found = NO_INSTRUMENT.search(instrument)
    words = found.group(1).lower() if found else RANGE_SUFFIX.sub(r" \1–\2", instrument)
    return (words.replace("_", " "), clean(pool.term), k, n)


def _sizes(pool: PublishedPool) -> tuple[tuple[str, str], tuple[str, str]]:
    k, n = ("" if math.isnan(x) else fixed(x, 0) for x in (pool.k, pool.n))
    return ("k", k), ("n", n)


def sentence_case(name: str) -> str:
    """Return a column name as words: ``sham_type`` becomes ``Sham type``."""
    words = clean(name.replace("_", " "))
    return words[:1].upper() + words[1:]
