"""PREDICTIONS: where the true effect of a new study is expected to lie.

``m ± q sqrt(tau² + se²)`` with se the standard error of the mean m and q a quantile of t. A row
says whose standard error that is and which degrees of freedom q has. In the words of the R
package meta (``method.predict``), with the inference of the fit in brackets: V is K1 (WALD), HTS
is HTS (WALD), S is NORMAL (WALD), HK is HK, HK-PR is HK_PR; its KR and KR-PR are KR and KR_PR with
other degrees of freedom (see ``kenward_roger``). In those of metafor (``predtype``): default is
NORMAL, simple is TAU_ONLY, riley is HTS, t is K1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Floats
from metaan.numerics.tails import t_quantile
from metaan.tau2.table import Tau2Estimator
from metaan.univariate.inference import HKSJ, INFERENCES, KR, check_inference
from metaan.univariate.weighing import Weighted

FEWEST_STUDIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """A row of ``PREDICTIONS``.

    Attributes
    ----------
    key, name : str
        Key and full name.
    studies_less : float
        Degrees of freedom are k minus this (k - p + 1 minus this with p coefficients); ``-inf``
        stands for the normal distribution.
    with_error : bool
        Whether the uncertainty of the mean is part of the interval.
    doi : str
        Where it was published; empty for a textbook interval.
    inference : str
        Key of the row of ``INFERENCES`` whose standard error is taken, and whose degrees of
        freedom stand for k - 1; empty for the fit's own standard error.
    """

    key: str
    name: str
    studies_less: float
    with_error: bool
    doi: str
    inference: str = ""


class Error(NamedTuple):
    """What a row takes from the data.

    Attributes
    ----------
    se : ndarray
        Standard error of the mean.
    studies : ndarray
        What stands for the number of studies: degrees of freedom and 1 more; NaN where there is
        no interval.
    """

    se: Floats
    studies: Floats


PARTLETT_RILEY = "10.1002/sim.7140"

_ROWS = (
    Prediction(key="K1", name="t(k - 1)", studies_less=1, with_error=True, doi=PARTLETT_RILEY),
    Prediction(
        key="HTS",
        name="Higgins-Thompson-Spiegelhalter, t(k - 2)",
        studies_less=2,
        with_error=True,
        doi="10.1111/j.1467-985X.2008.00552.x",
    ),
    Prediction(key="NORMAL", name="normal", studies_less=-np.inf, with_error=True, doi=""),
    Prediction(
        key="TAU_ONLY",
        name="normal, mean taken as known",
        studies_less=-np.inf,
        with_error=False,
        doi="",
    ),
    Prediction(
        key="HK",
        name="Hartung-Knapp standard error, t(k - 1)",
        studies_less=1,
        with_error=True,
        doi=PARTLETT_RILEY,
        inference=HKSJ,
    ),
    Prediction(
        key="HK_PR",
        name="Hartung-Knapp standard error, t(k - 2)",
        studies_less=2,
        with_error=True,
        doi=PARTLETT_RILEY,
        inference=HKSJ,
    ),
    Prediction(
        key="KR",
        name="Kenward-Roger standard error and degrees of freedom",
        studies_less=1,
        with_error=True,
        doi=PARTLETT_RILEY,
        inference=KR,
    ),
    Prediction(
        key="KR_PR",
        name="Kenward-Roger standard error, its degrees of freedom less 1",
        studies_less=2,
        with_error=True,
        doi=PARTLETT_RILEY,
        inference=KR,
    ),
)

PREDICTIONS: Mapping[str, Prediction] = MappingProxyType({row.key: row for row in _ROWS})
DEFAULT_PREDICTION = _ROWS[0].key


def half_width(row: Prediction, tau2: Floats, se: Floats, count: Floats, level: float) -> Floats:
    """Return half the width of the prediction interval, shape (...); NaN below three studies.

    Parameters
    ----------
    row : Prediction
        Row of ``PREDICTIONS``.
    tau2 : ndarray, shape (...)
        Between-study variance.
    se, count : ndarray, shape (...)
        As `error_of` gives them; for rows without an inference of their own, the standard error
        of the mean under the inference of the fit and the number of studies.
    level : float
        Coverage.
    """
    quantile = t_quantile(level, count - row.studies_less)
    width = quantile * np.sqrt(tau2 + (se * se if row.with_error else np.zeros_like(se)))
    # a count of the row's own has NaN there already, and may be small: its degrees of freedom are
    # no whole numbers
    if row.inference or np.count_nonzero(count < FEWEST_STUDIES) == 0:
        return np.asarray(width)
    return np.where(count >= FEWEST_STUDIES, width, np.nan)


def error_of(
    row: Prediction, weighted: Weighted, se: Floats, combinations: Floats | None = None
) -> Error:
    """Return whose standard error a row takes, and what stands for its number of studies.

    Parameters
    ----------
    row : Prediction
        Row of ``PREDICTIONS``.
    weighted : Weighted
        The coefficients and tau².
    se : ndarray, shape (n,), or (n, m) with ``combinations``
        Standard error of the mean under the inference of the fit.
    combinations : ndarray, shape (m, p), optional
        Rows of a design: the means are these combinations of the coefficients.

    Returns
    -------
    Error
        Shapes of ``se``, or that broadcast with it. With p coefficients k - p + 1 stands for the
        number of studies, which must be 3 or more.
    """
    count = weighted.studies.count
    if combinations is not None:
        count = (weighted.freedom + 1)[:, None]
    if not row.inference:
        return Error(se, count)
    inference = INFERENCES[row.inference]
    inferred = inference.function(weighted, 0.95)  # the level has no say in what is taken
    if combinations is None:
        se, own = inferred.se[:, 0], inferred.df[:, 0]
    else:
        variance = np.einsum("mp,npq,mq->nm", combinations, inferred.covariance, combinations)
        degrees = inference.degrees
        se = np.sqrt(variance)
        own = inferred.df[:, :1] if degrees is None else degrees(weighted, combinations)
    return Error(se, np.where(count >= FEWEST_STUDIES, own + 1, np.nan))


def check_prediction(
    row: Prediction,
    estimator: Tau2Estimator | float | None,
    *,
    design: bool = False,
    own_weights: bool = False,
) -> None:
    """Raise ``InputError`` if the row's own inference cannot be had with this estimator of tau².

    Parameters as in ``misfit``. A common effect has no prediction interval, whatever the row.
    """
    if row.inference and estimator is not None:
        check_inference(
            INFERENCES[row.inference],
            estimator,
            argument="prediction",
            key=row.key,
            design=design,
            own_weights=own_weights,
        )
