"""What the columns of each data file mean, and which values they may hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from metaan.core.effects import GENERIC
from metaan.measures.table import MEASURES

PRINTED = tuple(key for key in MEASURES if key != GENERIC)  # measures of a printed contrast
MEASURE_TYPES = ("endpoint", "change", "events")
ENDPOINT, CHANGE, EVENTS = MEASURE_TYPES
TERMS = ("baseline", "immediate", "short", "intermediate", "long")
BASELINE = TERMS[0]
MEMBERSHIPS = ("in_13rct", "in_33study", "in_63rct", "in_sham")
KNOWN = ("confirmed", "inferred")
# Cautions about a row, and what they mean; data/README.md has them too.
FLAGS: Mapping[str, str] = MappingProxyType(
    {
        "adjusted": "model-adjusted mean, difference or percentage",
        "arm_order_inferred": "order of arms inferred from agreement with published differences",
        "baseline_imbalance": "arm differs at baseline by about 1 RMDQ point",
        "ci_derived": "interval computed from the SE",
        "direction_doubtful": "direction of the scale in this study uncertain",
        "events_from_percent": "events = rounded percent x n; may be off by 1 or 2",
        "identical_arms": "same figures printed for both arms",
        "identity_inferred": "trial behind the figure inferred",
        "n_derived": "n obtained from totals",
        "n_inferred": "n obtained from percentages",
        "n_randomized": "n randomized or allocated; n analyzed was not read",
        "percent_not_count": "percentage without count (in mean)",
        "read_from_figure": "read off a figure by the source",
        "reconstructed": "counts rebuilt from a printed ratio and interval",
        "rescaled": "0-10 value multiplied by 10",
        "scale_unknown": "instrument or range not stated",
        "sd_derived": "SD from SE, interval or difference interval",
        "sd_implausible": "SD very small for the scale, perhaps not an SD",
        "sd_imputed": "SD probably imputed by the source",
        "sd_suspected_se": "printed as SD but looks like an SE; left as printed",
        "se_approximate": "SE of a derived contrast, approximate",
        "se_printed_as_sd": "printed as SD, taken as SE here and converted",
        "second_hand": "not read in the report of the trial or in a systematic review",
        "shared_control": "shares its comparator with other rows of the study",
        "sign_reversed": "printed as an improvement; reversed to follow-up minus baseline",
        "single_arm": "the other arm could not be read",
        "timepoint_inferred": "week inferred",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a data file.

    Attributes
    ----------
    name, meaning : str
        Header and what it holds, with its unit.
    number : bool
        True for numbers, False for text.
    whole : bool
        True if the number must be an integer.
    header : bool
        True if the column must exist.
    filled : bool
        True if no cell may be empty.
    low, high : float
        Limits of a number, inclusive.
    above : float
        A limit that the number must exceed.
    choices : tuple of str
        Allowed texts; empty for any.
    """

    name: str
    meaning: str
    number: bool = False
    whole: bool = False
    header: bool = False
    filled: bool = False
    low: float = float("-inf")
    high: float = float("inf")
    above: float = float("-inf")
    choices: tuple[str, ...] = ()


def _text(name: str, meaning: str, *, need: bool = False, fill: bool = False) -> Column:
    return Column(name=name, meaning=meaning, header=need or fill, filled=fill)


_SOURCE = (
    _text("as_reported", "the figures as printed"),
    _text("derivation", "how a value was derived; empty if printed"),
    _text("source_doi", "DOI of the source", need=True),
    _text("source_citation", "where the figure was read", need=True),
    _text("source_kind", "primary, review, registry or secondary"),
    _text("source_url", "address"),
    _text("source_locus", "table, figure or abstract"),
    _text("flags", "cautions, joined by a vertical bar"),
    Column(name="preferred", meaning="1 or 0", choices=("0", "1")),
    _text("notes", "remark"),
)

