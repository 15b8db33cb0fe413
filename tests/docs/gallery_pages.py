"""The gallery's pages: docs/gallery/README.md cut into its sections, with small pictures ahead."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO
from pathlib import Path

from PIL import Image

SCENE = re.compile(r'^### <a id="(\w+)"></a>(.*)$', re.MULTILINE)
PICTURE = re.compile(r'<img src="([\w.]+)" width="(\d+)" alt="([^"]*)">')
DATA = '<a id="data"></a>'
THUMB = (480, 320)  # pixels, for cards that are 240 wide at most twice as dense


def gallery_pages(text: str) -> dict[str, str]:
    """Return the gallery's pages by their path.

    Parameters
    ----------
    text : str
        ``docs/gallery/README.md``.
    """
    head, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    sections = [part for part in parts if not part.startswith("Contents\n")]
    intro = head.replace("(#data)", "(the_data.md)").replace("[at the end]", "[here]")
    lines = [intro]
    pages: dict[str, str] = {}
    for section in sections:
        title, _, body = section.partition("\n")
        slug = _slug(title)
        pages[f"gallery/{slug}.md"] = f"# {title.replace(DATA, '')}\n{_shown(body)}"
        if SCENE.search(body):
            lines += [f"## [{title}]({slug}.md)", "", *_cards(body), ""]
    names = [name.removeprefix("gallery/").removesuffix(".md") for name in pages]
    toctree = ["```{toctree}", ":hidden:", "", *names, "```", ""]
    return {"gallery/index.md": "\n".join([*lines, *toctree]), **pages}


def thumbnail(file: Path) -> bytes:
    """Return a small picture of a figure: its top, as wide as a card."""
    image = Image.open(file).convert("RGB")
    width, height = THUMB
    small = image.resize((width, round(image.height * width / image.width)), Image.Resampling.BOX)
    background = small.getpixel((1, 1))
    card = Image.new("RGB", THUMB, background)
    card.paste(small.crop((0, 0, width, min(small.height, height))), (0, _above(small.height)))
    buffer = BytesIO()
    card.quantize(64, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _above(height: int) -> int:
    return max((THUMB[1] - height) // 2, 0)


def _slug(title: str) -> str:
    plain = re.sub(r"<[^>]*>", "", title).lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def _shown(body: str) -> str:
    """Return a section with its scenes as headings that can be linked to, and its pictures."""
    body = SCENE.sub(r"(gallery-\1)=\n\n## \2", body)

    def picture(found: re.Match[str]) -> str:
        file, width, alt = found.groups()
        return (
            f"```{{image}} {file}\n:width: {width}px\n:class: dark-light\n"
            f":alt: {unescape(alt)}\n```"
        )

    return PICTURE.sub(picture, body)


def _cards(body: str) -> list[str]:
    lines = ["::::{grid} 2 2 3 3", ":gutter: 2", ""]
    for name, title in SCENE.findall(body):
        lines += [
            ":::{grid-item-card}",
            f":img-top: small/{name}.png",
            f":img-alt: {title}",
            f":link: gallery-{name}",
            ":link-type: ref",
            ":class-card: sd-text-center",
            ":class-img-top: dark-light",
            "",
            title,
            ":::",
            "",
        ]
    return [*lines, "::::"]
