"""docs/measures.md has a line for every measure and variance, as the table has them."""

from __future__ import annotations

import pytest

from metaan.measures.table import MEASURES
from tests.laws.test_measures import RATIOS
from tests.laws.variance_table import PAGE, named, variants

CELLS = 9
LINES = [
    [cell.strip() for cell in line.split("|")[1:-1]]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ")
]
OLD = "run `python -m tests.laws.variance_table`"


@pytest.mark.parametrize("key", [key for key, row in MEASURES.items() if row.doi])
def test_the_page_tells_what_the_row_says(key):
    """Key, name, columns, options, scale, source and variances stand as they are in the table."""
    row = MEASURES[key]
    start = next(i for i, cells in enumerate(LINES) if cells[0] == f"`{key}`")
    for offset, name in enumerate(variants(row)):
        cells = LINES[start + offset]
        assert len(cells) == CELLS
        assert cells[:-2] == named(row, name), OLD


@pytest.mark.parametrize("key", [key for key, row in MEASURES.items() if row.doi])
def test_the_page_and_the_laws_tell_the_same_ratio(key):
    """What was measured for the page at the design point is what the law holds the row to."""
    row = MEASURES[key]
    start = next(i for i, cells in enumerate(LINES) if cells[0] == f"`{key}`")
    for offset, name in enumerate(variants(row)):
        told = LINES[start + offset][-2]
        expected = RATIOS.get(f"{key}:{name}", RATIOS.get(key, 1.0))
        assert abs(float(told) - expected) < 0.035, OLD
