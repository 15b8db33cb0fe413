"""Wilson 2011, Campbell review, as clubSandwich 0.5.8 prints it (meta-analysis-with-CRVE).

"Meta-analysis with cluster-robust variance estimation", J. E. Pustejovsky, 2022-08-13: the
hierarchical model with 22 coefficients, Satterthwaite degrees of freedom, and the F test of Tipton
and Pustejovsky 2015, doi:10.3102/1076998615606099. Data: ``wilson2011.csv``, dropoutPrevention of
that package (missing values imputed there) with the vignette's names of the levels.
"""

from __future__ import annotations

from functools import cache

import metaan as ma
from tests.papers.pooled import reads
from tests.papers.tabled import data
from tests.tolerance import Tolerance, close

TAU2, OMEGA2 = 0.1024663, 0.24907
FORMULA = (
    "~ study_design + attrition + group_equivalence + adjusted + outcome + eval + male_pct"
    " + white_pct + average_age + implement + program_site + duration + service_hrs"
)
# Estimate, standard error, t, degrees of freedom, p, limits.
PRINTED = """
0.016899 0.615399 0.0275 16.9 0.97841541 -1.28228 1.31608
-0.002626 0.185142 -0.0142 40.5 0.98875129 -0.37667 0.37141
-0.086872 0.140044 -0.6203 38.6 0.53869676 -0.37024 0.19650
0.118889 0.247228 0.4809 15.5 0.63732597 -0.40666 0.64444
0.502463 0.195838 2.5657 28.7 0.01579282 0.10174 0.90318
-0.322480 0.125413 -2.5713 33.8 0.01470796 -0.57741 -0.06755
0.097059 0.139842 0.6941 16.5 0.49727848 -0.19862 0.39274
0.147643 0.134938 1.0942 30.2 0.28253825 -0.12786 0.42315
0.258034 0.169134 1.5256 16.3 0.14632629 -0.10006 0.61613
-0.765085 0.399109 -1.9170 6.2 0.10212896 -1.73406 0.20389
-0.920874 0.346536 -2.6574 5.6 0.04027061 -1.78381 -0.05794
-0.916673 0.304303 -3.0124 4.7 0.03212299 -1.71432 -0.11903
0.167965 0.181538 0.9252 16.4 0.36824526 -0.21609 0.55202
0.022915 0.149394 0.1534 21.8 0.87950385 -0.28704 0.33287
0.037102 0.027053 1.3715 21.2 0.18458247 -0.01913 0.09333
0.411779 0.128898 3.1946 26.7 0.00358205 0.14714 0.67642
0.658570 0.123874 5.3164 34.6 0.00000635 0.40699 0.91015
0.444384 0.172635 2.5741 28.6 0.01550504 0.09109 0.79768
0.426658 0.159773 2.6704 37.4 0.01115192 0.10303 0.75028
0.262517 0.160519 1.6354 30.1 0.11236814 -0.06525 0.59028
0.000427 0.000873 0.4895 36.7 0.62736846 -0.00134 0.00220
-0.003434 0.005012 -0.6852 36.7 0.49752503 -0.01359 0.00672
"""
P_VALUE = Tolerance(
    relative=1e-4,
    absolute=5e-9,
    reason="printed with eight decimals, of weights known to five digits of omega2",
)
LEVELS = {
    "study_design": ["matched", "unmatched", "RCT"],
    "adjusted": ["no", "yes"],
    "outcome": ["dropout", "enrolled", "graduation", "graduation/ged"],
    "eval": ["independent", "indirect", "planning", "delivery"],
    "implement": ["low", "medium", "high"],
    "program_site": ["community", "mixed", "classroom", "school"],
}


@cache
def fitted():
    """Return the fit at the printed variances, the levels in the vignette's order."""
    table = data("wilson2011")
    columns = {}
    for name in table.columns[3:]:
        values = list(table[name])
        # Sorted names keep the vignette's order of the levels.
        columns[name] = (
            [f"{LEVELS[name].index(each)}_{each}" for each in values] if name in LEVELS else values
        )
    effects = ma.Effects.from_arrays(
        table["LOR1"], table["varLOR"], columns={"study": list(table["studyID"]), **columns}
    )
    fit = ma.regress(effects, FORMULA, tau2=TAU2 + OMEGA2)
    return ma.robust(fit, cluster="study", kind="CR2")


def in_order(fit):
    """Return the coefficients in the printed order: the formula's, categories with the rest."""
    terms = [term.strip() for term in FORMULA.removeprefix("~ ").split("+")]
    places = [0, *(place for term in terms for place in fit.fit.terms[term])]
    return [fit.coefficients[place] for place in places]


def test_coefficients():
    """All 22 coefficients with Satterthwaite's degrees of freedom, 385 effects of 152 studies."""
    fit = fitted()
    assert (fit.m, fit.fit.k, fit.fit.p) == (152, 385, 22)
    lines = [line.split() for line in PRINTED.split("\n") if line]
    for found, texts in zip(in_order(fit), lines, strict=True):
        value, se, statistic, df, p_value, low, high = texts
        ours = [found.value, found.se, found.statistic, found.df, found.low, found.high]
        assert reads(ours, value, se, statistic, df, low, high)
        assert close(found.p_value, float(p_value), P_VALUE)


def test_evaluator_independence():
    """F 2.78 with 3 and 16.8 degrees of freedom, p 0.0732 (approximate Hotelling's T2)."""
    test = fitted().test("eval")
    assert test.df == 3
    assert reads([test.statistic, test.df_residual, test.p_value], "2.78", "16.8", "0.0732")
