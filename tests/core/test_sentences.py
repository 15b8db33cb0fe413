"""Sentences: numbers as journals print them, methods in words, references in their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from pkgutil import walk_packages

import numpy as np
import pytest

import metaan
from metaan.core.bias import BIAS_TOOLS
from metaan.core.citations import CITATIONS, cite, marks
from metaan.core.conventions import CONVENTIONS
from metaan.core.effects import Effects
from metaan.core.errors import LeftOutWarning
from metaan.core.numbers import printed
from metaan.core.subgroup_fit import BETWEEN
from metaan.core.wording import counted_studies, in_sentence, method_words
from metaan.dependent.robust_kinds import HOTELLING, ROBUST_KINDS
from metaan.measures.table import MEASURES
from metaan.tau2.interval import INTERVALS
from metaan.tau2.table import ESTIMATORS
from metaan.twobytwo.estimators import MH_MEASURES
from metaan.twobytwo.glmm_table import GLMMS
from metaan.twobytwo.homogeneity import COUNT_TESTS
from metaan.twobytwo.methods import COUNT_METHODS
from metaan.univariate.inference import INFERENCES
from metaan.univariate.pooling import pool
from metaan.univariate.prediction import PREDICTIONS
from metaan.univariate.presets import BERKEY, KNAPP_HARTUNG
from metaan.univariate.subgrouping import subgroups

TABLES = [
    row
    for table in (
        ESTIMATORS,
        INTERVALS,
        INFERENCES,
        PREDICTIONS,
        MH_MEASURES,
        COUNT_METHODS,
        COUNT_TESTS,
        GLMMS,
        ROBUST_KINDS,
        MEASURES,
        BIAS_TOOLS,
    )
    for row in table.values()
]
RATIOS = replace(
    Effects.from_arrays(
        [-0.889, -1.585, -1.348, -1.442, -0.218, -0.786],
        se=[0.571, 0.441, 0.644, 0.141, 0.226, 0.083],
        scale="log",
        label="Risk ratio",
        columns={"alloc": ["random", "random", "random", "other", "other", "other"]},
    ),
    treatment="vaccine",
    control="no vaccine",
)


@pytest.mark.parametrize("row", TABLES, ids=[f"{type(row).__name__}-{row.key}" for row in TABLES])
def test_every_doi_of_a_table_has_its_reference(row):
    """A row that names a DOI can be cited in full."""
    assert row.doi == "" or row.doi in CITATIONS


def test_every_table_of_every_room_can_be_cited():
    """Any row with a DOI, wherever its table is; the front rooms have no tables of methods."""
    lacking = {}
    for module in walk_packages(metaan.__path__, "metaan."):
        if module.name.startswith(("metaan.plots", "metaan.report", "metaan.cli", "metaan.__")):
            continue
        for name, table in vars(import_module(module.name)).items():
            rows = table.values() if name.isupper() and isinstance(table, Mapping) else ()
            dois = [getattr(row, "doi", "") for row in rows]
            lacking |= {doi: name for doi in dois if doi and doi not in CITATIONS}
    assert not lacking


@pytest.mark.parametrize("doi", [BERKEY, KNAPP_HARTUNG, HOTELLING.doi, BETWEEN])
def test_what_sentences_cite_beyond_the_tables_has_its_reference(doi):
    """Models and tests that are no rows."""
    assert doi in CITATIONS


def test_results_read_as_a_paragraph():
    """Every figure of the fit, rounded by hand, and the sentence about methods with its marks."""
    fit = pool(RATIOS, tau2="DL", inference="WALD", prediction="HTS")
    assert fit.sentence() == (
        "In a random-effects meta-analysis of 6 studies of vaccine versus no vaccine, the pooled "
        "risk ratio was 0.37 (95% CI 0.24 to 0.58; p < 0.001). The true risk ratio of a new study "
        "is expected between 0.093 and 1.50 (95% prediction interval). Heterogeneity: tau² = "
        "0.198 (95% CI 0.0384 to 1.48), I² = 82.5% (from tau²), Q = 28.65 with 5 degrees of "
        "freedom (p < 0.001). The between-study variance (tau²) was estimated by "
        "DerSimonian-Laird [1], its limits are by Q-profile [2], the confidence interval is by "
        "Wald (normal distribution), and the prediction interval is by "
        "Higgins-Thompson-Spiegelhalter (t distribution, k − 2 degrees of freedom) [3]."
    )
    assert [text.split(" ")[0] for text in fit.references] == [
        "DerSimonian",
        "Viechtbauer",
        "Higgins",
    ]
    assert fit.references[0].endswith("1986;7:177–188. doi:10.1016/0197-2456(86)90046-2")


def test_the_figures_of_that_paragraph():
    """By plain arithmetic; the limits of tau² are metafor's (0.0384, 1.4818)."""
    y, v = RATIOS.y, RATIOS.v
    w = 1 / v
    mean = np.average(y, weights=w)
    q = np.sum(w * (y - mean) ** 2)
    tau2 = (q - 5) / (w.sum() - (w**2).sum() / w.sum())
    w = 1 / (v + tau2)
    mean, se = np.average(y, weights=w), w.sum() ** -0.5
    told = np.exp([mean, mean - 1.959964 * se, mean + 1.959964 * se])
    assert [f"{x:.2f}" for x in told] == ["0.37", "0.24", "0.58"]
    half = 2.776445 * np.sqrt(tau2 + se**2)
    assert [f"{x:.3f}" for x in np.exp([mean - half, mean + half])] == ["0.093", "1.496"]
    assert (f"{q:.2f}", f"{100 * (q - 5) / q:.1f}", f"{tau2:.3f}") == ("28.65", "82.5", "0.198")


