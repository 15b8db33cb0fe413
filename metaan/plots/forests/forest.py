"""The forest plot: studies, pools and published results on one axis, with their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

from matplotlib.axes import Axes

from metaan.plots.forests.layouts import DEFAULT_LAYOUT, Layout
from metaan.plots.forests.options import Options
from metaan.plots.forests.panel import draw_panel
from metaan.plots.forests.placing import forest_page
from metaan.plots.forests.published import Pools
from metaan.plots.forests.record import ForestRows
from metaan.plots.forests.rows import Subject, forest_rows, remarks_of
from metaan.plots.pages.page import open_page
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.theme import find_theme


def forest(
    fit: Subject,
    *,
    title: str = "",
    subtitle: str = "",
    published: Pools = (),
    favors: tuple[str, str] | None = None,
    notes: str | Sequence[str] | None = None,
    layout: str | Path | Layout | Mapping[str, Any] = DEFAULT_LAYOUT,
    ax: Axes | None = None,
    **options: Unpack[Options],
) -> Plot[ForestRows]:
    """Return a forest plot.

    Parameters
    ----------
    fit : PooledFit, SubgroupFit, any other fit, Refits, Effects, or published pools
        What to show, of k studies:

        - ``PooledFit`` (`pool`): the studies, their pool, its prediction interval and
          heterogeneity.
        - ``SubgroupFit`` (`subgroups`): a block per subgroup with its own pool, then the total
          and the test between them; weights are those of the total.
        - ``CountsFit`` (`mantel_haenszel`, `peto`): as a pool; a study without events has a row
          but no mark. Of the tests that the fit has, the one that belongs to the method is told.
        - ``GlmmFit`` (`glmm`): as a pool; squares show inverse variances, without percents.
        - ``RegressionFit`` (`regress`): each study over what the model expects of it; no total.
        - ``RobustFit`` (`robust`): the pool or regression, with its robust limits.
        - ``Refits`` (`leave_one_out`, `cumulative`): a pool per row, all studies together last.
        - ``NetworkFit``, ``SparseNetworkFit`` (`network`, `sparse_network`): every treatment
          against the reference (or ``reference=`` another), with P-scores if ``better=`` says
          which effects are, and prediction intervals if ``prediction=True``.
        - ``ComponentFit`` (`network_components`): the effects of components, with
          ``show="treatments"`` every treatment against the reference.
        - ``NetworkRegressionFit`` (`network_regress`): every treatment against the reference at
          the value of the covariate (``fit.at(value)`` moves it), with ``show="slopes"`` how the
          effects change with it.
        - ``NetworkSubgroupFit`` (`network_subgroups`): each treatment in each level and in all
          studies, with the test of its interaction.
        - ``NetworkRefits`` (``net.leave_one_out()``): the effect of one ``treatment=`` against
          the reference without each study; with all studies last.
        - ``NodeSplits``, ``Inconsistency`` (``net.node_splits()``, ``net.inconsistency()``):
          direct, indirect and all evidence of each comparison that has both kinds.
        - ``Effects``: the studies alone, no pool, squares by inverse variance.
        - Published pools (a sequence, or a mapping of headers to sequences): an umbrella of
          results as printed, grouped by comparison and outcome unless headers do it; all of one
          measure.
    title, subtitle : str
        Above the figure, flush left; long ones are broken into lines.
    published : sequence of PublishedPool
        Reviews' results to stand under ours, in another color; their numbers are on the reading
        scale and drawn as printed. The caller sees to it that they are of the same measure.
    favors : tuple of str, optional
        Texts for the sides left and right of no effect, e.g. ("Favors acupuncture",
        "Favors sham").
    notes : sequence of str, optional
        Footnotes, each on its own line or lines; by default the remarks of the fit and of its
        effects (corrections of zero cells, figures carried between scales, cautions). What a
        program's pages do not say stays in ``print(fit)``.
    layout : str, Path, Layout or mapping
        Row of ``LAYOUTS`` ("plain", "RevMan", "BMJ", "JAMA"), or a layout of one's own: a record,
        a mapping of what differs (``based_on`` names the row it starts from), or the path of a
        ``.toml`` file with such a mapping.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own. Width and height are
        then the caller's: the page is scaled down (never up) to fit both.
    **options
        Described in `metaan.plots.forests.options.Options`; every one may be left out:

        - ``theme``: "light", "dark" or "gray"; by default the layout's own.
        - ``left``, ``right``: columns at either side: "arms", "effect", "weight", "bias", "n",
          "events", "se", "fitted" (of a regression), "k", "tau2", "i2", "p" (of refits), columns
          of the effects, or `Shown` with a head and a format of its own. They stand in place of
          the layout's columns at that side; "effect" keeps its place if neither side names it.
        - ``names``: what columns of the effects are called, {"alloc": "Method of allocation"}.
        - ``digits``: decimals of the effects.
        - ``axis``, ``ticks``: ends and ticks of the axis, reading scale.
        - ``important``: minimal important difference, reading scale: one number or two ends.
        - ``order``: "effect", "weight", "fitted", a column ("-year": largest first), or all
          studies by label or by place from 0.
        - ``color``, ``marker``: columns that give colors and markers, with a legend.
        - ``bias``: judgments of `risk_of_bias`, as lights beside the rows.
        - ``models``: the same studies pooled in other ways, by the names of their rows.
        - ``better``: of a network, "lower" or "higher" effects; ``reference``: which treatment
          the others are shown against; ``show``: "components", "treatments" or "slopes";
          ``treatment``: whose effect is shown without each study; ``p_below``: of node splits,
          the level below which p must be.
        - ``prediction``: False to leave out the prediction interval.
        - ``subgroup_prediction``: True for the prediction interval of each subgroup.

    Returns
    -------
    Plot
        ``.save(path)``, ``.record`` (every number and string), ``.data`` (a DataFrame),
        ``.figure``, ``.axes`` (analysis scale across, points from the top of the page down).

    Raises
    ------
    InputError
        If there is nothing to draw, ``fit`` is none of the above, a text is none, published pools
        of different measures would share one axis, a published ratio is negative, ``ax`` are no
        axes, or an option does not fit (an axis that shows none of the results, a ratio of 0 on
        it, judgments of other studies, models of others).
    ChoiceError
        If a layout, a theme, an option or a column does not exist.
    DataError
        If fields of a layout of one's own are wrong.

    Notes
    -----
    Effects have the same decimals in every row: two for ratios, else as many as show the largest
    effect to three digits, and more where the pool's interval would look empty. A ratio that
    they would show as 0.00 is written with its first digit.

    Marks have areas in proportion to the weights; the smallest may be hardly more than a dot,
    their whiskers show where they are. Intervals that run over the axis are cut, with an arrow; a
    footnote says how many points lie beyond it. A limit or a point that a review does not print
    is "not reported": half a diamond is drawn for one limit, a capped line for limits without a
    point. The colors of a layout belong to its theme; another one is taken as it is.

    Examples
    --------
    Made-up numbers, to show the call:

    >>> import metaan as ma
    >>> effects = ma.Effects.from_arrays([-0.9, -1.6], se=[0.57, 0.44], scale="log", label="RR")
    >>> plot = ma.forest(effects, title="Two trials", favors=("Favors vaccine", "Favors none"))
    >>> plot.record.rows[0].effect_text
    '0.41 (0.13, 1.24)'

    With an axis from 0.1 to 2, and ratios between 0.8 and 1.25 too small to matter:

    >>> plot = ma.forest(effects, axis=(0.1, 2), important=0.8, theme="dark")
    >>> plot.record.axis.tick_labels, plot.record.legend[0].label
    (('0.125', '0.25', '0.5', '1', '2'), 'Too small to matter (0.8 to 1.25)')

    As a journal sets it, and a layout of one's own that differs from a journal's:

    >>> ma.forest(effects, layout="BMJ").record.rows[0].effect_text
    '0.41 (0.13 to 1.24)'
    >>> own = {"based_on": "JAMA", "digits": 1, "total": "All {k} trials"}
    >>> plot = ma.forest(ma.pool(effects), layout=own)
    >>> plot.record.rows[2].label, plot.record.rows[0].effect_text
    ('All 2 trials', '0.4 (0.1-1.2)')

    Columns of the data at either side, with heads of their own:

    >>> more = {"year": [1948, 1953], "dose": [5, 12.5]}
    >>> effects = ma.Effects.from_arrays(
    ...     [-0.9, -1.6], se=[0.57, 0.44], scale="log", label="RR", columns=more
    ... )
    >>> plot = ma.forest(
    ...     effects,
    ...     left=["year", ma.Shown(column="dose", head="Dose", format="{:.1f} mg")],
    ...     right=["effect", "se"],
    ...     order="-year",
    ...     names={"year": "Published in"},
    ... )
    >>> [column.head for column in plot.record.columns]
    ['Published in', 'Dose', 'RR (95% CI)', 'SE']

    A second model of the same studies under the total:

    >>> fixed = ma.pool(effects, model="common")
    >>> plot = ma.forest(ma.pool(effects), models={"Common effect": fixed})
    >>> [row.label for row in plot.record.rows if row.kind in ("total", "model")]
    ['Total (k = 2)', 'Common effect']
    """
    record = forest_rows(
        fit,
        title=title,
        subtitle=subtitle,
        published=published,
        favors=favors,
        notes=remarks_of(fit) if notes is None else notes,
        layout=layout,
        **options,
    )
    return draw_forest(record, ax=ax, theme=options.get("theme", ""))


def draw_forest(
    record: ForestRows, *, ax: Axes | None = None, theme: str = ""
) -> Plot[ForestRows]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``.

    ``theme`` is the layout's own by default. The colors of a layout belong to its theme: another
    one is taken as it is.
    """
    colors = find_theme(theme or record.layout.theme)
    if colors.name == record.layout.theme:
        colors = colors.with_colors(record.layout.colors)
    with styled():
        opened = open_page(lambda least: forest_page(record, width=least), ax, colors)
        draw_panel(opened, record)
    return Plot(figure=opened.figure, axes=opened.panel, record=record)
