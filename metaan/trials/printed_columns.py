"""printed_columns: which columns of anyone's table are an effect and its confidence limits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from metaan.core.effects import GENERIC
from metaan.core.scale import IDENTITY, LOG
from metaan.measures.row import Swap
from metaan.measures.table import MEASURES
from metaan.trials.printed import GIVEN_RATIOS

ESTIMATE, LOW, HIGH = "estimate", "ci_low", "ci_high"
SIGN = Swap.SIGN
TELLING = len("riskratio")  # letters of a word that stands in no other by chance
SYNONYMS: Mapping[str, str] = MappingProxyType(
    {
        "aor": "oddsratio", "adjustedor": "oddsratio", "relativerisk": "riskratio",
        "arr": "riskratio", "adjustedrr": "riskratio", "incidencerateratio": "rateratio",
        "ahr": "hazardratio", "adjustedhr": "hazardratio", "meandiff": "meandifference",
        "hedgesg": "standardizedmeandifference", "cohensd": "standardizedmeandifference",
    }
)  # fmt: skip


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


def _words(names: Mapping[str, str]) -> Mapping[str, str]:
    """Return what people call measures, in small letters and digits, from keys and names."""
    known = {_plain(name): key for key, name in names.items()}
    more = {word: known[name] for word, name in SYNONYMS.items() if name in known}
    return MappingProxyType({**known, **more, **{key.casefold(): key for key in names}})


# "log" or "ln" may stand before a ratio.
RATIO_WORDS = _words(
    {
        **{
            row.key: row.name for row in MEASURES.values() if row.scale is LOG and row.swap is SIGN
        },
        **GIVEN_RATIOS,
    }
)
DIFFERENCE_WORDS = _words(
    {
        row.key: row.name
        for row in MEASURES.values()
        if row.key == "".join(word[0] for word in row.name.split()).upper()
        and row.scale is IDENTITY
        and row.name.endswith("difference")
    }
)
EFFECT_WORDS = ("effect", "effectsize", "es", "est", "te", "pointestimate")
LOGARITHM = re.compile(r"^(?:log|ln)(?=.)")
LIMIT_WORDS = re.compile(r"95|confidence|interval|limit|bound|ci|cl")
LOWER, UPPER = ("lower", "low", "lo", "l", "lb"), ("upper", "high", "hi", "up", "u", "ub")
ALONE = (*LOWER[:2], *UPPER[:2], "lb", "ub", "ll", "ul")  # mean a limit without more words


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedColumns:
    """The columns of an effect as it is printed.

    Attributes
    ----------
    estimate, low, high : str
        Columns.
    measure : str
        What the header says the effect is: a key, or that of effects as given.
    logarithm : bool
        True if the header says that it is the logarithm of a ratio, so that its limits are.
    """

    estimate: str
    low: str
    high: str
    measure: str = GENERIC
    logarithm: bool = False

    @property
    def columns(self) -> dict[str, str]:
        """Canonical name → column."""
        return {ESTIMATE: self.estimate, LOW: self.low, HIGH: self.high}


def printed_columns(
    columns: Iterable[object], named: Mapping[str, str] | None = None
) -> PrintedColumns | None:
    """Return the columns of an effect and its limits; None where one is absent or unclear.

    Parameters
    ----------
    columns : iterable of str
        Names of the columns of a table with one row per study.
    named : mapping of str to str, optional
        Canonical name (estimate, ci_low, ci_high) → column, where the caller says it.

    Examples
    --------
    >>> found = printed_columns(["Study", "HR", "95% CI lower", "95% CI upper"])
    >>> found.measure, found.low
    ('HR', '95% CI lower')
    """
    names = [str(name) for name in columns]
    given = dict(named or {})
    low = given.get(LOW) or _limit(names, LOW, LOWER)
    high = given.get(HIGH) or _limit(names, HIGH, UPPER)
    estimate = given.get(ESTIMATE) or _estimate([n for n in names if n not in (low, high)])
    if not (low and high and estimate) or not {low, high, estimate} <= set(names):
        return None
    measure, logarithm = said(estimate)
    if measure == GENERIC:  # "OR (95% CI)", which was split, still stands beside the estimate
        whole = {said(name) for name in names} - {(GENERIC, False)}
        measure, logarithm = whole.pop() if len(whole) == 1 else (GENERIC, False)
    return PrintedColumns(
        estimate=estimate, low=low, high=high, measure=measure, logarithm=logarithm
    )


def said(name: str) -> tuple[str, bool]:
    """Return the measure that a header names, and whether it says the logarithm of it."""
    for word in (_plain(name), _plain(re.sub(r"[(\[].*?[)\]]", "", name))):
        bare = LOGARITHM.sub("", word)
        for each in (word, re.sub(r"95ci$|ci$", "", word)):
            known = RATIO_WORDS.get(each) or DIFFERENCE_WORDS.get(each)
            if known:
                return known, False
        if bare != word and bare in RATIO_WORDS:
            return RATIO_WORDS[bare], True
    return GENERIC, False


def named_in(text: str) -> str:
    """Return the ratio that a text says it is about; empty for none.

    Examples
    --------
    >>> named_in("Death (HR)"), named_in("hazard ratio of death"), named_in("pain OR function")
    ('HR', 'HR', '')
    """
    for inside in re.findall(r"[(\[](.*?)[)\]]", text):
        if _plain(inside) in RATIO_WORDS:
            return RATIO_WORDS[_plain(inside)]
    plain = _plain(text)
    if plain in RATIO_WORDS:
        return RATIO_WORDS[plain]
    found = [word for word in RATIO_WORDS if len(word) >= TELLING and word in plain]
    return RATIO_WORDS[max(found, key=len)] if found else ""


def _estimate(names: Sequence[str]) -> str:
    """Return the only column that says what effect it is; else the only one that says effect."""
    if ESTIMATE in names:
        return ESTIMATE
    telling = [name for name in names if said(name) != (GENERIC, False)]
    plain = [name for name in names if _plain(name) in (ESTIMATE, *EFFECT_WORDS)]
    for found in (telling, plain):
        if found:
            return found[0] if len(found) == 1 else ""
    return ""


def _limit(names: Sequence[str], name: str, words: Sequence[str]) -> str:
    """Return the only column that is called as a limit is."""
    if name in names:
        return name
    found = [each for each in names if _is_limit(each, words)]
    return found[0] if len(found) == 1 else ""


def _is_limit(name: str, words: Sequence[str]) -> bool:
    plain = _plain(name)
    if plain in ALONE:
        return plain[0] == words[0][0]
    rest = LIMIT_WORDS.sub("", plain)
    for word in (*RATIO_WORDS, *DIFFERENCE_WORDS, ESTIMATE):
        rest = rest.removeprefix(word) or rest
    return rest != plain and rest in words
