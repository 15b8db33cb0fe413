"""Q of the studies' own effects about a mean that was found without them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.counts_fit import CountsHeterogeneity
from metaan.core.effects import Effects
from metaan.numerics.linalg import binary_scale
from metaan.numerics.tails import log_chi2_tail
from metaan.tau2.heterogeneity import i_squared_from_q


class QAbout(NamedTuple):
    """Q, its degrees of freedom and DerSimonian and Laird's tau² from it, shape (n,)."""

    q: Floats
    df: Floats
    tau2: Floats


def q_about(y: Floats, v: Floats, present: Floats, mean: Floats) -> QAbout:
    """Return Q about a mean, inverse-variance weights.

    Parameters
    ----------
    y, v, present : ndarray, shape (n, k)
        Effects, variances (> 0) and mask.
    mean : ndarray, shape (n,)
        Any pooled effect.

    Notes
    -----
    ``Q = sum (y - mean)² / v``; it is least about the inverse-variance mean. tau² is
    ``max(0, (Q - df) / (sum w - sum w² / sum w))`` with w = 1 / v, as RevMan 5 has it for the
    Mantel-Haenszel mean; 0 where there is no degree of freedom.
    """
    here = present > 0
    unit = binary_scale(v, present)
    w = np.where(here, 1 / np.where(here, v / unit / unit, 1.0), 0.0)
    q = np.add.reduce(w * np.where(here, (y - mean[:, None]) / unit, 0.0) ** 2, axis=-1)
    df = np.maximum(0.0, np.add.reduce(here, axis=-1) - 1.0)
    total = np.add.reduce(w, axis=-1)
    whole = total - np.add.reduce(w * w, axis=-1) / np.where(total > 0, total, 1.0)
    alone = df < 1
    tau2 = np.where(alone, 0.0, np.maximum(0.0, q - df) / np.where(alone, 1.0, whole))
    return QAbout(q, df, tau2 * unit[:, 0] ** 2)


def heterogeneity_of(effects: Effects | None, mean: float, about: str) -> CountsHeterogeneity:
    """Return the record for the studies' effects about a mean; NaN where there are none."""
    if effects is None or effects.k == 0:
        nan = float("nan")
        return CountsHeterogeneity(
            q=nan, df=0.0, p_value=nan, log_p_value=nan, i2=nan, h2=nan, about=about
        )
    ones = np.ones((1, effects.k))
    found = q_about(effects.y[None], effects.v[None], ones, np.array([mean]))
    q, df = float(found.q[0]), float(found.df[0])
    log_p = float(log_chi2_tail(q, df))
    return CountsHeterogeneity(
        q=q,
        df=df,
        p_value=float(np.exp(log_p)),
        log_p_value=log_p,
        i2=float(i_squared_from_q(found.q, found.df)[0]),
        h2=q / df if df > 0 else float("nan"),
        about=about,
    )
