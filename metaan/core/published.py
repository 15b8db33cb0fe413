"""A pooled result as a review printed it: shown beside ours, never turned into an SE."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPool:
    """A pooled result that a review published.

    Attributes
    ----------
    pool_id, review_id, citation, doi : str
        Keys and source. ``doi`` may be empty.
    comparison, treat1, treat2, outcome, instrument, term : str
        What was pooled; treat2 is empty for mixed controls.
    k, n : float
        Trials and participants; NaN where the source does not say.
    measure : str
        MD, SMD, RR, OR ... as printed.
    value, low, high : float
        Estimate and 95% limits on the reading scale, as printed; NaN where not readable.
    model, certainty, as_reported, url, locus, notes : str
        As printed, or empty.
    i2 : float
        I² in percent; NaN where not printed.
    declared_k, declared_n : float
        Size of the whole review; NaN where not read.
    ratio : bool
        True if the measure is a ratio, so that it belongs on a logarithmic axis.
    """

    pool_id: str
    review_id: str
    citation: str
    doi: str
    comparison: str
    treat1: str
    treat2: str
    outcome: str
    instrument: str
    term: str
    k: float
    n: float
    measure: str
    value: float
    low: float
    high: float
    model: str
    i2: float
    certainty: str
    as_reported: str
    url: str
    locus: str
    declared_k: float
    declared_n: float
    notes: str
    ratio: bool = False
