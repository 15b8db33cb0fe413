"""How far a long task is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[int, int, str], None]


@dataclass(slots=True)
class Steps:
    """Steps that are done, of how many that are known by now.

    Attributes
    ----------
    progress : callable or None
        ``progress(done, total, what)`` is called after each step.
    total, done : int
        The total grows while it turns out what there is to do.
    """

    progress: Progress | None
    total: int = 0
    done: int = 0

    def did(self, what: str) -> None:
        """Count a step and say what comes next, or what it was."""
        self.done += 1
        if self.progress is not None:
            self.progress(self.done, max(self.total, self.done), what)
