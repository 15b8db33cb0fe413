"""The Wald test that several coefficients are 0, for a batch of analyses."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.errors import InputError
from metaan.numerics.tails import log_chi2_tail
from metaan.numerics.variance_ratio import log_f_tail

SINGULAR = 4 * float(np.finfo(float).eps)  # eigenvalue of correlations that rounding may leave


class Joint(NamedTuple):
    """A joint Wald test of n analyses; arrays of shape (n,).

    ``statistic`` is a chi-square where ``df_residual`` is inf, else an F.
    """

    statistic: Floats
    df: Floats
    df_residual: Floats
    log_p_value: Floats


def wald_test(value: Floats, covariance: Floats, df: Floats, factor: Floats) -> Joint:
    """Return the Wald test that m values are all 0.

    Parameters
    ----------
    value : ndarray, shape (n, m)
        Linear combinations of coefficients.
    covariance : ndarray, shape (n, m, m)
        Theirs.
    df : ndarray, shape (n,)
        Residual degrees of freedom; inf for the normal distribution.
    factor : ndarray, shape (n,)
        What the statistic is multiplied by to be an F; 1 unless the inference has its own.

    Returns
    -------
    Joint
        ``z' C^-1 z``, with z the values and C their correlations in units of standard errors;
        divided by m where df is finite. NaN for m = 0, and where a standard error is 0, infinite
        or unknown.

    Raises
    ------
    InputError
        If the correlations leave nothing to be told apart, which takes studies that weigh next to
        nothing beside the others.
    """
    n, m = value.shape
    if m == 0:
        empty = np.full(n, np.nan)
        return Joint(empty, np.zeros(n), empty, empty)
    se = np.sqrt(np.maximum(np.diagonal(covariance, axis1=-2, axis2=-1), 0.0))
    sound = np.asarray(((se > 0) & np.isfinite(se)).all(axis=-1))
    sound &= np.isfinite(covariance).all(axis=(-2, -1))
    size = np.where(sound[:, None], se, 1.0)
    z = np.where(sound[:, None], value / size, 0.0)
    correlation = np.where(sound[:, None, None], covariance, np.eye(m))
    correlation = correlation / size[:, :, None] / size[:, None, :]
    if (np.linalg.eigvalsh(correlation)[:, 0] < SINGULAR * m).any():
        raise InputError(
            "studies of next to no weight leave the design dependent: without them, the tested "
            "coefficients cannot be told apart; leave those studies out, or moderators"
        )
    q = np.add.reduce(z * np.linalg.solve(correlation, z[..., None])[..., 0], axis=-1)
    q = np.where(sound, q, np.nan)
    normal = np.isinf(df)
    statistic = np.where(normal, q, factor * q / m)
    tail = log_f_tail(statistic, float(m), np.where(normal, 1.0, df))
    log_p = np.where(normal, log_chi2_tail(q, float(m)), tail)
    return Joint(statistic, np.full(n, float(m)), df, log_p)
