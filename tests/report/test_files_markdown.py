"""methods.md: ready to paste, and no name turns into a form."""

from __future__ import annotations

from pathlib import Path

import pytest

from metaan.report.files.markdown import markdown, methods_markdown
from tests.report.documents import document


def test_methods_cite_their_own_references(tmp_path: Path) -> None:
    """Numbered anew in the order of these paragraphs; what is no reference stays text."""
    text = methods_markdown(document(tmp_path))
    assert "Effects were pooled [1] by REML [2]; \\[7\\] is no reference." in text
    assert text.index("1. Roe R. \\<b\\>Three\\</b\\>. 2002.") < text.index(
        "2. Doe J. One \\& two"
    )
    assert "doi:10.1000/one\\_two" in text
    assert text.count("Effects were pooled") == 1
    assert "## Two\n\nNothing is pooled.\n" in text
    assert "Nothing is \\*invented\\*." in text
    assert "metaan 1.2.3." in text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("# head", r"\# head"),
        ("1. item", r"1\. item"),
        ("- item", r"\- item"),
        ("<script>", r"\<script\>"),
        ("`code` *a* _b_ ~c~", r"\`code\` \*a\* \_b\_ \~c\~"),
        ("[x](y) ![z](w)", r"\[x\](y) !\[z\](w)"),
        ("a | b & $c$ ^d^", r"a \| b \& \$c\$ \^d\^"),
        ("line\nof text\x07", "line of text"),
        ("a - b + c. 1. d", "a - b + c. 1. d"),
    ],
)
def test_no_text_turns_into_a_form(text: str, safe: str) -> None:
    """Each sign is escaped where it would mean something, and only there."""
    assert markdown(text) == safe
