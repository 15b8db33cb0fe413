"""Words for results: what sentences, summaries and notebooks say about any fit alike.

Nothing here computes a statistic; everything takes numbers and names and gives text back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from metaan.core.citations import marks
from metaan.core.conventions import FROM_Q
from metaan.core.estimate import Estimate, Interval
from metaan.core.heterogeneity import Heterogeneity
from metaan.core.numbers import MINUS, compact, digits_of, fixed, p_text, printed

STUDENT = re.compile(r"^t\((.+)\)$")
NORMAL, T, ERROR = "normal", "t", "standard error"
RESIDUAL = "k - p"
CLOSE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method that a fit used: a row of a table, in words.

    Attributes
    ----------
    name : str
        Full name, as the row has it ("Hartung-Knapp-Sidik-Jonkman, t(k - p)").
    doi : str
        Where it was published; empty for a textbook method.
    """

    name: str
    doi: str = ""


def counted_studies(k: int, left_out: int = 0) -> str:
    """Return ``1 study``, ``13 studies``, or ``13 of 15 studies`` where some were left out.

    Examples
    --------
    >>> counted_studies(1), counted_studies(13, 2)
    ('1 study', '13 of 15 studies')
    """
    of = f" of {k + left_out}" if left_out else ""
    return f"{k}{of} {'study' if k == 1 and not of else 'studies'}"


def in_sentence(label: str) -> str:
    """Return a label inside a sentence: its capital goes, an abbreviation's stays.

    Examples
    --------
    >>> in_sentence("Risk ratio"), in_sentence("VAS (mm)")
    ('risk ratio', 'VAS (mm)')
    """
    return label if label[1:2].isupper() or len(label) < 2 else label[:1].lower() + label[1:]


def bracketed(name: str) -> str:
    """Return the name of a method for a list: what follows its comma in brackets.

    Examples
    --------
    >>> bracketed("Paule-Mandel, median-unbiased"), bracketed("Hedges")
    ('Paule-Mandel (median-unbiased)', 'Hedges')
    """
    head, _, rest = name.partition(", ")
    return f"{head} ({rest})" if rest else head


def percent(level: float) -> str:
    """Return ``95%``."""
    return f"{100 * level:g}%"


def estimate_digits(*estimates: Estimate) -> int:
    """Return how many decimals estimates share that are told side by side (see `digits_of`)."""
    return max(
        digits_of(
            read.value, read.low, read.high, ratio=one.scale.is_log, null=one.scale.reading_null
        )
        for one, read in ((one, one.read()) for one in estimates)
    )


def estimate_words(estimate: Estimate, *, digits: int = 0) -> str:
    """Return ``0.49 (95% CI 0.34 to 0.71; p < 0.001)`` on the reading scale.

    With ``digits``, of `estimate_digits`, at least as many decimals as these.
    """
    read, log = estimate.read(), estimate.scale.is_log
    value, low, high = printed(
        read.value, read.low, read.high, ratio=log, null=estimate.scale.reading_null, digits=digits
    )
    test = ""
    if estimate.scale.has_null:
        test = f"; {p_text(estimate.p_value, estimate.log_p_value)}"
    return f"{value} ({percent(estimate.level)} CI {low} to {high}{test})"


def slope_words(estimate: Estimate, *, verb: bool = True) -> str:
    """Return ``was multiplied by 0.971 (95% CI ...)``, or ``changed by −0.3 (...)``.

    Ratios of a slope can lie close to 1: limits closer than a tenth get more decimals than two.

    Parameters
    ----------
    estimate : Estimate
        Coefficient of a moderator.
    verb : bool
        Whether to say what the effect did; ``by 0.971 (...)`` otherwise.
    """
    read, log = estimate.read(), estimate.scale.is_log
    close = not read.high - read.low >= CLOSE
    null = 1.0 if log else 0.0
    value, low, high = printed(read.value, read.low, read.high, ratio=log and not close, null=null)
    did = ("was multiplied " if log else "changed ") if verb else ""
    test = p_text(estimate.p_value, estimate.log_p_value)
    return f"{did}by {value} ({percent(estimate.level)} CI {low} to {high}; {test})"


def range_words(limits: Interval) -> str:
    """Return ``0.13 and 1.89``: the limits of an interval on the reading scale."""
    read = limits.read()
    low, high = printed(
        read.low, read.high, ratio=limits.scale.is_log, null=limits.scale.reading_null
    )
    return f"{low} and {high}"


