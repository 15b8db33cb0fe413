"""What metafor's ``escalc`` calls things, and which of its measures version 3.8 has as we do.

Its measures have our names. Where its numbers are others, or only later versions have them, is
told measure by measure in ``tests/reference/README.md`` and ``tests/reference/make/variants.csv``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType, ModuleType

from metaan.core.arrays import FrozenDict
from metaan.measures import (
    binary,
    biserial,
    contingency,
    correlation,
    differences,
    explained,
    matched,
    paired,
    paired_average,
    paired_ratios,
    proportions,
    rates,
    standardized,
    superiority,
    tetrachoric,
)
from metaan.measures.row import (
    AREA,
    CONTROL_SD,
    CORRELATION,
    EARLIER_SD,
    EVENTS,
    EXPLAINED,
    GENOTYPES,
    MATCHED,
    MEANS,
    ONE_EVENTS,
    ONE_MEAN,
    ONE_RATE,
    ONE_SD,
    PAIRED,
    PAIRED_SDS,
    PARTIAL,
    RATES,
    RELIABILITY,
    SDS,
    SEMI_PARTIAL,
)


def _keys(family: ModuleType) -> tuple[str, ...]:
    return tuple(row.key for row in family.ROWS)


SMD, SMDH, SMD1, SMD1H = _keys(standardized)
MD, ROM, VR, CVR = _keys(differences)
RR, OR, RD, *_ = _keys(binary)
PHI, ZPHI, *_ = _keys(contingency)
RPB, RBIS, ZPB, ZBIS, *_ = _keys(biserial)
PR, PLN, PLO, PRZ, *_ = _keys(proportions)
COR, UCOR, ZCOR, PCOR, ZPCOR, SPCOR, ZSPCOR = _keys(correlation)
MC, SMCC, SMCR, SMCRH = _keys(paired)
ROMC, VRC, CVRC = _keys(paired_ratios)
R2, ZR2, R2F, ZR2F = _keys(explained)
MPORM = _keys(matched)[-1]
IRR, IRD, IRSD, IR, IRLN, *_ = _keys(rates)

# What metafor's escalc calls the inputs of a measure, in their order.
ARGUMENTS: Mapping[tuple[str, ...], tuple[str, ...]] = MappingProxyType(
    {
        EVENTS: ("ai", "n1i", "ci", "n2i"),
        RATES: ("x1i", "t1i", "x2i", "t2i"),
        MEANS: ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"),
        CONTROL_SD: ("m1i", "n1i", "m2i", "sd2i", "n2i"),
        SDS: ("sd1i", "n1i", "sd2i", "n2i"),
        AREA: ("ai", "n1i", "n2i"),
        ONE_MEAN: ("mi", "sdi", "ni"),
        ONE_SD: ("sdi", "ni"),
        ONE_EVENTS: ("xi", "ni"),
        ONE_RATE: ("xi", "ti"),
        CORRELATION: ("ri", "ni"),
        PARTIAL: ("ti", "ni", "mi"),
        SEMI_PARTIAL: ("ti", "ni", "mi", "r2i"),
        EXPLAINED: ("r2i", "ni", "mi"),
        PAIRED: ("m1i", "sd1i", "m2i", "sd2i", "ri", "ni"),
        EARLIER_SD: ("m1i", "m2i", "sd1i", "ri", "ni"),  # R's sd1i is that of the earlier mean
        PAIRED_SDS: ("sd1i", "sd2i", "ri", "ni"),
        MATCHED: ("ai", "bi", "ci", "di"),
        RELIABILITY: ("ai", "mi", "ni"),
        GENOTYPES: ("ai", "bi", "ci"),
    }
)
# Of which the order of the two SDs is another (see the README).
BY_EARLIER_SD = (SMCRH,)
# Whose numbers R has otherwise (see the README): effects are handed over.
OTHER_NUMBERS = frozenset({*_keys(tetrachoric), R2F, ZR2F, MPORM, UCOR})
# That version 3.8 does not know, or computes otherwise.
LATER_MEASURES = frozenset(
    {
        *_keys(superiority), *_keys(paired_average), ZPHI, ZPB, ZBIS, PRZ, ZSPCOR, R2, ZR2, SMDH,
        SMD1H, SMCRH, PCOR, ZPCOR, ROM, CVR, ROMC, CVRC,
    }
)  # fmt: skip
# Variances that version 3.8 has for these measures, by metafor's names, which are ours.
LARGE, SECOND, UNBIASED, AVERAGED = "LS", "LS2", "UB", "AV"
EARLY_VARIANCES: Mapping[str, tuple[str, ...]] = FrozenDict(
    {
        SMD: (LARGE, SECOND, UNBIASED, AVERAGED),
        SMD1: (LARGE, SECOND, UNBIASED, AVERAGED),
        MD: (LARGE, "HO"),
        RD: (LARGE, UNBIASED, AVERAGED),
        PR: (LARGE, UNBIASED, AVERAGED),
        PLN: (LARGE, AVERAGED),
        PLO: (LARGE, AVERAGED),
        PHI: (LARGE, "ST", "CS"),
        RPB: (LARGE, "ST", "CS"),
        COR: (LARGE, AVERAGED),
        SMCC: (LARGE, SECOND),
        SMCR: (LARGE, SECOND),
    }
)
