"""A fit by subgroups: one pool each, all together, and the test between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metaan.core.fit import PooledFit, as_html, pooled_lines
from metaan.core.lookup import look_up
from metaan.core.numbers import fixed, p_text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SubgroupFit:
    """Pools within subgroups, the overall pool, and the test of a difference between them.

    Attributes
    ----------
    by : str
        Name of the column.
    levels : tuple of str
        Values of the column, in the order of their first study.
    fits : tuple of PooledFit
        One each.
    overall : PooledFit
        All studies together.
    q_between, df_between, p_between : float
        Test that the subgroup means are equal.
    remarks : tuple of str
        What a careful reader should know about the test.
    """

    by: str
    levels: tuple[str, ...]
    fits: tuple[PooledFit, ...]
    overall: PooledFit
    q_between: float
    df_between: float
    p_between: float
    remarks: tuple[str, ...] = ()

    def __getitem__(self, level: str) -> PooledFit:
        """Return the fit of one level; ChoiceError if there is none of that name."""
        table = dict(zip(self.levels, self.fits, strict=True))
        return look_up(table, level, argument="level", what="a subgroup")

    def summary(self) -> str:
        """Return the fits as text, the test between them last."""
        return "\n".join(subgroup_lines(self))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per subgroup and one for all: k, estimate, limits, tau², I²."""
        import pandas as pd

        return pd.DataFrame(subgroup_records(self))

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return as_html(subgroup_lines(self))


def subgroup_lines(fit: SubgroupFit) -> list[str]:
    """Return the lines of a subgroup fit."""
    lines: list[str] = []
    for level, part in zip(fit.levels, fit.fits, strict=True):
        lines += [
            f"{fit.by} = {level}: {line}" if i == 0 else line
            for i, line in enumerate(pooled_lines(part))
        ]
    lines += [
        f"all: {line}" if i == 0 else line for i, line in enumerate(pooled_lines(fit.overall))
    ]
    lines.append(between_text(fit))
    return [*lines, *(f"  note: {remark}" for remark in fit.remarks)]


def between_text(fit: SubgroupFit) -> str:
    """Return the test of a difference between subgroups in one line."""
    return (
        f"Test for subgroup differences: Q = {fixed(fit.q_between)}, "
        f"df = {fit.df_between:g}, {p_text(fit.p_between)}"
    )


def subgroup_records(fit: SubgroupFit) -> list[dict[str, Any]]:
    """Return one record per subgroup and one for all, on the reading scale."""
    records = []
    for level, part in zip((*fit.levels, "all"), (*fit.fits, fit.overall), strict=True):
        read = part.estimate.read()
        records.append(
            {
                fit.by: level,
                "k": part.k,
                "estimate": read.value,
                "low": read.low,
                "high": read.high,
                "p_value": read.p_value,
                "tau2": part.tau2,
                "i2": part.heterogeneity.i2,
            }
        )
    return records
