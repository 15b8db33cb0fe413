"""FIGURES: what can stand beside the forest plot of a pool, and which question each answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from metaan.core.fit import PooledFit
from metaan.diagnostics.leaving_out import leave_one_out
from metaan.plots.charts.drapery_record import DraperyCurves, drapery_curves
from metaan.plots.charts.funnel_points import funnel_points
from metaan.plots.charts.funnel_record import FunnelPoints
from metaan.plots.charts.radial_points import radial_points
from metaan.plots.charts.radial_record import RadialPoints
from metaan.plots.diagnostics.baujat_points import baujat_points
from metaan.plots.diagnostics.baujat_record import BaujatPoints
from metaan.plots.diagnostics.gosh_points import gosh_points
from metaan.plots.diagnostics.gosh_record import GoshPoints
from metaan.plots.diagnostics.influence_panels import InfluencePanels, influence_panels
from metaan.plots.diagnostics.specification_record import SpecificationCurve
from metaan.plots.diagnostics.sunset_points import sunset_points
from metaan.plots.diagnostics.sunset_record import SunsetPoints
from metaan.plots.forests.record import ForestRows
from metaan.plots.forests.rows import forest_rows

DiagnosticRecord = (
    ForestRows
    | InfluencePanels
    | FunnelPoints
    | GoshPoints
    | BaujatPoints
    | RadialPoints
    | DraperyCurves
    | SunsetPoints
    | SpecificationCurve
)
CONTOURS = (0.90, 0.95, 0.99)
FEWEST_LEFT, FEWEST_SUBSETS, MOST_SUBSETS = 3, 5, 15  # studies


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A row of ``FIGURES``: a figure beside a pool.

    Attributes
    ----------
    key : str
        What a declaration calls it, and the end of its name.
    question : str
        What it answers.
    heading : str
        What its title goes on with.
    fewest, most : int
        Studies from which on, and up to which, it says something.
    record : callable or None
        ``record(fit, title) -> record``; None for the one that needs all the evidence, which the
        report makes itself.
    """

    key: str
    question: str
    heading: str
    fewest: int
    most: int = 10**9
    record: Callable[[PooledFit, str], DiagnosticRecord] | None = None


def _left_out(fit: PooledFit, title: str) -> DiagnosticRecord:
    return forest_rows(leave_one_out(fit), title=title)


def _influence(fit: PooledFit, title: str) -> DiagnosticRecord:
    return influence_panels(fit, title=title)


def _funnel(fit: PooledFit, title: str) -> DiagnosticRecord:
    return funnel_points(fit, contours=CONTOURS, title=title)


def _subsets(fit: PooledFit, title: str) -> DiagnosticRecord:
    return gosh_points(fit, title=title)


def _baujat(fit: PooledFit, title: str) -> DiagnosticRecord:
    return baujat_points(fit, title=title)


def _radial(fit: PooledFit, title: str) -> DiagnosticRecord:
    return radial_points(fit, title=title)


def _drapery(fit: PooledFit, title: str) -> DiagnosticRecord:
    return drapery_curves(fit, title=title)


def _sunset(fit: PooledFit, title: str) -> DiagnosticRecord:
    return sunset_points(fit, title=title)


_ROWS = (
    Figure(
        key="left_out",
        question="Does the conclusion rest on one study?",
        heading="each study left out",
        fewest=FEWEST_LEFT,
        record=_left_out,
    ),
    Figure(
        key="influence",
        question="Which study moves the result, and in what?",
        heading="influence of each study",
        fewest=FEWEST_LEFT,
        record=_influence,
    ),
    Figure(
        key="funnel",
        question="Do small studies show other effects than large ones?",
        heading="funnel",
        fewest=FEWEST_LEFT,
        record=_funnel,
    ),
    Figure(
        key="subsets",
        question="Do subsets of the studies disagree?",
        heading="every subset of the studies",
        fewest=FEWEST_SUBSETS,
        most=MOST_SUBSETS,
        record=_subsets,
    ),
    Figure(
        key="baujat",
        question="Which studies bring the heterogeneity, and do they move the result?",
        heading="heterogeneity and influence",
        fewest=FEWEST_LEFT,
        record=_baujat,
    ),
    Figure(
        key="radial",
        question="Does a study lie apart, for how precise it is?",
        heading="radial plot",
        fewest=FEWEST_LEFT,
        record=_radial,
    ),
    Figure(
        key="drapery",
        question="What are the intervals at other levels of confidence?",
        heading="intervals at every level",
        fewest=FEWEST_LEFT,
        record=_drapery,
    ),
    Figure(
        key="power",
        question="Which effects could the studies have found?",
        heading="power of the studies",
        fewest=FEWEST_LEFT,
        record=_sunset,
    ),
    Figure(
        key="specifications",
        question="Does the result depend on choices that others would make otherwise?",
        heading="every defensible choice",
        fewest=2,
    ),
)
FIGURES: Mapping[str, Figure] = MappingProxyType({row.key: row for row in _ROWS})
LEFT_OUT, INFLUENCE, FUNNEL, SUBSETS, *_, SPECIFICATIONS = FIGURES
DEFAULT_FIGURES = (LEFT_OUT, INFLUENCE, FUNNEL, SUBSETS)
