"""load_published: the pooled results that reviews printed."""

from __future__ import annotations

from pathlib import Path

from metaan.core.errors import DataError
from metaan.core.published import PublishedPool
from metaan.trials.reading import read_table, records
from metaan.trials.schema import FILES
from metaan.trials.shipped import data_folder

RENAMED = {
    "n": "n_participants", "value": "estimate", "low": "ci_low", "high": "ci_high",
    "url": "source_url", "locus": "source_locus", "declared_k": "declared_k_review",
    "declared_n": "declared_n_review",
}  # fmt: skip


def load_published(path: str | Path | None = None) -> tuple[PublishedPool, ...]:
    """Return the published pools of ``reviews.csv``, in the order of the file.

    Parameters
    ----------
    path : path, optional
        The CSV; the shipped one if absent.

    Raises
    ------
    DataError
        With every fault of the file.

    Examples
    --------
    >>> import metaan as ma
    >>> pools = {pool.pool_id: pool for pool in ma.load_published()}
    >>> pools["mu2020_01"].value, pools["mu2020_01"].k
    (-9.22, 7.0)
    """
    file = Path(path) if path is not None else data_folder() / "reviews.csv"
    table = read_table(file, FILES["reviews"])
    if table.faults:
        raise DataError(table.faults)
    fields = list(PublishedPool.__dataclass_fields__)
    return tuple(
        PublishedPool(**{name: row[RENAMED.get(name, name)] for name in fields})
        for row in records(table.frame)
    )
