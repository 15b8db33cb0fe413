"""What text may hold in a file: letters that a format forbids show that something was there."""

from __future__ import annotations

import re

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# XML 1.0 has no place for these, not even escaped; UTF-8 has none for halves of letters.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def allowed(text: object) -> str:
    r"""Return a text with U+FFFD for each letter that neither XML nor UTF-8 can hold.

    Everything else stays as it is, line breaks and marks of direction too.

    Examples
    --------
    >>> allowed("a bell\x07")
    'a bell�'
    """
    return FORBIDDEN.sub(REPLACEMENT, str(text))
