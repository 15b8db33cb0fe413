"""docs/from_r.md and docs/start.md are true: blocks run, and every call of metaan would bind."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import metaan as ma
from metaan.networks.consistency.split_methods import SPLITS

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEXT = (DOCS / "from_r.md").read_text(encoding="utf-8")
START = (DOCS / "start.md").read_text(encoding="utf-8")
# What a name stands for in the tables of the page.
RECEIVERS: Mapping[str, tuple[type, ...]] = {
    "fit": (ma.PooledFit,),
    "reg": (ma.RegressionFit,),
    "net": (ma.NetworkFit,),
    "effects": (ma.Effects, ma.NetworkEffects),
    "review": (ma.RevManReview,),
}
# Keywords whose values are keys of a table, whichever function takes them.
KEYS: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "tau2": (ma.ESTIMATORS,),
    "inference": (ma.INFERENCES,),
    "prediction": (ma.PREDICTIONS,),
    "conventions": (ma.CONVENTIONS,),
    "layout": (ma.LAYOUTS,),
    "estimator": (ma.MISSING_ESTIMATORS,),
    "to": (ma.ZERO_RULES,),
    "method": (ma.SPARSE_METHODS, SPLITS),
    "kind": (ma.ROBUST_KINDS,),
}
# Functions whose second argument is a key.
SECOND: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "effect_sizes": (ma.MEASURES,),
    "network_effects": (ma.MEASURES,),
    "tau2_interval": (ma.INTERVALS,),
    "asymmetry_test": (ma.ASYMMETRY_TESTS,),
    "fail_safe_n": (ma.FAIL_SAFE_METHODS,),
    "selection_model": (ma.SELECTIONS,),
    "mantel_haenszel": (ma.MH_MEASURES,),
    "glmm": (ma.GLMMS,),
    "funnel": (ma.FUNNEL_AXES,),
}


def ours() -> Iterator[str]:
    """Yield every piece of code in the cells that are metaan's: the last of each row."""
    for line in TEXT.splitlines():
        if line.startswith("| ") and not line.startswith("|---"):
            cell = re.split(r"(?<!\\)\|", line.strip().strip("|"))[-1]
            yield from re.findall(r"`([^`]+)`", cell)


def calls() -> list[str]:
    """Return the pieces that are calls or attributes of metaan's things."""
    return [code for code in ours() if re.match(rf"(ma|{'|'.join(RECEIVERS)})\.", code)]


@pytest.mark.parametrize(("name", "text"), [("from_r.md", TEXT), ("start.md", START)])
def test_every_block_runs(name: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One after the other, as they stand."""
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, name, "exec"), names)
    assert isinstance(names["fit"], ma.PooledFit)
    assert "nan" not in capsys.readouterr().out


def test_the_five_lines_are_those_of_readme() -> None:
    """A reader who tries both sees one figure."""
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    first = re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL)[0].splitlines()
    assert START.split("```python\n")[1].splitlines()[:-2][: len(first) - 1] == first[:-1]


def test_every_call_binds() -> None:
    """Functions exist and take these arguments; records have these methods and fields."""
    assert len(calls()) > 150
    faults = [fault for code in calls() if (fault := fault_of(code))]
    assert faults == []


def fault_of(code: str) -> str:
    """Return what is wrong with a piece of code, or an empty string."""
    tree = ast.parse(code, mode="eval").body
    call = tree if isinstance(tree, ast.Call) else None
    path = ast.unparse(call.func if call else tree).split(".")
    owners = [ma] if path[0] == "ma" else list(RECEIVERS[path[0]])
    found = [each for each in (resolved(owner, path[1:]) for owner in owners) if each is not None]
    if not found:
        return f"{code}: nothing of that name"
    if call is None:
        return ""
    return min((bound(code, call, each, path) for each in found), key=len)


def resolved(owner: Any, path: list[str]) -> Any:
    """Return what a dotted name leads to, or None."""
    for name in path:
        owner = getattr(owner, name, None)
    return owner


def bound(code: str, call: ast.Call, function: Any, path: list[str]) -> str:
    """Return why a call would not bind or names no row, or an empty string."""
    arguments: list[Any] = list(call.args)
    if path[0] != "ma":
        arguments.insert(0, None)  # self
    words = {str(each.arg): each.value for each in call.keywords}
    try:
        inspect.signature(function).bind(*arguments, **words)
    except TypeError as error:
        return f"{code}: {error}"
    asked = [(KEYS.get(name, ()), value) for name, value in words.items()]
    asked += [(SECOND.get(path[-1], ()), value) for value in call.args[1:2]]
    for tables, value in asked:
        key = value.value if isinstance(value, ast.Constant) else None
        if tables and isinstance(key, str) and not any(key in table for table in tables):
            return f"{code}: {key} is no row"
    return ""


def test_keys_beside_the_calls_are_rows() -> None:
    """``tau2="HE"`` by itself in a cell, as an option."""
    for code in ours():
        for name, key in re.findall(r'\b(\w+)="([^"]+)"', code):
            tables = KEYS.get(name, ())
            assert not tables or any(key in table for table in tables), code


def test_the_defaults_are_those_of_the_table() -> None:
    """tau² and intervals of each program, from CONVENTIONS."""
    rows = {
        cells[0]: cells[1:]
        for line in TEXT.split("## What differs by default")[1].splitlines()
        if line.startswith("| ") and len(cells := [c.strip() for c in line.strip("|").split("|")])
    }
    programs = ["metaan", "metafor", "meta", "RevMan5", "RevMan", "Stata"]
    assert rows["tau²"] == [ma.CONVENTIONS[each].value("tau2") for each in programs]
    words = {"HKSJ": "HKSJ", "WALD": "Wald (z)"}
    said = [words[ma.CONVENTIONS[each].value("inference")] for each in programs]
    assert rows["interval of the mean"] == said
    i2 = {"tau2": "from tau²", "Q": "from Q", None: "from Q"}
    assert rows["I² first"] == [i2[ma.CONVENTIONS[each].value("i2")] for each in programs]
    variances = [ma.CONVENTIONS[each].options("SMD").get("variance") for each in programs]
    assert rows["variance of SMD"] == [f"`{each}`" if each else "–" for each in variances]
    assert rows["2×2 tables"] == [
        ma.CONVENTIONS[each].value("two_by_two") or "–" for each in programs
    ]
