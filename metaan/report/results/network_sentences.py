"""One paragraph per drawing of a network: what it shows, and what it does not say."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from metaan.core.numbers import compact, counted, fixed, p_text
from metaan.core.wording import counted_studies, in_sentence, method_words, percent
from metaan.networks.fits.network_fit import NetworkFit
from metaan.networks.fits.network_words import effects_words
from metaan.networks.ranks.league import effect_matrix
from metaan.networks.ranks.ranking import BETTER, rank_treatments
from metaan.report.declaring.declared import AGAINST, CONSISTENCY, GRAPH, LEAGUE, RANKING
from metaan.report.results.model_words import estimated, model_clause
from metaan.report.results.network_recipes import (
    NetworkResult,
    members_words,
    names_words,
    sentence_name,
)
from metaan.univariate.inference import INFERENCES

MOST_RANKED = 6
# By the sign of an effect whose interval excludes none, made so that larger is better: what is
# said of one treatment, and of several.
WAYS = {
    1.0: ("does better than", "do better than"),
    -1.0: ("does worse than", "do worse than"),
    0.0: ("differs from", "differ from"),
}
UNTOLD = ("is not told from", "are not told from")
NO_PROOF = (
    "With so few trials to a comparison these tests have little power: a large p-value does not "
    "show that the evidence is consistent."
)


def network_paragraph(result: NetworkResult) -> str:
    """Return the paragraph of a network's drawing; every number comes from the result."""
    fit = result.fit
    if fit is None:
        return "No trial on file has usable figures for this network; nothing is combined."
    return PARAGRAPHS[result.drawing](result, fit)


def _graph(result: NetworkResult, fit: NetworkFit) -> str:
    size = fit.characteristics()
    usable = counted_studies(fit.k, fit.effects.k_left_out)
    single = int((size.by_comparison.studies == 1).sum())
    verb = "rests" if single == 1 else "rest"
    text = (
        f"{usable} with such figures on file are usable and connected: "
        f"{counted(int(size.participants), 'participant')} and "
        f"{counted(size.treatments, 'treatment')}, {size.comparisons} of {size.possible} "
        f"comparisons made directly, of which {single} {verb} on one trial. "
    )
    if result.apart:
        text += f"Not connected with them and in no estimate: {members_words(result.apart)}. "
    return text + "Lines carry their number of trials; shaded areas are trials of several arms."


def _against(result: NetworkResult, fit: NetworkFit) -> str:
    label = in_sentence(fit.effects.label)
    found = {sentence_name(name): estimate for name, estimate in fit.against().items()}
    name = method_words(INFERENCES[fit.inference].name, fit.relative.df)
    text = (
        f"By direct and indirect evidence "
        f"{effects_words(found, label, sentence_name(fit.reference))}; {model_clause(fit)}, "
        f"intervals {name}. {_spread(fit)} {_says(result, fit)}"
    )
    printed = " ".join(
        f"{one.citation[:1].upper()}{one.citation[1:]} printed {one.measure} {fixed(one.value)} "
        f"({fixed(one.low)} to {fixed(one.high)}) for {one.comparison}, pairwise."
        for one in result.published
    )
    return f"{text} {printed}".rstrip()


def _spread(fit: NetworkFit) -> str:
    het = fit.heterogeneity
    if het.df < 1:
        return "No information is left on heterogeneity or inconsistency."
    limits = f"{percent(fit.level)} CI {compact(het.tau2_low)} to {compact(het.tau2_high)}"
    tau2 = f", tau² = {compact(fit.tau2)} ({limits})"
    return (
        f"Heterogeneity and inconsistency together: Q = {fixed(het.q)} on {het.df:g} df "
        f"({p_text(het.p_value, het.log_p_value)}){tau2 if estimated(fit) else ''}."
    )


