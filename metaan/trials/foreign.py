"""Anyone's table — pandas, polars, pyarrow, a mapping of arrays — as a DataFrame, unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import pandas as pd

from metaan.core.errors import InputError

KINDS = "a pandas, polars or pyarrow table or a mapping of columns"


def as_table(data: Any) -> pd.DataFrame:
    """Return any table as a DataFrame that shares its memory where it can.

    Parameters
    ----------
    data : DataFrame, pyarrow.Table or mapping of str to array_like
        One row per study.

    Returns
    -------
    DataFrame
        Nobody writes into it: the caller's table stays as it is.

    Raises
    ------
    InputError
        If it is no table, its columns differ in length, or a name stands twice.
    """
    if isinstance(data, pd.DataFrame):
        if data.columns.nlevels > 1:
            raise InputError(
                "the columns have several levels; give them one name each, e.g. "
                'frame.columns = ["_".join(names) for names in frame.columns]'
            )
        return _once(data)
    if isinstance(data, Mapping):
        try:
            return _once(pd.DataFrame(dict(data), copy=False))
        except (TypeError, ValueError) as error:
            raise InputError(
                f"the columns do not make a table with one row per study: {error}"
            ) from error
    return _once(_through_narwhals(data))


def _through_narwhals(data: Any) -> pd.DataFrame:
    try:
        frame: Any = nw.from_native(data)
        columns = [] if isinstance(frame, nw.LazyFrame) else list(frame.columns)
    except nw.exceptions.NarwhalsError as error:
        raise InputError(f"the table cannot be read: {error}") from error
    except TypeError as error:
        raise InputError(
            f"data must be Contrasts, {KINDS}; got {type(data).__name__}. "
            "From trials, call .contrasts(treatment, control) first"
        ) from error
    if isinstance(frame, nw.LazyFrame):
        raise InputError("the table is lazy; call .collect() on it first")
    return pd.DataFrame({name: frame.get_column(name).to_numpy() for name in columns}, copy=False)


def _once(frame: pd.DataFrame) -> pd.DataFrame:
    twice = [str(name) for name in frame.columns[frame.columns.duplicated()]]
    if twice:
        raise InputError(f"columns stand twice: {', '.join(twice)}; keep one of each")
    return frame
