"""The power of studies as a record that prints itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from metaan.core.arrays import Booleans, Floats, frozen
from metaan.core.citations import cite, marks
from metaan.core.fit import PooledFit
from metaan.core.numbers import compact, counted, fixed, p_text, printed
from metaan.core.text_table import aligned
from metaan.core.wording import grid, in_sentence, text_of

if TYPE_CHECKING:
    import pandas as pd

METHOD = "10.1027/2151-2604/a000392"
MEDIANS = (1 / 3, 2 / 3, 0.8)  # median powers whose effects are given
ADEQUATE = 0.8
SHOWN = 40
BEYOND = "above 100%: fewer significant results than the power expects"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyPower:
    """The power of each study to find an effect.

    Attributes
    ----------
    fit : PooledFit
        The pool of the k studies.
    effect : float
        The true effect, or mean of the true effects, analysis scale.
    given : bool
        Whether the caller gave it; else it is the pooled effect.
    tau2 : float
        Variance of the true effects that the power was averaged over; 0 for one true effect.
    level : float
        1 less the error of each study's test.
    power : ndarray, shape (k,)
        Of each study. Read-only, as all arrays.
    significant : ndarray of bool, shape (k,)
        Which studies found an effect.
    needed : ndarray, shape (3,)
        Effects (one true effect, analysis scale) at which the median power would be 1/3, 2/3
        and 0.8.
    excess_p_value : float
        Exact p-value that so many studies are significant, or more, with this power.
    remarks : tuple of str
        What a careful reader should know.
    """

    fit: PooledFit
    effect: float
    given: bool
    tau2: float
    level: float
    power: Floats
    significant: Booleans
    needed: Floats
    excess_p_value: float
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        object.__setattr__(self, "power", frozen(self.power))
        object.__setattr__(self, "needed", frozen(self.needed))
        seen = np.array(self.significant, dtype=bool)
        seen.flags.writeable = False
        object.__setattr__(self, "significant", seen)

    @property
    def median(self) -> float:
        """Median power."""
        return float(np.median(self.power))

    @property
    def observed(self) -> int:
        """Number of significant studies."""
        return int(np.count_nonzero(self.significant))

    @property
    def expected(self) -> float:
        """Number of significant studies that the power lets expect: its sum."""
        return float(self.power.sum())

    @property
    def r_index(self) -> float:
        """Median power less what the share of significant studies exceeds it by; at least 0.

        Above 1 where the share falls so far below the median power.
        """
        return max(2 * self.median - self.observed / self.fit.k, 0.0)

    def summary(self) -> str:
        """Return the power of the studies as text."""
        told = [*power_lines(self), *aligned(_rows(self)), *_notes(self)]
        return "\n".join([_title(self), *(f"  {line}" for line in told)])

    def sentence(self) -> str:
        """Return the power of the studies, for a paper; marks point into `references`."""
        return text_of(_sentences(self))

    @property
    def references(self) -> tuple[str, ...]:
        """References of the method, in the order of their marks in `sentence`."""
        return cite((METHOD,))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per study: study, estimate (reading scale), se, power, significant."""
        import pandas as pd

        return pd.DataFrame(power_columns(self.fit, self.power, self.significant))

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(_title(self), _rows(self), [*power_lines(self), *_notes(self)])


def power_columns(fit: PooledFit, power: Floats, significant: Booleans) -> dict[str, Any]:
    """Return the columns of a table of power: study, estimate (reading scale), se, both given."""
    effects = fit.effects
    with np.errstate(over="ignore"):
        estimate = effects.study_scale.inverse(effects.y)
    return {
        "study": tuple(effects.study),
        "estimate": estimate,
        "se": effects.se,
        "power": power,
        "significant": significant,
    }


def read_effect(found: StudyPower, value: float) -> str:
    """Return an effect as it is read."""
    scale = found.fit.estimate.scale
    with np.errstate(over="ignore"):
        return printed(float(scale.inverse(value)), ratio=scale.is_log)[0]


def power_lines(found: StudyPower) -> list[str]:
    """Return median power, R-index, observed and expected numbers, and effects that are needed."""
    needed = ", ".join(
        f"{100 * wanted:.0f}% at {read_effect(found, value)}"
        for wanted, value in zip(MEDIANS, found.needed.tolist(), strict=True)
    )
    beyond = f" ({BEYOND})" if found.r_index > 1 else ""
    return [
        f"median power {_percent(found.median)}, R-index {_percent(found.r_index)}{beyond}",
        f"significant (p < {compact(1 - found.level)}): {found.observed} observed, "
        f"{fixed(found.expected)} expected ({p_text(found.excess_p_value)} for an excess)",
        f"the median power would be {needed}",
    ]


def _percent(share: float) -> str:
    return f"{fixed(100 * share, 1)}%"


def _title(found: StudyPower) -> str:
    label = in_sentence(found.fit.effects.label)
    varying = f", tau² = {compact(found.tau2)}" if found.tau2 else ""
    return (
        f"Power of {counted(found.fit.k, 'study', 'studies')} to find {label} "
        f"{read_effect(found, found.effect)}{varying}"
    )


def _rows(found: StudyPower) -> list[list[str]]:
    rows = [
        [name, fixed(float(chance), 3), "yes" if seen else "no"]
        for name, chance, seen in zip(
            found.fit.effects.study, found.power, found.significant, strict=True
        )
    ]
    return [["study", "power", "significant"], *rows[:SHOWN]]


def _notes(found: StudyPower) -> list[str]:
    more = found.fit.k - SHOWN
    hidden = [f"{more} more in .to_frame()"] if more > 0 else []
    return [*hidden, *(f"note: {remark}" for remark in found.remarks)]


def _studies(k: int) -> str:
    return "The study" if k == 1 else f"The {k} studies"


def _sentences(found: StudyPower) -> list[str]:
    mark = marks((METHOD,))[METHOD]
    label = in_sentence(found.fit.effects.label)
    of = "a" if found.given else "the pooled"
    enough = int(np.count_nonzero(found.power >= ADEQUATE))
    adequate = {0: "none", 1: "one"}.get(enough, str(enough))
    return [
        f"{_studies(found.fit.k)} had a median power of {_percent(found.median)} to find {of} "
        f"{label} of {read_effect(found, found.effect)} by two-sided tests at "
        f"{compact(1 - found.level)}{mark}, and {adequate} of them had 80% or more",
        f"{found.observed} {'was' if found.observed == 1 else 'were'} significant, where "
        f"{fixed(found.expected, 1)} were expected",
    ]
