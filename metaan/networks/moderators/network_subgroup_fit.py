"""Networks by subgroups as a record: one each, all together, and the test between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from metaan.core.arrays import FrozenDict
from metaan.core.citations import cite
from metaan.core.estimate import Interval
from metaan.core.estimate_table import (
    estimate_records,
    figure,
    ratio_figure,
    read_interval,
    shared_decimals,
)
from metaan.core.fit_words import INFERENCE, MODEL, tau2_words, used
from metaan.core.lookup import look_up
from metaan.core.numbers import compact, counted, listed, p_text
from metaan.core.regression_answers import JointTest, joint_text
from metaan.core.regression_words import joint_words
from metaan.core.text_table import aligned
from metaan.core.wording import (
    Method,
    cited,
    counted_studies,
    grid,
    in_sentence,
    joined,
    method_words,
    percent,
    text_of,
)
from metaan.networks.combining.relative import label_of
from metaan.networks.fits.network_fit import NetworkFit

if TYPE_CHECKING:
    import pandas as pd

ALL = "all"
SHARED = "one tau² for all levels, from a model with effects of each"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkSubgroupFit:
    """Networks of subgroups of studies, that of all, and the test of an interaction.

    Attributes
    ----------
    by : str
        Name of the column.
    reference : str
        Treatment that effects are compared against.
    levels : tuple of str
        Values of the column that have a network: numbers by their size, otherwise in the order
        of their first study.
    fits : tuple of NetworkFit
        One each; ``fit["level"]`` is one of them.
    overall : NetworkFit
        All studies together.
    left : mapping of str to str
        Values of the column without a network, and why.
    between : JointTest
        That effects against the reference are the same in all levels: chi-square, model-based;
        ``terms`` are the treatments of two levels or more, ``df`` is 0 if there is nothing to
        compare.
    by_treatment : mapping of str to JointTest
        The same for each of these treatments alone.
    shared_tau2 : bool
        Whether one tau² was estimated for all levels together.
    remarks : tuple of str
        What a careful reader should know about the test.
    """

    by: str
    reference: str
    levels: tuple[str, ...]
    fits: tuple[NetworkFit, ...]
    overall: NetworkFit
    left: Mapping[str, str] = field(default_factory=FrozenDict)
    between: JointTest
    by_treatment: Mapping[str, JointTest] = field(default_factory=FrozenDict)
    shared_tau2: bool = False
    remarks: tuple[str, ...] = ()

    def __getitem__(self, level: str | int) -> NetworkFit:
        """Return the network of one level; ChoiceError if there is none of that name."""
        table = dict(zip(self.levels, self.fits, strict=True))
        key = label_of(level)
        return look_up(table, key, argument="level", what="a subgroup with a network")

    def summary(self) -> str:
        """Return effects by treatment and level, tests of interaction, heterogeneity."""
        lines = (*aligned(_effect_rows(self), words=2), *_below(self))
        return "\n".join([_title(self), *(f"  {line}" for line in lines)])

    def sentence(self) -> str:
        """Return the fit as a paragraph for a Results section; marks point into `references`."""
        return text_of([*_results(self), *_how(self)[0]])

    @property
    def references(self) -> tuple[str, ...]:
        """References of the methods that were used, in the order of their marks in `sentence`."""
        return cite(_how(self)[1])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per level and treatment against the reference, analysis scale.

        Returns
        -------
        DataFrame
            the column ("all" for all studies), k, treatment, estimate, se, low, high, statistic,
            df, p_value, tau2, interaction_p (of the treatment; NaN where it has one level).
        """
        import pandas as pd

        records: list[dict[str, Any]] = []
        for level, fit in _parts(self):
            found = fit.against(self.reference)
            for record in estimate_records("treatment", tuple(found), tuple(found.values())):
                test = self.by_treatment.get(record["treatment"])
                records.append(
                    {
                        self.by: level,
                        "k": fit.k,
                        **record,
                        "tau2": fit.tau2,
                        "interaction_p": float("nan") if test is None else test.p_value,
                    }
                )
        return pd.DataFrame(records)

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(_title(self), _effect_rows(self), _below(self))


