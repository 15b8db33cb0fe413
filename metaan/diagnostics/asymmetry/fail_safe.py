"""fail_safe_n: how many studies without an effect, in file drawers, would overturn a result."""

from __future__ import annotations

import math

import numpy as np

from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.faults import Faults
from metaan.core.fit import INVERSE_VARIANCE, PooledFit
from metaan.core.lookup import look_up
from metaan.core.scale import Scale
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.asymmetry.excess import checked_pool
from metaan.diagnostics.asymmetry.fail_safe_methods import (
    DEFAULT_FAIL_SAFE,
    FAIL_SAFE_METHODS,
    FailSafeMethod,
    Question,
    least_whole,
)
from metaan.diagnostics.asymmetry.fail_safe_record import FailSafeN
from metaan.diagnostics.asymmetry.power_curve import checked_null, checked_share
from metaan.diagnostics.fragility.conclusion import reference_of
from metaan.univariate.planning import DEFAULT_LEVEL, RANDOM, check_effects
from metaan.univariate.pooling import pool

LEAST_LEVEL = 0.5
VERB = "fail_safe_n"
NETWORK = "Pool each pair of treatments by itself, and ask of its effects"


def fail_safe_n(
    fit: PooledFit | SubgroupFit | Effects,
    method: str = DEFAULT_FAIL_SAFE,
    *,
    target: float | None = None,
    level: float = DEFAULT_LEVEL,
) -> FailSafeN:
    """Return how many studies averaging no effect would overturn the result.

    Parameters
    ----------
    fit : PooledFit, SubgroupFit or Effects
        The studies; every method but the last weighs and tests them in its own way, whatever the
        fit. GENERAL takes the model, the mean and tau² of the fit, or the default ones of effects.
    method : {"ROSENTHAL", "ORWIN", "ORWIN_WEIGHTED", "ROSENBERG", "GENERAL"}
        Row of ``FAIL_SAFE_METHODS``.
    target : float, optional
        For Orwin's methods, which need it: the largest effect that would not matter, reading
        scale (0.95 for a risk ratio). Its side of no effect is that of the mean: 0.95 and 1 / 0.95
        are the same. There is no default: half of the mean, as some programs have it, makes N
        equal to k whatever the data.
    level : float
        For the others, 1 less the error of the test: 0.95 for p < 0.05.

    Returns
    -------
    FailSafeN
        ``.number`` and what it was computed from.

    Raises
    ------
    InputError
        If these are no effects or no pool of them, nothing means "no effect" on their scale, or
        the target is missing, where it has no place, no effect itself, or impossible (a ratio of
        0 or less).

    Notes
    -----
    With y less no effect, w = 1 / v and N the least whole number that is enough::

        ROSENTHAL       N = (sum y / sqrt(v))² / z² - k                  z one-sided [1]_
        ORWIN           N = k (|mean| - |target|) / |target|             [2]_
        ORWIN_WEIGHTED  the same, mean = sum w y / sum w
        ROSENBERG       N = k ((sum w y)² / (z² sum w) - 1)              z two-sided [3]_
        GENERAL         first N with |mean| / SE < z, n = k + N         z two-sided [4]_
                        tau²_N = ((n - 2) tau² + k N mean² / n) / (n - 1)

    GENERAL is that of metafor 5: its page names the idea, a random-effects model with N studies
    of no effect; variance (the harmonic mean of v) and tau² were found from its figures. For the
    common effect it is Rosenberg's.

    Rosenthal's test is one-sided towards the side of the sum, whichever that is. Rosenberg's t
    quantile is a normal one here, as in metafor. N is 0 where the result is not
    significant, or the mean within the target, as it stands. It is no estimate of how many
    studies are missing, takes no notice of heterogeneity, and supposes that the hidden studies
    average no effect at all; ten studies with effects of the other sign do what hundreds of such
    do.

    References
    ----------
    .. [1] Rosenthal R (1979). Psychol Bull 86:638. doi:10.1037/0033-2909.86.3.638
    .. [2] Orwin RG (1983). J Educ Stat 8:157. doi:10.3102/10769986008002157
    .. [3] Rosenberg MS (2005). Evolution 59:464. doi:10.1111/j.0014-3820.2005.tb01004.x
    .. [4] Viechtbauer W (2010). J Stat Softw 36(3):1. doi:10.18637/jss.v036.i03

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.asymmetry.fail_safe import fail_safe_n
    >>> effects = ma.Effects.from_arrays([0.30, 0.45, 0.60], se=[0.12, 0.20, 0.18])
    >>> fail_safe_n(effects).number, fail_safe_n(effects, "ORWIN", target=0.10).number
    (22, 11)
    >>> ratios = ma.Effects.from_arrays([-0.30, -0.45], se=[0.12, 0.20], scale="log")
    >>> fail_safe_n(ratios, "ORWIN", target=0.9).number
    6
    """
    faults, null, coverage = Faults(), 0.0, math.nan
    scale: Scale | None = None
    with faults:
        effects = _checked_effects(fit)
        scale = effects.scale
        null = checked_null(effects.scale, effects.label, VERB)
    with faults:
        coverage = checked_share(level, "level")
    with faults:
        row = look_up(FAIL_SAFE_METHODS, method, argument="method", what="a method")
        if not row.by_target and coverage <= LEAST_LEVEL:
            faults.add(f"level={level!r} must be above {LEAST_LEVEL} for a test, e.g. 0.95")
        aim = _checked_target(target, row, scale)
    faults.refuse()
    y = effects.y - null
    found = row.function(y, effects.v, _question(fit, row, aim, coverage))
    return FailSafeN(
        effects=effects,
        method=row.key,
        number=least_whole(found.number),
        needed=found.number,
        mean=found.mean + null,
        p_value=math.exp(found.log_p_value),
        log_p_value=found.log_p_value,
        target=null + math.copysign(aim, found.mean) if row.by_target else math.nan,
        level=coverage,
        remarks=_remarks(effects, row),
    )


