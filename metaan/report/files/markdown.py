"""methods.md: a Methods section ready to paste, with the references that it cites."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from metaan.core.numbers import listed
from metaan.plots.pages.letters import printable
from metaan.report.document.content import Chapter, Document

# What begins or ends a form anywhere in a line.
ANYWHERE = re.compile(r"[\\`*_\[\]<>&|~$^]")
# References: no form by themselves, unless it looks as if they began a link.
MARK = re.compile(r"\[(\d+(?:, \d+)*)\](?![(\[:])")
# What makes a line a heading, a list, a quotation or a rule where it begins.
AT_START = re.compile(r"^(#{1,6}|[-+=]+|:)")
NUMBERED = re.compile(r"^(\d+)([.)])")


@dataclass(slots=True)
class _Cited:
    """The references that were cited so far, by their numbers in the report.

    Attributes
    ----------
    known : int
        How many the report has; a higher number is no mark.
    order : list of int
        In the order of their first mention.
    """

    known: int
    order: list[int] = field(default_factory=list)

    def text(self, text: str) -> str:
        """Return a text as Markdown, its marks numbered anew."""
        pieces, end = [], 0
        for mark in MARK.finditer(text):
            numbers = [int(each) for each in mark[1].split(", ")]
            if all(0 < number <= self.known for number in numbers):
                pieces += [markdown(text[end : mark.start()], inside=end > 0), self._mark(numbers)]
                end = mark.end()
        return "".join([*pieces, markdown(text[end:], inside=end > 0)])

    def _mark(self, numbers: list[int]) -> str:
        self.order += [each for each in dict.fromkeys(numbers) if each not in self.order]
        return f"[{', '.join(str(self.order.index(each) + 1) for each in numbers)}]"


def methods_markdown(document: Document) -> str:
    """Return the methods of a report as Markdown.

    What holds for every analysis, then a paragraph for each way in which figures were made, then
    the references, numbered in the order in which these paragraphs cite them.

    Parameters
    ----------
    document : Document
        The report.
    """
    cited = _Cited(known=len(document.references))
    blocks = ["# Methods", *map(cited.text, document.conventions)]
    for chapter in document.chapters:
        blocks += _chapter(chapter, cited)
    blocks.append(
        f"Analyses and figures were made with metaan {markdown(document.version, inside=True)}."
    )
    if cited.order:
        found = [document.references[number - 1] for number in cited.order]
        lines = [f"{i}. {markdown(each)}" for i, each in enumerate(found, start=1)]
        blocks += ["## References", "\n".join(lines)]
    return "\n\n".join(blocks) + "\n"


def markdown(text: str, *, inside: bool = False) -> str:
    r"""Return one line of text that Markdown shows as it is.

    Parameters
    ----------
    text : str
        Any.
    inside : bool
        Whether something stands before it in its line; the spaces at its ends are kept then.

    Examples
    --------
    >>> print(markdown("# *a* <b> [1] [x](y)"))
    \# \*a\* \<b\> \[1\] \[x\](y)
    """
    line = ANYWHERE.sub(r"\\\g<0>", printable(text))
    if not inside:
        line = NUMBERED.sub(r"\1\\\2", AT_START.sub(r"\\\1", line))
    before = " " if inside and text[:1] == " " and line else ""
    return f"{before}{line}{' ' if text[-1:] == ' ' else ''}"


def _chapter(chapter: Chapter, cited: _Cited) -> list[str]:
    """Return a chapter's paragraphs; figures that were made alike share one."""
    alike: dict[str, list[str]] = {}
    for section in chapter.sections:
        if section.methods:
            alike.setdefault(section.methods, []).append(section.title)
    blocks = [f"## {markdown(chapter.title)}"]
    if not alike:
        blocks.append(markdown(chapter.nothing_to_trust or "Nothing was pooled."))
    for text, titles in alike.items():
        named = listed([f"*{markdown(title, inside=True)}*" for title in dict.fromkeys(titles)])
        blocks.append(f"{named}. {cited.text(text)}")
    return blocks
