"""Everything a report is made from, read and checked together."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from metaan.core.published import PublishedPool
from metaan.measures.table import MEASURES
from metaan.report.declaring.declared import ANALYSES_FILE, Analysis
from metaan.report.declaring.loading import load_analyses
from metaan.report.declaring.own import own_analyses
from metaan.report.declaring.words import words_of
from metaan.trials.given_effects import GIVEN_ROWS
from metaan.trials.load import load_trials
from metaan.trials.published import load_published
from metaan.trials.shipped import data_folder
from metaan.trials.study_table import is_study_table, load_study_table
from metaan.trials.trials import Trials

REVIEWS = "reviews.csv"


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


def load_evidence(data: str | Path | None = None, analyses: str | Path | None = None) -> Evidence:
    """Return the evidence of a file or folder, with the analyses that are declared of it.

    Parameters
    ----------
    data : path, optional
        A CSV of trial arms, a table with one row per study, or a folder that holds
        ``trials.csv``; the shipped evidence if absent.
    analyses : path, optional
        A TOML of declared analyses. If absent, ``analyses.toml`` beside the data; where none is
        there, the shipped one for data with studies of the cited evidence, and for others an
        analysis of each outcome.

    Returns
    -------
    Evidence
        ``reviews.csv`` is read beside the data, then beside the analyses; the shipped one stands
        in where neither has it.

    Raises
    ------
    DataError
        With every fault of the file that is read first and has one: the data, then the reviews,
        then the analyses.
    """
    wide = data is not None and not Path(data).is_dir() and is_study_table(Path(data))
    if wide and data is not None:
        trials = load_study_table(Path(data), _measure_at(Path(data).parent, analyses))
    else:
        trials = load_trials(data)
    folder, shipped = trials.source.parent, data_folder()
    declared = _declared_at(trials, folder, shipped, analyses)
    read = [trials.source, *_explaining(folder, shipped, wide=wide)]
    if declared is None:
        title, parts = f"Report on {trials.source.name}", own_analyses(trials)
        pools: tuple[PublishedPool, ...] = ()
    else:
        places = (folder, declared.parent, shipped)
        reviews = next(p / REVIEWS for p in places if (p / REVIEWS).is_file())
        pools = load_published(reviews)
        title, parts = load_analyses(declared, words=words_of(trials, pools))
        if declared.parent == shipped != folder:
            title = f"Report on {trials.source.name}"
        read += [reviews, declared]
    return Evidence(
        trials=trials,
        pools={pool.pool_id: pool for pool in pools},
        title=title,
        analyses=parts,
        checksums={f.name: sha256(f.read_bytes()).hexdigest() for f in read if f.is_file()},
    )


def _measure_at(folder: Path, analyses: str | Path | None) -> str:
    """Return the measure that is declared of all figures; empty where several are, or none."""
    declared = Path(analyses) if analyses is not None else folder / ANALYSES_FILE
    try:
        told = {*_measures(tomllib.loads(declared.read_text("utf-8")))}
    except (OSError, ValueError):  # what is wrong with it is told when it is read
        return ""
    known = {name for name in told if name in MEASURES or name in GIVEN_ROWS}
    return known.pop() if len(known) == 1 == len(told) else ""


def _measures(told: Any) -> Iterator[str]:
    """Return every measure of a file of analyses, those of sensitivity analyses left out."""
    if isinstance(told, list):
        for each in told:
            yield from _measures(each)
    elif isinstance(told, dict):
        if isinstance(told.get("measure"), str):
            yield told["measure"]
        for key, value in told.items():
            yield from _measures(value) if key != "sensitivity" else ()


def _declared_at(
    trials: Trials, folder: Path, shipped: Path, analyses: str | Path | None
) -> Path | None:
    """Return the file of the analyses; None where the data get analyses of their own."""
    if analyses is not None:
        return Path(analyses)
    if (folder / ANALYSES_FILE).is_file():
        return folder / ANALYSES_FILE
    known = set(trials.arms["study_id"]) & set(trials.studies.index)
    return shipped / ANALYSES_FILE if known else None


def _explaining(folder: Path, shipped: Path, *, wide: bool) -> list[Path]:
    """Return the files that explain the data, as they are read with them."""
    names = ["instruments.csv"]
    if not wide:
        names += ["studies.csv", "treatments.csv", "components.csv"]
    found = [folder / name if (folder / name).is_file() else shipped / name for name in names]
    return found if wide else [folder / "contrasts.csv", *found]
