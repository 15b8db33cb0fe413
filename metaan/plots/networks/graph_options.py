"""What may be asked of a network graph beside its layout, sizes and widths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from metaan.core.arrays import FrozenDict
from metaan.core.errors import ChoiceError, InputError
from metaan.core.lookup import hint
from metaan.numerics.randomness import generator
from metaan.plots.charts.bubble_colors import check_groups
from metaan.plots.pages.letters import printable
from metaan.plots.pages.texts import Texts, Written, written

NAMED = ("layout", "size", "width", "ax", "theme")
SEED = 1


class GraphOptions(Texts, total=False):
    """The further arguments of `network_graph`; every one may be left out.

    Attributes
    ----------
    polygons : bool
        Whether studies of three or more arms are shaded: the area between their treatments.
    counts : bool
        Whether every line has its number of studies on it.
    color : mapping of str to str
        Class of each treatment, which gives its color and marker, with a legend.
    order : sequence of str
        Treatments clockwise around the circle, each once; by default the order with the fewest
        crossings of lines.
    rng : Generator or int
        Makes the starts of the spring layout; the same seed gives the same drawing.
    title, subtitle : str
        Above the figure; by default the title says how many treatments and studies there are.
    notes : str, sequence of str or None
        Footnotes in place of the remarks of the data.
    """

    polygons: bool
    counts: bool
    color: Mapping[str, str]
    order: Sequence[str]
    rng: np.random.Generator | int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GraphAsked:
    """`GraphOptions` as a record, checked.

    Attributes
    ----------
    polygons, counts : bool
        Whether areas and numbers are shown.
    color : mapping of str to str
        Class of each treatment; empty for none.
    order : tuple of int
        Places of the treatments clockwise; empty for the best order.
    rng : Generator
        For the starts of the spring layout.
    texts : Written
        Titles and footnotes.
    titled : bool
        Whether the caller gave a title, be it empty.
    """

    texts: Written
    rng: np.random.Generator
    polygons: bool = True
    counts: bool = False
    color: Mapping[str, str] = field(default_factory=FrozenDict)
    order: tuple[int, ...] = ()
    titled: bool = False


def graph_asked(options: GraphOptions, treatments: Sequence[str]) -> GraphAsked:
    """Return the options as a record.

    Raises
    ------
    ChoiceError
        For a name that is no option, or no treatment.
    InputError
        If an option is of the wrong kind, treatments lack a class, or the order does not hold
        each of them once.
    """
    known = (*NAMED, *GraphOptions.__annotations__)
    for name in options:
        if name not in known:
            raise ChoiceError(
                f"network_graph has no argument {name!r}; choose from {', '.join(known)}."
                f"{hint(name, known)}"
            )
    told = {key: value for key, value in options.items() if key in Texts.__annotations__}
    for key in ("polygons", "counts"):
        if not isinstance(options.get(key, True), bool):
            raise InputError(f"{key} must be True or False; got {options.get(key)!r}")
    return GraphAsked(
        texts=written(told, verb="network_graph", of=graph_asked),
        rng=generator(options.get("rng", SEED), "the spring layout has several starts"),
        polygons=options.get("polygons", True),
        counts=options.get("counts", False),
        color=_classes(options.get("color"), treatments),
        order=_order(options.get("order", ()), treatments),
        titled="title" in options,
    )


def _classes(given: object, treatments: Sequence[str]) -> Mapping[str, str]:
    """Return the class of every treatment, in the order of the mapping."""
    if given is None:
        return FrozenDict()
    if not isinstance(given, Mapping):
        raise InputError(
            "color must be a mapping of treatments to classes, such as "
            f'{{"{treatments[0]}": "drug"}}; got {given!r}'
        )
    if not given:
        return FrozenDict()
    unknown = [name for name in given if name not in treatments]
    if unknown:
        raise ChoiceError(f"color: {_no_treatment(unknown[0], treatments)}")
    lacking = [name for name in treatments if name not in given]
    if lacking:
        raise InputError(f"color gives no class to {', '.join(lacking)}; give one to each")
    classes = {str(name): printable(value) for name, value in given.items()}
    check_groups(list(dict.fromkeys(classes.values())), "color")
    return FrozenDict(classes)


def _order(given: object, treatments: Sequence[str]) -> tuple[int, ...]:
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise InputError(f"order must be a sequence of treatments; got {given!r}")
    names = [str(name) for name in given]
    if not names:
        return ()
    unknown = [name for name in names if name not in treatments]
    if unknown:
        raise ChoiceError(f"order: {_no_treatment(unknown[0], treatments)}")
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    lacking = [name for name in treatments if name not in names]
    faults = [f"{name} comes twice" for name in twice]
    faults += [f"{name} is not in it" for name in lacking]
    if faults:
        raise InputError(
            f"order must hold each of the {len(treatments)} treatments once: {'; '.join(faults)}"
        )
    return tuple(treatments.index(name) for name in names)


def _no_treatment(name: object, treatments: Sequence[str]) -> str:
    listed = ", ".join(treatments)
    return (
        f"{name!r} is not a treatment of this network; choose one of "
        f"{listed}.{hint(str(name), treatments)}"
    )
