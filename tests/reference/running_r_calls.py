"""Running many calls of R in one process, as if each were pasted into an empty session."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from metaan.report.r_calls.call import RCall

MAKE = Path(__file__).parent / "make"
RUNNER = """
source("common.R")
folder <- commandArgs(trailingOnly = TRUE)[1]
result <- list()
keep <- c(ls(), "keep", "file", "problem")
sink(file.path(folder, "printed.txt"))
for (file in sort(list.files(folder, "[.]R$"))) {
  problem <- tryCatch({
    suppressWarnings(suppressMessages(
      eval(parse(file.path(folder, file), encoding = "UTF-8"), globalenv())))
    ""
  }, error = function(e) paste0("R: ", conditionMessage(e)))
  result[[file]] <- if (problem == "") lapply(get("found", globalenv()), unname) else problem
  rm(list = setdiff(ls(globalenv()), keep), envir = globalenv())
}
sink()
writeLines(as_json(result), file.path(folder, "out.json"))
"""


def run_calls(codes: Sequence[str], folder: Path) -> list[Any]:
    """Return what each code left in ``found``: numbers by name, or the text of an error."""
    for i, code in enumerate(codes):
        (folder / f"{i:04d}.R").write_text(code, encoding="utf-8")
    script = folder / "runner.txt"
    script.write_text(RUNNER, encoding="utf-8")
    done = subprocess.run(
        ["Rscript", str(script), str(folder)],
        cwd=MAKE,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found: Mapping[str, Any] = json.loads((folder / "out.json").read_text("utf-8"))
    return [found[f"{i:04d}.R"] for i in range(len(codes))]


def differences(call: RCall, found: Any) -> list[str]:
    """Return where R's numbers are further from ours than the call says."""
    if isinstance(found, str):
        return [found]
    told = []
    for each in call.numbers:
        theirs = found[each.name]
        theirs = theirs if isinstance(theirs, list) else [theirs]
        if len(theirs) != len(each.values):
            told.append(f"{each.name}: {len(theirs)} numbers, not {len(each.values)}")
            continue
        for i, (one, ours) in enumerate(zip(theirs, each.values, strict=True)):
            r = math.nan if one is None else float(one)
            if not _near(r, ours, each.size, call.tolerance):
                told.append(f"{each.name}[{i}]: R {r!r}, metaan {ours!r}, size {each.size:.3g}")
    return told


def _near(r: float, ours: float, size: float, tolerance: float) -> bool:
    if math.isnan(r) or math.isnan(ours):
        return math.isnan(r) and math.isnan(ours)
    return r == ours or abs(r - ours) <= tolerance * max(abs(ours), size)
