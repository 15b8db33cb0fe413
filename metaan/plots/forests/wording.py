"""Words and numbers of a forest plot as its readers see them; no statistics, no drawing."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from metaan.core.effects import GENERIC
from metaan.core.errors import InputError
from metaan.core.fit import GIVEN, PooledFit
from metaan.core.fit_words import FIXED, INFERENCE, TAU2, used
from metaan.core.numbers import compact, fixed
from metaan.core.published import PublishedPool
from metaan.core.scale import Scale
from metaan.core.wording import percent
from metaan.plots.forests.decimals import RATIO_DIGITS, is_ratio
from metaan.plots.forests.layouts import PLAIN, Layout
from metaan.plots.forests.lines import Lines
from metaan.plots.pages.letters import printable

NOT_REPORTED = "not reported"
LONGEST_FIXED = 1e5
PERCENT = 100
STUDENT = re.compile(r"t(\(.+\))?")
IN_PIECES = re.compile(r"(.*\{value\}.*) (\S*\{low\}[^\w\s-]*) (\S*\{high\}.*)")
LIMITS_TOGETHER = re.compile(r"(.*\{value\}.*) (\S*\{low\}.*\{high\}.*)")
MOST_FIXED = 10  # decimals; smaller numbers are written with powers of ten
UP_TO_YEAR = re.compile(r"^.*?\b(?:19|20)\d\d\b")
NO_INSTRUMENT = re.compile(r"_(MIXED|UNSPECIFIED)$")
RANGE_SUFFIX = re.compile(r"_(\d+)_(\d+)$")


@cache
def pieces_of(interval: str) -> tuple[str, ...]:
    """Return a layout's interval in three pieces that stand under each other, or in one.

    Limits with a word or a dash between them are one piece, which leaves the second empty: set
    apart they would tear a hole into it.

    Examples
    --------
    >>> from metaan.plots.forests.wording import pieces_of
    >>> pieces_of("{value} ({low} to {high})"), pieces_of("{value} ({low}-{high})")
    (('{value}', '', '({low} to {high})'), ('{value}', '', '({low}-{high})'))
    >>> pieces_of("{value} [{low}, {high}]"), pieces_of("{low}-{high}: {value}")
    (('{value}', '[{low},', '{high}]'), ('{low}-{high}: {value}',))
    """
    if found := IN_PIECES.fullmatch(interval):
        return found.groups()
    found = LIMITS_TOGETHER.fullmatch(interval)
    return (found.group(1), "", found.group(2)) if found else (interval,)


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
    layout : Layout
        Its signs, and how it writes an interval.
    """

    scale: Scale
    digits: int
    level: float
    layout: Layout = PLAIN

    @property
    def percent(self) -> str:
        """Level for a reader ("95%")."""
        return percent(self.level)

    @property
    def _small_ratios(self) -> bool:
        """Whether a ratio that rounds to 0 is told; fewer decimals than usual were asked for."""
        return is_ratio(self.scale) and self.digits >= RATIO_DIGITS

    @property
    def lines(self) -> Lines:
        """The lines of the figure."""
        return Lines(layout=self.layout, level=self.level)

    def number(self, value: float) -> str:
        """Return an analysis-scale number as read.

        Numbers of six and more places are shortened, and a small ratio is never 0.00.
        """
        with np.errstate(over="ignore"):  # a limit beyond all numbers is read as ∞
            read = float(self.scale.inverse(value))
        if math.isfinite(read) and (abs(read) >= LONGEST_FIXED or self.digits > MOST_FIXED):
            text = compact(read)
        elif 0 < read < 0.5 * 10.0**-self.digits and self._small_ratios:
            text = compact(read, 1)
        else:
            text = fixed(read, self.digits)
        return self.lines.styled(text)

    def effect(self, value: float, low: float, high: float) -> tuple[str, ...]:
        """Return point and limits, in three pieces or in one."""
        if math.isnan(value) and math.isnan(low) and math.isnan(high):
            return (self.layout.not_estimable,)
        return self._pieces(*(self.number(x) for x in (value, low, high)))

    def limits(self, low: float, high: float) -> tuple[str, ...]:
        """Return limits alone, as they stand behind a point."""
        whole = self._pieces("", self.number(low), self.number(high))
        return whole if len(whole) > 1 else (whole[0].strip(),)

    def _pieces(self, value: str, low: str, high: str) -> tuple[str, ...]:
        template = self.layout.interval
        one = len(pieces_of(template)) == 1
        if self.layout.interval_negative and any(
            text.startswith(self.layout.minus) for text in (value, low, high)
        ):
            template = self.layout.interval_negative
        pieces = (template,) if one else pieces_of(template)
        return tuple(piece.format(value=value, low=low, high=high) for piece in pieces)

    def told(self, value: float, low: float, high: float) -> str:
        """Return an effect in a sentence: ``0.49 (95% CI 0.33, 0.73)``."""
        point, below, above = (self.number(x) for x in (value, low, high))
        return f"{point} ({self.percent} CI {below}, {above})"

    def printed(self, value: float, low: float, high: float) -> tuple[str, ...]:
        """Return a published effect; in one piece that says what was not reported, if need be."""
        texts = [NOT_REPORTED if math.isnan(x) else self.number(x) for x in (value, low, high)]
        if NOT_REPORTED not in texts:
            return self.effect(value, low, high)
        if texts[1:] == [NOT_REPORTED] * 2:
            limits = "" if texts[0] == NOT_REPORTED else f" (limits {NOT_REPORTED})"
            return (texts[0] + limits,)
        return (" ".join(filter(None, self._pieces(*texts))),)


