"""The forest plot of a network: every treatment against the reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.core.effects import LeftOut
from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.core.numbers import counted, fixed
from metaan.core.wording import counted_studies
from metaan.networks.combining.relative import place_of
from metaan.networks.moderators.network_regression_fit import NetworkRegressionFit
from metaan.networks.ranks.ranking import BETTER, rank_treatments
from metaan.networks.sparse.sparse_fit import SparseNetworkFit
from metaan.plots.forests.lines import Lines
from metaan.plots.forests.network_lines import Combining, network_lines
from metaan.plots.forests.network_rows import Listed, bare_p, laid_out, lost_studies, refuse
from metaan.plots.forests.options import Asked
from metaan.plots.forests.own_columns import name_of
from metaan.plots.forests.own_frame import framed
from metaan.plots.forests.published import Pools, published_rows
from metaan.plots.forests.record import Cell, ForestColumn, ForestRow, ForestRows
from metaan.plots.forests.sheet import Sheet, Words
from metaan.plots.forests.study_order import is_ordered
from metaan.plots.forests.wording import clean

STUDIES = ForestColumn(key="studies", head="Direct studies")
P_SCORE = ForestColumn(key="p_score", head="P-score")
P = ForestColumn(key="p", head="p")
OFFERED = (STUDIES, P_SCORE, P)
BEST_FIRST = f"-{P_SCORE.key}"
TREATMENT = "Treatment"
P_DIGITS = 2


def networked(fit: Combining, published: Pools, words: Words) -> ForestRows:
    """Return the record of a network: effects against a treatment, heterogeneity, model.

    With ``better=`` treatments have their P-scores and stand by them, the best first; else in
    the order of their names.

    Raises
    ------
    InputError
        If something is asked for that treatments of a network do not have.
    ChoiceError
        If the reference that was asked for is not in it.
    """
    _check_asked(words)
    reference = _reference(fit, words.asked)
    scores = _scores(fit, words.asked.better)
    listed = _listed(fit, scores, reference)
    words = laid_out(words, right=() if scores is None else (P_SCORE.key,))
    sheet = listed.sheet(published, words, [column.key for column in OFFERED])
    order = words.asked.order
    asked = order if is_ordered(order) else BEST_FIRST if scores is not None else ()
    rows = [
        *_rows(fit, sheet, listed, listed.places(asked), scores),
        *(row for line in network_lines(sheet.lines, fit) for row in sheet.note(line)),
        *published_rows(sheet.frame.hand, published),
    ]
    frame = replace(framed(sheet.frame, OFFERED), columns=(STUDIES,), label_head=TREATMENT)
    return frame.record(rows, words, alt=_alt(fit, sheet, listed))


def network_remarks(fit: Combining) -> tuple[str, ...]:
    """Return what is remarked on a network, its contrasts, and what was left out."""
    if isinstance(fit, SparseNetworkFit):
        lost = lost_studies(fit.left_out, fit.studies)
        return (*lost, *fit.counts.remarks, *fit.remarks)
    effects = fit.effects
    lost = lost_studies(_whole(effects.left_out, effects.studies), effects.studies)
    return (*lost, *effects.remarks, *fit.remarks)


def _whole(items: Sequence[LeftOut], studies: Sequence[str]) -> list[LeftOut]:
    """Return the items about studies of which nothing entered."""
    return [item for item in items if item.study not in studies]


def _check_asked(words: Words) -> None:
    """Raise an InputError for what a network's treatments do not have."""
    refuse(words, beside="a network", rows="treatments")
    asked = words.asked
    if asked.better:
        look_up(BETTER, asked.better, argument="better", what="a direction of effects")
        return
    named = [name_of(each) for _, each in words.columns()]
    if P_SCORE.key in named or str(asked.order).removeprefix("-") == P_SCORE.key:
        raise InputError(
            f'"{P_SCORE.key}" needs better=, one of {", ".join(BETTER)}: it decides who stands '
            "first"
        )


def _reference(fit: Combining, asked: Asked) -> str:
    """Return the treatment that was asked for as the reference, or that of the fit."""
    if asked.reference == "":
        return fit.reference
    return fit.treatments[place_of(asked.reference, fit.treatments, argument="reference")]


