"""TRANSFORMS: what may stand in a formula.

A formula may come from a file that somebody else wrote, and formulaic evaluates calls as Python.
So every formula, wherever it comes from, is first parsed without being evaluated, and each of its
factors must be a column, or an expression of columns, numbers and the calls of ``TRANSFORMS``.
Anything else, an attribute, a subscript, a comprehension, is an error that names it. A transform
of one's own is a column of one's own.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np

from metaan.core.errors import InputError
from metaan.core.lookup import hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """A row of ``TRANSFORMS``: a call that a formula may make.

    Attributes
    ----------
    what : str
        What it makes of a column.
    function : callable, optional
        Ours; formulaic's own, which remembers levels, knots and centers of the fit, by default.
    options : tuple of str
        Names of further arguments, which are numbers, text or lists of them.
    """

    what: str
    function: Callable[..., Any] | None = None
    options: tuple[str, ...] = ()


_BOUNDS = ("lower_bound", "upper_bound", "extrapolation")
_CUBIC = ("df", "knots", "constraints", *_BOUNDS)
TRANSFORMS: Mapping[str, Transform] = MappingProxyType(
    {
        "C": Transform(what="categories", options=("levels",)),
        "I": Transform(what="arithmetic as it stands"),
        "log": Transform(what="natural logarithm", function=np.log),
        "log2": Transform(what="logarithm to base 2", function=np.log2),
        "log10": Transform(what="logarithm to base 10", function=np.log10),
        "exp": Transform(what="exponential", function=np.exp),
        "sqrt": Transform(what="square root", function=np.sqrt),
        "abs": Transform(what="size without sign", function=np.abs),
        "center": Transform(what="difference from the mean"),
        "scale": Transform(what="standardized", options=("center", "scale", "ddof")),
        "standardize": Transform(what="standardized", options=("center", "rescale", "ddof")),
        "poly": Transform(what="orthogonal polynomial", options=("degree", "raw")),
        "bs": Transform(
            what="B-spline", options=("df", "knots", "degree", "include_intercept", *_BOUNDS)
        ),
        "cr": Transform(what="natural cubic spline", options=_CUBIC),
        "cs": Transform(what="cubic spline", options=_CUBIC),
        "cc": Transform(what="cyclic cubic spline", options=_CUBIC),
    }
)
CATEGORIES, CODINGS = "C", ("treatment", "sum", "helmert", "diff", "poly")
TREATMENT = "contr.treatment"
# What other programs call it, with what to write here; {x} is the call's column.
ELSEWHERE = {
    "factor": "C({x})",
    "ordered": "C({x}, contr.poly)",
    "relevel": 'C({x}, contr.treatment("level"))',
    "ns": 'cr({x}, df=3, constraints="center")',
    "rcs": 'cr({x}, df=3, constraints="center")',
}
LABELS = "study"  # a field of the effects beside their columns
OPERATORS = ("+", "-", ":", "*", "/", "**")
ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
# A formula of a file must not take the machine down either.
LONGEST, MOST_CROSSINGS, HIGHEST_POWER, MOST_COLUMNS = 1000, 10, 4, 100
HIGHEST_EXPONENT = 10
SIZES = ("df", "degree")


def check_formula(
    text: str, columns: Collection[str], allowed: Collection[str] = TRANSFORMS
) -> tuple[str, ...]:
    """Return the columns that a formula uses, in order; nothing is evaluated.

    Parameters
    ----------
    text : str
        Right side of a model: ``"~ dose + C(sham)"``; the tilde may be left out.
    columns : collection of str
        Names of columns that it may use.
    allowed : collection of str
        Calls that it may make.

    Raises
    ------
    InputError
        If it is no formula, names an unknown column, or asks for anything but columns, numbers,
        the operators ``+ - : * / **`` and the allowed calls. The text holds every fault.

    Examples
    --------
    >>> import metaan as ma
    >>> ma.check_formula("~ log(dose) * sham", ["dose", "sham", "year"])
    ('dose', 'sham')
    """
    formula = parsed_formula(text)
    found: list[str] = []
    faults: list[str] = []
    parts = parts_of(text, formula)
    for expression, how in parts:
        if how == "literal":
            if expression not in ("0", "1"):
                faults.append(f"{expression} is neither 0 nor 1: numbers stand in calls only")
        elif how == "lookup":
            faults += _unknown(expression, columns)
            found.append(expression)
        else:
            names, wrong = _check_call(expression, columns, allowed)
            found += names
            faults += wrong
    called = _calls(parts) if found and not faults else set()
    both = [name for name in dict.fromkeys(found) if name in called]
    faults += [f"{name} is both a column and a call here; rename the column" for name in both]
    if faults:
        listed = "; ".join(dict.fromkeys(faults))
        raise InputError(f"formula {text!r}: {listed}")
    return tuple(dict.fromkeys(found))


def right_side(text: str) -> str:
    """Return a formula without its tilde, single spaces."""
    return " ".join(text.strip().removeprefix("~").split())


def parsed_formula(text: str) -> Any:
    """Return formulaic's terms of the right side; nothing is evaluated."""
    from formulaic import Formula, SimpleFormula
    from formulaic.errors import FormulaicError

    if not isinstance(text, str) or not right_side(text):
        raise InputError(f'a formula is text such as "~ dose + C(sham)"; got {text!r}')
    if len(text) > LONGEST:
        raise InputError(
            f"a formula has at most {LONGEST} characters; got {len(text)}. Add columns instead"
        )
    right = right_side(text)
    faults, parsed = [], None
    try:
        faults = list(_token_faults(_tokens(right)))
        parsed = None if faults else Formula(right)
    except (FormulaicError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = str(error).split("\n")[0].rstrip(".") or type(error).__name__
        if "as.factor(" in right:  # "as" is a word of Python
            reason = "categories are written C(column)"
        raise InputError(f"formula {text!r} cannot be read: {reason}") from error
    if faults:
        raise InputError(f"formula {text!r}: {'; '.join(dict.fromkeys(faults))}")
    if not isinstance(parsed, SimpleFormula):
        raise InputError(f"formula {text!r}: a model has one right side")
    return parsed


def _token_faults(tokens: Sequence[tuple[str, str]]) -> Iterator[str]:
    operators = [text for text, kind in tokens if kind == "operator"]
    for text in operators:
        if text == "~":
            yield (
                "a model has no left side here, its effects are the data; leave out what stands "
                f"left of the tilde{_right_alone(tokens)}"
            )
        elif text not in OPERATORS:
            yield f"{text} is not an operator; there are {' '.join(OPERATORS)}"
    if any(text in "[]" for text, kind in tokens if kind == "context"):
        yield "brackets [ ] have no meaning here"
    if any(text == "." for text, kind in tokens if kind == "value"):
        yield 'name the columns; "." does not stand for all of them'
    if operators.count("*") > MOST_CROSSINGS or operators.count("**") > 1:
        yield f"at most {MOST_CROSSINGS} crossings * and one power ** of terms"
    for (before, _), (after, kind) in pairwise(tokens):
        powers = [str(power) for power in range(1, HIGHEST_POWER + 1)]
        if before == "**" and (kind != "value" or after not in powers):
            yield f"terms are crossed up to the power {HIGHEST_POWER}; a square is I(dose**2)"


def _right_alone(tokens: Sequence[tuple[str, str]]) -> str:
    """Return the formula to write instead: what stands behind the last tilde."""
    texts = [text for text, _ in tokens]
    last = len(texts) - texts[::-1].index("~")
    return f': "~ {" ".join(texts[last:])}"' if texts[last:] else ""


def parts_of(text: str, formula: Any) -> dict[tuple[str, str], None]:
    """Return every expression with how it is evaluated, each once.

    The factors are what will be evaluated; what stands behind a minus is in the text alone.
    """
    found = {
        (factor.expr, factor.eval_method.value): None
        for term in formula
        for factor in term.factors
    }
    kinds = {"name": "lookup", "python": "python"}
    for token, kind in _tokens(right_side(text)):
        if kind in kinds:
            found[token, kinds[kind]] = None
    return found


def _tokens(right: str) -> list[tuple[str, str]]:
    """Return the parts of a formula with their kinds; formulaic's errors pass."""
    from formulaic.parser import DefaultFormulaParser

    parser = DefaultFormulaParser(include_intercept=False)
    return [(str(token), token.kind.value) for token in parser.get_tokens(right)]


def _calls(parts: Collection[tuple[str, str]]) -> set[str]:
    """Return what is called in the expressions of a formula."""
    expressions = [text for text, how in parts if how == "python"]
    nodes = [node for text in expressions for node in ast.walk(ast.parse(text, mode="eval"))]
    return {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}


def _unknown(name: str, columns: Collection[str]) -> list[str]:
    if name in columns:
        return []
    known = ", ".join(columns) or "none"
    if name == LABELS:
        return [
            f"{name} holds the labels, which tell studies apart and explain nothing: it is no "
            f"moderator; columns are {known}"
        ]
    return [f"{name} is not a column; columns are {known}.{hint(name, columns)}"]


def _check_call(
    expression: str, columns: Collection[str], allowed: Collection[str]
) -> tuple[list[str], list[str]]:
    """Return the columns of an expression, and what is wrong with it."""
    try:
        tree = ast.parse(expression, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        what = "columns in calls need plain names; rename them" if "`" in expression else ""
        return [], [f"{expression} cannot be read{f': {what}' if what else ''}"]
    found: list[str] = []
    faults = list(_faults(tree, found, columns, allowed))
    if not found and not faults:
        faults = [f"{expression} names no column"]
    return found, faults


def _faults(
    node: ast.AST, found: list[str], columns: Collection[str], allowed: Collection[str]
) -> Iterator[str]:
    """Yield what is wrong with an expression; its columns are added to ``found``."""
    if isinstance(node, ast.Name):
        found.append(node.id)
        yield from _unknown(node.id, columns)
    elif isinstance(node, ast.Call):
        yield from _call_faults(node, found, columns, allowed)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        yield from _faults(node.operand, found, columns, allowed)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ARITHMETIC):
        if isinstance(node.op, ast.Pow) and not _is_power(node):
            yield (
                f"{ast.unparse(node)}: a power has a column below and a number up to "
                f"{HIGHEST_EXPONENT} above"
            )
        yield from _faults(node.left, found, columns, allowed)
        yield from _faults(node.right, found, columns, allowed)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitXor):
        yield f"{ast.unparse(node)}: a power is written **"
    elif not _is_number(node):
        yield f"{ast.unparse(node)} is not a column, a number or one of {', '.join(allowed)}"


