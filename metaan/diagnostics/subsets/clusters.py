"""Clusters of the subsets of a pool, and which studies make them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from metaan.core.arrays import Booleans, Floats, Integers, frozen
from metaan.core.citations import cite, marks
from metaan.core.errors import InputError
from metaan.core.numbers import counted, fixed, listed, printed
from metaan.core.scale import Scale
from metaan.core.text_table import aligned
from metaan.core.wording import grid, text_of
from metaan.diagnostics.subsets.density import hills
from metaan.diagnostics.subsets.splitting import FEWEST, GOSH_DOI, Cloud, counts_with, read_on

if TYPE_CHECKING:
    import pandas as pd

HILLS_DOI = "10.1145/2535927"
PASS_SHARE = 0.75  # of the lower hill's height: a pass above it does not part two clusters
LEAST_SHARE = 0.02  # of the subsets; never fewer than the square root of their number
LITTLE = 0.5  # percent of I² that is written as 0
ODDS = 4.0  # times the expected odds of being in a subset; 80% where 50% are expected
NAMES_SHOWN = 4
ALSO = (
    "effects of one kind can form clusters as well, by one study of great weight, or where I² is 0"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clusters:
    """Clusters of subsets in the plane of estimate and I², the largest first.

    Attributes
    ----------
    study : tuple of str, length k
        Labels.
    label : ndarray of int, shape (n,)
        The cluster of each subset of the GOSH record, from 0; -1 where a subset has no estimate or
        no I².
    size : ndarray of int, shape (c,)
        Subsets in each cluster.
    estimate, i2 : ndarray, shape (c,)
        Its center: medians, the estimate on the analysis scale.
    estimate_low, estimate_high, i2_low, i2_high : ndarray, shape (c,)
        Quartiles.
    share : ndarray, shape (c, k)
        Share of its subsets that have each study.
    expected : ndarray, shape (c,)
        The same if its subsets were of their sizes, but of studies taken at random.
    odds_ratio : ndarray, shape (c, k)
        Odds of the share over those of the expected one, half a subset added to each count.
    cutoff : float
        Odds ratio from which, up or down, a study makes a cluster.
    about : str
        What is estimated.
    scale : Scale
        How estimates are read.
    remarks : tuple of str
        What a careful reader should know.
    """

    study: tuple[str, ...]
    label: npt.NDArray[np.int8]
    size: Integers
    estimate: Floats
    i2: Floats
    estimate_low: Floats
    estimate_high: Floats
    i2_low: Floats
    i2_high: Floats
    share: Floats
    expected: Floats
    odds_ratio: Floats
    cutoff: float
    about: str
    scale: Scale
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in (*QUARTILES, "share", "expected", "odds_ratio"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
        for name, kind in (("label", np.int8), ("size", np.int64)):
            whole = np.array(getattr(self, name), dtype=kind)
            whole.flags.writeable = False
            object.__setattr__(self, name, whole)

    @property
    def looked_for(self) -> bool:
        """Whether there were subsets enough."""
        return int(self.size.sum()) >= FEWEST

    @property
    def flagged(self) -> Booleans:
        """Which studies make which cluster, shape (c, k); none where there is only one cluster."""
        if len(self) < 2:
            return np.zeros(self.share.shape, dtype=bool)
        far = np.abs(np.log(self.odds_ratio)) >= np.log(self.cutoff) * (1 - 1e-12)
        return np.asarray(far)

    def makers(self, cluster: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the studies that a cluster has more often, and less often, than expected."""
        flagged, ratio = self.flagged[cluster], self.odds_ratio[cluster]
        order = np.argsort(-np.abs(np.log(ratio)), kind="stable").tolist()
        more = tuple(self.study[j] for j in order if flagged[j] and ratio[j] > 1)
        return more, tuple(self.study[j] for j in order if flagged[j] and ratio[j] < 1)

    def summary(self) -> str:
        """Return the clusters as a table, the largest first, and what makes them."""
        lines = [*aligned(_rows(self)), *_notes(self)]
        return "\n".join([_title(self), *(f"  {line}" for line in lines)])

    def sentence(self) -> str:
        """Return how many clusters there are and what makes them; marks point to `references`."""
        return text_of([*cluster_words(self), _how()])

    @property
    def references(self) -> tuple[str, ...]:
        """References of the methods, in the order of their marks in `sentence`."""
        return cite([GOSH_DOI, HILLS_DOI])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per cluster and study; estimates on the reading scale.

        Returns
        -------
        DataFrame
            cluster (from 1), subsets, estimate, i2 (medians); study, share, expected, odds_ratio,
            flagged.
        """
        import pandas as pd

        c, k = self.share.shape
        return pd.DataFrame(
            {
                "cluster": np.repeat(np.arange(1, c + 1), k),
                "subsets": np.repeat(self.size, k),
                "estimate": np.repeat(read_on(self.scale, self.estimate), k),
                "i2": np.repeat(self.i2, k),
                "study": list(self.study) * c,
                "share": self.share.ravel(),
                "expected": np.repeat(self.expected, k),
                "odds_ratio": self.odds_ratio.ravel(),
                "flagged": self.flagged.ravel(),
            }
        )

    def __len__(self) -> int:
        """Return the number of clusters."""
        return len(self.size)

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(_title(self), _rows(self), _notes(self), words=1)


QUARTILES = ("estimate", "i2", "estimate_low", "estimate_high", "i2_low", "i2_high")


def check_cluster_options(pass_share: float, least_share: float, cutoff: float) -> None:
    """Raise ``InputError`` that names every option out of range."""
    faults = [
        f"{name}={value!r} must lie {rule}, e.g. {name}={usual}"
        for name, value, good, rule, usual in (
            ("pass_share", pass_share, _between(pass_share, 0, 1), "between 0 and 1", PASS_SHARE),
            (
                "least_share",
                least_share,
                _between(least_share, 0, 0.5),
                "between 0 and 0.5",
                LEAST_SHARE,
            ),
            ("cutoff", cutoff, _between(cutoff, 1, np.inf), "above 1", ODDS),
        )
        if not good
    ]
    if faults:
        raise InputError("; ".join(faults))


def _between(value: object, low: float, high: float) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and low < float(value) < high


def clusters_of(
    cloud: Cloud, defined: Booleans, *, pass_share: float, least_share: float, cutoff: float
) -> Clusters:
    """Return the clusters of a cloud; ``defined``, shape (all,), says which subsets are in it."""
    found = np.zeros(len(cloud.value), dtype=np.int64)
    remarks: tuple[str, ...] = ()
    if len(found) < FEWEST:
        remarks = (f"fewer than {FEWEST} subsets have an I²: clusters were not looked for",)
    else:
        found = hills(cloud.value, cloud.i2, pass_share=pass_share, least_share=least_share)
        if found.any():
            remarks = (ALSO,)
    whole = np.full(len(defined), -1, dtype=np.int8)
    whole[defined] = found
    parts = [cloud.within(found == i) for i in range(int(found.max(initial=-1)) + 1)]
    size = np.array([len(part.value) for part in parts], dtype=np.int64)
    counts = np.array([counts_with(part.members, cloud.k) for part in parts])
    counts = counts.reshape(len(parts), cloud.k)
    share = counts / size[:, None]
    expected = share.mean(axis=1)
    odds = (counts + 0.5) / (size[:, None] - counts + 0.5)
    random = (expected * size + 0.5) / ((1 - expected) * size + 0.5)
    quartiles = {name: np.empty(len(parts)) for name in QUARTILES}
    for i, part in enumerate(parts):
        for name, values in (("estimate", part.value), ("i2", part.i2)):
            ends = np.quantile(values, (0.25, 0.5, 0.75)).tolist()
            for key, end in zip((f"{name}_low", name, f"{name}_high"), ends, strict=True):
                quartiles[key][i] = end
    return Clusters(
        study=tuple(cloud.study),
        label=whole,
        size=size,
        share=share,
        expected=expected,
        odds_ratio=odds / random[:, None],
        cutoff=float(cutoff),
        about=cloud.about,
        scale=cloud.scale,
        remarks=remarks,
        **quartiles,
    )


def cluster_words(clusters: Clusters) -> list[str]:
    """Return how many clusters there are, where, and which studies make them."""
    subsets = _subsets(clusters)
    if not clusters.looked_for:
        return [f"Clusters were not looked for in {subsets}"]
    if len(clusters) == 1:
        return [f"The {subsets} form one cluster: nothing parts them"]
    told = [f"The {subsets} form {len(clusters)} clusters"]
    values = read_on(clusters.scale, clusters.estimate).tolist()
    texts = printed(*values, ratio=clusters.scale.is_log)
    for i, (size, text) in enumerate(zip(clusters.size.tolist(), texts, strict=True)):
        where = (
            f"Cluster {i + 1} ({fixed(100 * size / clusters.size.sum(), 0)}% of them) lies at a "
            f"median{'' if i else f' {clusters.about}'} of {text} and a median I² of "
            f"{fixed(clusters.i2[i], 0)}%"
        )
        told.append(f"{where}; {_made_by(clusters, i)}")
    return told


def _made_by(clusters: Clusters, i: int) -> str:
    more, less = clusters.makers(i)
    share = dict(zip(clusters.study, clusters.share[i].tolist(), strict=True))
    groups = (
        ("always with", [name for name in more if share[name] == 1]),
        ("mostly with", [_shared(name, share[name]) for name in more if share[name] < 1]),
        ("never with", [name for name in less if share[name] == 0]),
        ("mostly without", [_shared(name, share[name]) for name in less if share[name] > 0]),
    )
    told = [f"{did} {_few(names)}" for did, names in groups if names]
    made = f"its subsets are {listed(told)}" if told else "no study makes it"
    zero = _at_zero(clusters, i)
    return f"{zero}; {made}" if zero else made


def _at_zero(clusters: Clusters, i: int) -> str:
    """Return that a cluster is the spike at I² = 0; empty where it is not."""
    if not clusters.i2[i] < LITTLE:
        return ""
    if clusters.i2_high[i] < LITTLE:
        return "three quarters or more have an I² of 0, a spike that can stand apart by itself"
    return "half or more have an I² of 0"


def _shared(name: str, share: float) -> str:
    text = fixed(100 * share, 0)
    text = {"100": "> 99", "0": "< 1"}.get(text, text)
    return f"{name} ({text}%)"


def _few(names: Sequence[str]) -> str:
    more = len(names) - NAMES_SHOWN
    return listed([*names[:NAMES_SHOWN], f"{more} others"] if more > 1 else names)


def _how() -> str:
    mark = marks([GOSH_DOI, HILLS_DOI])
    return (
        f"Subsets{mark[GOSH_DOI]} are clusters where hills of their density are parted by "
        f"valleys{mark[HILLS_DOI]}"
    )


def _title(clusters: Clusters) -> str:
    number = counted(len(clusters), "cluster")
    return f"{number} of {_subsets(clusters)} of {len(clusters.study)} studies"


def _subsets(clusters: Clusters) -> str:
    n = int(clusters.size.sum())
    return f"{n:,} subset{'' if n == 1 else 's'}"


def _notes(clusters: Clusters) -> list[str]:
    told = [f"{each}." for each in cluster_words(clusters)]
    return [*told, *(f"note: {remark}" for remark in clusters.remarks)]


def _rows(clusters: Clusters) -> list[list[str]]:
    rows = [["cluster", "subsets", "share", "median", "quartiles", "I²", "quartiles"]]
    ends = np.array([clusters.estimate, clusters.estimate_low, clusters.estimate_high])
    read = read_on(clusters.scale, ends).T.tolist()
    texts = printed(*(each for row in read for each in row), ratio=clusters.scale.is_log)
    for i, size in enumerate(clusters.size.tolist()):
        value, low, high = texts[3 * i : 3 * i + 3]
        i2, i2_low, i2_high = (
            fixed(float(each[i]), 0) for each in (clusters.i2, clusters.i2_low, clusters.i2_high)
        )
        share = f"{fixed(100 * size / clusters.size.sum(), 0)}%"
        spread = [f"({low}, {high})", f"{i2}%", f"({i2_low}, {i2_high})"]
        rows.append([str(i + 1), f"{size:,}", share, value, *spread])
    return rows
