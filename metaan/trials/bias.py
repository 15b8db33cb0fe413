"""risk_of_bias: judgments of studies from a table, wide or long."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from metaan.core.bias import (
    DEFAULT_TOOL,
    JUDGMENTS,
    NOT_JUDGED,
    OVERALL,
    OWN_TOOL,
    BiasTool,
    Domain,
    RiskOfBias,
    find_tool,
)
from metaan.core.errors import DataError, Fault
from metaan.core.lookup import hint
from metaan.core.numbers import listed
from metaan.trials.foreign import as_table
from metaan.trials.reading import LINE, read_table
from metaan.trials.table_rules import TABLE

STUDY, DOMAIN, JUDGMENT = "study", "domain", "judgment"
# Words for a domain that nobody judged.
SILENT = frozenset({"", "na", "n/a", "nan", "none", "not applicable", "not judged"})
OVERALL_FORMS = frozenset({"overall", "overallbias", "overallriskofbias", "overalljudgment"})
# Signs that mean one judgment in every program; a minus means some concerns in one, high in
# another.
PLAIN_SIGNS = frozenset({"+", "?"})
LEAD = re.compile(r"^(risk of )?bias (arising from|due to|in) (the )?", re.IGNORECASE)
# A table that says "HIGH RISK." or "Some  concerns" means what it says.
EDGES = " .;,"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A table that was given, and how its parts are named in messages.

    Attributes
    ----------
    file : str
        Name of the file, or "table".
    frame : DataFrame
        Its columns.
    places : tuple of str
        A name for each row.
    """

    file: str
    frame: pd.DataFrame
    places: tuple[str, ...]

    def fault(
        self, column: str, rule: str, remedy: str, *, row: int = -1, value: str = ""
    ) -> Fault:
        """Return a fault of a cell, or of the header without a row."""
        place = "header" if row < 0 else self.places[row]
        return Fault(
            file=self.file, row=place, column=column, value=value, rule=rule, remedy=remedy
        )


def risk_of_bias(
    table: Any,
    *,
    tool: str = DEFAULT_TOOL,
    study: str = STUDY,
    domain: str = DOMAIN,
    judgment: str = JUDGMENT,
    **columns: str,
) -> RiskOfBias:
    """Return the judgments of a table as they stand in it.

    Parameters
    ----------
    table : DataFrame, mapping of columns, or path of a CSV file
        Wide, one row per study with a column per domain, or long, one row per study and domain.
        It is long if it has both of the columns that ``domain`` and ``judgment`` name.
    tool : {"RoB2", "RoB1", "ROBINS-I", "QUADAS-2", "generic"}
        Row of ``BIAS_TOOLS``. "generic" takes every column but the study as a domain.
    study, domain, judgment : str
        Names of columns; capitals do not matter.
    **columns : str
        Columns of a wide table that are not named after their domain, by the domain's key:
        ``D1="randomization", Overall="total"``. For "generic" the only columns that are read.

    Returns
    -------
    RiskOfBias
        Domains in the order of the tool; "" where a cell is empty.

    Raises
    ------
    DataError
        With every fault: a domain the tool asks for that the table lacks, a study without a
        name or with two rows, a word that is no judgment of the tool.
    ChoiceError
        If there is no such tool.

    Notes
    -----
    Domains are known by their key ("D1", "Domain 1"), by their published name, and by that name
    without "Bias due to". Judgments are words in any capitals ("Low", "low risk", "Some concerns",
    "NI"). An overall judgment is read where the table has one, and never worked out from the
    domains. Columns that are no domain are not read.

    Examples
    --------
    >>> from metaan.trials.bias import risk_of_bias
    >>> table = {"Study": ["A", "B"], "Selection": ["low", "high"], "Recall": ["High risk", ""]}
    >>> risk_of_bias(table, tool="generic").of("B")
    ('high', '')
    """
    chosen = find_tool(tool)
    given, faults = _given(table)
    if faults:
        raise DataError(faults)
    names = {_form(name): str(name) for name in reversed([*given.frame.columns])}
    is_long = all(_form(name) in names for name in (domain, judgment))
    where = names.get(_form(study), "")
    if not where:
        faults.append(_no_column(given, study, "study", list(given.frame.columns)))
    if not len(given.frame):
        faults.append(given.fault("", "has no rows", "Give one row per study."))
    if faults:
        raise DataError(faults)
    labels, faults = _labels(given, where)
    if is_long:
        place = (names[_form(domain)], names[_form(judgment)])
        made, more = _long(given, labels, place, chosen)
        more += [
            given.fault(key, "is for a wide table; this one is long", "Leave it away.", value=name)
            for key, name in columns.items()
        ]
    else:
        made, more = _wide(given, where, chosen, columns)
        faults += _repeated(given, labels, where)
    if faults or more:
        raise DataError([*faults, *more])
    kept, domains, judgments = made
    return RiskOfBias(
        tool=chosen.key,
        study=tuple(labels) if kept is None else kept,
        domains=domains,
        judgments=judgments,
    )


