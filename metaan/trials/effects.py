"""effect_sizes: from contrasts or from anyone's table to effects with their variances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.trials.contrasting import Contrasts
from metaan.trials.foreign import as_table
from metaan.trials.naming import check_options, find_measure, with_conventions
from metaan.trials.orienting import contrast_effects
from metaan.trials.table_effects import table_effects
from metaan.trials.table_routes import unknown_names


def effect_sizes(
    data: Any,
    measure: str,
    *,
    better: str | None = None,
    mix_types: bool = False,
    contrast_sd: Mapping[str, float] | None = None,
    scale: str | None = None,
    conventions: str | None = None,
    **columns: Any,
) -> Effects:
    """Return effects and variances on the analysis scale.

    Parameters
    ----------
    data : Contrasts; pandas, polars or pyarrow table; mapping of arrays
        Comparisons made by ``Trials.contrasts``, or a table with one row per study (from one
        with a row per arm: ``to_wide``).
    measure : str
        Row of ``MEASURES``; docs/measures.md tells what each takes.
    better : {"lower", "higher"}, optional
        Turn effects round so that this direction of the outcome is better in all: for contrasts
        by their instruments, for a table by ``direction``. Nothing turns without it.
    mix_types : bool
        For contrasts: let change scores and endpoints share a standardized mean difference.
    contrast_sd : mapping of instrument to float, optional
        For contrasts known only as a printed difference: the SD that makes a standardized
        effect of it; named in the remarks.
    scale : str, optional
        For a table of given effects (``GEN``): row of ``SCALES``; "log" for logarithms of ratios.
    conventions : str, optional
        Row of ``CONVENTIONS``: options of the measure that are not given are those of this
        program ("metafor", "RevMan5" ...). What it does is named in the remarks, and so is what
        no page says, where metaan's own default stays.
    **columns
        For a table: canonical names (``study``, ``events1``, ``n1``, ``mean1``, ``sd1`` ...;
        ``y`` with ``v`` or ``se``), and for each the table's own name for the column, an array,
        one number for all studies, or what a function of recovery returned; a column already so
        named needs no mention. Also ``direction`` ("lower" or "higher" in each row), and texts
        for the figure: ``label``, ``treatment``, ``control``. For any data: options of the
        measure and their values (``correction``, ``variance``; ``add``, ``to``,
        ``drop_double_zero``).

    Returns
    -------
    Effects
        With row ids, the numbers they came from, further columns, what was left out, and in
        ``remarks`` what was recovered, assumed, added or turned.

    Raises
    ------
    DataError
        If cells of a table break rules, columns are missing or mapped twice, or labels stand
        twice; every fault is named.
    InputError
        If effects cannot share the measure: different instruments for a difference in units,
        opposite directions without ``better``, changes beside endpoints without ``mix_types``;
        or if numbers given for a column are not one per study.
    ChoiceError
        If a name is unknown.

    Warns
    -----
    LeftOutWarning
        If rows of a table lack numbers; they are left out and named.
    NoInformationWarning
        If studies say nothing about a ratio but for what is added to their cells.

    Notes
    -----
    Formulas and sources stand with the functions of ``metaan.measures``.

    Examples
    --------
    >>> import metaan as ma
    >>> table = {"study": ["Aronson 1948"], "tpos": [4], "tn": [123], "cpos": [11], "cn": [139]}
    >>> effects = ma.effect_sizes(table, "RR", events1="tpos", n1="tn", events2="cpos", n2="cn")
    >>> round(float(effects.y[0]), 6), round(float(effects.v[0]), 6)
    (-0.889311, 0.325585)
    """
    row = find_measure(measure)
    given = {name: columns.pop(name) for name in row.options if name in columns}
    options, told = with_conventions(row, given, conventions)
    check_options(row, options)
    if isinstance(data, Contrasts):
        if columns:
            raise unknown_names(list(columns), row)
        if scale is not None:
            raise InputError("scale= is for a table of effects that come with their error")
        effects = contrast_effects(
            data, row, options, better=better, mix_types=mix_types, contrast_sd=contrast_sd or {}
        )
    elif contrast_sd or mix_types:
        raise InputError(
            "mix_types and contrast_sd belong to contrasts, which know instruments and types; "
            "select the rows of a table before"
        )
    else:
        effects = table_effects(as_table(data), row, options, columns, better=better, scale=scale)
    return replace(effects, remarks=(*effects.remarks, *told)) if told else effects
