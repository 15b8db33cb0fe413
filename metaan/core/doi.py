"""The address of a DOI."""

from __future__ import annotations

from urllib.parse import quote

RESOLVER = "https://doi.org/"


def doi_url(doi: str) -> str:
    """Return the address that a DOI resolves at, safe inside of a link.

    Examples
    --------
    >>> doi_url("10.1002/1097-0258(20000715)19:13<1707::AID-SIM491>3.0.CO;2-P")
    'https://doi.org/10.1002/1097-0258(20000715)19:13%3C1707::AID-SIM491%3E3.0.CO;2-P'
    """
    return RESOLVER + quote(doi.strip(), safe="/:;()._-")
