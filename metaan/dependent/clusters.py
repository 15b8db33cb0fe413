"""Which cluster each study belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from metaan.core.arrays import Integers
from metaan.core.cells import is_missing
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.lookup import hint
from metaan.core.robust_fit import GIVEN_LABELS

LABELS = "study"  # the labels of the studies, a field of the effects beside their columns


class Clusters(NamedTuple):
    """Clusters of k studies: their name, and the number of each study's from 0 to m - 1."""

    name: str
    code: Integers

    @property
    def m(self) -> int:
        """Number of clusters."""
        return int(self.code.max()) + 1


def find_clusters(effects: Effects, cluster: str | Sequence[Any], p: int) -> Clusters:
    """Return the clusters of the studies.

    Parameters
    ----------
    effects : Effects
        The studies of a fit.
    cluster : str or sequence
        Name of a column, "study" for the labels of the studies, or one label for each study.
    p : int
        Number of coefficients; there must be more clusters.

    Raises
    ------
    InputError
        If there is no such column, a label is missing, or there are too few clusters.
    """
    name, labels = _labels(effects, cluster)
    told = "cluster (labels as given)" if name == GIVEN_LABELS else f"cluster={name!r}"
    missing = [effects.study[i] for i, label in enumerate(labels) if is_missing(label)]
    if missing:
        raise InputError(
            f"{told} is missing for {', '.join(missing)}; fill it in (a label of its own for a "
            "study that stands alone) or leave those studies out"
        )
    number = {label: i for i, label in enumerate(dict.fromkeys(labels))}
    m = len(number)
    if m == 1:
        raise InputError(
            f"{told} has the one value {labels[0]!r}: robust standard errors come from "
            "differences between clusters; name a column that groups the studies"
        )
    if m <= p:
        raise InputError(
            f"{told} has {m} values, and the model has {p} coefficients: robust "
            "standard errors need more clusters than coefficients; use fewer moderators or the "
            "model's own standard errors"
        )
    return Clusters(name, np.array([number[label] for label in labels]))


def _labels(effects: Effects, cluster: str | Sequence[Any]) -> tuple[str, list[Any]]:
    if isinstance(cluster, str):
        if cluster not in effects.columns:
            if cluster == LABELS:
                return cluster, list(effects.study)
            known = (*effects.columns, LABELS)
            raise InputError(
                f"cluster={cluster!r} is not a column of these effects; there are "
                f"{', '.join(known)}.{hint(cluster, known)}"
            )
        return cluster, list(effects.columns[cluster])
    try:
        labels = list(cluster)
        hash(tuple(labels))
    except TypeError:
        raise InputError(
            f"cluster must be the name of a column or one label for each study; got {cluster!r}"
        ) from None
    if len(labels) != effects.k:
        raise InputError(
            f"cluster must have one label for each of the {effects.k} studies of the fit; got "
            f"{len(labels)}; a column of the effects stays with its studies when some are left out"
        )
    return GIVEN_LABELS, labels
