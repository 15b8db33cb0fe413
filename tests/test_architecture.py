"""The architecture: who may import whom, how large things may be. No exceptions.

The laws stand in ``architecture/laws_of_*.py``; that they bite is shown beside them.
"""

from __future__ import annotations

import pytest

from tests.architecture.laws_of_import import (
    HEAVY,
    LIGHT_ROOMS,
    circles,
    floor_faults,
    library_faults,
    loaded,
)
from tests.architecture.laws_of_shape import doorless, shape_faults, size_faults
from tests.architecture.source import FACE, sources


def test_rooms_import_down_only() -> None:
    """The package keeps the order of its floors."""
    assert floor_faults(sources(FACE)) == []


def test_no_module_is_part_of_a_circle() -> None:
    """The package reads like a book, front to back."""
    assert circles(sources(FACE)) == []


def test_each_library_stays_in_its_room() -> None:
    """The package keeps its libraries where they belong."""
    assert library_faults(sources(FACE)) == []


def test_import_metaan_is_light() -> None:
    """The face loads what is asked for, when it is asked for."""
    assert loaded([FACE], [*HEAVY, "pandas", "scipy"]) == []


def test_the_lower_rooms_are_light() -> None:
    """Pooling numbers needs neither plots nor a statistics package."""
    modules = [source.name for source in sources(FACE) if source.room in LIGHT_ROOMS]
    assert loaded(modules, HEAVY) == []


@pytest.mark.parametrize("folder", [FACE, "tests"])
def test_files_and_functions_are_small(folder: str) -> None:
    """The package and its tests are made of small pieces."""
    assert size_faults(sources(folder)) == []


@pytest.mark.parametrize("folder", [FACE, "tests"])
def test_files_have_the_shape_of_the_house(folder: str) -> None:
    """The package and its tests keep to it."""
    package = [each for each in sources(folder) if folder == FACE or not each.is_room_door]
    assert shape_faults(package) == []


def test_every_room_has_a_door() -> None:
    """Each folder of the package has its __init__.py."""
    assert doorless(sources(FACE)) == []
