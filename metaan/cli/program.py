"""The program around the commands: what ends how, with which words and which exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from metaan.cli.answers import AS_JSON, error_document, for_commands, told_json
from metaan.core.errors import MetaanError

FINE, DIFFERENT, BAD_INPUT = 0, 1, 2
INTERRUPTED, HUNG_UP = 130, 141  # 128 and the number of the signal, as in a shell
DEBUG = "--debug"
END_OF_OPTIONS = "--"
HERE = Path(__file__).resolve().parent.parent

EPILOG = """\b
Exit codes: 0 fine; 1 a check found differences, or faults in the data it was
given; 2 wrong usage, input that cannot be used, or an error.

\b
--json (commands that print): one JSON document on stdout, nothing else there;
an error is a JSON document on stderr. --debug (anywhere): full traceback.

\b
Completion of commands, options, figures and measures (once, in your shell's
startup file):
  bash  eval "$(_METAAN_COMPLETE=bash_source metaan)"
  zsh   eval "$(_METAAN_COMPLETE=zsh_source metaan)"
  fish  _METAAN_COMPLETE=fish_source metaan | source
"""


class HungUp(Exception):  # noqa: N818
    """Whoever read the output has read enough."""


class Program(click.Group):
    """A group of commands whose errors are text and an exit code, never a traceback."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command line; see ``click.Group.main``."""
        words = list(sys.argv[1:] if args is None else args)
        options = words[: words.index(END_OF_OPTIONS)] if END_OF_OPTIONS in words else words
        debug, as_json = DEBUG in options, AS_JSON in options
        del extra
        kept = [word for word in options if word != DEBUG] + words[len(options) :]
        try:
            code = super().main(kept, prog_name, complete_var, standalone_mode=False)
        except HungUp:
            code = HUNG_UP
            _let_go()
        except Exception as error:
            if debug and not isinstance(error, click.exceptions.ClickException | click.Abort):
                raise
            code = _ended(error, as_json)
        code = code if isinstance(code, int) else FINE
        if standalone_mode:
            sys.exit(code)
        return code

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; click would end a closed pipe with exit code 1, as a check ends."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise HungUp from error

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; one that does not exist is answered with the nearest."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from metaan.core.lookup import hint

            raise click.UsageError(error.message + hint(args[0], self.commands), ctx) from None


def _ended(error: Exception, as_json: bool) -> int:
    """Say what went wrong and return the exit code."""
    if isinstance(error, click.Abort):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    if as_json:
        click.echo(told_json(error_document(error, words=_words(error), code=BAD_INPUT)), err=True)
    elif isinstance(error, click.ClickException):
        error.show()
    else:
        click.echo(_words(error), err=True)
    return BAD_INPUT


def _words(error: Exception) -> str:
    """Return an error as text; one that nobody expected with its place and what to do."""
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, MetaanError):
        return for_commands(str(error))
    if isinstance(error, OSError):
        return ": ".join(str(part) for part in (error.filename, error.strerror) if part) or str(
            error
        )
    ours = [
        each
        for each in traceback.extract_tb(error.__traceback__)
        if Path(each.filename).is_relative_to(HERE)
    ]
    where = ""
    if ours:
        where = (
            f" (metaan/{Path(ours[-1].filename).relative_to(HERE).as_posix()}:{ours[-1].lineno})"
        )
    return (
        f"metaan met an error that it did not expect: {type(error).__name__}: {error}{where}. "
        f"Add {DEBUG} to see all of it, and please report it."
    )


def _let_go() -> None:
    """Point standard output at nothing, so that Python can flush it when it ends."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return
