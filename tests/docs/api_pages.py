"""The API pages: one for each public name, one for each group, and the overview."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any
from urllib.parse import quote

import metaan
from tests.docs.api_groups import GROUPS, grouped

VERBS, RECORDS, TABLES = "functions", "records", "tables"
HEADS = {VERBS: "Functions", RECORDS: "Records", TABLES: "Tables of choices"}
INTRO = """# API

Every public name of `import metaan as ma`, by task. Functions return frozen records; a record's
page has its fields and methods. Choices (`tau2="REML"`) are rows of tables, which have pages too.

Every example on these pages is run by the test suite as it stands and prints what is shown
(`pytest --doctest-modules`); a test asks that every function has one.
"""
# Columns of a table's rows that are shown if the rows have them.
SHOWN = ("name", "question", "rule", "what", "program", "doi")
LONGEST_LIST = 12  # rows without fields: up to so many values are shown in full


def kind_of(name: str) -> str:
    """Return which kind of page a public name has."""
    found = getattr(metaan, name)
    if inspect.isclass(found):
        return RECORDS
    return VERBS if callable(found) else TABLES


def page_of(name: str) -> str:
    """Return the page of a public name, without suffix.

    Kinds have folders: `ma.Influence` and `ma.influence` are one file on some systems.
    """
    return f"api/{kind_of(name)}/{name}"


def api_pages() -> dict[str, str]:
    """Return every page by its path in the site's source."""
    groups = grouped()
    about = {group.key: group for group in GROUPS}
    pages = {"api/index.md": _overview(groups)}
    for key, names in groups.items():
        pages[f"api/{key}.md"] = _group_page(about[key].title, about[key].about, names)
    pages.update(
        (f"{page_of(name)}.{'md' if kind_of(name) == TABLES else 'rst'}", _name_page(name))
        for names in groups.values()
        for name in names
    )
    return pages


def _overview(groups: Mapping[str, list[str]]) -> str:
    about = {group.key: group for group in GROUPS}
    lines = [INTRO, "::::{grid} 1 2 2 3", ":gutter: 3", ""]
    for key, names in groups.items():
        verbs = [name for name in names if kind_of(name) == VERBS] or names
        shown = ", ".join(f"`{name}`" for name in verbs[:4]) + (" …" if len(verbs) > 4 else "")
        lines += [
            f":::{{grid-item-card}} {about[key].title}",
            f":link: {key}",
            ":link-type: doc",
            "",
            about[key].about,
            "",
            shown,
            ":::",
            "",
        ]
    return "\n".join([*lines, "::::", "", *_toctree(groups), ""])


def _group_page(title: str, about: str, names: Iterable[str]) -> str:
    lines = [f"# {title}", "", about, ""]
    names = list(names)
    for kind, head in HEADS.items():
        some = [name for name in names if kind_of(name) == kind]
        if some:
            lines += [f"## {head}", "", "| name | what it is |", "|---|---|"]
            lines += [f"| [`{name}`]({kind}/{name}) | {_first_line(name)} |" for name in some]
            lines.append("")
    return "\n".join([*lines, *_toctree(f"{kind_of(name)}/{name}" for name in names), ""])


def _toctree(pages: Iterable[str]) -> list[str]:
    return ["```{toctree}", ":hidden:", "", *pages, "```"]


def _name_page(name: str) -> str:
    kind = kind_of(name)
    if kind == TABLES:
        return _table_page(name)
    head = f"{name}\n{'=' * len(name)}\n\n.. py:currentmodule:: metaan\n\n"
    if kind == VERBS:
        return f"{head}.. autofunction:: metaan.{name}\n"
    return f"{head}.. autoclass:: metaan.{name}\n   :members:\n" + _inherited(name)


def _inherited(name: str) -> str:
    """Return the option that shows what a record has from its parents, but Python's own."""
    found = getattr(metaan, name)
    ours = any(parent.__module__.startswith("metaan.") for parent in found.__mro__[1:])
    return (
        "   :inherited-members: Exception\n" if ours and not issubclass(found, Exception) else ""
    )


def _first_line(name: str) -> str:
    if kind_of(name) == TABLES:
        return f"{len(getattr(metaan, name))} rows: {_some_keys(name)}"
    line = (inspect.getdoc(getattr(metaan, name)) or "").partition("\n\n")[0]
    return " ".join(line.split()).replace("``", "`").replace("|", r"\|")


def _some_keys(name: str) -> str:
    keys = [f"`{key}`" for key in getattr(metaan, name)]
    return ", ".join(keys[:4]) + (" …" if len(keys) > 4 else "")


def _table_page(name: str) -> str:
    """Return the page of a table: what its module says, and its rows."""
    table = getattr(metaan, name)
    module = sys.modules[metaan.FACE[name]]
    said = _own_sentence(name, inspect.getdoc(module) or "")
    row = next(iter(table.values()), None)
    kind = f" Rows are of the class `{type(row).__name__}`." if is_dataclass(row) else ""
    lines = [f"# {name}", "", f"```{{py:data}} {name}", ":module: metaan", ""]
    lines += [f"{said}A mapping of {len(table)} rows.{kind}", "```", ""]
    return "\n".join([*lines, *_rows(table), ""])


def _own_sentence(name: str, text: str) -> str:
    """Return what a module's docstring says if it is about this table, as Markdown."""
    first = " ".join(text.partition("\n\n")[0].split()).replace("``", "`")
    head, _, rest = first.partition(f"{name}: ")
    return f"{rest[0].upper()}{rest[1:]} " if rest and not head else ""


def _rows(table: Mapping[Any, Any]) -> Iterator[str]:
    """Yield a table of the rows: key, name and source, or their plain value."""
    first = next(iter(table.values()))
    if is_dataclass(first):
        columns = [f.name for f in fields(first) if f.name in SHOWN and f.name != "key"]
        yield f"| key | {' | '.join(columns) or 'row'} |"
        yield f"|---|{'---|' * max(len(columns), 1)}"
        for key, row in table.items():
            cells = [_cell(column, getattr(row, column)) for column in columns]
            yield f"| `{key}` | {' | '.join(cells)} |"
        return
    yield "| key | value |"
    yield "|---|---|"
    for key, row in table.items():
        yield f"| `{key}` | {_plain(row)} |"


def _cell(column: str, value: Any) -> str:
    if column == "doi" and value:
        return f"[{_escaped(value)}](https://doi.org/{quote(value)})"
    return _escaped(str(value)) if value not in (None, "", ()) else "–"


def _plain(value: Any) -> str:
    """Return a value of a table in a line; a function by the first line of its docstring."""
    if callable(value):
        return _escaped((inspect.getdoc(value) or "").partition("\n")[0])
    if isinstance(value, str):
        return _escaped(value)
    if isinstance(value, Iterable) and not isinstance(value, Mapping):
        return _escaped(", ".join(map(str, list(value)[:LONGEST_LIST])))
    return _escaped(str(value))


def _escaped(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", r"\|").replace("<", "&lt;")
