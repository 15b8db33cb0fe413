"""What holds for every analysis of a report, said once."""

from __future__ import annotations

from collections.abc import Sequence

from metaan.report.results.network_recipes import NetworkResult
from metaan.report.results.recipes import AnyResult

POOLS = (
    "Effects are treatment minus control; changes are follow-up minus baseline. With fewer than "
    "two usable trials nothing is pooled. Arms of one group are combined exactly; a study never "
    "enters twice with one control. Standardized mean differences use Hedges' exact correction. "
    "I² is from tau² and the typical sampling variance. Published results are drawn as printed; "
    "none is turned into a standard error."
)
NETWORKS = (
    "Networks take every comparison of the selected trials, trials of several arms with the "
    "covariance of their contrasts. Of a network in parts the one with most trials is analyzed; "
    "the rest is named. Inconsistency is looked for by back-calculation of indirect evidence and "
    "by Q between designs; P-scores follow from estimates and covariance, rank probabilities from "
    "seeded draws. Published results beside a network are pairwise."
)
TRUST = (
    "A conclusion is on which side of no effect the interval of a pool lies. To see what would "
    "change it, each pool is made again without studies, under other models, with one more trial, "
    "corrected for small-study effects, and for a new setting. None of this sees bias that all "
    "studies share, and every pool is of the trials on file alone."
)


def conventions(results: Sequence[AnyResult]) -> tuple[str, ...]:
    """Return what holds for every analysis, a paragraph each."""
    there = any(isinstance(result, NetworkResult) for result in results)
    return (POOLS, *([NETWORKS] if there else []), TRUST)
