"""load_revman: the analyses of a Cochrane review, as RevMan stored and printed them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from metaan.core.effects import GENERIC, Effects, LeftOut
from metaan.core.errors import ChoiceError, DataError, InputError
from metaan.core.lookup import hint, look_up
from metaan.core.scale import LOG
from metaan.measures.table import MEASURES
from metaan.trials.effects import effect_sizes
from metaan.trials.revman_csv import read_lines, read_revman5
from metaan.trials.revman_package import read_package
from metaan.trials.revman_rows import (
    FIGURES,
    NUMBERS,
    PLACE,
    POOLED,
    PRINTED,
    SETTINGS,
    Row,
    Sheet,
    is_peto,
    measure_of,
    squeezed,
)
from metaan.trials.revman_tables import pooled_remark, ready
from metaan.trials.revman_xml import read_rm5

ZIP = b"PK\x03\x04"
XML_STARTS = (b"<", b"\xff\xfe", b"\xfe\xff")
# Columns that no other table has, squeezed.
PACKAGE_COLUMNS = ("analysisgroup", "analysisnumber")
REVMAN5_COLUMNS = ("comparisonnumber", "outcomenumber", "subgroupnumber")
JOINED = (*(name for name in SETTINGS if name != "subgroup_name"), "measure")
NOT_ESTIMABLE = "RevMan printed: not estimable"
# RevMan's standardized mean difference (Deeks and Higgins 2010).
REVMAN_OPTIONS: Mapping[str, str] = MappingProxyType(
    {"correction": "approximate", "variance": "REVMAN"}
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RevManReview:
    """The analyses of one review: what was entered, and what RevMan printed.

    Attributes
    ----------
    file : str
        The file it came from.
    title : str
        Title of the review; empty in CSV files, which have none.
    studies : DataFrame
        A copy each time it is asked for, as ``analyses`` is: the record stays what was read.
        One row for each study in each analysis and subgroup, in the order of the file:
        ``analysis`` ("1.2": comparison 1, outcome 2), ``study``, ``year``; the numbers entered
        (``events1 n1 events2 n2``; ``mean1 sd1 n1 mean2 sd2 n2``; ``y se`` on the analysis
        scale; ``o_e variance``), NaN where they do not belong to the data type; ``estimable``;
        what RevMan printed (``printed_effect``, ``printed_low``, ``printed_high``,
        ``printed_se``, ``printed_weight``), on the reading scale; and the settings of the
        analysis. Group 1 is the experimental one.
    analyses : DataFrame
        One row for each analysis and, below it, each subgroup ("1.2.1"), by that key: names,
        ``data_type``, ``effect_measure`` in the file's words and ``measure`` in those of
        ``MEASURES`` (empty if there is none), ``statistical_method``, ``analysis_model``,
        ``log_scale`` (effects that come with their standard error are logarithms), ``swapped``
        (events and non-events change places), ``ci_level``, ``totals``, labels of the groups,
        and the pooled result RevMan printed.

    See Also
    --------
    metaan.load_revman : reads it from a file.
    """

    file: str
    title: str
    _studies: pd.DataFrame = field(repr=False)
    _analyses: pd.DataFrame = field(repr=False)

    @property
    def studies(self) -> pd.DataFrame:
        """Return a copy of the rows of studies."""
        return self._studies.copy()

    @property
    def analyses(self) -> pd.DataFrame:
        """Return a copy of the analyses and subgroups."""
        return self._analyses.copy()

    def table(self, key: str, *, not_estimable: bool = False) -> pd.DataFrame:
        """Return the studies of one analysis, ready for ``effect_sizes``.

        Parameters
        ----------
        key : str
            "1.2" for outcome 2 of comparison 1; "1.2.1" for its first subgroup alone.
        not_estimable : bool
            Keep the rows for which RevMan printed "not estimable" (no events at all, say).

        Returns
        -------
        DataFrame
            ``study``; the numbers of the data type (events as analyzed: non-events where the
            analysis swaps them; ``y`` and ``se`` of O-E data are (O-E)/V and 1/√V); subgroups,
            footnotes, and what RevMan printed. Labels are unique: a study that stands in
            several subgroups, or twice in one, has their number after its name;
            ``study_name`` keeps the bare name.

        Raises
        ------
        ChoiceError
            If there is no such analysis.
        InputError
            If it holds text only, or nothing that RevMan could estimate.
        """
        row = self._analysis(key)
        data_type = row["data_type"]
        if not NUMBERS[data_type]:
            raise InputError(f"analysis {key} holds {data_type}: text, no numbers")
        frame = self._rows(key)
        kept = frame if not_estimable else frame[frame["estimable"]]
        if not len(kept):
            raise InputError(
                f"RevMan could estimate none of the {len(frame)} rows of analysis {key}; "
                "table(..., not_estimable=True) returns them as they are"
            )
        return ready(kept.reset_index(drop=True), data_type, swapped=bool(row["swapped"]))

    def measure(self, key: str) -> str:
        """Return the row of ``MEASURES`` that makes RevMan's effects from ``table(key)``.

        Raises
        ------
        ChoiceError
            If there is no such analysis.
        InputError
            If the file does not name its effect measure, or it is none of ``MEASURES``.
        """
        row = self._analysis(key)
        if row["measure"]:
            return str(row["measure"])
        if row["effect_measure"]:
            raise InputError(f"analysis {key}: {row['effect_measure']!r} is no row of MEASURES")
        raise InputError(
            f"{self.file} does not say the effect measure of analysis {key} ({row['data_type']} "
            "data): put the review's …-overall-estimates-and-settings.csv beside it, or name "
            f"the measure yourself, as in effects({key!r}, measure)"
        )

    def options(self, key: str, measure: str | None = None) -> dict[str, Any]:
        """Return the options of ``effect_sizes`` that make RevMan's effects from ``table(key)``.

        The correction and variance of RevMan's standardized mean difference; the log scale of
        ratios that come with their standard error; nothing added to the cells of Peto's odds
        ratio; nothing for all others. ``measure`` is the file's unless given.
        """
        row = self._analysis(key)
        chosen = measure if measure is not None else self.measure(key)
        known = look_up(MEASURES, chosen, argument="measure", what="an effect measure").options
        if chosen == GENERIC:
            return {"scale": LOG.key} if row["log_scale"] else {}
        if is_peto(chosen):
            return {"add": 0.0}
        return dict(REVMAN_OPTIONS) if set(REVMAN_OPTIONS) <= set(known) else {}

    def effects(self, key: str, measure: str | None = None) -> Effects:
        """Return the effects of one analysis, as RevMan printed them.

        ``effect_sizes(table(key), measure(key), **options(key))`` with the labels of the groups;
        the studies that RevMan could not estimate stand in ``left_out``, and how RevMan itself
        pooled the analysis in ``remarks``: another model or method gives another result.

        Parameters
        ----------
        key : str
            "1.2" for outcome 2 of comparison 1; "1.2.1" for its first subgroup alone.
        measure : str, optional
            Row of ``MEASURES``: for files that do not name theirs (data rows of the Cochrane
            Library without the settings beside them), or to have another one.

        Returns
        -------
        Effects
            Its column ``subgroup_name`` holds the names of RevMan's subgroups:
            ``metaan.subgroups(effects, by="subgroup_name")`` compares them.

        Raises
        ------
        ChoiceError
            If there is no such analysis or measure.
        InputError
            If the file does not name its effect measure and none is given.
        DataError
            If the analysis does not have the numbers of the measure given.
        """
        # Told where the caller stands: effect_sizes would point at this file.
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            effects = self._effects(key, measure)
        for item in caught:
            warnings.warn(str(item.message), item.category, stacklevel=2)
        return effects

    def _effects(self, key: str, measure: str | None) -> Effects:
        row = self._analysis(key)
        chosen = measure if measure is not None else self.measure(key)
        options = self.options(key, chosen)
        effects = effect_sizes(self.table(key), chosen, **options)
        every = self._rows(key)
        lost = [
            LeftOut(study=str(name), rows=(), reason=NOT_ESTIMABLE)
            for name in every.loc[~every["estimable"], "study"]
        ]
        generic = effects.measure == GENERIC and row["effect_measure"]
        return replace(
            effects,
            label=str(row["effect_measure"]) if generic else effects.label,
            treatment=str(row["group1"]),
            control=str(row["group2"]),
            left_out=(*effects.left_out, *lost),
            remarks=(*effects.remarks, *pooled_remark(row, chosen)),
        )

    def _rows(self, key: str) -> pd.DataFrame:
        """Return the study rows of an analysis, or of one subgroup of it."""
        row = self._analysis(key)
        whole = f"{row['comparison']}.{row['outcome']}"
        frame = self._studies[self._studies["analysis"] == whole]
        return frame[frame["subgroup"] == row["subgroup"]] if row["subgroup"] else frame

    def _analysis(self, key: str) -> Row:
        if not isinstance(key, str) or key not in self._analyses.index:
            names = [str(name) for name in self._analyses.index]
            raise ChoiceError(
                f"{key!r} is not an analysis of {self.file}; it has {', '.join(names)}."
                f"{hint(key, names)}"
            )
        return {str(name): value for name, value in self._analyses.loc[key].items()}


def load_revman(path: str | Path) -> RevManReview:
    r"""Return the analyses of a Cochrane review from a file of RevMan or the Cochrane Library.

    Parameters
    ----------
    path : path
        A RevMan 5 file (``.rm5``, also the Cochrane Library's ``…StatsDataOnly.rm5``); RevMan
        5's export of analysis data (CSV); or, from the data package of newer reviews, unzipped,
        the ``…-data-rows.csv``. The ``…-overall-estimates-and-settings.csv`` and
        ``…-subgroup-estimates.csv`` beside it are read with it.

    Returns
    -------
    RevManReview
        Studies, analyses, and tables whose effects equal the printed ones.

    Raises
    ------
    DataError
        With every fault: file, line, column, value, rule, remedy.

    Notes
    -----
    Numbers are kept as the file has them; nothing is filled in. RevMan's formulas [1]_ are ours:
    one half is added to each cell of a table with a zero cell, and ``RevManReview.options`` names
    the correction and variance of its standardized mean difference. One departure is known:
    where nobody is spared in either group, RevMan prints a risk ratio of 1 with the standard
    error of the corrected table, whose own ratio is not quite 1.

    RevMan 5's CSV shows a generic effect on the reading scale and its standard error as entered;
    the printed limits tell whether that was a logarithm, which is then taken. Data rows without
    the settings beside them do not name their effect measure: give it to ``effects``.

    References
    ----------
    .. [1] Deeks JJ, Higgins JPT (2010). Statistical algorithms in Review Manager 5. Statistical
       Methods Group of the Cochrane Collaboration.
    .. [2] Deeks JJ, Higgins JPT, Altman DG (2019). Cochrane Handbook for Systematic Reviews of
       Interventions, ch. 10. doi:10.1002/9781119536604.ch10

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import metaan as ma
    >>> from metaan.trials.revman import load_revman
    >>> lines = (
    ...     "Analysis group,Analysis number,Study,Experimental cases,Experimental N,"
    ...     "Control cases,Control N,Mean,CI start,CI end",
    ...     "1,2,Davis 1998,16,47,13,45,1.178396,0.642185,2.162332",
    ...     "1,2,Engelke 1982,0,9,2,9,0.2,0.010927,3.660715",
    ... )
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "CD000143-data-rows.csv"
    ...     _ = file.write_text("\n".join(lines), encoding="utf-8")
    ...     review = load_revman(file)
    >>> effects = review.effects("1.2", "RR")
    >>> [round(float(ratio), 6) for ratio in effects.to_frame()["estimate"]]
    [1.178396, 0.2]
    """
    file = Path(path)
    sheet = _read(file)
    if not sheet.faults:
        _check(sheet)
    if sheet.faults:
        raise DataError(sheet.faults)
    analyses = _analyses(sheet)
    return RevManReview(
        file=file.name, title=sheet.title, _studies=_studies(sheet, analyses), _analyses=analyses
    )


def _read(file: Path) -> Sheet:
    sheet = Sheet(file=file.name)
    try:
        data = file.read_bytes()
    except OSError as error:
        sheet.fault("", "", str(file), f"cannot be read ({error.strerror})", "Check the path.")
        return sheet
    if data.startswith(ZIP):
        sheet.fault("", "", "", "is a zip archive",
                    "Unzip it, and give the .rm5 file or the …-data-rows.csv in it.")  # fmt: skip
        return sheet
    if data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(XML_STARTS):
        return read_rm5(file.name, data)
    if file.suffix.casefold() in (".rm5", ".xml"):
        sheet.fault("", "", "", "is not XML", "Save it again in RevMan, or download it again.")
        return sheet
    if data.strip() and not _has_columns(data):
        sheet.fault("", "", "", "is not a RevMan file: neither its XML (.rm5), nor RevMan 5's "
                    "export of analysis data, nor the …-data-rows.csv of a Cochrane data package",
                    "Give one of these; CSV begins with a line of columns, Comparison Number or "
                    "Analysis group the first. Any other table goes to metaan.effect_sizes.",
                    )  # fmt: skip
        return sheet
    columns, lines = read_lines(sheet, data)
    if not set(PACKAGE_COLUMNS).isdisjoint(columns):
        read_package(sheet, file, columns, lines)
    elif columns:
        read_revman5(sheet, columns, lines)
    return sheet


def _has_columns(data: bytes) -> bool:
    """Return True if the first line, in whatever encoding, has a column of RevMan's."""
    first = squeezed(data.lstrip().partition(b"\n")[0].decode("latin-1"))
    return any(name in first for name in (*PACKAGE_COLUMNS, *REVMAN5_COLUMNS))


def _check(sheet: Sheet) -> None:
    """Add a fault if there is nothing, or an analysis or subgroup stands twice."""
    if not sheet.analyses:
        sheet.fault("", "", "", "holds no analyses", "Give the file that holds the data.")
    seen: set[str] = set()
    for row in sheet.analyses:
        key = _key(row)
        if key in seen:
            sheet.fault(f"analysis {key}", "", "", "stands twice", "Keep one of them.")
        seen.add(key)


def _key(row: Row) -> str:
    parts = [row[name] for name in PLACE if name != "subgroup" or row[name]]
    return ".".join(str(part) for part in parts)


def _analyses(sheet: Sheet) -> pd.DataFrame:
    rows = [row | {"measure": measure_of(row)} for row in sheet.analyses]
    order = sorted(range(len(rows)), key=lambda i: [rows[i][name] for name in PLACE])
    names = [*PLACE, *SETTINGS, "measure", "estimable", *PRINTED, *POOLED]
    names.remove("printed_se")
    frame = pd.DataFrame([rows[i] for i in order], columns=names)
    frame.index = pd.Index([_key(rows[i]) for i in order], name="analysis")
    return frame


def _studies(sheet: Sheet, analyses: pd.DataFrame) -> pd.DataFrame:
    settings = analyses.to_dict("index")
    rows = []
    for row in sheet.studies:
        whole = f"{row['comparison']}.{row['outcome']}"
        part = settings.get(_key(row), {"subgroup_name": ""})
        named = {"analysis": whole, "subgroup_name": part["subgroup_name"]}
        rows.append({name: settings[whole][name] for name in JOINED} | row | named)
    names = ["analysis", *PLACE, "subgroup_name", "study", "year", "estimable", *FIGURES]
    names += [*PRINTED, "applicability", "footnote", *JOINED]
    return pd.DataFrame(rows, columns=names)
