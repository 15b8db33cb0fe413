"""Columns of lights: judgments of the risk of bias beside the studies of a forest plot."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from metaan.core.bias import BIAS_TOOLS, JUDGMENTS, OWN_TOOL, RiskOfBias
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.plots.forests.layouts import BIAS
from metaan.plots.forests.record import Cell, ForestColumn, ForestRow, Side
from metaan.plots.forests.wording import clean
from metaan.plots.pages import theme
from metaan.plots.pages.legend import LegendEntry

OVER = "Risk of bias"
SHOWN_NAMES = 3
LISTED_NAMES = 8  # studies without judgment that the footnote names
JUDGED_KINDS = ("study", "refit")
# One study under two spellings: the same years (with their letters), and names as like as this.
# Short names of different authors (Li, Liu) are too much alike to be told from slips.
LIKE, SHORTEST = 0.9, 8
NUMBERED = re.compile(r"\d+[^\W_]*")
LETTERS = re.compile(r"[^\W\d_]+")
SAME_WORDS = ("and", "et", "al")  # that one spelling has and the other has not, or as a sign


def bias_columns(bias: RiskOfBias, side: Side = "right") -> tuple[ForestColumn, ...]:
    """Return a column of lights for each domain, under one head."""
    return tuple(
        ForestColumn(
            key=_key(domain.key),
            head=clean(domain.key),
            over=OVER,
            side=side,
            align="center",
            lights=True,
        )
        for domain in bias.domains
    )


def bias_texts(bias: RiskOfBias, study: str) -> dict[str, Cell]:
    """Return the judgments of a study by the keys of their columns; none where nobody judged."""
    pairs = zip(bias.domains, bias.of(study), strict=True)
    return {_key(domain.key): (judgment,) for domain, judgment in pairs if judgment}


def bias_notes(bias: RiskOfBias) -> tuple[str, ...]:
    """Return the footnote that says what the domains and the tool are called."""
    named = [
        f"{clean(domain.key)}: {clean(domain.name)}"
        for domain in bias.domains
        if domain.name not in (domain.key, "") and not domain.name.startswith(domain.key)
    ]
    tool = "" if bias.tool == OWN_TOOL else f" by {BIAS_TOOLS[bias.tool].name}"
    if not named:
        return (f"{OVER}{tool}.",) if tool else ()
    return (f"{OVER}{tool}. {'; '.join(named)}.",)


def unjudged_notes(rows: Sequence[ForestRow]) -> tuple[str, ...]:
    """Return the footnote that names the studies of a figure that nobody judged."""
    names = [row.label for row in rows if row.kind in JUDGED_KINDS and not [*_drawn(row)]]
    if not names:
        return ()
    more = len(names) - LISTED_NAMES
    told = names if more <= 1 else [*names[:LISTED_NAMES], f"and {more} others"]
    return (f"No judgment: {', '.join(told)}.",)


def _drawn(row: ForestRow) -> Iterator[str]:
    """Yield the judgments that a row shows."""
    for key, cell in row.texts.items():
        if key.startswith(_key("")):
            yield from cell


def bias_legend(bias: RiskOfBias, rows: Sequence[ForestRow]) -> tuple[LegendEntry, ...]:
    """Return what the lights mean: every judgment that the rows show, in the tool's order."""
    drawn = {key for row in rows for key in _drawn(row)}
    return tuple(
        LegendEntry(
            label=judgment.label,
            fill=judgment.role,
            edge=theme.RULE,
            symbol=judgment.symbol,
        )
        for judgment in bias.used
        if judgment.key in drawn
    )


def check_bias(bias: RiskOfBias, effects: Effects) -> None:
    """Check that the judgments are of these studies.

    Raises
    ------
    InputError
        If none of the studies is judged, or one without judgments is judged under another
        spelling; names must be the same, letter by letter. A table may hold further studies.
    """
    if effects.k and not set(effects.study) & set(bias.study):
        ours, theirs = (", ".join(each[:SHOWN_NAMES]) for each in (effects.study, bias.study))
        raise InputError(
            f"bias judges none of the studies: they are {ours} ..., the judged ones {theirs} ...; "
            "names must be the same"
        )
    known = set(effects.study)
    others = [name for name in bias.study if name not in known]
    near = [
        f"{other!r} is judged, {name!r} is in the figure"
        for name in dict.fromkeys(effects.study)
        if name not in bias.study
        for other in others
        if _one_name(name, other)
    ]
    if near:
        raise InputError(
            f"bias spells studies in another way: {'; '.join(near)}; did you mean the same? "
            "Names must be the same in both, letter by letter"
        )


def _one_name(name: str, other: str) -> bool:
    """Return whether two names look like spellings of one study."""
    pair = [unicodedata.normalize("NFKD", each).casefold() for each in (name, other)]
    if Counter(NUMBERED.findall(pair[0])) != Counter(NUMBERED.findall(pair[1])):
        return False
    first, second = (
        "".join(word for word in LETTERS.findall(NUMBERED.sub("", each)) if word not in SAME_WORDS)
        for each in pair
    )
    if first == second:
        return True
    like = SequenceMatcher(None, first, second, autojunk=False).ratio()
    return min(len(first), len(second)) >= SHORTEST and like >= LIKE


def light_role(key: str) -> str:
    """Return the color name of a judgment's light."""
    return JUDGMENTS[key].role


def light_sign(key: str) -> str:
    """Return the sign on a judgment's light."""
    return JUDGMENTS[key].symbol


def _key(domain: str) -> str:
    return f"{BIAS} {domain}"
