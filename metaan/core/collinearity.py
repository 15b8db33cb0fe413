"""Variance inflation factors as a record that prints itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metaan.core.lookup import look_up
from metaan.core.numbers import fixed
from metaan.core.text_table import aligned
from metaan.core.wording import grid

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Inflation:
    """How much the other moderators inflate the uncertainty of one coefficient or of a term.

    Attributes
    ----------
    name : str
        Of the coefficient, or of the term.
    m : int
        Number of coefficients: 1, or as many as the term has.
    vif : float
        (Generalized) variance inflation factor.
    sif : float
        ``vif^(1 / (2 m))``: how many times wider the standard error is, per coefficient.
    """

    name: str
    m: int
    vif: float
    sif: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Vif:
    """Variance inflation factors of a meta-regression.

    Attributes
    ----------
    coefficients : tuple of Inflation
        One for each coefficient but that of the constant.
    terms : tuple of Inflation
        One for each term of the formula but the constant, all its coefficients together.
    columns : tuple of Inflation
        One for each column, all terms made of it alone together; only looked up, never shown.
    """

    coefficients: tuple[Inflation, ...]
    terms: tuple[Inflation, ...]
    columns: tuple[Inflation, ...] = ()

    def __getitem__(self, name: str) -> Inflation:
        """Return the factor of a coefficient, term or column; ChoiceError if there is none."""
        # as fit.test reads a name: a coefficient before a term, a term before a column
        everything = (*self.columns, *self.terms, *self.coefficients)
        table = {each.name: each for each in everything}
        return look_up(table, name, argument="name", what="a coefficient, term or column")

    def summary(self) -> str:
        """Return the factors as an aligned table."""
        return "\n".join(inflation_lines(self))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per term, and one per coefficient of a term that has several."""
        import pandas as pd

        return pd.DataFrame(inflation_records(self))

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid("Variance inflation", inflation_rows(self), [LEGEND])


def inflation_records(vif: Vif) -> list[dict[str, Any]]:
    """Return one record per term, and one per coefficient that is not a term by itself."""
    alone = {each.name for each in vif.terms}
    shown = [*vif.terms, *(each for each in vif.coefficients if each.name not in alone)]
    return [{"name": each.name, "m": each.m, "vif": each.vif, "sif": each.sif} for each in shown]


LEGEND = "SIF: how many times wider the standard error is, for each of the m coefficients"


def inflation_lines(vif: Vif) -> list[str]:
    """Return the factors as an aligned table and what they are."""
    return [*aligned(inflation_rows(vif)), LEGEND]


def inflation_rows(vif: Vif) -> list[list[str]]:
    """Return a head and one row for each record."""
    rows = [["", "m", "VIF", "SIF"]]
    for record in inflation_records(vif):
        numbers = fixed(record["vif"], 3), fixed(record["sif"], 3)
        rows.append([record["name"], str(record["m"]), *numbers])
    return rows
