"""Sentences of meta-regressions, counts, mixed models and robust fits; house tables of all.

The paragraphs are written out; their figures are those that R 4.x with metafor 3.8 prints for
the same data: ``rma(yi, vi, mods = ~ ablat, test = "knha")`` and with ``+ alloc``,
``rma.mh(measure = "OR", drop00 = c(TRUE, TRUE))``, ``rma.peto()``, and
``robust(rma(yi, vi), cluster = alloc)``. Those of the mixed models are compared with R in
``tests/reference``.
"""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from metaan.batch.permutation import permutation_test
from metaan.core.citations import CITATIONS
from metaan.core.conventions import CONVENTIONS
from metaan.core.effects import Effects
from metaan.core.errors import LeftOutWarning
from metaan.core.estimate_table import estimate_rows
from metaan.core.text_table import at_the_point
from metaan.core.wording import degrees_words, grid, method_words
from metaan.dependent.robust import robust
from metaan.dependent.robust_kinds import ROBUST_KINDS
from metaan.tau2.table import ESTIMATORS
from metaan.trials.counting import counts
from metaan.trials.effects import effect_sizes
from metaan.twobytwo.glmm import glmm
from metaan.twobytwo.glmm_table import GLMMS
from metaan.twobytwo.mantel_haenszel import mantel_haenszel
from metaan.twobytwo.peto import peto
from metaan.univariate.beyond import probability_beyond
from metaan.univariate.collinearity import vif
from metaan.univariate.comparing import compare
from metaan.univariate.inference import INFERENCES
from metaan.univariate.pooling import pool
from metaan.univariate.prediction import PREDICTIONS
from metaan.univariate.regression import regress
from metaan.univariate.residuals import residuals
from metaan.univariate.tau2_interval import tau2_interval

PINS = Path(__file__).resolve().parents[1] / "reference" / "pins"


def column(name, field, kind=float):
    """Return a column of a pinned data set."""
    with (PINS / f"dat.{name}.csv").open(encoding="utf-8") as file:
        return [kind(row[field]) for row in csv.DictReader(file)]


def labels(name):
    """Return authors and years."""
    pairs = zip(column(name, "author", str), column(name, "year", str), strict=True)
    return [f"{author} {year}" for author, year in pairs]


def bcg():
    """Return the thirteen trials of vaccination as counts with two moderators."""
    tpos, tneg, cpos, cneg = (column("bcg", field) for field in ("tpos", "tneg", "cpos", "cneg"))
    return {
        "study": labels("bcg"),
        "events1": tpos,
        "n1": np.add(tpos, tneg),
        "events2": cpos,
        "n2": np.add(cpos, cneg),
        "ablat": column("bcg", "ablat"),
        "alloc": column("bcg", "alloc", str),
    }


def catheters():
    """Return the eighteen trials of catheters; in one of them nobody had an infection."""
    names = {"events1": "ai", "n1": "n1i", "events2": "ci", "n2": "n2i"}
    table = {ours: column("nielweise2007", theirs) for ours, theirs in names.items()}
    return counts({"study": labels("nielweise2007"), **table})


RATIOS = effect_sizes(bcg(), "RR")
TUBES = catheters()


def family():
    """Return one fit of every kind that has sentences."""
    both = regress(RATIOS, "~ ablat + C(alloc)")
    fits = {
        "regress": both,
        "common": regress(RATIOS, "~ ablat", model="common"),
        "fixed": regress(RATIOS, "~ ablat", tau2=0.1, inference="HKSJ_FLOOR"),
        "groups": regress(RATIOS, "~ 0 + alloc"),
        "KR": regress(RATIOS, "~ ablat", inference="KR"),
        "given": regress(RATIOS, "~ ablat", weights=np.ones(13)),
        "MH": mantel_haenszel(TUBES),
        "RD": mantel_haenszel(TUBES, "RD", variance="SATO"),
        "MH random": mantel_haenszel(counts(bcg()), "RR", model="random"),
        "peto": peto(TUBES),
        "robust": robust(pool(RATIOS), cluster="alloc"),
    }
    fits |= {key: glmm(TUBES, key) for key, row in GLMMS.items() if row.groups == 2}
    return fits | {kind: robust(both, cluster=RATIOS.study, kind=kind) for kind in ROBUST_KINDS}


