"""power_of_studies: how probable it was for each study to find the effect."""

from __future__ import annotations

import math

import numpy as np

from metaan.core.faults import Faults
from metaan.core.fit import PooledFit
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.asymmetry.excess import checked_pool, significant
from metaan.diagnostics.asymmetry.excess_tests import GREATER, by_counting
from metaan.diagnostics.asymmetry.power_curve import (
    checked_null,
    checked_share,
    effect_for_median,
    power,
)
from metaan.diagnostics.asymmetry.power_record import MEDIANS, StudyPower
from metaan.diagnostics.fragility.conclusion import reference_of
from metaan.univariate.planning import DEFAULT_LEVEL

VERB, EFFECT = "power_of_studies", "effect"


def power_of_studies(
    fit: PooledFit | SubgroupFit,
    effect: float | None = None,
    *,
    tau2: bool = False,
    level: float = DEFAULT_LEVEL,
) -> StudyPower:
    """Return the power of each study to find an effect by a two-sided z-test.

    Parameters
    ----------
    fit : PooledFit or SubgroupFit
        Pool of k studies; of subgroups it is the pool of all.
    effect : float, optional
        The true effect, reading scale (0.8 for a risk ratio): the pooled one by default, or the
        smallest that matters, which does not suffer from what the pool suffers from.
    tau2 : bool
        False: one true effect for all studies, as in the sunset funnel [1]_. True: the power
        averaged over true effects with the variance of the fit.
    level : float
        Tests at ``1 - level``: 0.95 for p < 0.05.

    Returns
    -------
    StudyPower
        Power and result of each study, the median power, the R-index, and the effects at which
        the median power would be 33%, 66% and 80%.

    Raises
    ------
    InputError
        If this is no pool of effects, nothing means "no effect" on its scale, or a number is out
        of range (a ratio of 0 or less).

    Notes
    -----
    The R-index is ``median power - (share of significant studies - median power)`` [2]_, with the
    power at one effect for all studies as in [1]_; Schimmack takes each study's own estimate for
    its true effect. The expected number of significant studies is the sum of the powers, and its
    p-value the exact one of `excess_significance`.

    References
    ----------
    .. [1] Kossmeier M, Tran US, Voracek M (2020). Z Psychol 228:43. doi:10.1027/2151-2604/a000392
    .. [2] Schimmack U (2016). The Replicability-Index: quantifying statistical research
       integrity. https://replicationindex.com/2016/01/31/a-revised-introduction-to-the-r-index/

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.asymmetry.power import power_of_studies
    >>> effects = ma.Effects.from_arrays([0.10, 0.30, 0.55, 0.71], se=[0.12, 0.20, 0.18, 0.25])
    >>> found = power_of_studies(ma.pool(effects, model="common"), 0.5)
    >>> found.power.round(2), round(found.median, 2)
    (array([0.99, 0.71, 0.79, 0.52]), 0.75)
    """
    faults = Faults()
    with faults:
        pooled = checked_pool(fit, VERB)
        scale = pooled.effects.scale
        null = checked_null(scale, pooled.effects.label, VERB)
        asked = None if effect is None else reference_of(scale, effect, verb=VERB, argument=EFFECT)
    with faults:
        level = checked_share(level, "level")
    if not isinstance(tau2, bool | np.bool_):
        faults.add(f"tau2={tau2!r} must be True or False: whether the tau² of the fit is used")
    faults.refuse()
    effects = pooled.effects
    mean = pooled.estimate.value if asked is None else asked
    spread = pooled.tau2 if tau2 else 0.0
    chance = power(mean - null, effects.se, level, spread)
    seen = significant(pooled, null, level)
    side = math.copysign(1.0, mean - null)
    needed = [effect_for_median(wanted, effects.se, level) for wanted in MEDIANS]
    return StudyPower(
        fit=pooled,
        effect=mean,
        given=effect is not None,
        tau2=spread,
        level=level,
        power=chance,
        significant=seen,
        needed=null + side * np.array(needed),
        excess_p_value=by_counting(chance, int(seen.sum()), GREATER)[1],
        remarks=_remarks(pooled, given=effect is not None, averaged=tau2),
    )


def _remarks(fit: PooledFit, *, given: bool, averaged: bool) -> tuple[str, ...]:
    told = []
    if not given:
        told.append(
            "power at the pooled effect, which suppressed studies would have made too large; the "
            "smallest effect that matters is the better choice"
        )
    if fit.tau2 > 0 and not averaged:
        told.append("one true effect is taken for all studies, though the fit has them vary")
    return tuple(told)
