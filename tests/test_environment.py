"""environment.yml offers conda users what pyproject.toml asks for: same packages, same bounds."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parents[1]
EXTRAS = ("notebooks", "dev")

# PyPI's name → conda-forge's, where they differ.
ON_CONDA_FORGE = {
    # conda-forge's "matplotlib" is matplotlib-base with Qt, which nothing here draws with.
    "matplotlib": "matplotlib-base",
    # conda-forge's "playwright" is the one for Node.
    "playwright": "playwright-python",
}
# On PyPI alone; it needs nothing that conda has not brought.
ON_PYPI_ALONE = ("axe-playwright-python",)
# Asked for by conda alone: the language, and the installer of the editable checkout.
ONLY_CONDA = {"python", "pip"}


def bounds(requirements: list[str]) -> dict[str, str]:
    """Return name → bounds."""
    parsed = [Requirement(text) for text in requirements]
    return {canonicalize_name(each.name): str(each.specifier) for each in parsed}


def asked() -> dict[str, Any]:
    """Return the project table of pyproject.toml."""
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(text)["project"])


def offered() -> list[Any]:
    """Return the dependencies of environment.yml."""
    text = (REPOSITORY / "environment.yml").read_text(encoding="utf-8")
    return list(yaml.safe_load(text)["dependencies"])


def test_conda_users_get_the_same_packages_with_the_same_bounds() -> None:
    """Everything the library, the notebooks and the tests need, and nothing else."""
    project = asked()
    extras = [text for extra in EXTRAS for text in project["optional-dependencies"][extra]]
    wanted = {
        ON_CONDA_FORGE.get(name, name): rule
        for name, rule in bounds([*project["dependencies"], *extras]).items()
    }
    found = bounds([each for each in offered() if isinstance(each, str)])
    for name in ON_PYPI_ALONE:
        wanted.pop(name)
    assert {name: rule for name, rule in found.items() if name not in ONLY_CONDA} == wanted


def test_a_package_asked_for_twice_has_one_bound() -> None:
    """Extras overlap; where they do, they agree."""
    project = asked()
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    told = {pair for group in groups for pair in bounds(group).items()}
    assert len(told) == len(dict(told))


def test_conda_asks_for_the_same_python() -> None:
    """The language has one lower bound."""
    found = bounds([each for each in offered() if isinstance(each, str)])
    assert found["python"] == asked()["requires-python"]


def test_pip_adds_what_conda_lacks_and_the_checkout() -> None:
    """Were pip to bring more packages, it would replace conda's."""
    asked_for = bounds(asked()["optional-dependencies"]["dev"])
    lacking = [f"{name}{asked_for[name]}" for name in ON_PYPI_ALONE]
    assert [each for each in offered() if isinstance(each, dict)] == [{"pip": [*lacking, "-e ."]}]