FITS = family()
OTHERS = {
    "vif": vif(FITS["regress"]),
    "residuals": residuals(FITS["regress"]),
    "tau2_interval": tau2_interval(pool(RATIOS)),
    "beyond": probability_beyond(pool(RATIOS), 0.9, direction="below"),
    "compare": compare(regress(RATIOS, "~ ablat", tau2="ML"), pool(RATIOS, tau2="ML")),
    "permutation": permutation_test(
        regress(RATIOS, "~ ablat"), rng=np.random.default_rng(1), draws=99
    ),
    "predict": FITS["regress"].predict({"ablat": [13.0, 33.5], "alloc": "random"}),
    "contrast": FITS["regress"].contrast({"ten degrees": {"ablat": 10}}),
}
# Literature's names that read as words.
WORDS = {"T", "HTS", "SJ", "PM", "ML"}
KEYS = {*ESTIMATORS, *INFERENCES, *PREDICTIONS, *GLMMS, *ROBUST_KINDS} - WORDS


def test_a_moderator_in_a_paragraph():
    """One number as moderator: a ratio for each unit, what it explains, what is left."""
    fit = regress(RATIOS, "~ ablat")
    assert fit.sentence() == (
        "In a random-effects meta-regression of 13 studies on ablat, the risk ratio was "
        "multiplied by 0.971 (95% CI 0.954 to 0.989; p = 0.005) for each unit of ablat. The "
        "moderator explained 75.6% of the between-study variance (R²). Residual heterogeneity: "
        "tau² = 0.0763 (95% CI 0.0167 to 0.785), I² = 68.4% (from tau²), Q = 30.73 with 11 "
        "degrees of freedom (p = 0.001). Coefficients are weighted least-squares estimates with "
        "inverse-variance weights [1], the between-study variance (tau²) was estimated by "
        "restricted maximum likelihood [2], its limits are by Q-profile [3], and confidence "
        "intervals and tests are by Hartung-Knapp-Sidik-Jonkman (t distribution, 11 degrees of "
        "freedom) [4]."
    )
    assert [text.partition(" ")[0] for text in fit.references] == [
        "Berkey",
        "Viechtbauer",
        "Viechtbauer",
        "Knapp",
    ]
    assert fit.methods_sentence().startswith(
        "The risk ratio was modeled in a random-effects meta-regression of 13 studies on ablat. "
        "Coefficients are"
    )


def test_categories_in_a_paragraph():
    """Levels beside the one they are compared with; the joint test of all."""
    text = FITS["regress"].sentence()
    assert text.startswith(
        "In a random-effects meta-regression of 13 studies on ablat and alloc, the risk ratio was "
        "multiplied by 0.973 (95% CI 0.952 to 0.994; p = 0.019) for each unit of ablat, by 0.77 "
        "(95% CI 0.34 to 1.74; p = 0.48) with alloc random rather than alternate and by 1.06 "
        "(95% CI 0.44 to 2.58; p = 0.88) with alloc systematic rather than alternate, each "
        "adjusted for the others. The joint test of the moderators gave F = 3.45 with 3 and 9 "
        "degrees of freedom (p = 0.065). The moderators explained 53.8% of the between-study "
        "variance (R²)."
    )


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("~ 1", "In a random-effects meta-analysis of 13 studies, the mean risk ratio was 0.49"),
        ("~ 0 + alloc", "0.38 (95% CI 0.22 to 0.67; p = 0.004) with alloc random"),
        ("~ ablat * alloc", "on ablat, alloc and ablat × alloc, the joint test of the moderators"),
        ("~ poly(ablat, 2)", "on poly(ablat, 2), the joint test of the moderators gave F = "),
        ("~ log(ablat)", "for each unit of log(ablat). The moderator explained"),
    ],
)
def test_what_a_coefficient_says(formula, words):
    """Means of groups as they are; one coefficient of a curve or an interaction says little."""
    assert words in regress(RATIOS, formula).sentence()


