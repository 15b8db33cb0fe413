"""LAYOUTS: how journals and programs set a forest plot, one row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from metaan.core.arrays import FrozenDict
from metaan.core.lookup import look_up
from metaan.plots.pages.theme import DEFAULT_THEME

Place: TypeAlias = Literal["under", "over"]
LineStyle: TypeAlias = Literal["solid", "dashed", "dotted", "none"]

# Names of columns that are more than a column of the effects.
ARMS, EFFECT, WEIGHT, BIAS = "arms", "effect", "weight", "bias"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A layout of a forest plot: columns, words, number formats, places and looks.

    Attributes
    ----------
    name, about : str
        Key, and one sentence.
    follows : str
        Address of the page or published figure it follows; empty for our own.
    left, right : tuple of str
        Columns at either side of the panel: "arms" (the numbers of the arms), "effect",
        "weight", "bias" (lights), or names of columns of the effects.
    label_head, effect_head, weight_head : str
        Heads; ``{measure}``, ``{label}``, ``{level}``, ``{method}`` are filled in.
    interval : str
        An effect with its limits: ``{value}``, ``{low}``, ``{high}``.
    digits : int or None
        Decimals of effects; None lets the numbers decide.
    weight : str
        A weight, ``{weight}``, with its format.
    minus : str
        The sign of negative numbers.
    leading_zero : bool
        Whether a p value below 1 has its zero.
    header, subtotal, total, prediction : str
        Labels of rows; ``{by}``, ``{name}``, ``{k}``, ``{level}``; empty leaves the row out.
    heterogeneity, test, between, model : str
        Lines under a pool; ``{q}``, ``{df}``, ``{p}``, ``{tau2}``, ``{i2}``, ``{statistic}``,
        ``{model}``; empty leaves the line out.
    axis_title, favors : str
        Whether the name of the axis and the texts of the sides stand under or over the panel.
    arrows : bool
        Whether the texts of the sides have arrows.
    null_line, total_line : str
        How no effect and the total are drawn.
    zebra : bool
        Whether every second study lies on a faint band.
    theme : str
        Row of ``THEMES``.
    colors : mapping of str to str
        Colors in place of the theme's, by role.
    """

    name: str
    about: str
    follows: str = ""
    left: tuple[str, ...] = (ARMS,)
    right: tuple[str, ...] = (EFFECT, WEIGHT)
    label_head: str = "Study"
    effect_head: str = "{measure} ({level} CI)"
    weight_head: str = "Weight"
    interval: str = "{value} ({low}, {high})"
    digits: int | None = None
    weight: str = "{weight:.1f}%"
    minus: str = "−"
    leading_zero: bool = True
    header: str = "{by}: {name}"
    subtotal: str = "Subtotal (k = {k})"
    total: str = "Total (k = {k})"
    prediction: str = "{level} prediction interval"
    heterogeneity: str = "Heterogeneity: Q = {q}, df = {df} ({p}); τ² = {tau2}; I² = {i2}%"
    test: str = ""
    between: str = "Test of subgroup differences: Q = {q}, df = {df} ({p})"
    model: str = "{model}; test of no effect {p}"
    axis_title: Place = "under"
    favors: Place = "under"
    arrows: bool = True
    null_line: LineStyle = "solid"
    total_line: LineStyle = "dotted"
    zebra: bool = False
    theme: str = DEFAULT_THEME
    colors: Mapping[str, str] = field(default_factory=FrozenDict)


PLAIN = Layout(name="plain", about="Ours: every number, no ornament.")

LAYOUTS: Mapping[str, Layout] = MappingProxyType({row.name: row for row in (PLAIN,)})
DEFAULT_LAYOUT = PLAIN.name


def find_layout(given: str | Layout | Mapping[str, Any]) -> Layout:
    """Return a layout by its key, or a caller's own."""
    if isinstance(given, Layout):
        return given
    return look_up(LAYOUTS, given, argument="layout", what="a layout")
