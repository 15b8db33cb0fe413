"""A folder that is complete or not there: made aside, and moved into place at the end."""

from __future__ import annotations

import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

ENDINGS = ("SIGTERM", "SIGHUP")  # signals by which systems end a command; Windows has one of them
NEW, EARLIER = "report", "earlier"


@contextmanager
def swapped_in(out: Path) -> Iterator[Path]:
    """Yield the path of a new folder that takes the place of ``out`` when all went well.

    Whatever happens before that (an error, Ctrl-C, SIGTERM) leaves ``out`` as it was, and nothing
    beside it. Only a process that is killed outright leaves a hidden folder ``.NAME-…`` behind.

    Parameters
    ----------
    out : Path
        Absolute; what is there goes.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with (
        interruptible(),
        tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as place,
    ):
        root = Path(place) / NEW
        yield root
        _swap(root, out, Path(place) / EARLIER)


def _swap(root: Path, out: Path, aside: Path) -> None:
    try:
        with suppress(FileNotFoundError):
            out.replace(aside)
        root.replace(out)
    except BaseException:
        if aside.exists() and not out.exists():
            aside.replace(out)
        raise


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end what is inside as Ctrl-C does: by an exception.

    Only in the main thread, and only where nobody else handles them.
    """
    held = []
    if threading.current_thread() is threading.main_thread():
        numbers = [getattr(signal, name) for name in ENDINGS if hasattr(signal, name)]
        held = [each for each in numbers if signal.getsignal(each) == signal.SIG_DFL]
    for number in held:
        signal.signal(number, _leave)
    try:
        yield
    finally:
        for number in held:
            signal.signal(number, signal.SIG_DFL)


def _leave(number: int, _: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)  # a second one must not end the cleaning up
    raise SystemExit(128 + number)
