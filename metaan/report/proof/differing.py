"""What differs between the plotted numbers of a figure and those of another day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from metaan.core.numbers import counted
from metaan.report.proof.plotted import RECORDS, VALUES

# Two runs of one calculation on other versions of numpy agree to about 1e-13.
RELATIVE, ABSOLUTE = 1e-9, 1e-12
NAMES = (
    "label",
    "study",
    "name",
    "heading",
    "option",
    "key",
)  # what an entry of a list is called by
LISTED = ("studies", "study", "labels", "names", "treatments")  # lists that name other entries
LINE = "note"  # kind of an entry whose name is a sentence
NOTHING = "nothing"
CELL, LONG = 60, 70  # letters of a text in pieces; of one that is told
# What a reader looks for first, and what follows from the rest.
FIRST = ("effect", "value", "estimate", "x", "y", "title", "subtitle", "label")
LAST = ("texts", "weight", "size", "axis", "frame", "legend", "layout", "alt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A number or a text that is not what it was.

    Attributes
    ----------
    item : str
        What it belongs to: a study, a pool; empty for the whole figure.
    field : str
        Which number or text.
    before, after : str
        What it was and is.
    rows : tuple of str
        Row ids of the item, if it has any.
    number : bool
        Whether it is a number.
    """

    item: str
    field: str
    before: str
    after: str
    rows: tuple[str, ...] = ()
    number: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    item: str = ""
    field: str = ""
    rows: tuple[str, ...] = ()
    names: tuple[str, ...] = ()  # of the entries of lists that are as long

    def within(self, key: str) -> _Place:
        return replace(self, field=f"{self.field} {key}".strip())


def differences(before: Any, after: Any) -> tuple[Difference, ...]:
    """Return everything that differs, in the order of the figure.

    Numbers that differ by less than 1e-9 of the larger one are the same.

    Examples
    --------
    >>> differences({"rows": [{"label": "A", "y": 1.0}]}, {"rows": [{"label": "A", "y": 2.0}]})
    (Difference(item='A', field='y', before='1', after='2', rows=(), number=True),)
    """
    return tuple(_walk(before, after, _Place()))


