"""bootstrap: how any number of a fit would vary if the studies were done again."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral
from typing import NamedTuple

import numpy as np

from metaan.batch.analyses import BLOCK, Arrays, Model, check_alone, model_of
from metaan.batch.statistics import MEAN, Asked, OwnStatistic, ask
from metaan.core.arrays import Booleans, Floats
from metaan.core.errors import InputError
from metaan.core.faults import Faults
from metaan.core.fit import PooledFit
from metaan.core.lookup import look_up
from metaan.core.numbers import compact
from metaan.core.permutation_record import GREATER
from metaan.core.regression_fit import RegressionFit
from metaan.core.scale import IDENTITY, Scale
from metaan.core.wording import in_sentence
from metaan.diagnostics.resampling.bootstrap_record import Bootstrap, coverage_of
from metaan.diagnostics.resampling.draws import (
    BOOTSTRAPS,
    DEFAULT_BOOTSTRAP,
    BootstrapKind,
    chosen,
)
from metaan.diagnostics.resampling.limits import (
    BOOTSTRAP_INTERVALS,
    DEFAULT_BOOTSTRAP_INTERVAL,
    BootstrapInterval,
    Sample,
)
from metaan.numerics.randomness import generator
from metaan.univariate.fitted import checked_fit

DEFAULT_DRAWS = 9_999
FEWEST_DRAWS = 100
FEW_STUDIES = 10
MUCH_BIAS = 0.25  # standard errors, from which Efron and Tibshirani's book warns of it
MANY_ZEROS = 0.01  # share of draws whose tau² is 0


def bootstrap(
    fit: PooledFit | RegressionFit,
    statistic: str | OwnStatistic | None = None,
    *,
    rng: np.random.Generator | int,
    kind: str = DEFAULT_BOOTSTRAP,
    draws: int = DEFAULT_DRAWS,
    interval: str = DEFAULT_BOOTSTRAP_INTERVAL,
    level: float | None = None,
) -> Bootstrap:
    """Return the bootstrap of any number of a fit: its standard error, bias and interval.

    Parameters
    ----------
    fit : PooledFit or RegressionFit
        What ``pool`` or ``regress`` gave.
    statistic : str or callable, optional
        The number: a row of ``STATISTICS`` ("mean", "tau2", "i2", "q", "prediction_low" ...), the
        name of a coefficient of a regression, or a function of one's own. It is given the arrays
        of many fits at once (``PooledArrays``, ``RegressionArrays``) and returns one number for
        each, shape (n,): ``lambda fits: fits.weights[:, 0]``. The mean of a pool by default.
    rng : numpy.random.Generator or int
        Source of randomness, or a seed; the same seed gives the same draws.
    kind : {"PARAMETRIC", "CASES", "RESIDUAL"}
        What a draw is; row of ``BOOTSTRAPS``.
    draws : int
        Number of draws, at least 100. The limits of a 95% interval are draws themselves, without
        interpolation, where a fortieth of ``draws + 1`` is a whole number.
    interval : {"PERCENTILE", "BASIC", "BCA", "NORMAL", "STUDENTIZED"}
        Row of ``BOOTSTRAP_INTERVALS``; ``.limits(...)`` has the others from the same draws.
    level : float, optional
        Coverage; that of the fit by default.

    Returns
    -------
    Bootstrap
        Analysis scale; ``.draws`` are the numbers themselves.

    Raises
    ------
    InputError
        If this is no fit of its own studies alone, there are no two studies more than
        coefficients, the number is not defined for the data or for most draws, or the interval
        does not exist for it; every fault of the options is named. ChoiceError for an unknown
        name.

    Notes
    -----
    Each draw is fitted as the data were: same estimator of tau², inference, level and weights.
    "PARAMETRIC" draws normal effects about the fitted ones with variance v + tau², the v as they
    are. "CASES" draws studies with replacement. Both are among the methods of Van den Noortgate
    and Onghena [1]_. "RESIDUAL" draws the studies' centered standardized residuals with
    replacement and multiplies each by the root of v + tau² of the study it falls to [2]_: no
    normal distribution, and the design stays.

    Intervals [2]_ [3]_: quantiles of the draws ("PERCENTILE"); 2 t - t* ("BASIC"); quantiles
    moved for bias and acceleration ("BCA"), the acceleration being the jackknife's over the
    studies, whatever the kind; t - bias ± z SE ("NORMAL"); t - se times the quantiles of
    (t* - t) / se* ("STUDENTIZED", where the number has a standard error: means, coefficients,
    tau²). Only "PERCENTILE" and "BCA" stay where the number can be. All take the estimated tau² or
    the k studies for the truth: with few studies they are too narrow, and where tau² is 0 in many
    draws its interval means little. For a new study's effect see ``bootstrap_prediction``, which
    lets tau² vary.

    References
    ----------
    .. [1] Van den Noortgate W, Onghena P (2005). Behav Res Methods 37:11. doi:10.3758/BF03206394
    .. [2] Davison AC, Hinkley DV (1997). Bootstrap methods and their application.
       doi:10.1017/CBO9780511802843
    .. [3] DiCiccio TJ, Efron B (1996). Stat Sci 11:189. doi:10.1214/ss/1032280214

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.resampling.bootstrap import bootstrap
    >>> effects = ma.Effects.from_arrays([0.10, 0.30, 0.55, 0.71], se=[0.12, 0.20, 0.18, 0.25])
    >>> found = bootstrap(ma.pool(effects), "tau2", rng=1, draws=999)
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.044, 0.0, 0.206)
    """
    checked_fit(fit, "bootstrap")
    faults = Faults()
    with faults:
        asked = _asked(fit, statistic)
    with faults:
        row = look_up(BOOTSTRAPS, kind, argument="kind", what="a bootstrap")
    with faults:
        what = "a bootstrap interval"
        limits = look_up(BOOTSTRAP_INTERVALS, interval, argument="interval", what=what)
    with faults:
        coverage = _own_level(fit) if level is None else coverage_of(level)
    with faults:
        source = generator(rng)
    _check(faults, fit, draws)
    faults.refuse()
    draws = int(draws)
    model = model_of(fit, "bootstrap", limits=asked.row.limits)
    own = model.arrays(model.own)
    check_alone(model, own)
    value, error = _values(asked, own, np.ones(1, dtype=bool))
    if not np.isfinite(value[0]):
        raise InputError(
            f'statistic="{asked.key}" is not defined for these data, so that there is nothing to '
            "bootstrap; choose another"
        )
    drawn = _drawn(model, asked, row, source, draws)
    there = np.isfinite(drawn.values)
    if np.count_nonzero(there) < draws / 2:
        raise InputError(
            f"statistic={asked.key!r} is not defined in {draws - np.count_nonzero(there):,} of "
            f"{draws:,} draws, so that they say nothing about it; choose another statistic or kind"
        )
    without = _without(model, asked)
    sample = Sample(
        float(value[0]), drawn.values[there], float(error[0]), drawn.errors[there], without
    )
    low, high = limits.function(sample, coverage)
    estimated = model.plan.row is not None
    at_zero = float(np.mean(drawn.tau2 == 0)) if estimated else float("nan")
    return Bootstrap(
        fit=fit,
        kind=row.key,
        statistic=asked.key,
        name=_words(fit, asked),
        value=sample.observed,
        low=low,
        high=high,
        interval=limits.key,
        level=coverage,
        draws=drawn.values,
        error=sample.error,
        errors=drawn.errors,
        without=without,
        at_zero=at_zero,
        scale=_scale(fit, asked),
        remarks=(
            *_remarks(fit, row, at_zero),
            *_about(sample, limits, (low, coverage), asked, draws),
        ),
    )


def _asked(fit: PooledFit | RegressionFit, statistic: str | OwnStatistic | None) -> Asked:
    if statistic is None and isinstance(fit, RegressionFit):
        raise InputError(
            "a regression has many numbers; name the one to bootstrap: statistic= one of "
            f"{', '.join(fit.names)}, tau2, r2 ..."
        )
    asked = ask(fit, MEAN if statistic is None else statistic)
    if isinstance(fit, RegressionFit) and asked.names == fit.names and asked.place is None:
        raise InputError(
            f"statistic={asked.key!r} has a number for each of {len(fit.names)} coefficients; "
            f"name one of them ({', '.join(fit.names)}), or take one yourself: "
            f"statistic=lambda fits: fits.{asked.row.field}[:, 0]"
        )
    return asked


def _own_level(fit: PooledFit | RegressionFit) -> float:
    return fit.estimate.level if isinstance(fit, PooledFit) else fit.level


def _check(faults: Faults, fit: PooledFit | RegressionFit, draws: object) -> None:
    """Add what is wrong with the numbers of studies and draws."""
    p = fit.p if isinstance(fit, RegressionFit) else 1
    if fit.k < p + 1:
        faults.add(f"{fit.k} studies and {p} coefficients leave nothing to draw from")
    if isinstance(draws, bool) or not isinstance(draws, Integral) or int(draws) < FEWEST_DRAWS:
        faults.add(
            f"draws={draws!r} must be a whole number, {FEWEST_DRAWS} or more, e.g. {DEFAULT_DRAWS}"
        )


class _Drawn(NamedTuple):
    """The number in each draw, its standard errors, and tau²; NaN where they are not defined."""

    values: Floats
    errors: Floats
    tau2: Floats


def _drawn(
    model: Model, asked: Asked, row: BootstrapKind, source: np.random.Generator, draws: int
) -> _Drawn:
    found = _Drawn(*(np.full(draws, np.nan) for _ in _Drawn._fields))
    for part in _slices(draws, model.fitted.x.size):
        sets, usable = row.function(model, part.stop - part.start, source)
        arrays = model.arrays(sets)
        found.values[part], found.errors[part] = _values(asked, arrays, usable)
        found.tau2[part] = np.where(usable, arrays.tau2, np.nan)
    return found


def _without(model: Model, asked: Asked) -> Floats:
    """Return the number without each study in turn, shape (k,)."""
    k, found = model.fit.k, np.full(model.fit.k, np.nan)
    if k < model.fitted.x.shape[1] + 1:
        return found
    place = np.arange(k - 1)
    for part in _slices(k, model.fitted.x.size):
        out = np.arange(part.start, part.stop)[:, None]
        sets, usable = chosen(model, place + (place >= out))
        found[part] = _values(asked, model.arrays(sets), usable)[0]
    return found


def _slices(n: int, cells: int) -> Iterator[slice]:
    step = max(1, BLOCK // cells)
    return (slice(i, min(i + step, n)) for i in range(0, n, step))


def _values(asked: Asked, arrays: Arrays, usable: Booleans) -> tuple[Floats, Floats]:
    """Return the number of n analyses and its standard errors; NaN where not usable."""
    values, errors = asked.values(arrays)[:, 0], asked.errors(arrays)
    nothing = np.full(len(values), np.nan)
    own = nothing if errors is None else errors[:, 0]
    return np.where(usable, values, np.nan), np.where(usable, own, np.nan)


def _scale(fit: PooledFit | RegressionFit, asked: Asked) -> Scale:
    if not asked.row.read:
        return IDENTITY
    if isinstance(fit, PooledFit):
        return fit.estimate.scale
    return fit.coefficients[asked.place or 0].scale


def _words(fit: PooledFit | RegressionFit, asked: Asked) -> str:
    return f"pooled {in_sentence(fit.effects.label)}" if asked.key == MEAN else asked.name


def _remarks(fit: PooledFit | RegressionFit, row: BootstrapKind, at_zero: float) -> Iterator[str]:
    """Yield what to know of the draws, whatever the number."""
    if fit.k < FEW_STUDIES:
        why = "tau² of the data is taken for the truth" if row.of_model else "few sets differ"
        yield f"{fit.k} studies are few for a bootstrap: {why}, and intervals are too narrow"
    if row.of_model and fit.tau2 == 0 and at_zero == at_zero:
        yield "tau² of the data is 0, so that no draw has any heterogeneity"
    elif at_zero > MANY_ZEROS:
        yield f"tau² is 0 in {100 * at_zero:.3g}% of the draws"


def _about(
    sample: Sample,
    limits: BootstrapInterval,
    asked_for: tuple[float, float],
    asked: Asked,
    draws: int,
) -> Iterator[str]:
    """Yield what to know of the draws of this number; ``asked_for``: lower limit, coverage."""
    low, coverage = asked_for
    lost = draws - len(sample.draws)
    if lost:
        yield f"not defined in {lost:,} of {draws:,} draws, which are left out"
    tail = (1 - coverage) / 2
    if (draws + 1) * tail < 1:
        enough = int(np.ceil(1 / tail)) - 1
        yield f"the limits are the extreme draws; a level this high takes {enough:,} or more"
    spread = float(sample.draws.std(ddof=1))
    off = float(sample.draws.mean()) - sample.observed
    if abs(off) > MUCH_BIAS * spread:
        share = compact(off / spread, 2) if spread > 0 else "all"
        yield f"the draws are {share} standard errors off the data (bias); compare the intervals"
    if asked.row.alternative == GREATER and low < 0:
        yield f"the lower limit ({limits.name}) is below 0, where the number cannot be"
