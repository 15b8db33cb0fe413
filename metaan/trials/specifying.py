"""specify: one question to trials as a maker of effects, with choices that can be defended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any, TypedDict, Unpack

import numpy as np
import pandas as pd

from metaan.core.arrays import FrozenDict
from metaan.core.bias import RiskOfBias
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.measures.table import DIVIDED_BY_SD, MEASURES
from metaan.trials.contrasting import Contrasts
from metaan.trials.effects import effect_sizes
from metaan.trials.instruments import CARRIED
from metaan.trials.naming import find_measure
from metaan.trials.schema import ENDPOINT
from metaan.trials.specifying_assumed import check_changes, printed_sds, with_correlation
from metaan.trials.specifying_checks import CHOICES, GROUP, as_names, checked_question
from metaan.trials.specifying_options import (
    AS_PRINTED,
    CAUTIONS,
    CHANGES,
    CONTROL,
    INSTRUMENTS,
    LEFT_OUT,
    MEASURE,
    OF_DATA,
    OWN_ERROR,
    PRINTED,
    STANDARDIZED,
    STUDIES,
    TERM,
    TREATMENT,
    Option,
    default_options,
)
from metaan.trials.specifying_rows import lean_rows
from metaan.trials.trials import Names, Trials

NODE = "node"


class Chosen(TypedDict, total=False):
    """One option of each choice of the data; what is absent is as in the main analysis.

    Attributes
    ----------
    treatment, control : tuple of str
        Groups or nodes.
    term : tuple of str
        Terms in order of preference.
    instruments : tuple of str or None
        Instruments to keep; None for all.
    cautions : tuple of str
        Cautions that rule a row out.
    changes : str or float
        "as printed" beside end scores, "left out", or the correlation of start and end by which
        SDs of changes are made SDs of end scores (which says nothing of a measure in units).
    measure : str
        Row of ``MEASURES``.
    printed : str or mapping of str to float
        What is done with differences printed without an SD, where the measure needs one: "left
        out", "from its own standard error", or an SD by instrument.
    """

    treatment: Sequence[str]
    control: Sequence[str]
    term: Sequence[str]
    instruments: Sequence[str] | None
    cautions: Sequence[str]
    changes: str | float
    measure: str
    printed: str | Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Specifications:
    """One question to trials, to be answered under every combination of choices.

    Called with one option of each choice it returns the effects; `metaan.multiverse` does so.

    Attributes
    ----------
    options : mapping of str to tuple of Option
        Options of each choice, with reasons; the first is the main analysis.
    base : Trials
        The rows that the question can concern.
    rescaled : Trials
        The same with instruments carried to a common one, for measures in units.
    better : str or None
        Which direction is better.
    """

    options: Mapping[str, tuple[Option, ...]]
    base: Trials
    rescaled: Trials
    better: str | None
    # Selections, comparisons and effects that combinations share, each made once.
    made: dict[Any, Any] = field(init=False, default_factory=dict, repr=False)

    @property
    def choices(self) -> dict[str, dict[str, Any]]:
        """Labels and values of the options of each choice."""
        return {
            name: {option.label: option.value for option in options}
            for name, options in self.options.items()
        }

    def __call__(self, **options: Unpack[Chosen]) -> Effects:
        """Return the effects by one option of each choice; those not given are the main ones."""
        chosen: dict[str, Any] = {
            name: own[0].value for name, own in self.options.items() if name != STUDIES
        }
        for name, value in options.items():
            look_up(dict.fromkeys(OF_DATA), name, argument="choice", what="a choice of the data")
            chosen[name] = value
        row = find_measure(str(chosen[MEASURE]))
        pairs = self._contrasts(chosen, in_units=row.in_units)
        changes = chosen.get(CHANGES, AS_PRINTED)
        check_changes(changes)
        if isinstance(changes, str) or row.in_units:
            return self._effects(pairs, row.key, chosen.get(PRINTED, LEFT_OUT))
        if row.key not in STANDARDIZED:
            raise InputError(f"changes={changes!r} is for a difference over an SD, not {row.key}")
        effects = self._effects(pairs, row.key, chosen.get(PRINTED, LEFT_OUT))
        return with_correlation(effects, float(changes))

    def _effects(self, pairs: Contrasts, measure: str, printed: object) -> Effects:
        """Return the effects of comparisons; those of the same figures are made once."""
        sds = self._sds(pairs, printed) if measure in DIVIDED_BY_SD else {}
        key = (_figures(pairs), measure, tuple(sorted(sds.items())))
        if key not in self.made:
            found = effect_sizes(
                pairs, measure, better=self.better, mix_types=True, contrast_sd=sds
            )
            if measure in STANDARDIZED:  # one effect, standardized in several ways
                found = replace(found, label=MEASURES[STANDARDIZED[0]].name)
            self.made[key] = (found, found.left_out[len(pairs.excluded) :])
        effects, lost = self.made[key]
        own: Effects = replace(
            effects,
            treatment=pairs.treatment,
            control=pairs.control,
            left_out=(*pairs.excluded, *lost),
        )
        return own

    def _sds(self, pairs: Contrasts, printed: object) -> dict[str, float]:
        """Return the SD of each instrument by which printed differences are divided."""
        key = (id(pairs), OWN_ERROR)
        if printed == OWN_ERROR and key in self.made:
            return dict(self.made[key])
        found = printed_sds(pairs, printed)
        if printed == OWN_ERROR:
            self.made[key] = found
        return found

    def _contrasts(self, chosen: Mapping[str, Any], *, in_units: bool) -> Contrasts:
        """Return the comparisons of a combination; selection and comparisons are made once."""
        left_out = chosen.get(CHANGES) == LEFT_OUT
        rows = (
            in_units,
            as_names(chosen[TERM]),
            as_names(chosen.get(INSTRUMENTS)),
            as_names(chosen.get(CAUTIONS)),
            left_out,
        )
        if rows not in self.made:
            self.made[rows] = (self.rescaled if in_units else self.base).select(
                term=rows[1],
                instrument=rows[2] or None,
                without_flags=rows[3],
                where={"measure_type": ENDPOINT} if left_out else None,
            )
        key = (*rows, as_names(chosen[TREATMENT]), as_names(chosen[CONTROL]))
        if key not in self.made:
            groups = set(self.base.treatments[GROUP])
            by_group = {*key[-2], *key[-1]} <= groups
            treatment, control = (side if by_group else self._nodes(side) for side in key[-2:])
            self.made[key] = self.made[rows].contrasts(
                treatment, control, by=GROUP if by_group else NODE
            )
        found: Contrasts = self.made[key]
        return found

    def _nodes(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the nodes of a side: its own names, unless all of them are groups."""
        table = self.base.treatments
        if not set(names) <= set(table[GROUP]):
            return names
        return tuple(str(node) for node in table.index[table[GROUP].isin(list(names))])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per option: choice, option, reason."""
        return pd.DataFrame(
            [
                {"choice": name, "option": option.label, "reason": option.reason}
                for name, options in self.options.items()
                for option in options
            ]
        )

    def summary(self) -> str:
        """Return the choices, their options and the reasons."""
        lines = [f"{_combinations(self):,} combinations of {len(self.options)} choices"]
        for name, options in self.options.items():
            lines.append(f"  {name}")
            lines += [
                f"    {option.label}{f': {option.reason}' if option.reason else ''}"
                for option in options
            ]
        return "\n".join(lines)

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        with pd.option_context("display.max_colwidth", None):
            table = self.to_frame().to_html(index=False)
        return f"<p>{escape(self.summary().splitlines()[0])}</p>{table}"


def specify(
    trials: Trials,
    *,
    outcome: str,
    treatment: Names,
    control: Names,
    better: str | None = None,
    rescale: Mapping[str, str] | None = None,
    bias: RiskOfBias | None = None,
    choices: Mapping[str, Any] | None = None,
) -> Specifications:
    """Return one question to trials with the choices that can be defended.

    Parameters
    ----------
    trials : Trials
        The arms on file.
    outcome : str
        E.g. "pain".
    treatment, control : str or sequence of str
        Groups ("acupuncture", "sham"), or nodes of treatments.csv; a name that is both is the
        group, unless nodes stand beside it.
    better : {"lower", "higher"}, optional
        Direction that effects of opposite instruments are turned to.
    rescale : mapping of str to str, optional
        Instruments carried to a common one, for measures in units of the instrument.
    bias : RiskOfBias, optional
        Judgments, for restrictions to studies at lower risk.
    choices : mapping of str to sequence or mapping, optional
        Options in place of the ready-made ones, by choice: "treatment", "control", "term",
        "instruments", "cautions", "changes", "measure", "printed" (see `Chosen`) and "studies".
        A choice with one option is fixed.

    Returns
    -------
    Specifications
        To be given to ``metaan.multiverse``; ``.to_frame()`` lists every option with its reason.

    Raises
    ------
    InputError
        If an argument or options are no such, or no study has rows of both sides; every fault
        is named. ChoiceError if all faults are unknown names.

    Notes
    -----
    Ready-made choices, as far as the rows at hand tell them apart: what counts as the treatment
    and as the control; which time; whether changes share a standardized effect with end scores
    as printed, with SDs made those of end scores, or not; what a difference is divided by; what
    is done with differences printed without an SD; and which studies enter.

    The SD of a change is ``sqrt(2 (1 - r))`` times that of an end score if both times have one
    SD and correlate by r: the effect is multiplied by this, its variance by the square [1]_; r =
    0.5 is "as printed". The SD of a printed difference is ``SE / sqrt(1 / n1 + 1 / n2)``;
    several with one instrument are pooled. Where changes are left out, so are printed
    differences, of which it is not known what they are differences of.

    References
    ----------
    .. [1] Morris SB, DeShon RP (2002). Psychol Methods 7:105. doi:10.1037/1082-989X.7.1.105

    Examples
    --------
    >>> from metaan.trials.load import load_trials
    >>> pain = specify(load_trials(), outcome="pain", treatment="acupuncture", control="sham",
    ...                better="lower")
    >>> list(pain.choices)
    ['treatment', 'control', 'term', 'changes', 'measure', 'printed', 'studies']
    >>> pain().k, pain(term=("immediate",), changes="left out").k
    (8, 4)
    """
    rows, sides, given = checked_question(
        trials, (treatment, control), choices, better=better, bias=bias, outcome=outcome
    )
    base = lean_rows(rows, *sides)
    if base.arms.empty and base.contrast_rows.empty:
        raise InputError(
            f"no study has {outcome} of both {', '.join(sides[0])} and {', '.join(sides[1])}"
        )
    options = {**default_options(base, *sides, bias), **given}
    return Specifications(
        options=FrozenDict({name: options[name] for name in CHOICES if name in options}),
        base=base,
        rescaled=lean_rows(rows.rescale(rescale), *sides) if rescale else base,
        better=better,
    )


def _combinations(specifications: Specifications) -> int:
    return int(np.prod([len(options) for options in specifications.options.values()]))


def _figures(pairs: Contrasts) -> tuple[Any, ...]:
    """Return the row ids of all figures, which with the table make the effects what they are."""
    return (
        id(pairs.instruments),
        tuple(pairs.pairs["rows"]),
        tuple(pairs.pairs[CARRIED]),
        tuple(pairs.alternatives["rows"]),
    )