def _walk(before: Any, after: Any, place: _Place) -> Iterator[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _of_mappings(before, after, place)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _of_lists(before, after, place)
    elif not _same(before, after):
        yield _told(before, after, place)


def _of_mappings(
    before: dict[str, Any], after: dict[str, Any], place: _Place
) -> Iterator[Difference]:
    names = next((after[key] for key in LISTED if isinstance(after.get(key), list)), None)
    if names is not None:
        place = replace(place, names=tuple(map(str, names)))
    for key in dict.fromkeys([*before, *after]):
        yield from _walk(before.get(key), after.get(key), place.within(key))


def _of_lists(before: list[Any], after: list[Any], place: _Place) -> Iterator[Difference]:
    old, new = _called(before), _called(after)
    if _is_cell(before) and _is_cell(after):
        yield from _walk(" ".join(before).strip(), " ".join(after).strip(), place)
    elif old is not None and new is not None:
        yield from _of_entries(old, new, place)
    elif len(before) != len(after):
        yield _told(before, after, place)
    elif len(before) == len(place.names):
        for name, one, other in zip(place.names, before, after, strict=True):
            field = f"{place.item} {place.field}".strip()
            yield from _walk(one, other, _Place(item=name, field=field))
    else:
        for i, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _walk(one, other, place.within(str(i + 1)))


def _is_cell(items: list[Any]) -> bool:
    """Return whether texts are the pieces of one: an effect with its limits."""
    return all(isinstance(each, str) for each in items) and sum(map(len, items)) < CELL


_Key = tuple[str, str, int]  # name, kind, how many of both came before


def _called(items: list[Any]) -> dict[_Key, dict[str, Any]] | None:
    """Return entries by their names; None if they have none."""
    found: dict[_Key, dict[str, Any]] = {}
    seen: Counter[tuple[str, str]] = Counter()
    for each in items:
        key = next((k for k in NAMES if isinstance(each, dict) and each.get(k)), None)
        if key is None:
            return None
        kind = str(each.get("kind", ""))
        name = LINE if kind == LINE else str(each[key])
        found[name, kind, seen[name, kind]] = each
        seen[name, kind] += 1
    return found


def _of_entries(
    old: dict[_Key, dict[str, Any]], new: dict[_Key, dict[str, Any]], place: _Place
) -> Iterator[Difference]:
    gone = [key for key in old if key not in new]
    came = [key for key in new if key not in old]
    # an entry that is no study and has another name is the same entry, not another one
    renamed = {
        one: other
        for one, other in zip(gone, came, strict=False)
        if len(gone) == len(came) and not (old[one].get("rows") or new[other].get("rows"))
    }
    for key in dict.fromkeys([*old, *(key for key in came if key not in renamed.values())]):
        one, other = old.get(key), new.get(renamed.get(key, key))
        rows = tuple((other or one or {}).get("rows") or ())
        there = replace(place, item=key[0], field="", rows=rows)
        if one is None or other is None:
            words = [NOTHING if each is None else "drawn" for each in (one, other)]
            yield Difference(item=key[0], field="", before=words[0], after=words[1], rows=rows)
        else:
            yield from _walk(one, other, there)


def _same(before: Any, after: Any) -> bool:
    if _is_number(before) and _is_number(after):
        nearly = RELATIVE * max(abs(before), abs(after))
        return bool(abs(before - after) <= max(nearly, ABSOLUTE))
    return type(before) is type(after) and bool(before == after)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _told(before: Any, after: Any, place: _Place) -> Difference:
    number = _is_number(before) or _is_number(after)
    old, new = _words(before, after)
    return Difference(
        item=place.item, field=place.field, before=old, after=new, rows=place.rows, number=number
    )


def _words(before: Any, after: Any) -> tuple[str, str]:
    """Return both as texts that differ: six digits, or all."""
    if _is_number(before) and _is_number(after):
        short = f"{before:.6g}", f"{after:.6g}"
        return short if short[0] != short[1] else (repr(before), repr(after))
    if isinstance(before, str) and isinstance(after, str):
        start = _start(before, after)
        return _word(before, start), _word(after, start)
    return _word(before), _word(after)


def _start(before: str, after: str) -> int:
    """Return from where on texts are told: a little before they differ, if they are long."""
    if max(len(before), len(after)) <= LONG:
        return 0
    alike = (i for i, (one, other) in enumerate(zip(before, after, strict=False)) if one != other)
    first = next(alike, min(len(before), len(after)))
    return 0 if first < LONG // 2 else before.rfind(" ", 0, first - LONG // 5) + 1


def _word(value: Any, start: int = 0) -> str:
    if value is None:
        return "none"
    if isinstance(value, list):
        return f"{len(value)} of them" if len(value) > 3 else ", ".join(map(_word, value))
    if isinstance(value, dict):
        return f"{len(value)} of them"
    if _is_number(value):
        return f"{value:.6g}"
    text = ("…" if start else "") + str(value)[start:]
    return f'"{text[:LONG]}…"' if len(text) > LONG else f'"{text}"'


def drawn_in(figure: dict[str, Any]) -> dict[str, Any]:
    """Return what is drawn in a figure, without what it was made from."""
    pages = [each.get(VALUES, {}) for each in figure.get(RECORDS, ())]
    if len(pages) == 1:
        return dict(pages[0])
    return {f"panel {i + 1}": page for i, page in enumerate(pages)}


def sentences(
    found: Sequence[Difference], changed: set[str], *, lines: int = 6, parts: int = 4
) -> list[str]:
    """Return differences in words, one line per item, those first whose rows have changed.

    Parameters
    ----------
    found : sequence of Difference
        In the order of the figure.
    changed : set of str
        Ids of the rows of the data that have changed.
    lines, parts : int
        Items that are told, and differences of each; the rest is counted.
    """
    items: dict[str, list[Difference]] = {}
    for each in found:
        items.setdefault(each.item, []).append(each)
    ordered = sorted(items, key=lambda name: (not _hit(items[name], changed), _rank(items[name])))
    told = [_line(name, items[name], parts) for name in ordered[:lines]]
    left = sum(len(items[name]) for name in ordered[lines:])
    return [*told, *([f"and {counted(left, 'further difference')}"] if left else [])]


def _hit(found: Sequence[Difference], changed: set[str]) -> bool:
    return any(changed & set(each.rows) for each in found)


def _rank(found: Sequence[Difference]) -> int:
    return min(_place(each) for each in found)


def _place(each: Difference) -> int:
    """Return how early a difference is told: 0 for what a reader looks for first."""
    start = each.field.partition(" ")[0]
    return FIRST.index(start) if start in FIRST else len(FIRST) + (start in LAST)


def _line(item: str, found: Sequence[Difference], most: int) -> str:
    ordered = sorted(found, key=_place)
    told = [f"{each.field} {each.before} → {each.after}".strip() for each in ordered[:most]]
    more = [f"{len(found) - most} more"] if len(found) > most else []
    return f"{item or 'the figure'}: {', '.join([*told, *more])}"
