"""Tables: the data files of one body of evidence, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

NOT_PREFERRED = "not the preferred figure"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tables:
    """The trial arms with the tables that explain them.

    Attributes
    ----------
    arms : DataFrame
        One row per arm, outcome, instrument and time, as in ``trials.csv``.
    contrast_rows : DataFrame
        One row per printed difference between two arms, as in ``contrasts.csv``.
    studies, instruments, treatments, components : DataFrame
        The other tables, by key.
    parts : mapping of (study, arm) to frozenset of str
        What each arm received.
    source : Path
        The file that was read.
    ruled_arms, ruled_contrasts : DataFrame
        Rows that passed a selection but for a caution, or but for being preferred, with the
        reason in ``ruled_by``; comparisons list them as left out.
    terms : tuple of str
        Terms that were selected, in order of preference; empty if none were.
    remarks : tuple of str
        How the file was read, where it is not as metaan writes it.
    """

    arms: pd.DataFrame
    contrast_rows: pd.DataFrame
    studies: pd.DataFrame
    instruments: pd.DataFrame
    treatments: pd.DataFrame
    components: pd.DataFrame
    parts: Mapping[tuple[str, str], frozenset[str]]
    source: Path
    ruled_arms: pd.DataFrame
    ruled_contrasts: pd.DataFrame
    terms: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
