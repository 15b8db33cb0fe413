"""Whether a figure has the row of a prediction interval."""

from __future__ import annotations

from metaan.core.conventions import CONVENTIONS


def shows_prediction(asked: bool | None, conventions: str) -> bool:
    """Return whether the prediction interval of a fit is drawn.

    Parameters
    ----------
    asked : bool or None
        What the caller said; None for nothing.
    conventions : str
        Key of the conventions that the fit follows; empty for none.

    Notes
    -----
    A program of which no page tells of a prediction interval, nor of limits of tau², prints
    neither: its figure has none, though the fit has ours.
    """
    if asked is not None or not conventions:
        return asked is not False
    program = CONVENTIONS[conventions]
    return program.prediction is not None or program.interval is not None