def heterogeneity_words(
    het: Heterogeneity, tau2: float | None, first: str, *, given: bool = False
) -> str:
    """Return tau² with its limits, I² with its convention, Q with its p-value, in one clause.

    Parameters
    ----------
    het : Heterogeneity
        The figures.
    tau2 : float or None
        Between-study variance; None for a common effect.
    first : str
        The I² that the conventions name first, "tau2" or "Q".
    given : bool
        Whether tau² was given, so that its limits are not about it.
    """
    parts = []
    if tau2 is not None:
        limits = f"{compact(het.tau2_low)} to {compact(het.tau2_high)}"
        of = "fixed in advance; from the data, " if given else ""
        parts.append(f"tau² = {compact(tau2)} ({of}{percent(het.level)} CI {limits})")
    value, origin = (het.i2_q, "Q") if first == FROM_Q or tau2 is None else (het.i2, "tau²")
    parts.append(f"I² = {fixed(value, 1)}% (from {origin})")
    test = p_text(het.p_value, het.log_p_value)
    parts.append(f"Q = {fixed(het.q)} with {degrees_words(het.df)} ({test})")
    return ", ".join(parts)


def i2_words(het: Heterogeneity, first: str, *, varying: bool) -> str:
    """Return I² and H², the one that the conventions name first; both where they differ.

    The limits are those of tau², turned into I².
    """
    if het.i2 != het.i2:
        return "I² not defined for one study"
    limits = f"({fixed(het.i2_low, 1)}, {fixed(het.i2_high, 1)})"
    by_tau2 = f"I² = {fixed(het.i2, 1)}% {limits}, H² = {fixed(het.h2)}"
    by_q = f"I² = {fixed(het.i2_q, 1)}%"
    if not varying:
        return f"{by_tau2} [from Q]"
    if first == FROM_Q:
        return f"{by_q} [from Q]; {by_tau2} [from tau²]"
    differ = abs(het.i2 - het.i2_q) >= 0.5
    return f"{by_tau2} [from tau²]" + (f"; {by_q} [from Q]" if differ else "")


def degrees_words(*df: float) -> str:
    """Return degrees of freedom in words; from which to which where they differ.

    Examples
    --------
    >>> degrees_words(1.0), degrees_words(2.74, 2.74), degrees_words(3.0, 11.25)
    ('1 degree of freedom', '2.74 degrees of freedom', '3 to 11.2 degrees of freedom')
    """
    ends = list(dict.fromkeys((compact(min(df)), compact(max(df)))))
    return f"{' to '.join(ends)} degree{'s' if ends != ['1'] else ''} of freedom"


def for_designs(words: str) -> str:
    """Return words about a mean in those of a design: k - 1 is k - p for its p coefficients.

    Examples
    --------
    >>> for_designs("t(k - 2)")
    't(k - p - 1)'
    """
    return words.replace("k - 2", "k - p - 1").replace("k - 1", RESIDUAL)


def method_words(name: str, *df: float) -> str:
    """Return the name of an interval's method as the end of a clause.

    Parameters
    ----------
    name : str
        As tables have it: parts with commas, ``t(k - 1)`` and ``normal`` for distributions.
    *df : float
        Degrees of freedom, said in place of ``k - p``; several for several coefficients.

    Examples
    --------
    >>> method_words("Hartung-Knapp-Sidik-Jonkman, t(k - p)", 12.0)
    'by Hartung-Knapp-Sidik-Jonkman (t distribution, 12 degrees of freedom)'
    >>> method_words("t(k - 1)")
    'from a t distribution with k − 1 degrees of freedom'
    """
    head, *rest = name.split(", ")
    told = [_distribution(part, df) for part in rest]
    inside = f" ({', '.join(told)})" if told else ""
    if head == NORMAL or STUDENT.match(head):
        return f"from a {_distribution(head, df).replace(',', ' with')}{inside}"
    return f"{'from the' if ERROR in head else 'by'} {head}{inside}"


def _distribution(part: str, df: tuple[float, ...]) -> str:
    found = STUDENT.match(f"{T}({RESIDUAL})" if part == T else part)
    if found is None:
        return f"{NORMAL} distribution" if part == NORMAL else part
    freedom = found.group(1)
    if freedom == RESIDUAL and df:
        if min(df) == float("inf"):
            return f"{NORMAL} distribution"
        return f"t distribution, {degrees_words(*df)}"
    return f"t distribution, {freedom.replace('-', MINUS)} degrees of freedom"


def joined(clauses: Sequence[str]) -> str:
    """Return clauses as one sentence, with commas and ", and" before the last."""
    *most, last = clauses
    return f"{', '.join(most)}, and {last}" if most else last


