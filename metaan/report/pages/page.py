"""index.html: one self-contained page with every figure, its paragraph and its tables."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pandas as pd
from jinja2 import DictLoader, Environment, StrictUndefined

from metaan.core.version import VERSION
from metaan.report.results.network_recipes import NetworkResult
from metaan.report.results.recipes import AnyResult, Result
from metaan.univariate.inference import INFERENCES

PAGE = "page.html.jinja"
DIAGNOSTICS_PAGE = "diagnostics.html.jinja"
TEMPLATES = (PAGE, DIAGNOSTICS_PAGE, "base.html.jinja", "grid.html.jinja")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One figure on the page.

    Attributes
    ----------
    result : Result or NetworkResult
        What it shows.
    text : str
        Its paragraph.
    alt : str
        What a reader who cannot see the figure is told.
    nothing : str
        Why nothing is drawn; empty if something is.
    images : mapping of str to Path
        The files by format; empty where nothing could be drawn.
    table, missing : DataFrame
        Its numbers, and what did not enter.
    tables : mapping of str to Path
        The CSV files.
    trust : str
        What would and what would not change the conclusion; empty where nothing is pooled.
    """

    result: AnyResult
    text: str
    alt: str
    nothing: str
    images: Mapping[str, Path]
    table: pd.DataFrame
    missing: pd.DataFrame
    tables: Mapping[str, Path]
    trust: str = ""

    @property
    def combined(self) -> bool:
        """Whether anything was pooled, or pools are shown."""
        result = self.result
        return result.fit is not None or bool(isinstance(result, Result) and result.panels)


def page(sections: Sequence[Section], coverage: pd.DataFrame, root: Path, *, title: str) -> str:
    """Return the page as HTML; figures are embedded, links to files are relative to ``root``."""
    environment = templates(root)
    used = dict.fromkeys(section.result.analysis.inference for section in sections)
    methods = "; ".join(INFERENCES[name].name for name in used)
    analyses = list(dict.fromkeys(section.result.analysis.name for section in sections))
    grouped = [
        (part[0].result.analysis, part)
        for name in analyses
        if (part := [s for s in sections if s.result.analysis.name == name])
    ]
    return environment.get_template(PAGE).render(
        grouped=grouped,
        page_name=page_name,
        coverage=coverage,
        version=VERSION,
        title=title,
        methods=methods,
        networks=any(isinstance(section.result, NetworkResult) for section in sections),
    )


def page_name(analysis: str) -> str:
    """Return the name of the page of diagnostics of an analysis."""
    return f"diagnostics_{analysis}.html"


def templates(root: Path) -> Environment:
    """Return the templates with their filters; links to files are relative to ``root``."""
    folder = files(__package__ or "metaan.report")
    texts = {name: folder.joinpath(name).read_text("utf-8") for name in TEMPLATES}
    environment = Environment(
        loader=DictLoader(texts),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["embed"] = _embed
    environment.filters["table"] = _table
    environment.filters["link"] = lambda path: path.relative_to(root).as_posix()
    return environment


def _embed(path: Path) -> str:
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    return f"data:image/svg+xml;base64,{data}"


def _table(frame: pd.DataFrame) -> dict[str, object]:
    """Return a table for the template: its head, and rows of short text."""
    kept = frame.dropna(axis=1, how="all")
    rows = [[_cell(value) for value in row] for row in kept.itertuples(index=False)]
    return {"head": [str(name).replace("_", " ") for name in kept.columns], "rows": rows}


def _cell(value: object) -> str:
    if value is None or value != value:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
