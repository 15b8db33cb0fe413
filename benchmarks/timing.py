"""What a timing is and how one is taken."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Median seconds of a task, and whose they are."""

    task: str
    who: str
    seconds: float


def clock(task: str, who: str, call: Callable[[], object], repeats: int) -> Timing:
    """Return the median time of ``repeats`` calls, after one that warms up."""
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return Timing(task=task, who=who, seconds=statistics.median(times))
