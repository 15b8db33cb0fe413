"""Which of black and white is read better on a color."""

from __future__ import annotations

from functools import cache

BLACK, WHITE = "#000000", "#ffffff"
# Where black and white stand out equally from a color: (L + 0.05)² = 1.05 · 0.05.
EVEN_LUMINANCE = 0.179


def luminance(color: str) -> float:
    """Return the relative luminance of ``#rrggbb``, 0 (black) to 1 (white).

    As WCAG 2.1 defines it, https://www.w3.org/TR/WCAG21/#dfn-relative-luminance.
    """
    shares = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@cache
def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colors, 1 (the same) to 21 (black and white).

    As WCAG 2.1 defines it, https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio.
    """
    dark, pale = sorted(luminance(color) + 0.05 for color in (one, other))
    return pale / dark


@cache
def ink_on(color: str) -> str:
    """Return black or white, whichever stands out more from ``#rrggbb``.

    Examples
    --------
    >>> ink_on("#e8c33c"), ink_on("#1f4e79")
    ('#000000', '#ffffff')
    """
    return BLACK if luminance(color) > EVEN_LUMINANCE else WHITE
