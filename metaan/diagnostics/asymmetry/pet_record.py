"""PET, PEESE and the choice between them as a record that prints itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from metaan.core.citations import cite, marks
from metaan.core.estimate import Estimate
from metaan.core.estimate_table import LOGARITHMS, estimate_records, estimate_rows
from metaan.core.numbers import compact, p_text, printed
from metaan.core.text_table import aligned
from metaan.core.wording import counted_studies, grid, in_sentence, percent, text_of
from metaan.diagnostics.asymmetry.asymmetry_record import with_article

if TYPE_CHECKING:
    import pandas as pd

STANLEY_DOUCOULIAGOS, STANLEY = "10.1002/jrsm.1095", "10.1177/1948550617693062"
CONDITIONAL, PET, PEESE = "CONDITIONAL", "PET", "PEESE"
PET_ESTIMATORS: Mapping[str, str] = MappingProxyType(
    {
        CONDITIONAL: "PEESE if PET finds an effect, else PET",
        PET: "precision-effect test",
        PEESE: "precision-effect estimate with standard error",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PetPeese:
    """The effect that small-study trends leave to a study without error.

    Attributes
    ----------
    label : str
        Name of the effect.
    k : int
        Studies.
    estimator : str
        What was asked for: row of ``PET_ESTIMATORS``.
    chosen : str
        "PET" or "PEESE".
    pet, peese : Estimate
        Intercepts of the lines on standard errors and on variances, analysis scale.
    pet_slope, peese_slope : Estimate
        Their slopes.
    direction : str
        Side of the alternative of the precision-effect test: "above" or "below" no effect.
    p_value, log_p_value : float
        Its one-sided p-value, and the natural logarithm of that; NaN without a value of no effect.
    threshold : float
        Below which PEESE is chosen.
    model, how : str
        "multiplicative" or "mixed"; estimator of tau² and inference for the latter.
    pet_spread, peese_spread : float
        Dispersion of the variances, or for "mixed" tau².
    remarks : tuple of str
        What a careful reader should know.
    """

    label: str
    k: int
    estimator: str
    chosen: str
    pet: Estimate
    peese: Estimate
    pet_slope: Estimate
    peese_slope: Estimate
    direction: str
    p_value: float
    log_p_value: float
    threshold: float
    model: str
    how: str
    pet_spread: float
    peese_spread: float
    remarks: tuple[str, ...] = ()

    @property
    def estimate(self) -> Estimate:
        """The one that was chosen; ``.read()`` for the reading scale."""
        return self.peese if self.chosen == PEESE else self.pet

    @property
    def defined(self) -> bool:
        """Whether there is an estimate: equal standard errors allow none."""
        return self.estimate.value == self.estimate.value

    @property
    def why(self) -> str:
        """Why this one was chosen, as a clause."""
        if self.estimator != CONDITIONAL:
            return "it was asked for"
        found = "found" if self.chosen == PEESE else "did not find"
        p = p_text(self.p_value, self.log_p_value)
        label, null = in_sentence(self.label), self.pet.scale.reading_null
        return (
            f"the precision-effect test {found} {with_article(label)} {self.direction} {null:g} "
            f"(one-sided {p}, threshold {self.threshold:g})"
        )

    @property
    def references(self) -> tuple[str, ...]:
        """References, in the order of their marks in `sentence`."""
        return cite([STANLEY_DOUCOULIAGOS, STANLEY])

    def summary(self) -> str:
        """Return both estimates, the choice and the notes as text."""
        lines = (*aligned(_rows(self)), *_notes(self))
        return "\n".join([_title(self), *(f"  {line}" for line in lines)])

    def sentence(self) -> str:
        """Return the estimate for a Results section; marks point into `references`."""
        return text_of(_sentences(self))

    def to_frame(self) -> pd.DataFrame:
        """Return one row for PET and one for PEESE.

        Returns
        -------
        DataFrame
            estimator; estimate, se, low, high, statistic, df, p_value (analysis scale); slope;
            chosen.
        """
        import pandas as pd

        frame = pd.DataFrame(estimate_records("estimator", (PET, PEESE), (self.pet, self.peese)))
        frame["slope"] = [self.pet_slope.value, self.peese_slope.value]
        frame["chosen"] = frame["estimator"] == self.chosen
        return frame

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    def __repr__(self) -> str:
        """Return the summary."""
        return self.summary()

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(_title(self), _rows(self), _notes(self))


def _title(found: PetPeese) -> str:
    how = found.how or "weighted least squares"
    return f"PET-PEESE, {found.label}, {counted_studies(found.k)} ({how})"


def _rows(found: PetPeese) -> list[list[str]]:
    names = ("PET: at standard error 0", "PEESE: at variance 0", "slope on standard error",
             "slope on variance")  # fmt: skip
    lines = (found.pet, found.peese, found.pet_slope, found.peese_slope)
    return estimate_rows("term", names, lines)


def _notes(found: PetPeese) -> list[str]:
    told = []
    if found.pet.scale.is_log:
        told.append(f"({LOGARITHMS.format(what='an estimate at 0')})")
    what = "tau²" if found.how else "variances times"
    told.append(f"{what} {compact(found.pet_spread)} (PET), {compact(found.peese_spread)} (PEESE)")
    if found.defined:
        told.append(f"chosen: {found.chosen}, because {found.why}")
    return [*told, *(f"note: {remark}" for remark in found.remarks)]


def _sentences(found: PetPeese) -> list[str]:
    mark = marks([STANLEY_DOUCOULIAGOS, STANLEY])
    if not found.defined:
        return [f"PET-PEESE{mark[STANLEY_DOUCOULIAGOS]} was not possible: {found.remarks[0]}"]
    read, label = found.estimate.read(), in_sentence(found.label)
    log, null = found.estimate.scale.is_log, found.estimate.scale.reading_null
    value, low, high = printed(read.value, read.low, read.high, ratio=log, null=null)
    how = f"meta-regression, {found.how}" if found.how else "weighted least squares"
    why = f"{found.chosen} was chosen because {found.why}" * (found.estimator == CONDITIONAL)
    return [
        f"Adjusted for small-study effects by {found.chosen}{mark[STANLEY_DOUCOULIAGOS]} ({how}; "
        f"{counted_studies(found.k)}), the {label} was {value} ({percent(found.estimate.level)} "
        f"CI {low} to {high})",
        why,
        "The adjustment is unreliable with few studies, low power or much heterogeneity"
        f"{mark[STANLEY]}",
    ]
