"""Printed tests of small-study effects: the reference pages of R's metafor.

https://wviechtb.github.io/metafor/reference/regtest.html and ranktest.html. Data: 16 trials of
magnesium in myocardial infarction (``dat.egger2001`` of R's metadat 1.2-0, whose help page names
Egger, Davey Smith and Altman 2001), without ISIS-4 as on the page; the pinned BCG trials.
"""

from __future__ import annotations

import pytest

import metaan as ma
from metaan.diagnostics.asymmetry.asymmetry_testing import asymmetry_test, egger
from metaan.diagnostics.asymmetry.pet_peese import pet_peese
from tests.papers.pooled import reads
from tests.papers.tabled import bcg_effects, data

ARMS = {"events1": "ai", "n1": "n1i", "events2": "ci", "n2": "n2i", "study": "id"}
PRINTED = [
    ("EGGER", "SE", ("-3.1783", "0.0073"), ("-0.1512", "-0.5130", "0.2106")),
    ("EGGER_MIXED", "SE", ("-2.8062", "0.0050"), ("-0.1639", "-0.5681", "0.2402")),
    ("EGGER_MIXED", "N", ("1.7938", "0.0728"), None),
    ("EGGER", "N", ("2.8955", "0.0125"), None),
    ("EGGER", "1/N", ("-2.3230", "0.0370"), ("-0.3731", "-0.6872", "-0.0591")),
    ("EGGER_MIXED", "1/N", ("-1.4313", "0.1524"), ("-0.5636", "-1.0712", "-0.0559")),
]


def magnesium():
    """Return the pool of the log odds ratios of the trials but ISIS-4, z test."""
    table = data("egger2001")
    return ma.pool(ma.effect_sizes(table[table["study"] != "ISIS-4"], "OR", **ARMS),
                   tau2="REML", inference="WALD")  # fmt: skip


@pytest.mark.parametrize(("method", "predictor", "test", "limit"), PRINTED)
def test_regtest_page(method, predictor, test, limit):
    """Statistic and p-value; the limit estimate where the predictor has one."""
    found = asymmetry_test(magnesium(), method, predictor=predictor)
    assert reads([found.statistic, found.p_value], *test)
    assert found.df == (13 if method == "EGGER" else float("inf"))
    assert (found.limit is None) == (limit is None)
    if limit is not None:
        assert reads([found.limit.value, found.limit.low, found.limit.high], *limit)


def test_the_note_on_pet():
    """The page's note: the limit estimate of the classical test is that of PET."""
    fit = magnesium()
    assert pet_peese(fit).pet.value == egger(fit).limit.value
    assert pet_peese(fit).chosen == "PET"


def test_ranktest_page():
    """Kendall's tau and its exact p-value, BCG trials, log risk ratios."""
    found = asymmetry_test(ma.pool(bcg_effects("RR")), "BEGG")
    assert reads([found.tau, found.p_value], "0.0256", "0.9524")
