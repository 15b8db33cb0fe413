"""asymmetry_test, asymmetry_tests, egger: whether smaller studies see other effects."""

from __future__ import annotations

import math
from numbers import Real

from metaan.core.arrays import ArrayLike
from metaan.core.errors import InputError
from metaan.core.faults import Faults
from metaan.core.lookup import look_up
from metaan.diagnostics.asymmetry.asymmetry_evidence import (
    UNASKED,
    Asked,
    Evidence,
    Source,
    evidence_of,
)
from metaan.diagnostics.asymmetry.asymmetry_making import (
    AUTO,
    RANK_DISTRIBUTIONS,
    Choices,
    few_remark,
    made,
)
from metaan.diagnostics.asymmetry.asymmetry_overview import AsymmetryTests
from metaan.diagnostics.asymmetry.asymmetry_points import PREDICTORS
from metaan.diagnostics.asymmetry.asymmetry_record import AsymmetryTest
from metaan.diagnostics.asymmetry.asymmetry_table import (
    ASYMMETRY_TESTS,
    EGGER,
    MIXED,
    MOMENTS,
    RANKS,
    SCHWARZER,
    AsymmetryMethod,
    misfit,
    unasked,
)


def asymmetry_test(
    source: Source,
    method: str = EGGER,
    *,
    predictor: str | None = None,
    n: ArrayLike | str | None = None,
    tau2: str | float | None = None,
    inference: str | None = None,
    ranks: str | None = None,
    correction: float | None = None,
    level: float | None = None,
) -> AsymmetryTest:
    """Return a test of funnel asymmetry: whether smaller studies see other effects.

    Parameters
    ----------
    source : PooledFit, SubgroupFit, CountsFit, Effects or Counts
        At least three studies. Of subgroups it is the pool of all; the effects of counts are log
        odds ratios (over person-time log rate ratios), those of a fit of counts its own.
    method : str
        Row of ``ASYMMETRY_TESTS``; see Notes.
    predictor : {"SE", "V", "N", "1/N", "SQRT_N", "1/SQRT_N"}, optional
        For EGGER, EGGER_MIXED and THOMPSON: what effects are regressed on; row of
        ``PREDICTORS``. The standard error by default.
    n : array_like, shape (k,), or str, optional
        Sample sizes, or the column they are in; by default n1 + n2, or n.
    tau2 : str or float, optional
        For EGGER_MIXED (by default that of the fit) and THOMPSON (by default the moment
        estimator, "DL"): row of ``ESTIMATORS``, or a value.
    inference : str, optional
        For the same: row of ``INFERENCES``; that of the fit, and "T".
    ranks : {"AUTO", "EXACT", "NORMAL", "CONTINUITY"}, optional
        For rank tests: distribution that p is from; row of ``RANK_DISTRIBUTIONS``. "AUTO" is
        exact where there are no ties (and at most 170 studies), else normal, as in metafor's
        ``ranktest``; R's meta has "NORMAL" throughout, and ``cor.test`` from 50 studies on.
    correction : float, optional
        For SCHWARZER: added to the cells of tables with a zero cell, for the common odds ratio
        at which cells are expected; 1/2 as in R's meta, 0 for none.
    level : float, optional
        Coverage; that of the fit, or 0.95.

    Returns
    -------
    AsymmetryLine or AsymmetryRanks
        ``.statistic .df .p_value``; of a regression ``.slope`` and ``.limit``, the effect that
        the line expects of an endless study; ``.sentence()``. Where all studies have the same
        predictor these are NaN, and a remark says so.

    Raises
    ------
    InputError
        If there are fewer than three studies, the method needs numbers that these effects do not
        have, or an option does not belong to it.
    ChoiceError
        If a name is no row of its table.

    Notes
    -----
    EGGER [1]_: ``y = a + b SE`` weighted by 1 / v, spread estimated, t(k - 2). EGGER_MIXED [2]_:
    meta-regression on the standard error. THOMPSON [3]_: the same with the moment estimator and
    t(k - 2). BEGG [4]_: Kendall's correlation of standardized effects with variances.

    Of two-by-two tables: HARBORD [5]_, score over its variance; PETERS [6]_, on 1/N, weighted by
    the pooled variance of the risks; MACASKILL [7]_ and MACASKILL_POOLED, on N, weighted by
    precision or as Peters; SCHWARZER [8]_, ranks of cell counts; ARCSINE_EGGER,
    ARCSINE_THOMPSON, ARCSINE_BEGG [9]_, of arcsine differences; DEEKS [10]_, diagnostic odds
    ratios on 1 / sqrt(effective size). PUSTEJOVSKY [11]_: standardized mean differences on
    ``sqrt(1/n1 + 1/n2)``, weighted by precision.

    With fewer than ten studies no such test finds much [12]_.

    References
    ----------
    .. [1] Egger M et al. (1997). BMJ 315:629. doi:10.1136/bmj.315.7109.629
    .. [2] Moreno SG et al. (2009). BMC Med Res Methodol 9:2. doi:10.1186/1471-2288-9-2
    .. [3] Thompson SG, Sharp SJ (1999). Stat Med 18:2693.
       doi:10.1002/(SICI)1097-0258(19991030)18:20<2693::AID-SIM235>3.0.CO;2-V
    .. [4] Begg CB, Mazumdar M (1994). Biometrics 50:1088. doi:10.2307/2533446
    .. [5] Harbord RM et al. (2006). Stat Med 25:3443. doi:10.1002/sim.2380
    .. [6] Peters JL et al. (2006). JAMA 295:676. doi:10.1001/jama.295.6.676
    .. [7] Macaskill P et al. (2001). Stat Med 20:641. doi:10.1002/sim.698
    .. [8] Schwarzer G et al. (2007). Stat Med 26:721. doi:10.1002/sim.2588
    .. [9] Rücker G et al. (2008). Stat Med 27:746. doi:10.1002/sim.2971
    .. [10] Deeks JJ et al. (2005). J Clin Epidemiol 58:882. doi:10.1016/j.jclinepi.2005.01.016
    .. [11] Pustejovsky JE, Rodgers MA (2019). Res Synth Methods 10:57. doi:10.1002/jrsm.1332
    .. [12] Sterne JAC et al. (2011). BMJ 343:d4002. doi:10.1136/bmj.d4002

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.asymmetry.asymmetry_testing import asymmetry_test
    >>> effects = ma.Effects.from_arrays([0.1, 0.3, 0.55, 0.9], se=[0.1, 0.2, 0.3, 0.4])
    >>> found = asymmetry_test(effects, "EGGER", predictor="V")
    >>> round(found.slope.value, 3), found.df, round(found.p_value, 3)
    (5.482, 2.0, 0.003)
    """
    asked = Asked(
        predictor=UNASKED.predictor if predictor is None else predictor,
        correction=UNASKED.correction if correction is None else correction,
    )
    choices, faults = Choices(tau2, inference, AUTO if ranks is None else ranks), Faults()
    with faults:
        look_up(PREDICTORS, asked.predictor, argument="predictor", what="a predictor")
    with faults:
        look_up(
            RANK_DISTRIBUTIONS, choices.ranks, argument="ranks", what="a distribution of ranks"
        )
    with faults:
        _check_correction(asked.correction)
    with faults:
        what = "a test of funnel asymmetry"
        row = look_up(ASYMMETRY_TESTS, method, argument="method", what=what)
        given = {"predictor": predictor, "tau2": tau2, "inference": inference, "ranks": ranks}
        _check_options(row, {**given, "correction": correction})
    with faults:
        evidence = evidence_of(source, "asymmetry_test", asked=asked, n=n, level=level)
    faults.refuse()
    return _tested(row, evidence, choices)