def _scores(fit: Combining, better: str) -> Floats | None:
    """Return the P-scores of all treatments, shape (n,); None without a direction."""
    return rank_treatments(fit.relative, better=better).p_scores if better else None


def _listed(fit: Combining, scores: Floats | None, reference: str) -> Listed:
    """Return the effects of all other treatments against the reference."""
    found = fit.against(reference)
    places = [fit.treatments.index(name) for name in found]
    numbers = {
        STUDIES.key: direct_studies(fit, reference)[places].tolist(),
        P.key: [each.p_value for each in found.values()],
    }
    if scores is not None:
        numbers[P_SCORE.key] = scores[places].tolist()
    relative = fit.relative
    return Listed(
        names=tuple(found),
        estimates=tuple(found.values()),
        scale=relative.scale,
        label=relative.label,
        measure="" if isinstance(fit, SparseNetworkFit) else fit.effects.measure,
        numbers=numbers,
    )


def direct_studies(fit: Combining, reference: str = "") -> Integers:
    """Return how many studies compare each treatment with the reference, shape (n,)."""
    base = fit.treatments.index(reference or fit.reference)
    if isinstance(fit, SparseNetworkFit):
        return np.asarray(fit.direct.studies[:, base])
    layout = fit.effects.layout
    ends = layout.arm_treatment[np.column_stack([layout.arm1, layout.arm2])]
    other = np.where(ends[:, 0] == base, ends[:, 1], ends[:, 0])
    return np.bincount(other[(ends == base).any(axis=1)], minlength=len(fit.treatments))


def _rows(
    fit: Combining, sheet: Sheet, listed: Listed, places: list[int], scores: Floats | None
) -> Iterator[ForestRow]:
    """Yield the reference as a header, and the treatments under it."""
    reference = _reference(fit, sheet.asked)
    head = f"Against {clean(reference)}"
    if isinstance(fit, NetworkRegressionFit):
        covariate = fit.covariate
        head = f"{head} at {clean(covariate.name)} = {clean(covariate.word(fit.value))}"
    own = {}
    if scores is not None:
        own = _score_text(sheet.lines, float(scores[fit.treatments.index(reference)]))
    yield ForestRow(kind="header", label=head, group=head, texts=own)
    for i in places:
        estimate = listed.estimates[i]
        texts: dict[str, Cell] = {
            STUDIES.key: (str(listed.numbers[STUDIES.key][i]),),
            P.key: (bare_p(sheet.lines, estimate.p_value, estimate.log_p_value),),
        }
        if scores is not None:
            texts |= _score_text(sheet.lines, listed.numbers[P_SCORE.key][i])
        yield listed.row(sheet, "treatment", i, texts, head)
        if sheet.asked.prediction and not isinstance(fit, SparseNetworkFit):
            limits = fit.predict(listed.names[i], reference)
            yield from () if limits is None else sheet.prediction(limits, head)


def _score_text(lines: Lines, score: float) -> dict[str, Cell]:
    """Return the P-score of a treatment, also of the reference, as a cell."""
    return {P_SCORE.key: (lines.styled(fixed(score, P_DIGITS)),)}


def _alt(fit: Combining, sheet: Sheet, listed: Listed) -> str:
    """Return the figure in words: the treatments at both ends of the effects."""
    own = fit if isinstance(fit, SparseNetworkFit) else fit.effects
    told = (
        f"Forest plot of {counted(len(listed.names), 'treatment')} against "
        f"{clean(_reference(fit, sheet.asked))}, from a network of "
        f"{counted_studies(own.k, own.k_left_out)}"
    )
    return f"{told}: {clean(listed.label)} {ends_text(sheet, listed)}."


def ends_text(sheet: Sheet, listed: Listed) -> str:
    """Return the smallest and the largest of some estimates: ``from a 0.1 (...) to b ...``."""
    hand, by_value = sheet.frame.hand, {i: listed.estimates[i].value for i in listed.known}
    ends = (min(by_value, key=by_value.__getitem__), max(by_value, key=by_value.__getitem__))
    each = []
    for i in dict.fromkeys(ends):
        estimate = listed.estimates[i]
        text = hand.told(estimate.value, estimate.low, estimate.high)
        each.append(f"{clean(listed.names[i])} {text}")
    return f"{'from' if len(each) > 1 else 'of'} {' to '.join(each)}"
