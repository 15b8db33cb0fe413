"""What holds for every analysis of a report, said once."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from metaan.core.numbers import counted, listed
from metaan.diagnostics.conclusion.diagnosis import CHECKS
from metaan.diagnostics.conclusion.diagnosis_record import UNKNOWN, Diagnosis
from metaan.report.results.network_recipes import NetworkResult
from metaan.report.results.recipes import AnyResult

POOLS = (
    "Effects are treatment minus control; changes are follow-up minus baseline. With fewer than "
    "two usable trials nothing is pooled. Arms of one group are combined exactly; a study never "
    "enters twice with one control. Standardized mean differences use Hedges' exact correction. "
    "Under random effects I² is from tau² and the typical sampling variance; for a common effect, "
    "and for counts pooled by Mantel and Haenszel or Peto, it is from Q. Published results are "
    "drawn as printed; none is turned into a standard error."
)
NETWORKS = (
    "Networks take every comparison of the selected trials, trials of several arms with the "
    "covariance of their contrasts. Of a network in parts the one with most trials is analyzed; "
    "the rest is named. Inconsistency is looked for by back-calculation of indirect evidence and "
    "by Q between designs; P-scores follow from estimates and covariance, rank probabilities from "
    "seeded draws. Published results beside a network are pairwise."
)
TRUST = "A conclusion is on which side of no effect the interval of a pool lies."
NOT_ASKED = (
    "It is not asked of networks, of pools of counts, or where tau² was given. None of this sees "
    "bias that all studies share, and every pool is of the trials on file alone."
)


def conventions(
    results: Sequence[AnyResult], diagnoses: Collection[Diagnosis] = ()
) -> tuple[str, ...]:
    """Return what holds for every analysis, a paragraph each.

    Parameters
    ----------
    results : sequence of Result or NetworkResult
        Of every figure.
    diagnoses : collection of Diagnosis
        Of the pools that have one; what is said to have been asked is what these could answer.
    """
    there = any(isinstance(result, NetworkResult) for result in results)
    trust = " ".join(each for each in (TRUST, _asked(diagnoses), NOT_ASKED) if each)
    return (POOLS, *([NETWORKS] if there else []), trust)


def _asked(diagnoses: Collection[Diagnosis]) -> str:
    """Return what was asked of how many pools, and of how many of them it could be judged."""
    if not diagnoses:
        return ""
    judged = dict.fromkeys(CHECKS, 0)
    for diagnosis in diagnoses:
        for check in diagnosis.checks:
            judged[check.key] += check.verdict != UNKNOWN
    answered = listed([f"{CHECKS[key].question} ({n})" for key, n in judged.items()])
    return (
        f"What would change it was asked of {counted(len(diagnoses), 'pool')}; in parentheses, "
        f"in how many of them it could be judged: {answered}."
    )
