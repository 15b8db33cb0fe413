"""Which study splits the subsets: those with it against those without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers, frozen
from metaan.core.citations import cite, marks
from metaan.core.numbers import compact, fixed, printed
from metaan.core.scale import Scale
from metaan.core.text_table import aligned
from metaan.core.wording import grid, text_of
from metaan.diagnostics.subsets.drawing import Packed, has, parts, unpacked

if TYPE_CHECKING:
    import pandas as pd

GOSH_DOI = "10.1002/jrsm.1053"
CELLS = 60_000  # memberships counted at once, in one thread
WELL_APART = 2.0  # distance beyond which two equal normal clouds have two peaks
FEWEST = 25  # subsets of which clouds and clusters are told: all those of 5 studies
FLAT = 1e-12  # share of what is compared, below which it is rounding


class Cloud(NamedTuple):
    """The subsets as points; those without an estimate or an I² are not among them.

    Attributes
    ----------
    study : sequence of str, length k
        Labels.
    members : ndarray of bytes, shape (n, bytes)
        Membership.
    value, i2 : ndarray, shape (n,)
        Estimate, analysis scale, and I², percent.
    about : str
        What is estimated: "risk ratio".
    scale : Scale
        How estimates are read.
    """

    study: Sequence[str]
    members: Packed
    value: Floats
    i2: Floats
    about: str
    scale: Scale

    @property
    def k(self) -> int:
        """Number of studies."""
        return len(self.study)

    def within(self, cloud_rows: Booleans) -> Cloud:
        """Return some of the subsets."""
        return self._replace(
            members=self.members[cloud_rows],
            value=self.value[cloud_rows],
            i2=self.i2[cloud_rows],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Splits:
    """How far the subsets with a study lie from those without it, the farthest first.

    Arrays have the shape (k,), in the order of ``study``, and are read-only; estimates are on the
    analysis scale.

    Attributes
    ----------
    study : tuple of str
        Labels.
    position : ndarray of int
        Places of the studies in the fit, from 0.
    score : ndarray
        Distance of the two clouds: Mahalanobis's between their means of (estimate, I²), in
        standard deviations within the clouds; infinite where each is a single point. Two equal
        normal clouds have two peaks if it is above 2: then the sentence speaks of two clouds.
    n_with : ndarray of int
        Subsets with the study.
    estimate_with, estimate_without, i2_with, i2_without : ndarray
        Medians.
    estimate_apart, i2_apart : ndarray
        Difference of the means, with less without, in standard deviations within the clouds.
    subsets : int
        Subsets that were compared.
    about : str
        What is estimated.
    scale : Scale
        How estimates are read.
    """

    study: tuple[str, ...]
    position: Integers
    score: Floats
    n_with: Integers
    estimate_with: Floats
    estimate_without: Floats
    i2_with: Floats
    i2_without: Floats
    estimate_apart: Floats
    i2_apart: Floats
    subsets: int
    about: str
    scale: Scale

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in NUMBERS:
            object.__setattr__(self, name, frozen(getattr(self, name)))
        for name in ("position", "n_with"):
            whole = np.array(getattr(self, name), dtype=np.int64)
            whole.flags.writeable = False
            object.__setattr__(self, name, whole)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a careful reader should know."""
        return (
            "subsets overlap: the distance describes the figure and is no test; a study that lies "
            "apart moves the subsets more, the larger its weight",
        )

    def summary(self) -> str:
        """Return the studies as a table, the one that splits the most first."""
        lines = [*aligned(_rows(self)), *_notes(self)]
        return "\n".join([_title(self), *(f"  {line}" for line in lines)])

    def sentence(self) -> str:
        """Return which study splits the subsets; the mark points into `references`."""
        return text_of([*split_words(self), _how(self)])

    @property
    def references(self) -> tuple[str, ...]:
        """The reference of the method."""
        return cite([GOSH_DOI])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per study; estimates on the reading scale.

        Returns
        -------
        DataFrame
            study, score, n_with; medians estimate_with, estimate_without, i2_with, i2_without;
            estimate_apart, i2_apart (standard deviations, analysis scale).
        """
        import pandas as pd

        return pd.DataFrame(
            {
                "study": self.study,
                "score": self.score,
                "n_with": self.n_with,
                "estimate_with": read_on(self.scale, self.estimate_with),
                "estimate_without": read_on(self.scale, self.estimate_without),
                "i2_with": self.i2_with,
                "i2_without": self.i2_without,
                "estimate_apart": self.estimate_apart,
                "i2_apart": self.i2_apart,
            }
        )

    def __len__(self) -> int:
        """Return the number of studies."""
        return len(self.study)

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(_title(self), _rows(self), _notes(self))


OVERLAP = "though those with it and those without it overlap"
NUMBERS = (
    "score", "estimate_with", "estimate_without", "i2_with", "i2_without", "estimate_apart",
    "i2_apart",
)  # fmt: skip


def read_on(scale: Scale, values: Floats) -> Floats:
    """Return values of an analysis scale as they are read; infinite beyond all numbers."""
    with np.errstate(over="ignore"):
        return np.asarray(scale.inverse(values))


def splits_of(cloud: Cloud) -> Splits:
    """Return how far each study splits a cloud of subsets.

    Notes
    -----
    With d the difference of the means of ``n1`` subsets with the study and ``n0`` without it, T
    the covariance of all n about their mean and ``c = n1 n0 / n²``, the covariance within is
    ``T - c d d'``, and the squared distance ``d'(T - c d d')^-1 d = h / (1 - c h)`` with
    ``h = d'T^-1 d``. NaN where a study is in all of the subsets or in none.
    """
    n, k = len(cloud.value), cloud.k
    order = np.arange(k)
    if n:
        points = np.stack([_standardized(cloud.value), _standardized(cloud.i2)])
        count, sums = _sums_with(cloud.members, points, k)
        total = np.vecdot(points[:, None], points) / n
        score, apart = _distances(total, count, sums, n)
        order = np.argsort(-np.nan_to_num(score, nan=-1.0, posinf=np.inf), kind="stable")
    else:
        count, score, apart = np.zeros(k), np.full(k, np.nan), np.full((2, k), np.nan)
    estimates, i2s = (
        _medians(each, cloud.members, k)[:, order] for each in (cloud.value, cloud.i2)
    )
    return Splits(
        study=tuple(cloud.study[int(j)] for j in order),
        position=order,
        score=score[order],
        n_with=count[order].astype(np.int64),
        estimate_with=estimates[0],
        estimate_without=estimates[1],
        i2_with=i2s[0],
        i2_without=i2s[1],
        estimate_apart=apart[0, order],
        i2_apart=apart[1, order],
        subsets=n,
        about=cloud.about,
        scale=cloud.scale,
    )


def counts_with(members: Packed, k: int) -> Floats:
    """Return in how many subsets each study is, shape (k,)."""
    return _sums_with(members, np.empty((0, len(members))), k)[0]


def _sums_with(members: Packed, points: Floats, k: int) -> tuple[Floats, Floats]:
    """Return how many subsets have each study, shape (k,), and the sums of their points."""
    count, sums = np.zeros(k), np.zeros((len(points), k))
    for rows in parts(len(members), max(1, CELLS // k)):
        present = unpacked(members[rows], k).astype(np.float64)
        count += np.add.reduce(present, axis=0)
        sums += points[:, rows] @ present
    return count, sums


def _standardized(values: Floats) -> Floats:
    """Return values about their mean in standard deviations; zeros where they are all equal."""
    apart = values - values.mean()
    spread = float(np.sqrt(np.mean(apart * apart)))
    size = float(np.max(np.abs(values)))
    return apart / spread if spread > FLAT * size else np.zeros_like(values)


def _distances(total: Floats, count: Floats, sums: Floats, n: int) -> tuple[Floats, Floats]:
    """Return Mahalanobis's distances, shape (k,), and differences of means, shape (2, k).

    ``total`` is the correlation of the points, with zeros where they do not vary.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share = count * (n - count) / n / n
        d = sums / n / share
        h = np.add.reduce(d * (np.linalg.pinv(total) @ np.nan_to_num(d)), axis=0)
        whole = np.stack([h, *(d * d)])
        left = 1.0 - share * whole
        within = np.sqrt(whole / np.where(left > FLAT, left, 0.0))
    within = np.where(whole > FLAT, within, 0.0)
    lost = (count == 0) | (count == n)
    return np.where(lost, np.nan, within[0]), np.where(lost, np.nan, np.sign(d) * within[1:])


def _medians(values: Floats, members: Packed, k: int) -> Floats:
    """Return medians of the subsets with each study and without it, shape (2, k).

    All are sorted once: what is left of a sorted list is sorted.
    """
    order = np.argsort(values, kind="stable")
    ranked, held = values[order], members[order]
    found = np.full((2, k), np.nan)
    for j in range(k):
        inside = has(held, j)
        for i, side in enumerate((inside, ~inside)):
            place = side.nonzero()[0]
            if len(place):
                ends = ranked[place[[(len(place) - 1) // 2, len(place) // 2]]]
                found[i, j] = ends[0] + (ends[1] - ends[0]) / 2
    return found


def split_words(splits: Splits, *, about: str = "", beside: Sequence[float] = ()) -> list[str]:
    """Return which study splits the subsets the most, and between what.

    Parameters
    ----------
    splits : Splits
        Distances.
    about : str
        What is estimated, where it was named before.
    beside : sequence of float
        Estimates (reading scale) of the same paragraph, which share their decimals; by default
        the medians of all studies.
    """
    known = np.flatnonzero(~np.isnan(splits.score))
    if not len(known):
        return ["No study can be compared with its absence"]
    i = int(known[0])
    if not splits.score[i] > 0:
        return ["No study moves the subsets"]
    pairs = _medians_read(splits)
    told = printed(*pairs[i], *(beside or pairs.ravel()), ratio=splits.scale.is_log)
    did = "moves the subsets the most"
    if splits.subsets >= FEWEST:
        apart = splits.score[i] >= WELL_APART
        did = "splits the subsets into two clouds" if apart else f"{did}, {OVERLAP}"
    name = about or splits.about
    return [
        f"{splits.study[i]} {did}: with it the median {name} is {told[0]} and the median "
        f"I² {fixed(splits.i2_with[i], 0)}%, without it {told[1]} and "
        f"{fixed(splits.i2_without[i], 0)}%",
    ]


def _medians_read(splits: Splits) -> Floats:
    """Return medians with and without each study, reading scale, shape (k, 2)."""
    medians = np.array([splits.estimate_with, splits.estimate_without]).T
    return read_on(splits.scale, medians)


def _how(splits: Splits) -> str:
    mark = marks([GOSH_DOI])[GOSH_DOI]
    return (
        f"{splits.subsets:,} subsets with and without each of {len(splits)} studies were "
        f"compared{mark}"
    )


def _title(splits: Splits) -> str:
    return f"Which study splits {splits.subsets:,} subsets of {len(splits)} studies"


def _notes(splits: Splits) -> list[str]:
    return [*(f"{each}." for each in split_words(splits)), *(f"note: {r}" for r in splits.remarks)]


def _rows(splits: Splits) -> list[list[str]]:
    head = ["study", "distance", "median with", "without", "I² with", "without"]
    texts = printed(*_medians_read(splits).ravel().tolist(), ratio=splits.scale.is_log)
    rows = []
    for i, told in enumerate(zip(texts[::2], texts[1::2], strict=True)):
        i2 = (f"{fixed(float(each[i]), 0)}%" for each in (splits.i2_with, splits.i2_without))
        rows.append([splits.study[i], compact(float(splits.score[i])), *told, *i2])
    return [head, *rows]
