"""What may be asked of a forest plot beside its texts: axis, order, colors, lights, models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from numbers import Integral, Real
from types import MappingProxyType
from typing import Any, TypedDict

from metaan.core.arrays import FrozenDict
from metaan.core.bias import RiskOfBias
from metaan.core.errors import ChoiceError, InputError
from metaan.core.lookup import hint
from metaan.plots.forests.layout import Shown
from metaan.plots.forests.wording import clean, sentence_case
from metaan.plots.pages.theme import find_theme

MOST_DIGITS = 10
# The named arguments of `metaan.forest` that are no options, for the list of what there is.
NAMED = ("title", "subtitle", "published", "favors", "notes", "layout", "ax")
MEASURED = (
    "the page measures itself: save it with save(path, dpi=...) and scale it in the document, or "
    "draw it into axes of your size with ax="
)
# What other libraries call it, or is done elsewhere.
ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {
        "favours": 'Did you mean "favors"?',
        "width": MEASURED,
        "height": MEASURED,
        "figsize": MEASURED,
        "size": MEASURED,
        "dpi": MEASURED,
        "xlim": 'Did you mean "axis" (two ends, reading scale)?',
        "xticks": 'Did you mean "ticks" (reading scale)?',
        "xlabel": 'Write it in a layout: layout={"axis_label": "..."}.',
        "columns": 'Did you mean "left" and "right"?',
        "sort": 'Did you mean "order"?',
    }
)


class Options(TypedDict, total=False):
    """The further arguments of `metaan.forest`; every one may be left out.

    Attributes
    ----------
    theme : str
        Row of ``THEMES`` in place of the layout's own.
    left, right : sequence of str or Shown
        Columns at either side, in place of the layout's: "arms" (the numbers of the arms),
        "effect", "weight", "bias" (lights), "n" (participants), "events", "se" (analysis scale),
        "fitted" (of a regression), "k", "tau2", "i2", "p" (of refits), "studies", "p_score", "p"
        (of a network), "studies", "p" (of networks by subgroups), "tau2", "q" (of a network
        without each study), "studies", "share", "p" (of node splits), or columns of the effects;
        a `Shown` has a head and a format of its own. What is named at a side stands there in this
        order, in place of the layout's columns at that side; the other side stays. One column is
        never lost by that: "effect", if neither side names it, keeps the side that it has in the
        layout, first or last as there. To leave it out, give both sides empty, or a layout
        without it: ``layout={"right": ["weight"]}``.
    digits : int
        Decimals of the effects.
    axis : (float, float)
        Ends of the axis, reading scale; what runs beyond is cut, with an arrow.
    ticks : sequence of float
        Where ticks stand, reading scale; labels that would touch are left out.
    important : float or (float, float)
        Minimal important difference, reading scale: the band of effects too small to matter lies
        between no effect and it on either side, or between the two numbers.
    order : str or sequence
        Order of the studies: "effect", "weight", "fitted" (of a regression), "name", "studies",
        "p_score" (of a network's treatments), "p" (of these and of node splits) or a column of the
        effects, smallest first, with a leading "-" largest first; or every study once, by label
        or by place from 0.
    color, marker : str
        Columns of the effects whose values give the studies' colors and markers; a legend says
        which. In the theme "gray" a color comes with a marker of its own.
    bias : RiskOfBias
        Judgments shown as lights beside the rows. They may be of more studies than the figure
        has; studies of the figure without any are named in a footnote.
    models : mapping of str to fit
        The same studies pooled in other ways, drawn under the total with these names.
    names : mapping of str to str
        What columns of the effects are called in the figure, in place of their own names: in
        heads, over subgroups (where the layout tells the column) and in the legend.
    better : str
        Of a network, which effects are better, "lower" or "higher": treatments then have their
        P-scores, and stand in that order, the best first.
    show : str
        Of a network of components "components" (the default) or "treatments" against the
        reference; of a network meta-regression "treatments" at its value (the default) or
        "slopes".
    treatment : str or int
        Of a network without each of its studies, whose effect against the reference is shown.
    reference : str or int
        Of a network, which treatment the others are shown against, in place of the fit's own: no
        effect of two treatments depends on it.
    p_below : float
        Of node splits, the level below which p must be for a comparison to be shown; by default
        all are.
    prediction : bool or None
        Whether the total has the row of its prediction interval, if the fit has one; of a
        network, whether each treatment has one, which is not so by default. By default
        it has, unless the fit follows the conventions of a program that is not said to print one
        (RevMan 5).
        A layout of one's own leaves it out for good with ``{"based_on": "BMJ", "prediction":
        ""}``, or names it in other words: ``"Prediction ({level})"``.
    subgroup_prediction : bool
        Whether each subgroup has its prediction interval under its pool; those of a few studies
        are long. By default the total alone has one.

    Examples
    --------
    Made-up numbers, to show the call:

    >>> import metaan as ma
    >>> how = {"alloc": ["drawn", "drawn", "by turns"]}
    >>> effects = ma.Effects.from_arrays([-5.0, -8.0, -1.0], se=[2.0, 3.0, 2.5], columns=how)
    >>> plot = ma.forest(
    ...     ma.subgroups(effects, by="alloc"), order="effect", names={"alloc": "Allocation"}
    ... )
    >>> [row.label for row in plot.record.rows[:3]]
    ['Allocation: drawn', 'Study 2', 'Study 1']
    """

    theme: str
    left: Sequence[str | Shown]
    right: Sequence[str | Shown]
    digits: int
    axis: tuple[float, float]
    ticks: Sequence[float]
    important: float | tuple[float, float]
    order: str | Sequence[Any]
    color: str
    marker: str
    bias: RiskOfBias
    models: Any
    names: Mapping[str, str]
    better: str
    show: str
    treatment: str | int
    reference: str | int
    p_below: float
    prediction: bool | None
    subgroup_prediction: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`Options` as a record: None and empty where nothing was asked."""

    theme: str = ""
    left: Sequence[str | Shown] | None = None
    right: Sequence[str | Shown] | None = None
    digits: int | None = None
    axis: tuple[float, float] | None = None
    ticks: Sequence[float] | None = None
    important: float | tuple[float, float] | None = None
    order: str | Sequence[Any] = ()
    color: str = ""
    marker: str = ""
    bias: RiskOfBias | None = None
    models: Any = None
    names: Mapping[str, str] = field(default_factory=FrozenDict)
    better: str = ""
    show: str = ""
    treatment: str | int = ""
    reference: str | int = ""
    p_below: float | None = None
    prediction: bool | None = None
    subgroup_prediction: bool = False

    def name(self, column: str) -> str:
        """Return what a column is called in the figure: the caller's words, or its name."""
        told = self.names.get(column)
        return sentence_case(column) if told is None else clean(told)


