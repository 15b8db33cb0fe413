"""The fits to the subsets of a pool's studies, as a record that prints itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers, frozen
from metaan.core.citations import cite, marks
from metaan.core.conventions import FROM_Q
from metaan.core.counts_fit import CountsFit
from metaan.core.errors import ChoiceError, InputError
from metaan.core.fit import PooledFit
from metaan.core.lookup import hint
from metaan.core.numbers import fixed, printed
from metaan.core.scale import Scale
from metaan.core.text_table import aligned
from metaan.core.wording import grid, in_sentence, text_of
from metaan.diagnostics.subsets.clusters import (
    LEAST_SHARE,
    ODDS,
    PASS_SHARE,
    Clusters,
    check_cluster_options,
    clusters_of,
)
from metaan.diagnostics.subsets.drawing import Packed, has, unpacked
from metaan.diagnostics.subsets.fitting import STATISTICS
from metaan.diagnostics.subsets.splitting import (
    GOSH_DOI,
    Cloud,
    Splits,
    read_on,
    split_words,
    splits_of,
)

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gosh:
    """A pool refitted to n subsets of its k studies, everything else as it was.

    Arrays have the shape (n,), are on the analysis scale and read-only.

    Attributes
    ----------
    fit : PooledFit or CountsFit
        The pool of all studies.
    every : bool
        Whether these are all 2^k - 1 subsets; then row i holds study j if bit j of i + 1 is set,
        and the last row is the fit. Otherwise they were drawn at random.
    members : ndarray of bytes, shape (n, bytes)
        Membership, a bit for each study; `with_`, `without` and `membership` read it.
    k : ndarray of int
        Studies in each subset.
    value, se : ndarray
        The mean and its standard error; NaN where the studies leave it undefined.
    tau2 : ndarray
        Between-study variance.
    i2 : ndarray
        I² in percent, the kind that the fit names first; NaN for one study.
    h2, q : ndarray
        H², as the fit has it, and Cochran's Q.
    sizes : ndarray or None
        Harmonic mean of the studies' sizes in each subset, where the scale depends on it.
    remarks : tuple of str
        What a careful reader should know.
    """

    fit: PooledFit | CountsFit
    every: bool
    members: Packed
    k: Integers
    value: Floats
    se: Floats
    tau2: Floats
    i2: Floats
    h2: Floats
    q: Floats
    sizes: Floats | None = None
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in STATISTICS:
            object.__setattr__(self, name, frozen(getattr(self, name)))
        if self.sizes is not None:
            object.__setattr__(self, "sizes", frozen(self.sizes))
        for name, kind in (("k", np.int32), ("members", np.uint8)):
            whole = np.array(getattr(self, name), dtype=kind)
            whole.flags.writeable = False
            object.__setattr__(self, name, whole)

    @property
    def study(self) -> tuple[str, ...]:
        """Labels of the k studies."""
        fit = self.fit
        return tuple(fit.effects.study if isinstance(fit, PooledFit) else fit.counts.study)

    @property
    def scale(self) -> Scale:
        """How the rows are read: the fit's scale, at each row's own size where it has sizes."""
        own = self.fit.estimate.scale
        return own if own.at is None or self.sizes is None else own.at(self.sizes)

    @property
    def defined(self) -> Booleans:
        """Which subsets have an estimate and an I², shape (n,)."""
        return np.isfinite(self.value) & np.isfinite(self.i2)

    def with_(self, study: str | int) -> Booleans:
        """Return which subsets have a study, by label or place from 0, shape (n,).

        Raises
        ------
        ChoiceError
            If there is no such study, or its label is that of several.
        """
        return has(self.members, study_place(self.study, study))

    def without(self, study: str | int) -> Booleans:
        """Return which subsets lack a study, shape (n,); see `with_`."""
        return ~self.with_(study)

    def membership(self) -> Booleans:
        """Return which subsets have which studies, shape (n, k): k bytes for each subset."""
        return unpacked(self.members, len(self.study))

    def subset(self, row: int) -> tuple[str, ...]:
        """Return the studies of a subset by its row."""
        held = unpacked(self.members[row][None], len(self.study))[0]
        return tuple(name for name, there in zip(self.study, held.tolist(), strict=True) if there)

    def splits(self) -> Splits:
        """Return how far the subsets with each study lie from those without, the farthest first.

        Notes
        -----
        Subsets of one study, which have no I², are left out. Below 25 subsets (5 studies) the
        words say nothing of clouds.
        """
        return splits_of(self._cloud())

    def clusters(
        self,
        *,
        pass_share: float = PASS_SHARE,
        least_share: float = LEAST_SHARE,
        cutoff: float = ODDS,
    ) -> Clusters:
        """Return clusters of the subsets in the plane of estimate and I², and what makes them.

        Parameters
        ----------
        pass_share : float
            Two hills of the density are one cluster if the pass between them is higher than this
            part of the lower one.
        least_share : float
            Part of the subsets that a cluster must hold above its pass; at least the square root
            of their number.
        cutoff : float
            A study makes a cluster if its odds of being in a subset of it are so many times the
            expected ones, or as many times less. What is expected follows from the sizes of the
            subsets alone.

        Raises
        ------
        InputError
            If an option is out of its range.

        Notes
        -----
        The density of the subsets is counted in 72 by 72 cells over the middle 99.9% of either
        axis (beyond it, in the outermost cells), smoothed by a normal kernel (0.6 of Scott's
        bandwidth), and parted along its valleys [1]_: no number of clusters is chosen beforehand,
        nothing is random. k-means, DBSCAN and Gaussian mixtures, which others use here, need a
        number of clusters, a distance between all pairs, or ellipses. Both axes are scaled to
        their range, so that units are of no account. Subsets whose I² is 0 can form a cluster of
        their own, which the words say.

        References
        ----------
        .. [1] Chazal F and others (2013). J ACM 60:41. doi:10.1145/2535927
        """
        check_cluster_options(pass_share, least_share, cutoff)
        return clusters_of(
            self._cloud(),
            self.defined,
            pass_share=pass_share,
            least_share=least_share,
            cutoff=cutoff,
        )

    def summary(self) -> str:
        """Return the subsets as quantiles, and which study splits them."""
        lines = [*aligned(_rows(self)), *_notes(self)]
        return "\n".join([gosh_title(self), *(f"  {line}" for line in lines)])

    def sentence(self) -> str:
        """Return what the subsets say as a paragraph; the mark points into `references`."""
        told = split_words(self.splits(), about="estimate", beside=_ends(self))
        return text_of([*_results(self), *told])

    @property
    def references(self) -> tuple[str, ...]:
        """The reference of the method."""
        return cite([GOSH_DOI])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per subset; the estimate on the reading scale.

        Returns
        -------
        DataFrame
            subset (a 1 or 0 for each study, in their order); k; estimate; se (analysis scale);
            tau2, i2, h2, q.
        """
        import pandas as pd

        digits = np.ascontiguousarray(self.membership().astype(np.uint8) + ord("0"))
        held = digits.view(f"S{digits.shape[1]}").ravel().astype(str)
        columns = {name: getattr(self, name) for name in ("se", "tau2", "i2", "h2", "q")}
        read = read_on(self.scale, self.value)
        return pd.DataFrame({"subset": held, "k": self.k, "estimate": read, **columns})

    def __len__(self) -> int:
        """Return the number of subsets."""
        return len(self.value)

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(gosh_title(self), _rows(self), _notes(self))

    def _cloud(self) -> Cloud:
        whole = Cloud(
            study=self.study,
            members=self.members,
            value=self.value,
            i2=self.i2,
            about=subject(self),
            scale=self.fit.estimate.scale,
        )
        return whole.within(self.defined)