def test_differences_and_other_scales():
    """Differences change; on a scale that is no ratio it is named."""
    plain = Effects.from_arrays(
        [1.0, 2.0, 4.0, 4.5], se=[1.0, 0.5, 0.8, 0.7], columns={"dose": [1.0, 2.0, 3.0, 4.0]}
    )
    text = regress(plain, "~ dose", model="common").sentence()
    x, w = np.array([1.0, 2.0, 3.0, 4.0]), 1 / plain.v
    mean = np.average(x, weights=w)
    slope = np.sum(w * (x - mean) * plain.y) / np.sum(w * (x - mean) ** 2)
    half = 1.959964 / np.sqrt(np.sum(w * (x - mean) ** 2))
    told = f"{slope:.2f} (95% CI {slope - half:.2f} to {slope + half:.2f}; p < 0.001)"
    assert f"the effect changed by {told} for each unit of dose" in text
    assert "tau²" not in text
    odds = regress(replace(plain, scale=glmm_scale(), label="Proportion"), "~ dose").sentence()
    assert "the proportion on the logit scale changed by " in odds


def glmm_scale():
    """Return the scale of proportions."""
    table = {"study": ["A", "B", "C"], "events": [3, 5, 9], "n": [20, 30, 40]}
    return glmm(counts(table)).estimate.scale


def test_studies_left_out_and_conventions():
    """K of K studies; whose conventions, and that no page speaks of regression."""
    some = {**bcg(), "ablat": [float("nan"), *bcg()["ablat"][1:]]}
    with pytest.warns(LeftOutWarning):
        fit = regress(effect_sizes(some, "RR"), "~ ablat", conventions="meta")
    assert "meta-regression of 12 of 13 studies on ablat" in fit.sentence()
    assert fit.sentence().endswith(
        "What was not chosen follows the conventions of meta (R, version 8)."
    )
    assert "I² = " in fit.sentence()
    assert "% (from Q)" in fit.sentence()
    assert "12 of 13 studies (" in fit.summary()
    assert "note: no page about meta-regression in meta (R, version 8) was found" in fit.summary()


@pytest.mark.parametrize("key", CONVENTIONS)
def test_regressions_follow_conventions(key):
    """What is not given is the program's; what is given stays; our own are told of neither."""
    row = CONVENTIONS[key]
    fit = regress(RATIOS, "~ ablat", conventions=key)
    own = regress(RATIOS, "~ ablat")
    assert fit.tau2_method == (row.value("tau2") or own.tau2_method)
    assert fit.inference == (row.value("inference") or own.inference)
    assert f"; conventions of {row.name})" in fit.summary()
    told = any("no page about meta-regression" in remark for remark in fit.remarks)
    assert told == (row.regression is None)
    chosen = regress(RATIOS, "~ ablat", conventions=key, tau2="PM", inference="T")
    assert (chosen.tau2_method, chosen.inference) == ("PM", "T")
    assert (own.conventions, own.i2_first) == ("", "tau2")


def test_counts_in_a_paragraph():
    """Mantel and Haenszel's odds ratio; the trial without events is named."""
    fit = FITS["MH"]
    assert fit.sentence() == (
        "In a common-effect meta-analysis of 17 of 18 studies, the pooled odds ratio was 0.30 "
        "(95% CI 0.19 to 0.46; p < 0.001). There were no events in either group of Yucel 2004, "
        "which does not contribute. Heterogeneity: I² = 5.1% (from Q), Q = 16.86 with 16 degrees "
        "of freedom (p = 0.39). The test of homogeneity gave chi² = 25.68 with 16 degrees of "
        "freedom (p = 0.059). Studies were pooled by the Mantel-Haenszel method [1], the standard "
        "error is by "
        "Robins-Breslow-Greenland [2], the confidence interval is by Wald (normal distribution), "
        "and the test of homogeneity is the Breslow-Day test of one odds ratio with Tarone's "
        "correction [3]."
    )
    assert [text.partition(" ")[0] for text in fit.references] == ["Mantel", "Robins", "Tarone"]


