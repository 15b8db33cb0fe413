"""DOMAINS: what lowers the certainty of evidence, and a record of each judgment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from metaan.core.lookup import look_up

CONCERNS: Mapping[str, int] = MappingProxyType(
    {"none": 0, "serious": 1, "very serious": 2, "extremely serious": 3}
)
DESIGNS: Mapping[str, int] = MappingProxyType({"randomized": 4, "non-randomized": 2})
RANDOMIZED, NON_RANDOMIZED = DESIGNS
LEVELS: Mapping[int, str] = MappingProxyType({4: "high", 3: "moderate", 2: "low", 1: "very low"})
HIGHEST, LOWEST = max(LEVELS), min(LEVELS)
FULL, EMPTY = "⊕", "◯"
NOT_JUDGED = "not judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRow:
    """A row of ``DOMAINS``: its name in print, and whether a rule can suggest a judgment."""

    key: str
    name: str
    computed: bool


_ROWS = (
    DomainRow(key="risk_of_bias", name="risk of bias", computed=False),
    DomainRow(key="inconsistency", name="inconsistency", computed=True),
    DomainRow(key="indirectness", name="indirectness", computed=False),
    DomainRow(key="imprecision", name="imprecision", computed=True),
    DomainRow(key="publication_bias", name="publication bias", computed=True),
)
DOMAINS: Mapping[str, DomainRow] = MappingProxyType({row.key: row for row in _ROWS})
RISK_OF_BIAS, INCONSISTENCY, INDIRECTNESS, IMPRECISION, PUBLICATION_BIAS = DOMAINS


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What a rule computes for a domain.

    Attributes
    ----------
    levels : int or None
        Levels to rate down; None where the rule cannot say.
    consider : int
        Up to which one might go, by the same source.
    numbers : str
        What was found.
    rule : str
        The rule, in words.
    doi : str
        Its source.
    """

    levels: int | None
    numbers: str
    rule: str
    doi: str
    consider: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """One domain of the certainty of evidence.

    Attributes
    ----------
    key : str
        Row of ``DOMAINS``.
    suggestion : Suggestion or None
        What a rule computes; None for what only people judge.
    judged : int or None
        Levels that a person rated down; None if nobody has judged.
    reason : str
        That person's reason; may be empty.
    """

    key: str
    suggestion: Suggestion | None = None
    judged: int | None = None
    reason: str = ""

    @property
    def name(self) -> str:
        """Its name in print."""
        return DOMAINS[self.key].name

    @property
    def levels(self) -> int | None:
        """Levels to rate down: the person's judgment, else the suggestion; None without both."""
        if self.judged is not None:
            return self.judged
        return None if self.suggestion is None else self.suggestion.levels

    @property
    def by(self) -> str:
        """Who says so: "judged", "computed" or "not judged"."""
        if self.judged is not None:
            return "judged"
        return NOT_JUDGED if self.levels is None else "computed"

    @property
    def by_people_alone(self) -> bool:
        """Whether nobody has judged it and no rule could."""
        return self.judged is None and self.suggestion is None

    @property
    def text(self) -> str:
        """What is said in one line, with its reason or its numbers."""
        found = self.suggestion
        if self.judged is not None:
            told = f"{concern_of(self.judged)} (judged)"
            told += f": {self.reason}" if self.reason else ""
            if found is not None and found.levels is not None and found.levels != self.judged:
                told += f" [computed: {concern_of(found.levels)}; {found.numbers}]"
            return told
        if found is None:
            return NOT_JUDGED
        if found.levels is None:
            return f"{NOT_JUDGED}: {found.numbers}"
        more = ""
        if found.consider > found.levels:
            more = f", consider {concern_of(found.consider)}"
        return f"{concern_of(found.levels)}{more} (computed): {found.numbers}"


def concern_of(levels: int) -> str:
    """Return the word for so many levels."""
    return next(word for word, number in CONCERNS.items() if number == levels)


def levels_of(concern: object, domain: str) -> int:
    """Return the levels of a concern, or raise ``ChoiceError``."""
    return look_up(CONCERNS, concern, argument=f"judgments[{domain!r}]", what="a concern")


def one_line(text: object) -> str:
    """Return a text without line breaks, which tables and lists cannot hold."""
    return " ".join(str(text).split())


def symbols(level: int) -> str:
    """Return ``⊕⊕⊕◯`` for a level of certainty, 1 to 4; 0 for one that is not rated yet."""
    return FULL * level + EMPTY * (HIGHEST - level)
