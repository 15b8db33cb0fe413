"""INFERENCES: how the uncertainty of the coefficients is found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.errors import InputError
from metaan.numerics.tails import t_quantile
from metaan.tau2.moments import dersimonian_laird
from metaan.tau2.table import ESTIMATORS, Tau2Estimator
from metaan.univariate.henmi_copas import henmi_copas
from metaan.univariate.inferred import Inferred, Uncertainty
from metaan.univariate.kenward_roger import (
    Scaling,
    contrast_degrees,
    joint_scaling,
    kenward_roger,
)
from metaan.univariate.weighing import Weighted

Degrees = Callable[[Weighted, Floats], Floats]
JointScaling = Callable[[Weighted, Floats], Scaling]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inference:
    """A row of ``INFERENCES``.

    Attributes
    ----------
    key, short, name : str
        Key, the name in a sentence ("Hartung-Knapp intervals"), and full name.
    function : callable
        ``function(weighted, level) -> Inferred``.
    doi : str
        Where it was published; empty for the textbook interval.
    needs_restricted, needs_moment : bool
        Whether it holds for tau² by restricted maximum likelihood, or by DerSimonian and Laird's
        moments, alone; with either of them weights are the inverse variances.
    means_only : bool
        Whether it has no form for designs.
    degrees : callable or None
        ``degrees(weighted, combinations) -> ndarray``: degrees of freedom of combinations
        ``(m, p)`` of coefficients, shape (n, m); None where they are those of the coefficients.
    scaling : callable or None
        ``scaling(weighted, combinations) -> Scaling`` of their joint test; None likewise.
    """

    key: str
    short: str
    name: str
    function: Uncertainty
    doi: str
    needs_restricted: bool = False
    needs_moment: bool = False
    means_only: bool = False
    degrees: Degrees | None = None
    scaling: JointScaling | None = None


def wald(weighted: Weighted, level: float) -> Inferred:
    """Return the model-based covariance with the normal distribution."""
    return scaled(weighted, None, np.full_like(weighted.freedom, np.inf), level)


def student(weighted: Weighted, level: float) -> Inferred:
    """Return the model-based covariance with t(k - p)."""
    return scaled(weighted, None, _or_normal(weighted), level)


def hartung_knapp(weighted: Weighted, level: float) -> Inferred:
    """Return the Hartung-Knapp-Sidik-Jonkman covariance with t(k - p).

    The model-based covariance times ``sum w (y - X beta)² / (k - p)``, w = 1 / (v + tau²) and
    beta with these weights, whatever the weights of the coefficients themselves. Where no degree
    of freedom is left there is no spread: the model's own standard error and the normal
    distribution are used.
    """
    return scaled(weighted, _factor(weighted), _or_normal(weighted), level)


def hartung_knapp_floor(weighted: Weighted, level: float) -> Inferred:
    """Return the same, its factor never below 1: not narrower than the model's.

    Knapp and Hartung's ad hoc correction, "adhoc" in metafor. Hybrids that take the wider of two
    intervals instead, each with its own degrees of freedom, are not offered.
    """
    factor = np.maximum(_factor(weighted), 1.0)
    return scaled(weighted, factor, _or_normal(weighted), level)


def scaled(weighted: Weighted, factor: Floats | None, df: Floats, level: float) -> Inferred:
    """Return the model-based covariance times a factor, shape (n,), with these t limits."""
    covariance = weighted.covariance
    if factor is not None:
        covariance = covariance * factor[:, None, None]
    if covariance.shape[-1] == 1:
        se, every = np.sqrt(covariance[:, 0]), df[:, None]
    else:
        se = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
        every = np.full(se.shape, df[:, None])
    half = t_quantile(level, df)[:, None] * se
    return Inferred(weighted.beta, covariance, every, half)


def _factor(weighted: Weighted) -> Floats:
    if weighted.studies.enough:
        return np.asarray(weighted.least_spread / weighted.freedom)
    each = weighted.least_spread / np.maximum(weighted.freedom, 1.0)
    return np.where(weighted.freedom < 1.0, 1.0, each)


def _or_normal(weighted: Weighted) -> Floats:
    if weighted.studies.enough:
        return weighted.freedom
    return np.where(weighted.freedom < 1.0, np.inf, weighted.freedom)


_ROWS = (
    Inference(key="WALD", short="Wald", name="Wald, normal", function=wald, doi=""),
    Inference(key="T", short="Wald (t)", name="Wald, t(k - p)", function=student, doi=""),
    Inference(
        key="HKSJ",
        short="Hartung-Knapp",
        name="Hartung-Knapp-Sidik-Jonkman, t(k - p)",
        function=hartung_knapp,
        doi="10.1002/sim.791",
    ),
    Inference(
        key="HKSJ_FLOOR",
        short="Hartung-Knapp (floor)",
        name="Hartung-Knapp-Sidik-Jonkman, not narrower than Wald, t(k - p)",
        function=hartung_knapp_floor,
        doi="10.1186/s12874-015-0091-1",
    ),
    Inference(
        key="KR",
        short="Kenward-Roger",
        name="Kenward-Roger, t",
        function=kenward_roger,
        doi="10.2307/2533558",
        needs_restricted=True,
        degrees=contrast_degrees,
        scaling=joint_scaling,
    ),
    Inference(
        key="HC",
        short="Henmi-Copas",
        name="Henmi-Copas, common-effect mean, its own distribution",
        function=henmi_copas,
        doi="10.1002/sim.4029",
        needs_moment=True,
        means_only=True,
    ),
)

INFERENCES: Mapping[str, Inference] = MappingProxyType({row.key: row for row in _ROWS})
WALD, T, HKSJ, FLOOR, KR, HC = (row.key for row in _ROWS)


def misfit(
    row: Inference,
    estimator: Tau2Estimator | float | None,
    *,
    design: bool = False,
    own_weights: bool = False,
) -> str:
    """Return why an inference cannot be had, or ``""``.

    Parameters
    ----------
    row : Inference
        Row of ``INFERENCES``.
    estimator : Tau2Estimator, float or None
        As in ``Plan``: a row of ``ESTIMATORS``, a fixed tau², or None for the common effect.
    design : bool
        Whether there are moderators.
    own_weights : bool
        Whether the weights are the caller's.
    """
    if row.means_only and design:
        return "is for a mean and knows no moderators"
    if not (row.needs_restricted or row.needs_moment):
        return ""
    if not (isinstance(estimator, Tau2Estimator) and _serves(row, estimator)):
        wanted = next(each.key for each in ESTIMATORS.values() if _serves(row, each))
        of = "random effects with " if estimator is None else ""
        return f'needs {of}tau2="{wanted}"'
    return "has weights of its own and takes no weights=" if own_weights else ""


def check_inference(
    row: Inference,
    estimator: Tau2Estimator | float | None,
    *,
    argument: str = "inference",
    key: str = "",
    design: bool = False,
    own_weights: bool = False,
) -> None:
    """Raise ``InputError`` if there is a `misfit`, and name what can be had instead.

    ``argument`` and ``key`` are what the caller typed, where that was not the inference itself
    but a prediction interval that takes its standard error from there.
    """
    reason = misfit(row, estimator, design=design, own_weights=own_weights)
    if not reason:
        return
    instead = f'inference="{WALD if estimator is None else HKSJ}"'
    if key:
        instead = f"another {argument} interval"
    raise InputError(f'{argument}="{key or row.key}" {reason}; otherwise choose {instead}')


def _serves(row: Inference, estimator: Tau2Estimator) -> bool:
    if row.needs_restricted and not estimator.restricted:
        return False
    return not row.needs_moment or estimator.function is dersimonian_laird
