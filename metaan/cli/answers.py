"""What commands print: text that fits a terminal, or one JSON document."""

from __future__ import annotations

import json
import math
import re
import shutil
import textwrap
import warnings
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from pathlib import PurePath
from typing import Any

import click

from metaan.core.errors import DataError, MetaanWarning

AS_JSON = "--json"
# How a command says what a message of the library says in Python.
IN_PYTHON = (
    (re.compile(r"drop_double_zero=True"), "--drop-double-zero"),
    (re.compile(r"(?:effects|counts|net)\.largest_part\(\)(?:, or \w+\.parts\(\)\[i\])?"),
     "--largest-part"),
    (re.compile(r"\b(inference|tau2|model|scale|measure|reference|better|conventions|level)="
                r"[\"']([\w.]+)[\"']"), r"--\1 \2"),
)  # fmt: skip
WIDEST = 100  # columns that a note is wrapped at, where the terminal is wider


def answer(document: Mapping[str, Any], text: str, *, as_json: bool) -> None:
    """Print a document, or the text that says the same."""
    click.echo(told_json(document) if as_json else text)


def told_json(document: Mapping[str, Any]) -> str:
    """Return a document as JSON; numbers that are none, or infinite, are null."""
    return json.dumps(plain(document), ensure_ascii=False, indent=2, allow_nan=False)


def plain(value: Any) -> Any:
    """Return a value as what JSON knows: records and arrays too.

    Examples
    --------
    >>> plain({"p": float("nan"), "rows": (1, 2)})
    {'p': None, 'rows': [1, 2]}
    """
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, str):
        return str(value)
    if isinstance(value, PurePath):
        return str(value)
    if hasattr(value, "tolist"):  # arrays and numbers of numpy
        value = value.tolist()
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)


def error_document(error: Exception, *, words: str, code: int) -> dict[str, Any]:
    """Return an error as a document, with each fault of the data by itself."""
    told: dict[str, Any] = {"kind": type(error).__name__, "message": words}
    if isinstance(error, DataError):
        told["faults"] = faults(error)
    return {"error": told, "exit_code": code}


def faults(error: DataError) -> list[dict[str, str]]:
    """Return the faults of an error as documents."""
    return [asdict(fault) for fault in error.faults]


@contextmanager
def noted() -> Generator[list[str], None, None]:
    """Collect what metaan warns of within the block, as texts; other warnings go their way."""
    found: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", MetaanWarning)
        yield found
    for each in caught:
        if issubclass(each.category, MetaanWarning):
            found.append(str(each.message))
        else:
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
    found[:] = dict.fromkeys(found)


def fitted(text: str) -> str:
    """Return a text whose lines are broken where they would run over the terminal."""
    width = min(shutil.get_terminal_size().columns, WIDEST)
    return "\n".join(_broken(line, width) for line in for_commands(text).splitlines())


def for_commands(text: str) -> str:
    """Return a text whose advice is options of a command, not arguments in Python.

    Examples
    --------
    >>> for_commands('give inference="HKSJ_FLOOR"')
    'give --inference HKSJ_FLOOR'
    """
    for pattern, said in IN_PYTHON:
        text = pattern.sub(said, text)
    return text


def _broken(line: str, width: int) -> str:
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return (
        line
        if len(line) <= width
        else textwrap.fill(
            line, width, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
        )
    )


def notes(texts: Sequence[str], head: str = "note") -> str:
    """Return notes as lines that fit a terminal; an empty text for none."""
    return fitted("\n".join(f"{head}: {text}" for text in texts))