def clean(text: object) -> str:
    """Return one line of printable text; see `metaan.plots.pages.letters.printable`."""
    return printable(text)


def heads_of(measure: str, label: str, level: float) -> dict[str, str]:
    """Return what the heads of a layout are filled with, of a figure that nobody pooled.

    The label stands in for a measure without a name.
    """
    name = label if measure in ("", GENERIC) else measure
    return {"measure": clean(name), "label": clean(label), "level": percent(level)}


def read_per(scale: Scale, per: int) -> Scale:
    """Return the scale on which effects are read per so many: 100 gives percent.

    Raises
    ------
    InputError
        If the effects are ratios, which cannot be.
    """
    if per == 1:
        return scale
    if is_ratio(scale):
        raise InputError(
            f"a ratio cannot be read per {per}; leave out per of the layout, or give differences "
            "or levels (RD, PLO, IRLN ...)"
        )
    return replace(
        scale,
        transform=lambda x: scale.transform(np.asarray(x, dtype=np.float64) / per),
        inverse=lambda y: per * scale.inverse(y),
        derivative=lambda y: per * scale.derivative(y),
    )


def label_per(label: str, per: int) -> str:
    """Return the name of an effect that is read per so many."""
    return label if per == 1 else f"{label}, %" if per == PERCENT else f"{label} per {per}"


def model_words(fit: PooledFit) -> str:
    """Return the model and its conventions in words: no key of a table, where there is a name."""
    effects = f"{fit.model[:1].upper()}{fit.model[1:]} effect{'s' if fit.tau2_method else ''}"
    inference = used(fit, INFERENCE, fit.inference)
    told = [effects]
    if fit.tau2_method == FIXED:
        told.append("τ² fixed in advance")
    elif fit.tau2_method:
        told.append(f"τ² by {used(fit, TAU2, fit.tau2_method).name.replace('tau²', 'τ²')}")
    if fit.weighting == GIVEN:
        told.append("weights given")
    method = _short_method(inference.name, fit.estimate.df)
    return f"{', '.join(told)}; {percent(fit.estimate.level)} CI by {method}"


def _short_method(name: str, df: float) -> str:
    """Return the name of an interval's method with its degrees of freedom, for a narrow line."""
    student = "normal" if math.isinf(df) else f"t, df = {compact(df)}"
    head, *rest = name.split(", ")
    told = [student if STUDENT.fullmatch(part) else part for part in rest]
    return f"{head} ({', '.join(told)})" if told else head


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
    words = found.group(1).lower() if found else instrument_words(instrument)
    return (words.replace("_", " "), clean(pool.term), k, n)


def instrument_words(instrument: str) -> str:
    """Return an instrument's key for a reader: ``VAS 0–100``."""
    return RANGE_SUFFIX.sub(r" \1–\2", instrument).replace("_", " ")


def _sizes(pool: PublishedPool) -> tuple[tuple[str, str], tuple[str, str]]:
    k, n = ("" if math.isnan(x) else fixed(x, 0) for x in (pool.k, pool.n))
    return ("k", k), ("n", n)


def sentence_case(name: str) -> str:
    """Return a column name as words: ``sham_type`` becomes ``Sham type``."""
    words = clean(name.replace("_", " "))
    return words[:1].upper() + words[1:]
