"""What the caller of network_effects and network_counts is warned of."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence

from metaan.core.effects import LeftOut
from metaan.core.errors import LeftOutWarning, LookAlikeWarning, NoInformationWarning
from metaan.core.network_rules import look_alikes
from metaan.core.numbers import counted
from metaan.trials.table_rules import MANY
from metaan.trials.zero_cells import DROP


def alike_studies(studies: Iterable[str]) -> tuple[str, ...]:
    """Return a suspicion for studies whose names differ by case or blanks alone."""
    found = look_alikes(tuple(dict.fromkeys(studies)))
    return tuple(text.replace("treatments, but", "studies, but") for text in found)


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
        who = "; ".join(f"{item.study}: {item.reason}" for item in lost[:MANY])
        who += f"; and {len(lost) - MANY} more" if len(lost) > MANY else ""
        number = counted(len(lost), "arm or study", "arms or studies")
        warnings.warn(f"{number} left out: {who}", LeftOutWarning, stacklevel=3)
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
