"""What a network is to be computed by: the choices that networks have, checked, made a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

from metaan.core.arrays import FrozenDict
from metaan.core.errors import ChoiceError, InputError
from metaan.core.lookup import hint
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.inference import HKSJ, INFERENCES, WALD
from metaan.univariate.kernel import Plan
from metaan.univariate.planning import COMMON, MODELS, RANDOM
from metaan.univariate.prediction import PREDICTIONS
from metaan.univariate.presets import plan_under

USABLE_TAU2 = tuple(key for key, row in ESTIMATORS.items() if not row.weighted)
USABLE_INFERENCES = tuple(
    key for key, row in INFERENCES.items() if not (row.means_only or row.degrees)
)
USABLE_PREDICTIONS = tuple(
    key
    for key, row in PREDICTIONS.items()
    if not row.inference or row.inference in USABLE_INFERENCES
)
# What other programs and papers call a row; for hints only.
CALLED: Mapping[str, str] = FrozenDict(
    {
        **dict.fromkeys(("fixed", "fixed-effect", "fixed-effects", "fe", "ce"), COMMON),
        **dict.fromkeys(("common-effect", "common-effects"), COMMON),
        **dict.fromkeys(("re", "random-effect", "random-effects"), RANDOM),
        **dict.fromkeys(("kh", "hk", "knha", "hakn", "hartung-knapp", "knapp-hartung"), HKSJ),
        **dict.fromkeys(("z", "normal", "classic"), WALD),
    }
)


def network_plan(
    *,
    model: str,
    tau2: str | float | None,
    inference: str | None,
    prediction: str | None,
    level: float,
) -> Plan:
    """Return the plan of a network; what is None is the default.

    Raises
    ------
    ChoiceError, InputError
        If a choice is unknown, or networks do not have it; the text lists those they have.
    """
    _check("model", model, MODELS, tuple(MODELS))
    if tau2 is not None and not isinstance(tau2, Real):
        _check("tau2", tau2, ESTIMATORS, USABLE_TAU2)
    if inference is not None:
        _check("inference", inference, INFERENCES, USABLE_INFERENCES)
    if prediction is not None:
        _check("prediction", prediction, PREDICTIONS, USABLE_PREDICTIONS)
    plan = plan_under(
        None, model=model, tau2=tau2, inference=inference, prediction=prediction, level=level
    )
    _check_rows(plan)
    return plan


def _check(argument: str, value: Any, table: Mapping[str, Any], usable: Sequence[str]) -> None:
    """Raise ``ChoiceError`` for an unknown name, and list the usable ones."""
    if isinstance(value, str) and value in table:
        return
    called = CALLED.get(str(value).casefold())
    near = f' Did you mean "{called}"?' if called in usable else hint(value, usable)
    raise ChoiceError(
        f"{argument}={value!r} is not one that networks have; choose one of "
        f"{', '.join(usable)}.{near}"
    )


def _check_rows(plan: Plan) -> None:
    """Raise ``InputError`` for an estimator or an inference that networks do not have."""
    if plan.row is not None and plan.row.weighted:
        raise InputError(
            f'tau2="{plan.row.key}" asks for weights of one\'s own, which a network does not '
            f"take; choose one of {', '.join(USABLE_TAU2)}"
        )
    rows: list[tuple[str, str]] = [("inference", plan.inference.key)]
    if plan.varying and plan.prediction.inference:
        rows.append(("prediction", plan.prediction.inference))
    for argument, key in rows:
        if key not in USABLE_INFERENCES:
            usable = USABLE_INFERENCES if argument == "inference" else USABLE_PREDICTIONS
            raise InputError(
                f'{argument} by "{key}" has no form for networks; choose one of '
                f"{', '.join(usable)}"
            )
