"""How far a long command is, on a line of standard error that goes when it is done."""

from __future__ import annotations

import shutil
import sys
import time
from types import TracebackType

DELAY = 0.5  # seconds until the line appears: what is quicker needs none
WIDTH = 24
FULL, EMPTY = "█", "░"
CLEAR = "\r\x1b[2K"


class Progress:
    """A line that fills; nothing where standard error is no terminal, or when told to be quiet.

    Examples
    --------
    >>> with Progress(quiet=True) as progress:
    ...     progress(1, 2, "forest_pain")
    """

    def __init__(self, *, quiet: bool) -> None:
        self._on = not quiet and sys.stderr.isatty()
        self._since = time.monotonic()
        self._shown = False

    def __enter__(self) -> Progress:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the line away, whatever happened."""
        del kind, error, trace
        if self._shown:
            sys.stderr.write(CLEAR)
            sys.stderr.flush()

    def __call__(self, done: int, total: int, what: str) -> None:
        """Show that so many of so many parts are done, and which one it is."""
        if not self._on or time.monotonic() - self._since < DELAY:
            return
        self._shown = True
        sys.stderr.write(CLEAR + line(done, total, what, shutil.get_terminal_size().columns))
        sys.stderr.flush()


def line(done: int, total: int, what: str, columns: int) -> str:
    """Return the line for a terminal of so many columns.

    Examples
    --------
    >>> line(3, 12, "forest_pain", 60)
    '██████░░░░░░░░░░░░░░░░░░  3/12 forest_pain'
    """
    filled = round(WIDTH * done / total) if total else 0
    bar = FULL * filled + EMPTY * (WIDTH - filled)
    text = f"{bar} {done:>{len(str(total))}}/{total} {what}"
    return text if len(text) < columns else text[: max(columns - 2, 0)] + "…"
