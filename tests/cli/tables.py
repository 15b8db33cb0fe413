"""Tables as people have them, each in another style, of numbers that are published."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook

# BCG vaccine against tuberculosis (Colditz 1994, JAMA 271:698): trials 1 to 6 of its table.
BCG = (
    (1, "Aronson", 1948, 4, 119, 11, 128),
    (2, "Ferguson & Simes", 1949, 6, 300, 29, 274),
    (3, "Rosenthal et al", 1960, 3, 228, 11, 209),
    (4, "Hart & Sutherland", 1977, 62, 13536, 248, 12619),
    (5, "Frimodt-Moller et al", 1973, 33, 5036, 47, 5761),
    (6, "Stein & Aronson", 1953, 180, 1361, 372, 1079),
)
# Pain on VAS 0-100 under acupuncture and sham: change (Brinkhaus 2006, Arch Intern Med), and end
# values (Furlan 2005, Cochrane CD001351, analysis 5.1.1).
PAIN = (
    ("Brinkhaus 2006", -28.7, 30.3, 140, -23.6, 31.0, 70),
    ("Leibing 2002", 21.0, 22.0, 35, 32.0, 22.0, 40),
    ("Mendelson 1983", 30.2, 18.0, 36, 40.0, 24.3, 41),
    ("Molsberger 2002", 26.0, 21.0, 58, 36.0, 19.0, 58),
)
CANONICAL = ("study", "mean1", "sd1", "n1", "mean2", "sd2", "n2")
PLAIN = ",".join(CANONICAL)


def rows(table: Sequence[Sequence[object]], separator: str = ",", decimal: str = ".") -> str:
    """Return rows as lines of text."""
    return "".join(
        separator.join(
            str(cell).replace(".", decimal) if isinstance(cell, float) else str(cell)
            for cell in row
        )
        + "\n"
        for row in table
    )


def metafor_csv(folder: Path) -> Path:
    """Write it as R does: quoted, with row names under an empty head."""
    lines = ['"","trial","author","year","tpos","tneg","cpos","cneg"']
    lines += [f'"{i}",{i},"{a}",{y},{p},{q},{r},{s}' for i, a, y, p, q, r, s in BCG]
    return _text(folder / "bcg.csv", "\n".join(lines) + "\n")


def german_csv(folder: Path) -> Path:
    """Write it as a German Excel does: semicolons, decimal commas, Windows-1252, CRLF."""
    head = "Studie;Study;Mean Treatment;SD Treatment;N Treatment;Mean Control;SD Control;N Control"
    body = rows([("für uns", *row) for row in PAIN], ";", ",")
    path = folder / "german.csv"
    path.write_bytes(f"{head}\n{body}".replace("\n", "\r\n").encode("cp1252"))
    return path


def meta_tsv(folder: Path) -> Path:
    """Write it with the names of R's meta, tabs, UTF-16, and one number that is NA."""
    lines = ["studlab\tevent.e\tn.e\tevent.c\tn.c\tplace"]
    for i, author, year, tpos, tneg, cpos, cneg in BCG:
        total = "NA" if i == 3 else str(cpos + cneg)
        place = "north" if i % 2 else "south"
        lines.append(f"{author} {year}\t{tpos}\t{tpos + tneg}\t{cpos}\t{total}\t{place}")
    path = folder / "meta.tsv"
    path.write_bytes(("\n".join(lines) + "\n").encode("utf-16"))
    return path


def metafor_xlsx(folder: Path) -> Path:
    """Write it as a workbook with metafor's names, behind a sheet of notes and under a title."""
    book = Workbook()
    book.worksheets[0].title = "notes"
    book.worksheets[0]["A1"] = "to do"
    sheet = book.create_sheet("data")
    sheet.append(["Pain after treatment"])
    sheet.append(["author", "year", "m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"])
    for label, *numbers in PAIN:
        author, year = label.split()
        sheet.append([author, int(year), *numbers])
    path = folder / "book.xlsx"
    book.save(path)
    return path


def effects_csv(folder: Path) -> Path:
    """Write effects with their errors, with a mark at the start of the file and a title."""
    text = "My review\nTrial name,lnRR,SE lnRR\nA,-0.89,0.57\nB,-1.59,0.44\nC,-1.35,0.64\n"
    path = folder / "effects.csv"
    path.write_bytes(text.encode("utf-8-sig"))
    return path


def _text(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
