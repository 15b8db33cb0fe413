"""Trials: the arms on file, how they are selected, and the comparisons they allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from metaan.core.errors import ChoiceError, InputError
from metaan.core.lookup import hint, look_up
from metaan.core.numbers import counted
from metaan.trials.comparing import build_contrasts, sides
from metaan.trials.contrasting import Contrasts
from metaan.trials.instruments import line_between, rescale_arms, rescale_contrasts
from metaan.trials.schema import BASELINE, FLAGS, KNOWN, MEMBERSHIPS, TERMS
from metaan.trials.tables import NOT_PREFERRED, Tables

Names = str | Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trials(Tables):
    """Trial arms with the tables that explain them; the fields are those of ``Tables``."""

    def select(
        self,
        *,
        outcome: str | None = None,
        term: Names | None = None,
        instrument: Names | None = None,
        study: Names | None = None,
        where: Mapping[str, Names] | None = None,
        without_flags: Names = (),
        preferred: bool | None = True,
    ) -> Trials:
        """Return the trials restricted to some rows; baseline rows go unless asked for.

        Parameters
        ----------
        outcome : str, optional
            E.g. "pain".
        term : str or sequence of str, optional
            Time class; a sequence is an order of preference, and each study enters a comparison
            with the first of them that it can.
        instrument, study : str or sequence of str, optional
            Keys to keep.
        where : mapping of str to str or sequence of str, optional
            Further columns (of the arms, the contrasts or the studies) and the values to keep,
            e.g. ``{"condition": "acute LBP"}``. Rows of a table without the column go if no
            study column has it either.
        without_flags : sequence of str
            Cautions that rule a row out, e.g. "sd_implausible".
        preferred : bool, optional
            True keeps the rows marked as preferred, False the others, None both.

        Returns
        -------
        Trials
            A new record; the DataFrames of this one are not changed.

        Raises
        ------
        ChoiceError
            If a name or value occurs nowhere; the text lists what there is.

        Examples
        --------
        >>> import metaan as ma
        >>> ma.load_trials().select(outcome="pain", term="immediate", study="leibing2002")
        3 arm rows and 0 printed contrasts of 1 study (trials.csv)
        """
        terms = _as_tuple(term)
        keep: dict[str, tuple[str, ...]] = {}
        for column, names in (
            ("outcome", outcome),
            ("instrument", instrument),
            ("study_id", study),
        ):
            if names is not None:
                keep[column] = _as_tuple(names)
        if terms:
            keep["term"] = terms
        keep |= {column: _as_tuple(names) for column, names in (where or {}).items()}
        for column, values in keep.items():
            self._check(column, values)
        flags = self._flags(without_flags)
        arms, ruled_arms = self._chosen(self.arms, keep, flags, preferred)
        if BASELINE not in terms:
            arms = arms[arms["term"] != BASELINE]
        rows, ruled_rows = self._chosen(self.contrast_rows, keep, flags, preferred)
        return replace(
            self,
            arms=arms,
            contrast_rows=rows,
            terms=terms or self.terms,
            ruled_arms=pd.concat([self._restrict(self.ruled_arms, keep), ruled_arms]),
            ruled_contrasts=pd.concat([self._restrict(self.ruled_contrasts, keep), ruled_rows]),
        )

    def members(self, review: str, *, known: Names = KNOWN) -> tuple[str, ...]:
        """Return the ids of the studies that belong to a review (``"in_33study"`` ...).

        Parameters
        ----------
        review : str
            One of the membership columns of studies.csv.
        known : sequence of str
            How sure the membership must be: "confirmed", "inferred".

        Raises
        ------
        ChoiceError
            If a name is unknown.

        Examples
        --------
        >>> import metaan as ma
        >>> ma.load_trials().members("in_13rct")
        ('hasegawa2014', 'kennedy2008', 'shin2013')
        """
        look_up(dict.fromkeys(MEMBERSHIPS), review, argument="review", what="a membership column")
        words = dict.fromkeys(KNOWN)
        for word in _as_tuple(known):
            look_up(words, word, argument="known", what="a kind of membership")
        return tuple(self.studies.index[self.studies[review].isin(_as_tuple(known))])

    def rescale(self, instruments: Mapping[str, str]) -> Trials:
        """Return the trials with figures carried from one instrument to another.

        Parameters
        ----------
        instruments : mapping of str to str
            From and to, e.g. ``{"VAS_0_10": "VAS_0_100"}``. Means, SDs, SEs and mean differences
            are moved along the line that takes one range to the other; printed figures stay in
            ``as_reported``.

        Raises
        ------
        InputError
            If a range is unknown, or outcome or direction differ.

        Examples
        --------
        >>> import metaan as ma
        >>> zeng = ma.load_trials().select(outcome="pain", study="zeng2005")
        >>> zeng.rescale({"VAS_0_10": "VAS_0_100"}).arms["mean"].tolist()
        [29.0, 40.0]
        """
        arms, rows = self.arms, self.contrast_rows
        for source, target in instruments.items():
            line = line_between(self.instruments, source, target)
            arms = rescale_arms(arms, source, target, line)
            rows = rescale_contrasts(rows, source, target, line[0])
        return replace(self, arms=arms, contrast_rows=rows)

    def contrasts(self, treatment: Names, control: Names, *, by: str = "group") -> Contrasts:
        """Return the comparisons of a treatment with a control that the selected rows allow.

        Parameters
        ----------
        treatment, control : str or sequence of str
            Groups ("acupuncture", "sham") or nodes ("sham_penetrating") of treatments.csv.
        by : {"group", "node"}
            What the names are.

        Returns
        -------
        Contrasts
            One pair per study, with what was left out and why.

        Raises
        ------
        InputError
            If the rows hold more than one outcome, or a study has several rows for one arm and
            no order of terms was selected; every such study is named.
        ChoiceError
            If a name is not a group or node.

        Notes
        -----
        A row is usable if n, mean and SD (or events and n) are there. A pair is clean if the two
        arms differ, component by component, only by components of the treatment's group and of
        the control's group; other arms are left out and listed. Several arms of one side are
        combined exactly. Where arms do not give the comparison, one printed difference does; a
        second one with the same comparator is left out and listed.

        Examples
        --------
        >>> import metaan as ma
        >>> trials = ma.load_trials().select(outcome="pain", term="immediate")
        >>> trials.contrasts("acupuncture", "no_treatment")
        Acupuncture against No treatment: 2 studies, 1 figure left out
        """
        outcomes = list(dict.fromkeys([*self.arms["outcome"], *self.contrast_rows["outcome"]]))
        if len(outcomes) > 1:
            raise InputError(
                f"the rows hold {len(outcomes)} outcomes ({', '.join(outcomes)}); "
                "select(outcome=...) one of them"
            )
        nodes = sides(self.treatments, _as_tuple(treatment), _as_tuple(control), by)
        return build_contrasts(self, nodes)

    def _flags(self, without_flags: Names) -> tuple[str, ...]:
        """Return the cautions as given, or raise if one is neither known nor on file."""
        on_file = [*self.arms["flags"], *self.contrast_rows["flags"]]
        known = {*FLAGS, *(flag for cell in on_file for flag in cell.split("|") if flag)}
        for flag in _as_tuple(without_flags):
            look_up(dict.fromkeys(sorted(known)), flag, argument="without_flags", what="a flag")
        return _as_tuple(without_flags)

    def _check(self, column: str, values: Sequence[str]) -> None:
        tables = (self.arms, self.contrast_rows, self.studies.reset_index())
        holders = [table for table in tables if column in table]
        if not holders:
            every = sorted({str(name) for table in tables for name in table.columns})
            raise ChoiceError(f"{column!r} is not a column.{hint(column, every)}")
        known = {str(value) for table in holders for value in table[column] if str(value)}
        known |= set(self._vocabulary(column))
        unknown = [value for value in values if value not in known]
        if unknown:
            listed = ", ".join(sorted(known)[:40])
            raise ChoiceError(
                f"{column}={unknown[0]!r} does not occur; there are {listed}."
                f"{hint(unknown[0], sorted(known))}"
            )

    def _vocabulary(self, column: str) -> Sequence[str]:
        """Return what a column may hold even where no row at hand does."""
        if column in MEMBERSHIPS:
            return KNOWN
        words: Mapping[str, Sequence[str]] = {
            "term": (*TERMS, ""),  # adverse events may have none
            "instrument": list(self.instruments.index),
            "study_id": list(self.studies.index),
            "outcome": list(self.instruments["outcome"]),
        }
        return words.get(column, ())

    def _restrict(self, frame: pd.DataFrame, keep: Mapping[str, Sequence[str]]) -> pd.DataFrame:
        """Return the rows with the wanted values in every column."""
        rows = pd.Series(True, index=frame.index)
        for column, values in keep.items():
            if column in frame:
                rows &= frame[column].astype(str).isin(list(values))
            elif column in self.studies:
                rows &= frame["study_id"].map(self.studies[column]).isin(list(values))
            else:
                rows &= False
        return frame[rows]

    def _chosen(
        self,
        frame: pd.DataFrame,
        keep: Mapping[str, Sequence[str]],
        flags: Sequence[str],
        preferred: bool | None,
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the rows that are selected, and those that only a caution or a 0 kept out."""
        frame = self._restrict(frame, keep)
        unwanted = set(flags)
        found = frame["flags"].map(lambda cell: sorted(unwanted & set(cell.split("|"))))
        other = pd.Series(False, index=frame.index)
        if preferred is not None:
            other = (frame["preferred"] != "0") != preferred
        why = found.map(lambda names: f"ruled out: {', '.join(names)}" if names else "")
        why = why.where(~other, NOT_PREFERRED)
        stays = why == ""
        return frame[stays], frame[~stays].assign(ruled_by=why[~stays])

    def __str__(self) -> str:
        """Return what is on file in one line."""
        rows = counted(len(self.arms), "arm row")
        printed = counted(len(self.contrast_rows), "printed contrast")
        studies = counted(self.arms["study_id"].nunique(), "study", "studies")
        return f"{rows} and {printed} of {studies} ({self.source.name})"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        columns = [
            "study_id",
            "arm_label",
            "outcome",
            "instrument",
            "term",
            "n",
            "mean",
            "sd",
            "events",
        ]
        head = self.arms[columns].head(10).to_html(index=False, na_rep="")
        return f"<p>{self}</p>{head}"


def _as_tuple(names: Names | None) -> tuple[str, ...]:
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else tuple(names)
