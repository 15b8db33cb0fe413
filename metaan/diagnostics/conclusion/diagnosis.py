"""diagnose: what would and what would not change the conclusion of a pool."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from numbers import Real
from types import MappingProxyType

import numpy as np

from metaan.core.errors import InputError
from metaan.core.fit import INVERSE_VARIANCE, PooledFit
from metaan.core.refit_words import side_of
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.conclusion.bias_checks import small_studies
from metaan.diagnostics.conclusion.diagnosis_record import (
    HOLDS,
    TURNS,
    Check,
    Diagnosis,
)
from metaan.diagnostics.conclusion.refit_checks import (
    Answer,
    each_model,
    each_study,
    importance,
    new_study,
)
from metaan.diagnostics.conclusion.search_checks import new_null_trial, some_studies
from metaan.univariate.planning import FIXED


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A row of ``CHECKS``.

    Attributes
    ----------
    key, question : str
        Key, and what is asked as a short line.
    doi : str
        Where the method was published.
    answer : callable
        ``answer(fit, side) -> (verdict, clause, found)``.
    after : str
        Key of a question; asked only if the conclusion holds there.
    """

    key: str
    question: str
    doi: str
    answer: Callable[[PooledFit, int], Answer]
    after: str = ""


_ROWS = (
    Question(
        key="LEAVE_ONE_OUT",
        question="without any one study",
        doi="10.1002/jrsm.11",
        answer=each_study,
    ),
    Question(
        key="FEWEST_STUDIES",
        question="without several studies",
        doi="",
        answer=some_studies,
        after="LEAVE_ONE_OUT",
    ),
    Question(
        key="MODELS",
        question="under other models",
        doi="",
        answer=each_model,
    ),
    Question(
        key="NULL_TRIAL",
        question="with one further trial of no effect",
        doi="10.1016/j.jclinepi.2011.10.009",
        answer=new_null_trial,
    ),
    Question(
        key="SMALL_STUDIES",
        question="corrected for small-study effects",
        doi="10.1136/bmj.d4002",
        answer=small_studies,
    ),
    Question(
        key="NEW_SETTING",
        question="in a new setting",
        doi="10.1111/j.1467-985X.2008.00552.x",
        answer=new_study,
    ),
)
CHECKS: Mapping[str, Question] = MappingProxyType({row.key: row for row in _ROWS})


def diagnose(fit: PooledFit | SubgroupFit, *, important: float | None = None) -> Diagnosis:
    """Return what would and what would not change the conclusion of a pool.

    Parameters
    ----------
    fit : PooledFit or SubgroupFit
        Pool of k >= 2 studies; of subgroups it is the pool of all.
    important : float, optional
        Minimal important difference, reading scale: a difference above 0, or for ratios a ratio
        other than 1, which stands for its inverse too.

    Returns
    -------
    Diagnosis
        One check for each row of ``CHECKS``; ``.sentence()`` says it in one sentence.

    Raises
    ------
    InputError
        If this is no pool of two studies or more, it has weights of the caller's own, its scale
        has no null value, or ``important`` cannot be one; all faults at once.

    Notes
    -----
    The conclusion is on which side of no effect the interval of the mean lies, or that it
    includes no effect. It is looked at again

    - without each study, and without the fewest studies that turn it (`fewest_studies`) [1]_;
    - by every other estimator of tau², with every interval of the mean that serves it, and for
      the common effect; models that give one result count once;
    - with the smallest further trial of no effect that turns it (`null_trial`) [2]_;
    - from ten studies on, after trim and fill, PET-PEESE and a selection model with one step;
      below, small-study effects cannot be told from chance [3]_;
    - for the effect of a new study, by the prediction interval [4]_.

    That a conclusion holds everywhere says nothing about bias that all studies share.

    References
    ----------
    .. [1] Viechtbauer W, Cheung MW-L (2010). Res Synth Methods 1:112. doi:10.1002/jrsm.11
    .. [2] Langan D, Higgins JPT, Gregory W, Sutton AJ (2012). J Clin Epidemiol 65:511.
       doi:10.1016/j.jclinepi.2011.10.009
    .. [3] Sterne JAC, Sutton AJ, Ioannidis JPA, et al (2011). BMJ 343:d4002.
       doi:10.1136/bmj.d4002
    .. [4] Higgins JPT, Thompson SG, Spiegelhalter DJ (2009). J R Stat Soc A 172:137.
       doi:10.1111/j.1467-985X.2008.00552.x

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.conclusion.diagnosis import diagnose
    >>> effects = ma.Effects.from_arrays([0.30, 0.35, 0.55, 0.41], se=[0.12, 0.10, 0.18, 0.15])
    >>> found = diagnose(ma.pool(effects, inference="WALD"), important=0.2)
    >>> [(check.key, check.verdict) for check in found.checks[:2]]
    [('LEAVE_ONE_OUT', 'holds'), ('FEWEST_STUDIES', 'holds')]
    """
    pooled = fit.overall if isinstance(fit, SubgroupFit) else fit
    if not isinstance(pooled, PooledFit):
        raise InputError(
            "diagnose needs a pool of effects, as pool(effects) or subgroups(effects, by) gives "
            f"it; got {type(fit).__name__}. Of counts make effects with effect_sizes(table, "
            "measure); of a regression diagnose the pool beside it"
        )
    _check(pooled, important)
    own = pooled.estimate
    low, high = np.array([own.low]), np.array([own.high])
    side = int(side_of(low, high, own.scale.null)[0])
    checks: dict[str, Check] = {}
    for row in CHECKS.values():
        if row.after and checks[row.after].verdict == TURNS:
            continue
        verdict, clause, found = row.answer(pooled, side)
        checks[row.key] = Check(
            key=row.key,
            question=row.question,
            verdict=verdict,
            clause=clause,
            found=found,
            doi=row.doi,
        )
        if row.after and verdict == HOLDS:  # what holds without several holds without one
            checks[row.after] = replace(checks[row.after], clause="")
    return Diagnosis(
        fit=pooled,
        side=side,
        important=important,
        importance=importance(pooled, important),
        checks=tuple(checks.values()),
        remarks=("nothing here tells of bias that all studies share",),
    )


def _check(fit: PooledFit, important: float | None) -> None:
    faults = []
    scale = fit.effects.scale
    if fit.k < 2:
        faults.append("one study is no pool: nothing in it can be left out or modeled otherwise")
    if fit.weighting != INVERSE_VARIANCE:
        faults.append("weights of one's own have no other models; pool without weights=")
    if fit.tau2_method == FIXED:
        faults.append("a tau² that was given has no other estimators; pool without tau2=")
    if not scale.has_null:
        faults.append(f"{fit.effects.label} has no null value, so that there is no conclusion")
    if important is not None:
        number = isinstance(important, Real) and not isinstance(important, bool)
        null = 1.0 if scale.is_log else 0.0
        if not number or not math.isfinite(important) or important <= 0 or important == null:
            rule = "a ratio above 0 other than 1" if scale.is_log else "a difference above 0"
            faults.append(f"important={important!r} must be {rule}, on the reading scale")
    if faults:
        raise InputError("diagnose: " + "; ".join(faults))
