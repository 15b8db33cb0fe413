"""The boxes of the PRISMA 2020 flow diagram, the counts in them and what must add up [1]_.

References
----------
.. [1] Page MJ, McKenzie JE, Bossuyt PM, et al. (2021). The PRISMA 2020 statement. BMJ 372:n71.
   doi:10.1136/bmj.n71
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Stream = Literal["previous", "databases", "other"]

BEFORE: Stream = "previous"
DATABASES: Stream = "databases"
OTHER: Stream = "other"
# Boxes that an arrow of their own leads to or from.
BEFORE_BOX, NEW_BOX, TOTAL_BOX, LAST_OTHER_BOX = "previous", "included", "total", "other_assessed"

# Rows of the diagram, from top to bottom, and the stages that they belong to.
IDENTIFIED, SCREENED, SOUGHT, ASSESSED, INCLUDED, TOTAL = range(6)
STAGES = (
    ("Identification", (IDENTIFIED,)),
    ("Screening", (SCREENED, SOUGHT, ASSESSED)),
    ("Included", (INCLUDED, TOTAL)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrismaCount:
    """A number of the diagram.

    Attributes
    ----------
    key, label : str
        Name in code, and the words of the diagram.
    updated : str
        The words in an update of a review; empty where they are the same.
    many : bool
        Whether it may be split by names (databases, reasons).
    spare : bool
        Whether it is left out where it is not given: one example of many.
    """

    key: str
    label: str
    updated: str = ""
    many: bool = False
    spare: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PrismaBox:
    """A box of the diagram.

    Attributes
    ----------
    key : str
        Name in code.
    stream : str
        "previous", "databases" or "other".
    row : int
        Where it stands.
    side : bool
        Whether it stands beside the stream: what left it.
    head : str
        Words above its counts; may be empty.
    counts : tuple of PrismaCount
        From top to bottom.
    """

    key: str
    stream: Stream
    row: int
    counts: tuple[PrismaCount, ...]
    side: bool = False
    head: str = ""


def _count(key: str, label: str, updated: str = "") -> PrismaCount:
    return PrismaCount(key=key, label=label, updated=updated)


def _split(key: str, label: str) -> PrismaCount:
    return PrismaCount(key=key, label=label, many=True)


def _example(key: str, label: str, many: bool = False) -> PrismaCount:
    return PrismaCount(key=key, label=label, many=many, spare=True)


BOXES: Mapping[str, PrismaBox] = MappingProxyType(
    {
        box.key: box
        for box in (
            PrismaBox(
                key="previous", stream="previous", row=IDENTIFIED,
                counts=(
                    _count("previous_studies", "Studies included in previous version of review"),
                    _count(
                        "previous_reports",
                        "Reports of studies included in previous version of review",
                    ),
                ),
            ),
            PrismaBox(
                key="identified", stream="databases", row=IDENTIFIED,
                head="Records identified from:",
                counts=(_split("databases", "Databases"), _split("registers", "Registers")),
            ),
            PrismaBox(
                key="removed", stream="databases", row=IDENTIFIED, side=True,
                head="Records removed before screening:",
                counts=(
                    _count("duplicates", "Duplicate records removed"),
                    _count("automation", "Records marked as ineligible by automation tools"),
                    _count("removed_other", "Records removed for other reasons"),
                ),
            ),
            PrismaBox(
                key="screened", stream="databases", row=SCREENED,
                counts=(_count("screened", "Records screened"),),
            ),
            PrismaBox(
                key="excluded", stream="databases", row=SCREENED, side=True,
                counts=(_split("excluded", "Records excluded"),),
            ),
            PrismaBox(
                key="sought", stream="databases", row=SOUGHT,
                counts=(_count("sought", "Reports sought for retrieval"),),
            ),
            PrismaBox(
                key="not_retrieved", stream="databases", row=SOUGHT, side=True,
                counts=(_count("not_retrieved", "Reports not retrieved"),),
            ),
            PrismaBox(
                key="assessed", stream="databases", row=ASSESSED,
                counts=(_count("assessed", "Reports assessed for eligibility"),),
            ),
            PrismaBox(
                key="reports_excluded", stream="databases", row=ASSESSED, side=True,
                counts=(_split("reports_excluded", "Reports excluded"),),
            ),
            PrismaBox(
                key="included", stream="databases", row=INCLUDED,
                counts=(
                    _count(
                        "included_studies", "Studies included in review",
                        "New studies included in review",
                    ),
                    _count(
                        "included_reports", "Reports of included studies",
                        "Reports of new included studies",
                    ),
                ),
            ),
            PrismaBox(
                key="total", stream="previous", row=TOTAL,
                counts=(
                    _count("total_studies", "Total studies included in review"),
                    _count("total_reports", "Reports of total included studies"),
                ),
            ),
            PrismaBox(
                key="other_identified", stream="other", row=IDENTIFIED,
                head="Records identified from:",
                counts=(
                    _example("websites", "Websites"),
                    _example("organizations", "Organizations"),
                    _example("citations", "Citation searching"),
                    _example("other_methods", "Other methods", many=True),
                ),
            ),
            PrismaBox(
                key="other_sought", stream="other", row=SOUGHT,
                counts=(_count("other_sought", "Reports sought for retrieval"),),
            ),
            PrismaBox(
                key="other_not_retrieved", stream="other", row=SOUGHT, side=True,
                counts=(_count("other_not_retrieved", "Reports not retrieved"),),
            ),
            PrismaBox(
                key="other_assessed", stream="other", row=ASSESSED,
                counts=(_count("other_assessed", "Reports assessed for eligibility"),),
            ),
            PrismaBox(
                key="other_reports_excluded", stream="other", row=ASSESSED, side=True,
                counts=(_split("other_reports_excluded", "Reports excluded"),),
            ),
        )
    }
)  # fmt: skip

PRISMA_COUNTS: Mapping[str, PrismaCount] = MappingProxyType(
    {count.key: count for box in BOXES.values() for count in box.counts}
)
STREAM_OF: Mapping[str, Stream] = MappingProxyType(
    {count.key: box.stream for box in BOXES.values() for count in box.counts}
)
# Over the columns: of a new review, and of an update.
HEADS: Mapping[Stream, tuple[str, str]] = MappingProxyType(
    {
        "previous": ("Previous studies", "Previous studies"),
        "databases": (
            "Identification of studies via databases and registers",
            "Identification of new studies via databases and registers",
        ),
        "other": (
            "Identification of studies via other methods",
            "Identification of new studies via other methods",
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrismaSum:
    """Counts that must add up: ``plus`` less ``minus`` is ``result``; keys of PRISMA_COUNTS.

    With ``fewer`` the result may be less: the diagram has no box for those that left.
    """

    plus: tuple[str, ...]
    result: str
    minus: tuple[str, ...] = ()
    fewer: bool = False


SUMS = (
    PrismaSum(
        plus=("databases", "registers"),
        minus=("duplicates", "automation", "removed_other"),
        result="screened",
    ),
    PrismaSum(plus=("screened",), minus=("excluded",), result="sought"),
    PrismaSum(plus=("sought",), minus=("not_retrieved",), result="assessed"),
    PrismaSum(
        plus=("websites", "organizations", "citations", "other_methods"),
        result="other_sought",
        fewer=True,
    ),
    PrismaSum(plus=("other_sought",), minus=("other_not_retrieved",), result="other_assessed"),
    PrismaSum(
        plus=("assessed", "other_assessed"),
        minus=("reports_excluded", "other_reports_excluded"),
        result="included_reports",
    ),
    PrismaSum(plus=("previous_studies", "included_studies"), result="total_studies"),
    PrismaSum(plus=("previous_reports", "included_reports"), result="total_reports"),
)
# A study has at least one report.
STUDIES_AND_REPORTS = (
    ("previous_studies", "previous_reports"),
    ("included_studies", "included_reports"),
    ("total_studies", "total_reports"),
)
# What the sentence about the figure tells, in its order, where it is reported.
TOLD = (
    ("screened", "records screened"),
    ("assessed", "reports assessed for eligibility"),
    ("included_studies", "studies included"),
    ("total_studies", "studies in total"),
)
