"""Words for readers in place of the keys of data and declarations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from metaan.core.lookup import look_up
from metaan.measures.row import EVENTS, MEANS
from metaan.measures.table import MEASURES
from metaan.tau2.table import ESTIMATORS
from metaan.trials.schema import FLAGS
from metaan.univariate.inference import INFERENCES
from metaan.univariate.prediction import PREDICTIONS

# What groups are called where their key alone says too little.
GROUP_LABELS = {"physical": "Physical treatment", "other": "Other treatment"}
OUTCOMES = {"responder": "response", "adverse_event": "adverse events"}
RANGE = re.compile(r"_(\d+)_(\d+)$")
INSTRUMENT = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Za-z0-9]+)+\b")
# What a message goes on with for those who program.
REMEDY = re.compile(r": name one with contrast_sd=\{.*?\}|; select\(instrument=.*$")
PRINTED_ALONE = "only a printed"  # what the reason begins with where nothing else is on file
PRINTED = re.compile(rf"{PRINTED_ALONE} (\w+): no (\w+)")
LONGEST_ABBREVIATION = 6
ORDINARY = frozenset(
    {"ANY", "COUNT", "DAYS", "EVENT", "GLOBAL", "INDEX", "MIXED", "PAIN", "SCORE", "SEVERE",
     "SIDE", "TOTAL", "UNITS"}
)  # fmt: skip
METHODS = frozenset({*INFERENCES, *PREDICTIONS, *ESTIMATORS})


def plain(key: str) -> str:
    """Return a key as words."""
    return key.replace("_", " ")


def instrument_words(key: str) -> str:
    """Return an instrument as words, its range with a dash.

    Examples
    --------
    >>> instrument_words("VAS_0_100"), instrument_words("BOTHERSOMENESS_0_10")
    ('VAS 0–100', 'bothersomeness 0–10')
    """
    words = RANGE.sub(r" \1–\2", key).replace("_", " ").split(" ")
    return " ".join(word.lower() if word in ORDINARY or _is_long(word) else word for word in words)


def _is_long(word: str) -> bool:
    return word.isupper() and len(word) > LONGEST_ABBREVIATION


def for_readers(text: str) -> str:
    """Return a remark or a reason without keys of instruments and without hints for code.

    Examples
    --------
    >>> for_readers('only a printed MD, no SD: name one with contrast_sd={"VAS_0_100": ...}')
    'only a printed MD, no SD'
    >>> for_readers("only a printed RR: no OR"), for_readers("only a printed RR: no SMD")
    ('only a printed RR, no events', 'only a printed RR, no means')
    """
    text = PRINTED.sub(_printed, REMEDY.sub("", text))
    return INSTRUMENT.sub(
        lambda found: found[0] if found[0] in METHODS else instrument_words(found[0]), text
    )


def _printed(found: re.Match[str]) -> str:
    """Return which numbers a study lacks of which only an effect is printed."""
    inputs = MEASURES[found[2]].inputs if found[2] in MEASURES else ()
    for needed, what in ((EVENTS, "events"), (MEANS, "means")):
        if needed[0] in inputs:
            return f"only a printed {found[1]}, no {what}"
    return found[0]


def group_label(key: str) -> str:
    """Return a group of treatments with a capital."""
    return GROUP_LABELS.get(key, plain(key).capitalize())


def outcome_words(key: str) -> str:
    """Return an outcome as words."""
    return OUTCOMES.get(key, plain(key))


def flag_words(key: str) -> str:
    """Return what a caution means, short enough to stand in a list.

    Examples
    --------
    >>> flag_words("sd_suspected_se"), flag_words("my_own")
    ('printed as SD but looks like an SE', 'my own')
    """
    return FLAGS.get(key, plain(key)).partition(";")[0]


def interval_words(name: str) -> str:
    """Return how an interval is made: what stands after a comma in parentheses.

    Examples
    --------
    >>> interval_words("Hartung-Knapp-Sidik-Jonkman, not narrower than Wald, t(k - p)")
    'Hartung-Knapp-Sidik-Jonkman (not narrower than Wald, t)'
    """
    head, *rest = (part.replace("(k - p)", "").replace(" - ", " − ") for part in name.split(", "))
    return f"{head} ({', '.join(rest)})" if rest else head


def inference_words(key: str) -> str:
    """Return a row of ``INFERENCES`` in words."""
    return interval_words(look_up(INFERENCES, key, argument="inference", what="one").name)


def prediction_words(key: str) -> str:
    """Return a row of ``PREDICTIONS`` in words."""
    return interval_words(look_up(PREDICTIONS, key, argument="prediction", what="one").name)


def labels_of(names: Iterable[str], labels: Mapping[str, str] | pd.Series) -> list[str]:
    """Return studies by their labels; by their ids where these are not known."""
    return [str(labels.get(name, name)) for name in names]


def without_keys(text: str, columns: Sequence[str]) -> str:
    """Return a text with the names of some columns as words.

    Examples
    --------
    >>> without_keys("within 4 subgroups by sham_type", ["sham_type"])
    'within 4 subgroups by sham type'
    """
    for name in columns:
        text = re.sub(rf"\b{re.escape(name)}\b", plain(name), text)
    return text
