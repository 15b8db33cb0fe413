"""LABBE_CURVES: what an effect makes of the risk or the rate of a control group."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.counts import (
    PEOPLE,
    PETO_ODDS_RATIO,
    RATE_DIFFERENCE,
    RATE_RATIO,
    ROOT_RATE_DIFFERENCE,
    TIME,
)

STEPS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class LabbeCurve:
    """A row of ``LABBE_CURVES``.

    Attributes
    ----------
    key : str
        Effect measure.
    kind : str
        What events are counted over: "people" or "time".
    outcome : callable
        ``outcome(control, effect)``: the treatment's risk or rate for those of the control and
        an effect on the analysis scale. With ``-effect`` it leads back.
    formula : str
        The same in letters: c the control's, t the treatment's, e the effect as analyzed.
    """

    key: str
    kind: str
    outcome: Callable[[Floats, float], Floats]
    formula: str

    def points(self, effect: float, most: float) -> tuple[tuple[float, float], ...]:
        """Return the curve of an effect from the control's 0 to ``most``, cut at 0 and at most.

        Parameters
        ----------
        effect : float
            Analysis scale, finite.
        most : float
            End of both axes; at most 1 for risks.
        """
        with np.errstate(over="ignore"):
            start, end = self.outcome(np.array([0.0, most]), -effect).tolist()
            low, high = max(0.0, start), min(most, end)
            if not low < high:
                return ()
            control = np.linspace(low, high, STEPS + 1)
            treatment = np.clip(self.outcome(control, effect), 0.0, most)
        return tuple(zip(control.tolist(), treatment.tolist(), strict=True))

    def band(self, low: float, high: float, most: float) -> tuple[tuple[float, float], ...]:
        """Return the outline of what lies between the curves of two effects."""
        control = np.linspace(0.0, most, STEPS + 1)
        with np.errstate(over="ignore", invalid="ignore"):
            sides = [np.clip(self.outcome(control, each), 0.0, most) for each in (low, high)]
        under, over = (list(zip(control.tolist(), side.tolist(), strict=True)) for side in sides)
        return (*under, *reversed(over))


def _odds(control: Floats, effect: float) -> Floats:
    # both parts by the larger of 1 and the ratio, which may be beyond all numbers
    events = control * np.exp(min(effect, 0.0))
    whole = events + (1 - control) * np.exp(min(-effect, 0.0))
    kept = np.array(control, dtype=np.float64)  # where both parts are 0: at a risk of 0 or 1
    return np.asarray(np.divide(events, whole, out=kept, where=whole > 0))


def _ratio(control: Floats, effect: float) -> Floats:
    return np.asarray(control * np.exp(effect))


def _difference(control: Floats, effect: float) -> Floats:
    return np.asarray(control + effect)


def _arcsine(control: Floats, effect: float) -> Floats:
    angle = np.arcsin(np.sqrt(control)) + effect
    # beyond 0 and 1 it goes on as a straight line, so that the curve is cut there
    over = np.maximum(angle - np.pi / 2, 0.0) + np.minimum(angle, 0.0)
    return np.asarray(np.sin(np.clip(angle, 0.0, np.pi / 2)) ** 2 + over)


def _root(control: Floats, effect: float) -> Floats:
    root = np.sqrt(np.maximum(control, 0.0)) + effect
    return np.asarray(np.sign(root) * root**2)


_ROWS = (
    LabbeCurve(key="OR", kind=PEOPLE, outcome=_odds, formula="t / (1 - t) = c / (1 - c) exp(e)"),
    LabbeCurve(
        key=PETO_ODDS_RATIO, kind=PEOPLE, outcome=_odds, formula="t / (1 - t) = c / (1 - c) exp(e)"
    ),
    LabbeCurve(key="RR", kind=PEOPLE, outcome=_ratio, formula="t = c exp(e)"),
    LabbeCurve(key="RD", kind=PEOPLE, outcome=_difference, formula="t = c + e"),
    LabbeCurve(key="AS", kind=PEOPLE, outcome=_arcsine, formula="asin √t = asin √c + e"),
    LabbeCurve(key=RATE_RATIO, kind=TIME, outcome=_ratio, formula="t = c exp(e)"),
    LabbeCurve(key=RATE_DIFFERENCE, kind=TIME, outcome=_difference, formula="t = c + e"),
    LabbeCurve(key=ROOT_RATE_DIFFERENCE, kind=TIME, outcome=_root, formula="√t = √c + e"),
)

LABBE_CURVES: Mapping[str, LabbeCurve] = MappingProxyType({row.key: row for row in _ROWS})
# Generalized linear mixed models have one measure for each kind of denominator.
MODELED: Mapping[str, str] = MappingProxyType({PEOPLE: _ROWS[0].key, TIME: RATE_RATIO})
