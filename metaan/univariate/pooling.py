"""pool: one pooled effect from the effects of k studies."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import ArrayLike
from metaan.core.effects import Effects
from metaan.core.fit import PooledFit
from metaan.univariate.fitting import make_fit
from metaan.univariate.kernel import pool_arrays
from metaan.univariate.planning import (
    DEFAULT_LEVEL,
    DEFAULT_MODEL,
    check_effects,
    study_weights,
)
from metaan.univariate.presets import plan_under

NETWORK = (
    "Combine all treatments with network(effects), whose pairwise() pools each pair by itself; or "
    "make the effects of two treatments alone with effect_sizes(table, measure)"
)


def pool(
    effects: Effects,
    *,
    model: str = DEFAULT_MODEL,
    tau2: str | float | None = None,
    inference: str | None = None,
    prediction: str | None = None,
    level: float = DEFAULT_LEVEL,
    weights: ArrayLike | str | None = None,
    conventions: str | None = None,
) -> PooledFit:
    """Return the pooled effect with its heterogeneity and prediction interval.

    Parameters
    ----------
    effects : Effects
        Effects of k >= 1 studies.
    model : {"random", "common"}
        Whether the true effects vary between studies.
    tau2 : str or float, optional
        Row of ``ESTIMATORS``, or a fixed value >= 0; REML by default, not used by the common
        effect.
    inference : str, optional
        Row of ``INFERENCES``; HKSJ for random effects and WALD for the common effect by default.
    prediction : str, optional
        Row of ``PREDICTIONS``; K1 by default.
    level : float
        Coverage of all intervals, between 0 and 1.
    weights : array_like, shape (k,), or str, optional
        Weights of one's own (>= 0, not all 0) for the mean, or the name of a column that holds
        them; the standard error is then that of a weighted mean, whatever the weights. Estimators
        of tau² that ask for weights take these.
    conventions : str, optional
        Row of ``CONVENTIONS``: what is not given is as this program has it ("RevMan", "metafor",
        "meta" ...), its interval of the mean and its I² included; the summary names it, and what
        no page says of it, where ours is used.

    Returns
    -------
    PooledFit
        On the analysis scale; ``fit.estimate.read()`` for the reading scale.

    Raises
    ------
    InputError
        If there is no study, a name is unknown or the level is not between 0 and 1.

    Warns
    -----
    EmptyIntervalWarning
        If no tau² >= 0 lies in the Q-profile set; [0, 0] is reported.

    Notes
    -----
    ``mu = sum w y / sum w`` with ``w = 1 / (v + tau²)`` [1]_. The default interval is that of
    Hartung, Knapp, Sidik and Jonkman [2]_ without a floor: where it is narrower than Wald's, a
    remark says so. One study is reported as it is, with its own Wald interval.

    References
    ----------
    .. [1] DerSimonian R, Laird N (1986). Control Clin Trials 7:177.
       doi:10.1016/0197-2456(86)90046-2
    .. [2] Knapp G, Hartung J (2003). Stat Med 22:2693. doi:10.1002/sim.1482

    Examples
    --------
    >>> import metaan as ma
    >>> effects = ma.Effects.from_arrays([0.10, 0.30, 0.55, 0.71], se=[0.12, 0.20, 0.18, 0.25])
    >>> fit = ma.pool(effects, tau2="DL", inference="WALD")
    >>> round(fit.estimate.value, 4), round(fit.tau2, 4)
    (0.3733, 0.0467)
    """
    plan = plan_under(
        conventions,
        model=model,
        tau2=tau2,
        inference=inference,
        prediction=prediction,
        level=level,
    )
    check_effects(effects, network=NETWORK)
    own = study_weights(effects, weights, plan)
    arrays = pool_arrays(
        effects.y[None], effects.v[None], np.ones((1, effects.k)), plan, weights=own
    )
    return make_fit(effects, arrays, 0, plan, weighted=own is not None)
