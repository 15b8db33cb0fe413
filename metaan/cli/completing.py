"""What a shell offers after Tab: names, found without computing anything."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path

import click

Completer = Callable[[click.Context, click.Parameter, str], list[str]]


def figure_names(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Return the analyses and figures that are declared for the data a command would read."""
    del parameter
    from metaan.trials.shipped import data_folder

    asked = context.params.get("analyses") or context.params.get("data")
    places = [Path(asked), Path(asked).parent] if asked else [Path.cwd(), data_folder()]
    files = [place if place.suffix == ".toml" else place / "analyses.toml" for place in places]
    for file in files:
        if file.is_file():
            return _begun(_declared(file), begun)
    return []


def measure_names(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Return the keys of the effect measures."""
    del context, parameter
    from metaan.measures.table import MEASURES

    return _begun(MEASURES, begun)


def tau2_names(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Return the keys of the estimators of tau²."""
    del context, parameter
    from metaan.tau2.table import ESTIMATORS

    return _begun(ESTIMATORS, begun)


def inference_names(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Return the keys of the intervals of the mean."""
    del context, parameter
    from metaan.univariate.inference import INFERENCES

    return _begun(INFERENCES, begun)


def theme_names(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Return the themes."""
    del context, parameter
    from metaan.plots.pages.theme import THEMES

    return _begun(THEMES, begun)


def _begun(names: Iterable[str], begun: str) -> list[str]:
    return [name for name in names if name.casefold().startswith(begun.casefold())]


def _declared(file: Path) -> list[str]:
    """Return the names in a file of analyses; none if it cannot be read."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
        analyses = document.get("analysis", [])
        figures = [figure for each in analyses for figure in each.get("figure", [])]
        return [str(each["name"]) for each in (*analyses, *figures) if "name" in each]
    except (OSError, ValueError, AttributeError, TypeError):
        return []
