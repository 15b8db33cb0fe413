"""Markdown of the repository as pages of the site: its links lead to pages there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^()\s]+)\)")
ELSEWHERE = ("http://", "https://", "mailto:", "#")


def relinked(text: str, *, source: str, page: str, pages: Mapping[str, str]) -> str:
    """Return Markdown whose links lead to pages of the site.

    Parameters
    ----------
    text : str
        Markdown.
    source : str
        Its file, from the root of the repository.
    page : str
        The page it becomes, from the root of the site's source.
    pages : mapping of str to str
        Page of each file that has one.

    Returns
    -------
    str
        A link to a file without a page becomes its name as code: nothing leads nowhere.
    """

    def replace(found: re.Match[str]) -> str:
        label, target = found.groups()
        if target.startswith(ELSEWHERE):
            return found.group()
        file, _, part = target.partition("#")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), file))
        if path not in pages:
            return f"{label} (`{path}`)" if label.strip("`") != path else f"`{path}`"
        there = posixpath.relpath(pages[path], posixpath.dirname(page) or ".")
        return f"[{label}]({there}{'#' + part if part else ''})"

    return LINK.sub(replace, text)
