"""index.html: one self-contained page of the whole document."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import partial
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from metaan.core.doi import doi_url
from metaan.report.document.content import Document, Picture, Section
from metaan.report.pages.grids import grid
from metaan.report.pages.inline_svg import Drawn, Mark, Styles, inline_svg
from metaan.report.pages.opening import opening
from metaan.report.pages.prose import cited, row_place, web_address, with_dois
from metaan.report.results.trail_record import Trail
from metaan.trials.schema import FLAGS

PAGE = "page.html.jinja"
TEMPLATE, SHEET, SCRIPT = ".jinja", ".css", ".js"
SCREEN_DARK = "@media screen and (prefers-color-scheme: dark)"
# What tables are written as, and what lies beside the page as a whole.
TABLE_FILES = ("csv", "xlsx", "docx", "tex")
WHOLE = {
    "report.docx": "the report for Word",
    "methods.md": "the methods as Markdown",
    "manifest.json": "what every file was made from, with versions and checksums",
}


def page(document: Document, root: Path) -> str:
    """Return the page as HTML; figures are inside, links to files are relative to ``root``.

    Nothing is fetched: a policy in the page forbids it, and lets no script run but its own.
    """
    texts = _texts()
    styles = Styles()
    ids = {section.name: _trail_ids(section) for section in document.sections}
    drawn = {
        picture.name: _drawn(picture, section, ids[section.name], styles)
        for section in document.sections
        for picture in _pictures(section)
    }
    sheet = _sheet(texts, styles)
    script = "".join(text for name, text in texts.items() if name.endswith(SCRIPT))
    environment = _environment(texts, root, len(document.references))
    return environment.get_template(PAGE).render(
        document=document,
        drawn=drawn,
        ids=ids,
        flags=FLAGS,
        first_calls=_first_calls(document),
        opening=opening(document, len(drawn)),
        has_calls=any(section.calls for section in document.sections),
        beside=WHOLE.items(),
        sheet=Markup(sheet),
        script=Markup(script),
        policy=_policy(sheet, script),
    )


def _texts() -> dict[str, str]:
    """Return templates, style sheets and scripts, in the order of their names."""
    folder = files(__package__ or "metaan.report.pages")
    wanted = (TEMPLATE, SHEET, SCRIPT)
    found = sorted(each.name for each in folder.iterdir() if each.name.endswith(wanted))
    return {name: folder.joinpath(name).read_text("utf-8") for name in found}


def _environment(texts: Mapping[str, str], root: Path, references: int) -> Environment:
    environment = Environment(
        loader=DictLoader({k: text for k, text in texts.items() if k.endswith(TEMPLATE)}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "cited": partial(cited, references=references),
        "dois": with_dois,
        "doi_page": doi_url,
        "web": web_address,
        "row_place": row_place,
        "link": lambda path: path.relative_to(root).as_posix(),
    }
    environment.globals |= {"grid": grid, "table_files": partial(_table_files, root)}
    return environment


def _sheet(texts: Mapping[str, str], styles: Styles) -> str:
    own = [text for name, text in texts.items() if name.endswith(SHEET)]
    dark = f"{SCREEN_DARK} {{\n{styles.dark_sheet()}\n}}"
    return "\n".join([styles.sheet(), dark, *own])


def _policy(sheet: str, script: str) -> str:
    """Return the content security policy: this style sheet, this script, and nothing else."""
    return (
        f"default-src 'none'; style-src '{_hash(sheet)}'; script-src '{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode('utf-8')).digest()).decode('ascii')}"


def _trail_ids(section: Section) -> dict[str, str]:
    return {trail.key: f"trail-{section.name}-{i}" for i, trail in enumerate(section.trails)}


def _pictures(section: Section) -> tuple[Picture, ...]:
    own = (section.picture,) if section.picture is not None else ()
    return (*own, *(section.trust.pictures if section.trust is not None else ()))


def _drawn(picture: Picture, section: Section, ids: Mapping[str, str], styles: Styles) -> Drawn:
    trails = {trail.key: trail for trail in section.trails}
    marks = {
        name: Mark(href=ids[key], label=_mark_label(trails[key]))
        for name, key in picture.marks.items()
    }
    return inline_svg(
        picture.files["svg"], styles, prefix=picture.name, title=picture.title, marks=marks
    )


def _mark_label(trail: Trail) -> str:
    effects = trail.effects
    found = effects[0] if len(effects) == 1 else f"{len(effects)} effects"
    return f"{trail.label}, {found}: the data behind it"


def _first_calls(document: Document) -> dict[str, str]:
    """Return the figure where each code of R stands first: drawings of a network share one."""
    found: dict[str, str] = {}
    for section in document.sections:
        for call in section.calls:
            found.setdefault(call.code, section.name)
    return found


def _table_files(root: Path, name: str) -> Sequence[str]:
    """Return the endings of the files that a table was written as."""
    return [kind for kind in TABLE_FILES if (root / "tables" / f"{name}.{kind}").is_file()]
