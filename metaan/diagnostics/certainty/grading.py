"""certainty: the computed parts of a GRADE judgment, with the judged parts asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

from metaan.core.counts_fit import CountsFit
from metaan.core.errors import InputError
from metaan.core.faults import Faults
from metaan.core.fit import PooledFit
from metaan.core.lookup import look_up
from metaan.core.numbers import compact
from metaan.core.scale import Scale
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.certainty.absolute import absolute_effect, participants_of
from metaan.diagnostics.certainty.certainty_record import Certainty
from metaan.diagnostics.certainty.domains import (
    DESIGNS,
    DOMAINS,
    IMPRECISION,
    INCONSISTENCY,
    PUBLICATION_BIAS,
    RANDOMIZED,
    Domain,
    Suggestion,
    levels_of,
    one_line,
)
from metaan.diagnostics.certainty.rules import (
    Thresholds,
    imprecision,
    inconsistency,
    information_size,
    small_studies,
)
from metaan.diagnostics.fragility.conclusion import reference_of

ROUGH_LOW, ROUGH_HIGH = 0.75, 1.25  # of ratios, GRADE's guide where nothing better is known
Judgment = str | tuple[str, str]
Important = float | Sequence[float]


def certainty(
    fit: PooledFit | CountsFit | SubgroupFit,
    *,
    important: Important | None = None,
    judgments: Mapping[str, Judgment] | None = None,
    small_studies: Any = None,
    design: str = RANDOMIZED,
    risk: float | None = None,
    sd: float | None = None,
) -> Certainty:
    """Return how certain a pooled effect is by GRADE: computed suggestions, and what people judge.

    Parameters
    ----------
    fit : PooledFit, CountsFit or SubgroupFit
        A pool; of subgroups it is the pool of all.
    important : float or pair of float, optional
        Minimal important effect, reading scale: a difference (10 for ± 10), a ratio (0.8 for 0.8
        and 1.25), or a pair (low, high). Without it ratios take GRADE's rough guide, 0.75 and
        1.25, and other effects are held against no effect alone.
    judgments : mapping of str to str or (str, str), optional
        Domain to concern, or to concern and reason: "risk_of_bias", "inconsistency",
        "indirectness", "imprecision", "publication_bias" to "none", "serious", "very serious" or
        "extremely serious". A judgment stands before what is computed. Rows of ``DOMAINS`` and
        ``CONCERNS``.
    small_studies : float or record, optional
        p-value of a test of funnel asymmetry, or a record with ``.p_value``.
    design : {"randomized", "non-randomized"}
        Where certainty starts: high, or low. Row of ``DESIGNS``.
    risk : float, optional
        Assumed risk without the treatment, for absolute effects; by default that of all control
        groups together.
    sd : float, optional
        SD of the outcome, for the information size of mean differences; by default that of the
        studies.

    Returns
    -------
    Certainty
        ``.domains``, ``.name``, ``.symbols``; ``.not_judged`` names what nobody has judged, and
        ``.at_most`` the best that can come of it.

    Raises
    ------
    InputError
        If this is no pool, or options are impossible; every fault of them is named.

    Notes
    -----
    Risk of bias and indirectness are asked for and never guessed. Suggested are, for a person to
    decide:

    - imprecision [1]_: one level if the interval crosses one threshold of an important effect,
      two if it crosses two; if none, one level where there are fewer participants than the
      optimal information size [2]_ (two-sided 5%, power 80%, for the important effect; a relative
      risk reduction of 25% or 0.2 SD without one);
    - inconsistency [3]_: one level if the prediction interval crosses a threshold (no effect
      among them) that the confidence interval does not; without a prediction interval, if I² is
      50% or more; left open for a level (a proportion) without ``important``;
    - publication bias: one level if a test of asymmetry has p < 0.10 in ten studies or more [4]_;
      with fewer it is left open.

    ``.level`` counts what is known, so that it is an upper bound while a domain is not judged;
    ``.name`` and ``.symbols`` then say that the evidence is not rated yet. An important ratio
    beyond 5 or 1/5 is remarked on: it looks like a difference or a percentage.
    Rating up (large effects, dose and response) is left to people.

    References
    ----------
    .. [1] Zeng L et al (2022). J Clin Epidemiol 150:216. doi:10.1016/j.jclinepi.2022.07.014
    .. [2] Guyatt GH et al (2011). J Clin Epidemiol 64:1283. doi:10.1016/j.jclinepi.2011.01.012
    .. [3] Guyatt GH et al (2011). J Clin Epidemiol 64:1294. doi:10.1016/j.jclinepi.2011.03.017
    .. [4] Sterne JAC et al (2011). BMJ 343:d4002. doi:10.1136/bmj.d4002

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.certainty.grading import certainty
    >>> effects = ma.Effects.from_arrays([-12.0, -9.0, -15.0], se=[2.0, 2.5, 3.0])
    >>> found = certainty(ma.pool(effects, model="common"), important=10.0,
    ...                   judgments={"risk_of_bias": ("serious", "no blinding")})
    >>> found.symbols, found.at_most, found.not_judged
    ('◯◯◯◯', 'low', ('indirectness', 'publication bias'))
    """
    pooled = fit.overall if isinstance(fit, SubgroupFit) else fit
    if not isinstance(pooled, PooledFit | CountsFit):
        raise InputError(
            "certainty needs a pool, as pool(effects), mantel_haenszel(counts) or peto(counts) "
            f"gives it; got {type(pooled).__name__}"
        )
    faults = Faults()
    with faults:
        start = look_up(DESIGNS, design, argument="design", what="a design")
    with faults:
        _check_numbers(risk=risk, sd=sd)
    with faults:
        at = thresholds_of(pooled.estimate.scale, important)
    with faults:
        asymmetry = _asymmetry(pooled.k, small_studies)
    given = _judged({} if judgments is None else judgments, faults)
    faults.refuse()
    n = participants_of(pooled)
    computed = {
        INCONSISTENCY: inconsistency(pooled, at),
        IMPRECISION: imprecision(pooled, at, n, information_size(pooled, at, risk=risk, sd=sd)),
        PUBLICATION_BIAS: asymmetry,
    }
    return Certainty(
        fit=pooled,
        design=design,
        start=start,
        thresholds=at,
        domains=tuple(
            Domain(key=key, suggestion=computed.get(key), **given.get(key, {})) for key in DOMAINS
        ),
        participants=n,
        absolute=absolute_effect(pooled, risk),
    )


def thresholds_of(scale: Scale, important: Important | None) -> Thresholds:
    """Return the important effects on both sides of the null, analysis scale."""
    null = float(scale.null)
    if important is None:
        if not (scale.is_log and scale.has_null):
            return Thresholds(math.nan, math.nan, null, "against no effect alone")
        below, above = (float(scale.transform(x)) for x in (ROUGH_LOW, ROUGH_HIGH))
        return Thresholds(below, above, null, "GRADE's rough guide, 0.75 and 1.25")
    if isinstance(important, int | float):
        value = reference_of(scale, float(important), verb="certainty", argument="important")
        if not scale.has_null:
            return Thresholds(value, math.nan, null, "the important value")
        if value == null:
            raise InputError(
                f"important={important!r} is no effect; give the smallest effect that matters"
            )
        away = abs(value - null)
        ends = null - away, null + away
    else:
        pair = [important] if isinstance(important, str) else list(important)
        if len(pair) != 2:
            raise InputError(f"important={important!r} must be one number or a pair (low, high)")
        low, high = (
            reference_of(scale, each, verb="certainty", argument="important") for each in pair
        )
        ends = low, high
        if not low < high or (scale.has_null and not low < null < high):
            raise InputError(
                f"important={important!r} must be a pair (low, high) with no effect, "
                f"{compact(scale.reading_null)}, between them"
            )
    told = " and ".join(compact(float(scale.inverse(x))) for x in ends)
    return Thresholds(*ends, null, f"important effects {told}")


def _judged(judgments: Mapping[str, Judgment], faults: Faults) -> dict[str, dict[str, Any]]:
    """Return what was judged; every fault is kept."""
    found: dict[str, dict[str, Any]] = {}
    if not isinstance(judgments, Mapping):
        with faults:
            raise InputError(
                "judgments must be a mapping of domain to concern, or (concern, reason)"
            )
        return found
    for domain, judgment in judgments.items():
        with faults:
            look_up(DOMAINS, domain, argument="judgments", what="a domain")
        with faults:
            text = isinstance(judgment, str)
            concern, reason = (judgment, "") if text else _pair(domain, judgment)
            found[domain] = {"judged": levels_of(concern, domain), "reason": one_line(reason)}
    return found


def _pair(domain: str, judgment: Any) -> tuple[str, str]:
    if isinstance(judgment, tuple) and len(judgment) == 2:
        return judgment[0], str(judgment[1])
    raise InputError(
        f"judgments[{domain!r}] must be a concern, or a pair of concern and reason; got "
        f"{judgment!r}"
    )


def _asymmetry(k: int, given: Any) -> Suggestion:
    p_value = getattr(given, "p_value", given)
    if p_value is None:
        return small_studies(k, None)
    if not (_number(p_value) and 0 <= float(p_value) <= 1):
        raise InputError(
            "small_studies must be a p-value from 0 to 1, or a record with .p_value; got "
            f"{given!r}"
        )
    return small_studies(k, float(p_value))


def _check_numbers(*, risk: float | None, sd: float | None) -> None:
    faults = []
    if risk is not None and not (_number(risk) and 0 < risk < 1):
        faults.append(f"risk={risk!r} must lie between 0 and 1")
    if sd is not None and not (_number(sd) and 0 < sd < math.inf):
        faults.append(f"sd={sd!r} must be a finite number greater than 0")
    if faults:
        raise InputError("; ".join(faults))


def _number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