ARMS = (
    _text("row_id", "stable id of the row"),
    _text("study_id", "key of studies.csv", fill=True),
    _text("arm", "number of the arm within its study", fill=True),
    _text("arm_label", "what the source calls it"),
    _text("treatment", "key of treatments.csv", fill=True),
    _text("components", "what the arm received, joined by +"),
    _text("outcome", "outcome", fill=True),
    _text("instrument", "key of instruments.csv", fill=True),
    Column(name="timepoint_weeks", meaning="weeks since randomization", number=True, low=0),
    Column(name="term", meaning="time class", header=True, choices=TERMS),
    Column(
        name="measure_type",
        meaning="what mean or events are",
        header=True,
        filled=True,
        choices=MEASURE_TYPES,
    ),
    Column(name="n", meaning="participants", number=True, whole=True, header=True, above=0),
    Column(name="mean", meaning="in units of the instrument", number=True, header=True),
    Column(name="sd", meaning="in units of the instrument", number=True, header=True, above=0),
    Column(name="se", meaning="in units of the instrument", number=True, above=0),
    Column(name="ci_low", meaning="95% limit of the arm mean", number=True),
    Column(name="ci_high", meaning="95% limit of the arm mean", number=True),
    Column(
        name="events",
        meaning="participants with the event",
        number=True,
        whole=True,
        header=True,
        low=0,
    ),
    *_SOURCE,
)

CONTRASTS = (
    _text("row_id", "stable id of the row", fill=True),
    _text("study_id", "key of studies.csv", fill=True),
    _text("outcome", "outcome", fill=True),
    _text("instrument", "key of instruments.csv", fill=True),
    Column(name="timepoint_weeks", meaning="weeks since randomization", number=True, low=0),
    Column(name="term", meaning="time class", header=True, choices=TERMS),
    _text("arm1", "arm of trials.csv"),
    _text("arm2", "arm of trials.csv"),
    _text("treat1", "key of treatments.csv", fill=True),
    _text("treat2", "key of treatments.csv", fill=True),
    Column(name="n1", meaning="participants", number=True, whole=True, above=0),
    Column(name="n2", meaning="participants", number=True, whole=True, above=0),
    Column(name="measure", meaning="effect measure", header=True, filled=True, choices=PRINTED),
    Column(
        name="estimate", meaning="treat1 minus treat2, or their ratio", number=True, header=True
    ),
    Column(name="ci_low", meaning="95% limit", number=True, header=True),
    Column(name="ci_high", meaning="95% limit", number=True, header=True),
    Column(name="se", meaning="standard error", number=True, above=0),
    _text("p", "as printed"),
    *_SOURCE,
)

STUDIES = (
    _text("study_id", "first author and year", fill=True),
    _text("first_author", "family name"),
    _text("year", "year of publication"),
    _text("title", "title"),
    _text("journal", "journal"),
    _text("doi", "DOI of the report"),
    _text("condition", "acute, chronic or mixed low back pain"),
    _text("notes", "remark"),
    *(Column(name=name, meaning="membership of a review", choices=KNOWN) for name in MEMBERSHIPS),
)

INSTRUMENTS = (
    _text("instrument", "key", fill=True),
    _text("outcome", "outcome", fill=True),
    Column(name="low", meaning="lowest possible value", number=True, header=True),
    Column(name="high", meaning="highest possible value", number=True, header=True),
    _text("unit", "unit", need=True),
    Column(
        name="better",
        meaning="which direction is better",
        header=True,
        filled=True,
        choices=("lower", "higher"),
    ),
    _text("note", "remark"),
)

TREATMENTS = (
    _text("treatment", "key", fill=True),
    _text("label", "for readers", fill=True),
    _text("group", "group of nodes", fill=True),
    _text("description", "what counts as this node"),
)

COMPONENTS = (
    _text("component", "key", fill=True),
    _text("group", "group of treatments.csv it belongs to", fill=True),
    _text("sham_type", "penetrating, non-penetrating, device or not stated; empty if no sham"),
    _text("note", "remark"),
)

REVIEWS = (
    _text("pool_id", "key", fill=True),
    _text("review_id", "review", fill=True),
    _text("citation", "citation", fill=True),
    *(
        _text(name, "as named")
        for name in (
            "doi",
            "comparison",
            "treat1",
            "treat2",
            "outcome",
            "instrument",
            "term",
            "measure",
            "model",
            "certainty",
            "as_reported",
            "source_url",
            "source_locus",
            "notes",
        )
    ),
    *(
        Column(name=name, meaning="as printed", number=True, header=True)
        for name in (
            "k",
            "n_participants",
            "estimate",
            "ci_low",
            "ci_high",
            "i2",
            "declared_k_review",
            "declared_n_review",
        )
    ),
)

FILES: Mapping[str, tuple[Column, ...]] = MappingProxyType(
    {
        "trials": ARMS,
        "contrasts": CONTRASTS,
        "studies": STUDIES,
        "instruments": INSTRUMENTS,
        "treatments": TREATMENTS,
        "components": COMPONENTS,
        "reviews": REVIEWS,
    }
)
