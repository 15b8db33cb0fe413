"""Files of the report that is there already, taken over where the same bytes would be written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from metaan.core.errors import InputError
from metaan.report.proof.plotted import NUMBERS
from metaan.report.proof.recorded import FIGURES, FONT, Recorded, read_report
from metaan.report.proof.versions import versions


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Earlier:
    """An earlier report, written by this very program with the same versions of everything.

    Attributes
    ----------
    recorded : Recorded
        Its manifest.
    """

    recorded: Recorded

    def holds(self, name: str, data: bytes) -> bool:
        """Return whether a file was written with these bytes."""
        return self.recorded.files.get(name) == sha256(data).hexdigest()

    def copied(self, files: Mapping[str, Path]) -> bool:
        """Copy files by their names in the report; none, and False, if one is not as written."""
        found: dict[Path, bytes] = {}
        for name, path in files.items():
            try:
                data = (self.recorded.folder / name).read_bytes()
            except OSError:
                return False
            if not self.holds(name, data):
                return False
            found[path] = data
        for path, data in found.items():
            path.write_bytes(data)
        return True

    def taken(self, numbers: str, fonts: Mapping[str, str], paths: Mapping[str, Path]) -> bool:
        """Copy the files of a figure if they are what drawing it would write.

        Parameters
        ----------
        numbers : str
            What its file of numbers will hold.
        fonts : mapping of str to str
            Checksums of the fonts of its letters.
        paths : mapping of str to Path
            Its files by how they end.

        Returns
        -------
        bool
            False if the figure has to be drawn: other numbers, texts or fonts, or a file that is
            not as it was written.
        """
        if not self.holds(f"{FIGURES}{paths[NUMBERS].name}", numbers.encode("utf-8")):
            return False
        if any(self.recorded.versions.get(f"{FONT} {k}") != v for k, v in fonts.items()):
            return False
        return self.copied({f"{FIGURES}{path.name}": path for path in paths.values()})


def earlier_report(folder: Path) -> Earlier | None:
    """Return a report whose figures can be taken over; None if there is none.

    Any difference in a version, the program's own source included, and all is drawn anew.
    """
    try:
        recorded = read_report(folder)
    except InputError:
        return None
    mine = {k: v for k, v in recorded.versions.items() if not k.startswith(f"{FONT} ")}
    return Earlier(recorded=recorded) if mine == versions() else None
