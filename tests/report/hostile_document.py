"""A document whose every text tries to break the page; its figure is a real one."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import pandas as pd

from metaan.core.effects import Effects
from metaan.core.errors import LettersWarning
from metaan.plots.forests.forest import draw_forest
from metaan.plots.forests.rows import forest_rows
from metaan.report.document.content import Chapter, Document, Picture, Section, Table, Trust
from metaan.report.document.marks import study_marks
from metaan.report.r_calls.call import RCall
from metaan.report.results.trail_record import Trail, TrailRow

EVIL = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script></style></svg><svg onload=alert(1)>",
    "كوهين 2004 {{ 7 * 7 }}",
    "\u202eover [1] &amp; <!--",
)
ADDRESSES = (
    "javascript:alert(1)",
    "JAVASCRIPT:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    " vbscript:x",
    "https://example.org/a?b=c&d=\"'<",
)


def hostile_document(folder: Path) -> Document:
    """Return a document of one figure; the figure's file is in the folder."""
    every = " ".join(EVIL)
    trails = tuple(_trail(i, name) for i, name in enumerate(EVIL))
    table = Table(name="evil", heading=EVIL[1], caption=EVIL[1], frame=_frame())
    section = Section(
        name="evil",
        title=EVIL[2],
        picture=_picture(folder, trails),
        nothing="",
        methods=f"{every} [1] [2] doi:10.1000/<b>",
        results=every,
        combined=True,
        network=False,
        numbers=table,
        missing=table,
        sensitivity=table,
        trust=_trust(every, table),
        trails=trails,
        calls=(_call(every),),
    )
    chapter = Chapter(
        name="wicked", title=EVIL[0], question=every, about=every, unknown=every,
        nothing_to_trust=every, sections=(section,),
    )  # fmt: skip
    return Document(
        title=EVIL[0],
        coverage=table,
        chapters=(chapter,),
        conventions=(every,),
        references=(f"{every} doi:10.1000/x",),
        version="<0>",
    )


def _trust(text: str, table: Table) -> Trust:
    return Trust(
        sentence=text, importance=text, source=text, checks=table, findings=(text,), pictures=(),
        not_drawn=text, tables=(table,),
    )  # fmt: skip


def _frame() -> pd.DataFrame:
    rows = [str(i) for i in range(len(EVIL))]
    return pd.DataFrame({"study": EVIL, "rows": rows, "doi": EVIL, EVIL[0]: EVIL})


def _trail(i: int, name: str) -> Trail:
    row = TrailRow(
        file=name, row_id=str(i), who=name, what=name, as_reported=name, used=name, source=name,
        derivation=name, doi=name, url=ADDRESSES[i], flags=(name,), remark=name,
    )  # fmt: skip
    return Trail(
        key=name, label=name, effects=(name,), about=name, doi=name, rows=(row,), notes=(name,)
    )


def _picture(folder: Path, trails: tuple[Trail, ...]) -> Picture:
    places = range(len(EVIL))
    plain = Effects.from_arrays([0.1 * i for i in places], se=[0.2] * len(EVIL), study=EVIL)
    effects = replace(plain, rows=tuple((str(i),) for i in places))
    record = forest_rows(effects, title=EVIL[2])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LettersWarning)  # of a matplotlib before 3.11
        path = draw_forest(record).save(folder / "evil.svg")
    marks = study_marks((record,), trails)
    return Picture(name="evil", title=record.title, alt=EVIL[1], files={"svg": path}, marks=marks)


def _call(text: str) -> RCall:
    return RCall(
        name=text,
        code=text,
        package=text,
        version=text,
        tolerance=1e-8,
        executed=False,
        remark=text,
    )
