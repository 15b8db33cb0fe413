"""Networks by subgroups: laws against plain networks and regression, a dense test, edges."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metaan.core.errors import ChoiceError, InputError
from metaan.core.network_effects import NetworkEffects
from metaan.networks.fits.network import network
from metaan.networks.moderators.network_regression import network_regress
from metaan.networks.moderators.network_subgroups import network_subgroups
from tests.networks.dated import baker2009, dense, eras, gls, senn2013, with_column
from tests.tolerance import Tolerance, close

ALGEBRA = Tolerance(relative=1e-9, absolute=1e-11, reason="the same sums in another order")
ITERATED = Tolerance(relative=1e-8, absolute=1e-9, reason="two searches for one tau²")


def test_each_level_is_the_network_of_its_studies() -> None:
    """Everything of a plain fit of the studies of one level."""
    effects = eras(senn2013())
    fit = network_subgroups(effects, "era", reference="placebo")
    assert fit.levels == ("old", "new")
    for level in fit.levels:
        studies = {
            study
            for study, era in zip(effects.study, effects.columns["era"], strict=True)
            if era == level
        }
        alone = network(effects.take(studies), reference="placebo")
        own = fit[level]
        assert own.effects.studies == alone.effects.studies
        assert close(own.relative.differences, alone.relative.differences, ALGEBRA)
        assert close(own.relative.half, alone.relative.half, ALGEBRA)
        assert close(own.prediction_half, alone.prediction_half, ALGEBRA)
        assert own.tau2 == alone.tau2
    whole = network(effects, reference="placebo")
    assert close(fit.overall.relative.se, whole.relative.se, ALGEBRA)


@pytest.mark.parametrize("make", [senn2013, baker2009])
def test_for_common_effects_the_test_is_what_q_gains(make: object) -> None:
    """Q of one network less Q of the networks of the levels; degrees of freedom likewise."""
    effects = eras(make())  # type: ignore[operator]
    fit = network_subgroups(effects, "era", model="common")
    parts = fit.fits
    assert fit.left == {}
    assert close(fit.between.statistic, fit.overall.q - sum(part.q for part in parts), ALGEBRA)
    df = fit.overall.heterogeneity.df - sum(part.heterogeneity.df for part in parts)
    assert fit.between.df == df > 1


def test_the_test_is_walds_of_dense_covariances() -> None:
    """With a tau² of its own in each level: generalized least squares of the stacked effects."""
    fit = network_subgroups(eras(senn2013()), "era", reference="placebo", tau2="DL")
    names = [name for name in fit.overall.treatments if name != "placebo"]
    stacked, blocks, rows = [], [], []
    for part in fit.fits:
        own = [name for name in part.treatments if name != "placebo"]
        y, v, x, _, _ = dense(part.effects, part.tau2, own)
        beta, covariance, _ = gls(y, v, x)
        stacked.append(beta)
        blocks.append(covariance)
        rows.append([[float(a == b) for b in names] for a in own])
    size = [len(each) for each in stacked]
    total = np.zeros((sum(size),) * 2)
    total[: size[0], : size[0]], total[size[0] :, size[0] :] = blocks
    q = gls(np.concatenate(stacked), total, np.concatenate(rows))[2]
    assert close(fit.between.statistic, q, ALGEBRA)
    assert fit.between.df == sum(size) - len(names)
    assert fit.between.terms == tuple(fit.by_treatment)


def test_one_treatment_is_compared_by_its_own_effects() -> None:
    """Two levels: the square of z of their difference, model-based whatever the inference."""
    fit = network_subgroups(eras(senn2013()), "era", reference="placebo")
    wald = network_subgroups(eras(senn2013()), "era", reference="placebo", inference="WALD")
    old, new = (wald[level].effect("metformin") for level in ("old", "new"))
    z2 = (old.value - new.value) ** 2 / (old.se**2 + new.se**2)
    assert close(fit.by_treatment["metformin"].statistic, z2, ALGEBRA)
    assert fit.by_treatment["metformin"].df == 1
    assert "miglitol" not in fit.by_treatment  # studied in one level alone


def test_for_common_effects_it_is_the_regression_on_the_column() -> None:
    """Independent interactions: slopes are the differences, the joint test is the same."""
    effects = eras(senn2013())
    fit = network_subgroups(effects, "era", reference="placebo", model="common")
    slopes = network_regress(
        effects, "era", reference="placebo", interactions="independent", model="common"
    )
    assert set(slopes.slope_names) == set(fit.by_treatment)
    for name in slopes.slope_names:
        old, new = fit["old"].effect(name), fit["new"].effect(name)
        assert close(slopes[name].value, old.value - new.value, ALGEBRA)
        assert close(slopes[name].se, np.hypot(old.se, new.se), ALGEBRA)
    assert close(slopes.test.statistic, fit.between.statistic, ALGEBRA)
    assert slopes.test.df == fit.between.df


@pytest.mark.parametrize("inference", ["HKSJ", "T", "WALD"])
def test_a_shared_tau2_is_that_of_the_regression(inference: str) -> None:
    """And so are intervals, their degrees of freedom, and the limits of tau²."""
    effects = eras(senn2013())
    fit = network_subgroups(
        effects, "era", reference="placebo", shared_tau2=True, inference=inference
    )
    other = network_regress(
        effects, "era", reference="placebo", interactions="independent", inference=inference
    )
    for level in ("old", "new"):
        here = other.at(level)
        assert close(fit[level].tau2, other.tau2, ITERATED)
        assert fit[level].tau2_method == "REML"
        for name in fit.by_treatment:
            ours, theirs = fit[level].effect(name), here.effect(name)
            assert close(ours.value, theirs.value, ITERATED)
            assert close(ours.low, theirs.low, ITERATED)
            assert ours.df == theirs.df
        assert close(fit[level].heterogeneity.tau2_high, other.heterogeneity.tau2_high, ITERATED)
        assert fit[level].remarks == ()
    assert "one tau² for all levels" in fit.summary()
    assert "one tau² for all" in fit.sentence()


def small(region: tuple[object, ...]) -> NetworkEffects:
    """Return six studies of four treatments in some regions."""
    return NetworkEffects.from_arrays(
        [0.1, 0.3, 0.7, 0.5, 0.4, 0.6],
        se=[0.2] * 6,
        study=list("uvwxyz"),
        treat1=["b", "c", "c", "b", "d", "d"],
        treat2=["a", "a", "b", "a", "c", "a"],
        columns={"region": region},
    )


def test_levels_without_a_network_are_listed() -> None:
    """Not connected, or without the reference; the others are fitted."""
    effects = small(("north", "north", "north", "south", "south", "east"))
    fit = network_subgroups(effects, "region", reference="a", model="common")
    assert fit.levels == ("north", "east")
    assert fit.left == {"south": "its studies fall into 2 parts that no study connects"}
    assert fit.between.df == 0
    assert np.isnan(fit.between.p_value)
    assert "no network: south: its studies fall" in fit.summary()
    assert fit.sentence().count("South") + fit.sentence().count("south") == 1
    west = network_subgroups(
        small(("north", "north", "north", "west", "south", "north")), "region", reference="a"
    )
    assert west.left == {"south": "no study compares anything with a"}
    assert west.levels == ("north", "west")
    assert "in west no degree of freedom is left" in west.summary()
    with pytest.raises(ChoiceError, match="level='south' is not a subgroup with a network"):
        fit["south"]


def test_faults_are_named() -> None:
    """Columns, missing values, values within a study, flags, and no network at all."""
    with pytest.raises(InputError, match=r'is not a column.*"region"'):
        network_subgroups(small(tuple("nnnsss")), "regio")
    with pytest.raises(InputError, match="'region' is missing for z; fill it in"):
        network_subgroups(small(("n", "n", "n", "s", "s", None)), "region")
    with pytest.raises(InputError, match="shared_tau2='yes' must be True or False"):
        network_subgroups(small(tuple("nnnsss")), "region", shared_tau2="yes")  # type: ignore[arg-type]
    chain = small(tuple("qxpxqx")).take(["u", "w", "y"])
    with pytest.raises(InputError, match=r"no level of 'region' .* a: q: its studies.*; p: no"):
        network_subgroups(chain, "region", reference="a", model="common")
    mixed = replace(senn2013(), columns={"arm": list(range(len(senn2013().y)))})
    with pytest.raises(InputError, match=r"Willms \(1999\) \(.*\) has several"):
        network_subgroups(mixed, "arm")


def test_one_level_is_the_whole_and_has_no_test() -> None:
    """Nothing to compare."""
    fit = network_subgroups(small(("n",) * 6), "region", tau2="DL")
    assert close(fit["n"].relative.se, fit.overall.relative.se, ALGEBRA)
    assert fit.between.df == 0
    assert fit.by_treatment == {}
    assert "test of interaction: nothing to test" in fit.summary()


def test_three_levels_and_words() -> None:
    """More than two levels: more degrees of freedom; a table in every form."""
    years = {study: int(study.split("(")[1][:4]) for study in senn2013().studies}
    thirds = {study: f"{year // 4 * 4}s" for study, year in years.items()}
    effects = with_column(senn2013(), "time", thirds)
    fit = network_subgroups(effects, "time", reference="placebo", model="common")
    counts = [name for part in fit.fits for name in part.treatments]
    assert fit.by_treatment["metformin"].df == counts.count("metformin") - 1 >= 2
    frame = fit.to_frame()
    assert len(frame) == sum(len(part.treatments) - 1 for part in (*fit.fits, fit.overall))
    assert set(frame["time"]) == {*fit.levels, "all"}
    own = frame[(frame["treatment"] == "metformin") & (frame["time"] == "all")].iloc[0]
    assert own["interaction_p"] == fit.by_treatment["metformin"].p_value
    assert own["estimate"] == fit.overall.effect("metformin").value
    assert fit.summary().startswith("Effect, network of 10 treatments in 26 studies, by time")
    assert "joint test of an interaction gave chi²" in fit.sentence()
    assert "doi" in fit.references[0]
    assert "test of interaction" in fit._repr_html_()


def test_names_and_order_do_not_matter() -> None:
    """Contrasts turned and in another order give the same test."""
    effects = eras(senn2013())
    turned = NetworkEffects.from_arrays(
        -effects.y[::-1],
        effects.v[::-1],
        study=effects.study[::-1],
        treat1=effects.treat2[::-1],
        treat2=effects.treat1[::-1],
        columns={"era": effects.columns["era"][::-1]},
    )
    fit, same = (network_subgroups(each, "era", tau2="DL") for each in (effects, turned))
    assert fit.reference == same.reference
    assert close(fit.between.statistic, same.between.statistic, ALGEBRA)
    other = network_subgroups(effects, "era", tau2="DL", reference="metformin")
    assert set(other.levels) == set(fit.levels)
