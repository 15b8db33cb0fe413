"""LAYOUTS: how journals and programs set a forest plot, one row each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from metaan.core.arrays import FrozenDict
from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.plots.forests.layout import ARMS as ARMS
from metaan.plots.forests.layout import BIAS as BIAS
from metaan.plots.forests.layout import COMMON, EVENTS, MEAN, PARTICIPANTS, RANDOM, TIME
from metaan.plots.forests.layout import EFFECT as EFFECT
from metaan.plots.forests.layout import WEIGHT as WEIGHT
from metaan.plots.forests.layout import Layout as Layout
from metaan.plots.forests.own_layout import TOML, checked, layout_from, layout_in

# What a page does not show is not claimed: weights, subgroups and prediction intervals follow the
# rest of the row. P values have the decimals of "plain" unless the page says otherwise.
PLAIN = Layout(name="plain", about="Ours: every number, no ornament.")

REVMAN = Layout(
    name="RevMan",
    about="Cochrane's Review Manager 5: all columns at the left, black diamonds, both tests.",
    # The page lists what the layout changes; the lines of text are those of metafor's example of
    # the style (metafor-project.org, plots:forest_plot_revman) as others quote it. Colors: ours.
    follows="https://rdrr.io/cran/meta/man/forest.meta.html",
    left=(ARMS, WEIGHT, EFFECT),
    right=(BIAS,),
    arms="separate",
    arm_heads=FrozenDict({PARTICIPANTS: "Total", TIME: "Time"}),
    label_head="Study or Subgroup",
    effect_over="{label}",
    effect_head="[{method}, ][{model}, ]{level} CI",
    axis_label="{label}\n[{method}, ][{model}, ]{level} CI",
    interval="{value} [{low}, {high}]",
    p="P {sign} {value}",
    not_estimable="Not estimable",
    header="{name}",
    subtotal="Subtotal ({level} CI)",
    total="Total ({level} CI)",
    total_events="Total events",
    heterogeneity=("Heterogeneity: [Tau² = {tau2}; ]Chi² = {q}, df = {df} ({p})[; I² = {i2}%]"),
    one_study="Heterogeneity: Not applicable",
    test="Test for overall effect: {statistic} ({p})",
    z_test="Z = {value}",
    t_test="T = {value}, df = {df}",
    between="Test for subgroup differences: Chi² = {q}, df = {df} ({p})",
    one_subgroup="Test for subgroup differences: Not applicable",
    model="",
    models=FrozenDict({RANDOM: "Random", COMMON: "Fixed"}),
    axis_title="over",
    arrows=False,
    total_line="none",
    colors=FrozenDict({"ours": "#000000", "study": "#c00000", "prediction": "#d0d0d0"}),
    squares=FrozenDict({EVENTS: "#2f5fd0", MEAN: "#00a050"}),
)

BMJ = Layout(
    name="BMJ",
    about='The British Medical Journal: events over totals, limits with "to", violet marks.',
    follows="https://www.metafor-project.org/doku.php/plots:forest_plot_bmj",
    arms_over=FrozenDict({EVENTS: "No of events / total", PARTICIPANTS: "No of participants"}),
    right=(WEIGHT, EFFECT),
    label_head="Study or subgroup",
    effect_head="{label}[, {method}][, {model}] ({level} CI)",
    axis_label="{label}[, {method}][, {model}] ({level} CI)",
    weight_head="Weight (%)",
    weight="{weight:.1f}",
    interval="{value} ({low} to {high})",
    minus="-",
    p="P{sign}{value}",
    header="{name}",
    subtotal="Subtotal ({level} CI)",
    total="Total ({level} CI)",
    heterogeneity="Test for heterogeneity: [τ²={tau2}; ]χ²={q}, df={df}, {p}[; I²={i2}%]",
    one_study="Test for heterogeneity: not applicable",
    test="Test for overall effect: {statistic}, {p}",
    z_test="z={value}",
    t_test="t={value}, df={df}",
    between="Test for subgroup differences: χ²={q}, df={df}, {p}",
    one_subgroup="Test for subgroup differences: not applicable",
    model="",
    models=FrozenDict({COMMON: "fixed"}),
    axis_title="over",
    arrows=False,
    total_line="dashed",
    colors=FrozenDict(
        {"ours": "#6b58a6", "study": "#6b58a6", "prediction": "#d8d2ea", "rule": "#a7a9ac"}
    ),
)

JAMA = Layout(
    name="JAMA",
    about="JAMA: sides over the panel, no tau², P without a leading zero, blue marks.",
    follows="https://rdrr.io/cran/meta/man/forest.meta.html",
    left=(ARMS, EFFECT),
    right=(WEIGHT,),
    arm_heads=FrozenDict({PARTICIPANTS: "No."}),
    arms_over=FrozenDict({EVENTS: "No. of events/total"}),
    label_head="Source",
    axis_label="{label} ({level} CI)",
    weight_head="Weight, %",
    weight="{weight:.1f}",
    interval="{value} ({low}-{high})",
    interval_negative="{value} ({low} to {high})",
    p="P {sign} {value}",
    p_digits=((0.01, 3), (1.0, 2)),
    leading_zero=False,
    header="{name}",
    subtotal="Subtotal ({level} CI)",
    total="Total ({level} CI)",
    heterogeneity="Heterogeneity: χ²{df_subscript} = {q} ({p})[, I² = {i2}%]",
    one_study="Heterogeneity: not applicable",
    test="Test for overall effect: {statistic} ({p})",
    z_test="z = {value}",
    t_test="t{df_subscript} = {value}",
    between="Test for subgroup differences: χ²{df_subscript} = {q} ({p})",
    one_subgroup="Test for subgroup differences: not applicable",
    model="",
    favors="over",
    arrows=False,
    colors=FrozenDict({"study": "#1f3f7a", "ours": "#8fb8de", "prediction": "#dce9f5"}),
)

LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {row.name: row for row in (PLAIN, REVMAN, BMJ, JAMA)}
)
DEFAULT_LAYOUT = PLAIN.name


def find_layout(given: str | Path | Layout | Mapping[str, Any]) -> Layout:
    """Return a layout by its key, or a caller's own.

    Parameters
    ----------
    given : str, Path, Layout or mapping
        Row of ``LAYOUTS``; a layout; a mapping of some of its fields, with ``based_on``, a row
        (default "plain"), for the others; or the path of a ``.toml`` file with such a mapping.

    Raises
    ------
    ChoiceError
        If there is no such row.
    DataError
        If fields of a layout, a mapping or a file are wrong; it names every one of them.

    Examples
    --------
    >>> from metaan.plots.forests.layouts import find_layout
    >>> own = find_layout({"based_on": "BMJ", "minus": "−", "right": ["effect"]})
    >>> own.interval, own.minus, own.right
    ('{value} ({low} to {high})', '−', ('effect',))
    """
    if isinstance(given, Layout):
        return given if given is LAYOUTS.get(given.name) else checked(given)
    if isinstance(given, Mapping):
        return layout_from(given, LAYOUTS, base=DEFAULT_LAYOUT)
    if isinstance(given, Path) or (isinstance(given, str) and given.endswith(TOML)):
        return layout_in(Path(given), LAYOUTS, base=DEFAULT_LAYOUT)
    if not isinstance(given, str):
        raise InputError(
            "layout must be a name, a Layout, a mapping of its fields or the path of a .toml "
            f"file; got {type(given).__name__}"
        )
    return look_up(LAYOUTS, given, argument="layout", what="a layout")