def cited(parts: Iterable[tuple[str, Method]]) -> tuple[list[str], tuple[str, ...]]:
    """Return texts with the marks of their methods, and the DOIs in the order of the marks."""
    told = list(parts)
    dois = tuple(dict.fromkeys(method.doi for _, method in told if method.doi))
    mark = marks(dois)
    return [text + mark[method.doi] for text, method in told], dois


def text_of(sentences: Sequence[str]) -> str:
    """Return sentences as one paragraph: capitals, full stops, single spaces."""
    told = [sentence.strip() for sentence in sentences if sentence]
    ended = [each if each.endswith(".") else f"{each}." for each in told]
    return " ".join(each[:1].upper() + each[1:] for each in ended)


CELL = "padding:0.15em 1em 0.15em 0;border:none;text-align:left;vertical-align:top"
NUMBER = (
    "padding:0.15em 1em 0.15em 0;border:none;text-align:right;vertical-align:top;"
    "white-space:nowrap;font-variant-numeric:tabular-nums"
)
FIGURE_SPACE, POINT_SPACE = "\u2007", "\u2008"  # as wide as a digit, as a point
LINE = "border-top:1px solid rgba(128,128,128,0.45)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One fact of a fit: how a notebook and how a terminal names it, and what it is.

    Attributes
    ----------
    name : str
        In the first column of a `panel`; empty where it goes on with the row above.
    lead : str
        Before it in a line.
    text : str
        What it is.
    """

    name: str = ""
    lead: str = ""
    text: str

    def __str__(self) -> str:
        """Return the line."""
        return f"{self.lead} {self.text}" if self.lead else self.text


def panel_of(title: str, rows: Sequence[Row], notes: Sequence[str]) -> str:
    """Return a `panel` of rows."""
    named = {row.name or " " * i: row.text for i, row in enumerate(rows)}
    return panel(title, named, notes)


def panel(title: str, rows: Mapping[str, str], notes: Sequence[str] = ()) -> str:
    """Return a small table for a notebook: a title, names with values, notes.

    Colors are the page's own, so that it reads on white and on black.
    """
    lines = "".join(
        f"<tr><th scope='row' style='{CELL};font-weight:normal;opacity:0.75'>{escape(name)}</th>"
        f"<td style='{CELL}'>{escape(value)}</td></tr>"
        for name, value in rows.items()
    )
    return _framed(title, lines, notes)


def grid(
    title: str,
    rows: Sequence[Sequence[str]],
    notes: Sequence[str] = (),
    *,
    words: int = 1,
) -> str:
    """Return a table with a head and as many columns for a notebook, otherwise as `panel`.

    Parameters
    ----------
    title : str
        Set in bold above the table.
    rows : sequence of sequence of str
        The head, then the rows.
    notes : sequence of str
        Set below it.
    words : int
        The first so many columns are flush left, the others, which are numbers, flush right.
    """
    head, *body = rows
    faint = "font-weight:normal;opacity:0.75"
    styles = [CELL if i < words else NUMBER for i in range(len(head))]
    top = "".join(
        f"<th scope='col' style='{style};{faint}'>{escape(cell)}</th>"
        for style, cell in zip(styles, head, strict=True)
    )
    lines = "".join(
        f"<tr style='{LINE}'>"
        + "".join(
            f"<td style='{style}'>{escape(_kept(cell))}</td>"
            for style, cell in zip(styles, row, strict=True)
        )
        + "</tr>"
        for row in body
    )
    return _framed(title, f"<tr>{top}</tr>{lines}", notes)


def _kept(cell: str) -> str:
    """Return a number whose spaces behind are as wide as what they stand for."""
    bare = cell.rstrip(" ")
    missing = len(cell) - len(bare)
    if not missing:
        return cell
    point = "" if "." in bare else POINT_SPACE
    return bare + point + FIGURE_SPACE * (missing - len(point))


def _framed(title: str, lines: str, notes: Sequence[str]) -> str:
    told = "".join(
        f"<div style='opacity:0.75;font-size:90%'>{escape(note)}</div>" for note in notes
    )
    return (
        "<div style='background:transparent;color:inherit'>"
        f"<div><b>{escape(title)}</b></div>"
        "<div style='overflow-x:auto'>"
        f"<table style='border-collapse:collapse;margin:0.3em 0;{LINE};"
        f"background:transparent;color:inherit'>{lines}</table></div>{told}</div>"
    )
