"""What sentences say of a model: its effects, and where its tau² is from."""

from __future__ import annotations

from metaan.core.fit import PooledFit
from metaan.networks.fits.network_fit import NetworkFit
from metaan.univariate.planning import COMMON, FIXED


def model_clause(fit: PooledFit | NetworkFit) -> str:
    """Return the model, and how tau² was found if it has one."""
    if fit.model == COMMON:
        return f"{fit.model} effect"
    tau2 = "given" if fit.tau2_method == FIXED else f"by {fit.tau2_method}"
    return f"{fit.model} effects, tau² {tau2}"


def estimated(fit: PooledFit | NetworkFit) -> bool:
    """Return whether tau² is from the data: no common effect, none that was given."""
    return fit.model != COMMON and fit.tau2_method != FIXED
