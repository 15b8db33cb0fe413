"""What every estimator of tau² is given: a batch of analyses with their design."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np

from metaan.core.arrays import Floats, Integers

Derived = TypeVar("Derived")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Studies:
    """n analyses of up to k studies each; ``make_studies`` makes them.

    Attributes
    ----------
    y, v, present : ndarray, shape (n, k)
        Effects, sampling variances (> 0), and mask: 1 present, 0 absent, where y is 0 and v is 1.
    count : ndarray, shape (n,)
        Studies present.
    x : ndarray, shape (n, k, p), or None
        Design with linearly independent columns, 0 where a study is absent; None stands for the
        intercept alone, for which every formula has a shorter form.
    weights : ndarray, shape (n, k), or None
        The user's weights (>= 0, 0 where absent), for estimators that ask for them.
    """

    y: Floats
    v: Floats
    present: Floats
    count: Floats
    x: Floats | None = None
    weights: Floats | None = None
    # What several functions derive from one batch, each once; never copied to another batch.
    derived: dict[str, Any] = field(init=False, default_factory=dict, repr=False)

    def once(self, name: str, derive: Callable[[Studies], Derived]) -> Derived:
        """Return ``derive(self)``, computed at the first call for this name."""
        if name not in self.derived:
            self.derived[name] = derive(self)
        found: Derived = self.derived[name]
        return found

    @property
    def n(self) -> int:
        """Number of analyses."""
        return len(self.y)

    @property
    def p(self) -> int:
        """Number of coefficients."""
        return 1 if self.x is None else self.x.shape[-1]

    @property
    def freedom(self) -> Floats:
        """Residual degrees of freedom, shape (n,); may be 0."""
        return self.once("freedom", _freedom)

    @property
    def enough(self) -> bool:
        """Whether every analysis has a degree of freedom left: nothing needs to be put aside."""
        return self.once("enough", _enough)

    def take(self, rows: Integers) -> Studies:
        """Return some of the analyses."""
        return replace(
            self,
            y=self.y[rows],
            v=self.v[rows],
            present=self.present[rows],
            count=self.count[rows],
            x=None if self.x is None else self.x[rows],
            weights=None if self.weights is None else self.weights[rows],
        )


def _freedom(studies: Studies) -> Floats:
    return studies.count - studies.p


def _enough(studies: Studies) -> bool:
    return bool(np.count_nonzero(studies.freedom > 0.0) == studies.n)


def make_studies(
    y: Floats,
    v: Floats,
    present: Floats | None = None,
    *,
    x: Floats | None = None,
    weights: Floats | None = None,
) -> Studies:
    """Return a batch; whatever stands in absent cells is put to y = 0, v = 1, x = 0, weight 0.

    Parameters
    ----------
    y, v : ndarray, shape (n, k)
        Effects and variances.
    present : ndarray, shape (n, k), optional
        Mask of ones and zeros; all present by default.
    x, weights : ndarray, optional
        As in `Studies`.
    """
    if present is None:
        present = np.ones_like(y)
    count = np.empty(len(y))
    count.fill(y.shape[-1])
    if np.count_nonzero(present) < present.size:
        count, here = np.add.reduce(present, axis=-1), present > 0
        y, v = np.where(here, y, 0.0), np.where(here, v, 1.0)
        x = None if x is None else np.where(here[..., None], x, 0.0)
        weights = None if weights is None else np.where(here, weights, 0.0)
    return Studies(y=y, v=v, present=present, count=count, x=x, weights=weights)
