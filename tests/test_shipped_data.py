"""The shipped data are found, and are the same, from a wheel, an editable install and a checkout.

Each of the three gets an empty virtual environment and is asked from a foreign folder. The
libraries that metaan needs are lent to it by a ``.pth`` file: installing numpy, pandas and
matplotlib three times would take minutes and say nothing about the data.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import metaan as ma

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = REPOSITORY / "data"

QUESTION = """
import hashlib, json
import metaan as ma
from metaan.trials.shipped import data_folder

arms = ma.load_trials().arms
told = {
    "package": ma.__file__,
    "folder": str(data_folder()),
    "files": {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in data_folder().glob("[!.]*.*")
    },
    "arms": len(arms),
    "table": hashlib.sha256(arms.to_csv().encode()).hexdigest(),
}
print(json.dumps(told))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A Python that has metaan in one of the three ways.

    Attributes
    ----------
    folder : Path
        The virtual environment.
    package : Path
        Folder that metaan must be imported from.
    data : Path
        Folder that its data must be found in.
    path : str
        PYTHONPATH.
    """

    folder: Path
    package: Path
    data: Path
    path: str = ""

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.folder / "bin" / "python")

    def run(self, *words: str) -> str:
        """Return what a command prints when it is run in a foreign folder."""
        return run(self.python, *words, cwd=self.folder, path=self.path)


def run(*words: str, cwd: Path = REPOSITORY, path: str = "") -> str:
    """Return what a command prints; the caller's own Python settings do not reach it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        words,
        cwd=cwd,
        env={**clean, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}{done.stderr}"
    return done.stdout


def environment(folder: Path) -> Path:
    """Return the site-packages of a new environment that borrows the libraries of this one."""
    run(sys.executable, "-m", "venv", "--without-pip", str(folder))
    scheme = {"base": str(folder), "platbase": str(folder)}
    site = Path(sysconfig.get_path("purelib", "venv", scheme))
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    # Only the folders themselves: .pth files within them, like that of an editable metaan,
    # are not read a second time.
    (site / "lent.pth").write_text("\n".join(sorted(lent)) + "\n", encoding="utf-8")
    return site


def install(folder: Path, *what: str) -> None:
    """Install metaan into an environment, and nothing else."""
    # --ignore-installed: the metaan of the lent folder is seen, and must be left alone.
    plain = ("--quiet", "--no-deps", "--no-build-isolation", "--ignore-installed")
    python = str(folder / "bin" / "python")
    run(sys.executable, "-m", "pip", "--python", python, "install", *plain, *what)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    plain = ("--quiet", "--no-deps", "--no-build-isolation")
    run(sys.executable, "-m", "pip", "wheel", *plain, "-w", str(folder), str(REPOSITORY))
    (built,) = folder.glob("metaan-*.whl")
    return built


@pytest.fixture(scope="module", params=["wheel", "editable", "checkout"])
def place(
    request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Place:
    """Return each of the three ways to have metaan."""
    folder = tmp_path_factory.mktemp(request.param) / "environment"
    site = environment(folder)
    if request.param == "wheel":
        install(folder, str(wheel))
        return Place(folder=folder, package=site / "metaan", data=site / "metaan" / "data")
    path = str(REPOSITORY)
    if request.param == "editable":
        install(folder, "--editable", str(REPOSITORY))
        path = ""
    return Place(folder=folder, package=REPOSITORY / "metaan", data=DATA, path=path)


def shipped() -> list[Path]:
    """Return the files of the data folder; hidden ones are an editor's or a desktop's."""
    return list(DATA.glob("[!.]*.*"))


def here() -> dict[str, Any]:
    """Return the answers that every place must give."""
    arms = ma.load_trials().arms
    return {
        "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in shipped()},
        "arms": len(arms),
        "table": hashlib.sha256(arms.to_csv().encode()).hexdigest(),
    }


def test_the_data_are_found_and_the_same(place: Place) -> None:
    """The right folder is read, and every file and the loaded table agree with the checkout."""
    told = json.loads(place.run("-c", QUESTION))
    assert Path(told.pop("package")).parent.resolve() == place.package.resolve()
    assert Path(told.pop("folder")).resolve() == place.data.resolve()
    assert told == here()


def test_the_command_answers_everywhere(place: Place) -> None:
    """What the command lists does not depend on how metaan came here."""
    expected = run(sys.executable, "-m", "metaan", "list", path=str(REPOSITORY))
    assert expected.strip()
    assert place.run("-m", "metaan", "list") == expected
    if not place.path:
        script = str(place.folder / "bin" / "metaan")
        assert run(script, "list", cwd=place.folder) == expected


def test_the_wheel_holds_the_library_and_its_data_alone(wheel: Path) -> None:
    """No test, notebook or tool of ours lands in a user's site-packages."""
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name.split("/")[0].split("-")[0] for name in names} == {"metaan"}
    assert {"metaan/py.typed", "metaan/__init__.pyi", "metaan/data/trials.csv"} <= names
    assert {f"metaan/data/{path.name}" for path in shipped()} <= names


def test_the_source_archive_can_test_itself(tmp_path: Path) -> None:
    """Whoever has the archive alone can build, test and lint."""
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path))
    (archive,) = tmp_path.glob("metaan-*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    wanted = {"Makefile", "LICENSE", "README.md", "pyproject.toml", "environment.yml"}
    wanted |= {"data/trials.csv", "metaan/py.typed", "tests/conftest.py", "CITATION.cff"}
    assert wanted <= names
