"""What a row of ``MEASURES`` is, and the vocabulary of its inputs.

1 is the treatment (or the later of two measurements), 2 the control (or the earlier one): an
effect is 1 minus 2, or 1 over 2. The inputs are named once, here, and are the columns' names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from inspect import signature
from typing import Any

from metaan.core.arrays import Floats, FrozenDict
from metaan.core.scale import Scale

Pair = tuple[Floats, Floats]

MEANS = ("mean1", "sd1", "n1", "mean2", "sd2", "n2")
CONTROL_SD = ("mean1", "n1", "mean2", "sd2", "n2")
SDS = ("sd1", "n1", "sd2", "n2")
EVENTS = ("events1", "n1", "events2", "n2")
RATES = ("events1", "time1", "events2", "time2")
AREA = ("auc", "n1", "n2")
ONE_MEAN = ("mean", "sd", "n")
ONE_SD = ("sd", "n")
ONE_EVENTS = ("events", "n")
ONE_RATE = ("events", "time")
CORRELATION = ("r", "n")
PARTIAL = ("t", "n", "predictors")
SEMI_PARTIAL = ("t", "n", "predictors", "r2")
EXPLAINED = ("r2", "n", "predictors")
PAIRED = ("mean1", "sd1", "mean2", "sd2", "r", "n")
EARLIER_SD = ("mean1", "mean2", "sd2", "r", "n")
PAIRED_SDS = ("sd1", "sd2", "r", "n")
MATCHED = ("both", "only1", "only2", "neither")
MARGINS = ("events1", "n1", "events2", "n2", "r")
RELIABILITY = ("alpha", "items", "n")
GENOTYPES = ("dominant", "heterozygous", "recessive")
GIVEN = ("y", "v")

AVERAGE = "AV"  # the variance of a study at the mean effect (risk, correlation ...) of all studies


class Swap(Enum):
    """What exchanging the two groups does to an effect on the analysis scale."""

    SIGN = "changes its sign (a ratio becomes its inverse)"
    COMPLEMENT = "turns y into 1 - y"
    OTHER = "gives another effect: the two groups play different parts"
    NONE = "does not apply: there is nothing to exchange"


class Unit(Enum):
    """What another unit of the measured outcome does to an effect on the analysis scale."""

    FREE = "leaves it"
    SCALES = "multiplies it"
    SHIFTS = "adds the logarithm of the factor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Another set of printed numbers that leads to a row's inputs exactly.

    Attributes
    ----------
    inputs : tuple of str
        Canonical columns, which are the converter's parameters.
    convert : callable
        Those arrays to the row's own inputs, in their order.
    says : str
        What is done, ready for a remark ("from t and the numbers of participants").
    """

    inputs: tuple[str, ...]
    convert: Callable[..., tuple[Floats, ...]]
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A row of ``MEASURES``.

    Attributes
    ----------
    key, name : str
        Key, and name of the effect on the reading scale.
    inputs : tuple of str
        Canonical columns, which are the function's parameters.
    function : callable
        Arrays to (y, v), with the options as keywords.
    options : mapping of str to tuple of str
        Its keyword options, and the names that each takes, the default first; empty for a
        number or a bool.
    scale : Scale
        How effects are read.
    unit : Unit
        What a change of the outcome's unit does.
    swap : Swap
        What exchanging the groups does.
    turn : Swap
        What turning a measured outcome round does (x becomes a constant minus x, so that its
        other direction is better): ``OTHER`` where the result is not an effect of this kind.
    zero_variance : bool
        True if v can be 0 at a valid input (the effect is then left out of a pool).
    across : tuple of str
        Names of variances that borrow from the other studies on the last axis.
    routes : tuple of Route
        Other printed numbers that lead to the same inputs.
    design_point : mapping of str to float
        A valid input, for the laws.
    doi : str
        Reference; empty for the trivial one.
    """

    key: str
    name: str
    inputs: tuple[str, ...]
    function: Callable[..., Pair]
    scale: Scale
    swap: Swap
    design_point: Mapping[str, float]
    doi: str
    options: Mapping[str, tuple[str, ...]] = field(default_factory=FrozenDict)
    unit: Unit = Unit.FREE
    turn: Swap = Swap.OTHER
    zero_variance: bool = False
    across: tuple[str, ...] = ()
    routes: tuple[Route, ...] = ()

    def __post_init__(self) -> None:
        """Keep the two mappings as they are now."""
        for name in ("options", "design_point"):
            object.__setattr__(self, name, FrozenDict(getattr(self, name)))

    def default(self, option: str) -> Any:
        """Return what the function takes for an option that is not given."""
        return signature(self.function).parameters[option].default

    @property
    def in_units(self) -> bool:
        """True if the effect has the unit of the instrument, so that instruments must agree."""
        return self.unit is not Unit.FREE


def at(inputs: tuple[str, ...], *values: float) -> Mapping[str, float]:
    """Return a design point: the inputs and their values."""
    return FrozenDict(zip(inputs, values, strict=True))
