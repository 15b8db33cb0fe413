"""What the caller of network_effects and network_counts is warned of."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence

from metaan.core.effects import LeftOut
from metaan.core.errors import (
    InputError,
    LeftOutWarning,
    LookAlikeWarning,
    NoInformationWarning,
)
from metaan.core.network_counts import NetworkCounts
from metaan.core.network_effects import NetworkEffects
from metaan.core.network_rules import look_alikes
from metaan.core.numbers import counted
from metaan.trials.network_arms import LONE
from metaan.trials.table_rules import MANY
from metaan.trials.zero_cells import DROP


def alike_studies(studies: Iterable[str]) -> tuple[str, ...]:
    """Return a suspicion for studies whose names differ by case or blanks alone."""
    found = look_alikes(tuple(dict.fromkeys(studies)))
    return tuple(text.replace("treatments, but", "studies, but") for text in found)


def check_left(found: NetworkEffects | NetworkCounts) -> None:
    """Raise if no study of a table is left.

    Of trials, selected by outcome and term, there may be none: their record says why.

    Raises
    ------
    InputError
        With the reasons for which studies stayed out.
    """
    if found.k:
        return
    lost = found.left_out
    why = f": {_listed(lost)}" if lost else ""
    remedy = ""
    if lost and all(item.reason.startswith(LONE) for item in lost):
        remedy = (
            ". Give the arms of a study one label of the study; in a table with a group of "
            'columns for each arm name all groups: treatment=["t1", "t2"], n=["n1", "n2"] ...'
        )
    raise InputError(
        f"no study of the table is left, each needs the numbers of two arms{why}{remedy}"
    )


def _listed(lost: Sequence[LeftOut]) -> str:
    who = "; ".join(f"{item.study}: {item.reason}" for item in lost[:MANY])
    return who + (f"; and {len(lost) - MANY} more" if len(lost) > MANY else "")


def tell(lost: Sequence[LeftOut], bare: Sequence[str], alike: Sequence[str]) -> None:
    """Warn the caller of the caller.

    Parameters
    ----------
    lost : sequence of LeftOut
        Arms and studies that did not enter.
    bare : sequence of str
        Studies that say next to nothing about their ratio.
    alike : sequence of str
        Names that may mean one treatment or study.
    """
    if lost:
        number = counted(len(lost), "arm or study", "arms or studies")
        warnings.warn(f"{number} left out: {_listed(lost)}", LeftOutWarning, stacklevel=3)
    if bare:
        warnings.warn(
            f"{'; '.join(bare)}. The cells added decide their effect: leave them out with "
            f"{DROP}=True, or choose a measure or a model that takes them as they are",
            NoInformationWarning,
            stacklevel=3,
        )
    if alike:
        warnings.warn(
            f"{'; '.join(alike)} Give one name to what is one", LookAlikeWarning, stacklevel=3
        )
