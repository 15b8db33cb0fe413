"""Run the cells of a notebook in a shell of IPython, without a kernel.

A kernel for each notebook takes two seconds to import what the one before had imported. Here each
notebook has a process of its own too, forked from one that has imported everything.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import TextIOBase
from typing import Any

import pandas as pd
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

COLUMNS = 20  # of a table: what pandas chooses when a kernel imports it
PRELOADED = "tests.notebooks.preloaded"
# The outputs of the cell that runs, as nbformat has them.
OUTPUTS: list[dict[str, Any]] = []


class Stream(TextIOBase):
    """Standard output or error as outputs of the cell; pieces that touch are one."""

    def __init__(self, name: str) -> None:
        self.name = name

    def write(self, text: str) -> int:
        """Keep a piece of text."""
        if text and OUTPUTS and OUTPUTS[-1].get("name") == self.name:
            OUTPUTS[-1]["text"] += text
        elif text:
            OUTPUTS.append({"output_type": "stream", "name": self.name, "text": text})
        return len(text)


class Hook(DisplayHook):
    """The value of the last line of a cell."""

    def write_output_prompt(self) -> None:
        """Write none."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Keep the value in every format it has."""
        OUTPUTS.append(
            {"output_type": "execute_result", "data": format_dict, "metadata": md_dict or {}}
        )

    def finish_displayhook(self) -> None:
        """Write no newline."""


class Publisher(DisplayPublisher):
    """What a cell shows before its last line."""

    def publish(self, data: Any, metadata: Any = None, **_: Any) -> None:
        """Keep it."""
        OUTPUTS.append({"output_type": "display_data", "data": data, "metadata": metadata or {}})


class ZmqlessShell(InteractiveShell):
    """A shell that keeps what it would show.

    By "zmq" in its name pandas knows a notebook, and makes tables as wide as for one.
    """

    displayhook_class = Type(Hook)
    display_pub_class = Type(Publisher)


def run(sources: Sequence[str], folder: str) -> list[list[dict[str, Any]]]:
    """Return the outputs of each cell, run in order in a folder.

    The first error of a cell is raised. Only for a process that does nothing afterward: the shell
    takes the place of its main module.
    """
    os.chdir(folder)
    os.environ["IPYTHONDIR"] = folder
    pd.set_option("display.max_columns", COLUMNS)
    shell = ZmqlessShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    found = []
    for source in sources:
        OUTPUTS.clear()
        with redirect_stdout(Stream("stdout")), redirect_stderr(Stream("stderr")):
            done = shell.run_cell(source, store_history=True)
        error = done.error_before_exec or done.error_in_exec
        if error is not None:
            raise RuntimeError(f"{type(error).__name__}: {error}; in the cell\n{source}")
        found.append(list(OUTPUTS))
    return found


@contextmanager
def shells() -> Iterator[Executor]:
    """Return who runs each task in a fresh process."""
    known = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in known else "spawn")
    if "forkserver" in known:
        context.set_forkserver_preload([PRELOADED])
    with ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1) as pool:
        yield pool
