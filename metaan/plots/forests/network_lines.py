"""The lines under the forest plot of a network: heterogeneity, tests, the model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TypeAlias

from metaan.core.conventions import FROM_Q
from metaan.core.counts_fit import Test
from metaan.core.fit_words import FIXED, INFERENCE, TAU2, used
from metaan.core.numbers import fixed, listed
from metaan.core.wording import percent
from metaan.networks.components.component_fit import ComponentFit
from metaan.networks.fits.network_fit import NetworkFit
from metaan.networks.moderators.network_regression_fit import NetworkRegressionFit
from metaan.networks.moderators.network_subgroup_fit import NetworkSubgroupFit
from metaan.networks.sparse.sparse_fit import SparseNetworkFit
from metaan.networks.sparse.sparse_methods import SPARSE_METHODS
from metaan.plots.forests.fit_lines import chi2_line, joint_line, method_text, residual
from metaan.plots.forests.lines import Lines, filled, tau2_text
from metaan.plots.forests.wording import clean

LeastSquares: TypeAlias = NetworkFit | ComponentFit | NetworkRegressionFit
Combining: TypeAlias = LeastSquares | SparseNetworkFit

HETEROGENEITY = "eterogeneity"  # whatever the case of its first letter
NOTHING_LEFT = "Heterogeneity: not defined, no degree of freedom is left"
MODELS: Mapping[type, str] = MappingProxyType(
    {
        NetworkFit: "network meta-analysis",
        ComponentFit: "additive component network meta-analysis",
        NetworkRegressionFit: "network meta-regression",
    }
)


def network_lines(lines: Lines, fit: Combining) -> Iterator[str]:
    """Yield the lines of a fit, from the top."""
    if isinstance(fit, SparseNetworkFit):
        yield from (_capital(chi2_line(lines, test)) for test in fit.tests)
        yield _filled(lines, _sparse_words(fit))
        return
    if isinstance(fit, NetworkRegressionFit):
        what = f"interaction with {clean(fit.covariate.name)}"
        yield joint_line(lines, fit.test, what=what, r2=fit.r2)
    told = _heterogeneity(lines, fit)
    yield residual(told) if isinstance(fit, NetworkRegressionFit) else told
    if isinstance(fit, ComponentFit):
        yield _additivity(lines, fit)
    yield _filled(lines, f"{_model(fit)}; {_limits(fit)}")


def subgroup_lines(lines: Lines, fit: NetworkSubgroupFit) -> Iterator[str]:
    """Yield the lines of networks by subgroups: test of interaction, each tau², the model."""
    overall = fit.overall
    joint = joint_line(lines, fit.between, what=f"interaction with {clean(fit.by)}", r2=math.nan)
    yield joint or f"Test of interaction with {clean(fit.by)}: no treatment has two levels"
    if overall.tau2_method and not fit.shared_tau2:
        levels = zip(fit.levels, fit.fits, strict=True)
        each = [f"{lines.styled(tau2_text(part.tau2))} ({clean(name)})" for name, part in levels]
        yield f"τ² = {listed([*each, f'{lines.styled(tau2_text(overall.tau2))} (all studies)'])}"
    elif overall.tau2_method and fit.fits:
        shared = lines.styled(tau2_text(fit.fits[0].tau2))
        own = lines.styled(tau2_text(overall.tau2))
        yield f"τ² = {shared}, one for all levels; {own} with all studies"
    inference = used(overall, INFERENCE, overall.inference)
    degrees = [part.relative.df for part in (*fit.fits, overall)]
    limits = _by(overall.level, method_text(inference.name, *degrees))
    model = _model(overall)
    words = f"Each level and all studies: {model[:1].lower()}{model[1:]}; {limits}"
    yield _filled(lines, words)


def _heterogeneity(lines: Lines, fit: LeastSquares) -> str:
    het = fit.heterogeneity
    if het.df < 1:
        return NOTHING_LEFT
    i2 = het.i2_q if fit.i2_first == FROM_Q or not fit.tau2_method else het.i2
    plain = lines.heterogeneity(het, tau2=fit.tau2 if fit.tau2_method else None, i2=i2)
    return plain.replace(HETEROGENEITY, f"{HETEROGENEITY} and inconsistency", 1)


def _additivity(lines: Lines, fit: ComponentFit) -> str:
    """Return the test of sums of components against free effects; empty where there is none."""
    test = fit.additivity
    if not test.testable:
        return ""
    name = "Test of additivity"
    plain = chi2_line(
        lines,
        Test(
            name=name,
            statistic=test.q,
            df=test.df,
            p_value=test.p_value,
            log_p_value=test.log_p_value,
        ),
    )
    if test.q_random == test.q:
        return plain
    p = lines.p(test.p_value_random, test.log_p_value_random)
    return f"{plain}; allowing for τ², {lines.styled(fixed(test.q_random))} ({p})"


def _model(fit: LeastSquares) -> str:
    """Return the model in words, without its intervals."""
    told = [f"{'Random-effects' if fit.tau2_method else 'Common-effect'} {MODELS[type(fit)]}"]
    if isinstance(fit, NetworkRegressionFit):
        told.append(f"{fit.interactions} interactions")
    if fit.tau2_method == FIXED:
        told.append("τ² fixed in advance")
    elif fit.tau2_method:
        told.append(f"τ² by {used(fit, TAU2, fit.tau2_method).name.replace('tau²', 'τ²')}")
    return ", ".join(told)


def _limits(fit: LeastSquares) -> str:
    inference = used(fit, INFERENCE, fit.inference)
    return _by(fit.level, method_text(inference.name, fit.relative.df))


def _sparse_words(fit: SparseNetworkFit) -> str:
    method = method_text(fit.methods[INFERENCE].name, fit.relative.df)
    name = SPARSE_METHODS[fit.method].name
    return f"Common-effect network meta-analysis ({name}); {_by(fit.level, method)}"


def _by(level: float, method: str) -> str:
    return f"{percent(level)} CI by {method}"


def _filled(lines: Lines, words: str) -> str:
    """Return the words as the layout has a model, or as they are where it has no such line."""
    return filled(lines.layout.model, {"model": words}) if lines.layout.model else words


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
