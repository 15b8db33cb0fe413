"""What tests of funnel asymmetry are given: effects, and the counts and sizes behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import ArrayLike, Floats
from metaan.core.counts import PEOPLE, Counts
from metaan.core.counts_fit import CountsFit
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.faults import Faults
from metaan.core.fit import GIVEN, PooledFit
from metaan.core.lookup import look_up
from metaan.core.network_effects import NetworkEffects
from metaan.core.regression_fit import RegressionFit
from metaan.core.study_intervals import DEFAULT_LEVEL
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.asymmetry.line_kernel import LEAST
from metaan.diagnostics.asymmetry.power_curve import checked_share
from metaan.networks.fits.answers_sensitivity import SensitivityAnswers
from metaan.twobytwo.estimators import MH_MEASURES
from metaan.twobytwo.groups import Groups, make_groups
from metaan.univariate.planning import check_effects

Source = PooledFit | SubgroupFit | CountsFit | Effects | Counts
EVENTS, OTHERS, GROUPS = "events", "nonevents", ("1", "2")
DEFAULT_PREDICTOR = "SE"


class Asked(NamedTuple):
    """What the caller can choose about them.

    Attributes
    ----------
    predictor : str
        Row of ``PREDICTORS``, for tests that leave it open; the standard error unless asked.
    correction : float
        Added to the cells of tables with a zero cell, for the common odds ratio of the ranks of
        cells.
    """

    predictor: str
    correction: float


UNASKED = Asked(predictor=DEFAULT_PREDICTOR, correction=0.5)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """What there is to test.

    Attributes
    ----------
    effects : Effects
        k studies.
    fit : PooledFit or None
        The pool, if one was given: its model is that of the mixed regression.
    level : float
        Coverage of intervals.
    given_n : ndarray, shape (k,), or None
        Sample sizes that the caller gave.
    all_tables : Groups or None
        Two-by-two tables, all of them, as a batch of one.
    all_studies : sequence of str
        Their labels: more than those of the effects where a table has no effect.
    asked : Asked
        What the caller chose.
    remarks : tuple of str
        What is to be said whatever the test.
    """

    effects: Effects
    fit: PooledFit | None
    level: float
    given_n: Floats | None
    all_tables: Groups | None
    all_studies: Sequence[str]
    asked: Asked
    remarks: tuple[str, ...] = ()

    @property
    def tables(self) -> Groups | None:
        """Two-by-two tables of the studies that have an effect, or None."""
        return _tables(self.effects)

    @property
    def sizes(self) -> tuple[Floats, Floats] | None:
        """Participants in the two groups, shapes (k,), or None."""
        one, other = (_size(self.effects, group) for group in GROUPS)
        return None if one is None or other is None else (one, other)

    @property
    def n(self) -> Floats | None:
        """Participants of each study, shape (k,), or None."""
        if self.given_n is not None:
            return self.given_n
        if self.sizes is not None:
            return np.add(*self.sizes)
        return _size(self.effects, "")


def evidence_of(
    source: Source,
    verb: str,
    *,
    asked: Asked,
    n: ArrayLike | str | None = None,
    level: float | None = None,
) -> Evidence:
    """Return what a verb was given, or raise ``InputError``, naming the verb.

    Parameters
    ----------
    source : PooledFit, SubgroupFit, CountsFit, Effects or Counts
        Of subgroups it is the pool of all. The effects of counts are log odds ratios, or log
        rate ratios over person-time; those of a fit of counts are the fit's own.
    verb : str
        For messages.
    asked : Asked
        What the caller chose.
    n : array_like, shape (k,), or str, optional
        Sample sizes, or the column they are in.
    level : float, optional
        Coverage; that of the fit, or 0.95.
    """
    counts, fit, effects, own = _parts(source, verb)
    check_effects(effects, network="")
    if effects.k < LEAST:
        raise InputError(
            f"{verb} needs {LEAST} studies or more, to leave a line a degree of freedom; got "
            f"{effects.k}. Look at them one by one: a funnel of so few has no shape"
        )
    tables, studies = _tables(effects), effects.study
    if counts is not None and counts.kind == PEOPLE and counts.groups == 2:
        tables = make_groups(counts.events[None], counts.denominators[None], PEOPLE)
        studies = counts.study
    faults, given_n, coverage = Faults(), None, own
    with faults:
        given_n = None if n is None else _given(n, effects)
    with faults:
        coverage = own if level is None else checked_share(level, "level")
    faults.refuse()
    remarks: tuple[str, ...] = ()
    if fit is not None and fit.weighting == GIVEN:
        remarks = ("studies are weighted by precision here, not by the weights of the pool",)
    return Evidence(
        effects=effects,
        fit=fit,
        level=coverage,
        given_n=given_n,
        all_tables=tables,
        all_studies=studies,
        asked=asked,
        remarks=remarks,
    )


def _parts(source: Source, verb: str) -> tuple[Counts | None, PooledFit | None, Effects, float]:
    """Return the counts, the pool, the effects and the level of whatever was given."""
    if isinstance(source, Effects) and not isinstance(source, NetworkEffects):
        return None, None, source, DEFAULT_LEVEL
    if isinstance(source, Counts):
        return source, None, _effects_of(source, verb), DEFAULT_LEVEL
    fit = source.overall if isinstance(source, SubgroupFit) else source
    if isinstance(fit, CountsFit):
        return fit.counts, None, fit.effects, fit.estimate.level
    if isinstance(fit, PooledFit):
        return None, fit, fit.effects, fit.estimate.level
    raise InputError(f"{verb} needs a pool, effects or counts; {_instead(source)}")


def _instead(source: object) -> str:
    """Return what was given instead of studies to test, and what to do about it."""
    got = f"got {type(source).__name__}"
    if isinstance(source, NetworkEffects | SensitivityAnswers):
        return f"{got}. A network has a test of its own, fit.small_studies(order=...)"
    if isinstance(source, RegressionFit):
        return (
            f"{got}. With moderators, make a column of the standard errors and add it to the "
            'formula, regress(effects, "~ moderator + se"): its coefficient is the test'
        )
    return f"{got}. Give what was fitted, or pool(effects)"


def _effects_of(counts: Counts, verb: str) -> Effects:
    measure = next(row.key for row in MH_MEASURES.values() if row.kind == counts.kind)
    if counts.groups != 2 or measure not in counts.effects:
        raise InputError(
            f"{verb} of counts needs two groups; got {counts.groups}. Choose an effect of theirs: "
            f"{verb}(counts.effects[measure]), with one of {', '.join(counts.effects)}"
        )
    return counts.effects[measure]


def _tables(effects: Effects) -> Groups | None:
    events = [_column(effects, f"{EVENTS}{group}", positive=False) for group in GROUPS]
    whole = [_size(effects, group) for group in GROUPS]
    known = [each for each in (*events, *whole) if each is not None]
    if len(known) < 2 * len(GROUPS):
        return None
    counted, people = np.stack(known[:2], axis=-1), np.stack(known[2:], axis=-1)
    if (counted > people).any():
        return None
    return make_groups(counted[None], people[None], PEOPLE)


def _size(effects: Effects, group: str) -> Floats | None:
    """Return the participants of a group, or None: a column, or those with and without events."""
    found = _column(effects, f"n{group}", positive=True)
    if found is not None:
        return found
    events, others = (
        _column(effects, f"{name}{group}", positive=False) for name in (EVENTS, OTHERS)
    )
    return None if events is None or others is None else events + others


def _column(effects: Effects, name: str, *, positive: bool) -> Floats | None:
    """Return a column of numbers, or None if it is absent or is not that."""
    try:
        found = np.asarray(effects.columns.get(name), dtype=np.float64)
    except (TypeError, ValueError):
        return None
    if found.shape != (effects.k,):
        return None
    good = np.isfinite(found) & ((found > 0) if positive else (found >= 0))
    return found if good.all() else None


def _given(n: ArrayLike | str, effects: Effects) -> Floats:
    if isinstance(n, str):
        n = look_up(effects.columns, n, argument="n", what="a column")
    try:
        found = np.asarray(n, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError("n must be numbers, one for each study") from None
    if found.shape != (effects.k,):
        raise InputError(
            f"n must be one number for each of {effects.k} studies; got shape {found.shape}"
        )
    bad = [effects.study[int(i)] for i in np.flatnonzero(~((found > 0) & (found < np.inf)))]
    if bad:
        raise InputError(f"n must be finite and positive; {', '.join(bad)} break this")
    return found
