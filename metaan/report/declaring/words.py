"""Words that a declaration may use: what the data at hand hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from metaan.core.arrays import FrozenDict
from metaan.core.published import PublishedPool
from metaan.trials.comparing import MODES
from metaan.trials.orienting import KEPT
from metaan.trials.schema import BASELINE, FILES, FLAGS, TERMS
from metaan.trials.trials import Trials

# Columns of the files that effects bear under another name.
SAME_AS: Mapping[str, str] = FrozenDict({"measure_type": "kind"})
OF_FILES = {column.name for name in ("trials", "contrasts") for column in FILES[name]}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Words:
    """What can be named in a declaration about some data.

    Attributes
    ----------
    trials : Trials
        The data.
    outcomes, terms, instruments, studies, flags : tuple of str
        What is on file, and what the data's own tables explain.
    sides : mapping of str to tuple of str
        Names of groups, and of nodes, by row of ``MODES``.
    columns : tuple of str
        What subgroups and moderators can be taken from.
    pools, reviews, measures, pooled_on : tuple of str
        Ids of published pools and of their reviews; their measures and instruments.
    """

    trials: Trials
    outcomes: tuple[str, ...]
    terms: tuple[str, ...]
    instruments: tuple[str, ...]
    studies: tuple[str, ...]
    flags: tuple[str, ...]
    sides: Mapping[str, tuple[str, ...]]
    columns: tuple[str, ...]
    pools: tuple[str, ...]
    reviews: tuple[str, ...]
    measures: tuple[str, ...]
    pooled_on: tuple[str, ...]

    def without_direction(self, outcome: str) -> tuple[str, ...]:
        """Return the instruments of an outcome of which nobody said which direction is better."""
        table = self.trials.instruments
        here = _unique(
            str(name)
            for frame in (self.trials.arms, self.trials.contrast_rows)
            for name in frame.loc[frame["outcome"] == outcome, "instrument"]
        )
        return tuple(name for name in here if name in table.index and not table.at[name, "better"])


def words_of(trials: Trials, pools: Iterable[PublishedPool]) -> Words:
    """Return the words that the data at hand allow."""
    pools = tuple(pools)
    arms, rows = trials.arms, trials.contrast_rows
    treatments = trials.treatments.reset_index()
    own = [name for frame in (arms, rows) for name in frame if name not in OF_FILES]
    return Words(
        trials=trials,
        outcomes=_unique([*arms["outcome"], *rows["outcome"], *trials.instruments["outcome"]]),
        terms=_unique([*TERMS, *arms["term"], *rows["term"]], without=(BASELINE,)),
        instruments=_unique(trials.instruments.index),
        studies=_unique([*arms["study_id"], *rows["study_id"], *trials.studies.index]),
        flags=_unique(
            [*FLAGS, *(flag for cell in [*arms["flags"], *rows["flags"]]
                       for flag in str(cell).split("|"))]
        ),
        sides={by: _unique(treatments[column]) for by, column in MODES.items()},
        columns=_unique([*own, *KEPT, *SAME_AS, *trials.studies.columns]),
        pools=tuple(one.pool_id for one in pools),
        reviews=_unique(one.review_id for one in pools),
        measures=_unique(one.measure for one in pools),
        pooled_on=_unique(one.instrument for one in pools),
    )  # fmt: skip


def _unique(names: Iterable[object], without: Sequence[str] = ()) -> tuple[str, ...]:
    """Return texts in the order of their first mention, empty ones left out."""
    texts = (str(name) for name in names)
    return tuple(dict.fromkeys(text for text in texts if text and text not in without))
