"""How near is near enough: one named tolerance per kind of number, each with its reason.

A test that needs a looser number writes its own ``Tolerance`` with a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """What two numbers may differ by, and why.

    Attributes
    ----------
    relative : float
        Share of the expected number (plus ``typical``, see `close`).
    absolute : float
        Added to it, in the units of the number; keeps an exact zero comparable.
    reason : str
        Why that much and no more.
    """

    relative: float = 0.0
    absolute: float = 0.0
    reason: str


EXACT = Tolerance(
    relative=1e-12,
    absolute=1e-15,
    reason="a closed form on both sides; R's number is pinned with 17 digits, so that only the "
    "order of a few sums differs. The absolute part is some units of the last place at 1, for "
    "differences that cancel to zero; compare tiny p-values as logarithms",
)
SOLVED = Tolerance(
    relative=1e-10,
    reason="two iterations: ours stops at 1e-10 of tau2 + typical v, and R's fits pinned as "
    "'tight' (thresholds lowered by hand) are themselves good to about 1e-10, not to the 17 "
    "digits they print. Pass typical=: tau2 may be zero",
)
DEFAULT_R = Tolerance(
    relative=2e-5,
    reason="R's iterative estimators at their default threshold stop near 1e-5; for tau2 of such "
    "entries only, never for what we could solve tightly",
)
# Monte Carlo standard errors that a simulated number may be off, see `simulated`.
SIMULATED = 4.0


def printed(text: str) -> Tolerance:
    """Return half a unit of the last digit of a printed decimal.

    Parameters
    ----------
    text : str
        The number as the page prints it; trailing zeros count. A typeset minus sign is read.

    Returns
    -------
    Tolerance
        Half a unit of the last digit, and a hair for the binary fraction of a tie.

    Examples
    --------
    >>> printed("0.740").absolute
    0.0005
    >>> printed("−13").absolute
    0.5
    """
    exponent = Decimal(text.strip().replace("−", "-")).as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError(f"{text!r} is not a printed decimal")
    return Tolerance(
        relative=1e-12,
        absolute=float(Decimal(5).scaleb(exponent - 1)),
        reason=f"the source prints {text}: no more is known than half a unit of its last digit",
    )


def simulated(standard_error: float) -> Tolerance:
    """Return 4 Monte Carlo standard errors (``SIMULATED`` of them).

    Parameters
    ----------
    standard_error : float
        Of the simulated number: for a mean, the spread of the draws over the root of their count.

    Returns
    -------
    Tolerance
        A sound method misses it once in 16,000 seeds; ours are fixed, so it never flickers.
    """
    return Tolerance(
        absolute=SIMULATED * standard_error,
        reason="4 Monte Carlo standard errors",
    )


def close(
    actual: npt.ArrayLike,
    expected: npt.ArrayLike,
    tolerance: Tolerance,
    *,
    typical: float = 0.0,
) -> bool:
    """Return True if every number is as near as the tolerance asks, or raise with the numbers.

    Parameters
    ----------
    actual, expected : array_like
        Ours, and the independent number: of one shape, or ``expected`` one number for all.
        NaN equals NaN, an infinity itself.
    tolerance : Tolerance
        One of this file, or one with its own sentence.
    typical : float
        Size of the problem where ``expected`` may be near zero: for tau2, the typical v.

    Returns
    -------
    bool
        Always True, so that it reads ``assert close(...)``.

    Raises
    ------
    AssertionError
        Also without ``assert`` in front: a comparison whose answer is dropped must not pass.

    Examples
    --------
    >>> close([1.0, 0.0], [1.0 + 1e-13, 0.0], EXACT)
    True
    >>> close(0.743, 0.74, printed("0.740"))
    Traceback (most recent call last):
    AssertionError: got 0.743, expected 0.74: off by 0.003, allowed 0.0005 (the source ...)
    """
    ours, theirs = np.asarray(actual, dtype=float), np.asarray(expected, dtype=float)
    if theirs.ndim and ours.shape != theirs.shape:
        raise AssertionError(f"shapes differ: got {ours.shape}, expected {theirs.shape}")
    ours, theirs = np.broadcast_arrays(ours, theirs)
    with np.errstate(invalid="ignore"):
        allowed = tolerance.relative * (np.abs(theirs) + typical) + tolerance.absolute
        off = np.abs(ours - theirs)
        same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
        bad = ~same & ~(np.isfinite(theirs) & (off <= allowed))
        excess = np.where(bad, np.nan_to_num(off - allowed, nan=np.inf), -np.inf)
    if bad.any():
        worst = np.unravel_index(np.argmax(excess), excess.shape)
        place = f" at {tuple(int(i) for i in worst)}" if worst else ""
        raise AssertionError(
            f"got {float(ours[worst])!r}, expected {float(theirs[worst])!r}{place}: off by "
            f"{off[worst]:.3g}, allowed {allowed[worst]:.3g} ({tolerance.reason})"
        )
    return True
