"""load_published: the pooled results that reviews printed."""

from __future__ import annotations

from pathlib import Path

from metaan.core.errors import DataError, Fault
from metaan.core.published import PublishedPool
from metaan.trials.checking import duplicate_faults
from metaan.trials.printed import RATIOS
from metaan.trials.reading import read_table, records, row_name
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
    faults = [*table.faults, *duplicate_faults(table, ["pool_id"], "pool_id stands twice")]
    for i, row in enumerate(records(table.frame)):
        if row["ci_low"] > row["ci_high"]:
            faults.append(
                Fault(
                    file=table.name,
                    row=f"{row_name(table.frame, i)} ({row['pool_id']})",
                    column="ci_low",
                    value=f"{row['ci_low']:g}",
                    rule="must not exceed ci_high",
                    remedy="Check both limits against the source.",
                )
            )
    if faults:
        raise DataError(faults)
    fields = [name for name in PublishedPool.__dataclass_fields__ if name != "ratio"]
    return tuple(
        PublishedPool(
            **{name: row[RENAMED.get(name, name)] for name in fields},
            ratio=str(row["measure"]).upper() in RATIOS,
        )
        for row in records(table.frame)
    )
