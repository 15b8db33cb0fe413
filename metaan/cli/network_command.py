"""metaan network: a stranger's table of arms or contrasts, from file to network graph."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from metaan.cli.answers import answer, fitted, noted
from metaan.cli.completing import inference_names, measure_names, tau2_names, theme_names
from metaan.cli.evidence import json_option
from metaan.cli.own_table import (
    SVG,
    as_csv,
    named_columns,
    numbered_cells,
    placed,
    read_table,
    save,
    table_options,
    taken,
    taken_document,
    told_of,
)
from metaan.cli.pool_command import choices

if TYPE_CHECKING:
    from metaan.trials.table_files import AnyTable

LEGEND = (
    "{} of the treatment that stands earlier against the later one; below the diagonal the "
    "network's, above it that of the trials which compared the two"
)
TEXTS = ("study", "treatment", "treat1", "treat2")  # columns that hold no numbers

EPILOG = """\b
FILE has one row per arm (study, treatment; n mean sd, or events n, or events
time), per study with numbered arms (treatment1 events1 n1 treatment2 ...), or
per contrast (study, treat1, treat2; y with se or v, ratios as logarithms).
Other names are guessed and named.

\b
  metaan network arms.csv --measure OR --reference placebo --graph graph.svg
  metaan network wide.csv -m OR -c treatment=drugA,drugB -c events=rA,rB ...
"""


@click.command(epilog=EPILOG)
@table_options
@click.option(
    "--measure",
    "-m",
    metavar="KEY",
    required=True,
    shell_complete=measure_names,
    help="MD, SMD, ROM, OR, RR, RD, IRR ...; of contrasts also HR or GEN.",
)
@click.option(
    "--reference",
    metavar="TREATMENT",
    help="What the others are shown against; the one in most studies if absent.",
)
@click.option("--scale", metavar="KEY", help="Of given effects (y): log for logarithms of ratios.")
@click.option("--model", metavar="KEY", help="random (the default) or common.")
@click.option(
    "--tau2", metavar="KEY", shell_complete=tau2_names, help="Estimator of tau², or its value."
)
@click.option(
    "--inference", metavar="KEY", shell_complete=inference_names, help="Interval of the effects."
)
@click.option("--level", type=float, metavar="SHARE", help="Of intervals; 0.95 by default.")
@click.option(
    "--better",
    type=click.Choice(["lower", "higher"]),
    help="Which effects are better: orders the forest plot and the league table.",
)
@click.option(
    "--largest-part", is_flag=True, help="Of a network in parts, take the one with most studies."
)
@click.option("--graph", type=SVG, metavar="FILE", help="Network graph: .svg, .pdf or .png.")
@click.option("--forest", type=SVG, metavar="FILE", help="Forest plot against the reference.")
@click.option("--league", type=SVG, metavar="FILE", help="League table as CSV.")
@click.option("--out", type=SVG, metavar="FILE", help="Effects against the reference as CSV.")
@click.option("--theme", shell_complete=theme_names, help="Look of the figures.")
@json_option
def network(
    file: Path,
    columns: tuple[str, ...],
    study: str | None,
    where: tuple[str, ...],
    delimiter: str,
    decimal: str | None,
    sheet: str,
    measure: str,
    reference: str | None,
    scale: str | None,
    model: str | None,
    tau2: str | None,
    inference: str | None,
    level: float | None,
    better: str | None,
    largest_part: bool,
    graph: Path | None,
    forest: Path | None,
    league: Path | None,
    out: Path | None,
    theme: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Compare many treatments at once, by direct and indirect evidence."""
    from metaan.networks.fits.network import network as combine

    table = read_table(file, delimiter=delimiter, decimal=decimal, sheet=sheet, where=where)
    given = choices(reference=reference, model=model, inference=inference, level=level, tau2=tau2)
    look = {"theme": theme} if theme else {}
    toward = {"better": better} if better else {}
    with noted() as told:
        effects, read, found = _effects(table, named_columns(columns, study), measure, scale)
        net = combine(effects.largest_part() if largest_part else effects, **given)
        written = save(
            {
                "Network graph": (graph, lambda: _graph(net, look)),
                "Forest plot": (forest, lambda: _forest(net, {**toward, **look})),
                "League table": (league, lambda: _league(net, effects.label, better)),
                "Table": (out, lambda: as_csv(net.to_frame())),
            }
        )
    from metaan.cli.fit_documents import network_document, whole

    document = whole(
        found, network_document(net), remarks=effects.remarks, told=told, written=written
    )
    parts = [read, "", *told_of(net, told, written)]
    if league is not None:
        parts.append(fitted(f"League table: {LEGEND.format(effects.label)}."))
    answer(document, "\n".join(parts), as_json=as_json)


def _effects(
    table: AnyTable, named: Mapping[str, str], measure: str, scale: str | None
) -> tuple[Any, str, dict[str, Any]]:
    """Return the contrasts of a table, and what was read as text and as document."""
    from metaan.core.errors import DataError
    from metaan.trials.any_effects import key_of
    from metaan.trials.network_guessing import guess_network
    from metaan.trials.network_making import network_effects
    from metaan.trials.network_pairs import meaning_of

    frame, measure = table.frame, key_of(measure)
    listed = {name: _listed(value, frame.columns) for name, value in named.items()}
    try:
        guess = guess_network(frame.columns, meaning_of(measure, scale).row, listed)
        frame, remarks = numbered_cells(table, guess, TEXTS)
        effects = network_effects(frame, measure, scale=scale, **dict(guess.columns))
    except DataError as error:
        raise placed(table, error) from None
    return effects, taken(table, guess, remarks), taken_document(table, guess, remarks)


def _listed(value: str, columns: Any) -> str | list[str]:
    """Return the columns of several arms, where a text lists them."""
    if value in columns or "," not in value:
        return value
    return [part.strip() for part in value.split(",")]


def _graph(net: Any, look: Mapping[str, Any]) -> Any:
    from metaan.plots.networks.graph import network_graph

    return network_graph(net, **look)


def _league(net: Any, label: str, better: str | None) -> str:
    """Return the league table, best treatment first where it is known what is better."""
    table = net.league(order="ranking", better=better) if better else net.league()
    return as_csv(table.reset_index(names=LEGEND.format(label)))


def _forest(net: Any, drawn: Mapping[str, Any]) -> Any:
    from metaan.plots.forests.forest import forest

    return forest(net, **drawn)
