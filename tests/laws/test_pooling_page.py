"""docs/pooling.md is what the tables say."""

from __future__ import annotations

from tests.laws.pooling_page import PAGE, SECTIONS, page


def test_the_page_is_made_from_the_tables():
    """Keys, names, demands, sources and pages stand there as the tables have them."""
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tests.laws.pooling_page`"


def test_every_row_has_a_line():
    """No table is left out and none is empty."""
    text = page()
    for _, _, table in SECTIONS:
        assert table
        assert all(f"| `{key}` | {row.name}" in text for key, row in table.items())
