"""How the tests run a command."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from metaan.cli.commands import main

Run = Callable[..., Result]
Told = Callable[..., dict[str, Any]]


@pytest.fixture
def run() -> Run:
    """Return what runs a command line."""
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def told(run: Run) -> Told:
    """Return what runs a command line with --json, and reads the only document on stdout."""

    def read(*words: object, code: int = 0) -> dict[str, Any]:
        result = run(*words, "--json")
        assert result.exit_code == code, result.output
        document: dict[str, Any] = json.loads(result.stdout)
        return document

    return read
