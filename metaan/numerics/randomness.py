"""Sources of randomness: a generator, or a seed that makes one."""

from __future__ import annotations

from numbers import Integral

import numpy as np

from metaan.core.errors import InputError

SOURCE = "a numpy Generator or a whole number >= 0 as a seed, e.g. rng=1"


def generator(rng: object, why: str = "") -> np.random.Generator:
    """Return the generator, or a new one from a seed; the same seed gives the same numbers.

    Parameters
    ----------
    rng : numpy.random.Generator or int
        Source or seed.
    why : str
        Why there must be one, for the message.

    Raises
    ------
    InputError
        If it is neither.
    """
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, Integral) and not isinstance(rng, bool) and int(rng) >= 0:
        return np.random.default_rng(int(rng))
    raise InputError(f"rng={rng!r} must be {SOURCE}{f': {why}' if why else ''}")
