"""Change scores, shared controls, clusters: numbers of designs that are not two parallel arms."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.numbers import compact
from metaan.recovery.assumed import assumed, listed
from metaan.recovery.faults import faults, refuse
from metaan.recovery.given import Given, carrying, together
from metaan.recovery.noting import noted
from metaan.recovery.recovered import Recovered
from metaan.recovery.rules import (
    correlation_faults,
    event_faults,
    n_faults,
    negative_faults,
    sd_faults,
    v_faults,
)

CHANGES = "Cochrane Handbook 6.5.2.8. doi:10.1002/9781119536604.ch6"
CLUSTERS = "Cochrane Handbook 23.1.4. doi:10.1002/9781119536604.ch23"
SHARED = "Cochrane Handbook 23.3.4. doi:10.1002/9781119536604.ch23"
WORTH_A_CHANGE = 0.5  # below, a change score varies more than the final score


def change_sd(sd_before: Given, sd_after: Given, correlation: Given) -> Recovered:
    """Return the SD of change: ``sqrt(sd_before² + sd_after² - 2 r sd_before sd_after)``.

    Parameters
    ----------
    sd_before, sd_after : array_like, shape (k,)
        Standard deviations at baseline and at the end, of one group.
    correlation : array_like
        Of the two measurements, assumed. For a sweep, ``correlation[:, None]``: the result has a
        row for each value.

    Returns
    -------
    Recovered
        ``sd``; the correlation is recorded as an assumption.

    Raises
    ------
    InputError
        If an SD is negative or a correlation beyond -1 or 1; the text names every fault.

    References
    ----------
    .. [1] Follmann D, Elliott P, Suh I, Cutler J (1992). J Clin Epidemiol 45:769.
    .. [2] Cochrane Handbook for Systematic Reviews of Interventions, 6.5.2.8.
       doi:10.1002/9781119536604.ch6

    Examples
    --------
    >>> import numpy as np
    >>> import metaan as ma
    >>> ma.change_sd([6.4, 7.0], [7.1, 6.9], correlation=0.8)["sd"].round(1)
    array([4.3, 4.4])
    >>> r = np.array([0.3, 0.5, 0.8])
    >>> sweep = ma.change_sd([6.4, 7.0], [7.1, 6.9], correlation=r[:, None])
    >>> sweep["sd"].shape, str(sweep.assumptions[0])
    ((3, 2), 'correlation 0.3, 0.5, 0.8 (assumed)')
    """
    before, after, r = together(sd_before=sd_before, sd_after=sd_after, correlation=correlation)
    refuse(
        sd_faults("sd_before", before), sd_faults("sd_after", after),
        correlation_faults("correlation", r),
    )  # fmt: skip
    # two squares, so that it cannot fall below 0 where the SDs are equal and r is 1
    variance = (before - after) ** 2 + 2 * (1 - r) * before * after
    result = Recovered(
        columns={"sd": np.sqrt(variance)},
        method="SD of change from the SDs before and after",
        source=CHANGES,
        assumptions=(assumed("correlation", r),),
    )
    return carrying(result, sd_before, sd_after, correlation)


def correlation_from_sds(sd_before: Given, sd_after: Given, sd_change: Given) -> Recovered:
    """Return the correlation: ``(sd_before² + sd_after² - sd_change²) / (2 sd_before sd_after)``.

    Parameters
    ----------
    sd_before, sd_after, sd_change : array_like, broadcastable
        Standard deviations of one group: at baseline, at the end, and of the changes.

    Returns
    -------
    Recovered
        ``r``; a flag where it is below 0.5, so that final scores are the more precise.

    Raises
    ------
    InputError
        If an SD is not positive, or if no correlation leads to this SD of change.

    References
    ----------
    .. [1] Cochrane Handbook for Systematic Reviews of Interventions, 6.5.2.8.
       doi:10.1002/9781119536604.ch6

    Examples
    --------
    >>> import metaan as ma
    >>> ma.correlation_from_sds([6.4, 7.0], [7.1, 6.9], [4.5, 4.2])["r"].round(2)
    array([0.78, 0.82])
    """
    before, after, change = together(sd_before=sd_before, sd_after=sd_after, sd_change=sd_change)
    given = {"sd_before": before, "sd_after": after, "sd_change": change}
    refuse(
        sd_faults("sd_before", before, zero=False), sd_faults("sd_after", after, zero=False),
        sd_faults("sd_change", change),
        faults((change > before + after) | (change < np.abs(before - after)), given,
               rule="sd_change must lie between the difference and the sum of the other two",
               remedy="look for a standard error printed as an SD"),
    )  # fmt: skip
    r = implied_correlation(before, after, change)
    low = r < WORTH_A_CHANGE
    texts = [
        f"correlation {compact(x)}: final scores are more precise than changes" for x in r[low]
    ]
    result = Recovered(
        columns={"r": r},
        method="correlation from the SDs before, after and of change",
        source=CHANGES,
        flagged=noted(low, texts),
    )
    return carrying(result, sd_before, sd_after, sd_change)


def split_control(n: Given, groups: Given, *, events: Given | None = None) -> Recovered:
    """Return one comparison's part of a shared control: ``n / groups``, ``events / groups``.

    Only for an analysis that cannot hold several arms of a trial; combining the arms, or a model
    of their correlation, uses the trial better. Mean and SD of the control stay as they are.

    Parameters
    ----------
    n : array_like
        Participants of the control.
    groups : array_like
        Number of comparisons that share it, a whole number of at least 2.
    events : array_like, optional
        Its events.

    Returns
    -------
    Recovered
        ``n`` and, if given, ``events``, unrounded. The method says that the comparisons remain
        dependent: splitting undoes the double counting only.

    Raises
    ------
    InputError
        If groups is not a whole number of at least 2, or counts are impossible.

    References
    ----------
    .. [1] Cochrane Handbook for Systematic Reviews of Interventions, 23.3.4.
       doi:10.1002/9781119536604.ch23

    Examples
    --------
    >>> import metaan as ma
    >>> part = ma.split_control([60], 2, events=[15])
    >>> part["n"], part["events"]
    (array([30.]), array([7.5]))
    """
    size, parts, found = together(n=n, groups=groups, events=np.nan if events is None else events)
    refuse(
        n_faults(size),
        event_faults(found, size),
        faults((parts < 2) | (parts != np.round(parts)) & ~np.isnan(parts), {"groups": parts},
               rule="groups must be a whole number of at least 2",
               remedy="count the comparisons that share the control"),
    )  # fmt: skip
    columns = {"n": size / parts}
    if events is not None:
        columns["events"] = found / parts
    result = Recovered(
        columns=columns,
        method="shared control divided equally among its comparisons (mean and SD as printed); "
        "the comparisons remain dependent",
        source=SHARED,
    )
    return carrying(result, n, groups, events)


def cluster_adjust(
    n: Given,
    icc: Given,
    cluster_size: Given,
    *,
    events: Given | None = None,
    cv: Given = 0.0,
) -> Recovered:
    """Return effective numbers ``n / D`` of a cluster-randomized arm, D = 1 + (m - 1) ICC.

    Only for results that the paper computed as if individuals had been randomized.

    Parameters
    ----------
    n : array_like
        Participants of the arm.
    icc : array_like
        Intracluster correlation, assumed; ``icc[:, None]`` for a sweep.
    cluster_size : array_like
        Mean number m of participants per cluster, over both arms.
    events : array_like, optional
        Events of the arm. Mean and SD stay as they are.
    cv : array_like
        Coefficient of variation of the clusters' sizes: ``D = 1 + ((1 + cv²) m - 1) ICC``.

    Returns
    -------
    Recovered
        ``n``, ``events`` if given, and ``design_effect``; numbers unrounded.

    Raises
    ------
    InputError
        If counts are impossible, m is below 1, or ICC is not within -1 to 1 or so negative that
        D is not positive.

    References
    ----------
    .. [1] Rao JNK, Scott AJ (1992). Biometrics 48:577. doi:10.2307/2532311
    .. [2] Eldridge SM, Ashby D, Kerry S (2006). Int J Epidemiol 35:1292. doi:10.1093/ije/dyl129
    .. [3] Cochrane Handbook for Systematic Reviews of Interventions, 23.1.4.
       doi:10.1002/9781119536604.ch23

    Examples
    --------
    >>> import metaan as ma
    >>> arms = ma.cluster_adjust([295, 330], 0.02, 29.8, events=[63, 84])
    >>> arms["n"].round(1), arms["events"].round(1)
    (array([187.2, 209.4]), array([40. , 53.3]))
    """
    size, rho, m, spread, found = together(
        n=n, icc=icc, cluster_size=cluster_size, cv=cv, events=np.nan if events is None else events
    )
    refuse(n_faults(size), event_faults(found, size))
    effect = _design_effect(rho, m, spread)
    columns = {"n": size / effect, "design_effect": effect}
    if events is not None:
        columns["events"] = found / effect
    result = Recovered(
        columns=columns,
        method="effective numbers of a cluster-randomized trial: n over "
        + _design_text(effect, m, spread),
        source=CLUSTERS,
        assumptions=(assumed("intracluster correlation", rho),),
    )
    return carrying(result, n, icc, cluster_size, events, cv)


def cluster_inflate(
    y: Given, v: Given, icc: Given, cluster_size: Given, *, cv: Given = 0.0
) -> Recovered:
    """Return the effect and its variance times the design effect: ``v (1 + (m - 1) ICC)``.

    Parameters
    ----------
    y, v : array_like
        Effect and variance, computed as if individuals had been randomized.
    icc, cluster_size, cv : array_like
        See ``cluster_adjust``.

    Returns
    -------
    Recovered
        ``y`` as it was, ``v``, ``design_effect``.

    Raises
    ------
    InputError
        As of ``cluster_adjust``, and for a negative v.

    References
    ----------
    .. [1] Cochrane Handbook for Systematic Reviews of Interventions, 23.1.6.
       doi:10.1002/9781119536604.ch23

    Examples
    --------
    >>> import metaan as ma
    >>> ma.cluster_inflate([0.3], [0.04], icc=0.02, cluster_size=26)["v"]
    array([0.06])
    """
    effect, variance, rho, m, spread = together(
        y=y, v=v, icc=icc, cluster_size=cluster_size, cv=cv
    )
    refuse(v_faults(variance))
    inflation = _design_effect(rho, m, spread)
    result = Recovered(
        columns={"y": effect, "v": variance * inflation, "design_effect": inflation},
        method=f"variance inflated for clustering: times {_design_text(inflation, m, spread)}",
        source=CLUSTERS,
        assumptions=(assumed("intracluster correlation", rho),),
    )
    return carrying(result, y, v, icc, cluster_size, cv)


def implied_correlation(sd1: Floats, sd2: Floats, sd_difference: Floats) -> Floats:
    """Return ``(sd1² + sd2² - sd_difference²) / (2 sd1 sd2)``, whatever it comes to."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((sd1 * sd1 + sd2 * sd2 - sd_difference**2) / (2 * sd1 * sd2))


def _design_effect(icc: Floats, size: Floats, cv: Floats) -> Floats:
    effect = 1 + ((1 + cv * cv) * size - 1) * icc
    refuse(
        correlation_faults("icc", icc),
        faults(size < 1, {"cluster_size": size}, rule="cluster_size must be at least 1",
               remedy="divide the participants by the clusters"),
        negative_faults("cv", cv, remedy="give the SD of the sizes over their mean"),
        faults(effect <= 0, {"icc": icc, "cluster_size": size},
               rule="the design effect must be positive",
               remedy="an intracluster correlation cannot be below -1 / (cluster_size - 1)"),
    )  # fmt: skip
    return np.asarray(effect)


def _design_text(effect: Floats, size: Floats, cv: Floats) -> str:
    formula = "1 + ((1 + cv²) m − 1) ICC" if np.any(cv > 0) else "1 + (m − 1) ICC"
    sizes = f", coefficient of variation of the sizes {listed(cv)}" if np.any(cv > 0) else ""
    return (
        f"the design effect {formula} = {listed(effect, 4)}, mean cluster size m {listed(size, 4)}"
        + sizes
    )
