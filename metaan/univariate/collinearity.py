"""vif: how much moderators that go together inflate each other's uncertainty."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.collinearity import Inflation, Vif
from metaan.core.errors import InputError
from metaan.core.regression_fit import RegressionFit


def vif(fit: RegressionFit) -> Vif:
    """Return the variance inflation factors of a meta-regression's coefficients and terms.

    Parameters
    ----------
    fit : RegressionFit
        What ``regress`` gave.

    Returns
    -------
    Vif
        One factor for each coefficient and one for each term, the constant left out; looked up
        by the name of either, or of a column, as in ``fit.test``.

    Raises
    ------
    InputError
        If it is no meta-regression, or has no moderators.

    Notes
    -----
    With R the correlations of the coefficients but the constant's, R₁ those of a term and R₂
    those of the others, the generalized factor is ``det R₁ det R₂ / det R`` [1]_: the squared
    ratio of the volumes of the term's confidence region as it is and as it would be if the
    other moderators had nothing in common with it. For one coefficient that is the ordinary
    factor. ``sif`` is its 2m-th root, comparable between terms of different size. The
    correlations are those of the fit's own covariance, as in metafor's ``vif``.

    References
    ----------
    .. [1] Fox J, Monette G (1992). J Am Stat Assoc 87:178. doi:10.1080/01621459.1992.10475190

    Examples
    --------
    >>> import metaan as ma
    >>> effects = ma.Effects.from_arrays(
    ...     [0.1, 0.2, 0.5, 0.7, 0.3], v=[0.02, 0.03, 0.02, 0.04, 0.03],
    ...     columns={"dose": [1, 2, 3, 4, 5], "weeks": [2, 3, 5, 7, 11]})
    >>> round(ma.vif(ma.regress(effects, "~ dose + weeks", tau2="DL"))["dose"].vif, 3)
    18.173
    """
    if not isinstance(fit, RegressionFit):
        raise InputError(
            f"vif needs a fit of regress(effects, formula); got {type(fit).__name__}, which has "
            "no moderators"
        )
    places = [i for i in range(fit.p) if not (fit.x[:, i] == 1).all()]
    if not places:
        raise InputError(f"formula={fit.formula!r} has no moderators whose variance is inflated")
    covariance = fit.covariance[np.ix_(places, places)]
    names = [fit.names[i] for i in places]

    def each(several: Mapping[str, tuple[int, ...]]) -> tuple[Inflation, ...]:
        here = {
            name: [places.index(i) for i in own if i in places] for name, own in several.items()
        }
        return tuple(_inflation(covariance, name, own) for name, own in here.items() if own)

    return Vif(
        coefficients=tuple(_inflation(covariance, name, [i]) for i, name in enumerate(names)),
        terms=each(fit.terms),
        columns=each(fit.answers.by_column),
    )


def _inflation(covariance: Floats, name: str, own: list[int]) -> Inflation:
    size = np.sqrt(np.diagonal(covariance))
    correlation = covariance / size[:, None] / size
    others = [i for i in range(len(size)) if i not in own]
    log = _log_det(correlation, own) + _log_det(correlation, others)
    log -= _log_det(correlation, [*own, *others])
    return Inflation(
        name=name,
        m=len(own),
        vif=float(np.exp(log)),
        sif=float(np.exp(log / (2 * len(own)))),
    )


def _log_det(correlation: Floats, places: list[int]) -> float:
    return float(np.linalg.slogdet(correlation[np.ix_(places, places)])[1])
