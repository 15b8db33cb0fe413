"""ALTERNATIVES, PRECISIONS and VEVEA_WOODS: what a selection model can be told by name.

Vocabulary of the room: a *selection function* w(p) is the relative chance that a study with this
p-value was published; *delta* are its parameters; a study's z is its effect less the null value,
over its standard error, turned so that large values are those that selection favors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.effects import Effects
from metaan.core.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A row of ``ALTERNATIVES``.

    Attributes
    ----------
    key : str
        Name.
    sign : float
        What turns effects so that selection favors large ones.
    sides : int
        1, or 2 where both signs are favored alike.
    words : str
        Which results have small p-values.
    """

    key: str
    sign: float
    sides: int
    words: str


_ALTERNATIVES = (
    Alternative(key="greater", sign=1.0, sides=1, words="effects above the null value"),
    Alternative(key="less", sign=-1.0, sides=1, words="effects below the null value"),
    Alternative(key="two-sided", sign=1.0, sides=2, words="effects of either sign"),
)
ALTERNATIVES: Mapping[str, Alternative] = MappingProxyType({row.key: row for row in _ALTERNATIVES})
GREATER, LESS, _ = _ALTERNATIVES


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """A row of ``PRECISIONS``: how imprecise a study is, by which its selection is multiplied.

    Attributes
    ----------
    key, words : str
        Name, and the name in a sentence.
    by_size : bool
        Whether it is made of the number of participants n, and not of the variance.
    power : float
        Of the variance, or of n.
    """

    key: str
    words: str
    by_size: bool
    power: float


_PRECISIONS = (
    Precision(key="SE", words="the standard error", by_size=False, power=0.5),
    Precision(key="V", words="the sampling variance", by_size=False, power=1.0),
    Precision(key="1/N", words="the inverse of the sample size", by_size=True, power=-1.0),
    Precision(
        key="1/SQRT_N", words="the inverse root of the sample size", by_size=True, power=-0.5
    ),
)
PRECISIONS: Mapping[str, Precision] = MappingProxyType({row.key: row for row in _PRECISIONS})

SIZES = (("n1", "n2"), ("n",))  # columns of participants, as effects carry them


def imprecision(effects: Effects, row: Precision) -> Floats:
    """Return the imprecision of each study, shape (k,), as a share of the largest.

    Raises
    ------
    InputError
        If it is made of the sample sizes and the effects do not carry them.
    """
    values = effects.v if not row.by_size else _sizes(effects, row)
    powered = np.asarray(values / values.max()) ** row.power
    return np.asarray(powered / powered.max())


def _sizes(effects: Effects, row: Precision) -> Floats:
    for names in SIZES:
        if all(name in effects.columns for name in names):
            n = sum(np.asarray(effects.columns[name], dtype=np.float64) for name in names)
            if np.isfinite(n).all() and (np.asarray(n) > 0).all():
                return np.asarray(n)
    raise InputError(
        f'precision="{row.key}" needs the sample sizes, columns "n1" and "n2" or "n" of every '
        f"study; these effects have {', '.join(effects.columns) or 'no columns'}. Make effects "
        f'from counts or means, give columns={{"n": ...}}, or use precision="{_PRECISIONS[0].key}"'
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightTable:
    """A row of ``VEVEA_WOODS``: weights fixed in advance, for a sensitivity analysis.

    Attributes
    ----------
    key, words : str
        Name, and the name in a sentence.
    steps : tuple of float
        Upper ends of the intervals of one-sided p-values, the last one 1 left out.
    delta : tuple of float
        Weight of each interval, relative to the first; one more than ``steps``.
    """

    key: str
    words: str
    steps: tuple[float, ...]
    delta: tuple[float, ...]


STEPS = (0.005, 0.01, 0.05, 0.1, 0.25, 0.35, 0.5, 0.65, 0.75, 0.9, 0.95, 0.99, 0.995)
# Table 1 of Vevea and Woods 2005, doi:10.1037/1082-989X.10.4.428. "Merely examples, and should
# not be regarded as canonical". The two-tailed ones are weights of one-sided p-values too.
_TABLES = (
    WeightTable(
        key="MODERATE_ONE",
        words="moderate one-tailed selection",
        steps=STEPS,
        delta=(1, 0.99, 0.95, 0.8, 0.75, 0.65, 0.6, 0.55, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5),
    ),
    WeightTable(
        key="SEVERE_ONE",
        words="severe one-tailed selection",
        steps=STEPS,
        delta=(1, 0.99, 0.9, 0.75, 0.6, 0.5, 0.4, 0.35, 0.3, 0.25, 0.1, 0.1, 0.1, 0.1),
    ),
    WeightTable(
        key="MODERATE_TWO",
        words="moderate two-tailed selection",
        steps=STEPS,
        delta=(1, 0.99, 0.95, 0.9, 0.8, 0.75, 0.6, 0.6, 0.75, 0.8, 0.9, 0.95, 0.99, 1),
    ),
    WeightTable(
        key="SEVERE_TWO",
        words="severe two-tailed selection",
        steps=STEPS,
        delta=(1, 0.99, 0.9, 0.75, 0.6, 0.5, 0.25, 0.25, 0.5, 0.6, 0.75, 0.9, 0.99, 1),
    ),
)
VEVEA_WOODS: Mapping[str, WeightTable] = MappingProxyType({row.key: row for row in _TABLES})
