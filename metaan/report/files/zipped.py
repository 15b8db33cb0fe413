"""Zip archives whose bytes hang on their content alone."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

# The first time that a zip can hold; any other would be the time of writing.
TIME = (1980, 1, 1, 0, 0, 0)
UNIX, PLAIN_FILE = 3, 0o600 << 16
LEVEL = 6
PACKED_ALREADY = (".png", ".jpeg", ".jpg")


def timeless(data: bytes) -> bytes:
    """Return an archive with the same files in the same order, none of which bears a time."""
    buffer = BytesIO()
    with ZipFile(BytesIO(data)) as given, ZipFile(buffer, "w") as archive:
        for name in given.namelist():
            entry = ZipInfo(name, TIME)
            entry.create_system, entry.external_attr = UNIX, PLAIN_FILE
            stored = name.lower().endswith(PACKED_ALREADY)
            entry.compress_type = ZIP_STORED if stored else ZIP_DEFLATED
            archive.writestr(entry, given.read(name), compresslevel=LEVEL)
    return buffer.getvalue()
