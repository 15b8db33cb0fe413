"""From measures of influence to the record of their figure: a panel for each; no matplotlib."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.counts_fit import CountsFit
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.lookup import look_up
from metaan.core.numbers import counted, listed
from metaan.core.refit_words import numbered
from metaan.core.regression_fit import RegressionFit
from metaan.core.scale import IDENTITY
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.influence.influence import influence
from metaan.diagnostics.influence.record import Influence
from metaan.diagnostics.influence.words import cutoff_words
from metaan.plots.forests.footnotes import footnotes
from metaan.plots.forests.wording import clean
from metaan.plots.pages.texts import Texts, written
from metaan.plots.pages.ticks import nice_ticks

if TYPE_CHECKING:
    import pandas as pd

VERB = "influence_plot"
MOST_ROWS = 100  # studies that are shown; of more, those with the largest Cook's distances
FAR = 4.0  # times the largest value: a cut-off beyond that would squeeze the points
PAD = 0.06  # of a panel, on either side
NAMED = 6  # influential studies that the description names
BOTH = -1.0, 1.0
OUTER = 1.959963984540054  # where 95% of normal deviates lie within


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A row of ``PANELS``: how a measure is shown.

    Attributes
    ----------
    key, head : str
        Attribute of ``Influence``, and what stands over its panel.
    sides : tuple of float
        Signs of the cut-offs that are drawn; empty for a measure without.
    base : float
        Where nothing happens; NaN for the value of all studies.
    """

    key: str
    head: str
    sides: tuple[float, ...] = ()
    base: float = 0.0


_ROWS = (
    Panel(key="studentized", head="Studentized", sides=BOTH),
    Panel(key="dffits", head="DFFITS", sides=BOTH),
    Panel(key="cook", head="Cook's distance", sides=(1.0,)),
    Panel(key="covariance_ratio", head="Covariance ratio", base=1.0),
    Panel(key="tau2", head="τ² without", base=math.nan),
    Panel(key="q", head="Q without", base=math.nan),
    Panel(key="hat", head="Hat value", sides=(1.0,)),
    Panel(key="weight", head="Weight (%)"),
    Panel(key="dfbetas", head="DFBETAS", sides=BOTH),
)
PANELS: Mapping[str, Panel] = {row.key: row for row in _ROWS}
STUDENTIZED, _, _, _, TAU2, _, _, _, DFBETAS = PANELS
DEFAULT = tuple(key for key in PANELS if key not in ("weight", DFBETAS))


@dataclass(frozen=True, slots=True, kw_only=True)
class InfluencePanel:
    """One measure of all studies.

    Attributes
    ----------
    key, head : str
        Row of ``PANELS``, and what stands over it.
    values : tuple of float
        One for each study that is shown; NaN where there is none.
    flagged : tuple of bool
        Which of them are beyond its cut-off.
    low, high : float
        Ends of its axis.
    ticks, tick_labels : tuple
        Of the axis.
    base : float
        Where nothing happens: 0, 1, or the value of all studies.
    cutoffs : tuple of float
        Those that are drawn.
    """

    key: str
    head: str
    values: tuple[float, ...]
    flagged: tuple[bool, ...]
    low: float
    high: float
    ticks: tuple[float, ...]
    tick_labels: tuple[str, ...]
    base: float
    cutoffs: tuple[float, ...]

    def share(self, value: float) -> float:
        """Return where a value lies between the ends, 0 to 1."""
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True, slots=True, kw_only=True)
class InfluencePanels:
    """What a figure of influence shows, as numbers and strings.

    Attributes
    ----------
    study : tuple of str
        Studies or clusters, from the top.
    influential : tuple of bool
        Which of them are, by any rule.
    panels : tuple of InfluencePanel
        Measures, from the left.
    title, subtitle : str
        Above the figure; may be empty.
    notes : tuple of str
        Footnotes.
    alt : str
        The figure in one sentence, for readers who cannot see it.
    """

    study: tuple[str, ...]
    influential: tuple[bool, ...]
    panels: tuple[InfluencePanel, ...]
    title: str
    subtitle: str
    notes: tuple[str, ...]
    alt: str

    def to_frame(self) -> pd.DataFrame:
        """Return one line per study: its measures, and whether it is influential."""
        import pandas as pd

        measures: dict[str, Any] = {panel.head: panel.values for panel in self.panels}
        return pd.DataFrame({"study": self.study, **measures, "influential": self.influential})


def influence_panels(
    fit: PooledFit | RegressionFit | SubgroupFit | Influence,
    *,
    by: str | None = None,
    measures: Sequence[str] | None = None,
    **texts: Unpack[Texts],
) -> InfluencePanels:
    """Return the record of a figure of influence: every number and string that will be drawn.

    Parameters
    ----------
    fit, by, measures, **texts
        See `metaan.influence_plot`.

    Raises
    ------
    InputError
        See `metaan.influence_plot`.
    """
    titles = written(texts, verb=VERB, of=influence_panels)
    found = measured(fit, by, VERB)
    shown = _shown(found)
    panels = tuple(
        panel for key in _asked(found, measures) for panel in _panels_of(found, PANELS[key], shown)
    )
    flags, label = found.influential, numbered(found.label)
    return InfluencePanels(
        study=tuple(clean(label[i]) for i in shown),
        influential=tuple(bool(flags[i]) for i in shown),
        panels=panels,
        title=titles.title,
        subtitle=titles.subtitle,
        notes=titles.footnotes(_notes(found, panels, len(shown)), remarks_of(found)),
        alt=_alt(found),
    )