def egger(source: Source, *, level: float | None = None) -> AsymmetryTest:
    """Return Egger's regression test of funnel asymmetry, ``asymmetry_test(source, "EGGER")``.

    Parameters
    ----------
    source : PooledFit, SubgroupFit, CountsFit, Effects or Counts
        At least three studies.
    level : float, optional
        Coverage; that of the fit, or 0.95.

    Raises
    ------
    InputError
        If there are fewer than three studies.

    Notes
    -----
    The effects are regressed on their standard errors, weighted by 1 / v, with a spread that is
    estimated; the slope is tested by t(k - 2) [1]_. It is the intercept of the regression of
    y / SE on 1 / SE.

    References
    ----------
    .. [1] Egger M, Davey Smith G, Schneider M, Minder C (1997). BMJ 315:629.
       doi:10.1136/bmj.315.7109.629

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.asymmetry.asymmetry_testing import egger
    >>> effects = ma.Effects.from_arrays([0.1, 0.3, 0.55, 0.4], se=[0.1, 0.2, 0.3, 0.4])
    >>> found = egger(ma.pool(effects))
    >>> round(found.slope.value, 2), round(found.p_value, 3)
    (1.59, 0.077)
    """
    evidence = evidence_of(source, "egger", asked=UNASKED, level=level)
    return _tested(ASYMMETRY_TESTS[EGGER], evidence, Choices())


