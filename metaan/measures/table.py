"""MEASURES: every effect measure the library knows, one row each.

The rows stand beside their formulas, a family in a file; this table only brings them together.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from metaan.measures import (
    binary,
    biserial,
    contingency,
    correlation,
    differences,
    explained,
    generic,
    matched,
    paired,
    paired_average,
    paired_ratios,
    proportions,
    rates,
    reliability,
    single,
    standardized,
    superiority,
    tetrachoric,
)
from metaan.measures.row import Measure, Swap

FAMILIES = (
    differences,
    standardized,
    superiority,
    biserial,
    binary,
    contingency,
    tetrachoric,
    rates,
    correlation,
    explained,
    single,
    proportions,
    reliability,
    paired,
    paired_average,
    paired_ratios,
    matched,
    generic,
)

MEASURES: Mapping[str, Measure] = MappingProxyType(
    {row.key: row for family in FAMILIES for row in family.ROWS}
)

# A difference in units over an SD that the caller names is one of these: the SD of neither group.
DIVIDED_BY_SD = tuple(row.key for row in standardized.ROWS if row.swap is Swap.SIGN)