def test_methods_alone():
    """The same marks and references without the results."""
    fit = pool(RATIOS)
    text = fit.methods_sentence()
    assert text.startswith(
        "The risk ratio was pooled in a random-effects meta-analysis of 6 studies of vaccine "
        "versus no vaccine. The between-study variance (tau²) was estimated by restricted maximum "
        "likelihood [1]"
    )
    assert "by Hartung-Knapp-Sidik-Jonkman (t distribution, 5 degrees of freedom) [3]" in text
    assert "HKSJ" not in text
    assert len(fit.references) == text.count("[") == 4


def test_common_effect_and_fixed_tau2():
    """No between-study variance; or one that was given."""
    common = pool(RATIOS, model="common").sentence()
    assert common.startswith("In a common-effect meta-analysis of 6 studies")
    assert "tau²" not in common
    assert "(from Q)" in common
    assert "(tau²) was fixed in advance," in pool(RATIOS, tau2=0.1).sentence()


def test_conventions_are_named():
    """In the sentence, the summary and the notebook."""
    fit = pool(RATIOS, conventions="RevMan")
    assert fit.sentence().endswith(
        "What was not chosen follows the conventions of RevMan since 2025."
    )
    assert "; conventions of RevMan since 2025)" in fit.summary().splitlines()[0]
    assert "conventions of RevMan since 2025" in fit._repr_html_()
    assert any("prediction interval (t(k - 1))" in text for text in fit.remarks)
    assert pool(RATIOS).conventions == ""


def test_one_study_has_its_own_interval():
    """What the sentence names is what was done, whatever was asked for."""
    alone = pool(RATIOS.take([0]), inference="HKSJ")
    assert "The confidence interval is by Wald (normal distribution)." in alone.sentence()


@pytest.mark.parametrize("key", CONVENTIONS)
def test_what_is_given_wins_over_conventions(key):
    """Each choice of the caller stays, and the program decides about the rest."""
    fit = pool(RATIOS, conventions=key, tau2="PM", inference="T", prediction="HTS")
    assert (fit.tau2_method, fit.inference, fit.prediction) == ("PM", "T", "HTS")
    assert fit.conventions == key
    assert not any("prediction interval" in text for text in fit.remarks)
    common = pool(RATIOS, conventions=key, model="common")
    assert common.inference == "WALD"


def test_one_study_and_studies_left_out():
    """One study is not pooled; those that could not enter are counted."""
    alone = pool(RATIOS.take([0]), inference="WALD").sentence()
    assert alone == (
        "One study of vaccine versus no vaccine was available (Study 1), and nothing was pooled: "
        "its risk ratio was 0.41 (95% CI 0.13 to 1.26; p = 0.12). The confidence interval is by "
        "Wald (normal distribution)."
    )
    with pytest.warns(LeftOutWarning):
        some = Effects.from_arrays([0.1, np.nan, 0.3], [0.01, 0.01, 0.02])
    assert "meta-analysis of 2 of 3 studies" in pool(some, inference="WALD").sentence()