def study_place(labels: tuple[str, ...], study: object) -> int:
    """Return the place of a study told by label or place; ChoiceError if there is none."""
    if isinstance(study, Integral) and not isinstance(study, bool):
        if 0 <= int(study) < len(labels):
            return int(study)
        raise ChoiceError(f"study={study!r} is no place; there are {len(labels)}, from 0")
    many = labels.count(study) if isinstance(study, str) else 0
    if many == 1:
        return labels.index(str(study))
    if many:
        raise ChoiceError(f"{study} is the label of {many} studies; give its place from 0")
    raise ChoiceError(
        f"study={study!r} is no study; choose one of {', '.join(labels)}.{hint(study, labels)}"
    )


def subject(gosh: Gosh) -> str:
    """Return what is estimated, within a sentence."""
    fit = gosh.fit
    return in_sentence(fit.effects.label if isinstance(fit, PooledFit) else fit.label)


def varying(gosh: Gosh) -> bool:
    """Return whether tau² was estimated."""
    return isinstance(gosh.fit, PooledFit) and bool(gosh.fit.tau2_method)


def i2_source(gosh: Gosh) -> str:
    """Return where I² comes from: "Q" or "tau²"."""
    fit = gosh.fit
    from_q = not isinstance(fit, PooledFit) or not fit.tau2_method or fit.i2_first == FROM_Q
    return "Q" if from_q else "tau²"


