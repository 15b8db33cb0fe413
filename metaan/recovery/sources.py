"""One column from several: of each study the first of the numbers that its paper may print."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.core.errors import InputError
from metaan.core.numbers import counted
from metaan.recovery.faults import faults, refuse
from metaan.recovery.given import Given, numbers, together
from metaan.recovery.noting import kept, shared_note, spread_over
from metaan.recovery.recovered import Part, Recovered


def first_of(name: str, *sources: Given) -> Recovered:
    """Return, for each row, the number of the first source that has one.

    Most tables need it: of some studies the SD is printed, of others a standard error, an
    interval or quartiles.

    Parameters
    ----------
    name : str
        The column: "sd1", "mean2", "v", ...
    *sources : array_like or Recovered, broadcastable
        In the order of trust: printed numbers (NaN, None or NA where there is none), and what was
        recovered, as it is. Of those the column of this name is taken, or the one without the
        group ("sd" for "sd1").

    Returns
    -------
    Recovered
        ``name``, NaN where no source has a number. Its ``parts`` say how each number was
        recovered that was not printed, and for which rows; assumptions and flags of a source are
        there only for rows that are from it.

    Raises
    ------
    InputError
        If there is no source, one holds no such column or what is no number, or the lengths
        differ.

    References
    ----------
    .. [1] Cochrane Handbook for Systematic Reviews of Interventions, 6.5.2.
       doi:10.1002/9781119536604.ch6

    Examples
    --------
    >>> import metaan as ma
    >>> nan = float("nan")
    >>> n = [40, 25, 25]
    >>> sd = ma.first_of(
    ...     "sd1",
    ...     [4.1, nan, nan],
    ...     ma.sd_from_se([nan, 1.2, nan], n),
    ...     ma.sd_from_ci([nan, nan, 30.0], [nan, nan, 34.2], n),
    ... )
    >>> sd["sd1"].round(2)
    array([4.1 , 6.  , 5.09])
    >>> for note in sd.notes:
    ...     print(note.rows, note.text)
    (1,) SD from the standard error of the mean: se √n
    (2,) SD from the 95% confidence interval of the mean (distribution of the interval t, assumed)
    """
    columns = _columns(name, sources)
    values = np.full(columns[0].shape, np.nan)
    used: list[tuple[Recovered, Booleans]] = []
    for source, column in zip(sources, columns, strict=True):
        taken = np.isnan(values) & ~np.isnan(column)
        values = np.where(taken, column, values)
        if isinstance(source, Recovered) and taken.any():
            used.append((source, taken))
    return Recovered(
        columns={name: values},
        method=f"from the first of {counted(len(sources), 'source')} that has it",
        source="; ".join(dict.fromkeys(source.source for source, _ in used if source.source)),
        parts=tuple(part for source, taken in used for part in _parts(source, taken)),
        flagged=tuple(
            part
            for source, taken in used
            for part in kept(spread_over(source.flagged, source.shape, taken.shape), taken)
        ),
    )


def _columns(name: str, sources: tuple[Given, ...]) -> tuple[Floats, ...]:
    if not isinstance(name, str):
        raise InputError(f"first_of takes a column's name first, such as 'sd1'; got {name!r}")
    if not sources:
        raise InputError(f"first_of needs sources of {name}: printed numbers, recovered numbers")
    columns = []
    for i, source in enumerate(sources, 1):
        if isinstance(source, str):
            raise InputError(
                f"source {i} of {name} is the text {source!r}; give the column itself, such as "
                f"table[{source!r}]"
            )
        columns.append(numbers(name, source))
    refuse(
        *(
            faults(
                np.isinf(column), {name: column},
                rule=f"source {i} of {name} must be finite",
                remedy="write NaN for what is missing",
            )
            for i, column in enumerate(columns, 1)
        )
    )  # fmt: skip
    labeled = {f"source {i} of {name}": column for i, column in enumerate(columns, 1)}
    return together(**labeled)


def _parts(source: Recovered, taken: Booleans) -> tuple[Part, ...]:
    """Return how the rows that are from a source came about."""
    assumed = "; ".join(f"{str(each).removesuffix(' (assumed)')}, assumed"
                        for each in source.assumptions)  # fmt: skip
    text = f"{source.method} ({assumed})" if assumed else source.method
    earlier = spread_over(source.parts, source.shape, taken.shape)
    return (shared_note(taken, text), *kept(earlier, taken))
