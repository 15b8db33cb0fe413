"""From selected trials to effects and their pool, as a figure declares them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

from metaan.core.cells import is_missing
from metaan.core.counts import Counts
from metaan.core.counts_fit import CountsFit
from metaan.core.effects import Effects, LeftOut
from metaan.core.errors import EmptyIntervalWarning, InputError, MetaanWarning
from metaan.core.fit import PooledFit
from metaan.core.lookup import hint
from metaan.core.regression_fit import RegressionFit
from metaan.core.subgroup_fit import SubgroupFit
from metaan.report.declaring.declared import FigureSpec
from metaan.report.declaring.words import OF_FILES, SAME_AS, words_of
from metaan.report.results.notes import with_instrument
from metaan.report.results.readable import group_label
from metaan.trials.contrasting import Contrasts
from metaan.trials.counting import counts
from metaan.trials.effects import effect_sizes
from metaan.trials.given_effects import GIVEN_ROWS, given_effects
from metaan.trials.trials import Trials
from metaan.twobytwo.mantel_haenszel import mantel_haenszel
from metaan.twobytwo.methods import INVERSE_VARIANCE, PETO
from metaan.twobytwo.peto import peto
from metaan.univariate.formula_rules import check_formula
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from metaan.univariate.subgrouping import subgroups

FEWEST_TO_POOL = 2
NOT_REPORTED, NO_SHAM = "not reported", "no sham"
SHAM, GROUP = "sham", "group"
Fit = PooledFit | SubgroupFit | CountsFit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compared:
    """The effects that a figure's comparison has.

    Attributes
    ----------
    effects : Effects or None
        None where no trial is usable.
    counts : Counts or None
        The counts behind them, where these are pooled themselves.
    left_out : tuple of LeftOut
        What did not enter, and why.
    """

    effects: Effects | None
    counts: Counts | None = None
    left_out: tuple[LeftOut, ...] = ()


def compare(trials: Trials, spec: FigureSpec) -> Compared:
    """Return the effects of the selected trials, with the columns that subgroups are formed by."""
    contrasts = trials.contrasts(list(spec.treatment), list(spec.control), by=spec.by)
    if contrasts.k == 0:
        return Compared(effects=None, left_out=contrasts.left_out)
    found = _counted(contrasts, spec) if spec.method != INVERSE_VARIANCE else _own(contrasts, spec)
    if found.effects is None or found.effects.k == 0:
        return replace(found, effects=None)
    effects = _labeled(found.effects, spec)
    if spec.subgroups:
        empty = NO_SHAM if _without_sham(trials, spec) else NOT_REPORTED
        effects = with_column(effects, trials, spec.subgroups, empty=empty)
    for name in _moderators(trials, spec.moderators):
        effects = with_column(effects, trials, name)
    return replace(found, effects=effects)


def _labeled(effects: Effects, spec: FigureSpec) -> Effects:
    """Return effects whose two sides, where they are groups, are called as elsewhere."""
    if spec.by != GROUP:
        return effects
    first, second = (
        " or ".join(map(group_label, names)) for names in (spec.treatment, spec.control)
    )
    return replace(effects, treatment=first, control=second)


def _without_sham(trials: Trials, spec: FigureSpec) -> bool:
    """Return whether a column tells of a sham, and no control is one."""
    table = trials.treatments
    groups = (
        list(spec.control)
        if spec.by == GROUP
        else [str(table.at[name, GROUP]) for name in spec.control if name in table.index]
    )
    return spec.subgroups.startswith(SHAM) and not any(SHAM in name for name in groups)


def _own(contrasts: Contrasts, spec: FigureSpec) -> Compared:
    """Return the studies' own effects."""
    if spec.measure in GIVEN_ROWS:
        effects = given_effects(contrasts, spec.measure)
    else:
        effects = effect_sizes(
            contrasts,
            spec.measure,
            better=spec.better or None,
            mix_types=spec.mix_types,
            contrast_sd=spec.contrast_sd,
        )
    return Compared(
        effects=replace(effects, label=with_instrument(effects)), left_out=effects.left_out
    )


