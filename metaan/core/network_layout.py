"""Arms of the studies of a network, found from the contrasts between them or from their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from metaan.core.arrays import Integers


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arms:
    """Who was compared with whom, as numbers.

    k studies have a arms; n treatments.

    Attributes
    ----------
    studies, treatments : tuple of str, lengths k, n
        Studies in the order of their first mention; treatments in alphabetic order.
    arm_study, arm_treatment : ndarray of int, shape (a,)
        Study and treatment of each arm: study by study, within it in alphabetic order.
    start : ndarray of int, shape (k + 1,)
        Where the arms of each study begin, and the end.
    """

    studies: tuple[str, ...]
    treatments: tuple[str, ...]
    arm_study: Integers
    arm_treatment: Integers
    start: Integers

    @property
    def arms(self) -> Integers:
        """Arms of each study, shape (k,)."""
        return np.diff(self.start)

    def arms_of(self, study: int) -> list[str]:
        """Return the treatments of one study."""
        chosen = self.arm_treatment[self.start[study] : self.start[study + 1]].tolist()
        return [self.treatments[i] for i in chosen]

    def parts(self) -> list[Integers]:
        """Return the treatments of each connected part, the part with most studies first."""
        return connected_parts(self)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layout(Arms):
    """Arms, and the m contrasts between them.

    Attributes
    ----------
    study : ndarray of int, shape (m,)
        Study of each contrast.
    arm1, arm2 : ndarray of int, shape (m,)
        The two arms of each contrast; equal where a study compares a treatment with itself.
    """

    study: Integers
    arm1: Integers
    arm2: Integers


def lay_out(study: Sequence[str], treat1: Sequence[str], treat2: Sequence[str]) -> Layout:
    """Return the arms behind m contrasts, whatever their order."""
    studies = tuple(dict.fromkeys(study))
    treatments = tuple(sorted({*treat1, *treat2}))
    study_number = {name: i for i, name in enumerate(studies)}
    number = {name: i for i, name in enumerate(treatments)}
    m, n = len(study), max(len(treatments), 1)
    of_study = np.fromiter((study_number[name] for name in study), dtype=np.int64, count=m)
    first = np.fromiter((number[name] for name in treat1), dtype=np.int64, count=m)
    second = np.fromiter((number[name] for name in treat2), dtype=np.int64, count=m)
    keys, places = np.unique(
        np.concatenate([of_study * n + first, of_study * n + second]), return_inverse=True
    )
    arm_study, arm_treatment = keys // n, keys % n
    return Layout(
        studies=studies,
        treatments=treatments,
        study=of_study,
        arm_study=arm_study,
        arm_treatment=arm_treatment,
        start=np.searchsorted(arm_study, np.arange(len(studies) + 1)),
        arm1=places[:m].astype(np.int64),
        arm2=places[m:].astype(np.int64),
    )


def lay_out_arms(study: Sequence[str], treatment: Sequence[str]) -> tuple[Arms, Integers]:
    """Return a arms as numbers, and where each of them stands among those given, shape (a,).

    No study may have a treatment twice.
    """
    studies, treatments = tuple(dict.fromkeys(study)), tuple(sorted(set(treatment)))
    study_number = {name: i for i, name in enumerate(studies)}
    number = {name: i for i, name in enumerate(treatments)}
    a = len(study)
    of_study = np.fromiter((study_number[name] for name in study), dtype=np.int64, count=a)
    which = np.fromiter((number[name] for name in treatment), dtype=np.int64, count=a)
    order = np.lexsort((which, of_study))
    arms = Arms(
        studies=studies,
        treatments=treatments,
        arm_study=of_study[order],
        arm_treatment=which[order],
        start=np.searchsorted(of_study[order], np.arange(len(studies) + 1)),
    )
    return arms, order


def connected_parts(layout: Arms) -> list[Integers]:
    """Return the treatments of each connected part, shape (n_i,); most studies first."""
    head = list(range(len(layout.treatments)))

    def root(i: int) -> int:
        while head[i] != i:
            head[i] = head[head[i]]
            i = head[i]
        return i

    arms = layout.arm_treatment.tolist()
    for low, high in pairwise(layout.start.tolist()):
        for arm in arms[low + 1 : high]:
            one, other = sorted((root(arms[low]), root(arm)))
            head[other] = one
    roots = np.array([root(i) for i in range(len(head))], dtype=np.int64)
    of_study = roots[layout.arm_treatment[layout.start[:-1]]]
    heads, counts = np.unique(of_study, return_counts=True)
    order = np.lexsort((heads, -counts))
    return [np.flatnonzero(roots == heads[i]) for i in order.tolist()]
