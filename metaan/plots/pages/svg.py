"""What matplotlib leaves out of an SVG: its description for readers who hear it, and direction."""

from __future__ import annotations

import re
from html import escape, unescape

from metaan.plots.pages.letters import runs_left

ROOT = re.compile(r"<svg ")
TITLE = re.compile(r"(<title>[^<]*</title>)")
TEXT = re.compile(r'(<text style="[^"]*)(text-anchor: )(start|middle|end)([^"]*)("[^>]*>)([^<]*)<')
OTHER_END = {"start": "end", "end": "start", "middle": "middle"}


def finished_svg(svg: str, alt: str) -> str:
    """Return the SVG as an image with a name and a description, each line in its own direction.

    Parameters
    ----------
    svg : str
        As matplotlib writes it, with a title.
    alt : str
        The figure in one sentence.

    Notes
    -----
    Screen readers take name and description of ``role="img"`` from the elements title and desc
    (SVG Accessibility API Mappings, https://www.w3.org/TR/svg-aam-1.0/). In a line from right to
    left, "start" is the right end, so the anchor is turned round with the direction.
    """
    described = ROOT.sub('<svg role="img" ', svg, count=1)
    about = escape(alt, quote=False)
    described = TITLE.sub(lambda found: f"{found[1]}\n <desc>{about}</desc>", described, count=1)
    return described if described.isascii() else TEXT.sub(_directed, described)


def _directed(found: re.Match[str]) -> str:
    if not runs_left(unescape(found[6])):
        return found[0]
    start, anchor, end, rest, close, text = found.groups()
    return f"{start}direction: rtl; {anchor}{OTHER_END[end]}{rest}{close}{text}<"
