"""The report as content: what every format (page, Word, Markdown, tables) is written from.

A text may hold marks, `` [3]``, which point into `Document.references`, numbered from 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from metaan.report.r_calls.call import RCall
from metaan.report.results.trail_record import Trail


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """A table with the name of its files.

    Attributes
    ----------
    name : str
        Of its files in ``tables/``, without an ending.
    heading : str
        What it is, where its figure stands beside it.
    caption : str
        What it is, where it stands alone.
    frame : DataFrame
        Reading scale.
    """

    name: str
    heading: str
    caption: str
    frame: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """A figure that was drawn.

    Attributes
    ----------
    name, title : str
        Of its files in ``figures/``; what it shows.
    alt : str
        What a reader who cannot see it is told.
    files : mapping of str to Path
        By ending: svg, pdf, png, and json for the plotted numbers.
    marks : mapping of str to str
        Keys of trails by the names of the areas that studies have in the SVG.
    """

    name: str
    title: str
    alt: str
    files: Mapping[str, Path]
    marks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trust:
    """How far a pool can be trusted.

    Attributes
    ----------
    sentence : str
        What would and what would not change the conclusion.
    importance, source : str
        The same for the minimal important difference, and whose that is; may be empty.
    checks : Table
        One row per question that was asked.
    findings : tuple of str
        Further findings, a sentence or two each.
    pictures : tuple of Picture
        Beside the pool.
    not_drawn : str
        Which figures are not there, and why; may be empty.
    tables : tuple of Table
        Behind them.
    """

    sentence: str
    importance: str
    source: str
    checks: Table
    findings: tuple[str, ...]
    pictures: tuple[Picture, ...]
    not_drawn: str
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Section:
    """One figure with all that stands beside it.

    Attributes
    ----------
    name, title : str
        Of the figure; the title says how many of how many studies.
    picture : Picture or None
        None where nothing could be drawn; then ``nothing`` says why.
    nothing : str
        Why nothing is drawn; empty otherwise.
    methods, results : str
        A paragraph each, with marks; no methods where nothing was pooled.
    combined : bool
        Whether anything was pooled, or pools are shown.
    network : bool
        Whether it is a drawing of a network.
    numbers, missing : Table
        Its numbers; what did not enter, and why.
    tables : tuple of Table
        More of them.
    sensitivity : Table or None
        The declared sensitivity analyses, the main one first.
    trust : Trust or None
        Where trials are pooled.
    trails : tuple of Trail
        Of every study and published pool in the figure.
    calls : tuple of RCall
        What returns the same numbers in R.
    """

    name: str
    title: str
    picture: Picture | None
    nothing: str
    methods: str
    results: str
    combined: bool
    network: bool
    numbers: Table
    missing: Table
    tables: tuple[Table, ...] = ()
    sensitivity: Table | None = None
    trust: Trust | None = None
    trails: tuple[Trail, ...] = ()
    calls: tuple[RCall, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chapter:
    """One declared analysis.

    Attributes
    ----------
    name, title, question, about, unknown : str
        As declared; the question may be empty.
    nothing_to_trust : str
        Why there is no pool whose trustworthiness could be asked; empty if there is one.
    sections : tuple of Section
        Its figures.
    """

    name: str
    title: str
    question: str
    about: str
    unknown: str
    nothing_to_trust: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Document:
    """The report.

    Attributes
    ----------
    title : str
        Of the whole.
    coverage : Table
        How far the data reach.
    chapters : tuple of Chapter
        In the order of the declarations.
    conventions : tuple of str
        What holds for every analysis, a paragraph each.
    references : tuple of str
        That the marks of all texts point into.
    version : str
        Of metaan.
    """

    title: str
    coverage: Table
    chapters: tuple[Chapter, ...]
    conventions: tuple[str, ...]
    references: tuple[str, ...]
    version: str

    @property
    def sections(self) -> tuple[Section, ...]:
        """Every section, chapter by chapter."""
        return tuple(section for chapter in self.chapters for section in chapter.sections)

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table that becomes files."""
        found = [self.coverage]
        for section in self.sections:
            found += [section.numbers, section.missing, *section.tables]
            found += [section.sensitivity] if section.sensitivity is not None else []
            found += [section.trust.checks, *section.trust.tables] if section.trust else []
        return tuple(found)