def _call_faults(
    node: ast.Call, found: list[str], columns: Collection[str], allowed: Collection[str]
) -> Iterator[str]:
    name = ast.unparse(node.func)
    if name in ELSEWHERE and name not in allowed:
        first = ast.unparse(node.args[0]) if node.args else "x"
        yield f"{name} may not be called; write {ELSEWHERE[name].format(x=first)}"
        return
    if not isinstance(node.func, ast.Name) or name not in allowed:
        yield f"{name} may not be called; there are {', '.join(allowed)}.{hint(name, allowed)}"
        return
    if not node.args or any(isinstance(each, ast.Starred) for each in node.args):
        yield f"{ast.unparse(node)}: a call names its column first"
        return
    yield from _faults(node.args[0], found, columns, allowed)
    row = TRANSFORMS.get(name, Transform(what=""))
    first = row.options[0] if row.options and name != CATEGORIES else ""
    given = [(first if i == 0 else "", each) for i, each in enumerate(node.args[1:])]
    for option, value in [*given, *((each.arg or "**", each.value) for each in node.keywords)]:
        if name == CATEGORIES and _is_coding(value):
            continue
        if name == CATEGORIES and not option:
            yield _coding_fault(node.args[0], value)
        elif option not in row.options:
            known = ", ".join(row.options) or "no options"
            yield f"{option or ast.unparse(value)} is not an option of {name}, which has {known}"
        elif not _is_literal(value) or (option in SIZES and not _is_size(value)):
            yield f"{ast.unparse(value)} cannot be the {option} of {name}"


