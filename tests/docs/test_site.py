"""The site's source is whole: every public name has its page, every link leads somewhere.

The site itself takes most of a minute to build; `make docs` does, with warnings as errors.
"""

from __future__ import annotations

import inspect
import json
import posixpath
import re
import runpy
from pathlib import Path

import click
import pytest

import metaan
from tests.docs.api_groups import GROUPS, group_of, grouped
from tests.docs.api_pages import VERBS, kind_of, page_of
from tests.docs.command_page import program
from tests.docs.linking import relinked
from tests.docs.site import DOCS, REPOSITORY, lay_out

SHOWN = [name for name in metaan.FACE if kind_of(name) == VERBS]
LINK = re.compile(r"\]\(([^()\s#]+)(#[^()\s]+)?\)")
EXAMPLES = "Examples\n--------\n"
DOCUMENTS = {".md", ".rst", ".ipynb"}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the site's source; small pictures are made by `make docs` alone."""
    folder = tmp_path_factory.mktemp("site")
    lay_out(folder, pictures=False)
    return folder


@pytest.fixture(scope="module")
def texts(source: Path) -> dict[str, str]:
    """Return every document by its path; of a notebook, its prose."""
    found = {}
    for file in sorted(source.rglob("*")):
        if file.suffix in DOCUMENTS:
            text = file.read_text(encoding="utf-8")
            if file.suffix == ".ipynb":
                cells = json.loads(text)["cells"]
                prose = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
                text = "\n\n".join(prose)
            found[file.relative_to(source).as_posix()] = text
    return found


def test_every_public_name_stands_in_one_group() -> None:
    """A new room has to be told where it belongs."""
    homeless = [name for name in metaan.FACE if not group_of(name)]
    assert homeless == [], "name their room in tests/docs/api_groups.py"
    assert sum(map(len, grouped().values())) == len(metaan.FACE)
    assert len({group.key for group in GROUPS}) == len(GROUPS)


def test_every_public_name_has_its_page(texts: dict[str, str]) -> None:
    """And a line on the page of its group; no two pages differ by case alone."""
    for key, names in grouped().items():
        for name in names:
            page = page_of(name)
            (file,) = (each for each in (f"{page}.rst", f"{page}.md") if each in texts)
            assert name in texts[file]
            assert f"[`{name}`]({page.removeprefix('api/')})" in texts[f"api/{key}.md"]
    assert len({page.lower() for page in texts}) == len(texts)


def test_every_function_has_an_example() -> None:
    """That prints something, which pytest runs as a doctest; and it says what it returns."""
    for name in SHOWN:
        head, _, example = (inspect.getdoc(getattr(metaan, name)) or "").partition(EXAMPLES)
        assert ">>> " in example, name
        assert "Returns\n-------\n" in head or "Raises\n------\n" in head, name


def test_every_link_leads_to_a_page_or_a_heading(texts: dict[str, str], source: Path) -> None:
    """Within the site; addresses elsewhere are the reader's."""
    for page, text in texts.items():
        prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        for target, _ in LINK.findall(re.sub(r"`[^`\n]*`", "", prose)):
            if "://" not in target:
                path = posixpath.normpath(posixpath.join(posixpath.dirname(page), target))
                found = [path, *(f"{path}{suffix}" for suffix in DOCUMENTS)]
                assert any((source / each).exists() for each in found), (page, target)


def test_every_page_is_in_a_toctree(texts: dict[str, str]) -> None:
    """But the first; and what a toctree names is there."""
    named = {"index"}
    for page, text in texts.items():
        for block in re.findall(r"```\{toctree\}\n(.*?)```", text, flags=re.DOTALL):
            entries = [line for line in block.splitlines() if line and not line.startswith(":")]
            folder = posixpath.dirname(page)
            for entry in entries:
                target = re.sub(r"^.*<(.*)>$", r"\1", entry)
                path = posixpath.normpath(posixpath.join(folder, target))
                stem = path.removesuffix("*")
                pages = [t.rsplit(".", 1)[0] for t in texts]
                found = [p for p in pages if p == path or ("*" in path and p.startswith(stem))]
                assert found, (page, entry)
                named |= set(found)
    assert {page.rsplit(".", 1)[0] for page in texts} - named == set()


def test_notebooks_and_gallery_are_all_there(texts: dict[str, str]) -> None:
    """Whatever is in their folders; each picture with its code."""
    notebooks = {f"notebooks/{file.name}" for file in (REPOSITORY / "notebooks").glob("*.ipynb")}
    assert notebooks <= set(texts)
    gallery = "\n".join(text for page, text in texts.items() if page.startswith("gallery/"))
    for file in (DOCS / "gallery").glob("*.png"):
        assert gallery.count(f"```{{image}} {file.name}\n") == 1
        assert f":link: gallery-{file.stem}\n" in gallery


def test_every_command_has_its_section(texts: dict[str, str]) -> None:
    """With its options; and commands that the pages name exist."""
    root = program()
    assert isinstance(root, click.Group)
    context = click.Context(root)
    names = root.list_commands(context)
    for name in names:
        command = root.get_command(context, name)
        assert command is not None
        part = texts["command_line.md"].split(f"## metaan {name}\n")[1].split("\n## ")[0]
        options = [each.opts[0] for each in command.params if isinstance(each, click.Option)]
        assert all(option in part for option in options if option != "--help")
    for page in ("start.md", "index.md", "from_r.md"):
        for name in re.findall(r"^\$ metaan (\w+)", texts[page], flags=re.MULTILINE):
            assert name in names


def test_nothing_is_fetched() -> None:
    """No extension that asks other hosts, and no addresses in what we add to every page."""
    settings = runpy.run_path(str(DOCS / "conf.py"))
    assert not {"sphinx.ext.intersphinx", "sphinx.ext.mathjax"} & set(settings["extensions"])
    assert settings["nb_execution_mode"] == "off"
    for folder in ("_static", "_templates"):
        for file in (DOCS / folder).iterdir():
            assert "//" not in file.read_text(encoding="utf-8").replace("*/", "")


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("[a](pooling.md)", "[a](pooling.md)"),
        ("[a](../notebooks/01.ipynb#x)", "[a](notebooks/01.ipynb#x)"),
        ("[a](https://x.org)", "[a](https://x.org)"),
        ("[the tests](../tests/none.py)", "the tests (`tests/none.py`)"),
        ("![p](p.png)", "![p](p.png)"),
    ],
)
def test_links_of_the_repository_become_links_of_the_site(text: str, becomes: str) -> None:
    """Pages of pages, names of files that have none."""
    pages = {"docs/pooling.md": "pooling.md", "notebooks/01.ipynb": "notebooks/01.ipynb"}
    assert relinked(text, source="docs/index.md", page="index.md", pages=pages) == becomes
