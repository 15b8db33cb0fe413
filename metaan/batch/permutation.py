"""permutation_test: p-values that lean on no distribution, all arrangements in one batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import log10
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from metaan.batch.arrangements import Shuffles, Signs
from metaan.core.arrays import Floats
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.lookup import look_up
from metaan.core.permutation_record import PermutationTest
from metaan.core.regression_fit import RegressionFit
from metaan.numerics.randomness import generator
from metaan.tau2.studies import Studies, make_studies
from metaan.univariate.fitted import Fitted, fitted_arrays, plan_of
from metaan.univariate.inferred import Inferred
from metaan.univariate.kernel import Plan, estimate_tau2
from metaan.univariate.regression_kernel import basis, scale_studies, weigh_terms
from metaan.univariate.wald import wald_test


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """A row of ``STATISTICS``.

    Attributes
    ----------
    key, name : str
        Key and full name.
    function : callable
        ``function(inferred) -> ndarray``, shape (n, p): what arrangements are compared by.
    """

    key: str
    name: str
    function: Callable[[Inferred], Floats]


def _studentized(inferred: Inferred) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(inferred.beta / inferred.se, nan=0.0, posinf=np.inf, neginf=-np.inf)


def _plain(inferred: Inferred) -> Floats:
    return inferred.beta


_ROWS = (
    Statistic(key="t", name="coefficient over its standard error", function=_studentized),
    Statistic(key="coefficient", name="coefficient itself", function=_plain),
)
STATISTICS: Mapping[str, Statistic] = MappingProxyType({row.key: row for row in _ROWS})
DEFAULT_STATISTIC = _ROWS[0].key
DEFAULT_DRAWS = 9_999
# Arrangements that are all made unless asked otherwise, and the most that are made at all.
EXACT_UNASKED, EXACT_MOST = 100_000, 20_000_000
BLOCK = 40_000  # cells of a block of designs: its arrays stay in the processor's cache
# Two statistics nearer than this, relatively, are a tie: searches for tau² end at about 1e-10.
TIE = 1e-8


def permutation_test(
    fit: PooledFit | RegressionFit,
    *,
    rng: np.random.Generator | int | None = None,
    draws: int = DEFAULT_DRAWS,
    exact: bool | None = None,
    statistic: str = DEFAULT_STATISTIC,
) -> PermutationTest:
    """Return p-values from arrangements of the data that the null hypothesis makes equally likely.

    Parameters
    ----------
    fit : PooledFit or RegressionFit
        What ``pool`` or ``regress`` gave.
    rng : numpy.random.Generator or int, optional
        Source of random arrangements, or a seed; not needed where all are made.
    draws : int
        Random arrangements, if not all are made.
    exact : bool, optional
        Whether to make all arrangements; by default if there are at most 100,000.
    statistic : {"t", "coefficient"}
        What is compared; row of ``STATISTICS``.

    Returns
    -------
    PermutationTest
        A p-value for each coefficient, and one for all moderators together.

    Raises
    ------
    InputError
        If there are too many arrangements to make them all, random ones are asked for without
        ``rng``, or the scale has no null value.

    Notes
    -----
    Effects of a model without moderators get every choice of signs [1]_; with moderators, the
    rows of the design are handed to the studies in every different way [2]_. Each arrangement is
    fitted anew, with the same estimator of tau² and the same inference. The two-sided p-value is
    the share of arrangements whose statistic is at least as far from 0 as that of the data; the
    joint test of the moderators has its own. Random arrangements are counted together with the
    data themselves, ``(1 + number as extreme) / (1 + draws)``, so that p is never 0 [3]_.

    Shuffled rows break the tie of an effect to its moderators, not of an effect to its variance:
    the test is of no moderator having any part in it. The arrangements are those of metafor's
    ``permutest``; its random version counts the data among the draws.

    References
    ----------
    .. [1] Follmann DA, Proschan MA (1999). Biometrics 55:732.
       doi:10.1111/j.0006-341X.1999.00732.x
    .. [2] Higgins JPT, Thompson SG (2004). Stat Med 23:1663. doi:10.1002/sim.1752
    .. [3] Phipson B, Smyth GK (2010). Stat Appl Genet Mol Biol 9:39. doi:10.2202/1544-6115.1585

    Examples
    --------
    >>> import metaan as ma
    >>> effects = ma.Effects.from_arrays([0.1, 0.3, 0.55, 0.71, 0.4], se=[0.1, 0.2, 0.2, 0.3, 0.1])
    >>> test = ma.permutation_test(ma.pool(effects, tau2="DL"))
    >>> test.p_value, test.draws
    (0.0625, 32)
    """
    row = look_up(STATISTICS, statistic, argument="statistic", what="a statistic")
    problem = _problem(fit, row)
    arranged = problem.arrangements
    every = arranged.count * arranged.stands_for
    source = _source(exact, every, rng, draws)
    observed = _statistics(problem, problem.studies)
    beyond = _Tally(observed)
    for part in _all(problem) if source is None else _random(problem, source, draws):
        beyond.add(_statistics(problem, _arranged(problem, part)))
    if source is None:
        p_values = beyond.count * arranged.stands_for / every
        errors = np.zeros_like(p_values)
    else:
        p_values = (1 + beyond.count) / (1 + draws)
        errors = np.sqrt(p_values * (1 - p_values) / draws)
    p = len(problem.fitted.names)
    signs = isinstance(arranged, Signs)
    return PermutationTest(
        fit=fit,
        statistic=row.key,
        arranged="signs of the effects" if signs else "rows of the design",
        draws=every if source is None else draws,
        exact=source is None,
        names=problem.fitted.names,
        observed=observed[0, :p],
        p_values=p_values[:p],
        standard_errors=errors[:p],
        moderators_p_value=float(p_values[p]) if problem.tested else float("nan"),
        moderators_standard_error=float(errors[p]) if problem.tested else float("nan"),
        remarks=_remarks(every, arranged),
    )


class _Problem(NamedTuple):
    """One fit as a batch of one, with what is to be done to each arrangement of it."""

    fitted: Fitted
    studies: Studies
    unit: Floats
    tested: list[int]
    plan: Plan
    statistic: Statistic
    arrangements: Signs | Shuffles


def _problem(fit: PooledFit | RegressionFit, statistic: Statistic) -> _Problem:
    fitted = fitted_arrays(fit, "permutation_test")
    effects, null = fit.effects, fit.effects.scale.null
    given = None if fitted.given is None else fitted.given[None]
    alone = len(fitted.names) == 1 and bool((fitted.x == 1).all())
    if alone and np.isnan(null):
        raise InputError(
            f"{effects.label} has no null value, so that its effects have no signs; test a "
            "measure that compares two groups"
        )
    studies = make_studies(
        effects.y[None] - (null if alone else 0.0),
        effects.v[None],
        x=None if alone else fitted.x[None],
        weights=given,
    )
    scaled = scale_studies(studies)
    names = () if isinstance(fit, PooledFit) else fit.moderators.terms
    near = scaled.studies
    return _Problem(
        fitted=fitted,
        studies=near,
        unit=scaled.unit,
        tested=[] if alone else [fitted.names.index(name) for name in names],
        plan=plan_of(fit),
        statistic=statistic,
        arrangements=Signs(k=effects.k) if near.x is None else Shuffles.of(near.x[0]),
    )


def _statistics(problem: _Problem, studies: Studies) -> Floats:
    """Return the statistics of n arrangements, shape (n, p + 1), the joint one last."""
    unit = np.full(studies.n, problem.unit[0])
    based = (
        studies if studies.x is None else replace(studies, x=basis(studies.x, studies.v**-0.25)[0])
    )
    found = estimate_tau2(based, problem.plan, unit)
    inferred = problem.plan.inference.function(
        weigh_terms(studies, found.tau2), problem.plan.level
    )
    places = problem.tested
    spread = inferred.covariance[:, places][:, :, places]
    normal, one = np.full(studies.n, np.inf), np.ones(studies.n)  # Wald's chi-square itself
    joint = wald_test(inferred.beta[:, places], spread, normal, one).statistic
    return np.concatenate([problem.statistic.function(inferred), joint[:, None]], axis=1)


class _Tally:
    """How many arrangements are at least as far from 0 as the data; a tie counts."""

    def __init__(self, observed: Floats) -> None:
        self.bar = np.abs(observed[0]) * (1 - TIE)
        self.count = np.zeros(observed.shape[1])

    def add(self, statistics: Floats) -> None:
        """Count some arrangements."""
        with np.errstate(invalid="ignore"):
            self.count += np.sum(np.abs(statistics) >= self.bar, axis=0)


def _arranged(problem: _Problem, part: Floats) -> Studies:
    """Return n arrangements as a batch: signs ``(n, k)`` or designs ``(n, k, p)``."""
    one, n = problem.studies, len(part)

    def alike(values: Floats) -> Floats:
        return np.broadcast_to(values, (n, *values.shape[1:]))

    return Studies(
        y=one.y * part if one.x is None else alike(one.y),
        v=alike(one.v),
        present=alike(one.present),
        count=alike(one.count),
        x=None if one.x is None else part,
        weights=None if one.weights is None else alike(one.weights),
    )


def _step(problem: _Problem) -> int:
    cells = problem.studies.y.shape[1] * problem.studies.p
    return int(max(1, BLOCK // cells))


def _all(problem: _Problem) -> Iterator[Floats]:
    count, step = problem.arrangements.count, _step(problem)
    for start in range(0, count, step):
        yield problem.arrangements.numbered(start, min(start + step, count))


def _random(problem: _Problem, source: np.random.Generator, draws: int) -> Iterator[Floats]:
    step = _step(problem)
    for start in range(0, draws, step):
        yield problem.arrangements.drawn(min(step, draws - start), source)


def _source(
    exact: bool | None, every: int, rng: np.random.Generator | int | None, draws: int
) -> np.random.Generator | None:
    """Return the source of random arrangements, None if all are made; InputError if it lacks."""
    if exact and every > EXACT_MOST:
        raise InputError(
            f"exact=True would take {_size(every)} arrangements, at most {EXACT_MOST:,} are made; "
            "draw some at random: exact=False, rng=1"
        )
    if exact or (exact is None and every <= EXACT_UNASKED):
        return None
    source = generator(rng, f"of {_size(every)} arrangements some are drawn at random")
    if isinstance(draws, bool) or not isinstance(draws, int) or draws < 1:
        raise InputError(f"draws={draws!r} must be a whole number of at least 1, e.g. 9999")
    return source


def _size(count: int) -> str:
    """Return a whole number of any size in a few characters."""
    return f"{count:,}" if count < 10**9 else f"about 10^{int(log10(count))}"


def _remarks(every: int, arranged: Signs | Shuffles) -> tuple[str, ...]:
    if every >= 40:
        return ()
    least = arranged.stands_for / every
    return (f"with {every} arrangements no p-value can be below {least:.3g}",)