def _question(
    fit: PooledFit | SubgroupFit | Effects, row: FailSafeMethod, aim: float, level: float
) -> Question:
    """Return what a method is asked, with mean and tau² of the fit where it looks at one."""
    if not row.by_fit:
        return Question(aim, level)
    whole = pool(fit) if isinstance(fit, Effects) else checked_pool(fit, VERB)
    if whole.weighting != INVERSE_VARIANCE:
        raise InputError(
            f"method={row.key!r} needs inverse-variance weights: what studies of no effect would "
            "weigh by weights of one's own is unknown; pool without weights="
        )
    tau2 = whole.tau2 if whole.model == RANDOM else math.nan
    return Question(aim, level, whole.estimate.value - whole.effects.scale.null, tau2)


def _checked_effects(fit: PooledFit | SubgroupFit | Effects) -> Effects:
    if not isinstance(fit, Effects):
        return checked_pool(fit, VERB).effects
    check_effects(fit, network=NETWORK)
    return fit


def _checked_target(target: float | None, row: FailSafeMethod, scale: Scale | None) -> float:
    """Return how far from no effect the target lies; NaN for methods without one."""
    if not row.by_target:
        if target is not None:
            others = ", ".join(key for key, own in FAIL_SAFE_METHODS.items() if own.by_target)
            raise InputError(
                f"method={row.key!r} asks for a test and takes no target=; leave it out, or take "
                f"one of {others}"
            )
        return math.nan
    if target is None:
        raise InputError(
            f"method={row.key!r} needs target=, the largest effect that would not matter, on the "
            "reading scale (0.95 for a risk ratio)"
        )
    if scale is None:  # what has no effects has been told
        return math.nan
    aim = abs(reference_of(scale, target, verb=VERB, argument="target") - float(scale.null))
    if aim == 0:
        raise InputError(
            f"target={target!r} is no effect itself ({scale.reading_null:g}); give the largest "
            "effect that would not matter, on the reading scale"
        )
    return aim


def _remarks(effects: Effects, row: FailSafeMethod) -> tuple[str, ...]:
    told = [
        "no estimate of missing studies: it supposes that hidden ones average no effect at all, "
        "and a few with effects of the other sign do the work of many such"
    ]
    if effects.k > 1:
        w = 1 / effects.v
        mean = np.sum(w * effects.y) / np.sum(w)
        q = float(np.sum(w * (effects.y - mean) ** 2))
        if q > effects.k - 1 and not row.by_fit:
            told.append(
                f"effects vary between studies (Q = {q:.1f}, df {effects.k - 1}), of which "
                f"{row.key} takes no notice"
            )
    return tuple(told)
