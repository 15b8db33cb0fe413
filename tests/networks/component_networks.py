"""Made-up networks of combinations, and what exact fractions say of them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from metaan.core.network_effects import NetworkEffects
from tests.networks.builders import drawn

ARMS = ("P", "A", "B", "C", "A + B", "B + C", "A + C", "A + B + C")


def renamed(effects: NetworkEffects, names: dict[str, str]) -> NetworkEffects:
    """Return the same contrasts of treatments with other names."""
    return NetworkEffects.from_arrays(
        effects.y,
        effects.v,
        study=effects.study,
        treat1=[names[name] for name in effects.treat1],
        treat2=[names[name] for name in effects.treat2],
    )


def combined_arms(seed: int, arms: Sequence[str] = ARMS, **options: float) -> NetworkEffects:
    """Return a connected network of these treatments, studies with two to four arms and all."""
    effects = drawn(seed, treatments=len(arms), **options)
    return renamed(effects, {f"t{i}": name for i, name in enumerate(arms)})


def additive(effects: NetworkEffects, parts: dict[str, float]) -> NetworkEffects:
    """Return the contrasts as they would be if components added up exactly."""
    level = {
        name: sum(parts.get(each.strip(), 0.0) for each in name.split("+"))
        for name in effects.treatments
    }
    return NetworkEffects.from_arrays(
        [level[one] - level[two] for one, two in zip(effects.treat1, effects.treat2, strict=True)],
        effects.v,
        study=effects.study,
        treat1=effects.treat1,
        treat2=effects.treat2,
    )


def rank(rows: Sequence[Sequence[float]]) -> int:
    """Return the rank of a matrix of whole numbers, by fractions."""
    left = [[Fraction(int(value)) for value in row] for row in rows]
    found = 0
    for column in range(len(left[0]) if left else 0):
        pivot = next((row for row in left if row[column]), None)
        if pivot is None:
            continue
        found += 1
        left.remove(pivot)
        left = [
            [a - row[column] / pivot[column] * b for a, b in zip(row, pivot, strict=True)]
            for row in left
        ]
    return found


def columns(
    treatments: Sequence[str], inactive: str | None = None, pairs: Sequence[tuple[str, str]] = ()
) -> tuple[list[str], list[list[int]]]:
    """Return the active components of names joined by +, and who has which, pairs behind."""
    sets = [{part.strip() for part in name.split("+")} for name in treatments]
    names = sorted(set().union(*sets) - {inactive})
    held = [[*(int(n in s) for n in names), *(int(set(p) <= s) for p in pairs)] for s in sets]
    return names, held


def contrasted(effects: NetworkEffects, matrix: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return each contrast of the network as a difference of rows of a matrix."""
    at = {name: np.array(row) for name, row in zip(effects.treatments, matrix, strict=True)}
    pairs = zip(effects.treat1, effects.treat2, strict=True)
    return [(at[one] - at[two]).tolist() for one, two in pairs]
