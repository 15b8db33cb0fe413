"""Versions of everything that can change a number, a letter or a byte of a report."""

from __future__ import annotations

import platform
import sys
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from metaan.core.version import VERSION

PACKAGES = (
    "numpy", "scipy", "pandas", "narwhals", "matplotlib", "pillow", "fonttools", "jinja2",
    "python-docx", "lxml", "openpyxl", "statsmodels", "formulaic",
)  # fmt: skip
METAAN, SOURCE = "metaan", "source of metaan"
NOT_SOURCE = {"__pycache__", "data"}  # a wheel holds the data inside the package


def versions() -> dict[str, str]:
    """Return versions by name: metaan and its source, Python, the platform, packages."""
    found = {
        METAAN: VERSION,
        SOURCE: source_checksum(Path(__file__).resolve().parents[2]),
        "python": platform.python_version(),
        "platform": f"{sys.platform}, {platform.machine()}",
    }
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@cache
def source_checksum(package: Path) -> str:
    """Return the checksum of all files of a package, the same wherever it lies."""
    whole = sha256()
    names = sorted(
        path.relative_to(package).as_posix()
        for path in package.rglob("*")
        if path.is_file() and not NOT_SOURCE & set(path.relative_to(package).parts)
    )
    for name in names:
        whole.update(f"{name}\n".encode())
        whole.update(sha256((package / name).read_bytes()).digest())
    return whole.hexdigest()
