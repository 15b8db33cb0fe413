"""Compare figures computed again by R with the pins: ``python -m tests.reference.make.check``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.reference.pinned import fits, pins
from tests.reference.test_interval import CEILING
from tests.tolerance import EXACT, SOLVED, Tolerance, close

# Columns of the R record that every version of metafor computes alike.
NAMES = ("beta", "se", "ci_lb", "ci_ub", "tau2", "H2", "QE", "k")
# escalc of metafor 3.8 takes correct=FALSE without a word and does not obey it.
LATER = "correct=FALSE"
OBEYS_LATER = 4
GAMMAS = Tolerance(relative=1e-11, reason="differences of log-gammas; see test_measures")

Comparison = tuple[str, Any, Any, Tolerance, float]


def comparisons(new: dict[str, Any]) -> Iterator[Comparison]:
    """Yield (what, new figures, pinned figures, tolerance, typical size)."""
    for name, pinned in fits().items():
        yield from of_fit(name, new["fits"][name], pinned)
    obeys = int(new["versions"]["metafor"].partition(".")[0]) >= OBEYS_LATER
    for dataset, variants in pins("escalc")["datasets"].items():
        for key in variants:
            if obeys or not key.endswith(LATER):
                again = new["escalc"][f"{dataset}/{key}"]
                yield from of_effects(f"{dataset} {key}", again, variants[key])


def of_fit(name: str, found: dict[str, Any], pinned: dict[str, Any]) -> Iterator[Comparison]:
    """Yield the comparisons of one data set's fits."""
    typical = float(np.median(pinned["vi"]))
    yield from of_effects(name, found, pinned)
    fitted = [("rma", key, EXACT) for key in pinned["rma"]]
    fitted += [("rma_tight", key, SOLVED) for key in pinned["rma_tight"]]
    for block, key, tolerance in fitted:
        record = pinned[block][key]
        for field in sorted(set(NAMES) & set(record)):
            size = typical if field == "tau2" else typical**0.5
            pair = found[block][key][field], record[field]
            yield f"{name} {block} {key} {field}", *pair, tolerance, size
    for key, record in pinned["confint_tau2_tight"].items():
        if (name, key) != CEILING:
            pair = found["confint_tau2_tight"][key]["tau2"], record["tau2"]
            yield f"{name} {key}", *pair, SOLVED, typical


def of_effects(name: str, found: dict[str, Any], pinned: dict[str, Any]) -> Iterator[Comparison]:
    """Yield the comparisons of effects and of their variances."""
    for column in ("yi", "vi"):
        yield f"{name} {column}", as_floats(found[column]), as_floats(pinned[column]), GAMMAS, 0.0


def as_floats(values: list[float | None]) -> list[float]:
    """Return numbers with NaN where R says NA."""
    return [float("nan") if value is None else value for value in values]


def differences(new: dict[str, Any]) -> tuple[int, list[str]]:
    """Return how many figures were compared and a line for each that differs."""
    count, lines = 0, []
    for what, again, pinned, tolerance, typical in comparisons(new):
        count += int(np.size(pinned))
        try:
            close(again, pinned, tolerance, typical=typical)
        except AssertionError as error:
            lines.append(f"{what}: {error}")
    return count, lines


def main(path: str) -> int:
    """Print the differences; return 1 if there is one."""
    new = json.loads(Path(path).read_text("utf-8"))
    count, lines = differences(new)
    made, pinned = new["versions"], pins("univariate")["versions"]
    text = [f"computed with {made}", f"pinned with   {pinned}", *lines]
    text.append(f"{count} figures compared, {len(lines)} differences")
    sys.stdout.write("\n".join(text) + "\n")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
