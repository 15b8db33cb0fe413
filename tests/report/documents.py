"""A small document with everything that a report can hold, its names hostile."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from metaan.report.document.content import Chapter, Document, Picture, Section, Table, Trust
from metaan.report.r_calls.call import RCall
from tests.plots.hostile import NAMES

# Beyond those that break figures: what spreadsheets, Word and TeX take for an order.
ORDERS = (
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.org","click")',
    "@SUM(1+9)*cmd|'/C calc'!A0",
    "+1+1",
    "-1+1",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",
    "</w:t></w:r><w:p/>",
    "</t></is></c><c><f>1+1</f></c>",
    r"\input{/etc/passwd} $$ \end{tabular} % gone",
    r"\\[9cm] * -- ''",
    "[1] *not* _a_ mark",
    "_x0041_",
    "تجربة سريرية",
    "针灸试验 2019",
    'quotes " and, commas;',
)
HOSTILE = (*NAMES, *ORDERS)
REFERENCES = ("Doe J. One & two. J 2001;1:1. doi:10.1000/one_two", "Roe R. <b>Three</b>. 2002.")
TITLE = "Pain, needles vs sham: 2 of 9 studies on file"
CALL = RCall(
    name="the pool",
    code='study <- c("<b> & co")\nfit <- rma(yi, vi)\n  # end',
    package="metafor",
    version="3.8.1",
    tolerance=1e-8,
    executed=True,
)
ALT = 'Forest plot of "2" studies & <one> pool.'


def hostile_table(name: str = "hostile", names: tuple[str, ...] = HOSTILE) -> Table:
    """Return a table of hostile names, numbers and cells without anything."""
    count = len(names)
    frame = pd.DataFrame(
        {
            "study": pd.Series(names, dtype=object),  # half a letter is no string of pandas
            "estimate": [-1.5 / 7 + i for i in range(count)],
            "p_value": [0.5 / 10**i for i in range(count)],
            "n1": [30.0 + i if i % 2 else math.nan for i in range(count)],
            "k": range(count),
            "outlying": [i % 2 == 0 for i in range(count)],
            "nothing": [math.nan] * count,
            "=head+1": [None if i % 3 else "note" for i in range(count)],
        }
    )
    return Table(name=name, heading="Numbers", caption=f"{TITLE}. Numbers", frame=frame)


def picture(folder: Path, name: str, wide: int = 800, high: int = 300) -> Picture:
    """Return a picture with lines of something on white, as PNG alone."""
    dots = np.full((high, wide, 3), 255, dtype=np.uint8)
    for top in range(20, high - 30, 60):
        dots[top : top + 30, 40 : wide - 40] = (31, 78, 121)
    path = folder / f"{name}.png"
    Image.fromarray(dots).convert("RGBA").save(path, dpi=(200, 200))
    return Picture(name=name, title=f"{TITLE}, {name}", alt=ALT, files={"png": path})


def _trust(folder: Path) -> Trust:
    checks = pd.DataFrame(
        {
            "key": ["LEAVE_ONE_OUT"],
            "question": ["without any one study"],
            "verdict": ["turns"],
            "found": [f"turns without {HOSTILE[0]}"],
        }
    )
    return Trust(
        sentence="The interval includes 0: nothing would change this. [1, 2]",
        importance="The interval leaves open whether the effect matters.",
        source="Doe 2001",
        checks=Table(
            name="forest_a_diagnosis",
            heading="What would change it",
            caption="Pain. What would change it",
            frame=checks,
        ),
        findings=("No study was influential [2].",),
        pictures=(picture(folder, "forest_a_funnel", high=360),),
        not_drawn="Not drawn for 2 studies: subsets.",
        tables=(),
    )


def _section(name: str, drawn: Picture | None, trust: Trust | None) -> Section:
    missing = [{"study": each, "rows": "", "reason": "not on file"} for each in HOSTILE]
    compared = pd.DataFrame(
        {
            "analysis": ["main", "without one", "with none"],
            "changed": ["", "study: ONE", "study: NONE"],
            "measure": ["MD", "MD", ""],
            "estimate": [-1.25, -0.75, math.nan],
            "low": [-2.5, -1.75, math.nan],
            "high": [-0.5, 0.25, math.nan],
            "interval": ["below no effect", "includes no effect", ""],
            "conclusion": ["", "changed", "nothing pooled"],
            "remark": ["", "", "1 usable trial: nothing is pooled"],
        }
    )
    return Section(
        name=name,
        title=TITLE,
        picture=drawn,
        nothing="" if drawn else "no trial on file",
        methods="Effects were pooled [2] by REML [1]; [7] is no reference." if trust else "",
        results=f"{HOSTILE[0]} gave MD −1.50 (95% CI −2.00 to −1.00).",
        combined=trust is not None,
        network=False,
        numbers=hostile_table(name),
        missing=Table(
            name=f"{name}_missing",
            heading="What is missing",
            caption="Pain. What is missing",
            frame=pd.DataFrame(missing, dtype=object),
        ),
        sensitivity=Table(
            name=f"{name}_sensitivity",
            heading="Sensitivity analyses",
            caption="Pain. Sensitivity analyses",
            frame=compared,
        )
        if trust
        else None,
        trust=trust,
        calls=(CALL,) if drawn else (),
    )


def document(folder: Path) -> Document:
    """Return the document; its pictures lie in the folder."""
    sections = (
        _section("forest_a", picture(folder, "forest_a"), _trust(folder)),
        _section("forest_b", None, None),
        _section("forest_long", picture(folder, "forest_long", 600, 4000), None),
    )
    chapter = Chapter(
        name="one",
        title="One & only <analysis>",
        question="Does it help?",
        about="A review.",
        unknown="Its members.",
        nothing_to_trust="",
        sections=sections,
    )
    bare = Chapter(
        name="two",
        title="Two",
        question="",
        about="Nothing was found.",
        unknown="",
        nothing_to_trust="Nothing is pooled.",
        sections=(),
    )
    reach = pd.DataFrame({"evidence": ["Whole table"], "usable_pain": [2]})
    return Document(
        title="Needles for <backs> & more",
        coverage=Table(
            name="coverage",
            heading="How far the data reach",
            caption="How far the data reach",
            frame=reach,
        ),
        chapters=(chapter, bare),
        conventions=("Effects are treatment minus control.", "Nothing is *invented*."),
        references=REFERENCES,
        version="1.2.3",
    )
