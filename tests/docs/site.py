"""The documentation site.

    python -m tests.docs.site

lays its source out in a temporary folder (pages of docs/, the notebooks, the gallery, pages made
from the library itself) and builds ``site/``; `make docs` calls it. Warnings are errors, and the
new site takes the old one's place only when it is whole. The repository gets no copies.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.docs.api_pages import api_pages
from tests.docs.command_page import command_page
from tests.docs.gallery_pages import gallery_pages, thumbnail
from tests.docs.linking import relinked

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
SITE = REPOSITORY / "site"
GALLERY = "docs/gallery/README.md"
# Files that become a page as they are, but for their links.
COPIED = {
    "docs/measures.md": "measures.md",
    "docs/pooling.md": "pooling.md",
    "docs/networks.md": "networks.md",
    "docs/diagnostics.md": "diagnostics.md",
    "docs/index.md": "index.md",
    "docs/start.md": "start.md",
    "docs/from_r.md": "from_r.md",
    "docs/validation.md": "validation.md",
    "docs/methods.md": "methods.md",
    "docs/more.md": "more.md",
    "tests/reference/README.md": "reference_numbers.md",
    "data/README.md": "data.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
}
FOLDERS = ("_static", "_templates")
DATA_TOCTREE = """
## Analyses

[The keys of an analysis](analyses.md) say how each figure of the report is declared.

```{toctree}
:hidden:

analyses
```
"""
NOTEBOOKS = """# Notebooks

Prose first, for clinician-researchers, executed as they stand in the folder `notebooks/`:
`pip install -e ".[notebooks]"` and `jupyter lab` open them, `make notebooks` runs them all again.

```{{toctree}}
:titlesonly:

{names}
```
"""
ANALYSES = """# Analyses as data

`data/analyses.toml` declares every analysis of the report: what is selected, how it is pooled,
which figures are drawn. Adding one needs no Python. These are its keys.

```text
{keys}
```

The first analysis of the file as it stands:

```toml
{first}
```
"""


def pages_of_files() -> dict[str, str]:
    """Return the page of every file of the repository that has one."""
    notebooks = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
    return {
        **COPIED,
        GALLERY: "gallery/index.md",
        "data/analyses.toml": "analyses.md",
        "CITATION.cff": "cite.md",
        **{f"notebooks/{file.name}": f"notebooks/{file.name}" for file in notebooks},
    }


def lay_out(folder: Path, *, pictures: bool = True) -> None:
    """Write the site's source into an empty folder, with its pictures unless told otherwise."""
    pages = pages_of_files()
    texts = {
        page: relinked(_read(source), source=source, page=page, pages=pages)
        for source, page in COPIED.items()
    }
    texts["data.md"] += DATA_TOCTREE
    gallery = relinked(_read(GALLERY), source=GALLERY, page="gallery/index.md", pages=pages)
    texts |= gallery_pages(gallery)
    texts |= {name: notebook(name, pages) for name in pages if name.endswith(".ipynb")}
    texts |= api_pages()
    texts |= {
        "notebooks/index.md": NOTEBOOKS.format(names="\n".join(_notebooks(pages))),
        "command_line.md": command_page(),
        "analyses.md": analyses_page(),
        "cite.md": cite_page(),
    }
    for name, text in texts.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    if pictures:
        _lay_out_files(folder)


def _lay_out_files(folder: Path) -> None:
    """Copy the pictures and what Sphinx itself reads."""
    shutil.copy(DOCS / "conf.py", folder)
    for name in FOLDERS:
        shutil.copytree(DOCS / name, folder / name)
    for file in sorted(DOCS.glob("*.png")):
        shutil.copy(file, folder)
    small = folder / "gallery" / "small"
    small.mkdir()
    for file in sorted((DOCS / "gallery").glob("*.png")):
        shutil.copy(file, folder / "gallery")
        (small / file.name).write_bytes(thumbnail(file))


def notebook(name: str, pages: Mapping[str, str]) -> str:
    """Return a notebook whose links lead to pages."""
    found = json.loads(_read(name))
    for cell in found["cells"]:
        if cell["cell_type"] == "markdown":
            text = "".join(cell["source"])
            cell["source"] = relinked(text, source=name, page=name, pages=pages)
    return json.dumps(found)


def analyses_page() -> str:
    """Return the page of the keys of data/analyses.toml, which its top explains."""
    lines = _read("data/analyses.toml").splitlines()
    top = next(i for i, line in enumerate(lines) if line and not line.startswith("#"))
    keys = "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines[:top]).strip()
    blocks = re.split(r"^(?=\[\[analysis\]\])", "\n".join(lines), flags=re.MULTILINE)
    return ANALYSES.format(keys=keys, first=blocks[1].strip())


def cite_page() -> str:
    """Return how to cite metaan, from CITATION.cff."""
    text = _read("CITATION.cff")
    said = {key: _field(text, key) for key in ("message", "title", "version", "license")}
    authors = ", ".join(re.findall(r'^  - name: "(.*)"$', text, flags=re.MULTILINE))
    return (
        f"# How to cite\n\n{said['message']}\n\n> {authors}. *{said['title']}*. Version "
        f"{said['version']}. {said['license']} license.\n\nThe references of the methods that an "
        "analysis used come with it: `fit.references` lists them, and `fit.methods_sentence()` is "
        "the sentence that cites them. The same in the file that reference managers read, "
        f"`CITATION.cff`:\n\n```yaml\n{text.strip()}\n```\n"
    )


def build(source: Path, out: Path) -> int:
    """Build the site; return Sphinx's exit code (warnings are errors)."""
    from sphinx.cmd.build import build_main

    state = out.parent / "doctrees"
    words = ["-b", "html", "-W", "--keep-going", "-q", "-E", "-j", "auto", "-d", str(state)]
    return build_main([*words, str(source), str(out)])


def main() -> int:
    """Lay the source out, build, and put the new site in the old one's place."""
    with TemporaryDirectory() as folder:
        source, out = Path(folder) / "source", Path(folder) / "site"
        source.mkdir()
        lay_out(source)
        code = build(source, out)
        if code:
            sys.stderr.write("The documentation has warnings (above); site/ is left as it was.\n")
            return code
        (out / ".buildinfo").unlink(missing_ok=True)
        if SITE.exists():
            shutil.rmtree(SITE)
        shutil.copytree(out, SITE)
    sys.stdout.write("The documentation is in site/: open site/index.html in a browser.\n")
    return 0


def _notebooks(pages: Mapping[str, str]) -> list[str]:
    """Return the notebooks by their names in their folder, without suffix."""
    return [Path(page).stem for page in pages.values() if page.endswith(".ipynb")]


def _read(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def _field(text: str, key: str) -> str:
    found = re.search(rf'^{key}: "?(.*?)"?$', text, flags=re.MULTILINE)
    return found.group(1) if found else ""


if __name__ == "__main__":
    sys.exit(main())