def gosh_title(gosh: Gosh) -> str:
    """Return what was refitted, in one line."""
    which = "all" if gosh.every else "random"
    name = subject(gosh)
    return f"GOSH: {name}, {which} {len(gosh):,} subsets of {len(gosh.study)} studies"


PLACES = (("least", 0.0), ("5%", 0.05), ("25%", 0.25), ("median", 0.5), ("75%", 0.75),
          ("95%", 0.95), ("most", 1.0))  # fmt: skip


def _rows(gosh: Gosh) -> list[list[str]]:
    """Return the quantiles of what the subsets say, and the fit's own numbers."""
    head = ["", *(name for name, _ in PLACES), "all studies"]
    columns = [("estimate", read_on(gosh.scale, gosh.value)), ("I² %", gosh.i2)]
    if varying(gosh):
        columns.append(("tau²", gosh.tau2))
    own = (gosh.fit.estimate.read().value, _own_i2(gosh), gosh.fit.tau2 or 0.0)
    rows = [head]
    for (name, values), whole in zip(columns, own, strict=False):
        ends = _quantiles(values, [at for _, at in PLACES])
        if name == "I² %":
            texts = tuple(fixed(each, 0) for each in (*ends, whole))
        else:
            texts = printed(*ends, whole, ratio=name == "estimate" and gosh.scale.is_log)
        rows.append([name, *texts])
    return rows


def _quantiles(values: Floats, shares: Sequence[float]) -> list[float]:
    """Return quantiles of the numbers that are defined; NaN where none is."""
    known = values[~np.isnan(values)]
    if not len(known):
        return [float("nan")] * len(shares)
    with np.errstate(invalid="ignore"):
        found = np.quantile(known, shares)
    # Between two infinite values, or on the last finite one, interpolation has no value.
    found = np.where(np.isnan(found), np.quantile(known, shares, method="higher"), found)
    return [float(each) for each in found]


def _own_i2(gosh: Gosh) -> float:
    het = gosh.fit.heterogeneity
    return float(het.i2_q if i2_source(gosh) == "Q" else het.i2)


def _notes(gosh: Gosh) -> list[str]:
    told = split_words(gosh.splits(), beside=_ends(gosh))
    return [*(f"{each}." for each in told), *(f"note: {remark}" for remark in gosh.remarks)]


def _ends(gosh: Gosh) -> list[float]:
    """Return least, 5%, 95% and largest estimate, and that of all studies; reading scale."""
    ends = _quantiles(read_on(gosh.scale, gosh.value), (0.0, 0.05, 0.95, 1.0))
    return [*ends, gosh.fit.estimate.read().value]


def _results(gosh: Gosh) -> list[str]:
    mark = marks([GOSH_DOI])[GOSH_DOI]
    read = read_on(gosh.scale, gosh.value)
    which = "all" if gosh.every else "a random"
    if np.isnan(read).all():
        return [f"No subset of the studies has an estimate{mark}"]
    low, first, last, high, own = printed(*_ends(gosh), ratio=gosh.scale.is_log)
    told = [
        f"The pool was refitted to {which} {len(gosh):,} subsets of its {len(gosh.study)} studies"
        f"{mark}: the {subject(gosh)} ranged from {low} to {high}, in nine of ten subsets from "
        f"{first} to {last}; with all studies it was {own}"
    ]
    i2 = gosh.i2[gosh.defined]
    if len(i2):
        a, b, c = (fixed(each, 0) for each in np.quantile(i2, (0.05, 0.5, 0.95)).tolist())
        told.append(
            f"I² (from {i2_source(gosh)}) was {b}% in the median subset of two studies or more, "
            f"and in nine of ten from {a}% to {c}%"
        )
    return told


def check_number(subsets: object) -> None:
    """Raise ``InputError`` if this is no number of subsets."""
    if isinstance(subsets, bool) or not isinstance(subsets, Integral) or int(subsets) < 1:
        raise InputError(f"subsets={subsets!r} must be a whole number >= 1, e.g. subsets=100_000")
