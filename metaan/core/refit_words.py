"""Sentences about a pool made again and again, from estimates and labels; no statistics."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.core.estimate import Estimate
from metaan.core.numbers import MOST_DECIMALS, compact, fixed, listed, printed
from metaan.core.wording import estimate_digits, estimate_words, percent

NAMES_SHOWN = 6
EXCLUDED, INCLUDED = "excluded", "included"
TINY = 0.01  # share of the typical variance of a study: tau² below it adds no decimals
FIGURES = 3  # of the largest tau² of a column


def side_of(low: Floats, high: Floats, null: float) -> Integers:
    """Return where intervals lie: 1 above the null, -1 below it, 0 if they include it or are none.

    Examples
    --------
    >>> side_of(np.array([0.1, -0.3, -0.2]), np.array([0.4, -0.1, 0.2]), 0.0).tolist()
    [1, -1, 0]
    """
    return np.where(low > null, 1, np.where(high < null, -1, 0))


def numbered(label: Sequence[str]) -> tuple[str, ...]:
    """Return labels that tell all studies apart: those of several studies are counted.

    Examples
    --------
    >>> numbered(["Ann", "Bo", "Ann"])
    ('Ann (1)', 'Bo', 'Ann (2)')
    """
    shared = {name for name, count in Counter(label).items() if count > 1}
    if not shared:
        return tuple(label)
    taken = set(label)
    places = {name: _free(name, taken) for name in shared}
    return tuple(next(places[name]) if name in shared else name for name in label)


def _free(name: str, taken: set[str]) -> Iterator[str]:
    """Yield a name with 1, 2 and so on, without those that are names themselves."""
    i = 0
    while True:
        i += 1
        if f"{name} ({i})" not in taken:
            yield f"{name} ({i})"


def tau2_texts(values: Sequence[float], typical: float) -> list[str]:
    """Return a column of tau²: what is tiny beside the studies' own variances reads as 0.

    Parameters
    ----------
    values : sequence of float
        Between-study variances.
    typical : float
        Typical variance of a study; NaN where it is not known, and nothing is tiny.

    Examples
    --------
    >>> tau2_texts([0.313, 9.72e-05, 0.0], 0.05)
    ['0.313', '0.000', '0.000']
    """
    tiny = typical * TINY if typical > 0 else 0.0
    if not any(0 < value < tiny for value in values):
        return [compact(value) for value in values]
    top = max((value for value in values if value >= tiny), default=typical)
    digits = max(0, FIGURES - 1 - math.floor(math.log10(top)))
    zero = fixed(0.0, digits if digits <= MOST_DECIMALS else 0)
    known = digits <= MOST_DECIMALS
    return [
        (fixed(value, digits) if known else zero) if 0 <= value < tiny else compact(value)
        for value in values
    ]


def leave_one_out_words(
    about: str, label: Sequence[str], estimates: Sequence[Estimate], whole: Estimate
) -> list[str]:
    """Return the range of the estimates, and which study the conclusion hangs on.

    Parameters
    ----------
    about : str
        The subject: "The pooled risk ratio".
    label : sequence of str, length n
        The study that was left out.
    estimates : sequence of Estimate, length n
        Without it; NaN where there is none.
    whole : Estimate
        With all studies.
    """
    where = _defined(estimates)
    if not len(where):
        return ["No refit has an estimate"]
    values = np.array([each.value for each in estimates])[where]
    ends = [int(where[np.argmin(values)]), int(where[np.argmax(values)])]
    if estimates[ends[0]].read().value > estimates[ends[1]].read().value:
        ends.reverse()
    low, high = (estimates[i].read().value for i in ends)
    own, digits = whole.read(), estimate_digits(whole)
    told = printed(low, high, own.low, own.high, ratio=whole.scale.is_log, digits=digits)
    return [
        f"{about} ranged from {told[0]} (without {label[ends[0]]}) to {told[1]} (without "
        f"{label[ends[1]]}); with all studies it was {estimate_words(whole, digits=digits)}",
        _changes(label, estimates, whole, where),
    ]


def cumulative_words(about: str, label: Sequence[str], estimates: Sequence[Estimate]) -> list[str]:
    """Return from where to where the estimates went, and since when the conclusion has held.

    Parameters as in `leave_one_out_words`; ``label`` is the study that was added.
    """
    where = _defined(estimates)
    if not len(where):
        return ["No refit has an estimate"]
    first, last = int(where[0]), int(where[-1])
    start = f"with the first {first + 1} studies" if first else f"with {label[0]} alone"
    if first == last:
        return [f"{about} was {estimate_words(estimates[first])} {start}"]
    digits = estimate_digits(estimates[first], estimates[last])
    return [
        f"{about} went from {estimate_words(estimates[first], digits=digits)} {start} to "
        f"{estimate_words(estimates[last], digits=digits)} with all studies",
        _since(label, estimates, where),
    ]


def _defined(estimates: Sequence[Estimate]) -> Integers:
    return np.flatnonzero(np.isfinite([each.value for each in estimates]))


def _sides(estimates: Sequence[Estimate]) -> Integers:
    low, high = (np.array([getattr(each, end) for each in estimates]) for end in ("low", "high"))
    return side_of(low, high, estimates[0].scale.null)


def _changes(
    label: Sequence[str], estimates: Sequence[Estimate], whole: Estimate, where: Integers
) -> str:
    if not whole.scale.has_null:
        return ""
    own, side = int(_sides([whole])[0]), _sides(estimates)[where]
    null = compact(whole.scale.reading_null)
    did = f"The {percent(whole.level)} CI {EXCLUDED if own else INCLUDED} {null}"
    if (side == own).all():
        every = len(where) == len(label)
        return f"{did} {'whichever study was left out' if every else 'in all other refits'}"
    others = (1, -1) if own == 0 else (0, -own)
    words = ("lay above it", "lay below it") if own == 0 else ("included it", "lay beyond it")
    told = [
        f"{word} without {_names([label[i] for i in where[side == other].tolist()])}"
        for other, word in zip(others, words, strict=True)
        if (side == other).any()
    ]
    return f"{did} with all studies, but {listed(told)}"


def _since(label: Sequence[str], estimates: Sequence[Estimate], where: Integers) -> str:
    scale = estimates[-1].scale
    if not scale.has_null:
        return ""
    side, null = _sides(estimates)[where], compact(scale.reading_null)
    did, about = EXCLUDED if side[-1] else INCLUDED, f"The {percent(estimates[0].level)} CI"
    other = np.flatnonzero(side != side[-1])
    if not len(other):
        return f"{about} {did} {null} at every step"
    since = int(where[int(other[-1]) + 1])
    return (
        f"{about} has {did} {null} since {label[since]} was added (study {since + 1} of "
        f"{len(label)})"
    )


def _names(names: Sequence[str]) -> str:
    more = len(names) - NAMES_SHOWN
    return listed([*names[:NAMES_SHOWN], f"{more} others"] if more > 1 else names)
