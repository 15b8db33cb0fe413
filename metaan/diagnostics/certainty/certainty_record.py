"""The certainty of a pooled effect, printing itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metaan.core.citations import cite
from metaan.core.counts_fit import CountsFit
from metaan.core.fit import PooledFit
from metaan.core.numbers import listed
from metaan.core.text_table import aligned
from metaan.core.wording import grid, in_sentence, text_of
from metaan.diagnostics.certainty.absolute import AbsoluteEffect
from metaan.diagnostics.certainty.domains import (
    LEVELS,
    LOWEST,
    NOT_JUDGED,
    Domain,
    one_line,
    symbols,
)
from metaan.diagnostics.certainty.rules import Thresholds

if TYPE_CHECKING:
    import pandas as pd

DECIDES = "computed suggestions are for a person to decide"
NOT_RATED = "not rated yet"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Certainty:
    """How certain a pooled effect is.

    Attributes
    ----------
    fit : PooledFit or CountsFit
        The pool.
    design : str
        Row of ``DESIGNS``.
    start : int
        Level at which certainty starts: 4 high, 2 low.
    thresholds : Thresholds
        Important effects, analysis scale.
    domains : tuple of Domain
        The five domains, in the order of ``DOMAINS``.
    participants : float
        In all studies; NaN if unknown.
    absolute : AbsoluteEffect or None
        What the effect is at an assumed risk; None for effects on something else than risks.
    """

    fit: PooledFit | CountsFit
    design: str
    start: int
    thresholds: Thresholds
    domains: tuple[Domain, ...]
    participants: float
    absolute: AbsoluteEffect | None = None

    @property
    def label(self) -> str:
        """Name of the effect."""
        fit = self.fit
        return one_line(fit.effects.label if isinstance(fit, PooledFit) else fit.label)

    @property
    def lowered(self) -> int:
        """Levels rated down by all domains about which something is known."""
        return sum(each.levels or 0 for each in self.domains)

    @property
    def level(self) -> int:
        """4 (high) to 1 (very low), by what is known; an upper bound while not ``complete``."""
        return max(LOWEST, self.start - self.lowered)

    @property
    def at_most(self) -> str:
        """``level`` in words: the certainty if every domain that is not judged lowers nothing."""
        return LEVELS[self.level]

    @property
    def rated(self) -> bool:
        """Whether no further judgment can change it: all are made, or it is very low already."""
        return self.complete or self.level == LOWEST

    @property
    def name(self) -> str:
        """``high``, ``moderate``, ``low`` or ``very low``; ``not rated yet`` unless ``rated``."""
        return self.at_most if self.rated else NOT_RATED

    @property
    def symbols(self) -> str:
        """``⊕⊕⊕◯``; ``◯◯◯◯`` unless ``rated``."""
        return symbols(self.level if self.rated else 0)

    @property
    def not_judged(self) -> tuple[str, ...]:
        """Domains that nobody and no rule has judged."""
        return tuple(each.name for each in self.domains if each.levels is None)

    @property
    def complete(self) -> bool:
        """Whether every domain is judged or computed."""
        return not self.not_judged

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a careful reader should know."""
        told = [DECIDES] if any(each.by == "computed" for each in self.domains) else []
        if not self.complete:
            people = [each.name for each in self.domains if each.by_people_alone]
            ask = f" ({listed(people)}: a person must)" if people else ""
            open_end = "very low all the same" if self.rated else f"at most {self.at_most}"
            told.append(f"{NOT_JUDGED}: {listed(list(self.not_judged))}{ask}; {open_end}")
        return (*told, *self.doubts)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What was given and looks wrong."""
        if not self.thresholds.far(self.fit.estimate.scale):
            return ()
        return (
            f"{self.thresholds.told}: such ratios look like a difference or a percentage typed "
            "for a ratio (give 0.8 for 0.8 and 1.25)",
        )

    def summary(self) -> str:
        """Return the domains as a table, with the certainty that follows."""
        lines = [*aligned(_table(self), words=3), *(f"note: {each}" for each in self.remarks)]
        return "\n".join([_title(self), *(f"  {line}" for line in lines)])

    def sentence(self) -> str:
        """Return the certainty and its reasons as a paragraph."""
        told = [f"The certainty of the evidence for the {in_sentence(self.label)} is {self.name}"]
        if not self.rated:
            told = [f"{told[0]}: {listed(list(self.not_judged))} not judged",
                    f"It is at most {self.at_most}"]  # fmt: skip
        down = [each for each in self.domains if each.levels]
        if down:
            parts = [f"{each.name} ({each.text})" for each in down]
            told[-1] += f", rated down for {listed(parts)}"
        if self.rated and not self.complete:
            told.append(f"Not judged: {listed(list(self.not_judged))}")
        if any(each.by == "computed" for each in self.domains):
            told.append("What was computed are suggestions that a person has to decide on")
        return text_of(told)

    @property
    def references(self) -> tuple[str, ...]:
        """Sources of the rules, in the order of the domains."""
        found = [each.suggestion.doi for each in self.domains if each.suggestion is not None]
        return cite(list(dict.fromkeys(found)))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per domain.

        Returns
        -------
        DataFrame
            domain, levels (rated down; NA if not judged), by ("judged", "computed" or "not
            judged"), text, suggested (levels), rule, doi.
        """
        import pandas as pd

        frame = pd.DataFrame([_record(each) for each in self.domains])
        return frame.astype({"levels": "Int64", "suggested": "Int64"})

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        notes = [f"note: {each}" for each in self.remarks]
        return grid(_title(self), _table(self), notes, words=3)


def _title(found: Certainty) -> str:
    title = f"Certainty of the {in_sentence(found.label)}: {found.symbols} {found.name}"
    if found.rated:
        return title
    return f"{title}: {', '.join(found.not_judged)} not judged; at most {found.at_most}"


def _table(found: Certainty) -> list[list[str]]:
    rows = [["start", LEVELS[found.start], f"{found.design} studies"]]
    for each in found.domains:
        levels = "?" if each.levels is None else "−" + str(each.levels) if each.levels else "0"
        rows.append([each.name, levels, each.text])
    return [["domain", "levels", "why"], *rows]


def _record(domain: Domain) -> dict[str, Any]:
    found = domain.suggestion
    return {
        "domain": domain.name,
        "levels": domain.levels,
        "by": domain.by,
        "text": domain.text,
        "suggested": None if found is None else found.levels,
        "rule": "" if found is None else found.rule,
        "doi": "" if found is None else found.doi,
    }
