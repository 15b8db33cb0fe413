"""From results to what is drawn: the records of every figure."""

from __future__ import annotations

from typing import Any

from metaan.core.errors import InputError
from metaan.plots.forests.rows import forest_rows
from metaan.plots.pages.plot import Plot
from metaan.report.drawing.network_drawing import network_record, nothing_of_network
from metaan.report.drawing.writing import Records, draw_records
from metaan.report.results.network_recipes import NetworkResult
from metaan.report.results.recipes import AnyResult, Result


def nothing_to_draw(result: AnyResult) -> str:
    """Return why there is nothing to draw; empty if there is a trial or a published result."""
    if isinstance(result, NetworkResult):
        return nothing_of_network(result)
    there = result.effects is not None or result.pools
    return "" if there else "no trial on file and no published result can be shown"


def records(result: AnyResult) -> Records:
    """Return every number and string of a result's figure; several records for an umbrella.

    Raises
    ------
    InputError
        If there is neither a trial nor a published result; the text says what is missing.
    """
    if isinstance(result, NetworkResult):
        return (network_record(result),)
    if nothing_to_draw(result):
        reasons = "; ".join(f"{item.study}: {item.reason}" for item in result.missing)
        raise InputError(f"{result.title}: there is nothing to draw. {reasons}")
    if result.panels:
        return _umbrella(result)
    own = result.effects is not None
    rows = forest_rows(
        result.fit or result.effects or result.published,
        title=result.title,
        subtitle=result.subtitle,
        published=result.published if own else (),
        favors=_favors(result),
        notes=result.notes,
    )
    return (rows,)


def _umbrella(result: Result) -> Records:
    """Return one record per panel: the figure's title over the first, its notes under the last."""
    panels = [(name, groups) for name, groups in result.panels.items() if groups]
    last = len(panels) - 1
    return tuple(
        forest_rows(
            groups,
            title=result.title if i == 0 else name,
            subtitle=f"{result.subtitle}. {name}" if i == 0 else "",
            favors=_favors(result),
            notes=result.notes if i == last else (),
        )
        for i, (name, groups) in enumerate(panels)
    )


def _favors(result: Result) -> tuple[str, str] | None:
    return (result.spec.favors[0], result.spec.favors[1]) if result.spec.favors else None


def draw(result: AnyResult) -> Plot[Any]:
    """Return the figure of a result; raises as ``records`` does."""
    return draw_records(records(result))
