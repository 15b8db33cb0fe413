"""Forest plots of what makes up the effects of a network: components, and slopes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from metaan.core.arrays import Integers
from metaan.core.errors import InputError
from metaan.core.numbers import counted
from metaan.core.wording import counted_studies, in_sentence
from metaan.networks.components.component_fit import ComponentFit
from metaan.networks.moderators.network_regression_fit import NetworkRegressionFit
from metaan.plots.forests.network_lines import network_lines
from metaan.plots.forests.network_rows import Listed, laid_out, refuse, refuse_published
from metaan.plots.forests.own_frame import framed
from metaan.plots.forests.published import Pools, published_rows
from metaan.plots.forests.record import ForestColumn, ForestRow, ForestRows
from metaan.plots.forests.sheet import Sheet, Words
from metaan.plots.forests.subject_network import TREATMENT, ends_text
from metaan.plots.forests.wording import clean

STUDIES = ForestColumn(key="studies", head="Studies")
COMPONENT, COMPONENTS, INTERACTIONS = "Component", "Components", "Interactions"


def component_effects(fit: ComponentFit, published: Pools, words: Words) -> ForestRows:
    """Return the record of the effects of components, then of their interactions.

    Raises
    ------
    InputError
        If no component's effect can be told from the others', or something is asked for that
        components do not have.
    """
    refuse(words, beside="components", rows="components")
    if words.asked.better:
        raise InputError('better= ranks treatments; with show="treatments" they have P-scores')
    listed = _components(fit)
    if not listed.known:
        raise InputError(
            "there is nothing to draw: no component's effect can be told from those of the "
            "others (fit.unidentified says why); name one without effect with inactive=, or see "
            'the treatments with show="treatments"'
        )
    words = laid_out(words)
    sheet = listed.sheet(published, words, [STUDIES.key])
    frame = replace(framed(sheet.frame, (STUDIES,)), columns=(STUDIES,), label_head=COMPONENT)
    lines = network_lines(sheet.lines, fit)
    inactive = fit.design.inactive
    none = "" if inactive is None else f"{clean(inactive)} has no effect by definition"
    rows = [
        *_component_rows(fit, sheet, listed),
        *(row for line in (none, *lines) for row in sheet.note(line)),
        *published_rows(sheet.frame.hand, published),
    ]
    effects = fit.effects
    what = counted(len(fit.components), "component")
    if fit.interactions:
        what += f" and {counted(len(fit.interactions), 'interaction')}"
    alt = (
        f"Forest plot of {what} of {counted(len(effects.treatments), 'treatment')}, from a "
        f"network of {counted_studies(effects.k, effects.k_left_out)}: {clean(effects.label)} "
        f"{ends_text(sheet, listed)}."
    )
    return frame.record(rows, words, alt=alt)


def _components(fit: ComponentFit) -> Listed:
    found = fit.component_effects()
    names = [name.replace("*", " × ") if name in fit.interactions else name for name in found]
    return Listed(
        names=tuple(names),
        estimates=tuple(found.values()),
        scale=fit.effects.scale,
        label=fit.effects.label,
        measure=fit.effects.measure,
        numbers={STUDIES.key: _telling_studies(fit).tolist()},
    )


def _telling_studies(fit: ComponentFit) -> Integers:
    """Return how many studies have each column in some arms and not in others, shape (c,)."""
    layout = fit.effects.layout
    held = fit.design.matrix[layout.arm_treatment] > 0
    counts = np.add.reduceat(held.astype(np.int64), layout.start[:-1], axis=0)
    return np.asarray(((counts > 0) & (counts < layout.arms[:, None])).sum(axis=0))


def _component_rows(fit: ComponentFit, sheet: Sheet, listed: Listed) -> Iterator[ForestRow]:
    """Yield components, and interactions under a header of their own if there are any."""
    several = len(fit.components)
    places = listed.places(sheet.asked.order)
    blocks = {
        COMPONENTS: [i for i in places if i < several],
        INTERACTIONS: [i for i in places if i >= several],
    }
    for head, members in blocks.items():
        group = head if fit.interactions else ""
        if group:
            yield ForestRow(kind="header", label=head, group=group)
        for i in members:
            texts = {STUDIES.key: (str(listed.numbers[STUDIES.key][i]),)}
            yield listed.row(sheet, "component", i, texts, group)


def slopes(fit: NetworkRegressionFit, published: Pools, words: Words) -> ForestRows:
    """Return the record of the slopes of a network meta-regression.

    Raises
    ------
    InputError
        If something is asked for that slopes do not have.
    """
    beside = "slopes of a network meta-regression"
    refuse(words, beside=beside, rows="slopes")
    refuse_published(published, beside=beside)
    if words.asked.better:
        raise InputError("better= ranks treatments; leave show= out, and they have P-scores")
    common = len(fit.slopes) == 1 and fit.slope_names[0] == fit.covariate.name
    relative, name = fit.relative, clean(fit.covariate.name)
    label = f"{clean(relative.label)}, {'factor' if relative.scale.is_log else 'change'}"
    listed = Listed(
        names=("Every treatment",) if common else fit.slope_names,
        estimates=fit.slopes,
        scale=fit.slopes[0].scale,
        label=f"{label} for {_per(fit)}",
    )
    words = laid_out(words)
    sheet = listed.sheet((), words, ())
    head = f"Against {clean(fit.reference)}"
    rows = [
        ForestRow(kind="header", label=head, group=head),
        *(listed.row(sheet, "slope", i, {}, head) for i in listed.places(words.asked.order)),
        *(row for line in network_lines(sheet.lines, fit) for row in sheet.note(line)),
    ]
    frame = replace(sheet.frame, columns=(), label_head=TREATMENT)
    effects = fit.effects
    alt = (
        f"Forest plot of {counted(len(fit.slopes), 'slope')} on {name} against "
        f"{clean(fit.reference)}, from a network of "
        f"{counted_studies(effects.k, effects.k_left_out)}: {in_sentence(label)} for {_per(fit)} "
        f"{ends_text(sheet, listed)}."
    )
    return frame.record(rows, words, alt=alt)


def _per(fit: NetworkRegressionFit) -> str:
    """Return what a slope is per."""
    covariate = fit.covariate
    if covariate.levels:
        first, second = map(clean, covariate.levels)
        return f"{second} rather than {first}"
    return f"each unit of {clean(covariate.name)}"
