"""How commands end: exit codes, errors as text and as JSON, pipes, interruptions, light help."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from metaan.cli import figure_commands, program
from metaan.cli.answers import plain
from metaan.cli.commands import main
from metaan.cli.progress import Progress, line
from tests.cli.conftest import Run

HEAVY = ("numpy", "pandas", "matplotlib", "scipy", "jinja2", "docx", "openpyxl", "narwhals")
COMMANDS = ("list", "report", "figure", "trace", "pool", "network", "check", "coverage", "new")


def test_help_imports_nothing_heavy_and_works_as_a_module() -> None:
    """What takes time is imported when a command runs: --help answers at once."""
    code = (
        "import runpy, sys\n"
        "sys.argv = ['metaan', '--help']\n"
        "try:\n    runpy.run_module('metaan', run_name='__main__')\n"
        "except SystemExit as end:\n    assert end.code == 0\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.endswith("HEAVY []\n")
    assert "Exit codes: 0 fine" in answer.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_that_fits_80_columns(run: Run, command: str) -> None:
    """With what it is for; --json on each."""
    out = run(command, "--help").stdout
    assert out.startswith(f"Usage: main {command} ")
    assert "--json" in out
    assert all(len(each) <= 80 for each in out.splitlines())
    assert "\b" not in out


def test_all_commands_are_there(run: Run) -> None:
    """Those of the documentation and no other; the version is the package's."""
    assert set(main.commands) == set(COMMANDS)
    assert run("--version").output.startswith("metaan, version ")
    assert run("-h").exit_code == 0
    assert 'Did you mean "report"?' in run("reprot").stderr


def test_a_closed_pipe_is_silent() -> None:
    """``metaan list | head -1`` says nothing on stderr, whoever stops reading."""
    code = (
        "import os, sys\n"
        "from metaan.cli.commands import main\n"
        "import click\n"
        "@main.command()\n"
        "def much():\n"
        "    for i in range(100_000):\n        click.echo('line')\n"
        "main(['much'])\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"line\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == program.HUNG_UP


def _breaks(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(figure_commands, "open_evidence", broken)


def test_what_nobody_expected_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its name and how to see more; the traceback only with --debug, wherever it stands."""
    _breaks(monkeypatch, KeyError("x"))
    result = run("list")
    assert result.exit_code == program.BAD_INPUT
    assert "did not expect: KeyError: 'x' (metaan/cli/figure_commands.py:" in result.stderr
    assert "Add --debug" in result.stderr
    assert result.stderr.count("\n") == 1
    for words in (["list", "--debug"], ["--debug", "list"]):
        assert isinstance(CliRunner().invoke(main, words).exception, KeyError)


def test_an_interruption_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C: one word and the exit code that shells give."""
    _breaks(monkeypatch, KeyboardInterrupt())
    result = run("list")
    assert result.exit_code == program.INTERRUPTED
    assert result.stderr.split() == ["interrupted"]


def test_files_that_cannot_be_written(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operating system's reason, with the file."""
    _breaks(monkeypatch, OSError(28, "No space left on device", "/full/x.svg"))
    result = run("list")
    assert (result.exit_code, result.stderr) == (2, "/full/x.svg: No space left on device\n")


@pytest.mark.parametrize(
    ("words", "kind", "says"),
    [
        (["pool", "absent.csv", "-m", "MD"], "InputError", "cannot be read"),
        (["pool", "--nothing"], "NoSuchOption", "--nothing"),
        (["pool", "x.csv", "--level", "much"], "BadParameter", "much"),
    ],
)
def test_errors_as_json_stand_on_stderr(run: Run, words: list[str], kind: str, says: str) -> None:
    """A document with kind, message and exit code; stdout stays empty."""
    result = run(*words, "--json")
    document = json.loads(result.stderr)
    assert result.stdout == ""
    assert result.exit_code == document["exit_code"] == 2
    assert document["error"]["kind"] == kind
    assert says in document["error"]["message"]


def test_faults_as_json_have_their_parts(run: Run, tmp_path: Path) -> None:
    """File, line, column, value, rule, remedy, each by name."""
    file = tmp_path / "bad.csv"
    file.write_text("study,y,se\nA,1,0\nB,x,1\n")
    document = json.loads(run("pool", file, "-m", "GEN", "--json").stderr)
    places = [(each["row"], each["column"]) for each in document["error"]["faults"]]
    assert places == [("line 2 (A)", "se"), ("line 3 (B)", "y")]


def test_json_knows_no_numbers_that_are_none() -> None:
    """Infinity and what is missing are null."""
    assert plain({"a": [float("inf"), float("nan"), 1.5], 2: {"b"}}) == {
        "a": [None, None, 1.5], "2": ["b"],
    }  # fmt: skip


class _Terminal:
    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass


def test_the_bar_shows_on_a_terminal_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not before half a second, not when quiet, and nothing of it stays after Ctrl-C."""
    terminal, clock = _Terminal(), iter([0.0, 0.1, 2.0, 3.0, 4.0])
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr("time.monotonic", lambda: next(clock))

    def interrupted() -> None:
        with Progress(quiet=False) as progress:
            progress(1, 3, "first")
            assert terminal.text == ""
            progress(2, 3, "second")
            assert "2/3 second" in terminal.text
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert terminal.text.endswith("\r\x1b[2K")
    with Progress(quiet=True) as progress:
        progress(1, 1, "third")
    assert "third" not in terminal.text


def test_the_bar_fits_the_terminal() -> None:
    """A long name is cut."""
    assert len(line(1, 2, "x" * 200, 60)) == 59


def test_a_shell_is_offered_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures that are declared, and measures, by how they begin."""

    def offered(command: str, option: str, begun: str) -> list[str]:
        found = main.commands[command]
        parameter = next(each for each in found.params if each.name == option)
        context = click.Context(found)
        return [each.value for each in parameter.shell_complete(context, begun)]

    assert "forest_sham_pain" in offered("figure", "name", "forest_sham")
    assert offered("pool", "measure", "sm")[0] == "SMD"
    assert offered("pool", "tau2", "RE") == ["REML"]
    monkeypatch.chdir("/")
    assert "13rct" in offered("report", "only", "13")
