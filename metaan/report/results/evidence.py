"""Everything a report is made from, read and checked together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from metaan.core.published import PublishedPool
from metaan.report.declaring.declared import ANALYSES_FILE, Analysis, load_analyses
from metaan.report.declaring.own import own_analyses
from metaan.trials.load import load_trials
from metaan.trials.published import load_published
from metaan.trials.shipped import data_folder
from metaan.trials.trials import Trials


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """The trials, the published pools and the declared analyses.

    Attributes
    ----------
    trials : Trials
        Arms and contrasts.
    pools : mapping of str to PublishedPool
        By pool id, in the order of reviews.csv.
    title : str
        Title of the page.
    analyses : tuple of Analysis
        In the order of analyses.toml.
    checksums : mapping of str to str
        SHA-256 of each file that was read.
    """

    trials: Trials
    pools: Mapping[str, PublishedPool]
    title: str
    analyses: tuple[Analysis, ...]
    checksums: Mapping[str, str]

    def declared_size(self, review: str) -> tuple[float, float]:
        """Return how many trials and participants a review declares; NaN where not read."""
        for pool in self.pools.values():
            if pool.review_id == review:
                return pool.declared_k, pool.declared_n
        return float("nan"), float("nan")


def load_evidence(path: str | Path | None = None) -> Evidence:
    """Return the evidence of a trials file or a folder; the shipped one if absent.

    ``reviews.csv`` and ``analyses.toml`` are read beside the file, or taken from the shipped data
    where they are not there; a file none of whose studies is known gets analyses of its own.

    Raises
    ------
    DataError
        With every fault of the file that is read first and has one.
    """
    trials = load_trials(path)
    folder, shipped = trials.source.parent, data_folder()
    reviews = _beside(folder, shipped, "reviews.csv")
    declared = _beside(folder, shipped, ANALYSES_FILE)
    pools = load_published(reviews)
    title, analyses = load_analyses(declared)
    if trials.source.parent != shipped and declared.parent == shipped:
        title = f"Report on {trials.source.name}"
        if not set(trials.arms["study_id"]) & set(trials.studies.index):
            analyses = own_analyses(trials)  # nothing of the cited evidence is in the file
    names = ("contrasts.csv", "studies.csv", "instruments.csv", "treatments.csv", "components.csv")
    files = [trials.source, reviews, declared, *(_beside(folder, shipped, n) for n in names)]
    return Evidence(
        trials=trials,
        pools={pool.pool_id: pool for pool in pools},
        title=title,
        analyses=analyses,
        checksums={f.name: sha256(f.read_bytes()).hexdigest() for f in files if f.is_file()},
    )


def _beside(folder: Path, shipped: Path, name: str) -> Path:
    return folder / name if (folder / name).is_file() else shipped / name
