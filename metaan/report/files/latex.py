r"""Tables for LaTeX: fragments for ``\input`` that no name can break.

Every letter that means something to TeX is escaped, so that a name can neither end the table nor
call a command; what an 8-bit engine lacks (minus signs, Greek, comparisons) is spelled by
commands. Letters beyond Latin stay as they are and need XeLaTeX or LuaLaTeX.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from metaan.plots.pages.letters import printable
from metaan.report.files.columns import Column, for_readers

# A square bracket or a star after the end of a row would be taken for its option.
ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "^": r"\textasciicircum{}",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "%": r"\%",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\char34{}",
    "`": r"\textasciigrave{}",
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    "\0": "{}",
    "−": "$-$",
    "–": "--",
    "—": "---",
    "±": r"$\pm$",
    "×": r"$\times$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "≠": r"$\neq$",
    "≈": r"$\approx$",
    "∞": r"$\infty$",
    "²": r"\textsuperscript{2}",
    "³": r"\textsuperscript{3}",
    "°": r"\textdegree{}",
    "·": r"\textperiodcentered{}",
    "…": r"\ldots{}",
    "’": "'",
    "‘": "`",
    "“": "``",
    "”": "''",
    "µ": r"\textmu{}",
    "α": r"$\alpha$",
    "β": r"$\beta$",
    "θ": r"$\theta$",
    "μ": r"$\mu$",
    "τ": r"$\tau$",
    "χ": r"$\chi$",
    "\N{REPLACEMENT CHARACTER}": "?",
}  # fmt: skip
_ESCAPE = str.maketrans(ESCAPES)
BEYOND_LATIN = re.compile("[^\x00-\u024f\u1e00-\u1eff]")

# Two of these in a row would become another letter.
JOINED = re.compile("(['-])(?=\\1)")

LONGEST = 40  # rows that fit a page
PORTRAIT, LANDSCAPE = 92, 150  # letters of a line in a small font
LONG_TEXT = 30  # letters from which on a column is broken into lines
FEWEST_LETTERS = 18  # in a line of such a column; the page is turned for more
GAP = 2


@dataclass(frozen=True, slots=True)
class _Shape:
    """How the columns of a table are set, and on which kind of page."""

    columns: str
    wide: bool
    squeezed: bool


def latex_table(columns: Sequence[Column], *, name: str, caption: str) -> str:
    """Return a table as a fragment of LaTeX.

    Parameters
    ----------
    columns : sequence of Column
        All of the table; those without any content are left out.
    name, caption : str
        Of its label, ``tab:NAME``; over the table.
    """
    kept = for_readers(columns)
    if not kept:
        return f"% {printable(name)}: a table without columns\n"
    texts = [[printable(text) for text in column.texts()] for column in kept]
    shape, long = _shaped(kept, texts), len(texts[0]) > LONGEST
    head = " & ".join(escaped(column.head) for column in kept) + r" \\"
    rows = [" & ".join(map(escaped, row)) + r" \\" for row in zip(*texts, strict=True)]
    named = rf"\caption{{{escaped(caption)}}}\label{{tab:{_label(name)}}}"
    lines = _long(shape, head, rows, named) if long else _short(shape, head, rows, named)
    return "\n".join([*_remarks(lines, name), *lines, ""])


def escaped(text: str) -> str:
    r"""Return one line of text as LaTeX prints it.

    Examples
    --------
    >>> print(escaped(r"50% \input{x} −9.2"))
    50\% \textbackslash{}input\{x\} $-$9.2
    """
    return JOINED.sub("\\1\0", printable(text)).translate(_ESCAPE)


def _short(shape: _Shape, head: str, rows: Sequence[str], named: str) -> list[str]:
    place = "sidewaystable" if shape.wide else "table"
    table = [rf"\begin{{tabular}}{{{shape.columns}}}", r"\toprule", head, r"\midrule", *rows]
    table += [r"\bottomrule", r"\end{tabular}"]
    if shape.squeezed:
        table = [r"\resizebox{\linewidth}{!}{%", *table, "}"]
    return [
        *(rf"\begin{{{place}}}", r"\centering", named, r"\small"),
        *table,
        rf"\end{{{place}}}",
    ]


def _long(shape: _Shape, head: str, rows: Sequence[str], named: str) -> list[str]:
    lines = [
        *(r"\begingroup", r"\tiny" if shape.squeezed else r"\small"),
        rf"\begin{{longtable}}{{{shape.columns}}}",
        named + r" \\",
        *(r"\toprule", head, r"\midrule", r"\endfirsthead"),
        *(r"\toprule", head, r"\midrule", r"\endhead"),
        *(r"\bottomrule", r"\endfoot"),
        *rows,
        *(r"\end{longtable}", r"\endgroup"),
    ]
    return [r"\begin{landscape}", *lines, r"\end{landscape}"] if shape.wide else lines


def _shaped(columns: Sequence[Column], texts: Sequence[Sequence[str]]) -> _Shape:
    """Return how columns are set: long texts share what the others leave of a line."""
    longest = [max(map(len, cells), default=0) for cells in texts]
    broken = [
        not column.numeric and most > LONG_TEXT
        for column, most in zip(columns, longest, strict=True)
    ]
    fixed = sum(
        GAP + (0 if is_broken else max(most, len(column.head)))
        for column, most, is_broken in zip(columns, longest, broken, strict=True)
    )
    wide = fixed + FEWEST_LETTERS * sum(broken) > PORTRAIT
    line = LANDSCAPE if wide else PORTRAIT
    share = max(FEWEST_LETTERS, (line - fixed) / max(1, sum(broken))) / line
    kinds = [
        rf">{{\raggedright\arraybackslash}}p{{{min(share, 0.5):.2f}\linewidth}}"
        if is_broken
        else "r"
        if column.numeric
        else "l"
        for column, is_broken in zip(columns, broken, strict=True)
    ]
    squeezed = fixed + FEWEST_LETTERS * sum(broken) > LANDSCAPE
    return _Shape("".join(kinds), wide, squeezed)


def _label(name: str) -> str:
    return re.sub("[^A-Za-z0-9:-]+", "-", name)


def _remarks(lines: Sequence[str], name: str) -> list[str]:
    """Return the comments over a table: what it is, and which packages it needs."""
    text = "\n".join(lines)
    asked = {
        "booktabs": True,
        "longtable": r"\begin{longtable}" in text,
        "array": r"\arraybackslash" in text,
        "graphicx": r"\resizebox" in text,
        "rotating": r"\begin{sidewaystable}" in text,
        "pdflscape": r"\begin{landscape}" in text,
    }
    needed = ", ".join(package for package, is_asked in asked.items() if is_asked)
    remarks = [f"% {printable(name)}", rf"% Needs \usepackage{{{needed.replace(' ', '')}}}."]
    if BEYOND_LATIN.search(text):
        remarks.append("% Has letters beyond Latin: use XeLaTeX or LuaLaTeX and a font with them.")
    return remarks
