"""Rücker, Petropoulou, Schwarzer 2020: components of treatments of depression (Linde 2016).

Biom J 62:808, doi:10.1002/bimj.201800167; figures as metadat 1.7-2 prints them on its page
reference/dat.linde2016.html (additive model of 93 studies, Placebo inactive, tau² by the method of
moments, Wald intervals). That page starts from the arms; the pinned data set holds their contrasts
with six decimals.
"""

from __future__ import annotations

from functools import cache

import pytest

from metaan.networks.components.component_network import network_components
from tests.networks.pinned import linde2016
from tests.papers.pooled import reads

# Odds ratio against placebo with limits, z.
PRINTED = """
SSRI                         1.69 1.45 1.97 6.81
Face-to-face CBT             2.31 1.44 3.70 3.48
Face-to-face interpsy        1.10 0.79 1.54 0.57
Face-to-face PST             1.37 0.96 1.96 1.72
Face-to-face CBT + SSRI      3.91 2.32 6.59 5.12
Face-to-face interpsy + SSRI 1.86 1.25 2.78 3.05
Face-to-face PST + SSRI      2.32 1.52 3.53 3.91
Face-to-face psychodyn       1.52 0.47 4.96 0.70
Other face-to-face           2.08 1.29 3.33 3.02
TCA                          1.74 1.47 2.05 6.53
SNRI                         1.90 1.47 2.46 4.91
NRI                          1.43 0.90 2.26 1.52
Low-dose SARI                1.83 1.24 2.69 3.05
NaSSa                        1.21 0.88 1.65 1.18
rMAO-A                       1.07 0.72 1.59 0.33
Ind drug                     2.76 1.04 7.33 2.03
Hypericum                    1.99 1.61 2.46 6.41
Remote CBT                   2.33 1.42 3.81 3.36
Self-help CBT                2.08 1.23 3.53 2.72
No contact CBT               1.89 1.10 3.27 2.29
UC                           1.24 0.83 1.85 1.07
"""
ROWS = [(line[:29].strip(), line[29:].split()) for line in PRINTED.strip().split("\n")]


@cache
def fitted():
    """Return the additive model."""
    return network_components(linde2016(), inactive="Placebo", tau2="DL", inference="WALD")


@pytest.mark.parametrize(("name", "texts"), ROWS, ids=[name for name, _ in ROWS])
def test_treatments_against_placebo(name, texts):
    """All 21, the three combinations among them."""
    found = fitted().effect(name, "Placebo")
    read = found.read()
    assert reads([read.value, read.low, read.high, found.statistic], *texts)


@pytest.mark.parametrize(
    ("name", "texts"), [row for row in ROWS if " + " not in row[0]], ids=lambda value: str(value)
)
def test_incremental_effects_of_components(name, texts):
    """All 18: of components that were tried alone they are those of the treatments."""
    found = fitted().component(name)
    read = found.read()
    assert reads([read.value, read.low, read.high, found.statistic], *texts)


def test_heterogeneity_and_additivity():
    """tau² 0.0208, I² 17.5%; Q 109.12 (90), 102.45 (87), 6.67 (3)."""
    fit = fitted()
    assert (fit.k, len(fit.treatments), len(fit.components)) == (93, 22, 18)
    assert reads([fit.tau2, fit.heterogeneity.i2_q], "0.0208", "17.5")
    test = fit.additivity
    assert (test.df_additive, test.df_standard, test.df) == (90, 87, 3)
    assert reads([test.q_additive, test.q_standard, test.q], "109.12", "102.45", "6.67")
    assert reads([fit.heterogeneity.p_value, test.p_value], "0.0832", "0.0831")
