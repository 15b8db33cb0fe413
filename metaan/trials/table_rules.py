"""What the numbers of anyone's table must obey; every breach is a fault with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.core.errors import Fault

TABLE = "the table"
CHECK = "Check it against the source."


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The range of an input: above or at least, and below or at most."""

    above: float = -np.inf
    least: float = -np.inf
    below: float = np.inf
    most: float = np.inf

    def breaches(self, values: Floats) -> list[tuple[Booleans, str]]:
        """Return where the values break the rule, and the rule in words; NaN breaks none."""
        with np.errstate(invalid="ignore"):
            return [
                (values <= self.above, f"must be greater than {self.above:g}"),
                (values < self.least, f"must be at least {self.least:g}"),
                (values >= self.below, f"must be less than {self.below:g}"),
                (values > self.most, f"must be at most {self.most:g}"),
            ]


ANY, COUNT, POSITIVE = Rule(), Rule(least=0.0), Rule(above=0.0)
SHARE, SIGNED_SHARE = Rule(least=0.0, most=1.0), Rule(least=-1.0, most=1.0)
# By the name without its 1 or 2; a name that is not here may hold any number.
RULES: Mapping[str, Rule] = {
    "n": POSITIVE, "sd": POSITIVE, "time": POSITIVE, "v": POSITIVE, "se": POSITIVE,
    "events": COUNT, "both": COUNT, "only": COUNT, "neither": COUNT,
    "nonevents": COUNT, "dominant": COUNT, "heterozygous": COUNT, "recessive": COUNT,
    "r": SIGNED_SHARE, "p": SIGNED_SHARE, "auc": SHARE,
    "p_both": SHARE, "alpha": Rule(below=1.0), "items": Rule(least=2.0),
    "predictors": Rule(least=1.0),
}  # fmt: skip
EXPLAINED_RULE = Rule(least=0.0, below=1.0)
EXPONENTS = ("r2",)  # whose 2 is no number of a group
WITHIN = (("events1", "n1"), ("events2", "n2"), ("events", "n"))
LARGEST_LOG_SE = 10.0  # e^(1.96 * 10) is a limit of three hundred million times the ratio
LARGEST_RATIO = 1000.0  # to the median SE of the table: a million times fewer participants
MANY = 20  # studies that a text names one by one
FEWEST = 3  # standard errors that a median is worth something of


def rule_of(name: str) -> Rule:
    """Return the rule of an input."""
    if name in EXPONENTS:
        return EXPLAINED_RULE
    return RULES.get(name, RULES.get(bare(name), ANY))


def bare(name: str) -> str:
    """Return an input's name without the number of its group."""
    return name if name in EXPONENTS else name.rstrip("12")


def some(study: Sequence[str], where: Booleans) -> str:
    """Return the labels of the chosen studies, the first of them if they are many."""
    places = np.flatnonzero(where)
    names = [study[int(i)] for i in places[:MANY]]
    more = f" and {len(places) - MANY} more" if len(places) > MANY else ""
    return ", ".join(names) + more


def row_fault(
    i: int, study: Sequence[str], column: str, value: Any, rule: str, remedy: str = CHECK
) -> Fault:
    """Return a fault of one cell."""
    return Fault(file=TABLE, row=f"row {i + 1} ({study[i]})", column=column, value=str(value),
                 rule=rule, remedy=remedy)  # fmt: skip


def header_fault(column: str, rule: str, remedy: str, value: str = "") -> Fault:
    """Return a fault of a column as a whole."""
    return Fault(file=TABLE, row="header", column=column, value=value, rule=rule, remedy=remedy)


def range_faults(name: str, label: str, values: Floats, study: Sequence[str]) -> list[Fault]:
    """Return the cells of an input that are out of its range.

    Parameters
    ----------
    name, label : str
        The input, and what the table calls it.
    values : ndarray, shape (k,)
        Its numbers.
    study : sequence of str
        Labels.
    """
    return [
        row_fault(int(i), study, label, f"{values[i]:g}", words)
        for where, words in rule_of(name).breaches(values)
        for i in np.flatnonzero(where)
    ]


def within_faults(
    values: Mapping[str, Floats], labels: Mapping[str, str], study: Sequence[str]
) -> list[Fault]:
    """Return the studies with more events than participants."""
    return [
        row_fault(int(i), study, labels[part], f"{values[part][i]:g}",
                  f"must not exceed {labels[whole]} = {values[whole][i]:g}",
                  "Check both numbers against the source.")
        for part, whole in WITHIN
        if part in values and whole in values
        for i in np.flatnonzero(values[part] > values[whole])
    ]  # fmt: skip


def error_faults(
    values: Floats, label: str, study: Sequence[str], *, logarithm: bool
) -> list[Fault]:
    """Return the standard errors that no study can have.

    Parameters
    ----------
    values : ndarray, shape (k,)
        Standard errors as given.
    label : str
        What the table calls them.
    study : sequence of str
        Labels.
    logarithm : bool
        True if the effects are logarithms.
    """
    known = values[np.isfinite(values) & (values > 0)]
    median = float(np.median(known)) if len(known) >= FEWEST else np.inf
    with np.errstate(invalid="ignore"):
        far = values > LARGEST_RATIO * median
        wide = (values > LARGEST_LOG_SE) & logarithm
    remedy = "Is it a variance, a percentage or a decimal slip? Check it against the source."
    return [
        row_fault(int(i), study, label, f"{values[i]:g}",
                  f"must be plausible: the median of the table is {median:g}" if far[i] else
                  f"must be plausible: at most {LARGEST_LOG_SE:g} for a logarithm", remedy)
        for i in np.flatnonzero(far | wide)
    ]  # fmt: skip
