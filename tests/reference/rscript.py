"""Running one of the R scripts of ``make/``."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

MAKE = Path(__file__).parent / "make"


def run(script: str, *arguments: str) -> Any:
    """Run a script and return the JSON it wrote, into the file of its second argument."""
    done = subprocess.run(
        ["Rscript", script, *arguments],
        cwd=MAKE,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(Path(arguments[1]).read_text("utf-8"))
