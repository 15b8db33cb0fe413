"""What every file of Word and Excel says of itself, beside its title."""

from __future__ import annotations

AUTHOR = "metaan"
LANGUAGE = "en-US"
