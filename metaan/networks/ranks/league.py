"""Effects of every treatment against every other: matrices of numbers, and league tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from metaan.core.arrays import Floats, FrozenDict, frozen
from metaan.core.errors import InputError
from metaan.core.estimate_table import figure, ratio_decimals
from metaan.core.lookup import look_up
from metaan.core.numbers import fixed, interval
from metaan.core.scale import IDENTITY, Scale
from metaan.core.text_table import aligned
from metaan.core.wording import grid, in_sentence, percent
from metaan.networks.combining.combined import Combined
from metaan.networks.combining.direct import direct_effects
from metaan.networks.combining.relative import RelativeEffects
from metaan.numerics.tails import log_two_sided, statistic_of, t_quantile

if TYPE_CHECKING:
    import pandas as pd

NONE_HERE = "."
NETWORK, DIRECT = "by the network", "direct evidence alone"
VALUES = "values"
# What `EffectMatrix.to_frame` shows, and the field that holds it.
SHOWN: Mapping[str, str] = FrozenDict(
    {
        each: each
        for each in (
            VALUES, "se", "low", "high", "p_values", "prediction_low", "prediction_high",
        )
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EffectMatrix:
    """Effects of the row's against the column's treatment, all of shape (n, n).

    Its arrays are on the analysis scale unless they were `read`; what is printed always is on
    the reading scale (odds ratios, not logarithms).

    Attributes
    ----------
    treatments : tuple of str, length n
        Names of rows and columns.
    values, se, low, high : ndarray, shape (n, n)
        Effects, standard errors and confidence limits; NaN where there is no effect.
    p_values : ndarray, shape (n, n)
        Two-sided p-values of no difference; 1 on the diagonal.
    prediction_low, prediction_high : ndarray, shape (n, n)
        Where the effect is expected in a new study; NaN where there is no such interval.
    level : float
        Coverage of the intervals.
    scale : Scale
        How the numbers are read.
    label : str
        Name of the effect, reading scale.
    """

    treatments: tuple[str, ...]
    values: Floats
    se: Floats
    low: Floats
    high: Floats
    p_values: Floats
    prediction_low: Floats
    prediction_high: Floats
    level: float
    scale: Scale
    label: str

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in SHOWN.values():
            object.__setattr__(self, name, frozen(getattr(self, name)))

    def arranged(self, treatments: Sequence[str]) -> EffectMatrix:
        """Return these treatments in this order; NaN for those that are not in the matrix."""
        known = {name: i for i, name in enumerate(self.treatments)}
        inside = [i for i, name in enumerate(treatments) if name in known]
        taken = [known[treatments[i]] for i in inside]
        found = {}
        for name in SHOWN.values():
            moved = np.full((len(treatments), len(treatments)), np.nan)
            moved[np.ix_(inside, inside)] = getattr(self, name)[np.ix_(taken, taken)]
            found[name] = moved
        return EffectMatrix(
            treatments=tuple(treatments),
            **found,
            level=self.level,
            scale=self.scale,
            label=self.label,
        )

    def read(self) -> EffectMatrix:
        """Return the matrix on the reading scale; standard errors by the delta method.

        The p-values belong to the test on the analysis scale and stay as they are.
        """
        inverse = self.scale.inverse
        with np.errstate(over="ignore", invalid="ignore"):  # beyond all numbers reads as infinite
            return EffectMatrix(
                treatments=self.treatments,
                values=inverse(self.values),
                se=self.se * np.abs(self.scale.derivative(self.values)),
                low=inverse(self.low),
                high=inverse(self.high),
                p_values=self.p_values,
                prediction_low=inverse(self.prediction_low),
                prediction_high=inverse(self.prediction_high),
                level=self.level,
                scale=IDENTITY,
                label=self.label,
            )

    def to_frame(self, what: str = VALUES) -> pd.DataFrame:
        """Return one of the matrices, row against column.

        Parameters
        ----------
        what : {"values", "se", "low", "high", "p_values", "prediction_low", "prediction_high"}
            Which of them.

        Returns
        -------
        DataFrame
            Treatments are the names of rows and columns; ``attrs`` say what it is.
        """
        import pandas as pd

        field = look_up(SHOWN, what, argument="what", what="a matrix of effects")
        names = list(self.treatments)
        frame = pd.DataFrame(getattr(self, field), index=names, columns=names)
        frame.attrs = {"effect": self.label, "shown": field, "reading": "row against column"}
        return frame

    def title(self) -> str:
        """Return what the matrix is, in one line."""
        return f"{self.label}, row against column"

    def rows(self) -> list[list[str]]:
        """Return a head of numbers and a row of effects for each treatment, reading scale."""
        shown = self.read()
        apart = ~np.eye(len(self.treatments), dtype=bool)
        low, high = shown.low[apart], shown.high[apart]
        digits = ratio_decimals((high - low)[np.isfinite(high - low)].tolist())
        rows = [["", *(f"({i})" for i in range(1, len(self.treatments) + 1))]]
        for i, values in enumerate(shown.values.tolist()):
            cells = [NONE_HERE if value != value else figure(value, digits) for value in values]
            cells[i] = ""
            rows.append([f"({i + 1}) {self.treatments[i]}", *cells])
        return rows

    def notes(self) -> list[str]:
        """Return where the intervals are."""
        return [f"{percent(self.level)} limits are in .low and .high; .to_frame(what) is a table"]

    def __str__(self) -> str:
        """Return the effects as a table."""
        lines = [*aligned(self.rows()), *self.notes()]
        return "\n".join([self.title(), *(f"  {line}" for line in lines)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(self.title(), self.rows(), self.notes())


def effect_matrix(relative: RelativeEffects, half: Floats | None = None) -> EffectMatrix:
    """Return the effects of all treatments against each other.

    Parameters
    ----------
    relative : RelativeEffects
        Effects of n treatments.
    half : ndarray, shape (n, n), optional
        Half the widths of their prediction intervals.

    Returns
    -------
    EffectMatrix
        Numbers on the analysis scale; it is printed on the reading scale.

    Examples
    --------
    >>> import metaan as ma
    >>> effects = ma.NetworkEffects.from_arrays(
    ...     [-0.5, -0.3, 0.1], se=[0.2, 0.25, 0.3], study=["Ann", "Bo", "Cy"],
    ...     treat1=["true", "sham", "true"], treat2=["sham", "usual", "usual"])
    >>> fit = ma.network(effects, model="common")
    >>> fit.matrix().to_frame().round(3).loc["true", "sham"]
    np.float64(-0.313)
    """
    return matrix_of(relative, relative.differences, relative.se, half)


def direct_matrix(relative: RelativeEffects, combined: Combined) -> EffectMatrix:
    """Return what studies say of each comparison by themselves; NaN where there is no study.

    Notes
    -----
    Each comparison takes tau², the factor that the inference multiplies variances by and the
    degrees of freedom from the whole network, so that both triangles of a league table mean the
    same by an interval.
    """
    direct = direct_effects(combined)
    factor = np.trace(relative.covariance) / np.trace(combined.inverse)
    return matrix_of(relative, direct.values, np.sqrt(direct.variances * factor), None)


def matrix_of(
    relative: RelativeEffects, values: Floats, se: Floats, half: Floats | None = None
) -> EffectMatrix:
    """Return effects and standard errors (n, n) with the level and the df of a fit."""
    width = t_quantile(relative.level, relative.df) * se
    ahead = np.full_like(values, np.nan) if half is None else half
    statistic = statistic_of(values, se)
    return EffectMatrix(
        treatments=relative.treatments,
        values=values,
        se=se,
        low=values - width,
        high=values + width,
        p_values=np.exp(log_two_sided(statistic, relative.df)),
        prediction_low=values - ahead,
        prediction_high=values + ahead,
        level=relative.level,
        scale=relative.scale,
        label=relative.label,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class League:
    """A league table: whatever stands in a cell, it is the earlier against the later treatment.

    Attributes
    ----------
    lower : EffectMatrix
        What the lower triangle shows, reading scale, in the order of the table.
    upper : EffectMatrix
        What the upper triangle shows, of the same treatments.
    lower_source, upper_source : str
        Where they come from; empty if the upper triangle is.
    digits : int
        Decimals.
    """

    lower: EffectMatrix
    upper: EffectMatrix
    lower_source: str
    upper_source: str
    digits: int

    @property
    def treatments(self) -> tuple[str, ...]:
        """Names, in the order of the table."""
        return self.lower.treatments

    def __str__(self) -> str:
        """Return how the triangles are read."""
        told = [f"{where} triangle: {words}" for where, words in self.reading().items()]
        return "\n".join([f"League table of {', '.join(self.treatments)}", *told])

    __repr__ = __str__

    def to_frame(self) -> pd.DataFrame:
        """Return the table as texts, treatments on the diagonal.

        Returns
        -------
        DataFrame
            Cells as "0.12 (−0.30, 0.54)", "." where there is no such evidence; the treatments
            are the names of rows and columns too. ``attrs`` tell what the triangles are.
        """
        import pandas as pd

        names = list(self.treatments)
        below = _texts(self.lower, self.digits).T
        above = _texts(self.upper, self.digits) if self.upper_source else np.full_like(below, "")
        cells = np.where(np.tri(len(names), k=-1, dtype=bool), below, above)
        np.fill_diagonal(cells, names)
        frame = pd.DataFrame(cells, index=names, columns=names)
        frame.attrs.update(self.reading())
        return frame

    def reading(self) -> dict[str, str]:
        """Return how each triangle is read, in words."""
        told = {"lower": _told(self.lower, "column against row", self.lower_source)}
        if self.upper_source:
            told["upper"] = _told(self.upper, "row against column", self.upper_source)
        return told


def _told(matrix: EffectMatrix, order: str, source: str) -> str:
    return (
        f"{in_sentence(matrix.label)} ({percent(matrix.level)} CI), {order}, {source}; "
        f'"{NONE_HERE}" where there is none'
    )


def _texts(matrix: EffectMatrix, digits: int) -> npt.NDArray[np.object_]:
    """Return each effect with its interval, row against column, shape (n, n)."""
    texts = [
        NONE_HERE if value != value else f"{fixed(value, digits)} {interval(low, high, digits)}"
        for value, low, high in zip(
            *(each.ravel().tolist() for each in (matrix.values, matrix.low, matrix.high)),
            strict=True,
        )
    ]
    return np.array(texts, dtype=object).reshape(matrix.values.shape)


def league_of(
    lower: EffectMatrix,
    upper: EffectMatrix | None,
    order: Sequence[str],
    *,
    upper_source: str = DIRECT,
    digits: int = 2,
) -> League:
    """Return a league table of some treatments.

    Parameters
    ----------
    lower : EffectMatrix
        The network's effects, analysis scale.
    upper : EffectMatrix or None
        Direct evidence, or another outcome's network; None leaves the triangle empty.
    order : sequence of str
        Treatments of the table, which may be in one of the two only.
    upper_source : str
        What the upper triangle is.
    digits : int
        Decimals of the reading scale.

    Raises
    ------
    InputError
        If ``digits`` is no whole number of at least 0.
    """
    if not isinstance(digits, Integral) or isinstance(digits, bool) or digits < 0:
        raise InputError(f"digits={digits!r} must be a whole number of at least 0")
    shown = lower.arranged(order).read()
    return League(
        lower=shown,
        upper=shown if upper is None else upper.arranged(order).read(),
        lower_source=NETWORK,
        upper_source="" if upper is None else upper_source,
        digits=int(digits),
    )
