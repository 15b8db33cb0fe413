"""Which area of a drawn figure belongs to which trail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from metaan.plots.charts.drapery_record import DraperyCurves
from metaan.plots.charts.funnel_record import FunnelPoints
from metaan.plots.charts.radial_record import RadialPoints
from metaan.plots.diagnostics.baujat_record import BaujatPoints
from metaan.plots.diagnostics.influence_panels import InfluencePanels
from metaan.plots.diagnostics.sunset_record import SunsetPoints
from metaan.plots.forests.record import TRACED, ForestRows
from metaan.plots.pages.targets import target_name
from metaan.report.drawing.writing import Record, Records
from metaan.report.results.trail_record import Trail


def study_marks(pages: Records, trails: Sequence[Trail]) -> dict[str, str]:
    """Return the key of the trail of each area that a study or a published result has.

    Row ids decide; labels where a figure has no others.
    """
    by_row = {row.row_id: trail.key for trail in trails for row in trail.rows}
    by_label = {trail.label: trail.key for trail in trails}
    found = {}
    for place, (label, rows) in enumerate(mark for page in pages for mark in _marks(page)):
        keys = [by_row[row] for row in rows if row in by_row] or [by_label.get(label, "")]
        if keys[0]:
            found[target_name(place)] = keys[0]
    return found


def _marks(record: Record) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield label and row ids of what has an area, in the order in which it is drawn."""
    if isinstance(record, ForestRows):
        yield from ((row.label, row.rows) for row in record.rows if row.kind in TRACED)
    elif isinstance(record, (FunnelPoints, SunsetPoints)):
        yield from ((each.study, each.rows) for each in record.points if each.kind == "study")
    elif isinstance(record, RadialPoints):
        yield from ((each.study, each.rows) for each in record.points)
    elif isinstance(record, BaujatPoints):
        yield from ((each.study, ()) for each in record.points)
    elif isinstance(record, DraperyCurves):
        yield from ((curve.name, ()) for curve in record.studies)
    elif isinstance(record, InfluencePanels):
        yield from ((label, ()) for label in record.study)