NOTHING_ASKED = Asked()


def asked(options: Options) -> Asked:
    """Return the options as a record.

    Raises
    ------
    ChoiceError
        For a name that is no option, or a theme that there is not.
    InputError
        If ``digits`` is no whole number from 0 to ``MOST_DIGITS``, ``bias`` no RiskOfBias,
        ``color`` or ``marker`` no name of a column, ``names`` no texts by columns, ``p_below`` no
        level, or ``prediction`` or ``subgroup_prediction`` neither True nor False.
    """
    known = tuple(each.name for each in fields(Asked))
    for name in options:
        if name not in known:
            raise _no_option(name, (*NAMED, *known))
    made = Asked(**options)
    if made.theme:
        find_theme(made.theme)
    if made.digits is not None and not _is_count(made.digits):
        raise InputError(f"digits must be a whole number, 0 to {MOST_DIGITS}; got {made.digits!r}")
    if made.bias is not None and not isinstance(made.bias, RiskOfBias):
        raise InputError(
            f"bias must be the judgments that risk_of_bias reads; got {type(made.bias).__name__}"
        )
    for argument, column in (("color", made.color), ("marker", made.marker)):
        if not isinstance(column, str):
            raise InputError(f"{argument} must be the name of a column; got {column!r}")
    _check_names(made.names)
    if made.p_below is not None and not _is_level(made.p_below):
        raise InputError(f"p_below must be a number above 0, at most 1; got {made.p_below!r}")
    if not isinstance(made.prediction, bool | None):
        raise InputError(f"prediction must be True or False; got {made.prediction!r}")
    if not isinstance(made.subgroup_prediction, bool):
        raise InputError(
            f"subgroup_prediction must be True or False; got {made.subgroup_prediction!r}"
        )
    return made


def _no_option(name: str, known: tuple[str, ...]) -> ChoiceError:
    """Return the error about a keyword that there is not, with what was probably meant."""
    told = f" {ELSEWHERE[name]}" if name in ELSEWHERE else hint(name, dict.fromkeys(known))
    return ChoiceError(f"forest has no option {name!r}; choose from {', '.join(known)}.{told}")


def _check_names(given: object) -> None:
    """Raise an InputError unless these are texts by names of columns."""
    if not isinstance(given, Mapping):
        raise InputError(
            f'names must be texts by columns, such as {{"alloc": "Allocation"}}; got {given!r}'
        )
    strange = [each for each in (*given, *given.values()) if not isinstance(each, str)]
    if strange:
        raise InputError(f"names must be texts by columns; got {strange[0]!r}")


def _is_level(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and 0 < float(value) <= 1


def _is_count(value: object) -> bool:
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    return whole and 0 <= int(value) <= MOST_DIGITS  # type: ignore[call-overload]
