"""Fisher and Tipton 2015, arXiv:1503.02220 (the vignette of R's robumeta): printed robust fits.

Data: ``tannersmith2013.csv`` (Tanner-Smith and Tipton 2013, fictional) and ``oswald2013.csv``
(Oswald 2013, the part on neural activity and response latency), as R's robumeta 2.0 has them.
"""

from __future__ import annotations

import numpy as np
import pytest

import metaan as ma
from tests.papers.pooled import reads
from tests.papers.tabled import data


# These variances hold tau2 already, so that the effects seem to agree too well.
@pytest.mark.filterwarnings("ignore::metaan.core.errors.EmptyIntervalWarning")
def test_intercept_only():
    """Section 6.2, page 9: correlated effects, 32 of them in 9 studies.

    Its weights are ``1 / (k (mean v + tau2))`` for the k effects of a study, tau2 0.1849812 from
    its own moment estimator: what independent effects with those variances have.
    """
    table = data("oswald2013")
    by_study = table.groupby("study")["variance"]
    v = by_study.transform("size") * (by_study.transform("mean") + 0.1849812)
    effects = ma.Effects.from_arrays(table["effect"], v, columns={"study": list(table["study"])})
    fit = ma.robust(ma.pool(effects, model="common"), cluster="study", kind="CR2")
    assert (fit.m, effects.k) == (9, 32)
    found = fit.estimate
    assert reads(
        [found.value, found.se, found.statistic, found.df, found.p_value, found.low, found.high],
        *("0.277", "0.181", "1.53", "7.84", "0.164", "-0.141", "0.695"),
    )


def test_meta_regression():
    """Section 6.7, pages 13 and 14: hierarchical effects, 68 of them in 15 clusters.

    Its weights are ``1 / (v + tau2 + omega2)``, with the printed 0.02479249 and 0.1650524.
    """
    table = data("tannersmith2013")
    means = table.groupby("studyid")["followup"].transform("mean")
    columns = {
        "center": list(table["studyid"]),
        "binge": list(table["binge"]),
        "followup_m": list(means),
        "followup_c": list(table["followup"] - means),
    }
    effects = ma.Effects.from_arrays(table["effectsize"], table["var"], columns=columns)
    model = "~ followup_c + followup_m + binge"
    fit = ma.robust(
        ma.regress(effects, model, tau2=0.02479249 + 0.1650524), cluster="center", kind="CR2"
    )
    assert (fit.m, effects.k) == (15, 68)
    printed_lines = [
        ("-0.154226", "0.147671", "-1.044", "6.07", "0.3361", "-0.51461", "0.20615"),
        ("-0.000162", "0.000695", "-0.233", "1.30", "0.8470", "-0.00534", "0.00502"),
        ("0.003467", "0.002320", "1.495", "3.28", "0.2243", "-0.00357", "0.01050"),
        ("0.666645", "0.115623", "5.766", "4.33", "0.0035", "0.35514", "0.97815"),
    ]
    for found, texts in zip(fit.coefficients, printed_lines, strict=True):
        ours = [found.value, found.se, found.statistic, found.df, found.p_value]
        assert reads([*ours, found.low, found.high], *texts)
    assert np.all(fit.covariance == fit.covariance.T)
