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
from metaan.diagnostics.certainty.domains import LEVELS, LOWEST, Domain, symbols
from metaan.diagnostics.certainty.rules import Thresholds

if TYPE_CHECKING:
    import pandas as pd

DECIDES = "computed suggestions are for a person to decide"


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
        return self.fit.effects.label if isinstance(self.fit, PooledFit) else self.fit.label

    @property
    def lowered(self) -> int:
        """Levels rated down by all domains about which something is known."""
        return sum(each.levels or 0 for each in self.domains)

    @property
    def level(self) -> int:
        """4 (high) to 1 (very low), by what is known; an upper bound while not ``complete``."""
        return max(LOWEST, self.start - self.lowered)

    @property
    def name(self) -> str:
        """``high``, ``moderate``, ``low`` or ``very low``."""
        return LEVELS[self.level]

    @property
    def symbols(self) -> str:
        """``⊕⊕⊕◯``."""
        return symbols(self.level)

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
            told.append(
                f"{listed(list(self.not_judged))} not judged: the certainty is at most {self.name}"
            )
        return tuple(told)

    def summary(self) -> str:
        """Return the domains as a table, with the certainty that follows."""
        lines = [*aligned(_table(self), words=3), *(f"note: {each}" for each in self.remarks)]
        return "\n".join([_title(self), *(f"  {line}" for line in lines)])

    def sentence(self) -> str:
        """Return the certainty and its reasons as a paragraph."""
        at_most = "" if self.complete else "at most "
        told = [
            f"The certainty of the evidence for the {in_sentence(self.label)} is "
            f"{at_most}{self.name}"
        ]
        down = [each for each in self.domains if each.levels]
        if down:
            parts = [f"{each.name} ({each.text})" for each in down]
            told[0] += f", rated down for {listed(parts)}"
        if not self.complete:
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
    at_most = "" if found.complete else "at most "
    return f"Certainty of the {in_sentence(found.label)}: {found.symbols} {at_most}{found.name}"


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