def _coding_fault(column: ast.expr, value: ast.expr) -> str:
    """Return what to write instead of something that does not code categories."""
    own: list[ast.expr] = []
    if isinstance(value, ast.Call):
        own = [*value.args, *(each.value for each in value.keywords)]
    level = ast.unparse(own[0]) if own and _is_literal(own[0]) else '"level"'
    return (
        f"{ast.unparse(value)} does not code categories; "
        f"{CATEGORIES}({ast.unparse(column)}, {TREATMENT}({level})) chooses the level that the "
        f"others are compared with; other codings are contr.{', contr.'.join(CODINGS[1:])}"
    )


def _is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _is_power(node: ast.BinOp) -> bool:
    """Whether numbers stay those of an array: a power of integers has no bounds."""
    above = node.right.operand if isinstance(node.right, ast.UnaryOp) else node.right
    value = above.value if isinstance(above, ast.Constant) else None
    names = any(isinstance(each, ast.Name) for each in ast.walk(node.left))
    return names and isinstance(value, int | float) and abs(value) <= HIGHEST_EXPONENT


def _is_literal(node: ast.AST) -> bool:
    if isinstance(node, ast.List | ast.Tuple):
        return all(_is_literal(each) for each in node.elts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _is_number(node.operand)
    plain = (int, float, str, bool, type(None))
    return isinstance(node, ast.Constant) and type(node.value) in plain


def _is_size(node: ast.AST) -> bool:
    """Whether it is None or a small number of columns."""
    value = node.value if isinstance(node, ast.Constant) else ""
    return value is None or (type(value) is int and 0 < value <= MOST_COLUMNS)


def _is_coding(node: ast.AST) -> bool:
    """Whether it is ``contr.sum`` or ``contr.treatment("sham")``."""
    options: list[ast.expr] = []
    if isinstance(node, ast.Call):
        options = [*node.args, *(each.value for each in node.keywords)]
        node = node.func
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "contr"
        and node.attr in CODINGS
        and all(_is_literal(each) for each in options)
    )
