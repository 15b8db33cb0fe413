"""What may be asked of a forest plot beside its texts: axis, order, colors, lights, models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from numbers import Integral
from typing import Any, TypedDict

from metaan.core.bias import RiskOfBias
from metaan.core.errors import ChoiceError, InputError
from metaan.core.lookup import hint
from metaan.plots.forests.layout import Shown
from metaan.plots.pages.theme import find_theme

MOST_DIGITS = 10


class Options(TypedDict, total=False):
    """The further arguments of `metaan.forest`; every one may be left out.

    Attributes
    ----------
    theme : str
        Row of ``THEMES`` in place of the layout's own.
    left, right : sequence of str or Shown
        Columns at either side, in place of the layout's: "arms", "effect", "weight", "bias", "n"
        (participants), "events", "se", or columns of the effects; a `Shown` has a head and a
        format of its own.
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
        Order of the studies: "effect", "weight", a column of the effects, or their places; a
        leading "-" turns it round.
    color, marker : str
        Columns of the effects whose values give the studies' colors and markers; a legend says
        which. In the theme "gray" a color comes with a marker of its own.
    bias : RiskOfBias
        Judgments shown as lights beside the rows.
    models : mapping of str to fit
        The same studies pooled in other ways, drawn under the total with these names.
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


NOTHING_ASKED = Asked()


def asked(options: Options) -> Asked:
    """Return the options as a record.

    Raises
    ------
    ChoiceError
        For a name that is no option, or a theme that there is not.
    InputError
        If ``digits`` is no whole number from 0 to ``MOST_DIGITS`` or ``bias`` no RiskOfBias.
    """
    known = tuple(field.name for field in fields(Asked))
    for name in options:
        if name not in known:
            raise ChoiceError(
                f"forest has no option {name!r}; choose from {', '.join(known)}."
                f"{hint(name, dict.fromkeys(known))}"
            )
    made = Asked(**options)
    if made.theme:
        find_theme(made.theme)
    if made.digits is not None and not _is_count(made.digits):
        raise InputError(f"digits must be a whole number, 0 to {MOST_DIGITS}; got {made.digits!r}")
    if made.bias is not None and not isinstance(made.bias, RiskOfBias):
        raise InputError(
            f"bias must be the judgments that risk_of_bias reads; got {type(made.bias).__name__}"
        )
    return made


def _is_count(value: object) -> bool:
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    return whole and 0 <= int(value) <= MOST_DIGITS  # type: ignore[call-overload]
