"""The page of the command line, from the commands themselves: nothing is run but their help."""

from __future__ import annotations

import importlib
import inspect
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click

REPOSITORY = Path(__file__).resolve().parents[2]
WIDE = {"terminal_width": 88, "max_content_width": 88}
INTRO = """# Command line

`metaan` is installed with the library; `python -m metaan` is the same. Every command says with
`--help` what stands here.
"""


def program() -> click.Command:
    """Return the command that pyproject.toml installs."""
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    module, _, name = tomllib.loads(text)["project"]["scripts"]["metaan"].partition(":")
    found = getattr(importlib.import_module(module), name)
    return found if isinstance(found, click.Command) else importlib.import_module(module).cli


def command_page() -> str:
    """Return the whole page."""
    root = program()
    context = click.Context(root, info_name="metaan", **WIDE)
    lines = [INTRO, "```text", root.get_help(context), "```", ""]
    if isinstance(root, click.Group):
        for name in root.list_commands(context):
            command = root.get_command(context, name)
            if command is not None and not command.hidden:
                lines += _command(command, name, context)
    return "\n".join(lines)


def _command(command: click.Command, name: str, parent: click.Context) -> Iterator[str]:
    """Yield the lines of a command: what it does, its usage, its options."""
    context = click.Context(command, info_name=name, parent=parent, **WIDE)
    yield f"## metaan {name}"
    yield ""
    yield from _paragraphs(command.help or "")
    yield "```text"
    yield command.get_usage(context)
    yield "```"
    yield ""
    rows = [row for each in command.get_params(context) if (row := each.get_help_record(context))]
    if rows:
        yield "| option | what it does |"
        yield "|---|---|"
        for option, text in rows:
            yield f"| `{option}` | {_cell(text)} |"
        yield ""


def _paragraphs(text: str) -> Iterator[str]:
    """Yield help as paragraphs; a block that click is told not to wrap stays as it is."""
    for block in inspect.cleandoc(text).split("\n\n"):
        if block.startswith("\b"):
            yield from ("```text", block.lstrip("\b\n"), "```", "")
        elif block.strip("\f "):
            yield from (" ".join(block.split()).replace("``", "`"), "")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|").replace("<", "&lt;").replace("[", r"\[")
