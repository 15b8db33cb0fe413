"""permutation_test: p-values that lean on no distribution, all arrangements in one batch."""

from __future__ import annotations

from collections.abc import Iterator
from math import log10
from numbers import Integral

import numpy as np

from metaan.batch.analyses import BLOCK, model_of
from metaan.batch.arrangements import Signs
from metaan.batch.arranging import Way, way_of
from metaan.batch.statistics import DEFAULT_STATISTIC, EVEN, NEITHER, OwnStatistic, ask
from metaan.batch.statistics import STATISTICS as STATISTICS
from metaan.batch.tallying import ALTERNATIVES, Tally
from metaan.core.arrays import Floats
from metaan.core.errors import InputError
from metaan.core.faults import Faults
from metaan.core.fit import PooledFit
from metaan.core.lookup import look_up
from metaan.core.permutation_record import GREATER, ROWS, SIGNS, PermutationTest
from metaan.core.regression_fit import RegressionFit
from metaan.numerics.randomness import generator
from metaan.univariate.fitted import checked_fit

DEFAULT_DRAWS = 9_999
# Arrangements that are all made unless asked otherwise, and the most that are made at all.
EXACT_UNASKED, EXACT_MOST = 100_000, 20_000_000
FEW = 40  # arrangements: below, the least p-value is worth a word


