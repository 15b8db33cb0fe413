"""p_curve: whether significant results hold evidence, from their p-values alone."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import log_ndtr, ndtri

from metaan.core.arrays import Floats
from metaan.core.counts_fit import CountsFit
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.numbers import counted
from metaan.core.study_intervals import checked_level
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.selection.p_curve_kernel import (
    ALPHA,
    HALF,
    log_at_least,
    log_beyond,
    log_power,
    mean_of_power,
    mean_that_gives,
    shares,
    stouffer,
)
from metaan.diagnostics.selection.p_curve_record import EDGES, PCurve, PCurveTest
from metaan.univariate.planning import check_effects

LOW_POWER = 1 / 3
POWER_LEVEL = 0.90
FEW = 5
HETEROGENEOUS = 50.0  # I², percent, from which the power is said to be unreliable
Source = PooledFit | SubgroupFit | CountsFit | Effects


def p_curve(source: Source, *, level: float = POWER_LEVEL) -> PCurve:
    """Return the p-curve analysis of the significant studies: whether there is evidential value.

    Parameters
    ----------
    source : PooledFit, SubgroupFit, CountsFit or Effects
        The studies; a z-test of no effect is made of each, ``z = (y - null) / se``, and those
        with a two-sided p < 0.05 are analyzed. Of subgroups it is the pool of all.
    level : float
        Coverage of the interval of the power.

    Returns
    -------
    PCurve
        ``.right_skew`` and ``.flat`` tests of the whole curve, its half and by counting;
        ``.power``; ``.verdict``.

    Raises
    ------
    InputError
        If no study is significant, the scale has no value of no effect, or it is neither a pool
        nor effects.

    Notes
    -----
    Without an effect, significant p-values are uniform: ``p / 0.05`` [1]_. The test of right skew
    combines their normal quantiles by Stouffer's sum over the root of their number; negative is
    evidence [2]_. The test of flatness does the same with the probabilities of as large a p-value
    if all had a power of 1/3; negative tells that there is less. Both are also made of p < 0.025
    alone, the half curve, given that they are, which withstands ambitious p-hacking, and by the
    binomial count of p < 0.025. There is evidential value if the half curve is right-skewed by
    p < 0.05, or both by p < 0.1; it is absent or inadequate if the whole is flatter by p < 0.05,
    or half and count by p < 0.1 [2]_. The power is the one whose curve has a combined quantile of
    0, and its limits those of the quantiles; the least is 0.05.

    The half curve's probabilities of flatness are given p < 0.025, and so uniform at a power of
    1/3. R's dmetar prints z 3.422 for an example in which they give 0.878: what gives that
    number are probabilities from 2/3 to 1, which can never reject.

    References
    ----------
    .. [1] Simonsohn U, Nelson LD, Simmons JP (2014). J Exp Psychol Gen 143:534.
       doi:10.1037/a0033242
    .. [2] Simonsohn U, Simmons JP, Nelson LD (2015). J Exp Psychol Gen 144:1146.
       doi:10.1037/xge0000104

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.selection.p_curve import p_curve
    >>> effects = ma.Effects.from_arrays([0.5, 0.6, 0.45, 0.1], se=[0.15, 0.2, 0.2, 0.2])
    >>> found = p_curve(effects)
    >>> found.significant, round(found.right_skew.full, 2), round(found.power, 2)
    (3, -2.17, 0.65)
    """
    effects = _effects_of(source)
    y, se, null = np.asarray(effects.y), np.asarray(effects.se), effects.scale.null
    all_z = (y - null) / se
    size = np.abs(all_z)
    log_p = log_beyond(size, 0.0)
    chosen = log_p < math.log(ALPHA)
    if not chosen.any():
        raise InputError(
            f"p_curve looks at significant studies; none of {effects.k} has a two-sided "
            f"p < {ALPHA:g} by its own z-test, and there is no curve without them"
        )
    z, half = size[chosen], size[log_p < math.log(HALF)]
    mean = mean_of_power(LOW_POWER)
    low_share = float(np.exp(log_power(mean, HALF) - log_power(mean, ALPHA)))
    tail = (1 - checked_level(level)) / 2
    means = mean_that_gives(z, np.array([0.0, ndtri(tail), ndtri(1 - tail)]))
    power, low, high = np.exp(log_power(means, ALPHA)).tolist()
    p = np.exp(log_p[chosen])
    counts, _ = np.histogram(p, EDGES)
    return PCurve(
        effects=effects,
        chosen=chosen,
        z=all_z,
        log_p=log_p,
        below_half=len(half),
        right_skew=_test(z, half, 0.0, log_at_least(len(half), len(z), 0.5), sign=1),
        flat=_test(
            z, half, mean, log_at_least(len(z) - len(half), len(z), 1 - low_share), sign=-1
        ),
        power=power,
        power_low=low,
        power_high=high,
        level=level,
        observed=counts / counts.sum(),
        at_low_power=shares(mean, EDGES),
        at_power=shares(float(means[0]), EDGES),
        remarks=_remarks(source, all_z[chosen], len(half)),
    )


def _effects_of(source: Source) -> Effects:
    whole = source.overall if isinstance(source, SubgroupFit) else source
    effects = whole.effects if isinstance(whole, PooledFit | CountsFit) else whole
    if not isinstance(effects, Effects):
        raise InputError(
            f"p_curve needs a pool or effects, a z-test of each study; got {type(source).__name__}"
        )
    check_effects(effects, network="")
    if not effects.scale.has_null:
        raise InputError(
            f'no value means "no effect" for {effects.label}, and no study can be significant'
        )
    return effects


def _test(z: Floats, half: Floats, mean: float, log_count: float, *, sign: int) -> PCurveTest:
    """Return the three tests against the curve of one mean; ``sign`` 1 looks for smaller p."""
    full = sign * float(stouffer(z, np.array([mean]), ALPHA))
    part = sign * float(stouffer(half, np.array([mean]), HALF)) if half.size else math.nan
    logs = [float(log_ndtr(each)) for each in (full, part)]
    return PCurveTest(
        full=full,
        half=part,
        log_p_full=logs[0],
        log_p_half=logs[1],
        log_p_count=log_count,
    )


def _remarks(source: Source, z: Floats, half: int) -> tuple[str, ...]:
    told = []
    up = int(np.sum(z > 0))
    if 0 < up < len(z):
        fewer = min(up, len(z) - up)
        told.append(
            f"{counted(fewer, 'significant study points', 'significant studies point')} to the "
            "other side: the curve does not look at directions, and takes them for evidence too"
        )
    if len(z) < FEW:
        told.append(f"{counted(len(z), 'significant study', 'significant studies')}: tests of so "
                    "few have little power")  # fmt: skip
    if not half:
        told.append("no study has p < 0.025: there is no half curve to test")
    fit = source.overall if isinstance(source, SubgroupFit) else source
    if isinstance(fit, PooledFit) and fit.k > 1 and fit.heterogeneity.i2 >= HETEROGENEOUS:
        told.append(
            "with heterogeneity the power is of no single study, and an effect derived from the "
            "curve would be too large (van Aert 2016)"
        )
    told.append(
        "p-values are of the effects as they were entered, by z-tests; a p-curve is meant for the "
        "tests of the studies' own hypotheses"
    )
    return tuple(told)