def _parts(fit: NetworkSubgroupFit) -> list[tuple[str, NetworkFit]]:
    return [*zip(fit.levels, fit.fits, strict=True), (ALL, fit.overall)]


def _title(fit: NetworkSubgroupFit) -> str:
    effects, overall = fit.overall.effects, fit.overall
    told = [f"{overall.model} effects"]
    if overall.tau2_method:
        told.append(f"tau² {overall.tau2_method}")
    told.append(f"interval {overall.inference}")
    return (
        f"{effects.label}, network of {counted(len(effects.treatments), 'treatment')} in "
        f"{counted_studies(effects.k, effects.k_left_out)}, by {fit.by} ({', '.join(told)})"
    )


def _effect_rows(fit: NetworkSubgroupFit) -> list[list[str]]:
    """Return a head and one row per treatment and level, reading scale."""
    level, log = percent(fit.overall.level), fit.overall.effects.scale.is_log
    what = "ratio" if log else "estimate"
    rows = [[f"against {fit.reference}", fit.by, "k", what, f"{level} CI", "p"]]
    found = [each for _, part in _parts(fit) for each in part.against(fit.reference).values()]
    digits = shared_decimals(found)
    for name in fit.overall.treatments:
        if name == fit.reference:
            continue
        first = True
        for key, part in _parts(fit):
            if name not in part.treatments:
                continue
            estimate = part.effect(name, fit.reference)
            p = p_text(estimate.p_value, estimate.log_p_value)
            read = estimate.read().value
            limits = Interval(low=estimate.low, high=estimate.high, level=estimate.level,
                              scale=estimate.scale)  # fmt: skip
            rows.append(
                [
                    name if first else "",
                    key,
                    str(part.k),
                    ratio_figure(read, digits) if log else figure(read, digits),
                    read_interval(limits, digits),
                    p.removeprefix("p ").removeprefix("= "),
                ]
            )
            first = False
    return rows


def _below(fit: NetworkSubgroupFit) -> list[str]:
    told = [f"test of interaction: {joint_text(fit.between)}"]
    told += [f"  {name}: {joint_text(test)}" for name, test in fit.by_treatment.items()]
    if fit.overall.tau2_method:
        spread = [f"{compact(part.tau2)} in {key}" for key, part in _parts(fit)]
        told.append(f"tau²: {', '.join(spread)}")
    if fit.overall.effects.scale.is_log:
        told.append("(tests compare logarithms)")
    if fit.shared_tau2:
        told.append(SHARED)
    told += [f"no network: {name}: {reason}" for name, reason in fit.left.items()]
    return [*told, *(f"note: {remark}" for remark in fit.remarks)]


def _results(fit: NetworkSubgroupFit) -> list[str]:
    overall = fit.overall
    kind = "random-effects" if overall.tau2_method else "common-effect"
    studies = [
        f"{counted_studies(part.k)} with {fit.by} {level}"
        for level, part in zip(fit.levels, fit.fits, strict=True)
    ]
    where = ", with one tau² for all," if fit.shared_tau2 else ""
    told = [
        f"The {in_sentence(overall.effects.label)} against {fit.reference} was estimated in "
        f"{kind} networks{where} of {listed(studies)}"
    ]
    if fit.between.df > 0:
        told.append(joint_words(fit.between, "an interaction"))
    if fit.left:
        told.append(f"no network could be made of {listed(list(fit.left))}")
    return told


def _how(fit: NetworkSubgroupFit) -> tuple[list[str], tuple[str, ...]]:
    """Return the sentences about methods, with marks, and the DOIs the marks stand for."""
    overall = fit.overall
    inference = used(overall, INFERENCE, overall.inference)
    parts: list[tuple[str, Method]] = [
        (
            "direct and indirect evidence were combined by generalized least squares",
            used(overall, MODEL, ""),
        )
    ]
    if overall.tau2_method:
        where = " for all subgroups together" if fit.shared_tau2 else " in each subgroup"
        parts.append(tau2_words(overall, where))
    parts.append((f"confidence intervals are {method_words(inference.name)}", inference))
    texts, dois = cited(parts)
    return [joined(texts)], dois