def permutation_test(
    fit: PooledFit | RegressionFit,
    *,
    rng: np.random.Generator | int | None = None,
    draws: int = DEFAULT_DRAWS,
    exact: bool | None = None,
    statistic: str | OwnStatistic = DEFAULT_STATISTIC,
    alternative: str | None = None,
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
    statistic : str or callable
        What is compared. A row of ``STATISTICS``: "t" and "coefficient" of the mean or of every
        coefficient, "tau2", "i2", "q", "qm" (the test of moderators), "r2" and more; the name of
        one coefficient of a regression; or a function of one's own. It is given the arrays of
        many fits at once (``PooledArrays``, ``RegressionArrays``) and returns one number for
        each, shape (n,): ``lambda fits: fits.high - fits.low``.
    alternative : {"two-sided", "greater", "less"}, optional
        Which arrangements are as extreme as the data; row of ``ALTERNATIVES``. By default
        "two-sided" for coefficients, t, limits and functions of one's own, and "greater" for what
        cannot fall below 0: tau², I², H², Q, QM, R².

    Returns
    -------
    PermutationTest
        A p-value for each coefficient, and one for all moderators together; or one for the
        statistic.

    Raises
    ------
    InputError
        If there are too many arrangements to make them all, random ones are asked for without
        ``rng``, the scale has no null value, or the statistic is not defined for the data or
        returns another shape than one number for each fit; every fault of the options is named.
        ChoiceError for an unknown name.

    Notes
    -----
    Effects of a model without moderators get every choice of signs [1]_; with moderators, the
    rows of the design are handed to the studies in every different way [2]_. Each arrangement is
    fitted anew, with the same estimator of tau² and the same inference. The p-value is the share
    of arrangements whose statistic is at least as extreme as that of the data: two-sided for
    coefficients and t at least as far from 0, for other statistics twice the smaller of the two
    one-sided shares. The joint test of the moderators has its own. Random arrangements are
    counted together with the data themselves, ``(1 + number as extreme) / (1 + draws)``, so that
    p is never 0 [3]_. An arrangement whose statistic is not defined counts as extreme.

    Signs are equally likely if effects are symmetric about the null, whatever their variances.
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
    >>> fit = ma.pool(effects, tau2="DL")
    >>> test = ma.permutation_test(fit)
    >>> test.p_value, test.draws
    (0.0625, 32)
    >>> ma.permutation_test(fit, statistic=lambda fits: fits.low, alternative="greater").p_value
    0.03125
    """
    checked_fit(fit, "permutation_test")
    faults = Faults()
    with faults:
        asked = ask(fit, statistic)
    with faults:
        if alternative is not None:
            look_up(ALTERNATIVES, alternative, argument="alternative", what="an alternative")
    _check_source(faults, exact, rng, draws)
    faults.refuse()
    side, draws = ALTERNATIVES[alternative or asked.row.alternative], int(draws)
    way = way_of(model_of(fit, "permutation_test", limits=asked.row.limits), asked)
    arranged, observed, m = way.arrangements, way.observed(), len(asked.names)
    every = arranged.count * arranged.stands_for
    source = _source(exact, every, rng)
    signs, paired = isinstance(arranged, Signs), source is None and arranged.stands_for > 1
    mirror = asked.row.mirror if paired else NEITHER
    each = Tally(observed[:m], side, null=asked.row.null, mirror=mirror)
    joint = Tally(observed[m:], ALTERNATIVES[GREATER], null=np.nan, mirror=NEITHER)
    for part in _all(way) if source is None else _random(way, source, draws):
        found = way.arranged(part)
        each.add(found[:, :m])
        joint.add(found[:, m:])
    total, own = (every, 0) if source is None else (draws, 1)
    p_values = [tally.p_values(total, own) for tally in (each, joint)]
    errors = [
        np.zeros_like(p) if source is None else tally.standard_errors(p, draws)
        for tally, p in zip((each, joint), p_values, strict=True)
    ]
    alike = signs and asked.row.mirror == EVEN  # an arrangement has the statistic of its mirror's
    least = (2 if each.doubled or alike or (signs and each.by_size) else 1) / every
    together = [float(values[0]) if way.tested else np.nan for values in (p_values[1], errors[1])]
    return PermutationTest(
        fit=fit,
        statistic=asked.key,
        statistic_name=asked.name,
        alternative=side.key,
        arranged=SIGNS if signs else ROWS,
        draws=total,
        exact=source is None,
        names=asked.names,
        observed=way.reported(observed),
        p_values=p_values[0],
        standard_errors=errors[0],
        moderators_p_value=together[0],
        moderators_standard_error=together[1],
        remarks=_remarks(every, least, int(each.undefined.max()), total),
    )


def _step(way: Way) -> int:
    return max(1, BLOCK // way.cells)


def _all(way: Way) -> Iterator[Floats]:
    count, step = way.arrangements.count, _step(way)
    for start in range(0, count, step):
        yield way.arrangements.numbered(start, min(start + step, count))


def _random(way: Way, source: np.random.Generator, draws: int) -> Iterator[Floats]:
    step = _step(way)
    for start in range(0, draws, step):
        yield way.arrangements.drawn(min(step, draws - start), source)


def _check_source(faults: Faults, exact: object, rng: object, draws: object) -> None:
    """Add what is wrong with the options of the arrangements, whichever of them are needed."""
    if isinstance(draws, bool) or not isinstance(draws, Integral) or int(draws) < 1:
        faults.add(f"draws={draws!r} must be a whole number of at least 1, e.g. {DEFAULT_DRAWS}")
    if exact is not None and not isinstance(exact, bool | np.bool_):
        faults.add(f"exact={exact!r} must be True, False, or None to leave it to the number")
    with faults:
        if rng is not None:
            generator(rng)


def _source(
    exact: bool | None, every: int, rng: np.random.Generator | int | None
) -> np.random.Generator | None:
    """Return the source of random arrangements, None if all are made; InputError if it lacks."""
    if exact and every > EXACT_MOST:
        raise InputError(
            f"exact=True would take {_size(every)} arrangements, at most {EXACT_MOST:,} are made; "
            "draw some at random: exact=False, rng=1"
        )
    if exact or (exact is None and every <= EXACT_UNASKED):
        return None
    return generator(rng, f"of {_size(every)} arrangements some are drawn at random")


def _size(count: int) -> str:
    """Return a whole number of any size in a few characters."""
    return f"{count:,}" if count < 10**9 else f"about 10^{int(log10(count))}"


def _remarks(every: int, least: float, undefined: int, total: int) -> tuple[str, ...]:
    remarks = []
    if every < FEW:
        remarks.append(f"with {every} arrangements no p-value can be below {least:.3g}")
    if undefined:
        remarks.append(
            f"in {undefined:,} of {total:,} arrangements the statistic is not defined; they count "
            "as extreme, so that p is too large rather than too small"
        )
    return tuple(remarks)