Rows = tuple[tuple[str, ...], ...]
Made = tuple[tuple[str, ...] | None, tuple[Domain, ...], Rows]


def _given(table: Any) -> tuple[Given, list[Fault]]:
    if isinstance(table, str | Path):
        read = read_table(Path(table), ())
        places = tuple(f"line {line}" for line in read.frame[LINE])
        frame = read.frame.drop(columns=LINE)
        return Given(file=read.name, frame=frame, places=places), list(read.faults)
    frame = as_table(table)
    places = tuple(f"row {i + 1}" for i in range(len(frame)))
    return Given(file=TABLE, frame=frame, places=places), []


def _form(name: object) -> str:
    """Return a name without capitals, signs and British spelling."""
    word = re.sub(r"[^a-z0-9]", "", str(name).casefold())
    return word.replace("isation", "ization")


def _forms(domain: Domain) -> frozenset[str]:
    """Return what a column of this domain may be called."""
    if domain == OVERALL:
        return OVERALL_FORMS
    bare = re.sub(r"\(.*\)", "", domain.name)
    names = (domain.key, domain.key.replace("D", "Domain "), domain.name, bare)
    short = [LEAD.sub("", name) for name in names]
    numbered = [f"{domain.key} {name}" for name in (domain.name, *short)]
    return frozenset(_form(name) for name in (*names, *short, *numbered))


def _labels(given: Given, column: str) -> tuple[list[str], list[Fault]]:
    labels = ["" if _empty(cell) else _one_line(cell) for cell in given.frame[column]]
    faults = [
        given.fault(column, "has no study", "Name the study of every row.", row=i)
        for i, label in enumerate(labels)
        if not label
    ]
    return labels, faults


def _one_line(cell: object) -> str:
    return " ".join(str(cell).split())


def _empty(cell: object) -> bool:
    return cell is None or cell is pd.NA or cell is pd.NaT or cell != cell


def _repeated(given: Given, labels: Sequence[str], column: str) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for i, label in enumerate(labels):
        if label and first.setdefault(label, i) != i:
            rule = f"names a study of {given.places[first[label]]} again"
            remedy = "Keep one row per study, or tell its results apart in the name."
            yield given.fault(column, rule, remedy, row=i, value=label)


def _no_column(given: Given, name: str, what: str, there: Sequence[object]) -> Fault:
    listing = ", ".join(str(each) for each in there)
    remedy = f"Name the column with {what}=; there are {listing}.{hint(name, map(str, there))}"
    return given.fault(name, f"no column of the {what}", remedy)


def _wide(
    given: Given, study: str, tool: BiasTool, columns: Mapping[str, str]
) -> tuple[Made, list[Fault]]:
    sources, faults = _sources(given, study, tool, columns)
    judged: list[list[str]] = []
    for column in sources.values():
        cells = list(given.frame[column])
        read = [_judgment(cell, tool) for cell in cells]
        faults += [
            _no_judgment(given, column, i, cells[i], tool)
            for i, key in enumerate(read)
            if key is None
        ]
        judged.append([key or NOT_JUDGED for key in read])
    if not sources:
        remedy = "Give one column per domain, or the columns domain and judgment."
        faults.append(given.fault("", "has no judgments", remedy))
    rows = tuple(zip(*judged, strict=True)) if judged else ()
    return (None, tuple(sources), rows), faults


def _sources(
    given: Given, study: str, tool: BiasTool, columns: Mapping[str, str]
) -> tuple[dict[Domain, str], list[Fault]]:
    """Return the column of each domain, and what is lacking."""
    there = [str(name) for name in given.frame.columns if str(name) != study]
    known = {domain.key: domain for domain in (*tool.domains, OVERALL)}
    faults = [
        _no_column(given, name, key, there) for key, name in columns.items() if name not in there
    ]
    if not tool.domains:
        pairs = dict(columns) or {name: name for name in there}
        own = [(_own(key), name) for key, name in pairs.items() if name in there]
        faults += _twice(given, own)
        return dict(sorted(own, key=lambda pair: pair[0] == OVERALL)), faults
    faults += [
        given.fault(key, f"is no domain of {tool.key}", f"Choose one of {', '.join(known)}.")
        for key in columns
        if key not in known
    ]
    sources = {}
    for key, domain in known.items():
        forms = _forms(domain)
        named = [name for name in there if _form(name) in forms]
        column = columns.get(key, named[0] if named else "")
        if key not in columns:
            faults += _twice(given, [(domain, name) for name in named])
        if column in there:
            sources[domain] = column
        elif key not in columns and not domain.optional:
            faults.append(_no_domain(given, domain, tool))
    return sources, faults


