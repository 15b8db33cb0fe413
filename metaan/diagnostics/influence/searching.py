"""tau² by (restricted) likelihood without each study in turn: one grid serves all of them.

The search of `tau2.likelihood` looks at the score on a grid, and the grid costs more than all
else. Here every analysis lacks one study of the same whole, so that the sums over the whole are
made once for each point of the grid, and those of an analysis are what is left when its study's
own share is taken out. The grid, its bound and the room for further maxima are the search's own;
each estimate is then solved on its own sums, nothing taken out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.tau2.curves import Curves, spread
from metaan.tau2.found import Found
from metaan.tau2.studies import Studies, make_studies
from metaan.tau2.table import Tau2Estimator

FEWEST = 5  # studies; with fewer the search has nothing to gain
DOMINATING = 0.9  # share of the weights whose taking out would cost digits
OUTLYING = 1e-4  # share of the squares that must be left, for the same reason


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Thinned(Curves):
    """Curves of n analyses that each lack one study of the same k.

    Attributes
    ----------
    whole_y, whole_v : ndarray, shape (k,)
        The studies.
    lacking : ndarray of int, shape (n,)
        Which study each analysis lacks; k for none.
    """

    whole_y: Floats
    whole_v: Floats
    lacking: Integers

    def score(self, tau2: Floats, *, restricted: bool) -> tuple[Floats, Floats]:
        """Return a and t on a grid whose columns are all the same; see `Curves.score`."""
        w = 1.0 / (self.whole_v + tau2[:, :1])
        total = np.add.reduce(w, axis=-1, keepdims=True)
        r = self.whole_y - np.vecdot(w, self.whole_y)[:, None] / total
        s = w * r
        squares = np.vecdot(s, s)[:, None]
        cross, second = np.vecdot(w, s)[:, None], np.vecdot(w, w)[:, None]
        own, own_s = self._own(w), self._own(s)
        rest = total - own
        shift = own_s / rest
        left = second - own * own
        a = squares - own_s * own_s + 2.0 * shift * (cross - own * own_s) + shift * shift * left
        heavy = np.count_nonzero(rest < (1 - DOMINATING) * total)
        if heavy or np.count_nonzero(a < OUTLYING * squares):
            return Curves.score(self, tau2, restricted=restricted)
        return a, rest - left / rest if restricted else rest

    def _own(self, values: Floats) -> Floats:
        """Return each analysis' missing study's values, 0 where none is missing."""
        k = values.shape[1]
        padded = np.zeros((len(values), k + 1))
        padded[:, :k] = values
        return padded[:, self.lacking]


def can_thin(estimator: object, studies: Studies) -> bool:
    """Return whether `thinned_tau2` serves an estimator for these studies, shape (1, k)."""
    return (
        isinstance(estimator, Tau2Estimator)
        and estimator.restricted is not None
        and studies.x is None
        and studies.y.shape[1] >= FEWEST
    )


def thinned_tau2(estimator: Tau2Estimator, y: Floats, v: Floats, lacking: Integers) -> Found:
    """Return tau² without each of these studies.

    Parameters
    ----------
    estimator : Tau2Estimator
        One that maximizes a likelihood.
    y, v : ndarray, shape (k,)
        All studies, in units near 1; k >= ``FEWEST``.
    lacking : ndarray of int, shape (n,)
        The study that each analysis lacks; k for none.
    """
    k, n = len(y), len(lacking)
    present = np.ones((n, k + 1))
    present[np.arange(n), lacking] = 0.0
    here = present[:, :k]
    whole = make_studies(y[None], v[None])
    centered = y - np.add.reduce(y / v) / np.add.reduce(1.0 / v)
    one = np.ones(n)
    studies = Studies(
        y=np.where(here > 0, y, 0.0),
        v=np.where(here > 0, v, 1.0),
        present=here,
        count=(k - 1) * one,  # of the analysis of all it is one more: its bound is only wider
    )
    widest = float(spread(whole)[0][0])  # no analysis has a larger sum of squares than the whole
    smallest, largest = float(np.minimum.reduce(v)), float(np.maximum.reduce(v))
    along = Thinned(
        y=np.repeat(centered[:, None], n, axis=1),
        v=np.where(here.T > 0, v[:, None], np.inf),
        design=None,
        smallest=smallest * one,
        largest=largest * one,
        whole_y=centered,
        whole_v=v,
        lacking=lacking,
    )
    # What the search derives from its studies is derived here from the whole, once for all.
    studies.once("curves", lambda _: along)
    studies.once("spread", lambda _: (widest * one, np.nan * one))
    studies.once("freedom", lambda _: (k - 2) * one)
    return estimator.function(studies)
