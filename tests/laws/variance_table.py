"""docs/measures.md: every measure, what it takes, and how good its variance formula is.

    python -m tests.laws.variance_table

draws 200,000 studies at each row's design point and at a fifth of its size, and writes the page
anew (some minutes). The page is the place where a reader learns that a large-sample formula is
off; tests/laws/test_measures.py holds the first of the two columns to what was measured.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

from metaan.measures.table import FAMILIES, MEASURES
from tests.laws import draws
from tests.laws.page_words import in_words, option_lines, variance_lines

PAGE = Path(__file__).resolve().parents[2] / "docs" / "measures.md"
DRAWS = 200_000
BLOCK = 100_000
SMALLER = 0.2
SIZES = ("n", "n1", "n2", "events", "events1", "events2", "time", "time1", "time2", "both",
         "only1", "only2", "neither", "dominant", "heterozygous", "recessive")  # fmt: skip
HEAD = """# Effect measures

What `ma.effect_sizes(table, measure, ...)` can compute, from which columns, and how nearly its
variance formula tells the truth. 1 is the treatment (or the later measurement), 2 the control (or
the earlier one). Formulas and references stand in the docstrings of `metaan.measures`; every row
is compared with R's metafor to 1e-12 (`tests/reference/README.md`).

**The last two columns.** Studies were drawn 200,000 times from the row's design point, and from
one a fifth its size; the figure is the variance of their effects over the mean of the variances
that the formula states. 1.00 is honest, 1.20 means that the truth varies by 20% more than stated.
A dash: where more than one draw in a thousand has no effect (a zero cell, a negative root), the
ratio means nothing. The page is made by `python -m tests.laws.variance_table`.

**Options** are keywords of `ma.effect_sizes`; what stands first is what happens unless another
one is named. The variance column holds the names that `variance` takes, and below each table
stand their formulas.

"""
NAMES = Counter(row.name for row in MEASURES.values())

TABLE_HEAD = (
    "| key | effect | columns | options | scale | source | variance | mid-size | a fifth |",
    "|---|---|---|---|---|---|---|---|---|",
)


def drawers():
    """Return inputs → drawer."""
    found = [
        importlib.import_module(f"{draws.__name__}.{each.name}")
        for each in pkgutil.iter_modules(draws.__path__)
    ]
    return {inputs: drawer for family in found for inputs, drawer in family.DRAWERS.items()}


def smaller(row):
    """Return the design point with a fifth of its participants, events or time; t follows."""
    return {
        name: max(round(value * SMALLER), 1) * 1.0
        if name in SIZES
        else value * (SMALLER**0.5 if name == "t" else 1.0)
        for name, value in row.design_point.items()
    }


def ratio(row, point, chosen, drawer):
    """Return the variance of drawn effects over the mean of their stated variances; NaN if none.

    Parameters
    ----------
    row : Measure
        Row of ``MEASURES``.
    point : mapping of str to float
        Where to draw.
    chosen : mapping
        Options of the function.
    drawer : callable
        Of the row's inputs.
    """
    rng = np.random.default_rng(2024)
    effects, variances, lost = [], [], 0
    for _ in range(DRAWS // BLOCK):
        drawn = drawer(point, rng, BLOCK)
        inputs = (np.asarray(drawn[name], dtype=float) for name in row.inputs)
        y, v = row.function(*inputs, **chosen)
        good = np.isfinite(y) & np.isfinite(v)
        lost += BLOCK - int(good.sum())
        effects.append(y[good])
        variances.append(v[good])
    if lost > DRAWS / 1000:
        return float("nan")
    return float(np.var(np.concatenate(effects)) / np.mean(np.concatenate(variances)))


def variants(row):
    """Return the named variances of a row, or one nameless."""
    return row.options.get("variance", ("",)) or ("",)


def named(row, name):
    """Return the cells of a line that do not depend on draws."""
    options = ", ".join(f"`{option}`" for option in row.options if option != "variance")
    cells = [
        f"`{row.key}`",
        in_words(row) if NAMES[row.name] > 1 else row.name,
        " ".join(f"`{each}`" for each in row.inputs),
        options,
        row.scale.key if row.scale.key != "identity" else "",
        f"[doi](https://doi.org/{row.doi})",
    ]
    blank = name != variants(row)[0]
    return [*("" if blank else cell for cell in cells), f"`{name}`" if name else ""]


def line(row, name, first, second):
    """Return a row of the page."""
    ratios = ("–" if np.isnan(value) else f"{value:.2f}" for value in (first, second))
    return "| " + " | ".join([*named(row, name), *ratios]) + " |"


def page():
    """Return the page."""
    able = drawers()
    lines = [HEAD + "\n".join(option_lines())]
    for family in FAMILIES:
        if not any(row.doi for row in family.ROWS):
            continue
        title = family.__doc__.splitlines()[0].rstrip(".")
        lines += [f"\n## {title}\n", *TABLE_HEAD]
        for row in family.ROWS:
            for name in variants(row):
                chosen = {"variance": name} if name else {}
                both = [ratio(row, point, chosen, able[row.inputs])
                        for point in (row.design_point, smaller(row))]  # fmt: skip
                lines.append(line(row, name, *both))
        lines += variance_lines(family)
        points = [f"`{row.key}` at {', '.join(f'{n} {v:g}' for n, v in row.design_point.items())}"
                  for row in family.ROWS]  # fmt: skip
        lines.append("\nDrawn: " + "; ".join(points) + ".")
        routes = [f"`{row.key}` {route.says} ({' '.join(f'`{n}`' for n in route.inputs)})"
                  for row in family.ROWS for route in row.routes]  # fmt: skip
        if routes:
            lines.append("\nAlso: " + "; ".join(routes) + ".")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{len(MEASURES)} measures written to {PAGE}\n")