def test_subgroups_in_a_paragraph():
    """Each subgroup, the test between them, and the reference of that test."""
    fit = subgroups(RATIOS, "alloc", tau2="DL", inference="WALD")
    text = fit.sentence()
    first = fit["random"].estimate.read()
    value = f"{first.value:.2f} (95% CI {first.low:.2f} to {first.high:.2f}; p < 0.001)"
    assert f"By alloc, the pooled risk ratio was {value} in 3 studies with alloc random" in text
    assert f"gave Q = {fit.q_between:.2f} with 1 degree of freedom" in text
    both = "in each subgroup and for all studies together, by DerSimonian-Laird [1]"
    assert both in text
    assert "its limits are by Q-profile [2]" in text
    assert fit.overall.references[1] in fit.references
    assert fit.references[-1].startswith("Borenstein M, Higgins JPT.")
    shared = subgroups(RATIOS, "alloc", tau2="DL", shared_tau2=True)
    twice = "once for all subgroups and once for the pool of all studies, by DerSimonian-Laird [1]"
    assert twice in shared.methods_sentence()
    assert (
        "and of all 6 studies of vaccine versus no vaccine together" in shared.methods_sentence()
    )
    assert "from a t distribution with k − p degrees of freedom" in shared.sentence()
    html = shared._repr_html_()
    assert "one tau² for all subgroups" in html
    assert html.count("<tr") == 4


@pytest.mark.parametrize(
    ("values", "ratio", "texts"),
    [
        ((0.4894, 0.3362, 0.7123), True, ("0.49", "0.34", "0.71")),
        ((0.0523, 0.0041, 66.6), True, ("0.052", "0.0041", "66.6")),
        ((0.9, 0.0799, 0.00000123), True, ("0.90", "0.080", "1.2e−06")),
        ((12.345, 3.4, 345.6), True, ("12.3", "3.40", "346")),
        ((-15.106, -32.64, 2.43), False, ("−15.1", "−32.6", "2.4")),
        ((120.31, 119.8, 120.9), False, ("120.31", "119.80", "120.90")),
        ((0.0312, 0.0101, 0.0523), False, ("0.031", "0.010", "0.052")),
        ((0.5, 0.5, 0.5), False, ("0.50", "0.50", "0.50")),
        ((1e-9, -1e-9, 3e-9), False, ("1e−09", "−1e−09", "3e−09")),
        ((0.0, 0.0, 0.0), False, ("0.00", "0.00", "0.00")),
        ((0.3, -np.inf, np.inf), False, ("0.30", "−∞", "∞")),
    ],
)
def test_numbers_as_papers_print_them(values, ratio, texts):
    """Decimals by the width of the interval, or by the size of a ratio."""
    assert printed(*values, ratio=ratio) == texts


def test_small_words():
    """Labels inside a sentence, counts, names of methods, unknown DOIs."""
    assert in_sentence("Risk ratio") == "risk ratio"
    assert in_sentence("VAS pain") == "VAS pain"
    assert counted_studies(1) == "1 study"
    assert counted_studies(1, 1) == "1 of 2 studies"
    assert method_words("Wald, t(k - p)", np.inf) == "by Wald (normal distribution)"
    assert method_words("Wald, t(k - p)", 1) == "by Wald (t distribution, 1 degree of freedom)"
    assert method_words("t(k - 1)") == "from a t distribution with k − 1 degrees of freedom"
    assert cite(["", "10.1/x", "10.1/x"]) == ("doi:10.1/x",)
    assert marks(["10.1/x", "", "10.2/y"]) == {"": "", "10.1/x": " [1]", "10.2/y": " [2]"}


def test_notebook_table_holds_what_the_summary_holds():
    """Estimate, limits, heterogeneity and notes; the page's own colors; text is escaped."""
    fit = pool(replace(RATIOS, label="Risk <ratio>"))
    html = fit._repr_html_()
    assert "Risk &lt;ratio&gt;" in html
    assert "<pre" not in html
    assert "color:inherit" in html
    for part in (f"{fit.estimate.read().value:.3f}", "Prediction", "Q = 28.65", "SE "):
        assert part in html


def test_several_maxima_are_remarked():
    """A likelihood with two maxima is worth a line."""
    fit = pool(RATIOS)
    rivals = replace(fit, convergence=replace(fit.convergence, how="search", steps=4, maxima=2))
    assert "note: tau²: solved to machine precision in 4 steps, the highest of 2 maxima" in (
        rivals.summary()
    )
    assert "maxima" not in fit.summary()
