"""The summary of a risk of bias: how much of the evidence has which judgment, by domain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias, Unpack

from matplotlib.axes import Axes

from metaan.core.bias import JUDGMENTS, OVERALL, RiskOfBias, find_tool
from metaan.core.counts_fit import CountsFit
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.numbers import counted
from metaan.core.regression_fit import RegressionFit
from metaan.core.robust_fit import RobustFit
from metaan.core.subgroup_fit import SubgroupFit
from metaan.plots.charts.bias_lights import (
    check_judged,
    fill_of,
    label_of,
    sign_color,
    source_note,
    whole_percent,
)
from metaan.plots.forests.wording import clean
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import ChartAxis, ChartFrame, open_chart
from metaan.plots.pages.marks import Paint, add_polygons
from metaan.plots.pages.page import Opened, Page
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.swatches import LegendEntry
from metaan.plots.pages.texts import Texts, written
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme
from metaan.plots.pages.typesetting import properties, width

if TYPE_CHECKING:
    import pandas as pd

WeightsOf: TypeAlias = (
    PooledFit
    | SubgroupFit
    | CountsFit
    | RegressionFit
    | RobustFit
    | Mapping[str, float]
    | Sequence[float]
)

BAR_HALF = 0.36  # of the distance between bars
OVERALL_GAP = 0.35
BAR_STEP = 24.0  # points between bars
TEXT_PAD = 3.0
WEIGHED = "PooledFit, SubgroupFit, CountsFit, RegressionFit or RobustFit"
OF_STUDIES = "Studies (%)"
OF_WEIGHT = "Weight of the studies (%)"
OF_FIT = "Weight in the meta-analysis (%)"


@dataclass(frozen=True, slots=True, kw_only=True)
class BiasBar:
    """One domain.

    Attributes
    ----------
    domain : str
        Its name.
    y : float
        Middle of the bar.
    shares : tuple of float
        Percent with each judgment of the record's ``keys``; they sum to 100.
    """

    domain: str
    y: float
    shares: tuple[float, ...]

    @property
    def starts(self) -> tuple[float, ...]:
        """Where each share begins."""
        return tuple(sum(self.shares[:i]) for i in range(len(self.shares)))


@dataclass(frozen=True, slots=True, kw_only=True)
class BiasSummary:
    """What a summary of risk of bias shows.

    Attributes
    ----------
    bars : tuple of BiasBar
        From top to bottom.
    keys : tuple of str
        Judgments that occur, from left to right; "" for what nobody judged.
    frame : ChartFrame
        Axes, legend, titles, notes.
    alt : str
        The figure in one sentence.
    """

    bars: tuple[BiasBar, ...]
    keys: tuple[str, ...]
    frame: ChartFrame
    alt: str

    @property
    def title(self) -> str:
        """Above the figure."""
        return self.frame.title

    def to_frame(self) -> pd.DataFrame:
        """Return one row per domain and a column of percent per judgment."""
        import pandas as pd

        columns = {
            label_of(key): [bar.shares[i] for bar in self.bars] for i, key in enumerate(self.keys)
        }
        return pd.DataFrame({"domain": [bar.domain for bar in self.bars], **columns})


def bias_summary(
    bias: RiskOfBias,
    *,
    weights: WeightsOf | None = None,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[BiasSummary]:
    """Return bars of how much of the evidence has which judgment, one per domain.

    Parameters
    ----------
    bias : RiskOfBias
        Judgments, from ``ma.risk_of_bias``.
    weights : fit, mapping of str to float, or sequence of float, optional
        Percent of studies by default. A fit: percent of its weight; the studies are those of the
        fit, known by their names, and what has no judgments is "not judged". A mapping from
        studies to weights does the same; a sequence holds one weight per study of ``bias``.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``; by default a note names the tool and its
        reference.

    Returns
    -------
    Plot of BiasSummary
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame of percent), ``.figure``, ``.axes``.

    Raises
    ------
    InputError
        If ``bias`` holds no judgments, or the weights are none, or belong to no study that was
        judged.

    Examples
    --------
    Judgments made up for the example.

    >>> from metaan.trials.bias import risk_of_bias
    >>> table = {"study": ["A", "B"], "Blinding": ["low", "high"]}
    >>> bias = risk_of_bias(table, tool="generic")
    >>> bias_summary(bias, weights={"A": 30, "B": 10}).data
         domain   Low  High
    0  Blinding  75.0  25.0
    """
    return draw_bias_summary(bias_bars(bias, weights=weights, **texts), ax=ax, theme=theme)


def bias_bars(
    bias: RiskOfBias,
    *,
    weights: WeightsOf | None = None,
    **texts: Unpack[Texts],
) -> BiasSummary:
    """Return what a summary of risk of bias shows; see `bias_summary`."""
    titles = written(texts, verb="bias_summary", of=bias_bars)
    check_judged(bias, verb="bias_summary")
    judged, sizes, label, remarks = _weighed(bias, weights)
    shares = judged.shares(sizes)
    tool = find_tool(bias.tool)
    every = (*tool.judgments, "")
    seen = [j for j in range(len(every)) if (shares[:, j] > 0).any()]
    keys = tuple(every[j] for j in seen)
    bars = tuple(
        BiasBar(
            domain=clean(domain.name),
            y=d + (OVERALL_GAP if domain == OVERALL and d else 0.0),
            shares=tuple(float(shares[d, j]) for j in seen),
        )
        for d, domain in enumerate(judged.domains)
    )
    own = [clean(remark) for remark in remarks]
    frame = _frame(bars, keys, label)
    return BiasSummary(
        bars=bars,
        keys=keys,
        frame=replace(
            frame,
            title=titles.title,
            subtitle=titles.subtitle,
            notes=titles.footnotes(own, source_note(tool)),
        ),
        alt=_alt(bars, keys, judged.k, label),
    )


def draw_bias_summary(
    record: BiasSummary, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[BiasSummary]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        opened = open_chart(record.frame, ax, find_theme(theme))
        colors = opened.theme
        for i, key in enumerate(record.keys):
            pieces = [(bar.y, bar.starts[i], bar.shares[i]) for bar in record.bars]
            boxes = [
                [
                    (start, y - BAR_HALF), (start + share, y - BAR_HALF),
                    (start + share, y + BAR_HALF), (start, y + BAR_HALF),
                ]
                for y, start, share in pieces
                if share > 0
            ]  # fmt: skip
            edge = colors.color(themes.INK)
            paint = Paint(fill=colors.color(fill_of(key)), edge=edge, weight=0.6 * opened.scale)
            add_polygons(opened.panel, boxes, paint)
            for y, start, share in pieces:
                _write(opened, key, (start + share / 2, y), share)
    return Plot(figure=opened.figure, axes=opened.panel, record=record)


def _write(opened: Opened[Page], key: str, middle: tuple[float, float], share: float) -> None:
    """Write sign and percent into a piece of a bar, or as much of it as there is room for."""
    room = share / 100 * (opened.page.right - opened.page.left) - 2 * TEXT_PAD
    sign = JUDGMENTS[key].symbol if key else ""
    percent = whole_percent(share)
    texts = [f"{percent} ({sign})" if sign else percent, sign]
    text = next((each for each in texts if each and width(each, themes.BODY) <= room), "")
    if text:
        opened.panel.text(
            *middle,
            text,
            fontproperties=properties(False),
            fontsize=themes.BODY.size * opened.scale,
            color=sign_color(fill_of(key), opened.theme),
            horizontalalignment="center",
            verticalalignment="center_baseline",
            parse_math=False,
        )


def _weighed(
    bias: RiskOfBias, weights: WeightsOf | None
) -> tuple[RiskOfBias, list[float] | None, str, list[str]]:
    """Return the judgments that count, their weights, the name of the axis, and remarks."""
    if weights is None:
        return bias, None, OF_STUDIES, []
    fit = weights.overall if isinstance(weights, SubgroupFit) else weights
    fit = fit.fit if isinstance(fit, RobustFit) else fit
    if isinstance(fit, PooledFit | CountsFit | RegressionFit):
        names = fit.counts.study if isinstance(fit, CountsFit) else fit.effects.study
        sizes: dict[str, float] = {}
        for name, weight in zip(names, fit.weights.tolist(), strict=True):
            sizes[name] = sizes.get(name, 0.0) + weight
        label = OF_FIT
    elif isinstance(fit, Mapping):
        sizes, label = _given(fit), OF_WEIGHT
    else:
        return bias, _list_of(fit), OF_WEIGHT, []
    if not set(sizes) & set(bias.study):
        raise InputError(
            f"no study with a weight was judged: the weights are of {_some(list(sizes))}, the "
            f"judgments of {_some(bias.study)}; give both the same names"
        )
    spare = [name for name in bias.study if name not in sizes]
    remarks = []
    if spare:
        remarks = [f"Judged, but without a weight and not shown: {', '.join(spare)}."]
    chosen = replace(bias, study=tuple(sizes), judgments=tuple(bias.of(name) for name in sizes))
    return chosen, list(sizes.values()), label, remarks


def _given(weights: Mapping[str, float]) -> dict[str, float]:
    try:
        return {str(name): float(weight) for name, weight in weights.items()}
    except (TypeError, ValueError) as error:
        raise InputError(f"weights must be numbers; {error}") from None


def _list_of(weights: object) -> list[float]:
    """Return weights that came as a sequence; InputError for what has none."""
    if isinstance(weights, str | bytes) or not isinstance(weights, Iterable):
        raise InputError(
            f"weights must be a {WEIGHED}, a mapping from studies to weights, or a weight for "
            f"each study; got {type(weights).__name__}"
        )
    try:
        return [float(weight) for weight in weights]
    except (TypeError, ValueError) as error:
        raise InputError(f"weights must be numbers; {error}") from None


def _some(names: Sequence[str], most: int = 3) -> str:
    return ", ".join(repr(name) for name in names[:most]) + (", ..." if len(names) > most else "")


def _frame(bars: Sequence[BiasBar], keys: Sequence[str], label: str) -> ChartFrame:
    bottom = bars[-1].y + 0.5
    signs = [JUDGMENTS[key].symbol if key else "" for key in keys]
    return ChartFrame(
        x=ChartAxis(
            low=0.0,
            high=100.0,
            ticks=(0.0, 25.0, 50.0, 75.0, 100.0),
            tick_labels=("0", "25", "50", "75", "100"),
            label=label,
        ),
        y=ChartAxis(
            low=bottom,
            high=-0.5,
            ticks=tuple(bar.y for bar in bars),
            tick_labels=tuple(bar.domain for bar in bars),
            line=False,
        ),
        legend=tuple(
            LegendEntry(
                label=f"{label_of(key)} ({sign})" if sign else label_of(key),
                kind="area",
                fill=fill_of(key),
                edge=themes.INK,
            )
            for key, sign in zip(keys, signs, strict=True)
        ),
        height=BAR_STEP * (bottom + 0.5),
    )


def _alt(bars: Sequence[BiasBar], keys: Sequence[str], k: int, label: str) -> str:
    last = bars[-1]
    found = ", ".join(
        f"{label_of(key).lower()} {whole_percent(share)}"
        for key, share in zip(keys, last.shares, strict=True)
        if share > 0
    )
    what = label.removesuffix(" (%)").lower()
    domains = counted(len(bars), "domain")
    return (
        f"Risk of bias of {counted(k, 'study', 'studies')} in {domains}, percent of {what}; "
        f"{last.domain}: {found}."
    )
