"""What a layout of a forest plot is: columns, words, number formats, places and looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from metaan.core.arrays import FrozenDict
from metaan.plots.pages.theme import DEFAULT_THEME, Align

Place: TypeAlias = Literal["under", "over"]
LineStyle: TypeAlias = Literal["solid", "dashed", "dotted", "none"]
ArmStyle: TypeAlias = Literal["joined", "separate"]

# Names of columns that are more than a column of the effects.
ARMS, EFFECT, WEIGHT, BIAS = "arms", "effect", "weight", "bias"
PARTICIPANTS, EVENTS, STANDARD_ERROR = "n", "events", "se"
# The other numbers of an arm.
MEAN, SD, TIME = "mean", "sd", "time"
RANDOM, COMMON = "random", "common"

# What may be filled into the words of a layout, and the keys of its mappings; kept with each
# field, so that a layout of one's own is checked before anything is drawn.
NAMES, KEYS = "names", "keys"
NUMBERS = ("value", "low", "high")
HEADS = ("measure", "label", "level", "method", "model")
HETEROGENEITY = ("q", "df", "df_subscript", "p", "tau2", "i2")


def _by(*keys: str) -> Any:
    return field(default_factory=FrozenDict, metadata={KEYS: keys})


def _words(default: str, *names: str) -> Any:
    return field(default=default, metadata={NAMES: names})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A column beside the plot, with a head of one's own.

    Attributes
    ----------
    column : str
        Name of a column of the effects, or "n", "events", "se", "weight".
    head, over : str
        Its head, and that of the group it stands in with its neighbors of the same ``over``; by
        default the name in words, and none.
    format : str
        How a value is written, e.g. ``"{:.1f} mg"``; by default numbers with the decimals they
        came with (at most two), anything else as text.
    align : str
        "left", "center" or "right"; by default words left and numbers right.

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.plots.forests.layout import Shown
    >>> effects = ma.Effects.from_arrays([0.1, 0.4], se=[0.2, 0.1], columns={"dose": [5, 12.5]})
    >>> plot = ma.forest(effects, left=["se", Shown(column="dose", head="Dose, mg")])
    >>> [column.head for column in plot.record.columns]
    ['SE', 'Dose, mg', 'Effect (95% CI)']
    """

    column: str
    head: str = ""
    over: str = ""
    format: str = ""
    align: Align | Literal[""] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A layout of a forest plot: columns, words, number formats, places and looks.

    In heads, labels of rows and lines of text, ``{name}`` is filled in; what stands in square
    brackets with a name in it is left out where the fit does not have that number, and so is a
    whole line that lacks one outside of brackets.

    Attributes
    ----------
    name, about : str
        Key, and one sentence.
    follows : str
        Address of the page or published figure it follows; empty for our own.
    left, right : tuple of str or Shown
        Columns at either side of the panel: "arms" (the numbers of the arms), "effect",
        "weight", "bias" (lights), "n" (participants), "events", "se" (analysis scale), or names
        of columns of the effects. One that a figure has no numbers for is not shown. ``left`` and
        ``right`` of `metaan.forest` replace those of a side, but for "effect", which stays where
        it is here unless they name it.
    arms : str
        Events and participants "joined" in one column ("4/123"), or in "separate" ones.
    arm_heads : mapping of str to str
        Heads of "mean", "sd", "n", "events", "time", where they are not those of "plain".
    arms_over : mapping of str to str
        By "events" or "n": what stands over the arms where each of them has one column, headed
        by the name of its arm; else the name stands over its columns.
    label_head, effect_head, weight_head : str
        Heads; ``{measure}``, ``{label}``, ``{level}``, ``{method}`` (IV), ``{model}``.
    effect_over, axis_label : str
        Over the head of the effects, and the name of the axis, whose line breaks stay; filled in
        as the heads.
    interval : str
        An effect with its limits: ``{value}``, ``{low}``, ``{high}``. Points stand under each
        other, and so do limits that are parted by a sign and a space ("[{low}, {high}]"); with a
        word or a dash between them they are set as one, flush right.
    interval_negative : str
        The same for an interval with a negative number; empty for no difference.
    digits : int or None
        Decimals of effects; None lets the numbers decide.
    per : int
        Effects that are no ratios are read per so many: 100 gives percent.
    weight : str
        A weight, ``{weight}``, with its format.
    minus, point : str
        The signs of negative numbers and of decimals.
    p : str
        A p value: ``{sign}`` (=, <, >) and ``{value}``.
    p_digits : tuple of (float, int)
        Decimals of p values below a bound, bounds rising; the first also says how small a p value
        is told.
    leading_zero : bool
        Whether a p value below 1 has its zero.
    not_estimable : str
        In place of the effect of a study that has none.
    header : str
        Head of a block of studies: ``{by}``, ``{name}``.
    subtotal, total : str
        Labels of pools: ``{k}``, ``{level}``, and the ``{name}`` of a subgroup.
    total_events : str
        Label of a row with the events of the arms under a pool; empty for none.
    prediction : str
        Label of a prediction interval: ``{level}``; empty leaves the row out.
    heterogeneity : str
        Line under a pool: ``{q}``, ``{df}``, ``{df_subscript}``, ``{p}``, ``{tau2}``, ``{i2}``.
    one_study, one_subgroup : str
        In place of a test that there is nothing for.
    test : str
        Line with the test of no effect: ``{statistic}``, ``{p}``.
    z_test, t_test : str
        Its statistic, from a normal and from a t distribution: ``{value}``, ``{df}``,
        ``{df_subscript}``.
    between : str
        Line with the test of subgroup differences: as ``heterogeneity``, without tau² and I².
    model : str
        Line with what was fitted: ``{model}``, ``{p}`` (of no effect).
    models : mapping of str to str
        What "random" and "common" are called in heads.
    axis_title, favors : str
        Whether the name of the axis and the texts of the sides stand "under" or "over" the panel.
    arrows : bool
        Whether the texts of the sides have arrows.
    null_line, total_line : str
        How no effect and the total are drawn: "solid", "dashed", "dotted" or "none".
    zebra : bool
        Whether every second study lies on a faint band.
    theme : str
        Row of ``THEMES``.
    colors : mapping of str to str
        Colors in place of the theme's, by role.
    squares : mapping of str to str
        Colors of the studies by the numbers of their arms: "mean", "events", "n".
    """

    name: str
    about: str = ""
    follows: str = ""
    left: tuple[str | Shown, ...] = (ARMS,)
    right: tuple[str | Shown, ...] = (EFFECT, WEIGHT)
    arms: ArmStyle = "joined"
    arm_heads: Mapping[str, str] = _by(MEAN, SD, PARTICIPANTS, EVENTS, TIME)
    arms_over: Mapping[str, str] = _by(EVENTS, PARTICIPANTS)
    label_head: str = _words("Study")
    effect_head: str = _words("{measure} ({level} CI)", *HEADS)
    effect_over: str = _words("", *HEADS)
    axis_label: str = _words("{label}", *HEADS)
    weight_head: str = _words("Weight")
    interval: str = _words("{value} ({low}, {high})", *NUMBERS)
    interval_negative: str = _words("", *NUMBERS)
    digits: int | None = None
    per: int = 1
    weight: str = _words("{weight:.1f}%", "weight")
    minus: str = "−"
    point: str = "."
    p: str = _words("p {sign} {value}", "sign", "value")
    p_digits: tuple[tuple[float, int], ...] = ((0.1, 3), (1.0, 2))
    leading_zero: bool = True
    not_estimable: str = _words("not estimable")
    header: str = _words("{by}: {name}", "by", "name")
    subtotal: str = _words("Subtotal (k = {k})", "k", "level", "name")
    total: str = _words("Total (k = {k})", "k", "level")
    total_events: str = _words("")
    prediction: str = _words("{level} prediction interval", "level")
    heterogeneity: str = _words(
        "Heterogeneity: Q = {q}, df = {df} ({p})[; τ² = {tau2}][; I² = {i2}%]", *HETEROGENEITY
    )
    one_study: str = _words("Heterogeneity: not defined for one study")
    test: str = _words("", "statistic", "p")
    z_test: str = _words("z = {value}", "value")
    t_test: str = _words("t = {value}, df = {df}", "value", "df", "df_subscript")
    between: str = _words(
        "Test for subgroup differences: Q = {q}, df = {df}, {p}", "q", "df", "df_subscript", "p"
    )
    one_subgroup: str = _words("Test for subgroup differences: none, for there is one subgroup")
    model: str = _words("{model}[; test of no effect {p}]", "model", "p")
    models: Mapping[str, str] = _by(RANDOM, COMMON)
    axis_title: Place = "under"
    favors: Place = "under"
    arrows: bool = True
    null_line: LineStyle = "solid"
    total_line: LineStyle = "dotted"
    zebra: bool = False
    theme: str = DEFAULT_THEME
    colors: Mapping[str, str] = field(default_factory=FrozenDict)
    squares: Mapping[str, str] = _by(MEAN, EVENTS, PARTICIPANTS)
