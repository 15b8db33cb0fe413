"""The models of a multiverse: combinations of model, estimator of tau² and inference as plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from types import MappingProxyType

from metaan.core.errors import InputError
from metaan.diagnostics.specifications.choices import (
    INFERENCE,
    MODEL,
    NOT_CHOSEN,
    TAU2,
    Choice,
)
from metaan.tau2.interval import NO_LIMITS
from metaan.tau2.table import DEFAULT_TAU2
from metaan.univariate.inference import FLOOR, HKSJ, WALD, T
from metaan.univariate.kernel import Plan
from metaan.univariate.planning import DEFAULT_MODEL, check_plan, make_plan
from metaan.univariate.prediction import DEFAULT_PREDICTION

# Random-effects models that reviews use and the literature defends; every one goes with every
# other, so that the factorial stays balanced. Maximum likelihood is left out, which is biased
# downward, as are the variants that give what one of these gives.
DEFENSIBLE_MODELS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {TAU2: (DEFAULT_TAU2, "PM", "DL", "HE", "SJ"), INFERENCE: (HKSJ, FLOOR, T, WALD)}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """Every model that there is, and the combinations that are none.

    Attributes
    ----------
    plans : tuple of Plan
        One for each model.
    codes : tuple of tuple of int
        Options of model, tau² and inference of each: positions among the options.
    undefined : tuple of tuple of str
        Combinations that do not go together, in words, and why.
    """

    plans: tuple[Plan, ...]
    codes: tuple[tuple[int, int, int], ...]
    undefined: tuple[tuple[str, str], ...]


def make_models(choices: Sequence[Choice], level: float) -> Models:
    """Return the models that the options of the choices make; InputError if there is none.

    tau² says nothing of a common effect: that is one model for each inference, and its code of
    tau² is ``NOT_CHOSEN``.
    """
    model = _of(choices, MODEL, DEFAULT_MODEL)
    tau2 = _of(choices, TAU2, DEFAULT_TAU2)
    inference = _of(choices, INFERENCE, None)
    plans: list[Plan] = []
    codes: list[tuple[int, int, int]] = []
    undefined: list[tuple[str, str]] = []
    seen: set[tuple[int, int, int]] = set()
    for a, b, c in product(*(range(len(each.values)) for each in (model, tau2, inference))):
        plan = make_plan(
            model=model.values[a],
            tau2=tau2.values[b],
            inference=inference.values[c],
            prediction=DEFAULT_PREDICTION,
            level=level,
        )
        code = (a, b if plan.varying else NOT_CHOSEN, c)
        if code in seen:
            continue
        seen.add(code)
        try:
            check_plan(plan, None)
        except InputError as error:
            words = (model.labels[a], tau2.labels[b] if plan.varying else "", inference.labels[c])
            undefined.append((", ".join(word for word in words if word), str(error)))
            continue
        codes.append(code)
        plans.append(replace(plan, interval=NO_LIMITS))
    if not plans:
        raise InputError(
            "no combination of model, tau² and inference exists: "
            + "; ".join(f"{words}: {reason}" for words, reason in undefined)
        )
    return Models(plans=tuple(plans), codes=tuple(codes), undefined=tuple(undefined))


def _of(choices: Sequence[Choice], name: str, default: str | None) -> Choice:
    """Return a choice, or one of a single option where it was not given."""
    for choice in choices:
        if choice.name == name:
            return choice
    return Choice(name=name, labels=(default or "",), values=(default,))
