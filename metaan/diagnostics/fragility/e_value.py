"""e_value: the strength of unmeasured confounding that could explain an effect."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from metaan.core.counts_fit import CountsFit
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate
from metaan.core.fit import PooledFit
from metaan.core.lookup import look_up
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.fragility.conclusion import reference_of
from metaan.diagnostics.fragility.e_value_record import NONE_NEEDED, EValue


@dataclass(frozen=True, slots=True, kw_only=True)
class EKind:
    """A row of ``E_KINDS``.

    Attributes
    ----------
    key : str
        Its name, with which labels of such effects begin, or go on after ``QUALIFIERS``.
    log_risk_ratio : callable
        Effect on the analysis scale to the log risk ratio.
    remark : str
        What is assumed on the way.
    asks_rare : bool
        Whether it depends on how frequent the outcome is.
    """

    key: str
    log_risk_ratio: Callable[[float], float]
    remark: str = ""
    asks_rare: bool = False


def _same(y: float) -> float:
    return y


def _half(y: float) -> float:
    return y / 2


COMMON_OUTCOME = "odds ratio of a common outcome"
QUALIFIERS = ("peto", "adjusted", "incidence", "mantel-haenszel")  # before a kind, in a label
_ROWS = (
    EKind(key="risk ratio", log_risk_ratio=_same),
    EKind(key="rate ratio", log_risk_ratio=_same),
    EKind(
        key="hazard ratio", log_risk_ratio=_same, asks_rare=True,
        remark="the hazard ratio is taken for a risk ratio, which holds while the outcome is rare "
        "(below 15%) to the end of follow-up",
    ),
    EKind(
        key="odds ratio", log_risk_ratio=_same, asks_rare=True,
        remark="the odds ratio is taken for a risk ratio, which holds while the outcome is rare "
        "(below 15%)",
    ),
    EKind(
        key=COMMON_OUTCOME, log_risk_ratio=_half,
        remark="the outcome is common: the root of the odds ratio is taken for a risk ratio, an "
        "approximation for risks from 20% to 80%",
    ),
)  # fmt: skip
E_KINDS: Mapping[str, EKind] = MappingProxyType({row.key: row for row in _ROWS})


def e_value(
    fit: PooledFit | CountsFit | SubgroupFit | Estimate,
    *,
    kind: str | None = None,
    rare: bool | None = None,
    against: float | None = None,
) -> EValue:
    """Return how strong unmeasured confounding would have to be to explain an effect.

    Parameters
    ----------
    fit : PooledFit, CountsFit, SubgroupFit or Estimate
        A pool of non-randomized studies, or one estimate, for which ``kind`` must be given.
    kind : str, optional
        Row of ``E_KINDS``: "risk ratio", "rate ratio", "odds ratio" or "hazard ratio";
        that of the effect's own label by default (a Peto odds ratio is an odds ratio).
    rare : bool, optional
        Needed for odds and hazard ratios: whether the outcome is rare (below 15%).
    against : float, optional
        Value to which confounding would have to move it, reading scale: no effect by default.

    Returns
    -------
    EValue
        ``.value`` for the estimate and ``.limit`` for the limit nearest to ``against``.

    Raises
    ------
    InputError
        If there is no such kind, ``rare`` is missing, it is a common outcome's hazard ratio, or
        the scale does not fit.

    Notes
    -----
    ``E = RR + sqrt(RR (RR - 1))`` with RR the risk ratio over its reference, inverted if below 1
    [1]_; Table 2 there has what is made a risk ratio. Not offered are differences of risks (which
    need the risks themselves), differences of means, and a common outcome's hazard ratio.

    An estimate that is ``against`` itself has the E-value 1: there is nothing to explain.

    An E-value is about confounding alone, and for a pool of randomized trials it answers a
    question that randomization has answered.

    References
    ----------
    .. [1] VanderWeele TJ, Ding P (2017). Ann Intern Med 167:268. doi:10.7326/M16-2607

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.fragility.e_value import e_value
    >>> cohort = ma.Effects.from_arrays([0.92, 1.20], se=[0.2, 0.3], scale="log",
    ...                                 label="Risk ratio")
    >>> found = e_value(ma.pool(cohort, model="common"))
    >>> round(found.value, 2), round(found.limit, 2)
    (4.91, 3.36)
    """
    fit = fit.overall if isinstance(fit, SubgroupFit) else fit
    estimate, label = _subject(fit)
    row = _kind(label, kind, rare)
    if not estimate.scale.is_log:
        raise InputError(
            f"{_article(row.key)} {row.key} is pooled as its logarithm, but this estimate lies "
            f'on the {estimate.scale.key} scale; make it with scale="log"'
        )
    reference = reference_of(estimate.scale, against, verb="e_value")
    ratio = row.log_risk_ratio
    middle, low, high = ratio(estimate.value), ratio(estimate.low), ratio(estimate.high)
    target = ratio(reference)
    if not all(map(math.isfinite, (middle, low, high))):
        raise InputError(f"e_value needs a finite estimate with limits; got {estimate}")
    above = middle >= target
    nearest = low if above else high
    includes = low <= target <= high
    return EValue(
        estimate=estimate,
        label=label or row.key.capitalize(),
        kind=row.key,
        reference=float(estimate.scale.inverse(reference)),
        risk_ratio=math.exp(middle),
        risk_ratio_low=math.exp(low),
        risk_ratio_high=math.exp(high),
        reference_ratio=math.exp(target),
        value=_of(middle - target),
        limit=NONE_NEEDED if includes else _of(nearest - target),
        remarks=(row.remark,) if row.remark else (),
    )


def _of(log_ratio: float) -> float:
    """Return the E-value of a log risk ratio."""
    size = abs(log_ratio)
    with np.errstate(over="ignore"):
        ratio = float(np.exp(size))
        # RR - 1 without the cancellation near 1
        return ratio + math.sqrt(ratio) * float(np.sqrt(np.expm1(size)))


def _subject(fit: PooledFit | CountsFit | Estimate) -> tuple[Estimate, str]:
    if isinstance(fit, Estimate):
        return fit, ""
    if isinstance(fit, PooledFit):
        return fit.estimate, fit.effects.label
    if isinstance(fit, CountsFit):
        return fit.estimate, fit.label
    raise InputError(
        "e_value needs a pool, as pool(effects) or mantel_haenszel(counts) gives it, or an "
        f"estimate; got {type(fit).__name__}"
    )


def _article(word: str) -> str:
    return "an" if word[:1] in "aeiou" else "a"


def _unqualified(label: str) -> str:
    """Return a label in small letters, without the name of a method or the like before it."""
    first, _, rest = label.casefold().partition(" ")
    return rest if first in QUALIFIERS else label.casefold()


def _kind(label: str, kind: str | None, rare: bool | None) -> EKind:
    if kind is None:
        word = _unqualified(label)
        found = [key for key in E_KINDS if word.startswith(key)]
        if not found:
            raise InputError(
                f"e_value does not know {label or 'an estimate alone'!r}; give kind=, one of "
                f"{', '.join(E_KINDS)} (a difference of risks or of means has none here)"
            )
        kind = found[0]
    row = look_up(E_KINDS, kind, argument="kind", what="a kind of effect with an E-value")
    if row.asks_rare and rare is None:
        raise InputError(
            f"the E-value of {_article(row.key)} {row.key} depends on how frequent the outcome "
            "is; give rare=True (below 15%) or rare=False"
        )
    if not row.asks_rare or rare:
        return row
    if row.key == "hazard ratio":
        raise InputError(
            "the E-value of a hazard ratio with a common outcome is not offered; take a risk "
            "ratio, or rare=True if the outcome is below 15% to the end of follow-up"
        )
    return E_KINDS[COMMON_OUTCOME]
