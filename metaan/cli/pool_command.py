"""metaan pool: a stranger's table with one row per study, from file to forest plot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
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
    read_table,
    save,
    table_options,
    taken,
    taken_document,
    told_of,
)

if TYPE_CHECKING:
    from metaan.trials.table_files import AnyTable

PERCENT = 100.0
COMMON = "common"
COUNT_COLUMNS = ("events1", "n1", "events2", "n2", "time1", "time2")

EPILOG = """\b
FILE is CSV, TSV or Excel; separator, decimal comma and encoding are found
and told. Columns that are not called as metaan calls them (study; mean1 sd1
n1 mean2 sd2 n2; events1 n1 events2 n2; events1 time1 events2 time2; y with v
or se; estimate ci_low ci_high; 1 is the treatment, 2 the control) are guessed
by usual words ("N control", event.e, tpos, yi, "95% CI lower") and told, too:
look at what it took before you believe the result. Cells such as "0.80
(0.62-1.00)", "12.3 (4.5)" under a header with SD, and "5/123" are split.

\b
  metaan pool my.csv --measure SMD --forest forest.svg
  metaan pool my.csv -m RR -c events1=cured_t -c n1=total_t --out pool.csv
  metaan pool my.csv -m HR --favors "Favors drug" "Favors placebo"
  metaan pool my.xlsx -m GEN --scale log --subgroups dose
"""


@click.command(epilog=EPILOG)
@table_options
@click.option(
    "--measure",
    "-m",
    metavar="KEY",
    shell_complete=measure_names,
    help="Effect measure, a key of docs/measures.md; what fits is named if absent.",
)
@click.option("--scale", metavar="KEY", help="Of given effects (y): log for logarithms of ratios.")
@click.option("--model", metavar="KEY", help="random (the default) or common.")
@click.option(
    "--tau2",
    metavar="KEY",
    shell_complete=tau2_names,
    help="Estimator of tau² (docs/pooling.md), or its value.",
)
@click.option(
    "--inference",
    metavar="KEY",
    shell_complete=inference_names,
    help="Interval of the mean (docs/pooling.md).",
)
@click.option("--method", metavar="KEY", help="Of counts: MH (Mantel-Haenszel) or PETO.")
@click.option(
    "--drop-double-zero", is_flag=True, help="Leave out studies without events in both groups."
)
@click.option("--level", type=float, metavar="SHARE", help="Of intervals; 0.95 by default.")
@click.option(
    "--conventions", metavar="KEY", help="Pool as a program does: metafor, meta, RevMan, Stata ..."
)
@click.option("--subgroups", "by", metavar="COLUMN", help="Pool by the values of a column, too.")
@click.option("--forest", type=SVG, metavar="FILE", help="Forest plot: .svg, .pdf or .png.")
@click.option("--funnel", type=SVG, metavar="FILE", help="Funnel plot.")
@click.option(
    "--out", type=SVG, metavar="FILE", help="Studies and pool as CSV (with --subgroups the pools)."
)
@click.option("--title", default="", help="Above the figures.")
@click.option("--favors", nargs=2, metavar="LEFT RIGHT", help="Texts left and right of no effect.")
@click.option("--theme", shell_complete=theme_names, help="Look of the figures.")
@json_option
def pool(
    file: Path,
    columns: tuple[str, ...],
    study: str | None,
    where: tuple[str, ...],
    delimiter: str,
    decimal: str | None,
    sheet: str,
    measure: str | None,
    scale: str | None,
    model: str | None,
    tau2: str | None,
    inference: str | None,
    method: str | None,
    drop_double_zero: bool,
    level: float | None,
    conventions: str | None,
    by: str | None,
    forest: Path | None,
    funnel: Path | None,
    out: Path | None,
    title: str,
    favors: tuple[str, str] | None,
    theme: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Pool a table with one row per study: effects, pool, figures."""
    table = read_table(file, delimiter=delimiter, decimal=decimal, sheet=sheet, where=where)
    named = named_columns(columns, study)
    if measure is None:
        raise click.UsageError(proposal(table, named))
    given = choices(model=model, inference=inference, level=level, tau2=tau2)
    given |= {} if conventions is None else {"conventions": conventions}
    more: dict[str, Any] = {"conventions": conventions} if conventions else {}
    more |= {"drop_double_zero": True} if drop_double_zero else {}
    look = {"theme": theme} if theme else {}
    with noted() as told:
        effects, read, found = _effects(table, named, measure, scale=scale, options=more)
        if method is None:
            fit = _fit(effects, by, given)
        else:
            fit = counted_fit(effects, method, given, by)
        drawn = {"title": title, **look}
        sides = {"favors": favors} if favors else {}
        written = save(
            {
                "Forest plot": (forest, lambda: _forest(fit, {**drawn, **sides})),
                "Funnel plot": (funnel, lambda: _funnel(fit, drawn)),
                "Table": (out, lambda: as_csv(fit.to_frame())),
            }
        )
    from metaan.cli.fit_documents import pool_document, subgroup_document, whole

    made = subgroup_document(fit) if by else pool_document(fit)
    document = whole(found, made, remarks=effects.remarks, told=told, written=written)
    parts = [read, "", *told_of(fit, told, written)]
    answer(document, "\n".join(parts), as_json=as_json)


