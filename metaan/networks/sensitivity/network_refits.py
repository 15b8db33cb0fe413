"""A network made again without each of its studies, as a record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers, frozen
from metaan.core.citations import cite, marks
from metaan.core.errors import ChoiceError, InputError
from metaan.core.lookup import hint
from metaan.core.numbers import compact, counted, fixed, interval, listed, p_text
from metaan.core.text_table import aligned
from metaan.core.wording import counted_studies, grid, in_sentence, percent, text_of
from metaan.networks.combining.combined import Combined, spread_of
from metaan.networks.combining.relative import RelativeEffects, label_of, place_of
from metaan.networks.sensitivity.leaving_one_out import inference_factor, leave_each_out
from metaan.numerics.tails import log_two_sided, statistic_of, t_quantile
from metaan.univariate.kernel import Plan

if TYPE_CHECKING:
    import pandas as pd

VIECHTBAUER = "10.1002/jrsm.11"
NAMED = 6  # studies or treatments that a line names


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkRefits:
    """A network without each of its k studies, everything else as it was.

    Attributes
    ----------
    studies : tuple of str, length k
        The study that is left out.
    reference : str
        Treatment that the others are shown against.
    whole : RelativeEffects
        Effects of the n treatments with all studies.
    part : ndarray of int, shape (k, n)
        Part of the remaining network that each treatment is in, called by the number of its first
        treatment. Effects are known between treatments of one part.
    values : ndarray, shape (k, n)
        Effects of the treatments up to a constant in each part, analysis scale.
    covariance : ndarray, shape (k, n, n)
        Their covariance by the inference of the fit, up to constants; only entries of one part
        mean something.
    df : ndarray, shape (k,)
        Degrees of freedom of intervals and tests; ``inf`` is the normal distribution.
    tau2, q, q_df : ndarray, shape (k,)
        Between-study variance, Q of the remaining network and its degrees of freedom.
    whole_tau2 : float
        tau² with all studies.
    remarks : tuple of str
        Studies without which the network falls apart.
    """

    studies: tuple[str, ...]
    reference: str
    whole: RelativeEffects
    part: Integers = field(repr=False)
    values: Floats = field(repr=False)
    covariance: Floats = field(repr=False)
    df: Floats
    tau2: Floats
    q: Floats
    q_df: Floats
    whole_tau2: float
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("values", "covariance", "df", "tau2", "q", "q_df"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
        self.part.flags.writeable = False

    @property
    def treatments(self) -> tuple[str, ...]:
        """Names of the treatments, in the order of the arrays."""
        return self.whole.treatments

    def effects(self, control: str | int | None = None) -> Floats:
        """Return the effects of all treatments against one, shape (k, n); NaN where unknown.

        Parameters
        ----------
        control : str, optional
            The reference by default.
        """
        j = self._control(control)
        return np.where(self._known(j), self.values - self.values[:, [j]], np.nan)

    def se(self, control: str | int | None = None) -> Floats:
        """Return the standard errors of `effects`, shape (k, n)."""
        j = self._control(control)
        return np.where(self._known(j), np.sqrt(spread_of(self.covariance)[:, :, j]), np.nan)

    def half(self, control: str | int | None = None) -> Floats:
        """Return half the widths of the confidence intervals of `effects`, shape (k, n)."""
        return np.asarray(t_quantile(self.whole.level, self.df)[:, None] * self.se(control))

    def p_values(self, control: str | int | None = None) -> Floats:
        """Return two-sided p-values of `effects`, shape (k, n); 1 for the control itself."""
        effects, se = self.effects(control), self.se(control)
        return np.exp(log_two_sided(statistic_of(effects, se), self.df[:, None]))

    def without(self, study: str | int) -> RelativeEffects:
        """Return the effects without one study, of the treatments connected with the reference.

        Raises
        ------
        ChoiceError
            If the study is unknown; the nearest name is offered.
        InputError
            If nothing is connected with the reference any longer.
        """
        name = label_of(study)
        if name not in self.studies:
            raise ChoiceError(
                f"study={study!r} is not a study of this network.{hint(study, self.studies)}"
            )
        s = self.studies.index(name)
        here = np.flatnonzero(self._known(self._control(None))[s])
        if len(here) < 2:
            raise InputError(f"without {study} no treatment is compared with {self.reference}")
        return RelativeEffects(
            treatments=tuple(self.treatments[i] for i in here.tolist()),
            values=self.values[s, here],
            covariance=self.covariance[s][np.ix_(here, here)],
            df=float(self.df[s]),
            level=self.whole.level,
            scale=self.whole.scale,
            label=self.whole.label,
        )

    @property
    def clear(self) -> tuple[str, ...]:
        """Treatments whose interval against the reference excludes no effect, of all studies."""
        j = self._control(None)
        found = np.abs(self.whole.differences[:, j]) > self.whole.half[:, j]
        return tuple(self.treatments[i] for i in np.flatnonzero(found).tolist())

    @property
    def turning(self) -> tuple[tuple[str, str], ...]:
        """Study and treatment where the interval against the reference holds 0 and did not.

        Or did, and does not: pairs in the order of the studies.
        """
        j = self._control(None)
        before = np.abs(self.whole.differences[:, j]) > self.whole.half[:, j]
        effects = self.effects()
        after = np.abs(effects) > self.half()
        turned = np.argwhere(~np.isnan(effects) & (after != before))
        return tuple((self.studies[s], self.treatments[i]) for s, i in turned.tolist())

    def to_frame(self) -> pd.DataFrame:
        """Return one row per study left out and treatment, analysis scale.

        Returns
        -------
        DataFrame
            left_out, treatment (against the reference), estimate, se, low, high, p_value, tau2, q,
            q_df; NaN where the treatment is not connected with the reference any longer.
        """
        import pandas as pd

        names = [name for name in self.treatments if name != self.reference]
        columns = [self.treatments.index(name) for name in names]
        effects, half = self.effects()[:, columns], self.half()[:, columns]
        k, n = len(self.studies), len(names)
        return pd.DataFrame(
            {
                "left_out": np.repeat(np.array(self.studies, dtype=object), n),
                "treatment": np.tile(np.array(names, dtype=object), k),
                "estimate": effects.ravel(),
                "se": self.se()[:, columns].ravel(),
                "low": (effects - half).ravel(),
                "high": (effects + half).ravel(),
                "p_value": self.p_values()[:, columns].ravel(),
                **{name: np.repeat(getattr(self, name), n) for name in ("tau2", "q", "q_df")},
            }
        )

    def summary(self) -> str:
        """Return the range of each effect over the studies left out, as a table."""
        lines = (*aligned(_table(self)), *_below(self))
        return "\n".join([_title(self), *(f"  {line}" for line in lines)])

    def sentence(self) -> str:
        """Return what the refits say about the conclusions; marks point into `references`."""
        mark = marks([VIECHTBAUER])[VIECHTBAUER]
        studies = counted_studies(len(self.studies))
        return text_of([f"Each of the {studies} was left out in turn{mark}", _turning_words(self)])

    @property
    def references(self) -> tuple[str, ...]:
        """References of the method, in the order of their marks in `sentence`."""
        return cite([VIECHTBAUER])

    def __len__(self) -> int:
        """Return the number of studies."""
        return len(self.studies)

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(_title(self), _table(self), _below(self))

    def _control(self, control: str | int | None) -> int:
        name = self.reference if control is None else control
        return place_of(name, self.treatments, argument="control")

    def _known(self, j: int) -> Booleans:
        return np.asarray(self.part == self.part[:, [j]])


def refit_without_each(
    combined: Combined, plan: Plan, whole: RelativeEffects, reference: str
) -> NetworkRefits:
    """Return the network without each of its studies.

    Parameters
    ----------
    combined : Combined
        The network of all studies.
    plan : Plan
        What was computed.
    whole : RelativeEffects
        Effects by the inference of the plan.
    reference : str
        Treatment that the others are shown against.

    Raises
    ------
    InputError
        If there is only one study.
    """
    layout = combined.evidence.layout
    if combined.evidence.k < 2:
        raise InputError(
            "leave_one_out needs two studies or more: without the only one nothing is left"
        )
    found = leave_each_out(combined, plan)
    factor, df = inference_factor(plan, found.spread, found.df)
    return NetworkRefits(
        studies=layout.studies,
        reference=reference,
        whole=whole,
        part=found.part,
        values=found.effects,
        covariance=found.inverse * factor[:, None, None],
        df=df,
        tau2=found.tau2,
        q=found.q,
        q_df=found.df,
        whole_tau2=combined.tau2,
        remarks=_cut_remarks(layout.studies, layout.treatments, found.part, reference),
    )


def _cut_remarks(
    studies: tuple[str, ...], treatments: tuple[str, ...], part: Integers, reference: str
) -> tuple[str, ...]:
    j = treatments.index(reference)
    away = part != part[:, [j]]
    told = []
    for s in np.flatnonzero(away.any(axis=-1)).tolist():
        names = [treatments[i] for i in np.flatnonzero(away[s]).tolist()]
        told.append(f"without {studies[s]}: {_some(names)}")
    if not told:
        return ()
    return (f"no effect against {reference} is known {'; '.join(told)}",)


def _some(names: list[str]) -> str:
    more = len(names) - NAMED
    return listed([*names[:NAMED], f"{more} others"] if more > 1 else names)


def _title(refits: NetworkRefits) -> str:
    n = counted(len(refits.treatments), "treatment")
    return (
        f"{refits.whole.label}, network of {n} in {counted_studies(len(refits.studies))}, "
        "one left out at a time"
    )


def _table(refits: NetworkRefits) -> list[list[str]]:
    """Return a head and one row per treatment, reading scale."""
    read = refits.whole.scale.inverse
    j = refits.treatments.index(refits.reference)
    effects, p = refits.effects(), refits.p_values()
    whole, half = refits.whole.differences[:, j], refits.whole.half[:, j]
    level = percent(refits.whole.level)
    what = "ratio" if refits.whole.scale.is_log else "estimate"
    head = [f"against {refits.reference}", what, f"{level} CI"]
    rows = [[*head, "lowest", "without", "highest", "without", "largest p"]]
    for i, name in enumerate(refits.treatments):
        if i == j:
            continue
        with np.errstate(over="ignore"):
            limits = interval(float(read(whole[i] - half[i])), float(read(whole[i] + half[i])), 3)
            cells = [name, fixed(float(read(whole[i])), 3), limits]
            known = not np.isnan(effects[:, i]).all()
            for pick in (np.nanargmin, np.nanargmax):
                s = int(pick(effects[:, i])) if known else 0
                cells += [fixed(float(read(effects[s, i])), 3), refits.studies[s] if known else ""]
        largest = float(np.nanmax(p[:, i])) if known else float("nan")
        rows.append([*cells, p_text(largest).removeprefix("p ").removeprefix("= ")])
    return rows


def _below(refits: NetworkRefits) -> list[str]:
    low, high = float(refits.tau2.min()), float(refits.tau2.max())
    spread = f"tau² from {compact(low)} to {compact(high)}"
    told = [
        f"{spread}, with all studies {compact(refits.whole_tau2)}",
        text_of([_turning_words(refits)]),
    ]
    return [*told, *(f"note: {remark}" for remark in refits.remarks)]


def _turning_words(refits: NetworkRefits) -> str:
    whose = (
        f"the {percent(refits.whole.level)} confidence interval of the "
        f"{in_sentence(refits.whole.label)} against {refits.reference}"
    )
    lost: dict[str, list[str]] = {}
    won: dict[str, list[str]] = {}
    clear = refits.clear
    for study, treatment in refits.turning:
        found = lost if treatment in clear else won
        found.setdefault(treatment, []).append(study)
    told = []
    if lost:
        told.append(f"That {whose} excludes no effect is lost {_if_left_out(lost)}")
    if won:
        whose = "it" if lost else f"{whose[:1].upper()}{whose[1:]}"
        told.append(f"{whose} comes to exclude no effect {_if_left_out(won)}")
    if told:
        return "; ".join(told)
    return f"For no treatment does it depend on a single study whether {whose} excludes no effect"


def _if_left_out(found: dict[str, list[str]]) -> str:
    """Return for which treatments, and without which studies."""
    each = [f"for {name} if {_either(studies)} is left out" for name, studies in found.items()]
    more = len(each) - NAMED
    return listed([*each[:NAMED], f"for {more} others"] if more > 1 else each)


def _either(studies: list[str]) -> str:
    if len(studies) > 2:
        return f"any one of the studies {_some(studies)}"
    return " or ".join(f"study {name}" for name in studies)
