"""How the papers' tests write a computed result beside a printed one."""

from __future__ import annotations

import metaan as ma
from tests.tolerance import close, printed


def published(pool_id):
    """Return a printed pool by its key in reviews.csv."""
    (found,) = [pool for pool in ma.load_published() if pool.pool_id == pool_id]
    return found


def wald(effects):
    """Return the fit of DerSimonian and Laird with a normal interval, as reviews did it.

    Of one study it is the study itself, with its own interval.
    """
    return ma.pool(effects, tau2="DL", inference="WALD")


def reads(actual, *texts):
    """Whether numbers have every digit of the printed ones, or raise."""
    pairs = zip(actual, texts, strict=True)
    return all(close(number, float(text), printed(text)) for number, text in pairs)


def numbers(estimate):
    """Return value and limits on the reading scale."""
    read = estimate.read()
    return read.value, read.low, read.high
