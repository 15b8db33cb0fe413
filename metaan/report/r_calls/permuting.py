"""r_call of a permutation test: ``permutest`` of metafor."""

from __future__ import annotations

import math

from metaan.batch.statistics import DEFAULT_STATISTIC
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.permutation_record import TWO_SIDED, PermutationTest
from metaan.report.r_calls.call import RCall
from metaan.report.r_calls.packages import CLOSED, DRAWN
from metaan.report.r_calls.pooling import pooled_script
from metaan.report.r_calls.regressing import regression_script
from metaan.report.r_calls.script import Printed, make_call
from metaan.report.r_calls.writing import number


def permutation_call(test: PermutationTest) -> RCall:
    """Return the call of a permutation test of coefficients."""
    if test.statistic != DEFAULT_STATISTIC or test.alternative != TWO_SIDED:
        raise InputError(
            f"metafor's permutest compares t of the coefficients, two-sided; this test compares "
            f"{test.statistic} ({test.alternative}), and no R package does"
        )
    fit = test.fit
    script = pooled_script(fit) if isinstance(fit, PooledFit) else regression_script(fit)
    asked = f"exact = {number(test.exact)}"
    told = []
    if not test.exact:
        asked += f", iter = {number(float(test.draws))}"
        told.append(
            "R draws other arrangements: p-values differ by chance, by a few of their Monte Carlo "
            "standard errors"
        )
        script = script.and_then("set.seed(1)").run_by_hand()
    script = script.and_then(f"again <- permutest(fit, {asked}, progbar = FALSE)", remarks=told)
    printed = [Printed("p", "again$pval", test.p_values, 1.0)]
    if not math.isnan(test.moderators_p_value):
        printed.append(Printed("QM_p", "again$QMp", test.moderators_p_value, 1.0))
    kind = CLOSED if test.exact else DRAWN
    return make_call("the permutation test", script, printed, kind=kind)
