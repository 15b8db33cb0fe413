"""FUNNEL_AXES: what the vertical axis of a funnel plot can show, as one literal table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.scale import IDENTITY, LOG, Scale

Curve = Callable[[Floats], Floats]

HEADROOM = 0.05  # of the axis, beyond the outermost study
APEX_ROOM = 0.03  # of the axis, above 0, where a very precise study would be cut
SMALLEST = 1e-4  # of the highest precision on an axis: below, its standard error is kept
LEAST_STEP = 0.2  # on an axis of logarithms


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelAxis:
    """A vertical axis.

    Attributes
    ----------
    key, label, about : str
        Row of ``FUNNEL_AXES``, name on the axis, one sentence.
    value : callable
        Standard errors, or numbers of participants, to what is drawn.
    se : callable
        What is drawn to standard errors; NaN on axes of participants, which show no limits.
    falling : bool
        Whether small values stand at the top, so that precise studies always do.
    from_zero : bool
        Whether the axis begins at 0.
    reading : Scale
        How its ticks are read.
    """

    key: str
    label: str
    about: str
    value: Curve
    se: Curve
    falling: bool
    from_zero: bool
    reading: Scale = IDENTITY

    @property
    def of_participants(self) -> bool:
        """Whether it shows numbers of participants."""
        return self.se is _unknown

    def ends(self, values: Floats) -> tuple[float, float]:
        """Return the least and the greatest value the axis shows, for these studies."""
        least, most = float(np.min(values)), float(np.max(values))
        if self.from_zero:
            return -APEX_ROOM * most, (1 + HEADROOM) * most
        room = HEADROOM * (most - least)
        if self.reading.is_log:
            room = max(room, LEAST_STEP)
            return least - room, most + room
        room = room or HEADROOM * most
        return least - room, most + room

    def errors(self, values: Floats, ends: tuple[float, float]) -> Floats:
        """Return standard errors at values of the axis, finite where a precision is 0 or less."""
        return self.se(values if self.from_zero else np.maximum(values, SMALLEST * ends[1]))


def _same(values: Floats) -> Floats:
    return values


def _unknown(values: Floats) -> Floats:
    return np.full_like(values, np.nan)


def _reciprocal(values: Floats) -> Floats:
    return 1 / values


def _reciprocal_square(values: Floats) -> Floats:
    return values**-2.0


def _reciprocal_root(values: Floats) -> Floats:
    return values**-0.5


STANDARD_ERROR = FunnelAxis(
    key="SE", label="Standard error",
    about="0 at the top; limits are straight (doi:10.1016/S0895-4356(01)00377-8)",
    value=_same, se=_same, falling=True, from_zero=True,
)  # fmt: skip

FUNNEL_AXES: Mapping[str, FunnelAxis] = MappingProxyType(
    {
        row.key: row
        for row in (
            STANDARD_ERROR,
            FunnelAxis(
                key="variance", label="Variance", about="0 at the top",
                value=np.square, se=np.sqrt, falling=True, from_zero=True,
            ),
            FunnelAxis(
                key="precision", label="Precision (1 / standard error)",
                about="stretches the precise studies apart",
                value=_reciprocal, se=_reciprocal, falling=False, from_zero=False,
            ),
            FunnelAxis(
                key="inverse variance", label="Inverse variance",
                about="the weight of a common effect",
                value=_reciprocal_square, se=_reciprocal_root, falling=False, from_zero=False,
            ),
            FunnelAxis(
                key="n", label="Participants", about="independent of the effect",
                value=_same, se=_unknown, falling=False, from_zero=True,
            ),
            FunnelAxis(
                key="sqrt n", label="Square root of participants",
                about="about in proportion to precision",
                value=np.sqrt, se=_unknown, falling=False, from_zero=True,
            ),
            FunnelAxis(
                key="log n", label="Participants (log scale)",
                about="for studies of very different sizes",
                value=np.log, se=_unknown, falling=False, from_zero=False, reading=LOG,
            ),
            FunnelAxis(
                key="1/n", label="1 / participants",
                about="0 at the top; what Peters' test regresses on (doi:10.1001/jama.295.6.676)",
                value=_reciprocal, se=_unknown, falling=True, from_zero=True,
            ),
            FunnelAxis(
                key="1/sqrt n", label="1 / square root of participants",
                about="0 at the top; about in proportion to the standard error",
                value=_reciprocal_root, se=_unknown, falling=True, from_zero=True,
            ),
        )
    }
)  # fmt: skip
DEFAULT_AXIS = STANDARD_ERROR.key
