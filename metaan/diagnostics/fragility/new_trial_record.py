"""How large a further trial would have to be to turn a conclusion, printing itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.citations import cite, marks
from metaan.core.fit import PooledFit
from metaan.core.numbers import compact, fixed
from metaan.core.wording import panel, text_of
from metaan.diagnostics.fragility.conclusion import Conclusion, Limits
from metaan.univariate.planning import COMMON

if TYPE_CHECKING:
    import pandas as pd

LANGAN = "10.1016/j.jclinepi.2011.10.009"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NullTrial:
    """The smallest further trial of one result with which a pool concludes something else.

    Attributes
    ----------
    fit : PooledFit
        The pool.
    conclusion : Conclusion
        What it concludes.
    effect : float
        Result of the further trial, analysis scale.
    se : float
        Its standard error if it is just large enough; infinite if any trial turns the
        conclusion, however small; NaN if none does, however large.
    value, low, high : float
        The pool with that trial, analysis scale; NaN without one.
    holds : bool
        Whether every larger trial with that result turns the conclusion as well.
    back : float
        Where ``holds`` is False: standard error at which the first larger trial no longer turns
        it; NaN otherwise.
    n, n_low, n_high : float
        Participants of that trial in both groups; by the least and by the most informative of
        the studies; NaN if unknown.
    relation : str
        How participants follow from the standard error.
    largest : float
        Standard error of the largest trial tried.
    common_side : int
        What the common-effect pool of the same studies concludes: 1, -1 or 0.
    common_se, common_n : float
        Standard error and participants of the trial that turns that pool; NaN if none does, or
        participants are unknown.
    remarks : tuple of str
        What a careful reader should know.
    """

    fit: PooledFit
    conclusion: Conclusion
    effect: float
    se: float
    value: float
    low: float
    high: float
    holds: bool
    back: float
    n: float
    n_low: float
    n_high: float
    relation: str
    largest: float
    common_side: int
    common_se: float
    common_n: float
    remarks: tuple[str, ...] = ()

    @property
    def exists(self) -> bool:
        """Whether some trial with this result turns the conclusion."""
        return self.se == self.se

    @property
    def n_per_group(self) -> float:
        """Participants in each of two equal groups, rounded up; NaN if unknown."""
        return float(np.ceil(self.n / 2))

    def summary(self) -> str:
        """Return the trial and the pool with it as text."""
        lines = [f"{name}: {text}" for name, text in _rows(self).items()]
        lines += [f"note: {remark}" for remark in self.remarks]
        return "\n".join([_title(self), *(f"  {line}" for line in lines)])

    def sentence(self) -> str:
        """Return what was found as a paragraph; marks point into `references`."""
        return text_of(_told(self))

    @property
    def references(self) -> tuple[str, ...]:
        """References of the method, in the order of their marks in `sentence`."""
        return cite([LANGAN])

    def to_frame(self) -> pd.DataFrame:
        """Return one row.

        Returns
        -------
        DataFrame
            effect (reading scale), se (analysis scale), n, n_low, n_high; estimate, low, high of
            the pool with that trial (reading scale); holds; common_se, common_n.
        """
        import pandas as pd

        read = self.conclusion.scale.inverse
        names = ("effect", "value", "low", "high")
        effect, value, low, high = (float(read(getattr(self, name))) for name in names)
        row = {"effect": effect, "se": self.se, "n": self.n, "n_low": self.n_low}
        row |= {"n_high": self.n_high, "estimate": value, "low": low, "high": high}
        row |= {"holds": self.holds, "common_se": self.common_se, "common_n": self.common_n}
        return pd.DataFrame([row])

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return panel(_title(self), _rows(self), [f"note: {each}" for each in self.remarks])


def _effect(found: NullTrial) -> str:
    return compact(float(found.conclusion.scale.inverse(found.effect)))


def _title(found: NullTrial) -> str:
    return f"A further trial with result {_effect(found)} ({found.conclusion.words()})"


def _rows(found: NullTrial) -> dict[str, str]:
    if not found.exists:
        rows = {"turns the conclusion": f"no size, down to SE {compact(found.largest)}"}
        if _bounded(found):
            rows["turns the common-effect pool"] = _common(found)
        return rows
    if np.isinf(found.se):
        small = "any, however small" if found.holds else f"any of SE above {compact(found.back)}"
        return {"turns the conclusion": small}
    rows = {"standard error": compact(found.se)}
    if found.n == found.n:
        between = f" ({_people(found.n_low)} to {_people(found.n_high)})"
        rows["participants"] = _people(found.n) + between * (found.n_low < found.n_high)
        rows["of which"] = found.relation
    read = found.conclusion.scale.inverse
    value, low, high = (fixed(float(read(x)), 3) for x in (found.value, found.low, found.high))
    return {**rows, "pool with it": f"{value} ({low}, {high})"}


def _varies(found: NullTrial) -> bool:
    return found.fit.model != COMMON


def _bounded(found: NullTrial) -> bool:
    """Whether it is the bounded weight of random effects that no trial overcomes."""
    other = found.common_side != found.conclusion.side
    return _varies(found) and (other or found.common_se == found.common_se)


def _common(found: NullTrial) -> str:
    if found.common_side != found.conclusion.side:
        return f"nothing needed: there {found.conclusion.words(found.common_side)}"
    known = found.common_n == found.common_n
    people = f" (about {_people(found.common_n)} participants)" * known
    return f"a standard error of {compact(found.common_se)}{people}"


def _no_strength(found: NullTrial) -> list[str]:
    reason = (
        "That comes from the model and is no strength of the result: a random-effects pool gives "
        "even an endless trial the weight 1/tau² only, and its disagreement raises tau²"
    )
    if found.common_side != found.conclusion.side:
        words = found.conclusion.words(found.common_side)
        return [reason, f"In a common-effect pool of the same studies {words} without it"]
    told = [
        reason,
        f"In a common-effect pool of the same studies {_common(found)} would change it",
    ]
    if found.common_n == found.common_n:
        told.append(f"Participants follow from {found.relation}")
    return told


def _larger(found: NullTrial) -> str:
    return (
        f"A larger one, of a standard error below {compact(found.back)}, would not: its "
        "disagreement with the other studies then widens the interval or shifts their weights"
    )


def _people(n: float) -> str:
    return f"{np.ceil(n):,.0f}"


def _told(found: NullTrial) -> list[str]:
    own, mark = found.conclusion, marks([LANGAN])[LANGAN]
    trial = f"a further trial with the result {_effect(found)}"
    if not found.exists:
        told = [
            f"{own.words()}, and {trial} would not change that whatever its size{mark}: "
            "tried down to a standard error of "
            f"{compact(found.largest)}" + ", tau² estimated again each time" * _varies(found)
        ]
        return [*told, *_no_strength(found)] if _bounded(found) else told
    if np.isinf(found.se):
        told = [
            f"{own.words()}, and {trial} would change that however small it is{mark}: one more "
            "study, even without weight, changes degrees of freedom or tau²"
        ]
        return told if found.holds else [*told, _larger(found)]
    limits = Limits(*(np.array(x) for x in (found.value, found.low, found.high)))
    size = f"a standard error of {compact(found.se)}"
    if found.n == found.n:
        size += f", about {_people(found.n)} participants"
    on = " on" if found.holds else ""
    told = [
        f"{own.words()}; {trial} would change that from {size}{on}{mark}",
        f"The {own.effect_words(limits)} with it",
    ]
    if not found.holds:
        told.append(_larger(found))
    if found.n == found.n:
        told.append(f"Participants follow from {found.relation}")
    return told
