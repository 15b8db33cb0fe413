"""Marks of references: each text numbers its own, the report numbers all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

MARK = re.compile(r"\[(\d+)\]")


@dataclass(slots=True)
class Numbering:
    """References in the order of their first mention in the report."""

    references: dict[str, int] = field(default_factory=dict)

    def marked(self, text: str, references: Sequence[str]) -> str:
        """Return a text with the marks of the report instead of its own.

        Examples
        --------
        >>> all_of_them = Numbering()
        >>> all_of_them.marked("One [1]; two [2].", ["A", "B"])
        'One [1]; two [2].'
        >>> all_of_them.marked("Two [1].", ["B"])
        'Two [2].'
        """
        numbers = [
            self.references.setdefault(each, len(self.references) + 1) for each in references
        ]
        return MARK.sub(
            lambda mark: (
                f"[{numbers[int(mark[1]) - 1]}]" if 0 < int(mark[1]) <= len(numbers) else mark[0]
            ),
            text,
        )

    def listed(self, references: Sequence[str]) -> str:
        """Return one mark for several references, to stand at the end of a text.

        Examples
        --------
        >>> Numbering().listed(["A", "B"]), Numbering().listed([])
        (' [1, 2]', '')
        """
        numbers = [
            self.references.setdefault(each, len(self.references) + 1) for each in references
        ]
        return f" [{', '.join(map(str, numbers))}]" if numbers else ""
