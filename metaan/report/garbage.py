"""Searching for garbage seldom, while much is made and little thrown away."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = (100_000, 20, 100)


@contextmanager
def seldom_searched() -> Iterator[None]:
    """Let Python search for garbage seldom; afterward as before.

    Tables and figures are hundreds of thousands of objects that stay. To look through them again
    after every few hundred new ones takes a tenth of a report's time.
    """
    usual = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
