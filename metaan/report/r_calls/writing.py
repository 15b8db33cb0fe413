"""Values of Python as the text of R: nothing in a label can leave its quotes.

All is ASCII, so that no locale and no editor of R reads it as something else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

WIDTH = 92
INDENT = "  "
REPLACED = 0xFFFD  # for what R cannot hold in a text: NUL and halves of surrogate pairs
ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
LARGEST_WHOLE = 2.0**53


def text(value: object) -> str:
    r"""Return a label as a literal of R in double quotes.

    Examples
    --------
    >>> print(text('a "b" \\ c'))
    "a \"b\" \\ c"
    >>> print(text("Müller\n2010"))
    "M\u00fcller\n2010"
    """
    return f'"{"".join(_letter(each) for each in str(value))}"'


def _letter(letter: str) -> str:
    if letter in ESCAPED:
        return ESCAPED[letter]
    code = ord(letter)
    if 0x20 <= code < 0x7F:
        return letter
    if code == 0 or 0xD800 <= code <= 0xDFFF:
        code = REPLACED
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def number(value: float | bool) -> str:
    """Return a number as R reads it: up to 17 significant digits, the same double.

    Examples
    --------
    >>> number(0.1), number(3.0), number(float("nan")), number(1e-300), number(True)
    ('0.1', '3', 'NA', '1e-300', 'TRUE')
    """
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    value = float(value)
    if math.isnan(value):
        return "NA"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    if value.is_integer() and abs(value) < LARGEST_WHOLE:
        return f"{value:.0f}"
    return repr(value)


def literal(value: Any) -> str:
    """Return a number or a label, each by its kind."""
    return text(value) if isinstance(value, str) else number(value)


def vector(values: Sequence[Any]) -> str:
    """Return ``c(...)`` of numbers or of labels, folded."""
    return called("c", [literal(value) for value in values])


def called(function: str, arguments: Sequence[str] | Mapping[str, str]) -> str:
    """Return a call, on one line if it fits, else folded and indented."""
    parts = (
        [f"{name} = {value}" for name, value in arguments.items()]
        if isinstance(arguments, Mapping)
        else list(arguments)
    )
    line = f"{function}({', '.join(parts)})"
    if len(line) <= WIDTH and "\n" not in line:
        return line
    lines, open_line = [], ""
    alone = isinstance(arguments, Mapping)
    for i, part in enumerate(parts):
        piece = part.replace("\n", f"\n{INDENT}") + ("," if i < len(parts) - 1 else "")
        joined = f"{open_line} {piece}" if open_line else piece
        if open_line and (alone or "\n" in piece or len(joined) + len(INDENT) > WIDTH):
            lines.append(open_line)
            joined = piece
        open_line = joined
    body = "\n".join(f"{INDENT}{each}" for each in [*lines, open_line])
    return f"{function}(\n{body}\n)"


def data_frame(columns: Mapping[str, Sequence[Any]]) -> str:
    """Return ``data.frame(...)``; the names of its columns are ours, its values are quoted."""
    return called("data.frame", {name: vector(values) for name, values in columns.items()})


def matrix(rows: Sequence[Sequence[float]], names: Sequence[str]) -> str:
    """Return ``cbind(...)`` of the columns of a matrix, with names that R need not read."""
    columns = [vector([row[j] for row in rows]) for j in range(len(names))]
    return called(
        "structure", [called("cbind", columns), f"dimnames = list(NULL, {vector(names)})"]
    )
