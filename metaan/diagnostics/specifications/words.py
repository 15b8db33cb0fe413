"""What a multiverse says of itself: head, rows, notes, sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from metaan.core.citations import marks
from metaan.core.numbers import compact, counted, listed, printed
from metaan.core.wording import in_sentence, percent, text_of
from metaan.diagnostics.specifications.choices import Choice, reader_name, reader_option
from metaan.diagnostics.specifications.curves import Curve
from metaan.diagnostics.specifications.data_sets import Failed
from metaan.diagnostics.specifications.shares import Excluding, Shares, share

STEEGEN, SIMONSOHN = "10.1177/1745691616658637", "10.1038/s41562-020-0912-z"
VORACEK, OWEN = "10.1027/2151-2604/a000357", "10.1137/130936233"
REASONS_SHOWN, CHOICES_SHOWN = 5, 3
WORTH_SAYING = 0.005  # of the variance
WORTH_EXCLUDING = 0.2  # between shares of intervals that exclude no effect
# Of the variance: more than this, and what it is called.
HOW_MUCH = ((1.0 - 1e-9, "all"), (0.9995, "nearly all"), (0.5, "most"), (0.0, "a part"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What the words are about: see the fields of ``Multiverse``.

    Attributes
    ----------
    n, analyses, data_sets : int
        Specifications, distinct analyses and distinct sets of effects.
    choices : tuple of Choice
        The choices.
    curves : tuple of Curve
        One for each effect.
    failed : tuple of Failed
        Combinations without an analysis.
    undefined : tuple of tuple of str
        Models that do not exist, and why.
    level : float
        Of the intervals.
    remarks : tuple of str
        Further remarks.
    """

    n: int
    analyses: int
    data_sets: int
    choices: tuple[Choice, ...]
    curves: tuple[Curve, ...]
    failed: tuple[Failed, ...]
    undefined: tuple[tuple[str, str], ...]
    level: float
    remarks: tuple[str, ...]

    @property
    def lost(self) -> int:
        """Specifications that failed."""
        return sum(each.specifications for each in self.failed)


def head(of: Overview) -> str:
    """Return the first line: how many specifications, distinct analyses and failures."""
    told = (
        f"Multiverse of {counted_thousands(of.n, 'specification')}: "
        f"{counted_thousands(of.analyses, 'distinct analysis', 'distinct analyses')} of "
        f"{counted_thousands(of.data_sets, 'set')} of effects"
    )
    return told + (f"; {of.lost:,} more failed" if of.failed else "")


def counted_thousands(number: int, noun: str, plural: str = "") -> str:
    """Return ``20,736 specifications``."""
    return counted(number, noun, plural).replace(str(number), f"{number:,}", 1)


def made_choices(choices: Sequence[Choice]) -> tuple[str, ...]:
    """Return the names of the choices that have several options."""
    return tuple(choice.name for choice in choices if len(choice.labels) > 1)


def choices_words(choices: Sequence[Choice]) -> str:
    """Return ``3 choices``: how many have several options."""
    return counted(len(made_choices(choices)), "choice")


def rows_of(curve: Curve, level: float) -> list[list[str]]:
    """Return names and values of what the specifications of one effect say together."""
    value, low, high = _read(curve, curve.median, curve.lowest, curve.highest)
    _, first, third = _read(curve, curve.median, curve.low_quarter, curve.high_quarter)
    many = counted_thousands(curve.n, "specification")
    rows = [
        [curve.label, f"{many}, {curve.analyses:,} distinct"],
        ["estimate", f"median {value}, quartiles {first} to {third}, range {low} to {high}"],
    ]
    if curve.scale.has_null:
        none = compact(curve.scale.reading_null)
        rows.append([f"against {none}", _against(curve.null, level)])
        rows[-1][1] += f"; {share(curve.crossing)} include {none}"
    if curve.important == curve.important:
        rows.append([f"against {_thresholds(curve)}", _against(curve.beyond, level)])
    rows += [
        [
            f"variance by {reader_name(each.choice)}",
            f"{share(each.shapley)} (alone {share(each.first)}, with interactions "
            f"{share(each.total)})",
        ]
        for each in sorted(curve.explained, key=lambda one: -one.shapley)
    ]
    rows += [
        [
            f"excluding {compact(curve.scale.reading_null)} by {reader_name(each.choice)}",
            f"{share(each.lowest[1])} ({_option(each, each.lowest)}) to "
            f"{share(each.highest[1])} ({_option(each, each.highest)})",
        ]
        for each in _differing(curve)
    ]
    return rows


def _read(curve: Curve, *values: float) -> tuple[str, ...]:
    inverse = curve.scale.inverse
    return printed(*(float(inverse(value)) for value in values), ratio=curve.scale.is_log)


def _thresholds(curve: Curve) -> str:
    null, inverse = curve.scale.null, curve.scale.inverse
    ends = (float(inverse(null - curve.important)), float(inverse(null + curve.important)))
    low, high = printed(*ends, ratio=curve.scale.is_log)
    return f"{low} and {high}"


