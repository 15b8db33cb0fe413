"""Components as columns of a design, and what the comparisons of a network can tell of them.

Studies see differences between their arms alone. The differences within the connected parts of a
network, as rows of 0, 1 and -1 in the components, hold whatever can be known: a sum of components
is known if and only if it is a sum of those rows.

n treatments, c components and interactions, r of their combinations known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers, frozen
from metaan.core.errors import ChoiceError, InputError
from metaan.core.lookup import hint
from metaan.core.network_layout import Layout
from metaan.core.numbers import listed
from metaan.networks.components.component_names import split_name

# Told from 0: singular values of a matrix of 0, 1 and -1 relative to the largest, and what lies
# outside the known sums. Rounding leaves 1e-14; what is not 0 is above 1e-4 in networks of 100.
ZERO = 1e-9
DIFFERENCES = (
    "only differences between {names} are known: every comparison trades one for another; if one "
    "of them has no effect, name it with inactive="
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ComponentDesign:
    """Which treatment has which components and interactions.

    Attributes
    ----------
    treatments : tuple of str, length n
        In alphabetic order.
    parts : mapping of str to tuple of str
        Components of each treatment, the inactive one included.
    components : tuple of str
        Active components, in alphabetic order.
    interactions : mapping of str to tuple of str
        Components of each interaction.
    inactive : str or None
        The component without effect.
    separator : str
        What joins components in a name.
    matrix : ndarray, shape (n, c)
        1 where a treatment has a component, or all components of an interaction.
    basis : ndarray, shape (c, r)
        Orthonormal; spans the combinations of components that can be known.
    null : ndarray, shape (c, c - r)
        Orthonormal; spans the others.
    differences : ndarray, shape (n - parts of the network, c)
        What the comparisons are made of.
    """

    treatments: tuple[str, ...]
    parts: Mapping[str, tuple[str, ...]]
    components: tuple[str, ...]
    interactions: Mapping[str, tuple[str, ...]]
    inactive: str | None
    separator: str
    matrix: Floats
    basis: Floats
    null: Floats
    differences: Floats

    @property
    def names(self) -> tuple[str, ...]:
        """Components, then interactions: the columns of the matrix, length c."""
        return (*self.components, *self.interactions)

    @property
    def identified(self) -> Booleans:
        """Which of them the comparisons tell, shape (c,)."""
        return np.asarray(np.abs(self.null).max(axis=1, initial=0.0) < ZERO)

    def known(self, rows: Floats) -> Booleans:
        """Return which combinations of the columns, shape (..., c), can be known."""
        outside = np.abs(rows @ self.null).max(axis=-1, initial=0.0)
        return np.asarray(outside < ZERO * (1 + np.abs(rows).sum(axis=-1)))

    def comparable(self) -> Booleans:
        """Return which treatments can be compared, shape (n, n)."""
        return self.known(self.matrix[:, None, :] - self.matrix[None, :, :])

    def row(self, combination: str | Sequence[str], *, argument: str = "combination") -> Floats:
        """Return which columns a treatment or a combination of components has, shape (c,).

        Raises
        ------
        ChoiceError
            If a component is unknown; the nearest is offered.
        """
        if isinstance(combination, str):
            own = self.parts.get(combination)
            combination = split_name(combination, self.separator) if own is None else own
        known = {*self.components, *([] if self.inactive is None else [self.inactive])}
        strange = [name for name in combination if name not in known]
        if strange:
            raise ChoiceError(
                f"{argument}: {strange[0]!r} is neither a component nor a treatment; choose from "
                f"{', '.join(sorted(known))}.{hint(strange[0], {*known, *self.treatments})}"
            )
        return _holds(set(combination), self.components, self.interactions)

    def unidentified(self) -> dict[str, str]:
        """Return why a component cannot be known, for each that cannot."""
        return dict(_reasons(self))

    def alike(self) -> list[tuple[str, ...]]:
        """Return treatments that have the same active components."""
        same: dict[bytes, list[str]] = {}
        for name, row in zip(self.treatments, self.matrix, strict=True):
            same.setdefault(row.tobytes(), []).append(name)
        return [tuple(names) for names in same.values() if len(names) > 1]


def design_components(
    layout: Layout,
    parts: Mapping[str, tuple[str, ...]],
    interactions: Mapping[str, tuple[str, ...]],
    *,
    inactive: str | None,
    separator: str,
) -> ComponentDesign:
    """Return the design of the components of a network.

    Raises
    ------
    InputError
        If no comparison tells anything of any component.
    """
    everything = sorted({part for names in parts.values() for part in names})
    components = tuple(name for name in everything if name != inactive)
    matrix = np.array(
        [_holds(set(parts[name]), components, interactions) for name in layout.treatments]
    ).reshape(len(layout.treatments), -1)
    differences = np.concatenate(
        [matrix[members[1:]] - matrix[members[0]] for members in layout.parts()]
    )
    # at least as many rows as columns, so that the null space comes with the rest
    padded = np.concatenate([differences, np.zeros((matrix.shape[1], matrix.shape[1]))])
    _, size, turned = np.linalg.svd(padded, full_matrices=False)
    rank = int(np.count_nonzero(size > ZERO * max(1.0, float(size.max(initial=0.0)))))
    if rank == 0:
        raise InputError(
            "no study compares treatments with different active components, so that nothing can "
            f"be known of {listed(components) if components else 'any'}; check separator=, "
            "components= and inactive="
        )
    return ComponentDesign(
        treatments=layout.treatments,
        parts=parts,
        components=components,
        interactions=interactions,
        inactive=inactive,
        separator=separator,
        matrix=frozen(matrix),
        basis=frozen(turned[:rank].T),
        null=frozen(turned[rank:].T),
        differences=frozen(differences),
    )


def groups_of(comparable: Booleans) -> Integers:
    """Return the group of each treatment, shape (n,): comparable ones are of one group.

    Groups are numbered by their first treatment.
    """
    return np.asarray(np.unique(np.argmax(comparable, axis=1), return_inverse=True)[1])


def _holds(
    parts: set[str], components: Sequence[str], interactions: Mapping[str, tuple[str, ...]]
) -> Floats:
    own = [name in parts for name in components]
    return np.array([*own, *(parts.issuperset(names) for names in interactions.values())], float)


def _reasons(design: ComponentDesign) -> Iterator[tuple[str, str]]:
    """Return each column that is not known with the reason.

    Columns that share a direction of the null space depend on each other; the finest partition
    without such ties is that of its projection matrix.
    """
    names = design.names
    projection = design.null @ design.null.T
    for block in _blocks(np.abs(projection) > ZERO, np.flatnonzero(~design.identified).tolist()):
        members = [names[i] for i in block]
        columns, own = design.differences[:, block], projection[np.ix_(block, block)]
        told = listed(members)
        if len(block) == 1:  # its column is 0
            reason = f"no study compares arms with and without {told}"
        elif (columns == columns[:, :1]).all():
            reason = f"{told} go together in every comparison: only their sum is known"
        elif np.ptp(own) < ZERO:  # all of them by the same amount is what cannot be seen
            reason = DIFFERENCES.format(names=told)
        else:
            reason = f"of {told} only some sums and differences are known"
            pairs = [
                f"{names[i]} and {names[j]}"
                for i, j in combinations(block, 2)
                if (design.differences[:, i] == design.differences[:, j]).all()
            ]
            if pairs:
                reason += f" ({listed(pairs)} always go together)"
        yield from ((name, reason) for name in members)


def _blocks(tied: Booleans, rest: list[int]) -> list[list[int]]:
    """Return the columns that are not known in blocks that are tied to each other."""
    blocks = []
    while rest:
        block: list[int] = []
        grown = rest[:1]
        while grown != block:
            block = grown
            grown = np.flatnonzero(tied[block].any(axis=0)).tolist()
        blocks.append(block)
        rest = [i for i in rest if i not in block]
    return blocks
