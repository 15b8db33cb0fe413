"""A plan under the conventions of a program, and the plan's methods in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from metaan.core.arrays import FrozenDict
from metaan.core.conventions import (
    CONVENTIONS,
    FROM_TAU2,
    OWN_CONVENTIONS,
    Conventions,
    find_conventions,
)
from metaan.core.fit_words import INFERENCE, INTERVAL, MODEL, PREDICTION, TAU2
from metaan.core.lookup import look_up
from metaan.core.wording import Method, for_designs
from metaan.tau2.interval import INTERVALS
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.inference import HKSJ, INFERENCES
from metaan.univariate.kernel import Plan
from metaan.univariate.planning import MODELS, make_plan
from metaan.univariate.prediction import PREDICTIONS

OWN = CONVENTIONS[OWN_CONVENTIONS]
BERKEY, KNAPP_HARTUNG = "10.1002/sim.4780140406", "10.1002/sim.1482"
COUNTED = ("OR", "RR", "RD")  # measures of two-by-two tables that have methods of their own


def plan_under(
    conventions: str | None,
    *,
    model: str,
    tau2: str | float | None,
    inference: str | None,
    prediction: str | None,
    level: float,
) -> Plan:
    """Return the plan in which what is None is a program's default, or ours where it has none.

    Parameters
    ----------
    conventions : str or None
        Row of ``CONVENTIONS``; None is metaan's own, unnamed.
    model, tau2, inference, prediction, level
        As in ``metaan.pool``.

    Raises
    ------
    ChoiceError, InputError
        As `find_conventions` and `make_plan` raise.
    """
    wanted = (conventions, model, tau2, inference, prediction, level)
    try:
        return _planned(*wanted)
    except TypeError:  # something that cannot be a key; its error is made below, too
        return _planned.__wrapped__(*wanted)


@lru_cache(maxsize=256, typed=True)
def _planned(
    conventions: str | None,
    model: str,
    tau2: str | float | None,
    inference: str | None,
    prediction: str | None,
    level: float,
) -> Plan:
    program = OWN if conventions is None else find_conventions(conventions)
    varying = look_up(MODELS, model, argument="model", what="a model").varying
    if inference is None and varying:
        inference = _default(program, INFERENCE)
    plan = make_plan(
        model=model,
        tau2=_default(program, TAU2) if tau2 is None else tau2,
        inference=inference,
        prediction=_default(program, PREDICTION) if prediction is None else prediction,
        level=level,
    )
    if conventions is None:
        return plan
    plan = replace(plan, conventions=program.key, interval=INTERVALS[_default(program, INTERVAL)])
    return replace(plan, remarks=_unstated(program, plan, prediction)) if varying else plan


def _default(program: Conventions, name: str) -> Any:
    value = program.value(name)
    return OWN.value(name) if value is None else value


def _unstated(program: Conventions, plan: Plan, prediction: str | None) -> tuple[str, ...]:
    """Return remarks about what no page says of a program, so that ours was used."""
    ours = []
    if program.prediction is None and prediction is None:
        ours.append(f"prediction interval ({PREDICTIONS[plan.prediction.key].name})")
    if program.interval is None:
        ours.append(f"limits of tau² ({plan.interval.name})")
    if not ours:
        return ()
    return (
        f"on these no page about {program.name} was found, and metaan's own were used: "
        f"{', '.join(ours)}",
    )


def i2_first(plan: Plan) -> str:
    """Return the I² that the plan's conventions name first."""
    first = CONVENTIONS[plan.conventions or OWN_CONVENTIONS].value("i2")
    return FROM_TAU2 if first is None else str(first)


def counts_remark(plan: Plan, measure: str) -> tuple[str, ...]:
    """Return a remark where the program would not take the effects of two-by-two tables."""
    program = CONVENTIONS.get(plan.conventions)
    if program is None or program.two_by_two is None or measure not in COUNTED:
        return ()
    own = OWN.two_by_two
    if own is not None and program.two_by_two.value == own.value:
        return ()
    return (
        f"{program.name} pools two-by-two tables by {program.two_by_two.value} unless told "
        "otherwise; these are its conventions for inverse-variance weights",
    )


def regression_remarks(plan: Plan) -> tuple[str, ...]:
    """Return the plan's remarks, and that no page says how a program regresses."""
    program = CONVENTIONS.get(plan.conventions)
    told = tuple(for_designs(remark) for remark in plan.remarks)
    if program is None or program.regression is not None:
        return told
    return (
        *told,
        f"no page about meta-regression in {program.name} was found: its conventions for pooling "
        "were used",
    )


def methods(plan: Plan, inference: str = "") -> Mapping[str, Method]:
    """Return the names and DOIs of what a plan uses, by role; ``inference`` replaces its own."""
    estimator = "" if plan.row is None else plan.row.key
    return _methods(
        estimator, inference or plan.inference.key, plan.prediction.key, plan.interval.key
    )


def regression_methods(plan: Plan, inference: str) -> Mapping[str, Method]:
    """Return `methods` in the words of designs, with the papers about meta-regression."""
    found = dict(methods(plan, inference))
    found[PREDICTION] = replace(found[PREDICTION], name=for_designs(found[PREDICTION].name))
    if inference == HKSJ:
        found[INFERENCE] = replace(found[INFERENCE], doi=KNAPP_HARTUNG)
    if plan.varying:
        found[MODEL] = Method(name="weighted least squares", doi=BERKEY)
    return FrozenDict(found)


@cache
def _methods(tau2: str, inference: str, prediction: str, interval: str) -> Mapping[str, Method]:
    rows: dict[str, Any] = {
        INFERENCE: INFERENCES[inference],
        PREDICTION: PREDICTIONS[prediction],
        INTERVAL: INTERVALS[interval],
    }
    if tau2:
        rows[TAU2] = ESTIMATORS[tau2]
    return FrozenDict({role: Method(name=row.name, doi=row.doi) for role, row in rows.items()})
