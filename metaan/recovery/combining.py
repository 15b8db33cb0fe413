"""Several groups taken together as one."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.core.errors import InputError
from metaan.recovery.faults import refuse
from metaan.recovery.given import Given, carrying, together
from metaan.recovery.recovered import Recovered
from metaan.recovery.rules import event_faults, n_faults, sd_faults

COMBINED = "Cochrane Handbook 6.5.2.10. doi:10.1002/9781119536604.ch6"


def combine_arms(
    n: Given,
    mean: Given | None = None,
    sd: Given | None = None,
    events: Given | None = None,
) -> Recovered:
    """Return n, mean, SD and events of several arms taken together, exactly.

    ``N = sum n_i``, ``mean = sum n_i mean_i / N``,
    ``SD² = [sum (n_i - 1) sd_i² + sum n_i (mean_i - mean)²] / (N - 1)``, events summed.

    Parameters
    ----------
    n : array_like, shape (..., arms)
        Participants: one row per study, one column per arm. An arm of which every number is NaN
        does not exist (studies may have different numbers of arms); a number that is missing of
        an arm that does is missing of the whole.
    mean, sd : array_like, optional
        Means and standard deviations (with n - 1 in the denominator); an SD needs the means too.
    events : array_like, optional
        Events.

    Returns
    -------
    Recovered
        ``n`` and what was given of ``mean``, ``sd``, ``events``, shape (...): as if the
        participants had been one group.

    Raises
    ------
    InputError
        If there is no axis of arms, an SD without means, or an impossible number; every fault is
        named by its row and arm.

    References
    ----------
    .. [1] Cochrane Handbook for Systematic Reviews of Interventions, 6.5.2.10 (two groups).
       doi:10.1002/9781119536604.ch6

    Examples
    --------
    >>> import metaan as ma
    >>> whole = ma.combine_arms([[30, 20]], mean=[[5.0, 7.0]], sd=[[2.0, 3.0]])
    >>> whole["n"], whole["mean"], whole["sd"].round(3)
    (array([50.]), array([5.8]), array([2.615]))
    """
    if sd is not None and mean is None:
        raise InputError("the SD of arms taken together needs their means too; give mean")
    given = {"mean": mean, "sd": sd, "events": events}
    told = {"n": n} | {name: each for name, each in given.items() if each is not None}
    arrays = dict(zip(told, together(**told), strict=True))
    if arrays["n"].ndim == 0:
        raise InputError("n needs an axis of arms, one number for each arm; got a single number")
    size = arrays["n"]
    refuse(
        n_faults(size, least=0 if sd is None else 1),
        sd_faults("sd", arrays["sd"]) if sd is not None else [],
        event_faults(arrays["events"], size) if events is not None else [],
    )
    absent = np.all([np.isnan(each) for each in arrays.values()], axis=0)
    columns, formulas = _combined(arrays, absent)
    found = Recovered(
        columns=columns, method="arms taken together: " + ", ".join(formulas), source=COMBINED
    )
    return carrying(found, *told.values(), groups=size.shape[-1])


def _combined(arrays: dict[str, Floats], absent: Booleans) -> tuple[dict[str, Floats], list[str]]:
    """Return the columns of the whole, and the formula of each in words."""
    nobody = absent.all(axis=-1)
    size, mean, sd, events = (
        np.where(absent, 0.0, arrays.get(name, np.nan)) for name in ("n", "mean", "sd", "events")
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        total, center, spread = combine_groups(size, mean, sd)
    alone = total <= 1  # one participant has no SD
    every = {
        "n": (total, "N = Σ n"),
        "mean": (center, "mean = Σ n mean / N"),
        "sd": (
            np.where(alone, np.nan, spread),
            "SD² = [Σ (n − 1) SD² + Σ n (mean of the arm − mean)²] / (N − 1)",
        ),
        "events": (np.sum(events, axis=-1), "events summed"),
    }
    columns = {name: np.where(nobody, np.nan, every[name][0]) for name in arrays}
    return columns, [every[name][1] for name in arrays]


def combine_groups(n: Floats, mean: Floats, sd: Floats) -> tuple[Floats, Floats, Floats]:
    """Return n, mean and SD of several groups taken together: `combine_arms` without its checks.

    Parameters
    ----------
    n, mean, sd : ndarray, shape (..., groups)
        Numbers, means and standard deviations (with n - 1 in the denominator).

    Returns
    -------
    n, mean, sd : ndarray, shape (...)
        As if the participants had been one group.

    Examples
    --------
    >>> import numpy as np
    >>> from metaan.recovery.combining import combine_groups
    >>> n, mean, sd = combine_groups(
    ...     np.array([30.0, 20.0]), np.array([5.0, 7.0]), np.array([2.0, 3.0])
    ... )
    >>> float(n), float(mean), round(float(sd), 3)
    (50.0, 5.8, 2.615)
    """
    total = np.sum(n, axis=-1)
    center = np.sum(n * mean, axis=-1) / total
    within = np.sum((n - 1) * sd * sd, axis=-1)
    between = np.sum(n * (mean - center[..., None]) ** 2, axis=-1)
    return total, center, np.sqrt((within + between) / (total - 1))