def remarks_of(found: Influence) -> tuple[str, ...]:
    """Return what is remarked on the measures as footnotes."""
    return footnotes(map(clean, found.remarks))


def measured(
    fit: PooledFit | RegressionFit | SubgroupFit | Influence, by: str | None, verb: str
) -> Influence:
    """Return the measures of a fit; they may be given themselves.

    Raises
    ------
    InputError
        If it is neither, or clusters are asked for of measures that are made already.
    """
    if isinstance(fit, Influence):
        if by is not None:
            raise InputError(
                f"by={by!r} belongs to the measures: give them as influence(fit, by={by!r})"
            )
        return fit
    if not isinstance(fit, PooledFit | RegressionFit | SubgroupFit | CountsFit):
        raise InputError(
            f"{verb} draws a fit, as pool(effects) or regress(effects, formula) gives it, or "
            f"influence(fit); got {type(fit).__name__}"
        )
    return influence(fit, by=by)


def _asked(found: Influence, measures: Sequence[str] | None) -> tuple[str, ...]:
    if measures is None:
        keys = [key for key in DEFAULT if key != TAU2 or found.fit.tau2_method]
        return (*keys, DFBETAS) if len(found.names) > 1 else tuple(keys)
    if isinstance(measures, str) or not measures:
        raise InputError(
            f"measures must be a sequence of some of {', '.join(PANELS)}; got {measures!r}"
        )
    for key in measures:
        look_up(PANELS, key, argument="measures", what="a measure")
    return tuple(dict.fromkeys(measures))


def _shown(found: Influence) -> list[int]:
    """Return the studies that are shown, in their order."""
    if len(found) <= MOST_ROWS:
        return list(range(len(found)))
    largest = np.argsort(-np.nan_to_num(found.cook, nan=np.inf), kind="stable")
    return sorted(largest[:MOST_ROWS].tolist())


def _panels_of(found: Influence, row: Panel, shown: list[int]) -> list[InfluencePanel]:
    """Return the panel of a measure, or one for each coefficient."""
    values = np.asarray(getattr(found, row.key))
    if row.key != DFBETAS:
        return [_panel(found, row, row.head, values[shown])]
    one = len(found.names) == 1
    return [
        _panel(found, row, row.head if one else f"{row.head}: {clean(name)}", values[shown, j])
        for j, name in enumerate(found.names)
    ]


def _panel(found: Influence, row: Panel, head: str, values: Floats) -> InfluencePanel:
    limit = OUTER if row.key == STUDENTIZED else found.cutoffs.get(row.key, math.inf)
    if row.key == STUDENTIZED and found.by:
        limit = math.inf  # each cluster has a limit of its own
    base = row.base
    if math.isnan(base):
        base = found.fit.tau2 if row.key == TAU2 else found.fit.heterogeneity.q
    known = values[np.isfinite(values)]
    reach = float(np.max(np.abs(known), initial=0.0))
    cutoffs = tuple(side * limit for side in row.sides if limit <= FAR * reach)
    ends = [*known.tolist(), base, *cutoffs]
    low, high = min(ends), max(ends)
    pad = PAD * (high - low) or PAD * max(abs(high), 1.0)
    low, high = low - pad, high + pad
    ticks, labels = nice_ticks(low, high, IDENTITY)
    flagged = np.abs(values) > limit if row.sides else np.zeros(len(values), dtype=bool)
    return InfluencePanel(
        key=row.key,
        head=head,
        values=tuple(values.tolist()),
        flagged=tuple(bool(each) for each in flagged),
        low=low,
        high=high,
        ticks=ticks,
        tick_labels=labels,
        base=base,
        cutoffs=cutoffs,
    )


def _notes(found: Influence, panels: Sequence[InfluencePanel], shown: int) -> tuple[str, ...]:
    what = "clusters" if found.by else "studies"
    told = [
        "Bold: influential by a rule of Viechtbauer & Cheung 2010 "
        f"({cutoff_words(found, rules=False)}).",
        "Dashed: cut-offs; points beyond them are filled. Stems start where nothing changes.",
    ]
    if any(panel.key == STUDENTIZED and panel.cutoffs for panel in panels):
        told.append("Studentized: 95% of the studies are expected within ±1.96, which is no rule.")
    if any(
        PANELS[panel.key].sides and not panel.cutoffs and np.isfinite(panel.values).any()
        for panel in panels
    ):
        told.append("Cut-offs that are not drawn lie far beyond the points.")
    empty = [panel.head for panel in panels if not np.isfinite(panel.values).any()]
    if empty:
        told.append(f"Not defined for any of the {what}, and empty: {listed(empty)}.")
    if shown < len(found):
        told.append(f"{shown} of {len(found)} {what} shown: the largest Cook's distances.")
    return tuple(told)


def _alt(found: Influence) -> str:
    """Return the figure in one sentence."""
    what = ("cluster", "clusters") if found.by else ("study", "studies")
    told = f"Measures of influence of {counted(len(found), *what)}"
    label = numbered(found.label)
    flagged = [clean(label[i]) for i in np.flatnonzero(found.influential).tolist()]
    if not flagged:
        return f"{told}; none is influential."
    more = len(flagged) - NAMED
    names = [*flagged[:NAMED], f"{more} others"] if more > 1 else flagged
    return f"{told}; influential: {listed(names)}."
