"""Designs: studies that compare the same set of treatments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from metaan.core.arrays import Integers
from metaan.core.network_layout import Arms

# Joins the treatments of a design or of a comparison; the first that no treatment's name holds.
JOINTS = (":", " : ", " vs ", " | ", " :: ")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Designs:
    """The sets of treatments that were compared, d of them.

    Attributes
    ----------
    names : tuple of str, length d
        Treatments of each design in alphabetic order, joined by ":" ("a:b:c"); designs in the
        order of these treatments.
    treatments : tuple of ndarray of int, length d
        Numbers of the treatments of each design.
    of_study : ndarray of int, shape (k,)
        Design of each study.
    studies : ndarray of int, shape (d,)
        Number of studies of each design.
    """

    names: tuple[str, ...]
    treatments: tuple[Integers, ...]
    of_study: Integers
    studies: Integers

    def __len__(self) -> int:
        """Return the number of designs."""
        return len(self.names)

    @property
    def arms(self) -> Integers:
        """Treatments of each design, shape (d,)."""
        return np.array([len(each) for each in self.treatments], dtype=np.int64)


def joint_of(treatments: Sequence[str]) -> str:
    """Return what joins names of these treatments without ambiguity.

    Examples
    --------
    >>> joint_of(["a", "b"]), joint_of(["dose 1:2", "b"])
    (':', ' : ')
    """
    return next((j for j in JOINTS if not any(j in name for name in treatments)), JOINTS[-1])


def designs_of(layout: Arms) -> Designs:
    """Return the designs of the studies of a network."""
    arms, ends = layout.arm_treatment.tolist(), layout.start.tolist()
    sets = [tuple(arms[low:high]) for low, high in pairwise(ends)]
    ordered = sorted(set(sets))
    joint = joint_of(layout.treatments)
    number = {each: i for i, each in enumerate(ordered)}
    of_study = np.array([number[each] for each in sets], dtype=np.int64)
    return Designs(
        names=tuple(joint.join(layout.treatments[i] for i in each) for each in ordered),
        treatments=tuple(np.array(each, dtype=np.int64) for each in ordered),
        of_study=of_study,
        studies=np.bincount(of_study, minlength=len(ordered)),
    )
