"""What a network looks like before anything is combined: size, shape, parts, participants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from metaan.core.arrays import Column, Floats, Integers, frozen
from metaan.core.network_effects import NetworkEffects
from metaan.core.numbers import compact, counted, listed
from metaan.core.text_table import aligned
from metaan.core.wording import grid
from metaan.networks.combining.designs import designs_of
from metaan.networks.combining.pairs import labels_of, summed
from metaan.networks.flow.hat_matrix import COMPARISON

if TYPE_CHECKING:
    import pandas as pd

LEFT_OUT, PARTICIPANTS, UNKNOWN = "studies left out", "participants", "arms of unknown size"
SIZES = ("n1", "n2")  # columns of the contrasts that hold the participants of the two arms
MANY = 2  # comparisons that make a treatment a common comparator; studies that make one strong


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TreatmentCounts:
    """The n treatments of a network.

    Attributes
    ----------
    treatments : tuple of str, length n
        Names, in alphabetic order.
    studies, compared : ndarray of int, shape (n,)
        Studies with an arm of it; other treatments it was compared with directly.
    participants : ndarray, shape (n,)
        Participants of its arms as far as they are known; NaN if none is.
    """

    treatments: tuple[str, ...]
    studies: Integers
    compared: Integers
    participants: Floats

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        _freeze(self.studies, self.compared, self.participants)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per treatment: treatment, studies, compared, participants."""
        import pandas as pd

        return pd.DataFrame(
            {
                "treatment": self.treatments,
                "studies": self.studies,
                "compared": self.compared,
                "participants": self.participants,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ComparisonCounts:
    """The d comparisons with direct evidence.

    Attributes
    ----------
    comparisons : tuple of str, length d
        "a:b".
    first, second : ndarray of int, shape (d,)
        Numbers of the two treatments.
    studies : ndarray of int, shape (d,)
        Studies that compare the two.
    participants : ndarray, shape (d,)
        Participants of the two arms of these studies as far as they are known; NaN if none is.
    """

    comparisons: tuple[str, ...]
    first: Integers
    second: Integers
    studies: Integers
    participants: Floats

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        _freeze(self.first, self.second, self.studies, self.participants)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per comparison: comparison, studies, participants."""
        import pandas as pd

        return pd.DataFrame(
            {
                COMPARISON: self.comparisons,
                "studies": self.studies,
                "participants": self.participants,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkCharacteristics:
    """Size and shape of a network of k studies and n treatments.

    Attributes
    ----------
    by_treatment : TreatmentCounts
        Studies and participants of each treatment.
    by_comparison : ComparisonCounts
        Studies and participants of each comparison with direct evidence, d of them.
    parts : tuple of tuple of str
        Treatments of each connected part, the part with most studies first.
    studies, multi_arm, arms, contrasts, left_out : int
        Studies; those with more than two arms; arms; contrasts between arms of a study; studies
        that did not enter.
    designs : int
        Sets of treatments that were compared in a study.
    participants : float
        Of all arms whose size is known; NaN if none is.
    arms_unknown : int
        Arms whose size is not known.
    distances : ndarray, shape (n, n)
        Fewest comparisons between two treatments; infinite between parts.
    """

    by_treatment: TreatmentCounts
    by_comparison: ComparisonCounts
    parts: tuple[tuple[str, ...], ...]
    studies: int
    multi_arm: int
    arms: int
    contrasts: int
    left_out: int
    designs: int
    participants: float
    arms_unknown: int
    distances: Floats

    def __post_init__(self) -> None:
        """Freeze the array."""
        object.__setattr__(self, "distances", frozen(self.distances))

    @property
    def treatments(self) -> int:
        """Number of treatments."""
        return len(self.by_treatment.treatments)

    @property
    def comparisons(self) -> int:
        """Number of comparisons with direct evidence."""
        return len(self.by_comparison.comparisons)

    @property
    def possible(self) -> int:
        """Number of comparisons of two treatments."""
        return self.treatments * (self.treatments - 1) // 2

    @property
    def connected(self) -> bool:
        """Whether a path of studies connects every two treatments."""
        return len(self.parts) == 1

    @property
    def loops(self) -> int:
        """Number of independent closed loops of comparisons, those inside a study among them."""
        return self.comparisons - self.treatments + len(self.parts)

    @property
    def density(self) -> float:
        """Comparisons with direct evidence as a share of the possible ones."""
        return self.comparisons / self.possible if self.possible else float("nan")

    @property
    def median_thickness(self) -> float:
        """Median number of studies of the comparisons with direct evidence."""
        studies = self.by_comparison.studies
        return float(np.median(studies)) if len(studies) else float("nan")

    @property
    def strong(self) -> float:
        """Share of the comparisons with direct evidence that have two or more studies."""
        studies = self.by_comparison.studies
        return float(np.mean(studies >= MANY)) if len(studies) else float("nan")

    @property
    def common_comparators(self) -> tuple[str, ...]:
        """Treatments that were compared directly with two or more others."""
        return self._treatments_where(self.by_treatment.compared >= MANY)

    @property
    def in_one_study(self) -> tuple[str, ...]:
        """Treatments that only one study has."""
        return self._treatments_where(self.by_treatment.studies == 1)

    @property
    def longest_distance(self) -> float:
        """Fewest comparisons between the two treatments farthest apart, within a part."""
        inside = self.distances[np.isfinite(self.distances)]
        return float(inside.max()) if len(inside) else float("nan")

    def _treatments_where(self, these: Any) -> tuple[str, ...]:
        names = self.by_treatment.treatments
        return tuple(names[i] for i in np.flatnonzero(these).tolist())

    def to_frame(self) -> pd.DataFrame:
        """Return one row per fact: characteristic, value."""
        import pandas as pd

        return pd.DataFrame(_facts(self), columns=["characteristic", "value"])

    def __str__(self) -> str:
        """Return the facts as a table, then the parts of a network that is not connected."""
        lines = [*aligned(_rows(self)), *_notes(self)]
        return "\n".join([_title(self), *(f"  {line}" for line in lines)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(_title(self), [["characteristic", "value"], *_rows(self)], _notes(self))


def network_characteristics(effects: NetworkEffects) -> NetworkCharacteristics:
    """Return the size and shape of a network, connected or not.

    Parameters
    ----------
    effects : NetworkEffects
        Contrasts; participants are read from its columns ``n1`` and ``n2``.

    Returns
    -------
    NetworkCharacteristics
        Numbers of studies, treatments, comparisons, designs; parts; density; thickness.

    Notes
    -----
    Density, the median thickness and the shares of strong edges and of common comparators are
    what Tonin and others propose to report of every network [1]_. Where contrasts of a study
    give one arm different sizes (a control group that was divided), the largest is taken.

    References
    ----------
    .. [1] Tonin FS, Borba HH, Mendes AM, Wiens A, Fernandez-Llimos F, Pontarolo R (2019).
       Description of network meta-analysis geometry: a metrics design study. PLoS One
       14:e0212650. doi:10.1371/journal.pone.0212650

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.networks.flow.characteristics import network_characteristics
    >>> effects = ma.NetworkEffects.from_arrays(
    ...     [-0.5, -0.3, 0.1], se=[0.2, 0.25, 0.3], study=["Ann", "Bo", "Cy"],
    ...     treat1=["true", "sham", "a"], treat2=["sham", "usual", "b"])
    >>> found = network_characteristics(effects)
    >>> found.connected, found.parts
    (False, (('sham', 'true', 'usual'), ('a', 'b')))
    """
    layout = effects.layout
    n, sizes = len(effects.treatments), _arm_sizes(effects)
    treat = layout.arm_treatment
    one, other = treat[layout.arm1], treat[layout.arm2]
    pair = sizes[layout.arm1] + sizes[layout.arm2]
    known = np.isfinite(pair)
    studies = summed(one, other, np.ones(len(one)), n).astype(np.int64)
    people = summed(one[known], other[known], pair[known], n)
    people[summed(one[known], other[known], np.ones(int(known.sum())), n) == 0] = np.nan
    first, second = (side.astype(np.int64) for side in np.nonzero(np.triu(studies)))
    return NetworkCharacteristics(
        by_treatment=_by_treatment(effects, sizes, studies),
        by_comparison=ComparisonCounts(
            comparisons=labels_of(effects.treatments, first, second),
            first=first,
            second=second,
            studies=studies[first, second],
            participants=people[first, second],
        ),
        parts=tuple(tuple(effects.treatments[i] for i in part.tolist()) for part in layout.parts())
        if effects.k
        else (),
        studies=effects.k,
        multi_arm=int((layout.arms > 2).sum()),
        arms=len(treat),
        contrasts=len(effects.y),
        left_out=effects.k_left_out,
        designs=len(designs_of(layout)),
        participants=_total(sizes),
        arms_unknown=int(np.isnan(sizes).sum()),
        distances=_distances(studies > 0),
    )


def _freeze(*arrays: npt.NDArray[Any]) -> None:
    for each in arrays:
        each.flags.writeable = False


def _by_treatment(effects: NetworkEffects, sizes: Floats, studies: Integers) -> TreatmentCounts:
    treat, n = effects.layout.arm_treatment, len(effects.treatments)
    known = np.isfinite(sizes)
    people = np.bincount(treat[known], weights=sizes[known], minlength=n).astype(np.float64)
    people[np.bincount(treat[known], minlength=n) == 0] = np.nan
    return TreatmentCounts(
        treatments=effects.treatments,
        studies=np.bincount(treat, minlength=n),
        compared=(studies > 0).sum(axis=1),
        participants=people,
    )


def _arm_sizes(effects: NetworkEffects) -> Floats:
    """Return the participants of each arm, shape (arms,); NaN where they are not known."""
    layout = effects.layout
    found = np.full(len(layout.arm_treatment), np.nan)
    for name, arms in zip(SIZES, (layout.arm1, layout.arm2), strict=True):
        if name in effects.columns:
            np.fmax.at(found, arms, _numbers(effects.columns[name]))
    return found


def _numbers(values: Column | Any) -> Floats:
    """Return a column as numbers, NaN where a value is missing."""
    return np.array([np.nan if each is None else float(each) for each in values])


def _total(sizes: Floats) -> float:
    known = sizes[np.isfinite(sizes)]
    return float(known.sum()) if len(known) else float("nan")


def _distances(direct: Any) -> Floats:
    """Return the fewest comparisons between two treatments, shape (n, n)."""
    n = len(direct)
    found = np.where(np.eye(n, dtype=bool), 0.0, np.inf)
    edges = direct.astype(np.float64)
    for steps in range(1, n):
        near = (found == steps - 1).astype(np.float64)
        new = (near @ edges > 0) & np.isinf(found)
        if not new.any():
            break
        found[new] = steps
    return found


def _title(found: NetworkCharacteristics) -> str:
    shape = "connected" if found.connected else f"in {counted(len(found.parts), 'part')}"
    return (
        f"Network of {counted(found.treatments, 'treatment')} in "
        f"{counted(found.studies, 'study', 'studies')}, {shape}"
    )


def _facts(found: NetworkCharacteristics) -> list[tuple[str, Any]]:
    return [
        ("studies", found.studies),
        (LEFT_OUT, found.left_out),
        ("studies with more than two arms", found.multi_arm),
        ("treatments", found.treatments),
        ("arms", found.arms),
        ("contrasts", found.contrasts),
        (PARTICIPANTS, found.participants),
        (UNKNOWN, found.arms_unknown),
        ("designs", found.designs),
        ("possible comparisons", found.possible),
        ("comparisons with direct evidence", found.comparisons),
        ("density", found.density),
        ("median studies of a comparison", found.median_thickness),
        ("share of comparisons with two or more studies", found.strong),
        ("independent closed loops", found.loops),
        ("longest distance in comparisons", found.longest_distance),
        ("connected parts", len(found.parts)),
        ("treatments compared with two or more others", len(found.common_comparators)),
        ("treatments in one study only", len(found.in_one_study)),
    ]


def _rows(found: NetworkCharacteristics) -> list[list[str]]:
    # facts that say nothing are left out: no study lost, no sizes given
    skip = {
        LEFT_OUT: not found.left_out,
        PARTICIPANTS: found.arms_unknown == found.arms,
        UNKNOWN: found.arms_unknown in (0, found.arms),
    }
    return [[name, _text(value)] for name, value in _facts(found) if not skip.get(name)]


def _notes(found: NetworkCharacteristics) -> list[str]:
    told = []
    if len(found.parts) > 1:
        told += [f"part {i}: {listed(part)}" for i, part in enumerate(found.parts, start=1)]
    if found.in_one_study:
        told.append(f"in one study only: {listed(found.in_one_study)}")
    return told


def _text(value: float) -> str:
    return f"{value:.0f}" if float(value).is_integer() else compact(value)
