"""What is refused, remarked on and printed about tests of funnel asymmetry."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.diagnostics.asymmetry.asymmetry_record import AsymmetryLine, AsymmetryRanks
from metaan.diagnostics.asymmetry.asymmetry_table import ASYMMETRY_TESTS
from metaan.diagnostics.asymmetry.asymmetry_testing import (
    asymmetry_test,
    asymmetry_tests,
    egger,
)
from metaan.networks.fits.network import network
from metaan.trials.counting import counts
from metaan.trials.effects import effect_sizes
from metaan.twobytwo.mantel_haenszel import mantel_haenszel
from metaan.twobytwo.peto import peto
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from metaan.univariate.subgrouping import subgroups
from tests.diagnostics.comparing import drawn, quiet
from tests.diagnostics.test_asymmetry_kernels import TABLE
from tests.networks.pinned import effects as network_effects
from tests.papers.tabled import bcg_counts, bcg_effects
from tests.tolerance import EXACT, close

MEANS = {
    "mean1": [3.1, 2.0, 4.4, 3.9], "sd1": [1.0, 1.2, 2.1, 1.7], "n1": [20, 35, 14, 50],
    "mean2": [2.5, 1.1, 3.0, 3.6], "sd2": [1.1, 1.0, 1.9, 1.8], "n2": [22, 30, 15, 48],
}  # fmt: skip


def test_every_row_is_made_of_the_evidence_it_asks_for():
    """Two tables, or the sizes of two groups; each row runs when it is asked for by name."""
    tables, means = counts(TABLE), effect_sizes(MEANS, "SMD")
    for key, row in ASYMMETRY_TESTS.items():
        found = asymmetry_test(means if row.sizes else tables, key)
        kind = AsymmetryRanks if row.model == "ranks" else AsymmetryLine
        assert isinstance(found, kind)
        assert (found.method, found.name) == (key, row.name)
        assert 0 < found.p_value <= 1
        assert found.references[0].endswith(row.doi)
        assert "[1]" in found.sentence()
        assert list(found.to_frame()["study"]) == list(found.study)
        assert found.name.removeprefix("the ")[1:] in found._repr_html_().replace("&#x27;", "'")


def test_all_that_apply():
    """The others with their reason; one looks up a test, another says what there is."""
    found = asymmetry_tests(quiet(bcg_effects("RR")))
    assert [test.method for test in found.tests] == list(ASYMMETRY_TESTS)[:12]
    assert found.not_made["DEEKS"].startswith("is for diagnostic odds ratios; ask for it by name")
    assert "PUSTEJOVSKY (is for standardized mean differences" in found.summary()
    assert found["EGGER"].statistic == egger(bcg_effects("RR")).statistic
    with pytest.raises(ChoiceError, match="choose one of EGGER, EGGER_MIXED"):
        found["DEEKS"]
    frame = found.to_frame()
    assert list(frame["method"]) == [test.method for test in found.tests]
    assert np.isnan(frame.set_index("method").loc["MACASKILL", "limit"])
    positive = sum(test.p_value < 0.1 for test in found.tests)
    assert f"{positive} of them showed it at the 10% level" in found.sentence()
    assert found.sentence().count("[") == len(found.references) + 3  # Macaskill 2, arcsine 3
    assert any("choose one beforehand" in remark for remark in found.remarks)
    means = asymmetry_tests(effect_sizes(MEANS, "SMD"))
    assert means.tests[-1].method == "PUSTEJOVSKY"
    assert "HARBORD" in means.not_made


def test_a_sentence_without_asymmetry():
    """As a paper prints it: what was done, the test, where the line ends."""
    text = egger(pool(bcg_effects("RR"))).sentence()
    assert text == (
        "Egger's regression test [1] did not show funnel-plot asymmetry at the 10% level "
        "(t(11) = −1.40, p = 0.19; 13 studies). Extended to a study of endless size, the line "
        "gives a risk ratio of 0.83 (95% CI 0.51 to 1.34)."
    )


def test_sentences_with_asymmetry():
    """Which way, and that bias is not the only cause; few studies are told."""
    y, se = np.array([0.1, 0.2, 0.5, 0.6, 0.9]), np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    up, down = (egger(Effects.from_arrays(sign * y, se=se)) for sign in (1, -1))
    assert "showed funnel-plot asymmetry at the 10% level" in up.sentence()
    assert "The effect was higher in smaller studies." in up.sentence()
    assert "The effect was lower in smaller studies." in down.sentence()
    assert "fewer than 10 studies the test has little power [2]: this is a hint" in up.sentence()
    assert "other causes than publication bias" in up.sentence()
    assert len(up.references) == 2
    assert (up.smaller_studies, down.smaller_studies) == (1, -1)
    by_size = asymmetry_test(
        Effects.from_arrays(y, se=se), predictor="N", n=[900, 200, 100, 50, 40]
    )
    assert by_size.smaller_studies == 1
    assert isinstance(by_size, AsymmetryLine)
    assert by_size.limit is None
    assert "intercept at 0" in by_size.summary()


def test_few_studies():
    """A remark on every record below ten, none from ten on; below three there is no test."""
    for test in asymmetry_tests(drawn(9)).tests:
        assert any("fewer than 10 studies" in remark for remark in test.remarks)
        assert "cannot be excluded" in test.sentence()
    assert not egger(drawn(10)).remarks
    assert egger(drawn(3)).df == 1
    with pytest.raises(InputError, match=r"egger needs 3 studies or more.*got 2. Look at them"):
        egger(drawn(2))


def test_equal_precision():
    """Nothing to go by: NaN, with the reason in the remarks and the sentence."""
    found = asymmetry_tests(Effects.from_arrays(drawn(6).y, np.full(6, 0.04)))
    for test in found.tests:
        assert not test.defined
        assert test.remarks[0].startswith("all studies have the same")
        assert "could not be made: all studies have the same" in test.sentence()
        assert "–" in test.summary()
    assert "could not be tested [1]" in found.sentence()
    near = egger(Effects.from_arrays(drawn(12).y, np.linspace(0.04, 0.05, 12)))
    assert near.defined
    assert near.remarks[0].startswith("studies are much alike (standard error from 0.2 to 0.224)")


def test_equal_effects():
    """No slope, whatever the spread; no ranks."""
    found = asymmetry_tests(Effects.from_arrays(np.full(7, 0.3), drawn(7).v))
    for key in ("EGGER", "EGGER_MIXED", "THOMPSON"):
        assert (found[key].statistic, found[key].p_value) == (0.0, 1.0)
    assert "all studies have the same effect" in found["BEGG"].sentence()
    line = egger(Effects.from_arrays(0.2 + 0.7 * drawn(7).se, se=drawn(7).se))
    assert np.isinf(line.statistic)
    assert line.p_value == 0


def test_standard_errors_that_depend_on_the_effect():
    """Log ratios of tables and standardized differences; the remark names what avoids it."""
    for method in ("EGGER", "EGGER_MIXED", "THOMPSON", "BEGG"):
        (remark,) = asymmetry_test(bcg_effects("OR"), method).remarks
        assert "depends on the odds ratio itself" in remark
        assert '"HARBORD" and "PETERS"' in remark
    assert not asymmetry_test(bcg_counts(), "PETERS").remarks
    assert not egger(bcg_effects("RD")).remarks
    remarks = egger(effect_sizes(MEANS, "SMD")).remarks
    assert any('method="PUSTEJOVSKY" avoids that' in remark for remark in remarks)
    assert not any("PUSTEJOVSKY" in each for each in egger(effect_sizes(MEANS, "MD")).remarks)


def test_whatever_holds_the_studies():
    """Pools, subgroups, counts and fits of counts give the tests of their studies."""
    effects, tables = bcg_effects("OR"), bcg_counts()
    fit = quiet(effects, level=0.9)
    expected = egger(effects)
    for source in (
        fit, tables, mantel_haenszel(tables), subgroups(effects, by="alloc"), peto(tables)
    ):  # fmt: skip
        found = egger(source)
        if source is not fit and not hasattr(source, "groups"):
            continue
        assert close(found.statistic, expected.statistic, EXACT)
    assert egger(fit).slope.level == 0.9
    assert asymmetry_test(effects, "HARBORD").p_value == asymmetry_test(tables, "HARBORD").p_value
    own = pool(effects, weights=np.ones(13))
    assert any("not by the weights of the pool" in remark for remark in egger(own).remarks)
    common = asymmetry_test(pool(effects, model="common"), "EGGER_MIXED")
    assert common.how == "no tau², inference WALD"
    fixed = asymmetry_test(pool(effects, tau2=0.3), "EGGER_MIXED")
    assert fixed.tau2 == 0.3
    rates = counts({"events1": [1, 4, 9], "time1": [10, 30, 80.5],
                    "events2": [3, 3, 12], "time2": [11, 33, 70]})  # fmt: skip
    assert egger(rates).label == "Rate ratio"


def test_what_says_nothing_does_not_enter():
    """A study without events has no score; arcsine differences count it."""
    tables = counts(TABLE)
    for method, k in (("HARBORD", 10), ("SCHWARZER", 10), ("PETERS", 10), ("ARCSINE_EGGER", 11)):
        assert asymmetry_test(tables, method).k == k
    assert any("1 study without an event" in each
               for each in asymmetry_test(tables, "HARBORD").remarks)  # fmt: skip
    endless = counts({**TABLE, "events2": [0] * 11})
    found = asymmetry_test(endless, "SCHWARZER", correction=0)
    assert "could not be made: the common odds ratio is 0 or infinite" in found.sentence()
    assert asymmetry_test(endless, "SCHWARZER").defined


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: egger(3), "needs a pool, effects or counts; got int. Give what was"),
        (lambda: egger(regress(drawn(6, columns={"x": range(6)}), "~ x")),
         "got RegressionFit. With moderators"),
        (lambda: egger(network(network_effects("senn2013"))),
         "got NetworkFit. A network has a test of its own, fit.small_studies"),
        (lambda: egger(network_effects("senn2013")),
         "got NetworkEffects. A network has"),
        (lambda: egger(counts({"events": [1, 2, 3], "n": [9, 9, 9]})), r"needs two groups; got 1"),
        (lambda: asymmetry_test(drawn(5), "HARBORD"), "needs the two-by-two tables"),
        (lambda: asymmetry_test(drawn(5), "PUSTEJOVSKY"), "the columns n1 and n2"),
        (lambda: asymmetry_test(bcg_counts(), "PUSTEJOVSKY"), "another measure"),
        (lambda: asymmetry_test(bcg_effects("RD"), "PETERS"), "needs logarithms of ratios"),
        (lambda: asymmetry_test(counts({**TABLE, "n1": np.array(TABLE["n1"]) + 0.5}), "SCHWARZER"),
         "whole numbers"),
        (lambda: asymmetry_test(drawn(5), "EGER"), 'Did you mean "EGGER"'),
        (lambda: asymmetry_test(drawn(5), predictor="SEI"), "choose one of SE, V"),
        (lambda: asymmetry_test(drawn(5), predictor="1/N"), "needs sample sizes: give n="),
        (lambda: asymmetry_test(drawn(5), predictor="N", n=[1, 2]), r"each of 5.*shape \(2,\)"),
        (lambda: asymmetry_test(drawn(3), predictor="N", n=[1, 0, np.nan]), "Study 2, Study 3"),
        (lambda: asymmetry_test(drawn(3), predictor="N", n="size"), "not a column"),
        (lambda: asymmetry_test(drawn(3), predictor="N", n=["a", "b", "c"]), "must be numbers"),
        (lambda: asymmetry_test(drawn(5), "BEGG", predictor="N", tau2="DL"),
         "predictor= belongs to EGGER, EGGER_MIXED, THOMPSON; tau2= belongs to"),
        (lambda: asymmetry_test(drawn(5), ranks="EXACT"), "ranks= belongs to BEGG"),
        (lambda: asymmetry_test(drawn(5), "BEGG", ranks="T"), "not a distribution of ranks"),
        (lambda: asymmetry_test(drawn(171), "BEGG", ranks="EXACT"), "these have 171 studies"),
        (lambda: asymmetry_test(drawn(5), "EGGER", correction=1), "belongs to SCHWARZER"),
        (lambda: asymmetry_test(bcg_counts(), "SCHWARZER", correction=-1),
         "correction=-1 must be a finite number >= 0, e.g. correction=0.5, or 0 for none"),
        (lambda: asymmetry_test(bcg_counts(), "SCHWARZER", correction="a"), "correction='a' must"),
        (lambda: asymmetry_test(bcg_counts(), "SCHWARZER", correction=True), "=True must be"),
        (lambda: asymmetry_test(bcg_counts(), "SCHWARZER", correction=[0.5]), r"=\[0.5\] must be"),
        (lambda: asymmetry_test(drawn(5), level="a"), "level='a' must lie between 0 and 1; e.g."),
        (lambda: asymmetry_test(drawn(5), "EGG", predictor="SEI", ranks="T", n=[1], level=7),
         r"predictor='SEI'.*ranks='T'.*method='EGG'.*n must be one number for each.*level=7 must"),
        (lambda: asymmetry_test(drawn(5), "THOMPSON", tau2="X", inference="Y"),
         "inference='Y' is not an inference.*tau2='X' is not an estimator"),
        (lambda: asymmetry_test(quiet(drawn(5), tau2="DL", inference="HC"), "EGGER_MIXED"),
         "knows no moderators"),
        (lambda: egger(drawn(5), level=95), "did you mean 0.95"),
    ],
)  # fmt: skip
def test_what_is_refused(make, message):
    """With the rule, the value and the remedy."""
    with pytest.raises(InputError, match=message):
        make()


def test_a_model_without_regressions_is_told():
    """The fit's own inference may know no moderators; all other tests are made."""
    found = asymmetry_tests(quiet(drawn(6), tau2="DL", inference="HC"))
    assert "knows no moderators" in found.not_made["EGGER_MIXED"]
    assert [test.method for test in found.tests] == ["EGGER", "THOMPSON", "BEGG"]


def test_sizes_come_from_the_columns():
    """The sum of n1 and n2, one column n, or what the caller gives."""
    tables = bcg_effects("RR")
    n = sum(np.asarray(tables.columns[f"{name}{group}"])
            for name in ("events", "nonevents") for group in (1, 2))  # fmt: skip
    plain = Effects.from_arrays(tables.y, tables.v, columns={"n": n, "size": n})
    expected = asymmetry_test(tables, predictor="1/SQRT_N").statistic
    assert asymmetry_test(plain, predictor="1/SQRT_N").statistic == expected
    assert asymmetry_test(plain, predictor="1/SQRT_N", n="size").statistic == expected


def test_records_are_frozen():
    """Their arrays too."""
    found = egger(drawn(5))
    for array in (found.y, found.x, found.spread):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    weight = found.to_frame()["weight"]
    assert close(weight, 1 / drawn(5).v, EXACT)
