"""excess_significance: whether more studies are significant than their power lets expect."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.core.errors import InputError
from metaan.core.faults import Faults
from metaan.core.fit import PooledFit
from metaan.core.lookup import look_up
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.asymmetry.excess_record import ExcessSignificance
from metaan.diagnostics.asymmetry.excess_tests import (
    ALTERNATIVES,
    DEFAULT_EXCESS_TEST,
    EXCESS_TESTS,
    GREATER,
    TWO_SIDED,
    ExcessTest,
)
from metaan.diagnostics.asymmetry.power_curve import (
    LARGEST,
    checked_null,
    checked_share,
    checked_tau2,
    power,
)
from metaan.diagnostics.fragility.conclusion import reference_of
from metaan.numerics.search import bracketed_root
from metaan.numerics.tails import normal_quantile
from metaan.univariate.fitted import instead_of
from metaan.univariate.planning import DEFAULT_LEVEL

LIMIT_P = 0.10
VERB, EFFECT = "excess_significance", "effect"
ENOUGH, HETEROGENEOUS = 10, 50.0


def excess_significance(
    fit: PooledFit | SubgroupFit,
    *,
    effect: float | None = None,
    tau2: float | None = None,
    test: str = DEFAULT_EXCESS_TEST,
    alternative: str = GREATER,
    level: float = DEFAULT_LEVEL,
    limit_p: float = LIMIT_P,
) -> ExcessSignificance:
    """Return whether more studies are significant than their power lets expect.

    Parameters
    ----------
    fit : PooledFit or SubgroupFit
        Pool of k studies; of subgroups it is the pool of all.
    effect : float, optional
        True effect, or mean of the true effects, on the reading scale (0.8 for a risk ratio); the
        pooled one by default.
    tau2 : float, optional
        Variance of the true effects; that of the fit by default, 0 for a common effect.
    test : {"EXACT", "BINOMIAL", "CHI2"}
        Row of ``EXCESS_TESTS``.
    alternative : {"greater", "less", "two-sided"}
        Which departure of the observed from the expected number is looked for.
    level : float
        Each study is tested at ``1 - level``, two-sided: 0.95 for p < 0.05.
    limit_p : float
        The limit is the effect at which the test's p-value is this.

    Returns
    -------
    ExcessSignificance
        Observed and expected number with the test, power and result of each study, and the limit.

    Raises
    ------
    InputError
        If this is no pool of effects, nothing means "no effect" on its scale, a number is out of
        range (a ratio of 0 or less) or a name is unknown.

    Notes
    -----
    A study is significant if ``|y - null| / se`` exceeds the normal quantile. Its power is the
    probability of that if estimates vary with variance ``v + tau²`` around the effect: the power
    averaged over the distribution of true effects, in closed form. The expected number is the sum
    of the powers [1]_. EXACT adds up the probabilities of all numbers with each study's own power
    [2]_, for any k; a two-sided p-value is that of all numbers no more probable than the observed
    one. The limit [1]_ is looked for on the side of the effect, and there is none for two-sided
    tests, or where even no effect does not make the number surprising.

    References
    ----------
    .. [1] Ioannidis JPA, Trikalinos TA (2007). Clin Trials 4:245. doi:10.1177/1740774507079441
    .. [2] Francis G (2013). J Math Psychol 57:153. doi:10.1016/j.jmp.2013.02.003

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.asymmetry.excess import excess_significance
    >>> effects = ma.Effects.from_arrays([0.50, 0.55, 0.60, 0.10], se=[0.24, 0.26, 0.29, 0.05])
    >>> found = excess_significance(ma.pool(effects, model="common"))
    >>> found.observed, round(found.expected, 2), round(found.p_value, 3)
    (4, 1.08, 0.001)
    >>> ratios = ma.Effects.from_arrays([-0.5, -0.1, -0.9], se=[0.2, 0.1, 0.3], scale="log")
    >>> excess_significance(ma.pool(ratios, model="common"), effect=0.8).power.round(2)
    array([0.2 , 0.61, 0.12])
    """
    faults = Faults()
    with faults:
        pooled = checked_pool(fit, VERB)
        scale = pooled.effects.scale
        null = checked_null(scale, pooled.effects.label, VERB)
        given = None if effect is None else reference_of(scale, effect, verb=VERB, argument=EFFECT)
    with faults:
        row = look_up(EXCESS_TESTS, test, argument="test", what="a test of excess significance")
    with faults:
        sides = {name: name for name in ALTERNATIVES}
        look_up(sides, alternative, argument="alternative", what="an alternative")
    with faults:
        own_tau2 = None if tau2 is None else checked_tau2(tau2)
    with faults:
        level = checked_share(level, "level")
    with faults:
        limit_p = checked_share(limit_p, "limit_p", LIMIT_P)
    faults.refuse()
    mean = pooled.estimate.value if given is None else given
    spread = pooled.tau2 if own_tau2 is None else own_tau2
    seen = significant(pooled, null, level)
    problem = _Problem(row, alternative, pooled.effects.se, int(seen.sum()), level, spread)
    chance = power(mean - null, pooled.effects.se, level, spread)
    statistic, p_value = row.function(chance, problem.observed, alternative)
    return ExcessSignificance(
        fit=pooled,
        effect=mean,
        given=effect is not None,
        tau2=spread,
        test=row.key,
        alternative=alternative,
        level=level,
        power=chance,
        significant=seen,
        statistic=statistic,
        p_value=p_value,
        limit=null + math.copysign(1.0, mean - null) * _limit(problem, limit_p),
        limit_p=limit_p,
        remarks=_remarks(pooled, spread),
    )


def checked_pool(fit: PooledFit | SubgroupFit, verb: str) -> PooledFit:
    """Return the pool of effects whose studies are meant, or raise InputError."""
    own = fit.overall if isinstance(fit, SubgroupFit) else fit
    if isinstance(own, PooledFit):
        return own
    raise InputError(
        f"{verb} needs a pool, as pool(effects) or subgroups(effects, by) gives it; got "
        f"{type(own).__name__}{instead_of(own)}"
    )


def significant(fit: PooledFit, null: float, level: float) -> Booleans:
    """Return which studies find an effect by their own two-sided z-test, shape (k,)."""
    effects = fit.effects
    return np.asarray(np.abs(effects.y - null) > normal_quantile(level) * effects.se)


class _Problem(NamedTuple):
    """A test of an observed number at any effect."""

    row: ExcessTest
    alternative: str
    se: Floats
    observed: int
    level: float
    tau2: float

    def p_value(self, distance: float) -> float:
        """Return the p-value if the true effect lies so far from no effect."""
        chance = power(distance, self.se, self.level, self.tau2)
        return self.row.function(chance, self.observed, self.alternative)[1]


def _limit(problem: _Problem, wanted: float) -> float:
    """Return how far from no effect the p-value is the wanted one; NaN where it never is."""
    if problem.alternative == TWO_SIDED:
        return math.nan
    rising = problem.alternative == GREATER
    start = problem.p_value(0.0) - wanted
    if start == 0 or (start > 0) == rising:
        return 0.0 if start == 0 else math.nan
    unit = float(np.median(problem.se)) + math.sqrt(problem.tau2)
    far = unit
    while (problem.p_value(far) - wanted > 0) != rising:
        far *= 2.0
        if far > LARGEST * unit:
            return math.nan

    def gap(distance: Floats, which: object) -> Floats:
        del which
        return np.array([problem.p_value(each) - wanted for each in distance.tolist()])

    return float(bracketed_root(gap, np.zeros(1), np.array([far]))[0])


def _remarks(fit: PooledFit, tau2: float) -> tuple[str, ...]:
    told = [
        "no test of publication bias: it asks whether the number of significant studies fits "
        "their power, whatever the reason"
    ]
    if fit.k < ENOUGH:
        told.append(f"fewer than {ENOUGH} studies: the test finds hardly any excess")
    if tau2 == 0 and fit.heterogeneity.i2_q >= HETEROGENEOUS:
        told.append(
            f"I² = {fit.heterogeneity.i2_q:.0f}% (from Q), but the power takes one true effect "
            "for all studies; a fit of random effects brings its tau²"
        )
    return tuple(told)
