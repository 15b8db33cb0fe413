"""Log odds per standard deviation of an outcome that is cut into events and non-events."""

from __future__ import annotations

from math import pi, sqrt

LOGISTIC_FACTOR = pi / sqrt(3)  # of a logistic outcome, wherever it is cut (Hasselblad, Hedges)
NORMAL_FACTOR = 1.65  # of a normal one that is cut near its middle (Cox)