def _says(result: NetworkResult, fit: NetworkFit) -> str:
    """Return in one sentence what the network says and does not say."""
    sign = BETTER.get(result.spec.better, 0.0)
    null = fit.effects.scale.null
    told: dict[tuple[str, str], list[str]] = {}
    for name, estimate in fit.against().items():
        apart = not estimate.low <= null <= estimate.high
        way = float(np.sign(sign * (estimate.value - null)))
        told.setdefault(WAYS[way] if apart else UNTOLD, []).append(name)
    says = [
        f"{names_words(told[way])} {way[len(told[way]) > 1]} {sentence_name(fit.reference)}"
        for way in (*WAYS.values(), UNTOLD)
        if way in told
    ]
    size = fit.characteristics()
    single = int((size.by_comparison.studies == 1).sum())
    rest = "rests" if single == 1 else "rest"
    return (
        f"What the network says: {'; '.join(says)}. What it does not say: that treatments whose "
        "intervals overlap are equal, or what the cited review found; "
        f"{single} of {size.comparisons} direct comparisons {rest} on one trial, and trials "
        "without usable figures are not in it."
    )


def _league(_: NetworkResult, fit: NetworkFit) -> str:
    matrix = effect_matrix(fit.relative)
    upper = np.triu_indices(len(matrix.treatments), 1)
    null = fit.effects.scale.null
    clear = int(((matrix.low[upper] > null) | (matrix.high[upper] < null)).sum())
    direct = fit.characteristics().comparisons
    return (
        "Every cell is the treatment that stands earlier against the later one, below the "
        "diagonal by all evidence, above it by direct evidence alone. Of "
        f"{len(upper[0])} comparisons {direct} were made directly; the intervals of {clear} "
        "exclude no effect, and none of them is adjusted for their number."
    )


def _ranking(result: NetworkResult, fit: NetworkFit) -> str:
    ranking = rank_treatments(fit.relative, better=result.spec.better)
    order = np.argsort(-ranking.p_scores, kind="stable")[:MOST_RANKED].tolist()
    names = "; ".join(f"{fit.treatments[i]} {fixed(float(ranking.p_scores[i]))}" for i in order)
    first = "" if len(fit.treatments) <= MOST_RANKED else f" of the first {MOST_RANKED}"
    return (
        f"P-scores{first}, the mean certainty of being better than another treatment "
        f"({result.spec.better} is better): {names}. A rank says nothing of how large or how "
        "certain a difference is: a treatment of one small trial may stand first by chance, and "
        "the league table beside it decides."
    )


def _consistency(_: NetworkResult, fit: NetworkFit) -> str:
    splits = fit.node_splits()
    tested = np.flatnonzero(splits.tested)
    if len(tested) == 0:
        return (
            "No comparison has both direct and indirect evidence, so consistency cannot be looked "
            "at: the network's estimates rest on the assumption."
        )
    low = int(tested[np.argmin(splits.log_p_values[tested])])
    log_p = float(splits.log_p_values[low])
    between = fit.decomposition().between
    p_between = p_text(between.p_value, between.log_p_value)
    p = p_text(float(np.exp(log_p)), log_p).removeprefix("p = ")
    pair = " against ".join(
        splits.treatments[int(each[low])] for each in (splits.treatment, splits.control)
    )
    return (
        f"{len(tested)} of {counted(len(splits.studies), 'comparison')} "
        f"{'has' if len(tested) == 1 else 'have'} direct and indirect evidence; the smallest "
        f"p-value of their difference is {p} ({pair}), not adjusted for the number of "
        f"tests. Between designs Q = {fixed(between.q)} on {between.df} df ({p_between}). "
        f"{NO_PROOF}"
    )


PARAGRAPHS: Mapping[str, Callable[[NetworkResult, NetworkFit], str]] = {
    GRAPH: _graph,
    AGAINST: _against,
    LEAGUE: _league,
    RANKING: _ranking,
    CONSISTENCY: _consistency,
}
