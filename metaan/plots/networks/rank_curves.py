"""From rank probabilities to the record of a rankogram; no matplotlib here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias, Unpack

import numpy as np

from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.core.numbers import counted, fixed, listed
from metaan.core.wording import in_sentence
from metaan.networks.fits.answers_ranking import RankingAnswers
from metaan.networks.ranks.rank_probabilities import RankProbabilities
from metaan.networks.ranks.ranking import Ranking, rank_treatments
from metaan.plots.charts.drapery_looks import MOST_CURVES
from metaan.plots.forests.footnotes import footnotes
from metaan.plots.networks.unfitted import got
from metaan.plots.pages.letters import printable
from metaan.plots.pages.texts import Texts, Written, written

if TYPE_CHECKING:
    import pandas as pd

Ranked: TypeAlias = RankingAnswers | RankProbabilities
Rankings: TypeAlias = Ranked | Mapping[str, Ranked]
Better: TypeAlias = str | Sequence[str] | None
Areas: TypeAlias = Mapping[str, Mapping[str, float]]  # of each outcome, by treatment

SEED = 1
MOST_OUTCOMES = 4
TOLD = 3  # best treatments that the words name


@dataclass(frozen=True, slots=True, kw_only=True)
class RankKind:
    """A row of ``RANK_KINDS``: how probabilities are drawn."""

    key: str
    about: str


_KINDS = (
    RankKind(key="bars", about="a bar for each rank"),
    RankKind(key="curves", about="a line from rank to rank"),
)
RANK_KINDS: Mapping[str, RankKind] = MappingProxyType({row.key: row for row in _KINDS})
BARS, CURVES = (row.key for row in _KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankCurve:
    """The ranks of one treatment by one outcome.

    Attributes
    ----------
    treatment, outcome : str
        Whose, and by which outcome; empty if there is only one.
    heights : tuple of float, length n
        Probability of each rank from 1, or of it and better ones; NaN beyond the number of
        treatments of the outcome.
    sucra : float
        Area under the cumulative curve; exact for a fit, of the draws for rank probabilities.
    """

    treatment: str
    outcome: str
    heights: tuple[float, ...]
    sucra: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RankCurves:
    """What a rankogram shows.

    Attributes
    ----------
    treatments : tuple of str
        Panels, the highest SUCRA of the first outcome first.
    outcomes : tuple of str
        Names; one empty name if there is only one outcome.
    curves : tuple of RankCurve
        Treatment by treatment, and within it outcome by outcome.
    ranks : int
        Number of ranks.
    cumulative : bool
        Whether heights are probabilities of a rank or a better one.
    kind : str
        Row of ``RANK_KINDS``.
    together : bool
        Whether all treatments stand in one panel.
    top : float
        Height of the panels, a probability.
    title, subtitle : str
        Above the figure; may be empty.
    notes : tuple of str
        Footnotes.
    alt : str
        The figure in words.
    """

    treatments: tuple[str, ...]
    outcomes: tuple[str, ...]
    curves: tuple[RankCurve, ...]
    ranks: int
    cumulative: bool
    kind: str
    together: bool
    top: float
    title: str
    subtitle: str
    notes: tuple[str, ...]
    alt: str

    def of(self, treatment: str) -> tuple[RankCurve, ...]:
        """Return the curves of a treatment, one for each outcome that has it."""
        return tuple(curve for curve in self.curves if curve.treatment == treatment)

    @property
    def height_label(self) -> str:
        """Name of the vertical axis."""
        return "Probability of this rank or a better one" if self.cumulative else "Probability"

    def to_frame(self) -> pd.DataFrame:
        """Return one row per treatment, outcome and rank.

        Returns
        -------
        DataFrame
            treatment, outcome, rank, probability (cumulative where the figure is), sucra.
        """
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "treatment": curve.treatment,
                    "outcome": curve.outcome,
                    "rank": rank,
                    "probability": height,
                    "sucra": curve.sucra,
                }
                for curve in self.curves
                for rank, height in enumerate(curve.heights, start=1)
                if height == height
            ]
        )


def rank_curves(
    net: Rankings,
    *,
    better: Better = None,
    cumulative: bool = False,
    kind: str | None = None,
    together: bool = False,
    rng: np.random.Generator | int = SEED,
    **texts: Unpack[Texts],
) -> RankCurves:
    """Return what a rankogram shows; see `rankogram`."""
    titles = written(texts, verb="rankogram", of=rank_curves)
    given = dict(net) if isinstance(net, Mapping) else {"": net}
    directions = _directions(better, given)
    found = _found(given, directions, rng)
    areas = _areas(given, directions)
    default = CURVES if cumulative or together else BARS
    way = look_up(
        RANK_KINDS, default if kind is None else kind, argument="kind", what="a kind of marks"
    )
    names = _order(areas)
    _check(found, names, together=together, kind=way.key)
    ranks = max(len(each.treatments) for each in found.values())
    curves = tuple(_curves(found, areas, names, ranks, cumulative=cumulative))
    most = max(height for curve in curves for height in curve.heights if height == height)
    return RankCurves(
        treatments=names,
        outcomes=tuple(printable(name) for name in found),
        curves=curves,
        ranks=ranks,
        cumulative=bool(cumulative),
        kind=way.key,
        together=bool(together),
        top=1.0 if cumulative else next(top for top in (0.25, 0.5, 1.0) if most <= top + 1e-9),
        title=titles.title,
        subtitle=titles.subtitle,
        notes=_notes(found, given, titles),
        alt=_alt(areas, names, cumulative=cumulative),
    )


def _directions(better: Better, given: Mapping[str, Ranked]) -> list[str | None]:
    """Return the direction of each outcome; None where its probabilities are known already."""
    if better is None or isinstance(better, str):
        return [better] * len(given)
    directions = list(better)
    if len(directions) != len(given):
        raise InputError(
            f"better={directions!r} has {len(directions)} directions for "
            f"{counted(len(given), 'outcome')}"
        )
    return list(directions)


def _found(
    given: Mapping[str, Ranked], better: Sequence[str | None], rng: np.random.Generator | int
) -> dict[str, RankProbabilities]:
    """Return the probabilities of each outcome."""
    if not 1 <= len(given) <= MOST_OUTCOMES:
        raise InputError(f"a rankogram shows 1 to {MOST_OUTCOMES} outcomes; got {len(given)}")
    found = {}
    for (name, each), way in zip(given.items(), better, strict=True):
        if isinstance(each, RankProbabilities):
            found[str(name)] = each
            continue
        if not isinstance(each, RankingAnswers):
            raise InputError(
                "rankogram draws fits of networks or their rank_probabilities(), one or a mapping "
                f"of outcomes to them; {got(each)}"
            )
        if way is None:
            raise InputError(
                'better= is needed, "lower" or "higher": it decides which rank is the first'
            )
        found[str(name)] = each.rank_probabilities(better=way, rng=rng)
    return found


def _areas(given: Mapping[str, Ranked], better: Sequence[str | None]) -> Areas:
    """Return SUCRA of each outcome by treatment, the highest first.

    That of a fit is exact, as in tables of P-scores: the draws are for the ranks alone.
    """
    areas = {}
    for (name, each), way in zip(given.items(), better, strict=True):
        own: Ranking | RankProbabilities
        if isinstance(each, RankProbabilities):
            own = each
        else:
            own = rank_treatments(each.relative, better=str(way))
        best = np.argsort(-own.sucra, kind="stable").tolist()
        areas[str(name)] = {own.treatments[i]: float(own.sucra[i]) for i in best}
    return areas


def _order(areas: Areas) -> tuple[str, ...]:
    """Return all treatments, the highest SUCRA of the first outcome first."""
    return tuple(dict.fromkeys(name for each in areas.values() for name in each))


def _check(
    found: Mapping[str, RankProbabilities], names: Sequence[str], *, together: bool, kind: str
) -> None:
    """Raise ``InputError`` for what one panel cannot show."""
    if not together:
        return
    if len(found) > 1 or kind != CURVES:
        raise InputError(
            f'together=True shows one outcome, and kind="{CURVES}"; leave together out'
        )
    if len(names) > MOST_CURVES:
        raise InputError(
            f"lines of at most {MOST_CURVES} treatments can be told apart; got {len(names)}; "
            "leave together out"
        )


def _curves(
    found: Mapping[str, RankProbabilities],
    areas: Areas,
    names: Sequence[str],
    ranks: int,
    *,
    cumulative: bool,
) -> Iterator[RankCurve]:
    tables = {
        name: (
            {treatment: i for i, treatment in enumerate(each.treatments)},
            each.cumulative if cumulative else each.probabilities,
            areas[name],
        )
        for name, each in found.items()
    }
    for treatment in names:
        for outcome, (place, heights, sucra) in tables.items():
            if treatment not in place:
                continue
            known = heights[place[treatment]].tolist()
            yield RankCurve(
                treatment=treatment,
                outcome=printable(outcome),
                heights=(*known, *[float("nan")] * (ranks - len(known))),
                sucra=sucra[treatment],
            )


def _notes(
    found: Mapping[str, RankProbabilities], given: Mapping[str, Ranked], titles: Written
) -> tuple[str, ...]:
    told = []
    for name, each in found.items():
        of = f"{printable(name)}: " if name else ""
        told.append(f"{of}{each.better} {in_sentence(printable(each.label))} is better")
    text = "; ".join(told)
    own = (
        f"Rank 1 is the best. {text[:1].upper()}{text[1:]}. SUCRA: surface under the cumulative "
        "ranking curve."
    )
    remarks = [one for each in given.values() for one in getattr(each, "remarks", ())]
    return titles.footnotes([own], footnotes(remarks, intervals=False))


def _alt(areas: Areas, names: Sequence[str], *, cumulative: bool) -> str:
    what = "Cumulative rank curves" if cumulative else "Rankogram"
    told = f"{what} of {counted(len(names), 'treatment')}"
    clauses = []
    for name, each in areas.items():
        best = [
            f"{printable(treatment)} ({fixed(100 * area, 0)}%)"
            for treatment, area in islice(each.items(), TOLD)
        ]
        by = f" for {printable(name)}" if name else ""
        clauses.append(f"highest SUCRA{by}: {listed(best)}")
    return f"{told}; {'; '.join(clauses)}."
