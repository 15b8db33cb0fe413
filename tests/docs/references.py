"""REFERENCES: which tests compare with which program, and its call."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Numbers of another program, and the tests that compare ours with them.

    Attributes
    ----------
    topic : str
        Heading of its section on the page.
    what : str
        What is compared, in a few words.
    call : str
        The call that gave them, in the program's words.
    packages : tuple of str
        Packages whose versions the pins state; those of another tool with their version.
    pins : str
        File in ``tests/reference/pins`` that states the versions; empty if none does.
    file : str
        Test file.
    tests : tuple of str
        Its functions; all if empty.
    quick : bool
        Whether it is measured again in every run of the tests.
    """

    topic: str
    what: str
    call: str
    packages: tuple[str, ...]
    pins: str
    file: str
    tests: tuple[str, ...] = ()
    quick: bool = False


_EFFECTS, _POOL, _REGRESS = "Effect sizes", "Pooling", "Meta-regression and subgroups"
_COUNTS, _NETS = "Counts", "Networks"
_TRUST, _SELECT = "Influence and refits", "Small studies and selection"
_RMA, _META, _NET = ("metafor",), ("meta",), ("netmeta",)

REFERENCES = (
    Reference(
        topic=_EFFECTS, what="82 measures, every variance and zero-cell rule",
        call="escalc(measure, vtype=, correct=, add=, to=, drop00=)", packages=_RMA,
        pins="escalc", file="tests/reference/test_measures.py", quick=True,
    ),
    Reference(
        topic=_EFFECTS, what="tetrachoric correlations", call='escalc("RTET"), escalc("ZTET")',
        packages=_RMA, pins="escalc", file="tests/measures/test_tetrachoric.py",
        tests=("test_r_comes_near",), quick=True,
    ),
    Reference(
        topic=_EFFECTS, what="limits of a study", call="summary(escalc())", packages=_RMA,
        pins="escalc", file="tests/reference/test_study_limits.py", quick=True,
    ),
    Reference(
        topic=_EFFECTS, what="limits of a proportion", call="metaprop(method.ci=)",
        packages=_META, pins="proportions", file="tests/core/test_study_intervals.py",
        tests=("test_limits_are_those_of_the_package_meta",),
    ),
    Reference(
        topic=_EFFECTS, what="scales and their inverses", call="transf.*()", packages=_RMA,
        pins="conversions", file="tests/core/test_scale.py",
        tests=(
            "test_functions_of_r", "test_freeman_and_tukey_of_proportions",
            "test_freeman_and_tukey_of_rates",
        ),
        quick=True,
    ),
    Reference(
        topic=_EFFECTS, what="one metric in another",
        call="transf.*(), conv.delta(), conv.wald(), conv.2x2(), or2smd()",
        packages=("metafor", "meta"), pins="conversions",
        file="tests/reference/test_convert.py", quick=True,
    ),
    Reference(
        topic=_EFFECTS, what="mean and SD from quantiles",
        call="conv.fivenum(method=, dist=), metamean(method.mean=, method.sd=)",
        packages=("metafor", "meta"), pins="conversions",
        file="tests/reference/test_recover.py", quick=True,
    ),
    Reference(
        topic=_POOL, what="mean, limits, tests, heterogeneity, weights",
        call="rma(yi, vi, method=, test=)", packages=_RMA, pins="univariate",
        file="tests/reference/test_pooling.py", quick=True,
    ),
    Reference(
        topic=_POOL, what="14 estimators of tau² and their errors",
        call="rma(yi, vi, mods=, method=, weights=)", packages=_RMA, pins="tau2",
        file="tests/reference/test_tau2_estimators.py", quick=True,
    ),
    Reference(
        topic=_POOL, what="Q-profile limits", call="confint(rma())", packages=_RMA,
        pins="univariate", file="tests/reference/test_interval.py", quick=True,
    ),
    Reference(
        topic=_POOL, what="profile likelihood and generalized Q",
        call='confint(rma(), type="PL"), metagen(method.tau.ci=)', packages=("metafor", "meta"),
        pins="tau2", file="tests/reference/test_tau2_intervals.py",
    ),
    Reference(
        topic=_POOL, what="prediction intervals", call="predict(rma(), predtype=)",
        packages=_RMA, pins="univariate", file="tests/reference/test_prediction.py", quick=True,
    ),
    Reference(
        topic=_POOL, what="Kenward-Roger, Henmi-Copas, HK-PR, bootstrap",
        call="hc(rma()), metagen(method.random.ci=, method.predict=)",
        packages=("metafor", "meta"), pins="inference",
        file="tests/reference/test_inference.py",
    ),
    Reference(
        topic=_POOL, what="each program's defaults",
        call="metagen(), metabin(), metacont(), metareg()", packages=_META, pins="conventions",
        file="tests/reference/test_conventions.py", quick=True,
    ),
    Reference(
        topic=_POOL, what="double arcsines read at the harmonic mean",
        call="predict(rma(), transf=transf.ipft.hm)", packages=_RMA, pins="proportions",
        file="tests/reference/test_double_arcsine.py", quick=True,
    ),
    Reference(
        topic=_REGRESS, what="coefficients, tests, predictions, fit statistics, R²",
        call="rma(yi, vi, mods = ~ ..., method=, test=), anova(), predict()", packages=_RMA,
        pins="regression", file="tests/reference/test_regression.py",
    ),
    Reference(
        topic=_REGRESS, what="residuals and hat values",
        call="residuals(), rstandard(), rstudent(), hatvalues()", packages=_RMA,
        pins="residuals", file="tests/univariate/test_residuals.py",
        tests=("test_means", "test_studentized_means", "test_meta_regressions", "test_given_tau2"),
        quick=True,
    ),
    Reference(
        topic=_REGRESS, what="variance inflation", call="vif(rma())", packages=_RMA,
        pins="regression", file="tests/univariate/test_collinearity.py",
        tests=(
            "test_pinned_designs", "test_given_tau2", "test_generalized_of_two_coefficients",
        ),
        quick=True,
    ),
    Reference(
        topic=_REGRESS, what="subgroups", call="metabin(subgroup=)", packages=_META,
        pins="subgroups", file="tests/reference/test_subgroups.py", quick=True,
    ),
    Reference(
        topic=_REGRESS, what="subgroups with one tau²",
        call="metagen(subgroup=, tau.common = TRUE), rma(mods = ~ factor)",
        packages=("meta", "metafor"), pins="subgroups",
        file="tests/reference/test_shared_tau2.py", quick=True,
    ),
    Reference(
        topic=_REGRESS, what="cluster-robust variances",
        call='robust(rma(), cluster=), vcovCR(type = "CR2")', packages=_RMA, pins="robust",
        file="tests/reference/test_robust.py", quick=True,
    ),
    Reference(
        topic=_REGRESS, what="permutation tests", call="permutest(rma(), exact=)", packages=_RMA,
        pins="permutation", file="tests/reference/test_permutation.py",
    ),
    Reference(
        topic=_COUNTS, what="Mantel-Haenszel, Peto, tests of counts",
        call="rma.mh(), rma.peto(), metabin(), mantelhaen.test()", packages=("metafor", "meta"),
        pins="counts", file="tests/reference/test_counts.py", quick=True,
    ),
    Reference(
        topic=_COUNTS, what="generalized linear mixed models",
        call="rma.glmm(measure=, model=), lme4::glmer()", packages=_RMA, pins="glmm",
        file="tests/reference/test_glmm.py",
    ),
    Reference(
        topic=_TRUST, what="leave-one-out and cumulative", call="leave1out(), cumul()",
        packages=_RMA, pins="refits", file="tests/diagnostics/test_refits_of_metafor.py",
        quick=True,
    ),
    Reference(
        topic=_TRUST, what="the same of Mantel-Haenszel", call="leave1out(rma.mh())",
        packages=_RMA, pins="counts", file="tests/diagnostics/test_counts_refits.py",
        tests=("test_metafor",), quick=True,
    ),
    Reference(
        topic=_TRUST, what="influence, empirical Bayes estimates",
        call="influence(), rstudent(), cooks.distance(), blup(), qqnorm()", packages=_RMA,
        pins="influence", file="tests/diagnostics/test_influence_of_metafor.py",
    ),
    Reference(
        topic=_TRUST, what="all subsets of 13 trials", call="gosh(rma())",
        packages=("metafor 5.1",), pins="",
        file="tests/diagnostics/test_gosh_reference.py", quick=True,
    ),
    Reference(
        topic=_TRUST, what="bootstrap intervals", call="boot::boot.ci(type=)",
        packages=("boot",), pins="bootstrap", file="tests/diagnostics/test_resampling_limits.py",
        tests=("test_the_same_draws",), quick=True,
    ),
    Reference(
        topic=_SELECT, what="tests of funnel asymmetry",
        call="regtest(), ranktest(), metabias(method.bias=)", packages=("metafor", "meta"),
        pins="asymmetry", file="tests/diagnostics/test_asymmetry_pins.py",
    ),
    Reference(
        topic=_SELECT, what="trim and fill", call="trimfill(estimator=, side=)",
        packages=("metafor", "meta"), pins="trim_and_fill",
        file="tests/diagnostics/test_trim_and_fill.py",
        tests=("test_metafor", "test_meta_trims_around_the_common_mean"),
    ),
    Reference(
        topic=_SELECT, what="fail-safe N", call="fsn(type=)", packages=_RMA, pins="fail_safe",
        file="tests/diagnostics/test_fail_safe.py",
        tests=("test_metafor", "test_metafor_by_the_fit"), quick=True,
    ),
    Reference(
        topic=_SELECT, what="excess significance", call="tes()", packages=_RMA,
        pins="excess_significance", file="tests/diagnostics/test_excess_significance.py",
        tests=("test_metafor",), quick=True,
    ),
    Reference(
        topic=_SELECT, what="selection models", call="selmodel(rma(), type=)",
        packages=("metafor 5.1",),
        pins="", file="tests/reference/test_selection.py",
    ),
    Reference(
        topic=_SELECT, what="Copas", call="copas()", packages=("metasens 1.5-3",), pins="",
        file="tests/papers/test_copas.py", tests=("test_metasens_at_its_selections",),
    ),
    Reference(
        topic=_SELECT, what="limit meta-analysis", call="limitmeta()",
        packages=("metasens 1.5-3",), pins="", file="tests/papers/test_limit_meta_analysis.py",
        tests=("test_metasens",), quick=True,
    ),
    Reference(
        topic=_NETS, what="effects, errors, heterogeneity, prediction",
        call="netmeta(TE, seTE, treat1, treat2, studlab, method.tau=)", packages=_NET,
        pins="network_senn2013", file="tests/networks/test_network.py", quick=True,
    ),
    Reference(
        topic=_NETS, what="league tables", call="netleague()", packages=_NET,
        pins="network_senn2013", file="tests/networks/test_league.py",
        tests=(
            "test_every_cell_is_that_of_netleague", "test_matrices_are_those_of_r",
            "test_direct_evidence_is_that_of_r",
        ),
        quick=True,
    ),
    Reference(
        topic=_NETS, what="P-scores", call="netrank()", packages=_NET, pins="network_senn2013",
        file="tests/networks/test_ranking.py", tests=("test_p_scores_are_those_of_r",), quick=True,
    ),
    Reference(
        topic=_NETS, what="direct and indirect evidence", call="netmeta()$TE.direct.random, ...",
        packages=_NET, pins="network_senn2013", file="tests/networks/test_direct.py",
        tests=("test_direct_and_indirect_pins", "test_pins_of_the_weights"), quick=True,
    ),
    Reference(
        topic=_NETS, what="node splits", call="netsplit(method=)", packages=_NET,
        pins="network_senn2013", file="tests/networks/test_node_split.py",
        tests=("test_every_comparison",), quick=True,
    ),
    Reference(
        topic=_NETS, what="decomposition of Q", call="decomp.design()", packages=_NET,
        pins="network_senn2013", file="tests/networks/test_decomposition.py",
        tests=("test_sums_and_designs", "test_detached_designs", "test_interaction"), quick=True,
    ),
    Reference(
        topic=_NETS, what="contributions", call="netcontrib(method=)", packages=_NET,
        pins="network_senn2013", file="tests/networks/test_contribution.py",
        tests=("test_pins",), quick=True,
    ),
    Reference(
        topic=_NETS, what="hat matrices", call="hatmatrix(method=)", packages=_NET,
        pins="network_senn2013", file="tests/networks/test_hat_matrix.py",
        tests=("test_davies_pins", "test_ruecker_pins", "test_krahn_pins"), quick=True,
    ),
    Reference(
        topic=_NETS, what="evidence measures", call="netmeasures()", packages=_NET,
        pins="network_senn2013", file="tests/networks/test_paths.py",
        tests=("test_pins", "test_pins_of_designs"), quick=True,
    ),
    Reference(
        topic=_NETS, what="contrasts of arms", call="pairwise()", packages=_NET,
        pins="network_senn2013", file="tests/trials/test_network_effects.py",
        tests=("test_contrasts_are_those_of_netmeta",), quick=True,
    ),
    Reference(
        topic=_NETS, what="pools of each comparison", call="netpairwise()", packages=_NET,
        pins="network_senn2013", file="tests/networks/test_characteristics.py",
        tests=("test_pools_are_netpairwise_s",), quick=True,
    ),
    Reference(
        topic=_NETS, what="networks of rare events",
        call='netmetabin(method = "MH" | "LRP")', packages=_NET, pins="network_senn2013",
        file="tests/networks/test_sparse_mantel_haenszel.py",
        tests=("test_pins_of_the_network", "test_pins_of_direct_and_indirect_evidence"),
        quick=True,
    ),
    Reference(
        topic=_NETS, what="the same, penalized likelihood", call='netmetabin(method = "LRP")',
        packages=_NET, pins="network_senn2013", file="tests/networks/test_sparse_firth.py",
        tests=("test_pins_of_the_network",), quick=True,
    ),
    Reference(
        topic=_NETS, what="components", call="rma.mv(yi, V, mods=, random=)", packages=_RMA,
        pins="network_components", file="tests/networks/test_components.py",
        tests=("test_metafor",), quick=True,
    ),
    Reference(
        topic=_NETS, what="network meta-regression", call="rma.mv(yi, V, mods=, random=)",
        packages=_RMA, pins="network_regression", file="tests/networks/test_network_regression.py",
        tests=(
            "test_coefficients_are_those_of_metafor_at_its_tau2", "test_tau2_is_that_of_metafor",
        ),
        quick=True,
    ),
)  # fmt: skip
PAPERS = "tests/papers"