def asymmetry_tests(
    source: Source, *, n: ArrayLike | str | None = None, level: float | None = None
) -> AsymmetryTests:
    """Return every test of funnel asymmetry that this meta-analysis allows, and why not others.

    Parameters
    ----------
    source : PooledFit, SubgroupFit, CountsFit, Effects or Counts
        At least three studies.
    n : array_like, shape (k,), or str, optional
        Sample sizes, or the column they are in.
    level : float, optional
        Coverage; that of the fit, or 0.95.

    Returns
    -------
    AsymmetryTests
        The tests by key, each with its own sentence; ``not_made`` has the reasons.

    Raises
    ------
    InputError
        If there are fewer than three studies.

    Notes
    -----
    All ask one question: the smallest of their p-values is too small. Choose one beforehand:
    for odds ratios Harbord's or Peters', for standardized mean differences Pustejovsky and
    Rodgers', otherwise Egger's [1]_.

    References
    ----------
    .. [1] Sterne JAC et al. (2011). BMJ 343:d4002. doi:10.1136/bmj.d4002

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.asymmetry.asymmetry_testing import asymmetry_tests
    >>> effects = ma.Effects.from_arrays([0.1, 0.3, 0.55, 0.9], se=[0.1, 0.2, 0.3, 0.4])
    >>> found = asymmetry_tests(effects)
    >>> [test.method for test in found.tests]
    ['EGGER', 'EGGER_MIXED', 'THOMPSON', 'BEGG']
    """
    evidence = evidence_of(source, "asymmetry_tests", asked=UNASKED, n=n, level=level)
    tests, not_made = [], {}
    for row in ASYMMETRY_TESTS.values():
        reason = misfit(row, evidence) or unasked(row, evidence)
        if not reason:
            try:
                tests.append(_tested(row, evidence, Choices()))
            except InputError as error:  # the fit's own model may have no regression
                reason = str(error)
        if reason:
            not_made[row.key] = reason
    remarks = ("these tests ask one question: choose one beforehand, not the smallest p-value",)
    return AsymmetryTests(
        label=evidence.effects.label,
        k=evidence.effects.k,
        tests=tuple(tests),
        not_made=not_made,
        remarks=(*remarks, *few_remark(evidence.effects.k), *evidence.remarks),
    )


def _tested(row: AsymmetryMethod, evidence: Evidence, choices: Choices) -> AsymmetryTest:
    reason = misfit(row, evidence)
    if reason:
        raise InputError(f'method="{row.key}" {reason}')
    predictor = evidence.asked.predictor
    if row.open and PREDICTORS[predictor].sized and evidence.n is None:
        raise InputError(
            f'predictor="{predictor}" needs sample sizes: give n=, one number for each study or '
            "the name of a column"
        )
    return made(row, row.points(evidence), evidence, choices)


def _check_correction(correction: object) -> None:
    """Raise ``InputError`` if this is nothing that can be added to cells."""
    is_one = isinstance(correction, Real) and not isinstance(correction, bool)
    if not is_one or not 0 <= float(correction) < math.inf:  # type: ignore[arg-type]
        raise InputError(
            f"correction={correction!r} must be a finite number >= 0, e.g. "
            f"correction={UNASKED.correction:g}, or 0 for none"
        )


def _check_options(row: AsymmetryMethod, given: dict[str, object]) -> None:
    """Raise ``InputError`` for an option that the test does not have."""
    rows = ASYMMETRY_TESTS.values()
    takers = {
        "predictor": [each.key for each in rows if each.open],
        "tau2": [each.key for each in rows if each.model in (MIXED, MOMENTS)],
        "ranks": [each.key for each in rows if each.model == RANKS],
        "correction": [SCHWARZER],
    }
    takers["inference"] = takers["tau2"]
    faults = [
        f"{name}= belongs to {', '.join(takers[name])}"
        for name, value in given.items()
        if value is not None and row.key not in takers[name]
    ]
    if faults:
        raise InputError(f'method="{row.key}": {"; ".join(faults)}')
