"""An E-value as a record that prints itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaan.core.citations import cite, marks
from metaan.core.estimate import Estimate
from metaan.core.numbers import compact, fixed
from metaan.core.wording import in_sentence, panel, percent, text_of

if TYPE_CHECKING:
    import pandas as pd

VANDERWEELE_DING = "10.7326/M16-2607"
NONE_NEEDED = 1.0
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EValue:
    """How strong unmeasured confounding would have to be to explain an estimate.

    Attributes
    ----------
    estimate : Estimate
        What is to be explained.
    label : str
        Name of the effect.
    kind : str
        Row of ``E_KINDS``: how it was made a risk ratio.
    reference : float
        Value that confounding would have to move it to, reading scale of the effect.
    risk_ratio, risk_ratio_low, risk_ratio_high : float
        Estimate and limits as (approximate) risk ratios.
    reference_ratio : float
        The reference as a risk ratio.
    value : float
        E-value of the estimate.
    limit : float
        E-value of the limit nearest to the reference; 1 if the interval includes it.
    remarks : tuple of str
        What a careful reader should know.
    """

    estimate: Estimate
    label: str
    kind: str
    reference: float
    risk_ratio: float
    risk_ratio_low: float
    risk_ratio_high: float
    reference_ratio: float
    value: float
    limit: float
    remarks: tuple[str, ...] = ()

    def summary(self) -> str:
        """Return the two E-values as text."""
        lines = [f"{name} {text}" for name, text in _rows(self).items()]
        lines += _notes(self)
        return "\n".join([_title(self), *(f"  {line}" for line in lines)])

    def sentence(self) -> str:
        """Return what the E-value says as a paragraph; marks point into `references`."""
        mark = marks([VANDERWEELE_DING])[VANDERWEELE_DING]
        to = f"to {compact(self.reference)}"
        if self.nothing:
            return text_of([
                f"The {in_sentence(self.label)} is {compact(self.reference)} itself, so that "
                f"there is no effect for unmeasured confounding to explain away{mark}"
            ])  # fmt: skip
        told = [
            f"Unmeasured confounding could move the {in_sentence(self.label)} {to} if the "
            "confounder were associated with both the treatment and the outcome by risk ratios of "
            f"at least {fixed(self.value)} each, beyond what was adjusted for{mark}"
        ]
        level = percent(self.estimate.level)
        if self.limit > NONE_NEEDED:
            told.append(
                f"Risk ratios of {fixed(self.limit)} each could move the {level} CI to include "
                f"{compact(self.reference)}"
            )
        else:
            told.append(
                f"The {level} CI includes {compact(self.reference)} without any confounding"
            )
        return text_of(told)

    @property
    def references(self) -> tuple[str, ...]:
        """References of the method, in the order of their marks in `sentence`."""
        return cite([VANDERWEELE_DING])

    def to_frame(self) -> pd.DataFrame:
        """Return one row for the estimate and one for the limit nearest to the reference.

        Returns
        -------
        DataFrame
            of ("estimate", "limit"), risk_ratio, e_value.
        """
        import pandas as pd

        return pd.DataFrame(
            {
                "of": ["estimate", "limit"],
                "risk_ratio": [self.risk_ratio, self.nearest],
                "e_value": [self.value, self.limit],
            }
        )

    @property
    def nothing(self) -> bool:
        """Whether the estimate is the reference itself, up to rounding."""
        return self.value - NONE_NEEDED < ROUNDING

    @property
    def nearest(self) -> float:
        """The limit nearest to the reference, as a risk ratio."""
        above = self.risk_ratio >= self.reference_ratio
        return self.risk_ratio_low if above else self.risk_ratio_high

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return panel(_title(self), _rows(self), _notes(self))


def _title(found: EValue) -> str:
    return f"E-value of the {in_sentence(found.label)} against {compact(found.reference)}"


def _rows(found: EValue) -> dict[str, str]:
    return {
        "estimate": f"{fixed(found.value)} (risk ratio {fixed(found.risk_ratio)})",
        "limit": f"{fixed(found.limit)} (risk ratio {fixed(found.nearest)})",
    }


def _notes(found: EValue) -> list[str]:
    none = ["the estimate is the reference itself: there is nothing to explain away"]
    return [f"note: {each}" for each in (*none * found.nothing, *found.remarks)]
