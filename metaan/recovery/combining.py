"""Several groups taken together as one."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats


def combine_groups(n: Floats, mean: Floats, sd: Floats) -> tuple[Floats, Floats, Floats]:
    """Return n, mean and SD of several groups taken together, exactly.

    Parameters
    ----------
    n, mean, sd : ndarray, shape (..., groups)
        Numbers, means and standard deviations (with n - 1 in the denominator).

    Returns
    -------
    n, mean, sd : ndarray, shape (...)
        As if the participants had been one group:
        ``SD² = [sum (n_i - 1) sd_i² + sum n_i (mean_i - mean)²] / (N - 1)``.

    References
    ----------
    .. [1] Cochrane Handbook for Systematic Reviews of Interventions, 6.5.2.10 (two groups).
       doi:10.1002/9781119536604.ch6

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