def test_other_counts():
    """Peto; differences keep the trial without events; corrections and other errors are told."""
    assert FITS["peto"].sentence() == (
        "In a common-effect meta-analysis of 17 of 18 studies, the pooled odds ratio (Peto) was "
        "0.33 (95% CI 0.23 to 0.48; p < 0.001). There were no events in either group of "
        "Yucel 2004, which does not contribute. Heterogeneity: I² = 14.6% (from Q), Q = 18.73 "
        "with 16 degrees of freedom (p = 0.28). Studies were pooled by the Peto method [1], and "
        "the confidence interval is by Wald (normal distribution)."
    )
    text = FITS["RD"].sentence()
    assert "of Yucel 2004, which enters with a difference of 0." in text
    assert "the standard error is by Sato, and" in text
    corrected = mantel_haenszel(TUBES, correction=0.5).methods_sentence()
    assert corrected.endswith("To each cell of studies with a zero cell, 0.5 was added.")
    text = FITS["MH random"].sentence()
    assert "Heterogeneity: tau² = 0.309, I² = 92.1% (from Q), Q = 152.57" in text
    assert "was estimated by DerSimonian-Laird [1], Q is about the Mantel-Haenszel" in text


def test_many_silent_studies_are_counted():
    """Six are named, the rest are counted; one noun, one verb."""
    silent = [0] * 9
    table = {
        "study": [*"ABCDEFGHI", "Z"],
        "events1": [*silent, 5],
        "n1": [10] * 10,
        "events2": [*silent, 3],
        "n2": [10] * 10,
    }
    text = mantel_haenszel(counts(table)).sentence()
    assert "in either group of A, B, C, D, E, F and 3 more, which do not contribute." in text


def test_mixed_models_in_a_paragraph():
    """The likelihood, k of K, the trial without events, prediction, tests and references."""
    fit = FITS["CM.EL"]
    read, tau2 = fit.estimate.read(), fit.tau2
    assert fit.sentence() == (
        "In a generalized linear mixed model (conditional, exact likelihood) of 17 of 18 studies, "
        f"the pooled odds ratio was {read.value:.2f} (95% CI {read.low:.2f} to {read.high:.2f}; "
        "p < 0.001). The true odds ratio of a new study is expected between 0.038 and 1.76 (95% "
        "prediction interval). There were no events in either group of Yucel 2004, which does not "
        f"contribute. Heterogeneity: tau² = {tau2:.3f} (SE 0.64), I² = 41.1% (from tau²), "
        "likelihood-ratio chi² = 28.61 with 16 degrees of freedom (p = 0.027). The estimate and "
        "the between-study variance (tau²) are maximum likelihood estimates of this model [1], "
        "the confidence interval is by Wald (normal distribution), and the prediction interval is "
        "from a t distribution with k − 1 degrees of freedom [2]."
    )
    assert [text.partition(" ")[0] for text in fit.references] == ["Stijnen", "Partlett"]
    assert "of Yucel 2004, which is kept for the studies' levels." in FITS["UM.RS"].sentence()
    common = glmm(TUBES, "CM.EL", model="common", inference="T").sentence()
    assert common.startswith("In a generalized linear model (conditional")
    assert "by Wald (t distribution, 16 degrees of freedom)" in common


def test_robust_fits_in_a_paragraph():
    """The pool with other limits; metafor's default covariance."""
    fit = robust(pool(RATIOS), cluster="alloc", kind="CR1")
    assert fit.sentence() == (
        "In a random-effects meta-analysis of 13 studies, the pooled risk ratio was 0.49 (95% CI "
        "0.22 to 1.10; p = 0.063). Heterogeneity: tau² = 0.313 (95% CI 0.12 to 1.11), I² = 92.2% "
        "(from tau²), Q = 152.23 with 12 degrees of freedom (p < 0.001). The between-study "
        "variance (tau²) was estimated by restricted maximum likelihood [1], its limits are by "
        "Q-profile [2], and standard errors, confidence intervals and tests are robust to "
        "dependence within 3 clusters by alloc (times m / (m − p); t distribution, 2 degrees of "
        "freedom) [3]."
    )
    text = FITS["CR2"].sentence()
    assert "The joint test of the moderators gave F = " in text
    assert "the joint test is the approximate Hotelling T² test [4]" in text
    assert FITS["CR2"].references[3].startswith("Tipton E, Pustejovsky JE.")
    assert "Hotelling" not in FITS["CR1"].sentence()


