"""What is said where a likelihood has several maxima, or its highest one is beyond belief."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.fit import PooledFit
from metaan.core.numbers import compact, counted, listed
from metaan.diagnostics.selection.searching import Rival
from metaan.diagnostics.selection.setting import Setting
from metaan.diagnostics.selection.solving import Solved

APART = 1.0  # standard errors without selection, by which estimates differ in size
BEYOND = 1.0  # ranges of the effects, by which an expected effect lies outside of it


def remarks_on_maxima(solved: Solved, base_se: Floats) -> list[str]:
    """Return what is said of other maxima, slopes that rise higher, and estimates far out.

    Parameters
    ----------
    solved : Solved
        The fitted model.
    base_se : ndarray, shape (p,)
        Standard errors of the coefficients without selection.
    """
    found, told = solved.found, []
    rivals = [each for each in found.rivals if _contrary(solved, each, base_se)]
    slopes = [each for each in rivals if not each.settled]
    peaks = [each for each in rivals if each.settled]
    far = _far(solved)
    if far:
        told.append(_far_words(solved, peaks[0] if peaks else None))
    elif peaks:
        told.append(
            f"the likelihood has {counted(len(peaks), 'other maximum', 'other maxima')} that "
            f"may be the truth as well: {_told(solved, peaks[0])}; reported is the highest, "
            f"{_words(solved, found.theta)}"
        )
    if slopes:
        told.append(
            "the likelihood rises without end elsewhere, above the maximum that is reported: "
            f"{_told(solved, slopes[0])}, where the search stopped"
        )
    if found.maxima > 1 and not peaks:
        told.append(
            f"the likelihood has {found.maxima} maxima that say nearly the same; the highest is "
            "reported"
        )
    return told


def _contrary(solved: Solved, rival: Rival, base_se: Floats) -> bool:
    """Return whether coefficients differ in sign or clearly in size."""
    ours, theirs = (_coefficients(solved.setting, at) for at in (solved.found.theta, rival.theta))
    null = solved.setting.shift
    turned = (ours - null) * (theirs - null) < 0
    return bool((turned | (np.abs(ours - theirs) > APART * base_se)).any())


def _coefficients(setting: Setting, theta: Floats) -> Floats:
    return np.asarray(setting.back @ theta[: len(setting.names)] + setting.shift)


def _far(solved: Solved) -> bool:
    """Return whether some expected effect lies far beyond those of all studies."""
    setting = solved.setting
    effects = setting.z * setting.se
    low, high = float(effects.min()), float(effects.max())
    reach = BEYOND * max(high - low, float(setting.se.max()))
    expected = setting.x @ solved.found.theta[: len(setting.names)]
    return bool((expected > high + reach).any() or (expected < low - reach).any())


def _far_words(solved: Solved, other: Rival | None) -> str:
    effects = solved.setting.effects
    read = effects.scale.inverse
    low, high = (compact(float(read(each))) for each in (effects.y.min(), effects.y.max()))
    what = "the mean lies" if isinstance(solved.setting.fit, PooledFit) else "expected effects lie"
    told = (
        f"{what} far beyond the effects of all studies ({low} to {high}), where nothing but the "
        f"model tells of it: {_words(solved, solved.found.theta)}; do not take this for the effect"
    )
    if other is not None:
        return f"{told}; the next maximum has {_told(solved, other)}"
    base = solved.setting.base
    return f"{told}; without selection it is {_words(solved, np.append(base.beta, base.tau2))}"


def _told(solved: Solved, other: Rival) -> str:
    apart = compact(abs(solved.found.value - other.value), 2)
    side = "lower" if other.value < solved.found.value else "higher"
    return f"{_words(solved, other.theta)} (log-likelihood {apart} {side})"


def _words(solved: Solved, theta: Floats) -> str:
    """Return ``mean 0.86 and tau² = 0.1``, as the mean is read."""
    setting, p = solved.setting, solved.search.problem.p
    values = _coefficients(setting, theta)
    if isinstance(setting.fit, PooledFit):
        with np.errstate(over="ignore"):
            values = np.atleast_1d(setting.effects.scale.inverse(values))
    told = [f"{name} {compact(float(x))}" for name, x in zip(setting.names, values, strict=True)]
    return listed([*told, f"tau² = {compact(float(theta[p]) * setting.unit**2)}"])
