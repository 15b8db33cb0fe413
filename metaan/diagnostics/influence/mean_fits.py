"""Which fits have a mean or a regression of effects, and what to do with the others."""

from __future__ import annotations

from metaan.core.counts_fit import CountsFit
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.regression_fit import RegressionFit
from metaan.core.subgroup_fit import SubgroupFit
from metaan.univariate.fitted import checked_fit


def mean_fit(fit: PooledFit | RegressionFit | SubgroupFit, verb: str) -> PooledFit | RegressionFit:
    """Return the weighted mean or regression of a fit; of subgroups it is the pool of all.

    Raises
    ------
    InputError
        If there is none; the text names the verb and what can be done instead.
    """
    if isinstance(fit, SubgroupFit):
        return fit.overall
    if isinstance(fit, CountsFit):
        raise InputError(
            f"{verb} needs a weighted mean of effects, and a Mantel-Haenszel or Peto pool of "
            f"counts ({type(fit).__name__}) has none; give the pool of its studies' effects, "
            f"{verb}(pool(fit.effects)), or look at the counts without each study, "
            "leave_one_out(fit)"
        )
    return checked_fit(fit, verb)
