"""The design of a meta-regression: its columns named, and checked for independence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.errors import InputError

DEPENDENT = 1e-10  # share of a column that the earlier ones leave, below which nothing is left
INVOLVED = 1e-6  # share of a column in the sum that makes another one, above which it is named
MOST_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Encoded:
    """A formula made a design.

    Attributes
    ----------
    formula : str
        With its tilde.
    names : tuple of str, length p
        Of the design's columns.
    terms : mapping of str to tuple of int
        The formula's terms and the positions of their columns.
    by_column : mapping of str to tuple of int
        A data column, and the positions of the terms made of it alone.
    columns : tuple of str
        The data columns that are used.
    x : ndarray, shape (k, p)
        The design.
    recipe : object
        What `encode_again` needs: levels, knots and centers of the fit.
    numbers : tuple of str
        The data columns that are used as numbers.
    remarks : tuple of str
        What was done with the columns.
    """

    formula: str
    names: tuple[str, ...]
    terms: Mapping[str, tuple[int, ...]]
    by_column: Mapping[str, tuple[int, ...]]
    columns: tuple[str, ...]
    x: Floats
    recipe: Any
    numbers: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def check_design(encoded: Encoded, study: tuple[str, ...], weights: Floats | None = None) -> None:
    """Raise ``InputError`` unless every column is finite and independent of the others.

    Parameters
    ----------
    encoded : Encoded
        The design.
    study : tuple of str, length k
        Labels, for the message.
    weights : ndarray, shape (k,), optional
        The caller's weights: studies of weight 0 tell columns apart no more than absent ones.
    """
    x, names = encoded.x, encoded.names
    if not names:
        raise InputError(
            f"formula {encoded.formula!r} has no coefficient; add a column, or 1 for the mean"
        )
    _check_finite(encoded, study)
    _check_levels(encoded)
    rows = x if weights is None else x[weights > 0]
    if len(names) > len(rows):
        raise InputError(
            f"formula {encoded.formula!r} has {len(names)} coefficients ({_some(names)}) for "
            f"{len(rows)} studies; leave moderators out"
        )
    faults = dependent_columns(rows, names)
    if faults:
        raise InputError(
            f"formula {encoded.formula!r}: {'; '.join(faults)}. Leave one of them out, or center "
            'what is meant to bend; splines cr, cs and cc need constraints="center" beside an '
            "intercept"
        )


def dependent_columns(x: Floats, names: tuple[str, ...]) -> list[str]:
    """Return a sentence for each column that earlier columns make up.

    Parameters
    ----------
    x : ndarray, shape (k, p)
        Design.
    names : tuple of str, length p
        Of its columns.
    """
    faults: list[str] = []
    kept: list[int] = []
    size = np.max(np.abs(x), axis=0, initial=0.0)
    unit = x / np.where(size > 0, size, 1.0)
    length = np.sqrt(np.sum(unit * unit, axis=0))
    unit = unit / np.where(length > 0, length, 1.0)
    for j, name in enumerate(names):
        if length[j] == 0:
            faults.append(f"{name} is 0 for every study")
            continue
        shares = np.linalg.lstsq(unit[:, kept], unit[:, j], rcond=None)[0]
        left = unit[:, j] - unit[:, kept] @ shares
        if np.sqrt(np.sum(left * left)) > DEPENDENT:
            kept.append(j)
            continue
        parts = [names[i] for i, share in zip(kept, shares, strict=True) if abs(share) > INVOLVED]
        faults.append(f"{name} is a combination of {_some(parts)}")
    return faults


def _check_finite(encoded: Encoded, study: tuple[str, ...]) -> None:
    bad = ~np.isfinite(encoded.x)
    faults = [
        f"{name} is not finite for {_some([study[int(i)] for i in np.flatnonzero(bad[:, j])])}"
        for j, name in enumerate(encoded.names)
        if bad[:, j].any()
    ]
    if faults:
        raise InputError(
            f"formula {encoded.formula!r}: {'; '.join(faults)}. Transform otherwise, or leave "
            "those studies out"
        )


def _check_levels(encoded: Encoded) -> None:
    empty = [term for term, places in encoded.terms.items() if not places]
    if empty:
        raise InputError(
            f"formula {encoded.formula!r}: {_some(empty)} has one level only, which explains "
            "nothing; leave it out"
        )


def _some(names: Any) -> str:
    """Return names in a row, the first few where there are many."""
    names = list(names)
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
