"""Compare figures computed again by R with the pins: ``python -m tests.reference.make.check``."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tests.reference.pinned import fits, pins
from tests.reference.test_interval import CEILING
from tests.tolerance import EXACT, SOLVED, Tolerance, close

HERE = Path(__file__).parent
# Columns of the R record that every version of metafor computes alike.
NAMES = ("beta", "se", "ci_lb", "ci_ub", "tau2", "H2", "QE", "k")
PINNED_MAJOR, LISTED = 5, "3.8.1"  # of metafor: the version of the pins, and that of in_3_8
GAMMAS = Tolerance(relative=1e-11, absolute=1e-15, reason="differences of log-gammas")

Record = Mapping[str, Any]
Comparison = tuple[str, Any, Any, Tolerance, float]


@dataclass(slots=True)
class Outcome:
    """What a run of R is worth: figures compared, lines that differ, entries left out."""

    count: int = 0
    lines: list[str] = field(default_factory=list)
    left_out: dict[str, list[str]] = field(default_factory=dict)

    def compare(self, comparisons: Iterator[Comparison]) -> None:
        """Count the figures, and note a line for each comparison that fails."""
        for what, again, pinned, tolerance, typical in comparisons:
            self.count += int(np.size(pinned))
            try:
                close(again, pinned, tolerance, typical=typical)
            except AssertionError as error:
                self.lines.append(f"{what}: {error}")


def variants() -> list[dict[str, str]]:
    """Return the rows of variants.csv: every pinned entry of escalc, and how R is asked for it."""
    with (HERE / "variants.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def is_older(versions: Record) -> bool:
    """Return True for a metafor older than that of the pins."""
    return int(versions["metafor"].partition(".")[0]) < PINNED_MAJOR


def check_fits(new: Record, outcome: Outcome) -> None:
    """Compare the univariate fits."""
    for name, pinned in fits().items():
        outcome.compare(of_fit(name, new["fits"][name], pinned))


def of_fit(name: str, found: Record, pinned: Record) -> Iterator[Comparison]:
    """Yield the comparisons of one data set's fits."""
    typical = float(np.median(pinned["vi"]))
    yield from of_effects(name, found, {column: pinned[column] for column in ("yi", "vi")})
    fitted = [("rma", key, EXACT) for key in pinned["rma"]]
    fitted += [("rma_tight", key, SOLVED) for key in pinned["rma_tight"]]
    for block, key, tolerance in fitted:
        record = pinned[block][key]
        for column in sorted(set(NAMES) & set(record)):
            size = typical if column == "tau2" else typical**0.5
            pair = found[block][key][column], record[column]
            yield f"{name} {block} {key} {column}", *pair, tolerance, size
    for key, record in pinned["confint_tau2_tight"].items():
        if (name, key) != CEILING:
            pair = found["confint_tau2_tight"][key]["tau2"], record["tau2"]
            yield f"{name} {key}", *pair, SOLVED, typical


def check_escalc(new: Record, outcome: Outcome) -> None:
    """Compare the effect measures, but for what an older metafor is listed to do otherwise.

    Of such an entry a metafor between the two versions may agree, which counts; the one that the
    list was made with must not, or the list is wrong.
    """
    pinned = pins("escalc")["datasets"]
    listed = {(row["dataset"], row["key"]): row["in_3_8"] for row in variants()}
    for dataset, key in {(d, key) for d in pinned for key in pinned[d]} ^ set(listed):
        outcome.lines.append(f"{dataset} {key}: stands in one of variants.csv and the pins only")
    for (dataset, key), reason in listed.items():
        name, one = f"{dataset} {key}", Outcome()
        found = new["escalc"][f"{dataset}/{key}"]
        if "error" in found:
            one.lines.append(f"{name}: {found['error']}")
        else:
            one.compare(of_effects(name, found, pinned[dataset][key]))
        if not (reason and is_older(new["versions"])):
            outcome.lines += one.lines
            outcome.count += one.count
        elif one.lines:
            outcome.left_out.setdefault(reason, []).append(name)
        elif new["versions"]["metafor"] == LISTED:
            outcome.lines.append(f"{name}: agrees, although variants.csv says: {reason}")
        else:
            outcome.count += one.count


def of_effects(name: str, found: Record, pinned: Record) -> Iterator[Comparison]:
    """Yield the comparisons of effects, their variances, and what a summary adds."""
    for column in pinned:
        again, before = as_floats(found[column]), as_floats(pinned[column])
        yield f"{name} {column}", again, before, GAMMAS, 0.0


def as_floats(values: list[Any]) -> list[float]:
    """Return numbers with NaN where R says NA, and infinities where it says Inf."""
    return [float("nan" if value is None else value) for value in values]


def check_transformations(new: Record, outcome: Outcome) -> None:
    """Compare the transformations, and the pool of double arcsines."""
    pinned, again = pins("conversions")["transf"], new["transf"]
    for key, found in again.items():
        if "error" in found:
            outcome.lines.append(f"{key}: {found['error']}")
        else:
            outcome.compare(iter([(key, found["y"], pinned[key]["y"], EXACT, 0.0)]))
    absent = sorted(set(pinned) - set(again))
    outcome.left_out[f"no such function in metafor {LISTED}"] = absent
    read = pins("proportions")["predict_PFT_hm"]
    outcome.compare(
        (f"predict PFT {key}", value, read[key], EXACT, 0.0)
        for key, value in new["predict_PFT_hm"].items()
    )


CHECKS = {
    "univariate": check_fits,
    "escalc": check_escalc,
    "transf": check_transformations,
}


def main(folder: str) -> int:
    """Print the differences; return 1 if there is one."""
    outcome = Outcome()
    for name, check in CHECKS.items():
        new = json.loads((Path(folder) / f"{name}.json").read_text("utf-8"))
        check(new, outcome)
    text = [f"computed with {new['versions']}", f"pinned with   {pins('univariate')['versions']}"]
    for reason, names in outcome.left_out.items():
        text.append(f"left out ({reason}): {', '.join(names)}")
    text += outcome.lines
    left = sum(len(names) for names in outcome.left_out.values())
    text.append(
        f"{outcome.count} figures compared, {len(outcome.lines)} differences; "
        f"{left} entries left out"
    )
    sys.stdout.write("\n".join(text) + "\n")
    return 1 if outcome.lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
