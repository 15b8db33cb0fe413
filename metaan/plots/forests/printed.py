"""What reviews print for measures, in words: the name of the axis of an umbrella."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from metaan.core.published import PublishedPool
from metaan.core.wording import in_sentence
from metaan.plots.forests.wording import NO_INSTRUMENT, clean, instrument_words

NO_MEASURE = "Effect"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedMeasure:
    """A measure as reviews print it: its name, and whether it has the units of an instrument."""

    name: str
    has_units: bool = False


# Abbreviations of reviews, which name a quantity and not a way to compute it.
PRINTED: Mapping[str, PrintedMeasure] = MappingProxyType(
    {
        "MD": PrintedMeasure(name="Mean difference", has_units=True),
        "RR": PrintedMeasure(name="Risk ratio"),
        "OR": PrintedMeasure(name="Odds ratio"),
        "RD": PrintedMeasure(name="Risk difference"),
        "HR": PrintedMeasure(name="Hazard ratio"),
    }
)
STANDARDIZED = "S"  # before the abbreviation of what is divided by a standard deviation
OF_TWO = "_difference"  # of two results of one measure


def abbreviation_of(label: str) -> str:
    """Return what reviews print for a measure of this name; nothing where no row has it.

    Examples
    --------
    >>> abbreviation_of("Odds ratio"), abbreviation_of("Standardized mean difference")
    ('OR', 'SMD')
    """
    known = {f"{letter}{key}" for key in PRINTED for letter in ("", STANDARDIZED)}
    return next((key for key in sorted(known) if _measure(key).name == label), "")


def printed_label(pools: Sequence[PublishedPool]) -> str:
    """Return the name of the measure that all pools share, with the scale that they share.

    Parameters
    ----------
    pools : sequence of PublishedPool
        One or more, of one measure. One that no row names stays as it is printed.
    """
    found = _measure(clean(pools[0].measure))
    instruments = {clean(pool.instrument) for pool in pools}
    if not found.has_units or len(instruments) > 1:
        return found.name
    (instrument,) = instruments
    unknown = not instrument or NO_INSTRUMENT.search(instrument)
    return found.name if unknown else f"{found.name} ({instrument_words(instrument)})"


def _measure(printed: str) -> PrintedMeasure:
    """Return what an abbreviation stands for."""
    if printed in PRINTED:
        return PRINTED[printed]
    if printed.endswith(OF_TWO):
        whose = _measure(printed.removesuffix(OF_TWO)).name
        return PrintedMeasure(name=f"{whose}, difference of two")
    plain = PRINTED.get(printed.removeprefix(STANDARDIZED))
    if plain is not None and plain.has_units:
        return PrintedMeasure(name=f"Standardized {in_sentence(plain.name)}")
    return PrintedMeasure(name=printed.replace("_", " ") or NO_MEASURE)
