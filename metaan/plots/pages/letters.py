"""Letters of names as they come: which can be printed, which belong together, which way they run.

Names of studies come from tables, and tables hold everything. Nothing here knows fonts.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
SPACES = frozenset({"Cc", "Zl", "Zp"})  # line breaks, tabs and other controls
# Without a shape of their own; an override that is not closed would turn round what follows,
# and a space of no width makes matplotlib's PDF writer fail.
UNSEEN = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Joiners and marks of direction: they change the letters beside them, if these can be changed.
CHANGING = re.compile("[\u061c\u200c-\u200f]")
NO_CHARACTER = 0xFFFE  # the last two places of every plane; XML forbids U+FFFE and U+FFFF
NO_CHARACTERS = range(0xFDD0, 0xFDF0)
MARKS = "\u061c\u200f"  # of direction; they have one, as letters have
JOINER = "\N{ZERO WIDTH JOINER}"
ATTACHED = frozenset({"Mn", "Me", "Mc"})
RIGHTWARDS, LEFTWARDS = frozenset({"L"}), frozenset({"R", "AL"})
# Letters whose shapes hang on their neighbors: India, Tibet, Burma, Cambodia.
SHAPED = (range(0x0900, 0x0E00), range(0x0F00, 0x10A0), range(0x1780, 0x1800))


def printable(text: object) -> str:
    """Return one line of text that every format can hold.

    Line breaks and control characters become spaces, spaces are made one; halves of letters
    (lone surrogates) and places without a character become U+FFFD. Marks without a shape go:
    overrides of direction, soft hyphens, spaces of no width; joiners and marks of direction stay
    in scripts that have a use for them.
    """
    line = str(text)
    if line.isascii() and line.isprintable():
        return re.sub(" +", " ", line).strip()
    seen = "".join(map(_printed, UNSEEN.sub("", line)))
    if not needs_shaping(seen):
        seen = CHANGING.sub("", seen)
    return re.sub(" +", " ", seen).strip()


@cache
def _printed(letter: str) -> str:
    category = unicodedata.category(letter)
    if category in SPACES:
        return " "
    code = ord(letter)
    none = code & NO_CHARACTER == NO_CHARACTER or code in NO_CHARACTERS
    return REPLACEMENT if none or category == "Cs" else letter


def attached(letter: str, before: str) -> bool:
    """Return whether a letter must not be parted from the text before it."""
    if not before:
        return False
    joined = JOINER in (letter, before[-1])
    return joined or unicodedata.category(letter) in ATTACHED


def runs_left(text: str) -> bool:
    """Return whether a line begins at the right: its first letter with a direction says so."""
    for letter in text:
        direction = unicodedata.bidirectional(letter)
        if direction in RIGHTWARDS | LEFTWARDS:
            return direction in LEFTWARDS
    return False


def needs_shaping(text: str) -> bool:
    """Return whether letters have to be turned round or joined before they are drawn."""
    return not text.isascii() and any(map(_shaped, text))


@cache
def _shaped(letter: str) -> bool:
    leftwards = letter not in MARKS and unicodedata.bidirectional(letter) in LEFTWARDS
    return leftwards or any(ord(letter) in block for block in SHAPED)