@pytest.mark.parametrize("name", FITS)
def test_laws_of_paragraphs(name):
    """No keys, no p of 0, no hyphen for a minus; every mark has a reference, in full."""
    fit = FITS[name]
    for text in (fit.sentence(), fit.methods_sentence()):
        for key in KEYS:
            assert not re.search(rf"(?<![\w.]){re.escape(key)}(?![\w.])", text), key
        assert not re.search(r"p [=>] 0\.000|nan|\s-\d|\binf\b|  |\.\.|C\(|\[T\.", text)
        assert text.endswith(".")
    marks = sorted(set(re.findall(r"\[(\d)\]", fit.sentence())))
    assert marks == [str(i + 1) for i in range(len(fit.references))]
    assert all(text.partition(". doi:")[2] in CITATIONS for text in fit.references)


@pytest.mark.parametrize("name", [*FITS, *OTHERS])
def test_house_tables(name):
    """A bold title, the page's own colors, no block of typewriter text; repr is the summary."""
    fit = {**FITS, **OTHERS}[name]
    html = fit._repr_html_()
    assert html.count("<b>") == html.count("<table") == 1
    assert "<pre" not in html
    assert "color:inherit" in html
    assert "nan" not in html
    assert str(fit) == repr(fit) == fit.summary()


@pytest.mark.parametrize("name", [*FITS, *OTHERS])
def test_numbers_fit_a_terminal(name):
    """Lines of numbers take 80 columns; titles, notes and names of things may be longer."""
    lines = {**FITS, **OTHERS}[name].summary().splitlines()[1:]
    named = tuple(f"  {term}" for term in ("term", *FITS["regress"].names))
    free = ("  note:", "  left out:", "  Cochran", "  Breslow", *named)
    assert [line for line in lines if len(line) > 80 and not line.startswith(free)] == []


def test_limits_of_what_was_not_estimated():
    """A tau² that is 0 by assumption, or was given, has no interval about it."""
    assert "  tau² taken as 0; 95% CI (0.0167, 0.785) [Q-profile]" in FITS["common"].summary()
    assert "  tau² = 0.1 (given); 95% CI (0.0167, 0.785)" in FITS["fixed"].summary()
    told = "tau² = 0.1 (fixed in advance; from the data, 95% CI 0.0167 to 0.785)"
    assert told in FITS["fixed"].sentence()


def test_one_residual_degree_of_freedom():
    """The width of its intervals is remarked, as for a pool of two."""
    few = regress(RATIOS.take([0, 1, 2]), "~ ablat")
    assert "one residual degree of freedom: the intervals are very wide" in few.remarks
    wald = regress(RATIOS.take([0, 1, 2]), "~ ablat", inference="WALD")
    assert not any("residual degree" in remark for remark in wald.remarks)


def test_records_read_as_estimates():
    """An estimate and an interval print their reading scale."""
    fit = pool(RATIOS)
    read = fit.estimate.read()
    told = f"{read.value:.3f}, 95% CI ({read.low:.3f}, {read.high:.3f}), p = 0.002"
    assert str(fit.estimate) == repr(fit.estimate) == told
    assert repr(fit.prediction_interval).startswith("95% interval (0.136, ")
    assert repr(FITS["regress"].test("ablat")).startswith("F = ")


def test_points_in_a_column():
    """Numbers of unlike precision, in text and in a notebook."""
    assert at_the_point(["−0.027", "12", "∞", "(1, 2)"]) == ["−0.027", "12    ", "∞", "(1, 2)"]
    rows = estimate_rows("term", FITS["regress"].names, FITS["regress"].coefficients)
    assert len({row[1].rindex(".") - len(row[1]) for row in rows[1:]}) == 1
    assert "<td" in grid("T", [["a", "b"], ["x", "1"]])
    html = grid("T", [["a", "b"], ["x", "1.25"], ["y", "1   "]])
    assert ">1\u2008\u2007\u2007<" in html


def test_degrees_of_freedom_in_words():
    """Whole numbers stay whole, however large; several give their range."""
    assert degrees_words(1234.0) == "1234 degrees of freedom"
    told = "by Kenward-Roger (t distribution, 5.42 to 6.31 degrees of freedom)"
    assert method_words("Kenward-Roger, t", 6.3, 5.42, 6.31) == told