def _twice(given: Given, found: Sequence[tuple[Domain, str]]) -> Iterator[Fault]:
    """Yield the faults of domains that more than one column is called after."""
    named: dict[str, list[str]] = {}
    for domain, name in found:
        named.setdefault(_form(domain.key), []).append(name)
    for names in named.values():
        if len(names) > 1:
            remedy = "Keep one of them, or name the column with the domain's key as a keyword."
            rule = f"is one domain with {len(names)} columns: {listed(names)}"
            yield given.fault(names[0], rule, remedy)


def _own(name: str) -> Domain:
    """Return a domain of a table's own."""
    return OVERALL if _form(name) in OVERALL_FORMS else Domain(key=name, name=name)


def _no_domain(given: Given, domain: Domain, tool: BiasTool) -> Fault:
    rule = f"{tool.key} asks for {domain.name!r}, and no column of the table is that"
    remedy = f'Name the column with {domain.key}="...", or choose tool="{OWN_TOOL}".'
    return given.fault(domain.key, rule, remedy)


def _judgment(cell: object, tool: BiasTool) -> str | None:
    """Return the key of a cell's judgment, "" for none, None for what is no judgment."""
    word = "" if _empty(cell) else _one_line(cell).casefold().strip(EDGES)
    if word in SILENT:
        return NOT_JUDGED
    for key in tool.judgments:
        row = JUDGMENTS[key]
        words = {row.key, row.label.casefold(), *row.spellings, *(PLAIN_SIGNS & {row.symbol})}
        if word in words:
            return key
    return None


def _no_judgment(given: Given, column: str, row: int, cell: object, tool: BiasTool) -> Fault:
    labels = [JUDGMENTS[key].label for key in tool.judgments]
    remedy = f"Write one of {', '.join(labels)}, or leave it empty.{hint(cell, labels)}"
    rule = f"is no judgment of {tool.key}"
    return given.fault(column, rule, remedy, row=row, value=str(cell))


def _long(
    given: Given, labels: Sequence[str], place: tuple[str, str], tool: BiasTool
) -> tuple[Made, list[Fault]]:
    found: dict[tuple[str, Domain], str] = {}
    faults: list[Fault] = []
    first: dict[tuple[str, Domain], int] = {}
    for i, (name, cell) in enumerate(zip(*(given.frame[column] for column in place), strict=True)):
        domain, key = _domain(name, tool), _judgment(cell, tool)
        if key is None:
            faults.append(_no_judgment(given, place[1], i, cell, tool))
        if domain is None:
            faults.append(_unknown_domain(given, place[0], i, name, tool))
            continue
        if first.setdefault((labels[i], domain), i) != i:
            rule = f"judges a domain of {given.places[first[labels[i], domain]]} again"
            remedy = "Keep one row per study and domain."
            faults.append(given.fault(place[0], rule, remedy, row=i, value=_one_line(name)))
        found[labels[i], domain] = key or NOT_JUDGED
    judged = dict.fromkeys(domain for _, domain in found)
    order = (*(tool.domains or [domain for domain in judged if domain != OVERALL]), OVERALL)
    domains = tuple(domain for domain in order if domain in judged)
    faults += [
        _no_domain(given, domain, tool)
        for domain in tool.domains
        if domain not in judged and not domain.optional
    ]
    study = tuple(dict.fromkeys(labels))
    rows = tuple(tuple(found.get((s, d), NOT_JUDGED) for d in domains) for s in study)
    return (study, domains, rows), faults


def _domain(name: object, tool: BiasTool) -> Domain | None:
    if not tool.domains:
        return None if _empty(name) or not _one_line(name) else _own(_one_line(name))
    form = _form(name)
    return next((each for each in (*tool.domains, OVERALL) if form in _forms(each)), None)


def _unknown_domain(given: Given, column: str, row: int, name: object, tool: BiasTool) -> Fault:
    known = [domain.key for domain in (*tool.domains, OVERALL)]
    offered = f"Write {listed(known)} or the published names." if tool.domains else "Name it."
    rule = f"is no domain of {tool.key}"
    value = "" if _empty(name) else str(name)
    return given.fault(column, rule, offered, row=row, value=value)
