"""ASYMMETRY_TESTS: the tests of funnel asymmetry, one row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from metaan.core.effects import GENERIC
from metaan.diagnostics.asymmetry.asymmetry_evidence import Evidence
from metaan.diagnostics.asymmetry.asymmetry_points import (
    Points,
    arcsine_begg_points,
    arcsine_points,
    begg_points,
    deeks_points,
    effect_points,
    harbord_points,
    macaskill_points,
    macaskill_pooled_points,
    peters_points,
    pustejovsky_points,
    schwarzer_points,
)

STANDARDIZED = "SM"  # keys of standardized means begin so, and two groups make a difference
MULTIPLICATIVE, MIXED, MOMENTS, RANKS = "multiplicative", "mixed", "moments", "ranks"
MORENO = "10.1186/1471-2288-9-2"
THOMPSON_SHARP = "10.1002/(SICI)1097-0258(19991030)18:20<2693::AID-SIM235>3.0.CO;2-V"
RUECKER = "10.1002/sim.2971"


@dataclass(frozen=True, slots=True, kw_only=True)
class AsymmetryMethod:
    """A row of ``ASYMMETRY_TESTS``.

    Attributes
    ----------
    key, name : str
        Key, and name inside a sentence.
    points : callable
        ``points(evidence) -> Points``.
    model : str
        "multiplicative" (weighted line, spread estimated), "mixed" (meta-regression as in the
        fit), "moments" (meta-regression with the moment estimator and t(k - 2)) or "ranks".
    doi : str
        Where it was published.
    open : bool
        Whether the predictor is the caller's choice.
    own_error : bool
        Whether effects are compared with their own standard errors.
    events, sizes, ratios : bool
        Whether it asks for two-by-two tables, for the sizes of two groups, for log ratios.
    only_for : str
        Kind of effects that it is for, if that cannot be told from the numbers: the test has to
        be asked for by name unless they are known to be such.
    """

    key: str
    name: str
    points: Callable[[Evidence], Points]
    model: str
    doi: str
    open: bool = False
    own_error: bool = False
    events: bool = False
    sizes: bool = False
    ratios: bool = False
    only_for: str = ""


_ROWS = (
    AsymmetryMethod(
        key="EGGER",
        name="Egger's regression test",
        points=effect_points,
        model=MULTIPLICATIVE,
        doi="10.1136/bmj.315.7109.629",
        open=True,
        own_error=True,
    ),
    AsymmetryMethod(
        key="EGGER_MIXED",
        name="the mixed-effects version of Egger's regression test",
        points=effect_points,
        model=MIXED,
        doi=MORENO,
        open=True,
        own_error=True,
    ),
    AsymmetryMethod(
        key="THOMPSON",
        name="Thompson and Sharp's regression test",
        points=effect_points,
        model=MOMENTS,
        doi=THOMPSON_SHARP,
        open=True,
        own_error=True,
    ),
    AsymmetryMethod(
        key="BEGG",
        name="Begg and Mazumdar's rank correlation test",
        points=begg_points,
        model=RANKS,
        doi="10.2307/2533446",
        own_error=True,
    ),
    AsymmetryMethod(
        key="HARBORD",
        name="Harbord's score test",
        points=harbord_points,
        model=MULTIPLICATIVE,
        doi="10.1002/sim.2380",
        events=True,
    ),
    AsymmetryMethod(
        key="PETERS",
        name="Peters' regression test",
        points=peters_points,
        model=MULTIPLICATIVE,
        doi="10.1001/jama.295.6.676",
        events=True,
        ratios=True,
    ),
    AsymmetryMethod(
        key="MACASKILL",
        name="Macaskill's regression test",
        points=macaskill_points,
        model=MULTIPLICATIVE,
        doi="10.1002/sim.698",
        events=True,
        ratios=True,
    ),
    AsymmetryMethod(
        key="MACASKILL_POOLED",
        name="Macaskill's regression test with pooled variances",
        points=macaskill_pooled_points,
        model=MULTIPLICATIVE,
        doi="10.1002/sim.698",
        events=True,
        ratios=True,
    ),
    AsymmetryMethod(
        key="SCHWARZER",
        name="Schwarzer's rank test of cell counts",
        points=schwarzer_points,
        model=RANKS,
        doi="10.1002/sim.2588",
        events=True,
    ),
    AsymmetryMethod(
        key="ARCSINE_EGGER",
        name="Egger's regression test of arcsine differences",
        points=arcsine_points,
        model=MULTIPLICATIVE,
        doi=RUECKER,
        events=True,
    ),
    AsymmetryMethod(
        key="ARCSINE_THOMPSON",
        name="Thompson and Sharp's regression test of arcsine differences",
        points=arcsine_points,
        model=MOMENTS,
        doi=RUECKER,
        events=True,
    ),
    AsymmetryMethod(
        key="ARCSINE_BEGG",
        name="the rank correlation test of arcsine differences",
        points=arcsine_begg_points,
        model=RANKS,
        doi=RUECKER,
        events=True,
    ),
    AsymmetryMethod(
        key="DEEKS",
        name="Deeks' regression test",
        points=deeks_points,
        model=MULTIPLICATIVE,
        doi="10.1016/j.jclinepi.2005.01.016",
        events=True,
        ratios=True,
        only_for="diagnostic odds ratios",
    ),
    AsymmetryMethod(
        key="PUSTEJOVSKY",
        name="Pustejovsky and Rodgers' regression test",
        points=pustejovsky_points,
        model=MULTIPLICATIVE,
        doi="10.1002/jrsm.1332",
        sizes=True,
        only_for="standardized mean differences",
    ),
)
ASYMMETRY_TESTS: Mapping[str, AsymmetryMethod] = MappingProxyType({row.key: row for row in _ROWS})
EGGER, EGGER_MIXED, THOMPSON, BEGG, HARBORD, PETERS, *_ = ASYMMETRY_TESTS
SCHWARZER, PUSTEJOVSKY = _ROWS[8].key, _ROWS[-1].key


def standardized_differences(evidence: Evidence) -> bool:
    """Return whether the effects are known to be standardized mean differences."""
    return evidence.effects.measure.startswith(STANDARDIZED) and evidence.sizes is not None


def misfit(row: AsymmetryMethod, evidence: Evidence) -> str:
    """Return why a test cannot be made of this evidence, with the remedy, or ``""``."""
    if row.events and evidence.all_tables is None:
        return (
            "needs the two-by-two tables: give counts(table), or effects with the columns "
            "events1, n1, events2, n2 as effect_sizes keeps them"
        )
    if row.sizes and evidence.sizes is None:
        return "needs the sizes of both groups: give effects with the columns n1 and n2"
    if row.events and row.ratios and evidence.tables is None:
        return "needs effects with the columns of their own two-by-two tables"
    if row.ratios and not evidence.effects.scale.is_log:
        return "needs logarithms of ratios: pool odds ratios or risk ratios"
    if row.key == SCHWARZER and not _whole(evidence):
        return f'needs whole numbers of events and people; method="{HARBORD}" takes fractions'
    if row.key == PUSTEJOVSKY and not _may_be_standardized(evidence):
        return f"is for {row.only_for}; the effects are another measure, with no such defect"
    return ""


def unasked(row: AsymmetryMethod, evidence: Evidence) -> str:
    """Return why a test is not made unless it is asked for by name, or ``""``."""
    if not row.only_for or (row.key == PUSTEJOVSKY and standardized_differences(evidence)):
        return ""
    return f"is for {row.only_for}; ask for it by name if the effects are such"


def _whole(evidence: Evidence) -> bool:
    tables = evidence.all_tables
    if tables is None:
        return False
    cells = np.stack([tables.events1, tables.whole1, tables.events2, tables.whole2])
    return bool((cells == np.floor(cells)).all())


def _may_be_standardized(evidence: Evidence) -> bool:
    return standardized_differences(evidence) or evidence.effects.measure == GENERIC
