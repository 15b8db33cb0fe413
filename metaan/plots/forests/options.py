"""What may be asked of a forest plot beside its texts: axis, order, colors, lights, models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, TypedDict

from metaan.core.bias import RiskOfBias
from metaan.core.errors import ChoiceError
from metaan.core.lookup import hint


class Options(TypedDict, total=False):
    """The further arguments of `metaan.forest`; every one may be left out.

    Attributes
    ----------
    theme : str
        Row of ``THEMES`` in place of the layout's own.
    left, right : sequence of str
        Columns at either side, in place of the layout's.
    digits : int
        Decimals of the effects.
    axis : (float, float)
        Ends of the axis, reading scale; what runs beyond is cut, with an arrow.
    ticks : sequence of float
        Where ticks stand, reading scale.
    important : float or (float, float)
        Minimal important difference, reading scale: the band of effects too small to matter lies
        between no effect and it on either side, or between the two numbers.
    order : str or sequence
        Order of the studies: "effect", "weight", a column of the effects, or their places; a
        leading "-" turns it round.
    color, marker : str
        Columns of the effects whose values give the studies' colors and markers.
    bias : RiskOfBias
        Judgments shown as lights beside the rows.
    models : mapping of str to fit
        The same studies pooled in other ways, drawn under the total with these names.
    """

    theme: str
    left: Sequence[str]
    right: Sequence[str]
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
    left: tuple[str, ...] | None = None
    right: tuple[str, ...] | None = None
    digits: int | None = None
    axis: tuple[float, float] | None = None
    ticks: tuple[float, ...] | None = None
    important: float | tuple[float, float] | None = None
    order: str | Sequence[Any] = ()
    color: str = ""
    marker: str = ""
    bias: RiskOfBias | None = None
    models: Any = None


NOTHING_ASKED = Asked()


def asked(options: Options) -> Asked:
    """Return the options as a record; ChoiceError for a name that is none of them."""
    known = tuple(field.name for field in fields(Asked))
    for name in options:
        if name not in known:
            raise ChoiceError(
                f"forest has no option {name!r}; choose from {', '.join(known)}."
                f"{hint(name, dict.fromkeys(known))}"
            )
    return Asked(**options)  # type: ignore[arg-type]
