"""pet_peese: the effect that small-study trends leave to a study without error."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from metaan.core.errors import InputError
from metaan.core.faults import Faults
from metaan.core.lookup import look_up
from metaan.core.numbers import compact
from metaan.core.scale import IDENTITY
from metaan.diagnostics.asymmetry.asymmetry_evidence import UNASKED, Evidence, Source, evidence_of
from metaan.diagnostics.asymmetry.asymmetry_making import (
    SIMILAR,
    Choices,
    estimate_of,
    few_remark,
    how_of,
    plan_of_line,
)
from metaan.diagnostics.asymmetry.asymmetry_table import MIXED, MULTIPLICATIVE
from metaan.diagnostics.asymmetry.line_kernel import flat
from metaan.diagnostics.asymmetry.pet_kernel import PetPeeseArrays, pet_peese_arrays
from metaan.diagnostics.asymmetry.pet_record import (
    CONDITIONAL,
    PEESE,
    PET,
    PET_ESTIMATORS,
    PetPeese,
)
from metaan.diagnostics.asymmetry.power_curve import checked_share

THRESHOLD = 0.10
ABOVE, BELOW = "above", "below"
SIDES: Mapping[str, int] = MappingProxyType({ABOVE: 1, BELOW: -1})
PET_MODELS: Mapping[str, str] = MappingProxyType(
    {
        MULTIPLICATIVE: "lines weighted by precision, their spread estimated",
        MIXED: "meta-regressions with a between-study variance",
    }
)


def pet_peese(
    source: Source,
    *,
    estimator: str = CONDITIONAL,
    model: str = MULTIPLICATIVE,
    threshold: float = THRESHOLD,
    direction: str | None = None,
    tau2: str | float | None = None,
    inference: str | None = None,
    level: float | None = None,
) -> PetPeese:
    """Return the effect adjusted for small-study effects by PET, PEESE or the choice of them.

    Parameters
    ----------
    source : PooledFit, SubgroupFit, CountsFit, Effects or Counts
        At least three studies; effects of counts are log odds ratios.
    estimator : {"CONDITIONAL", "PET", "PEESE"}
        Row of ``PET_ESTIMATORS``: PEESE if the precision-effect test finds an effect and PET if
        not, or one of them.
    model : {"multiplicative", "mixed"}
        Row of ``PET_MODELS``: weighted least squares with an estimated spread, or meta-regression
        as in the fit.
    threshold : float
        One-sided p-value of the precision-effect test below which PEESE is chosen.
    direction : {"above", "below"}, optional
        Side of no effect on which an effect is looked for, analysis scale; by default that of
        the common-effect mean.
    tau2, inference : str, optional
        For "mixed": rows of ``ESTIMATORS`` and ``INFERENCES``; those of the fit, else the
        defaults of ``pool``.
    level : float, optional
        Coverage; that of the fit, or 0.95.

    Returns
    -------
    PetPeese
        ``.estimate``, with both of them, ``.chosen``, ``.why`` and ``.sentence()``. NaN where all
        studies have the same standard error.

    Raises
    ------
    InputError
        If there are fewer than three studies, an option is out of its range, or the choice needs
        a value of no effect that the scale does not have.
    ChoiceError
        If a name is no row of its table.

    Notes
    -----
    PET is the intercept of the effects' regression on their standard errors (Egger's regression),
    PEESE that on their variances, both weighted by 1 / v with a spread that is estimated and
    t(k - 2) [1]_. PET is too low where there is an effect, PEESE too high where there is none;
    hence the choice by the one-sided test of PET's intercept, at 10% [1]_, [2]_. A one-sided
    test at 10% towards the side of the mean is a two-sided one at 20%.

    References
    ----------
    .. [1] Stanley TD, Doucouliagos H (2014). Res Synth Methods 5:60. doi:10.1002/jrsm.1095
    .. [2] Stanley TD (2017). Soc Psychol Personal Sci 8:581. doi:10.1177/1948550617693062

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.asymmetry.pet_peese import pet_peese
    >>> effects = ma.Effects.from_arrays([0.3, 0.35, 0.5, 0.8], se=[0.05, 0.1, 0.2, 0.3])
    >>> found = pet_peese(effects)
    >>> found.chosen, round(found.estimate.value, 2)
    ('PEESE', 0.29)
    """
    faults, sign, plan = Faults(), 0, None
    with faults:
        look_up(PET_ESTIMATORS, estimator, argument="estimator", what="an estimator")
    with faults:
        look_up(PET_MODELS, model, argument="model", what="a model")
    with faults:
        threshold = checked_share(threshold, "threshold", THRESHOLD)
    with faults:
        if direction is not None:
            sign = look_up(SIDES, direction, argument="direction", what="a side of no effect")
    with faults:
        evidence = evidence_of(source, "pet_peese", asked=UNASKED, level=level)
        _check_null(evidence, estimator)
        if model == MIXED:
            plan = plan_of_line(None, evidence.fit, Choices(tau2, inference), evidence.level)
    if model != MIXED and (tau2 is not None or inference is not None):
        faults.add(f'tau2= and inference= belong to model="{MIXED}"; leave them out, or choose it')
    faults.refuse()
    effects = evidence.effects
    arrays = pet_peese_arrays(
        effects.y[None],
        effects.v[None],
        plan=plan,
        threshold=threshold,
        null=effects.scale.null,
        sign=sign,
        level=evidence.level,
    )
    how = "" if plan is None else how_of(plan)
    return _record(evidence, arrays, estimator=estimator, threshold=threshold, how=how)


def _check_null(evidence: Evidence, estimator: str) -> None:
    """Raise ``InputError`` if there is nothing that could decide between PET and PEESE."""
    if estimator == CONDITIONAL and not evidence.effects.scale.has_null:
        raise InputError(
            f'no value means "no effect" on this scale, so that nothing can decide between PET '
            f'and PEESE; ask for one, estimator="{PET}" or "{PEESE}"'
        )


def _record(
    evidence: Evidence, arrays: PetPeeseArrays, *, estimator: str, threshold: float, how: str
) -> PetPeese:
    effects, level = evidence.effects, evidence.level
    scale, null = effects.scale, effects.scale.null
    chosen = estimator
    if estimator == CONDITIONAL:
        chosen = PEESE if arrays.chosen[0] else PET
    spread = [lines.tau2 if how else lines.dispersion for lines in (arrays.pet, arrays.peese)]
    log_p = float(arrays.log_p_value[0])
    return PetPeese(
        label=effects.label,
        k=effects.k,
        estimator=estimator,
        chosen=chosen,
        pet=estimate_of(arrays.pet, 0, level, scale, null),
        peese=estimate_of(arrays.peese, 0, level, scale, null),
        pet_slope=estimate_of(arrays.pet, 1, level, IDENTITY, 0.0),
        peese_slope=estimate_of(arrays.peese, 1, level, IDENTITY, 0.0),
        direction=ABOVE if arrays.sign[0] > 0 else BELOW,
        p_value=math.exp(log_p),
        log_p_value=log_p,
        threshold=threshold,
        model=MIXED if how else MULTIPLICATIVE,
        how=how,
        pet_spread=float(spread[0][0]),
        peese_spread=float(spread[1][0]),
        remarks=_remarks(evidence),
    )


def _remarks(evidence: Evidence) -> tuple[str, ...]:
    se, told = evidence.effects.se, []
    if flat(se[None], np.ones((1, len(se)), dtype=bool))[0]:
        told.append("all studies have the same standard error")
    elif se.max() < SIMILAR * se.min():
        told.append(
            f"studies are much alike (standard error from {compact(float(se.min()))} to "
            f"{compact(float(se.max()))}): the line is drawn far beyond them"
        )
    told += few_remark(len(se))
    return (*told, *evidence.remarks)
