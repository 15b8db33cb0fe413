"""What is said of the consistency of a network, and what a large p-value does not say."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from metaan.core.numbers import compact, counted, fixed, p_text
from metaan.core.wording import Method, cited, joined, percent
from metaan.networks.consistency.decomposition import KRAHN, Decomposition, QTest
from metaan.networks.consistency.interaction import HIGGINS, DesignInteraction
from metaan.networks.consistency.loops import BUCHER, LU_ADES, Loops
from metaan.networks.consistency.multiplicity import NONE
from metaan.networks.consistency.node_split import NodeSplits

POWER = (
    "tests of inconsistency have little power where few studies inform a comparison: a large "
    "p-value does not show that evidence is consistent"
)
CANNOT = (
    "the designs of this network cannot disagree with each other (no degree of freedom is left "
    "between them): consistency is assumed and cannot be checked"
)


class Told(Protocol):
    """What the words below ask of the record."""

    @property
    def decomposition(self) -> Decomposition:
        """Q by designs."""

    @property
    def interaction(self) -> DesignInteraction:
        """The global test."""

    @property
    def splits(self) -> NodeSplits:
        """Direct against indirect evidence."""

    @property
    def loops(self) -> Loops:
        """Closed loops."""


def notes(parts: Decomposition) -> tuple[str, ...]:
    """Return what a careful reader should know."""
    return (CANNOT,) if parts.between.df == 0 else (POWER,)


def result_sentences(found: Told) -> list[str]:
    """Return the sentences of a Results section."""
    parts = found.decomposition
    if parts.between.df == 0:
        within = ""
        if parts.within.df:
            within = f"Q within designs was {_q(parts.within)}"
        return [CANNOT, within]
    told = [
        f"Of a total Q of {_q(parts.total)}, {_share(parts.within)} within designs and "
        f"{_share(parts.between)} between designs",
        f"With a tau² of {compact(found.interaction.tau2)} within designs, the joint test of the "
        f"design-by-treatment interaction gave Q = {_q(found.interaction.test)}",
        _splits(found.splits),
        _loops(found.loops),
    ]
    return [*told, POWER]


def _q(test: QTest) -> str:
    degrees = counted(test.df, "degree")
    if not test.df:
        return f"{fixed(test.q)} without a degree of freedom"
    return f"{fixed(test.q)} ({degrees} of freedom, {p_text(test.p_value, test.log_p_value)})"


def _share(test: QTest) -> str:
    return f"{_q(test)} was" if test.df else "nothing could be seen"


def _splits(splits: NodeSplits) -> str:
    tested = int(splits.tested.sum())
    if not tested:
        return "No comparison had both direct and indirect evidence"
    of = f"of {counted(tested, 'comparison')} with both direct and indirect evidence"
    count = int(splits.disagreeing.sum())
    many = f"{'none' if count == 0 else count} {of} had a p-value below {1 - splits.level:.2g}"
    adjusted = "" if splits.adjustment.key == NONE else f" ({splits.adjustment.words})"
    least = int(np.nanargmin(splits.log_p_values))
    log_p = float(splits.log_p_adjusted[least])
    return (
        f"{many}{adjusted} for a difference between the two; the smallest was that of "
        f"{splits.comparisons[least]} ({p_text(float(np.exp(log_p)), log_p)})"
    )


def _loops(loops: Loops) -> str:
    if not loops.loops:
        return "No closed loop of three treatments could be inconsistent"
    count = int(loops.disagreeing.sum())
    return (
        f"Around {counted(len(loops.loops), 'closed loop')} of direct evidence, "
        f"{'none' if count == 0 else count} of the {percent(loops.level)} intervals of the "
        "inconsistency excluded agreement"
    )


def _independent(number: int) -> str:
    return f"{counted(number, 'independent loop')} of them" if number else "no independent loop"


def how(found: Told) -> tuple[list[str], tuple[str, ...]]:
    """Return the sentences about methods, with marks, and the DOIs the marks stand for."""
    parts = [
        ("Q was decomposed within and between designs", Method(name="", doi=KRAHN)),
        (
            "the joint test is that of the full design-by-treatment interaction model",
            Method(name="", doi=HIGGINS),
        ),
    ]
    if found.splits.tested.any():
        method = found.splits.method
        parts.append((method.words, Method(name="", doi=method.doi)))
    if found.loops.loops:
        parts.append(
            (
                "direct evidence was added up around closed loops with the tau² of the network",
                Method(name="", doi=BUCHER),
            )
        )
        parts.append(
            (
                f"{_independent(len(found.loops.independent))} can be inconsistent",
                Method(name="", doi=LU_ADES),
            )
        )
    texts, dois = cited(parts)
    return [joined(texts)], dois