def _against(shares: Shares, level: float) -> str:
    return (
        f"estimate below in {share(shares.below)}, above in {share(shares.above)}; whole "
        f"{percent(level)} interval below in {share(shares.interval_below)}, above in "
        f"{share(shares.interval_above)}"
    )


def remark_lines(of: Overview) -> list[str]:
    """Return the notes: what failed, what does not exist, and the remarks."""
    told = []
    if of.failed:
        reasons: Counter[str] = Counter()
        for each in of.failed:
            reasons[each.reason] += each.specifications
        told += [
            f"{counted_thousands(number, 'specification')} failed: {reason}"
            for reason, number in reasons.most_common(REASONS_SHOWN)
        ]
        more = len(reasons) - REASONS_SHOWN
        told += [f"{more} more reasons, see failed"] if more > 0 else []
    told += [f"no model is {words}: {reason}" for words, reason in of.undefined[:REASONS_SHOWN]]
    told += [
        f"{curve.label}: {counted_thousands(curve.undefined, 'specification')} without a finite "
        "interval, not counted"
        for curve in of.curves
        if curve.undefined
    ]
    told += [
        f"{curve.label}: variance not taken apart, {curve.unexplained}"
        for curve in of.curves
        if curve.unexplained and curve.n > 1
    ]
    return [*told, *of.remarks]


def sentences(of: Overview) -> str:
    """Return what was done and found in words that a paper can print."""
    dois = (STEEGEN, SIMONSOHN, VORACEK, OWEN)
    mark = marks(dois)
    cited = mark[STEEGEN] + mark[SIMONSOHN] + mark[VORACEK]
    names = [reader_name(name) for name in made_choices(of.choices)]
    named = f", by {choices_words(of.choices)} ({listed(names)})" if names else ""
    told = [
        f"every combination of choices was analyzed{cited}: "
        f"{counted_thousands(of.n, 'specification')}{named}, which {'is' if of.n == 1 else 'are'} "
        f"{counted_thousands(of.analyses, 'distinct analysis', 'distinct analyses')}"
    ]
    if of.failed:
        told.append(f"{counted_thousands(of.lost, 'more combination')} gave no analysis")
    for curve in of.curves:
        told += _curve_sentences(curve, of.level, mark[OWEN], several=len(of.curves) > 1)
    return text_of(told)


def _curve_sentences(curve: Curve, level: float, mark: str, *, several: bool) -> Sequence[str]:
    value, low, high = _read(curve, curve.median, curve.lowest, curve.highest)
    of = f" of {curve.n:,} specifications" if several else ""
    told = [f"the median {in_sentence(curve.label)}{of} was {value} (range {low} to {high})"]
    if curve.scale.has_null:
        none = compact(curve.scale.reading_null)
        told.append(
            f"the {percent(level)} interval lay below {none} in "
            f"{share(curve.null.interval_below)} of the specifications, above in "
            f"{share(curve.null.interval_above)}, and included {none} in {share(curve.crossing)}"
        )
    if curve.important == curve.important:
        beyond = curve.beyond
        told.append(
            f"the estimate was as large as an important effect ({_thresholds(curve)}) in "
            f"{share(beyond.below)} of them below and {share(beyond.above)} above, the whole "
            f"interval in {share(beyond.interval_below)} and {share(beyond.interval_above)}"
        )
    told += _excluding_sentence(curve)
    return [*told, *_explained_sentence(curve, mark)]


def _excluding_sentence(curve: Curve) -> list[str]:
    """Return by which choices the share of intervals that exclude no effect differs."""
    most = _differing(curve)[:CHOICES_SHOWN]
    if not most:
        return []
    parts = [
        f"{_in_words(each.choice)} ({share(each.lowest[1])} with {_option(each, each.lowest)}, "
        f"{share(each.highest[1])} with {_option(each, each.highest)})"
        for each in most
    ]
    none = compact(curve.scale.reading_null)
    return [f"how many intervals excluded {none} depended on {listed(parts)}"]


def _option(of: Excluding, end: tuple[str, float]) -> str:
    return reader_option(of.choice, end[0])


def _in_words(choice: str) -> str:
    """Return a choice as a sentence names it: ours with an article."""
    name = reader_name(choice)
    return name if name == choice else f"the {name}"


def _differing(curve: Curve) -> list[Excluding]:
    """Return the choices that change how many intervals exclude no effect, the most first."""
    found = [each for each in curve.excluding if each.spread > WORTH_EXCLUDING]
    return sorted(found, key=lambda each: -each.spread)


def _explained_sentence(curve: Curve, mark: str) -> list[str]:
    """Return which choices the variance between estimates is due to."""
    ranked = sorted(curve.explained, key=lambda one: -one.shapley)
    most = [each for each in ranked[:CHOICES_SHOWN] if each.shapley >= WORTH_SAYING]
    if not most:
        return []
    parts = listed([f"{_in_words(each.choice)} ({share(each.shapley)})" for each in most])
    if most[0].shapley == 1.0:
        parts = _in_words(most[0].choice)
    whole = sum(each.shapley for each in most)
    part = next(words for least, words in HOW_MUCH if whole > least)
    return [f"{part} of the variance between estimates was due to {parts}{mark}"]
