"""SMD and log odds ratio, r and Fisher's z, SMD and units; variances by the delta method.

Each function takes effects and variances on the analysis scale and records what it rests on.
``correlation`` holds SMD and correlation, ``risk`` and ``nnt`` what needs a baseline risk,
``overlap`` the readings of a SMD.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from metaan.conversion.delta import converted
from metaan.core.arrays import Floats
from metaan.core.lookup import look_up
from metaan.recovery.assumed import assumed
from metaan.recovery.faults import faults, refuse
from metaan.recovery.given import Given, carrying, together
from metaan.recovery.recovered import Assumption, Recovered
from metaan.recovery.rules import sd_faults, v_faults

FISHER = "Fisher RA (1915). Biometrika 10:507. doi:10.1093/biomet/10.4.507"
THORLUND = "Thorlund K et al. (2011). Res Synth Methods 2:188. doi:10.1002/jrsm.46"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """How many log odds ratios make one SMD.

    Attributes
    ----------
    factor : float
        Log odds ratio of a SMD of 1.
    outcome : str
        Distribution of the outcome that is assumed.
    source : str
        Citation.
    """

    factor: float
    outcome: str
    source: str


SLOPES: Mapping[str, Slope] = MappingProxyType(
    {
        "HASSELBLAD_HEDGES": Slope(
            factor=np.pi / np.sqrt(3),
            outcome="logistic",
            source="Hasselblad V, Hedges LV (1995). Psychol Bull 117:167. "
            "doi:10.1037/0033-2909.117.1.167",
        ),
        "COX_SNELL": Slope(
            factor=1.65,
            outcome="normal",
            source="Cox DR, Snell EJ (1989). Analysis of Binary Data. doi:10.1201/9781315137391; "
            "Sánchez-Meca J et al. (2003). Psychol Methods 8:448. doi:10.1037/1082-989X.8.4.448",
        ),
    }
)
DEFAULT_SLOPE = next(iter(SLOPES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Latent:
    """An approximation of the tetrachoric correlation.

    Attributes
    ----------
    value, slope : callable
        Log odds ratio to the correlation, and to its derivative.
    source : str
        Citation.
    """

    value: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]
    source: str


def _cosine(log_or: Floats) -> Floats:
    # cos(pi / (1 + sqrt(OR))) as a sine, exactly 0 at an odds ratio of 1
    return np.asarray(np.sin(np.pi / 2 * np.tanh(log_or / 4)))


def _cosine_slope(log_or: Floats) -> Floats:
    t = np.tanh(log_or / 4)
    return np.asarray(np.cos(np.pi / 2 * t) * np.pi / 8 * (1 - t * t))


def _three_quarters(log_or: Floats) -> Floats:
    return np.asarray(np.tanh(3 / 8 * log_or))


def _three_quarters_slope(log_or: Floats) -> Floats:
    return np.asarray(3 / 8 / np.cosh(3 / 8 * log_or) ** 2)


LATENT: Mapping[str, Latent] = MappingProxyType(
    {
        "PEARSON": Latent(
            value=_cosine,
            slope=_cosine_slope,
            source="Pearson K (1900). Philos Trans R Soc A 195:1. doi:10.1098/rsta.1900.0022",
        ),
        "DIGBY": Latent(
            value=_three_quarters,
            slope=_three_quarters_slope,
            source="Digby PGN (1983). Biometrics 39:753. doi:10.2307/2531104",
        ),
    }
)
DEFAULT_LATENT = next(iter(LATENT))


def log_or_to_d(y: Given, v: Given, *, method: str = DEFAULT_SLOPE) -> Recovered:
    """Return the SMD of a log odds ratio: ``y sqrt(3) / pi``, or ``y / 1.65``.

    Parameters
    ----------
    y, v : array_like
        Log odds ratios and variances.
    method : {"HASSELBLAD_HEDGES", "COX_SNELL"}
        Row of ``SLOPES``: a logistic outcome, or a normal one.

    Returns
    -------
    Recovered
        ``y``, ``v``; the distribution is recorded as an assumption.

    Raises
    ------
    InputError
        If a variance is negative.
    ChoiceError
        If the method is not a row of the table.

    References
    ----------
    .. [1] Hasselblad V, Hedges LV (1995). Psychol Bull 117:167.
       doi:10.1037/0033-2909.117.1.167
    .. [2] Sánchez-Meca J, Marín-Martínez F, Chacón-Moscoso S (2003). Psychol Methods 8:448.
       doi:10.1037/1082-989X.8.4.448

    Examples
    --------
    >>> import metaan as ma
    >>> ma.log_or_to_d([0.3], [0.01])["y"].round(4)
    array([0.1654])
    """
    row = look_up(SLOPES, method, argument="method", what="a way from odds ratio to SMD")
    result = _scaled(y, v, 1 / row.factor, row, "SMD from the log odds ratio")
    return carrying(result, y, v)


def d_to_log_or(y: Given, v: Given, *, method: str = DEFAULT_SLOPE) -> Recovered:
    """Return the log odds ratio of a SMD: ``y pi / sqrt(3)``, or ``1.65 y``.

    Parameters
    ----------
    y, v : array_like
        SMDs and variances.
    method : {"HASSELBLAD_HEDGES", "COX_SNELL"}
        Row of ``SLOPES``.

    Returns
    -------
    Recovered
        ``y``, ``v``; the distribution is recorded as an assumption.

    Raises
    ------
    InputError
        If a variance is negative.
    ChoiceError
        If the method is not a row of the table.

    References
    ----------
    .. [1] Hasselblad V, Hedges LV (1995). Psychol Bull 117:167.
       doi:10.1037/0033-2909.117.1.167
    .. [2] Chinn S (2000). Stat Med 19:3127.
       doi:10.1002/1097-0258(20001130)19:22<3127::AID-SIM784>3.0.CO;2-M

    Examples
    --------
    >>> import metaan as ma
    >>> ma.d_to_log_or([0.3], [0.01], method="COX_SNELL")["y"]
    array([0.495])
    """
    row = look_up(SLOPES, method, argument="method", what="a way from odds ratio to SMD")
    result = _scaled(y, v, row.factor, row, "log odds ratio from the SMD")
    return carrying(result, y, v)


def log_or_to_tetrachoric(y: Given, v: Given, *, method: str = DEFAULT_LATENT) -> Recovered:
    """Return the tetrachoric correlation: Pearson's ``cos(pi / (1 + sqrt(OR)))``, or Digby's.

    Parameters
    ----------
    y, v : array_like
        Log odds ratios and variances.
    method : {"PEARSON", "DIGBY"}
        Row of ``LATENT``; Digby's is ``(OR^(3/4) - 1) / (OR^(3/4) + 1)``. Both approximate the
        correlation of two normal variables that were both cut in two, best near the middle.

    Returns
    -------
    Recovered
        ``y``, ``v``; the normal variables are recorded as an assumption.

    Raises
    ------
    InputError
        If a variance is negative.
    ChoiceError
        If the method is not a row of the table.

    References
    ----------
    .. [1] Pearson K (1900). Philos Trans R Soc A 195:1. doi:10.1098/rsta.1900.0022
    .. [2] Digby PGN (1983). Biometrics 39:753. doi:10.2307/2531104

    Examples
    --------
    >>> import metaan as ma
    >>> ma.log_or_to_tetrachoric([0.5], [0.04])["y"].round(3)
    array([0.194])
    >>> ma.log_or_to_tetrachoric([0.5], [0.04], method="DIGBY")["y"].round(3)
    array([0.185])
    """
    row = look_up(LATENT, method, argument="method", what="a tetrachoric approximation")
    log_or, spread = together(y=y, v=v)
    refuse(v_faults(spread))
    result = converted(
        spread, row.value(log_or), row.slope(log_or),
        method="tetrachoric correlation from the log odds ratio", source=row.source,
        assumptions=(Assumption(name="variables behind the table", value="bivariate normal"),),
    )  # fmt: skip
    return carrying(result, y, v)


def r_to_z(y: Given, v: Given) -> Recovered:
    """Return Fisher's z: ``atanh(r)``, ``v / (1 - r²)²``.

    Parameters
    ----------
    y, v : array_like
        Correlations and variances.

    Returns
    -------
    Recovered
        ``y``, ``v``. Where n is known, 1 / (n - 3) is the better variance.

    Raises
    ------
    InputError
        If a correlation is not between -1 and 1, or a variance is negative.

    References
    ----------
    .. [1] Fisher RA (1915). Biometrika 10:507. doi:10.1093/biomet/10.4.507

    Examples
    --------
    >>> import metaan as ma
    >>> ma.r_to_z([0.5], [0.01])["y"].round(4)
    array([0.5493])
    """
    r, spread = together(y=y, v=v)
    refuse(
        v_faults(spread),
        faults(np.abs(r) >= 1, {"r": r}, rule="r must lie between -1 and 1, both excluded",
               remedy="is it Fisher's z already?")
    )  # fmt: skip
    result = converted(
        spread, np.arctanh(r), 1 / (1 - r * r), method="Fisher's z from r", source=FISHER
    )
    return carrying(result, y, v)


def z_to_r(y: Given, v: Given) -> Recovered:
    """Return the correlation of Fisher's z: ``tanh(z)``, ``v (1 - r²)²``.

    Parameters
    ----------
    y, v : array_like
        Fisher's z and variances.

    Returns
    -------
    Recovered
        ``y``, ``v``.

    Raises
    ------
    InputError
        If a variance is negative.

    References
    ----------
    .. [1] Fisher RA (1915). Biometrika 10:507. doi:10.1093/biomet/10.4.507

    Examples
    --------
    >>> import metaan as ma
    >>> ma.z_to_r([0.5493], [0.01])["y"].round(4)
    array([0.5])
    """
    z, spread = together(y=y, v=v)
    refuse(v_faults(spread))
    result = converted(
        spread, np.tanh(z), 1 / np.cosh(z) ** 2, method="r from Fisher's z", source=FISHER
    )
    return carrying(result, y, v)


def smd_to_units(y: Given, v: Given, sd: Given, *, instrument: str) -> Recovered:
    """Return the SMD in units of an instrument: ``y sd``, ``v sd²``.

    Parameters
    ----------
    y, v : array_like
        SMDs and variances.
    sd : array_like
        Standard deviation on the instrument in the population that the reader has in mind; taken
        as known, so that its own error is not in v.
    instrument : str
        Whose units ("VAS 0-100").

    Returns
    -------
    Recovered
        ``y``, ``v``; the SD is recorded as an assumption, with the instrument.

    Raises
    ------
    InputError
        If an SD is not positive, or a variance is negative.

    References
    ----------
    .. [1] Thorlund K, Walter SD, Johnston BC, Furukawa TA, Guyatt GH (2011). Res Synth Methods
       2:188. doi:10.1002/jrsm.46

    Examples
    --------
    >>> import metaan as ma
    >>> found = ma.smd_to_units([-0.5], [0.04], 25.0, instrument="VAS 0-100")
    >>> found["y"], found["v"], str(found.assumptions[0])
    (array([-12.5]), array([25.]), 'SD of VAS 0-100 25 (assumed)')
    """
    d, spread, unit = together(y=y, v=v, sd=sd)
    refuse(
        v_faults(spread),
        sd_faults(
            "sd", unit, zero=False, remedy="give the SD of the participants, not of the mean"
        ),
    )  # fmt: skip
    result = converted(
        spread, d * unit, unit, method=f"SMD in units of {instrument}", source=THORLUND,
        assumptions=(assumed(f"SD of {instrument}", unit),),
    )  # fmt: skip
    return carrying(result, y, v, sd)


def _scaled(y: Given, v: Given, factor: float, row: Slope, method: str) -> Recovered:
    effect, spread = together(y=y, v=v)
    refuse(v_faults(spread))
    return converted(
        spread, effect * factor, np.full_like(effect, factor), method=method, source=row.source,
        assumptions=(Assumption(name="distribution of the outcome", value=row.outcome),),
    )  # fmt: skip