def proposal(table: AnyTable, named: Mapping[str, str]) -> str:
    """Return which measures a table has the columns for."""
    from metaan.core.effects import GENERIC
    from metaan.trials.guessing import fitting
    from metaan.trials.printed_columns import printed_columns

    rows = fitting(table.frame.columns, named)
    names = ", ".join(str(name) for name in table.frame.columns)
    printed = printed_columns(table.frame.columns, named)
    if not rows and printed is not None:
        known = "HR, OR, RR, or MD of differences"
        asked = known if printed.measure == GENERIC else printed.measure
        return (
            f"--measure is missing. {table.name} has an effect with its limits "
            f"({', '.join(printed.columns.values())}): say what it is, with --measure {asked}"
        )
    if not rows:
        return (
            f"--measure is missing, and no measure has all its columns in {table.name} ({names}). "
            "Name yours with --column, e.g. --column mean1=xbar (docs/measures.md)"
        )
    kinds: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        kinds.setdefault(row.inputs, []).append(f"{row.key} ({row.name.lower()})")
    listed = [f"  from {' '.join(inputs)}: {', '.join(keys)}" for inputs, keys in kinds.items()]
    return f"--measure is missing. {table.name} has columns for\n" + fitted("\n".join(listed))


def choices(**given: Any) -> dict[str, Any]:
    """Return the options of a pool that were given, keys as they are written in their tables.

    Raises
    ------
    UsageError
        If a level is no share, as 95 is.
    """
    from metaan.tau2.table import ESTIMATORS
    from metaan.univariate.inference import INFERENCES

    made = {name: value for name, value in given.items() if value is not None}
    level = made.get("level")
    if level is not None and not 0 < level < 1:
        meant = f" Did you mean {level / 100:g}?" if 1 < level < PERCENT else ""
        raise click.BadParameter(f"must lie between 0 and 1; got {level:g}.{meant}",
                                 param_hint="--level")  # fmt: skip
    if "tau2" in made:
        made["tau2"] = number_or_name(made["tau2"], ESTIMATORS)
    if "inference" in made:
        made["inference"] = in_case(made["inference"], INFERENCES)
    if "model" in made:
        made["model"] = made["model"].lower()
    return made


def number_or_name(text: str, names: Iterable[str] = ()) -> float | str:
    """Return a number where a text is one, else the name that it is but for capitals."""
    try:
        return float(text)
    except ValueError:
        return in_case(text, names)


def in_case(text: str, names: Iterable[str]) -> str:
    """Return a name as it is written in its table, whatever capitals it was given in."""
    if text in names:
        return text
    return {name.casefold(): name for name in names}.get(text.casefold(), text)


def counted_fit(effects: Any, method: str, given: Mapping[str, Any], by: str | None) -> Any:
    """Return the pool of the counts themselves."""
    from metaan.trials.counting import counts
    from metaan.twobytwo.mantel_haenszel import mantel_haenszel
    from metaan.twobytwo.methods import COUNT_METHODS, INVERSE_VARIANCE, PETO
    from metaan.twobytwo.peto import peto

    key = method.upper()
    strange = sorted({*given} - {"level", "model"})
    if by or strange or given.get("model", COMMON) != COMMON:
        raise click.UsageError(
            f"--method {key} pools counts under a common effect; it goes without "
            "--subgroups, --tau2, --inference, --conventions and --model random"
        )
    ways = [each for each in COUNT_METHODS if each != INVERSE_VARIANCE]
    if key not in ways:
        raise click.BadParameter(f"{method!r} is none of {', '.join(ways)}", param_hint="--method")
    columns = {n: effects.columns[n] for n in COUNT_COLUMNS if n in effects.columns}
    made = counts({"study": list(effects.study), **columns})
    level = {"level": given["level"]} if "level" in given else {}
    return peto(made, **level) if key == PETO else mantel_haenszel(made, effects.measure, **level)


def _effects(
    table: AnyTable,
    named: Mapping[str, str],
    measure: str,
    *,
    scale: str | None,
    options: Mapping[str, Any],
) -> tuple[Any, str, dict[str, Any]]:
    """Return the effects of a table, and what was read as text and as document."""
    from metaan.trials.any_effects import any_effects
    from metaan.trials.table_checking import fractions

    made = any_effects(table, measure, named, scale=scale, **options)
    guess, remarks = made.guess, made.remarks
    told = (*made.effects.remarks, *fractions(made.effects))
    effects = replace(made.effects, remarks=told)
    return effects, taken(table, guess, remarks), taken_document(table, guess, remarks)


def _fit(effects: Any, by: str | None, given: Mapping[str, Any]) -> Any:
    from metaan.univariate.pooling import pool as pooled
    from metaan.univariate.subgrouping import subgroups

    return subgroups(effects, by, **given) if by else pooled(effects, **given)


def _forest(fit: Any, drawn: Mapping[str, Any]) -> Any:
    from metaan.plots.forests.forest import forest

    return forest(fit, **drawn)


def _funnel(fit: Any, drawn: Mapping[str, Any]) -> Any:
    from metaan.plots.charts.funnel import funnel

    return funnel(fit, **drawn)
