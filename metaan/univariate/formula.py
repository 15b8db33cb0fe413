"""Formulas: the design that formulaic makes of one, and of new rows by the same recipe.

What may stand in a formula is checked by ``formula_rules``. This is the one module of the room
that knows pandas; it and formulaic are imported on first use.
"""

from __future__ import annotations

import ast
import copy
import warnings
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.errors import InputError
from metaan.core.lookup import hint
from metaan.univariate.design import Encoded
from metaan.univariate.formula_rules import TRANSFORMS, parsed_formula, right_side
from metaan.univariate.moderators import new_values, plain_columns, read_moderators, references

if TYPE_CHECKING:
    import pandas as pd

ONE_AT_A_TIME = Lock()  # filters of warnings are shared by all threads
BEYOND = (
    'give values inside, or say in the formula what lies beyond: extrapolation="extend" or "clip"'
)


def encode(text: str, columns: Mapping[str, Sequence[Any]], k: int) -> Encoded:
    """Return the design of a checked formula.

    Parameters
    ----------
    text : str
        The formula.
    columns : mapping of str to sequence
        Its columns, k values each, none missing.
    k : int
        Number of studies.

    Raises
    ------
    InputError
        If formulaic cannot make a design of these values, or a column is no moderator: it holds
        dates, or numbers beside text.
    """
    read = read_moderators(columns, plain_columns(text))
    _check_references(text, read.columns)
    frame = _frame(read.columns, k)
    matrix = _materialized(
        lambda: parsed_formula(text).get_model_matrix(frame, **_options()), text
    )
    spec = matrix.model_spec
    alone: dict[str, list[int]] = {}
    for term, places in spec.term_indices.items():
        own = {str(name) for name in spec.term_variables[term]} & set(columns)
        if len(own) == 1:
            alone.setdefault(own.pop(), []).extend(places)
    return Encoded(
        formula=tilde(text),
        names=tuple(str(name) for name in spec.column_names),
        terms={str(term): tuple(places) for term, places in spec.term_indices.items()},
        by_column={name: tuple(places) for name, places in alone.items()},
        columns=tuple(columns),
        x=np.asarray(matrix, dtype=float).reshape(k, -1),
        recipe=spec,
        numbers=read.numbers,
        remarks=read.remarks,
    )


def encode_again(encoded: Encoded, columns: Mapping[str, Sequence[Any]], m: int) -> Floats:
    """Return the design of new rows by the levels, knots and centers of a fit, shape (m, p).

    Raises
    ------
    InputError
        If a level is new, text stands for a number, or a value lies where a spline is not
        defined.

    Notes
    -----
    formulaic writes into the recipe it works by, even where it fails: it gets a copy.
    """
    frame = _frame(new_values(columns, encoded.numbers, _levels(encoded)), m)
    spec = copy.deepcopy(encoded.recipe)
    try:
        matrix = _materialized(lambda: spec.get_model_matrix(frame, **_options()), encoded.formula)
    except InputError as error:
        beyond = _beyond(encoded, frame)
        raise (InputError(beyond) if beyond else error) from error.__cause__
    return np.asarray(matrix, dtype=float).reshape(m, -1)


def tilde(text: str) -> str:
    """Return a formula with its tilde in front."""
    return f"~ {right_side(text)}"


def _options() -> dict[str, Any]:
    own = {name: row.function for name, row in TRANSFORMS.items() if row.function is not None}
    return {"context": own, "output": "numpy", "na_action": "ignore"}


def _frame(columns: Mapping[str, Any], rows: int) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(dict(columns), index=range(rows))


def _materialized(make: Callable[[], Any], text: str) -> Any:
    """Return a model matrix, formulaic's errors and warnings of data turned into ours."""
    from formulaic.errors import DataMismatchWarning, FormulaicError

    try:
        with ONE_AT_A_TIME, warnings.catch_warnings():
            warnings.simplefilter("error", DataMismatchWarning)
            warnings.simplefilter("ignore", RuntimeWarning)  # log(0): the caller names the study
            return make()
    except (FormulaicError, DataMismatchWarning, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())
        if "extrapolation" in reason:
            reason = f"values lie beyond the bounds of a spline; {BEYOND}"
        raise InputError(f"formula {text!r} does not fit the data: {reason}") from error


def _levels(encoded: Encoded) -> dict[str, list[Any]]:
    """Return the levels of each column that is a category of the design as it is."""
    found: dict[str, list[Any]] = {}
    for expression, (_, state) in encoded.recipe.encoder_state.items():
        if "categories" not in state:
            continue
        tree = (
            ast.parse(expression, mode="eval").body if expression not in encoded.columns else None
        )
        first = tree.args[0] if isinstance(tree, ast.Call) else None
        name = first.id if isinstance(first, ast.Name) else expression
        if name in encoded.columns:
            found[name] = list(state["categories"])
    return found


def _check_references(text: str, columns: Mapping[str, Any]) -> None:
    """Raise ``InputError`` if a level that others are to be compared with is none."""
    faults = []
    for name, base in references(text):
        levels = list(dict.fromkeys(columns[name]))
        if base not in levels:
            faults.append(
                f"{base!r} is no level of {name}; there are {', '.join(map(repr, levels))}."
                f"{hint(base, map(str, levels))}"
            )
    if faults:
        raise InputError(f"formula {text!r}: {' '.join(faults)}")


def _beyond(encoded: Encoded, frame: pd.DataFrame) -> str:
    """Return which values lie beyond the range of a spline that ends there; empty if none do."""
    told = []
    for expression, state in encoded.recipe.transform_state.items():
        tree = ast.parse(expression, mode="eval").body
        if "upper_bound" not in state or not isinstance(tree, ast.Call) or not _ends(tree):
            continue
        low, high = float(state["lower_bound"]), float(state["upper_bound"])
        name, what = ast.unparse(tree.args[0]), "goes"
        if isinstance(tree.args[0], ast.Name):
            outside = [f"{value:g}" for value in frame[name] if not low <= value <= high]
            if not outside:
                continue
            name, what = f"{name}={', '.join(dict.fromkeys(outside))}", "lies"
        told.append(f"{name} {what} beyond {low:g} to {high:g}, the range of {expression}")
    return f"newdata: {'; '.join(told)}; {BEYOND}" if told else ""


def _ends(call: ast.Call) -> bool:
    """Whether a spline has no values beyond its outer knots; B-splines end unless told not to."""
    told = {each.arg: each.value for each in call.keywords}.get("extrapolation")
    if isinstance(told, ast.Constant):
        return told.value == "raise"
    return isinstance(call.func, ast.Name) and call.func.id == "bs"
