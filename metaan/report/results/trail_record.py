"""The trail of a study, or of a published pool: from a mark in a figure to what was printed."""

from __future__ import annotations

from dataclasses import dataclass

from metaan.core.doi import doi_url

NOT_READ = "not on file"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailRow:
    """One row of a data file behind a mark.

    Attributes
    ----------
    file, row_id : str
        Where it stands.
    who : str
        The arm, the two arms, or the comparison.
    what : str
        Instrument, week and kind of measure; empty where the file says none.
    as_reported : str
        The figures as printed; empty where not on file.
    used : str
        The numbers that entered, by name.
    derivation : str
        How they were derived; empty if printed.
    source, doi, url : str
        Citation with its kind and place (a table, a page); DOI and address, empty if not on file.
    flags : tuple of str
        Cautions, as in the file.
    remark : str
        The file's own note.
    """

    file: str
    row_id: str
    who: str
    what: str = ""
    as_reported: str = ""
    used: str = ""
    derivation: str = ""
    source: str = ""
    doi: str = ""
    url: str = ""
    flags: tuple[str, ...] = ()
    remark: str = ""

    @property
    def address(self) -> str:
        """Where a reader can look it up: the DOI's page, else the address; empty for neither."""
        return doi_url(self.doi) if self.doi else self.url

    def lines(self) -> list[str]:
        """Return it as text."""
        what = f"; {self.what}" if self.what else ""
        lines = [
            f"  {self.file} row {self.row_id}: {self.who}{what}",
            f"    as reported: {self.as_reported or NOT_READ}",
            f"    used: {self.used}",
        ]
        if self.derivation:
            lines.append(f"    derivation: {self.derivation}")
        lines += [
            f"    source: {self.source}",
            f"    DOI: {self.doi or NOT_READ}; {self.url or 'no address'}",
        ]
        if self.flags:
            lines.append(f"    flags: {', '.join(self.flags)}")
        if self.remark:
            lines.append(f"    remark: {self.remark}")
        return lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """How a study, or a published pool, came into a figure.

    Attributes
    ----------
    key, label : str
        Id (of the study, or of the pool) and name.
    effects : tuple of str
        Its effects with their limits, reading scale; a network has several.
    about : str
        Title and journal of the study; empty where unknown, and for a pool.
    doi : str
        Of the study's report; empty where not on file.
    rows : tuple of TrailRow
        What it was made from.
    notes : tuple of str
        What was remarked on the way.
    """

    key: str
    label: str
    effects: tuple[str, ...]
    about: str = ""
    doi: str = ""
    rows: tuple[TrailRow, ...] = ()
    notes: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Return it as text, effect first."""
        head = f"{self.label} ({self.key}):"
        one = len(self.effects) == 1
        lines = [f"{head} {self.effects[0]}"] if one else [head, *(f"  {x}" for x in self.effects)]
        if self.about:
            lines.append(f"  study: {self.about} DOI {self.doi or NOT_READ}")
        for row in self.rows:
            lines += row.lines()
        return lines + [f"  note: {note}" for note in self.notes]