def _counted(contrasts: Contrasts, spec: FigureSpec) -> Compared:
    """Return the counts, and the studies' own effects beside them."""
    if not (contrasts.pairs["events1"].notna() & contrasts.pairs["events2"].notna()).any():
        lost = tuple(
            LeftOut(study=study, rows=tuple(rows), reason="no events of both groups on file")
            for study, rows in zip(contrasts.pairs["study"], contrasts.pairs["rows"], strict=True)
        )
        return Compared(effects=None, left_out=(*contrasts.left_out, *lost))
    made = counts(contrasts)
    effects = made.effects[spec.measure]
    lost = (*made.left_out, *effects.left_out)
    # what was added for the studies' own effects, the fit says itself
    effects = replace(effects, left_out=lost, remarks=made.remarks)
    return Compared(effects=effects, counts=made, left_out=lost)


def fit_of(found: Compared, spec: FigureSpec) -> Fit | None:
    """Return the pool that a figure declares; None with fewer than two usable trials."""
    effects = found.effects
    if effects is None or effects.k < FEWEST_TO_POOL:
        return None
    with warnings.catch_warnings():
        # the figure's notes say it: agreement beyond chance is not an error of the report
        warnings.simplefilter("ignore", EmptyIntervalWarning)
        if found.counts is not None:
            if spec.method == PETO:
                return peto(found.counts, level=spec.level)
            return mantel_haenszel(found.counts, spec.measure, model=spec.model, level=spec.level)
        tau2 = None if spec.tau2 == "" else spec.tau2
        inference, prediction = spec.inference or None, spec.prediction or None
        if spec.subgroups and len(set(effects.columns[spec.subgroups])) > 1:
            return subgroups(
                effects,
                by=spec.subgroups,
                model=spec.model,
                tau2=tau2,
                inference=inference,
                prediction=prediction,
                level=spec.level,
            )
        return pool(
            effects,
            model=spec.model,
            tau2=tau2,
            inference=inference,
            prediction=prediction,
            level=spec.level,
        )


def regression_of(found: Compared, spec: FigureSpec) -> tuple[RegressionFit | None, str]:
    """Return the meta-regression that a figure declares, or None and why there is none.

    Nothing and no reason where none is declared, or no two trials are usable.
    """
    if not spec.moderators or found.effects is None or found.effects.k < FEWEST_TO_POOL:
        return None, ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MetaanWarning)  # studies left out are listed in the fit
        try:
            fit = regress(
                found.effects,
                spec.moderators,
                model=spec.model,
                tau2=None if spec.tau2 == "" else spec.tau2,
                inference=spec.inference or None,
                level=spec.level,
            )
        except InputError as error:  # too few studies, or one level alone
            return None, f"no meta-regression on {spec.moderators}: {error}"
    return fit, ""


def with_column(effects: Effects, trials: Trials, name: str, *, empty: str = "") -> Effects:
    """Return effects with a column of the data: of the rows behind each, or of its study.

    A cell without a value becomes ``empty``.
    """
    frames = [frame for frame in (trials.contrast_rows, trials.arms) if name in frame]
    if name in SAME_AS:
        values = list(effects.columns[SAME_AS[name]])
    elif frames and name not in OF_FILES:
        of_rows = {
            str(key): value
            for frame in frames
            for key, value in zip(frame["row_id"], frame[name], strict=True)
        }
        values = [of_rows.get(ids[0], "") for ids in effects.rows]
    elif name in trials.studies:
        known = trials.studies[name]
        values = [known.get(str(study), "") for study in effects.columns["study_id"]]
    elif name in effects.columns:
        values = list(effects.columns[name])
    else:
        raise InputError(f"{name!r} is not a column of the data.{hint(name, effects.columns)}")
    filled = tuple(empty if is_missing(value) else value for value in values)
    return replace(effects, columns={**effects.columns, name: filled})


def _moderators(trials: Trials, formula: str) -> tuple[str, ...]:
    """Return the columns of the data that a formula names."""
    return check_formula(formula, words_of(trials, ()).columns) if formula else ()
