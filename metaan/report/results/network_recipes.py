"""From a declared network to its result: all contrasts, the largest part, its fit, its notes."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from metaan.core.effects import LeftOut
from metaan.core.errors import EmptyIntervalWarning
from metaan.core.lookup import look_up
from metaan.core.network_effects import NetworkEffects
from metaan.core.numbers import counted, listed
from metaan.core.published import PublishedPool
from metaan.core.wording import counted_studies
from metaan.networks.fits.network import network
from metaan.networks.fits.network_fit import NetworkFit
from metaan.report.declaring.declared import AGAINST, DRAWINGS, GRAPH, Analysis, FigureSpec
from metaan.report.results.evidence import Evidence
from metaan.report.results.membership import (
    declared_k,
    inferred_notes,
    members_of,
    missing_members,
    published_beside,
    selected,
    selection_words,
    title_of,
)
from metaan.report.results.notes import figure_notes, remark_notes, with_instrument
from metaan.report.results.readable import for_readers, group_label, plain
from metaan.trials.network_making import network_effects
from metaan.trials.trials import Trials

NODE = "node"
ENTERED = "already in"  # what the reason of a study's later figures begins with
HINT = '; by="'  # what a remark goes on with for those who program
FEW_DF = 3  # up to here intervals are at least 1.6 times as wide as with many


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkResult:
    """A drawing of a network before it is drawn.

    Attributes
    ----------
    analysis, spec
        What was declared; ``spec.draw`` names the one drawing.
    title, subtitle : str
        The title says how many of how many studies are on file.
    whole : NetworkEffects
        Every contrast, whether or not the network is connected.
    effects : NetworkEffects or None
        Of the connected part with most studies; None where no study is usable.
    fit : NetworkFit or None
        That part combined.
    apart : tuple of NetworkEffects
        The other parts.
    groups : mapping of str to str
        Group of each treatment, both by their labels; empty where groups are the treatments.
    published : tuple of PublishedPool
        Set beside it.
    k, of : int
        Studies that entered, and of how many.
    left_out, missing : tuple of LeftOut
        What did not enter, and why; members of the review without usable figures here.
    notes : tuple of str
        Footnotes.
    """

    analysis: Analysis
    spec: FigureSpec
    title: str
    subtitle: str
    whole: NetworkEffects
    effects: NetworkEffects | None
    fit: NetworkFit | None
    apart: tuple[NetworkEffects, ...]
    groups: Mapping[str, str]
    published: tuple[PublishedPool, ...]
    k: int
    of: int
    left_out: tuple[LeftOut, ...]
    missing: tuple[LeftOut, ...]
    notes: tuple[str, ...]

    @property
    def drawing(self) -> str:
        """Row of ``DRAWINGS``."""
        return self.spec.draw[0]

    @property
    def ranked(self) -> bool:
        """Whether treatments stand by their ranks: ``better`` is declared, and df are not few."""
        few = self.fit is None or self.fit.heterogeneity.df <= FEW_DF
        return bool(self.spec.better) and not few

    @property
    def pools(self) -> tuple[PublishedPool, ...]:
        """Every published pool of the figure."""
        return self.published


def make_network_result(evidence: Evidence, analysis: Analysis, spec: FigureSpec) -> NetworkResult:
    """Return the content of one drawing of a declared network."""
    labels = _labels(evidence.trials, spec.by)
    whole = _named(_contrasts(selected(evidence.trials, analysis, spec), spec), labels)
    effects = whole.largest_part() if whole.k else None
    apart = whole.parts()[1:] if whole.k else ()
    left_out = whole.left_out if effects is None else _true_reasons(effects, apart)
    studies = () if effects is None else effects.studies
    ids = {} if effects is None else _ids(effects)
    of = declared_k(evidence, analysis, spec, studies, left_out)
    known = len({*ids.values()} & {*members_of(evidence, analysis, spec)})
    fit = fit_network(effects, spec, _reference(effects, spec, labels))
    told = {**labels, "": ""}.get(spec.reference, spec.reference) if fit is None else fit.reference
    heading = f"{spec.heading}, {DRAWINGS[spec.draw[0]].format(reference=sentence_name(told))}"
    published = published_beside(evidence, spec) if spec.draw[0] == AGAINST else ()
    inferred = inferred_notes(evidence, analysis, spec, list(ids.items()))
    return NetworkResult(
        analysis=analysis,
        spec=spec,
        title=title_of(heading, analysis, len(studies), of, known),
        subtitle=_subtitle(spec, effects),
        whole=whole,
        effects=effects,
        fit=fit,
        apart=apart,
        groups=_groups(evidence.trials) if spec.by == NODE else {},
        published=published,
        k=len(studies),
        of=of,
        left_out=left_out,
        missing=missing_members(evidence, analysis, spec, ids.values(), left_out),
        notes=(*_notes(spec, effects, fit, apart), *inferred, *_published_notes(published)),
    )


def refit(
    evidence: Evidence, analysis: Analysis, spec: FigureSpec, effects: NetworkEffects | None
) -> NetworkFit | None:
    """Return a network made again as another declaration has it.

    ``effects`` are the contrasts where that declaration leaves them as they are; None to select
    and compare anew.
    """
    labels = _labels(evidence.trials, spec.by)
    if effects is None:
        whole = _named(_contrasts(selected(evidence.trials, analysis, spec), spec), labels)
        effects = whole.largest_part() if whole.k else None
    return fit_network(effects, spec, _reference(effects, spec, labels))


def _true_reasons(effects: NetworkEffects, apart: Sequence[NetworkEffects]) -> tuple[LeftOut, ...]:
    """Return what did not enter, without claims that a study of another part is in."""
    elsewhere = {study for part in apart for study in part.studies}
    return tuple(
        item
        for item in effects.left_out
        if item.study not in elsewhere or not item.reason.startswith(ENTERED)
    )


def members_words(parts: Sequence[NetworkEffects]) -> str:
    """Return parts as words: ``Glazov 2014 (Laser, Sham laser)``."""
    return "; ".join(f"{', '.join(part.studies)} ({', '.join(part.treatments)})" for part in parts)


def _contrasts(trials: Trials, spec: FigureSpec) -> NetworkEffects:
    return network_effects(
        trials, spec.measure, by=spec.by, better=spec.better or None, mix_types=spec.mix_types
    )


def _labels(trials: Trials, by: str) -> dict[str, str]:
    """Return what treatments are called in figures, by their keys."""
    table = trials.treatments
    if by == NODE:
        return {str(key): str(label) for key, label in table["label"].items()}
    return {key: group_label(key) for key in map(str, table["group"])}


def _groups(trials: Trials) -> dict[str, str]:
    table = trials.treatments
    groups = _labels(trials, "group")
    pairs = zip(table["label"], table["group"], strict=True)
    return {str(label): groups[str(group)] for label, group in pairs}


def _named(effects: NetworkEffects, labels: Mapping[str, str]) -> NetworkEffects:
    """Return contrasts whose treatments have their labels for names."""
    return replace(
        effects,
        label=with_instrument(effects),
        treat1=tuple(labels.get(name, name) for name in effects.treat1),
        treat2=tuple(labels.get(name, name) for name in effects.treat2),
        remarks=tuple(_plain(remark) for remark in effects.remarks),
    )


def _plain(remark: str) -> str:
    return plain(for_readers(remark.partition(HINT)[0]))


def _reference(
    effects: NetworkEffects | None, spec: FigureSpec, labels: Mapping[str, str]
) -> str | None:
    """Return the declared reference; None, which is the most frequent, where it is not in."""
    if effects is None or not spec.reference:
        return None
    name = look_up(labels, spec.reference, argument="reference", what=f"a {spec.by} of treatments")
    return name if name in effects.treatments else None


def fit_network(
    effects: NetworkEffects | None, spec: FigureSpec, reference: str | None
) -> NetworkFit | None:
    """Return the network combined as it is declared; None without effects."""
    if effects is None:
        return None
    with warnings.catch_warnings():
        # the figure's notes say it: agreement beyond chance is not an error of the report
        warnings.simplefilter("ignore", EmptyIntervalWarning)
        return network(
            effects,
            reference=reference,
            model=spec.model,
            tau2=None if spec.tau2 == "" else spec.tau2,
            inference=spec.inference or None,
            prediction=spec.prediction or None,
            level=spec.level,
        )


def _ids(effects: NetworkEffects) -> dict[str, str]:
    """Return the ids of the studies by their labels."""
    return {
        study: str(name)
        for study, name in zip(effects.study, effects.columns["study_id"], strict=True)
    }


def _subtitle(spec: FigureSpec, effects: NetworkEffects | None) -> str:
    parts = selection_words(spec)
    if effects is None:
        return "; ".join([*parts, "no usable trial on file"])
    usable = counted_studies(effects.k, effects.k_left_out)
    return "; ".join([*parts, f"{usable} with such figures are usable and connected"])


def _notes(
    spec: FigureSpec,
    effects: NetworkEffects | None,
    fit: NetworkFit | None,
    apart: Sequence[NetworkEffects],
) -> tuple[str, ...]:
    """Return the footnotes; those on single studies stand where studies and effects are shown."""
    found: list[str] = []
    if apart:
        found.append(f"Not connected with the network and in no estimate: {members_words(apart)}.")
    if fit is not None and fit.heterogeneity.df <= FEW_DF:
        found.append(_caution(fit))
    full = spec.draw[0] in (GRAPH, AGAINST)
    more = figure_notes(spec, effects, fit) if full else remark_notes(spec, effects, fit)
    return tuple(dict.fromkeys([*found, *more]))


def _published_notes(published: Sequence[PublishedPool]) -> tuple[str, ...]:
    compared = dict.fromkeys(one.comparison for one in published)
    return (f"Published results are pairwise: {'; '.join(compared)}.",) if compared else ()


def _caution(fit: NetworkFit) -> str:
    """Return the caution about a network with hardly more contrasts than effects."""
    df = int(fit.heterogeneity.df)
    n = len(fit.treatments) - 1
    verb = "is" if df == 1 else "are"
    left = f"only {counted(df, 'degree')} of freedom {verb}" if df else "no degree of freedom is"
    return (
        f"Caution: {counted(n + df, 'independent contrast')} for {counted(n, 'effect')}, so "
        f"{left} left: heterogeneity and inconsistency can hardly be seen, and no single effect "
        "should be relied on."
    )


def sentence_name(name: str) -> str:
    """Return a label inside a sentence: its capital goes, an abbreviation's stays."""
    return f"{name[:1].lower()}{name[1:]}" if name[1:2].islower() else name


def names_words(names: Sequence[str]) -> str:
    """Return names inside a sentence; where one has a comma semicolons are between them."""
    plain = [sentence_name(name) for name in names]
    return "; ".join(plain) if any("," in name for name in names) else listed(plain)
