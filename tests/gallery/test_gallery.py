"""The gallery: each scene is sound, none is missing, and docs/gallery/ is what they make."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image

import metaan as ma
from metaan import FACE
from metaan.plots.forests.layouts import LAYOUTS
from metaan.plots.forests.record import ForestRows
from metaan.plots.networks.graph_places import GRAPH_LAYOUTS
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.theme import DEFAULT_THEME, THEMES
from tests.gallery import make
from tests.gallery.data import bcg_effects, catheters, dropout, sham_pain, warfarin, writing
from tests.gallery.make import GALLERY, PAGE, draw, file_of, page, picture, pixels
from tests.gallery.scene import Scene
from tests.gallery.scenes import SCENES
from tests.plots.looking import misplaced

MOST_BYTES = 7_000_000
ROOM = "metaan.plots"
FOREST = "forest"

each_scene = pytest.mark.parametrize("name", SCENES)


@pytest.fixture(autouse=True)
def _in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make.REPOSITORY)


@cache
def plot_of(name: str) -> Plot[Any]:
    """Return the plot of a scene, drawn once."""
    return draw(SCENES[name])


def calls(scene: Scene) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield every function of metaan's face that a scene calls, with its plain keywords."""
    for node in ast.walk(ast.parse(scene.code)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            keywords = {
                each.arg: each.value.value
                for each in node.keywords
                if each.arg and isinstance(each.value, ast.Constant)
            }
            yield node.func.attr, keywords


def plot_verbs() -> list[str]:
    """Return the functions of the face that draw."""
    rooms = {name: room for name, room in FACE.items() if room.startswith(ROOM)}
    return [name for name, room in rooms.items() if _is_verb(getattr(import_module(room), name))]


def _is_verb(value: object) -> bool:
    return callable(value) and not isinstance(value, type)


def size_of(file: Path) -> tuple[int, int]:
    """Return width and height of a picture."""
    with Image.open(file) as image:
        return image.size


@each_scene
def test_scene_can_be_read(name: str) -> None:
    """No text lies on another or leaves the page; each has a title and words for the blind."""
    plot = plot_of(name)
    assert misplaced(plot) == ([], [])
    assert plot.record.title
    assert len(plot.record.alt) > 20


@each_scene
def test_code_is_what_a_user_writes(name: str) -> None:
    """The code takes only public names, and has a plot in the end."""
    tree = ast.parse(SCENES[name].code)
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "ma"
    }
    last = tree.body[-1]
    assert used <= {*FACE}
    assert isinstance(last, ast.Assign)
    assert ast.unparse(last.targets[0]) == "plot"


@pytest.mark.parametrize("verb", plot_verbs())
@pytest.mark.parametrize("theme", THEMES)
def test_every_verb_in_every_theme(verb: str, theme: str) -> None:
    """Each function that draws has a scene in each theme."""
    found = [asked for scene in SCENES.values() for name, asked in calls(scene) if name == verb]
    assert theme in {asked.get("theme", DEFAULT_THEME) for asked in found}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("label", ["Mean difference", "Risk ratio"])
def test_every_layout(layout: str, label: str) -> None:
    """Each layout is shown with the acupuncture trials and with those of BCG."""
    forests = [plot_of(name).record for name in SCENES if f"ma.{FOREST}(" in SCENES[name].code]
    assert all(isinstance(each, ForestRows) for each in forests)
    shown = {each.layout.name for each in forests if each.axis_label.startswith(label)}
    assert layout in shown


def test_every_theme_and_layout_is_a_row() -> None:
    """What the scenes ask for by name exists, so that the two tests above count real rows."""
    asked = [words for scene in SCENES.values() for _, words in calls(scene)]
    assert {words["theme"] for words in asked if "theme" in words} <= {*THEMES}
    assert {words["layout"] for words in asked if "layout" in words} <= {*LAYOUTS, *GRAPH_LAYOUTS}


def test_titles_say_how_many_studies() -> None:
    """The numbers of studies that stand in titles and texts are those of the data."""
    trials = ma.load_trials()
    sham = {plot_of(name).record.title for name in SCENES if "sham_pain()" in SCENES[name].code}
    assert (sham_pain().k, len(trials.members("in_sham"))) == (6, 26)
    assert all("6 of 26 studies on file" in title for title in sham)
    numbers = (bcg_effects().k, catheters().k, warfarin().k, writing().k, dropout().k)
    assert numbers == (13, 18, 6, 48, 385)
    assert pd.read_csv("tests/papers/data/wilson2011.csv")["studyID"].nunique() == 152


def test_page_is_what_the_scenes_make() -> None:
    """The text of the page; ``make gallery`` writes it anew."""
    made = page({name: plot_of(name) for name in SCENES})
    assert (GALLERY / PAGE).read_text(encoding="utf-8") == made


def test_pictures_are_those_of_the_scenes() -> None:
    """A picture for each scene and no other, of the right size, all of them light enough."""
    files = {file.stem: file for file in GALLERY.glob("*.png")}
    assert {*files} == {*SCENES}
    sizes = {name: size_of(file) for name, file in files.items()}
    assert sizes == {name: pixels(plot_of(name)) for name in SCENES}
    assert sum(file.stat().st_size for file in GALLERY.iterdir()) < MOST_BYTES


def test_same_numbers_same_bytes() -> None:
    """A picture made twice is the same, and says in the file what it shows."""
    scene = SCENES["own_layout_bcg"]
    first, second = picture(draw(scene)), picture(draw(scene))
    assert first == second
    assert Image.open(BytesIO(first)).info["Description"] == plot_of(scene.name).record.alt


def test_pictures_of_no_scene_go(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a scene left behind is removed; everything else is written again."""
    (tmp_path / "gone.png").write_bytes(b"old")
    monkeypatch.setattr(make, "GALLERY", tmp_path)
    monkeypatch.setattr(make, "SCENES", {"prisma_dark": SCENES["prisma_dark"]})
    make.main()
    assert {file.name for file in tmp_path.iterdir()} == {"prisma_dark.png", PAGE}
    assert capsys.readouterr().out == "prisma_dark\n"


def test_names_of_files_are_names_of_scenes() -> None:
    """A link on the page and its picture have one name."""
    text = (GALLERY / PAGE).read_text(encoding="utf-8")
    for name in SCENES:
        assert f"(#{name})" in text
        assert f'<a id="{name}">' in text
        assert f'src="{file_of(name).name}"' in text
