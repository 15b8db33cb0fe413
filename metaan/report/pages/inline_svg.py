"""A saved SVG as a part of the page: lean, its names its own, its studies links to their trails.

Styles become classes that all figures of a page share, so that a style sheet can turn them dark
and no element needs a style of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from metaan.plots.pages.targets import TARGET
from metaan.plots.pages.theme import DARK, LIGHT, LISTS, Theme
from metaan.report.pages.trimming import sheets, without_title

DIGITS = 2  # hundredths of a point: no screen shows less
POINT = 4 / 3  # CSS pixels
DROPPED = ("title", "desc", "metadata", "style")
NUMBERS = re.compile(r"-?\d+\.\d+")
HREF = re.compile(r"url\(#([^)]+)\)")
AROUND = re.compile(r"\s*([A-Za-z])\s*")
STRAIGHT = re.compile(r"rotate\(-?0 ")  # a text that is not turned
COLOR = re.compile(r"#[0-9a-f]{6}\b")
MEASURED = ("d", "x", "y", "width", "height", "transform", "points")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The link that the area of a study becomes: where it leads, and what it is called."""

    href: str
    label: str


@dataclass(slots=True)
class Styles:
    """Classes of all figures of a page, in the order of their first use."""

    classes: dict[str, str] = field(default_factory=dict)

    def name(self, style: str) -> str:
        """Return the class of a style."""
        return self.classes.setdefault(style, f"f{len(self.classes)}")

    def sheet(self) -> str:
        """Return the rules."""
        return "\n".join(f".{name}{{{style}}}" for style, name in self.classes.items())

    def dark_sheet(self) -> str:
        """Return the rules that differ on dark paper, for figures of the theme's colors alone."""
        known = dark_colors()
        turned = (
            (name, ";".join(part for part in style.split("; ") if COLOR.search(part)))
            for style, name in self.classes.items()
        )
        return "\n".join(
            f".themed .{name}{{{COLOR.sub(lambda found: known[found[0]], style)}}}"
            for name, style in turned
            if style and set(COLOR.findall(style)) <= known.keys()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A figure for the page.

    Attributes
    ----------
    svg : str
        The element.
    themed : bool
        Whether its colors are all the theme's, so that dark ones stand for them on a dark page;
        any other keeps its colors, on a light card.
    sheets : tuple of str
        The same once more in parts that fit on paper, for one that is too long.
    """

    svg: str
    themed: bool
    sheets: tuple[str, ...]


def dark_colors() -> dict[str, str]:
    """Return the dark theme's color for each of the light one's."""
    found = {"#000000": DARK.ink}
    for light, dark in zip(_colors(LIGHT), _colors(DARK), strict=True):
        found.setdefault(light, dark)
    return found


def _colors(theme: Theme) -> list[str]:
    """Return every color of a theme, single ones first."""
    names = [name for name in Theme.__slots__ if name not in ("name", "about", *LISTS)]
    single = [str(getattr(theme, name)) for name in names]
    return [*single, *(color for name in LISTS for color in getattr(theme, name))]


def inline_svg(
    path: Path, styles: Styles, *, prefix: str, title: str, marks: Mapping[str, Mark]
) -> Drawn:
    """Return a saved figure as an element of the page.

    Parameters
    ----------
    path : Path
        As ``Plot.save`` wrote it.
    styles : Styles
        Of the page; the figure's are added.
    prefix : str
        Of every id in it; no other figure of the page has it. Its title has the id
        ``title-PREFIX`` on the page, its description ``alt-PREFIX``.
    title : str
        Stands over it on the page, and is taken out of the drawing.
    marks : mapping of str to Mark
        By the names of the areas; areas without one are left out.
    """
    root = ElementTree.fromstring(path.read_bytes())
    _cleaned(root)
    _without_paper(root)
    top = without_title(root, title)
    used = _referred(root)
    colors: set[str] = set()
    for element in root.iter():
        _renamed(element, prefix, used)
        style = element.attrib.pop("style", "")
        if style:
            colors |= set(COLOR.findall(style))
            element.set("class", styles.name(style))
        if STRAIGHT.match(element.get("transform", "")):
            del element.attrib["transform"]
        for name in MEASURED:
            if name in element.attrib:
                element.set(name, _short(element.attrib[name]))
    links = _linked(root, marks, prefix)
    wide, high = (float(size) for size in root.attrib["viewBox"].split()[2:])
    role = "group" if marks else "img"
    named = f'role="{role}" aria-labelledby="title-{prefix}" aria-describedby="alt-{prefix}"'
    whole = f'<g id="{prefix}-all">{_written(root)}</g>{"".join(map(_markup, links))}'
    areas = [path.get("d", "") for link in links for path in link]
    parts = sheets(areas, top, high, wide)
    copy = f'<use href="#{prefix}-all"/>'
    return Drawn(
        svg=_svg(named, top, high - top, wide, whole),
        themed=colors <= dark_colors().keys(),
        sheets=tuple(_svg('aria-hidden="true"', *part, wide, copy) for part in parts),
    )


def _svg(attributes: str, top: float, high: float, wide: float, inside: str) -> str:
    """Return the part of a figure from ``top`` on, ``high`` points high."""
    return (
        f'<svg {attributes} viewBox="0 {_number(top)} {_number(wide)} {_number(high)}" '
        f'width="{wide * POINT:.0f}" height="{high * POINT:.0f}">{inside}</svg>'
    )


def _written(root: ElementTree.Element) -> str:
    return "".join(map(_markup, root))


def _markup(element: ElementTree.Element) -> str:
    return ElementTree.tostring(element, encoding="unicode")


def _cleaned(root: ElementTree.Element) -> None:
    """Take out name spaces, white space between elements, and what the page says itself."""
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        for name in [name for name in element.attrib if "}" in name]:
            element.set(name.rpartition("}")[2], element.attrib.pop(name))
        if element.text and not element.text.strip():
            element.text = None
        if element.tail and not element.tail.strip():
            element.tail = None
        for child in list(element):
            if child.tag.rpartition("}")[2] in DROPPED:
                element.remove(child)


def _without_paper(root: ElementTree.Element) -> None:
    """Take out the ground: the page has its own."""
    figure = root.find("g")
    ground = figure.find("g") if figure is not None else None
    if figure is not None and ground is not None and str(ground.get("id")).startswith("patch"):
        figure.remove(ground)


def _referred(root: ElementTree.Element) -> set[str]:
    """Return the ids that something in the figure points at."""
    values = [value for element in root.iter() for value in element.attrib.values()]
    found = {found[1] for value in values for found in HREF.finditer(value)}
    return found | {element.attrib["href"][1:] for element in root.iter("use")}


def _renamed(element: ElementTree.Element, prefix: str, used: set[str]) -> None:
    """Give ids that are pointed at, and what points at them, the prefix; drop other ids."""
    name = element.attrib.pop("id", "")
    if name in used:
        element.set("id", f"{prefix}-{name}")
    elif name.startswith(TARGET):
        element.set("id", name)
    if element.tag == "use":
        element.set("href", f"#{prefix}-{element.attrib['href'][1:]}")
    clip = element.get("clip-path")
    if clip:
        element.set("clip-path", HREF.sub(lambda found: f"url(#{prefix}-{found[1]})", clip))


def _linked(
    root: ElementTree.Element, marks: Mapping[str, Mark], prefix: str
) -> list[ElementTree.Element]:
    """Take out the areas of studies, and return those with a trail as links."""
    areas = [
        (parent, child)
        for parent in root.iter()
        for child in parent
        if child.get("id", "").startswith(TARGET)
    ]
    links = []
    for parent, area in areas:
        parent.remove(area)
        name = area.attrib["id"]
        if name in marks:
            area.tag = "a"
            area.attrib = {
                "id": f"{prefix}-{name}",
                "class": "mark",
                "href": f"#{marks[name].href}",
                "data-trail": marks[name].href,
                "aria-label": marks[name].label,
            }
            links.append(area)
    return links


def _short(value: str) -> str:
    """Return measures with as many digits as can be seen."""
    rounded = NUMBERS.sub(lambda found: _number(float(found[0])), value)
    return AROUND.sub(r"\1", " ".join(rounded.split())) if "(" not in rounded else rounded


def _number(value: float) -> str:
    text = f"{value:.{DIGITS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
