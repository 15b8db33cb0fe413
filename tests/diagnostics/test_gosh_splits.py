"""Which study splits the subsets, and clusters of subsets, against the long way."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.diagnostics.subsets.clusters import cluster_words
from metaan.diagnostics.subsets.density import hills
from metaan.diagnostics.subsets.gosh import gosh
from metaan.diagnostics.subsets.record import _quantiles
from tests.diagnostics.comparing import drawn, quiet
from tests.diagnostics.test_gosh_reference import bcg
from tests.tolerance import Tolerance, close

LONG = Tolerance(relative=1e-9, absolute=1e-11, reason="the same sums in another order")
MADRAS = "Study 8"  # the trial of 1980, whose weight is a third of all by the common effect


def outlier():
    """Return eight studies of one kind and one that is neither small nor like them."""
    v = np.array([0.05, 0.06, 0.07, 0.05, 0.08, 0.06, 0.07, 0.05, 0.01])
    y = np.array([0.31, 0.28, 0.35, 0.25, 0.33, 0.30, 0.27, 0.34, -1.2])
    return Effects.from_arrays(y, v)


@pytest.mark.parametrize("options", [{}, {"model": "common"}])
def test_splits_the_long_way(options):
    """Distances by the covariance within, from lists of subsets with and without a study."""
    found = gosh(quiet(drawn(6), **options))
    splits = found.splits()
    here = found.defined
    assert splits.subsets == here.sum() == 57
    for i, (name, place) in enumerate(zip(splits.study, splits.position.tolist(), strict=True)):
        inside = found.with_(name)[here]
        points = np.stack([found.value[here], found.i2[here]])
        sides = (points[:, inside], points[:, ~inside])
        apart = sides[0].mean(axis=1) - sides[1].mean(axis=1)
        within = sum(np.cov(side, ddof=0) * side.shape[1] for side in sides) / here.sum()
        wanted = np.sqrt(apart @ np.linalg.solve(within, apart))
        assert close(splits.score[i], wanted, LONG)
        alone = apart / np.sqrt(np.diag(within))
        assert close((splits.estimate_apart[i], splits.i2_apart[i]), alone, LONG)
        medians = np.array([np.median(side, axis=1) for side in sides])
        assert close((splits.estimate_with[i], splits.i2_with[i]), medians[0], LONG)
        assert close((splits.estimate_without[i], splits.i2_without[i]), medians[1], LONG)
        assert (splits.n_with[i], found.study[place]) == (inside.sum(), name)
    assert (np.diff(splits.score) <= 0).all()


def test_the_trial_of_1980_splits_the_bcg_trials():
    """By the common effect the subsets part along it; its rank has a gap behind it."""
    splits = gosh(quiet(bcg(), model="common")).splits()
    assert splits.study[0] == MADRAS
    assert splits.score[0] > 2 > splits.score[1]
    assert splits.sentence().startswith("Study 8 splits the subsets into two clouds")
    frame = splits.to_frame()
    assert frame["study"].tolist() == list(splits.study)
    assert frame["estimate_with"][0] > frame["estimate_without"][0]
    assert MADRAS in str(splits)
    assert "<table" in splits._repr_html_()


def test_nothing_moves_equal_effects():
    """Distances of a cloud without extent are 0, of studies in all subsets or none undefined."""
    equal = gosh(quiet(Effects.from_arrays([0.4] * 5, [0.1] * 5))).splits()
    assert not equal.score.any()
    assert "No study moves the subsets" in equal.sentence()
    two = gosh(quiet(drawn(2))).splits()
    assert (two.subsets, np.isnan(two.score).tolist()) == (1, [True, True])
    assert "No study can be compared" in str(two)
    three = gosh(quiet(Effects.from_arrays([0.0, 0.0, 9.0], [1.0, 1.0, 1.0]))).splits()
    assert three.study[0] == "Study 3"


def test_units_do_not_matter_to_splits_and_clusters():
    """A thousand times the effects: the same distances, the same clusters."""
    effects = outlier()
    plain = gosh(quiet(effects, model="common"))
    other = gosh(quiet(Effects.from_arrays(1024 * effects.y, 1024**2 * effects.v), model="common"))
    assert close(other.splits().score, plain.splits().score, LONG)
    assert np.array_equal(other.clusters().label, plain.clusters().label)


def test_an_outlier_makes_the_clusters():
    """Two clusters, with it and without it, and nobody else is flagged."""
    found = gosh(quiet(outlier(), model="common"))
    clusters = found.clusters()
    assert len(clusters) == 2
    for i in range(2):
        inside = clusters.label == i
        assert clusters.size[i] == inside.sum()
        assert close(clusters.share[i], found.membership()[inside].mean(axis=0), LONG)
        assert close(clusters.expected[i], found.k[inside].mean() / 9, LONG)
        assert close(clusters.estimate[i], np.median(found.value[inside]), LONG)
        assert close(clusters.i2_low[i], np.quantile(found.i2[inside], 0.25), LONG)
    assert (clusters.label[found.k == 1] == -1).all()
    assert clusters.flagged[:, 8].all()
    assert sorted(sum(map(len, clusters.makers(i))) for i in range(2)) == [1, 1]
    assert "its subsets are always with Study 9" in clusters.sentence()
    assert "its subsets are never with Study 9" in clusters.sentence()
    frame = clusters.to_frame()
    assert set(frame.loc[frame["flagged"], "study"]) == {"Study 9"}


def test_odds_ratios_the_long_way():
    """Half a subset added to each count, the expected share from the sizes of the subsets."""
    found = gosh(quiet(outlier(), model="common"))
    clusters = found.clusters(cutoff=1.5)
    held = found.membership()[clusters.label == 1]
    n, expected = len(held), held.mean()
    counts = held.sum(axis=0)
    odds = (counts + 0.5) / (n - counts + 0.5)
    wanted = odds / ((n * expected + 0.5) / (n * (1 - expected) + 0.5))
    assert close(clusters.odds_ratio[1], wanted, LONG)
    assert (clusters.flagged[1] == ((wanted >= 1.5) | (wanted <= 1 / 1.5))).all()


def test_clusters_of_the_bcg_trials():
    """By the common effect the Madras trial makes them: all of it, or nothing."""
    found = gosh(quiet(bcg(), model="common"))
    clusters = found.clusters()
    assert len(clusters) > 1
    held = clusters.share[:, 7]
    assert (np.minimum(held, 1 - held) < 0.05).all()
    assert clusters.flagged[:, 7].all()
    assert np.array_equal(clusters.label, found.clusters().label)
    assert "<table" in clusters._repr_html_()
    assert len(clusters.references) == 2


def test_hills():
    """Two normal clouds part or not as their distance says; one cloud stays one."""
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(2, 6000))
    side = np.arange(6000) < 2500
    one = hills(x, y, pass_share=0.75, least_share=0.02)
    assert not one.any()
    two = hills(x + 5 * side, y, pass_share=0.75, least_share=0.02)
    assert two.max() == 1
    assert (two == side).mean() > 0.98
    near = hills(x + 1.5 * side, y, pass_share=0.75, least_share=0.02)
    assert not near.any()
    far = hills(x + 1e6 * (np.arange(6000) < 30), y, pass_share=0.75, least_share=0.02)
    assert not far.any()
    assert not hills(np.ones(50), np.ones(50), pass_share=0.75, least_share=0.02).any()


def test_few_subsets_have_no_clusters():
    """Of 11 subsets none are looked for, and the record says so."""
    clusters = gosh(quiet(drawn(4))).clusters()
    assert (len(clusters), clusters.looked_for, int(clusters.size[0])) == (1, False, 11)
    assert not clusters.flagged.any()
    assert clusters.remarks[0].startswith("fewer than 25 subsets")
    assert "Clusters were not looked for in 11 subsets" in clusters.sentence()


def test_one_cluster_has_no_makers():
    """A large cloud in one piece."""
    v = np.full(9, 0.1)
    clusters = gosh(quiet(Effects.from_arrays(np.linspace(-1.5, 1.5, 9), v))).clusters(
        pass_share=0.2
    )
    assert len(clusters) == 1
    assert not clusters.flagged.any()
    assert "nothing parts them" in clusters.sentence()


def test_options_out_of_range():
    """All of them are named at once."""
    found = gosh(quiet(drawn(5)))
    with pytest.raises(InputError, match=r"pass_share=2 .*least_share=0.7 .*cutoff=True"):
        found.clusters(pass_share=2, least_share=0.7, cutoff=True)


@pytest.mark.parametrize("center", [710.0, 800.0])
def test_effects_beyond_all_numbers(center):
    """Logarithms whose ratios no number holds are read as infinite, without a warning."""
    y = center + np.array([-10.0, 10.0, -20.0, 0.0, -60.0, 20.0])
    found = gosh(quiet(Effects.from_arrays(y, np.array([25.0] * 6), scale="log")))
    splits, clusters = found.splits(), found.clusters()
    for record in (found, splits, clusters):
        assert "∞" in record.summary() or "e+" in record.summary()
        assert "nan" not in record.summary()
        assert record._repr_html_()
        assert record.sentence()
    assert found.to_frame()["estimate"].max() == np.inf
    assert splits.to_frame()["estimate_with"].notna().all()
    assert clusters.to_frame()["estimate"].notna().all()
    assert "to ∞, in nine of ten" in found.sentence()


def test_few_subsets_have_no_clouds():
    """Of 4 studies 11 subsets are no cloud, however far apart; of 5 they may be."""
    y, v = [0.0, 0.02, 0.01, 9.0, 0.03], [0.1] * 5
    for k, told in ((4, False), (5, True)):
        splits = gosh(quiet(Effects.from_arrays(y[:k], v[:k]))).splits()
        assert splits.score[0] > 2
        assert ("two clouds" in splits.sentence()) == told
        assert ("moves the subsets the most" in splits.sentence()) == (not told)
        assert "overlap" not in splits.sentence()


def test_a_spike_at_no_heterogeneity_is_named():
    """Of effects of one kind the subsets with I² = 0 stand apart, and the words say why."""
    clusters = gosh(quiet(drawn(9, 7))).clusters()
    zero = [i for i in range(len(clusters)) if clusters.i2_high[i] < 0.5]
    assert len(clusters) > 1
    assert zero
    assert clusters.sentence().count("a spike that can stand apart by itself") == len(zero)
    assert clusters.sentence().count(clusters.about) == 1


def test_shares_of_all_and_none():
    """A study in every subset of a cluster is always there, never "mostly"."""
    made = gosh(quiet(bcg(), model="common")).clusters()
    share = np.zeros(made.share.shape)
    share[0, :4] = 1.0, 0.999, 0.8, 0.001
    odds = np.ones(made.share.shape)
    odds[0, :5] = 90.0, 80.0, 70.0, 0.01, 0.001
    told = cluster_words(replace(made, share=share, odds_ratio=odds))[1]
    name = made.study
    assert f"always with {name[0]}, mostly with {name[1]} (> 99%) and {name[2]} (80%)" in told
    assert f"never with {name[4]} and mostly without {name[3]} (< 1%)" in told


def test_numbers_of_a_sentence_share_their_decimals():
    """Of differences: least, most, that of all studies, and medians with and without a study."""
    y = [-10.96, -9.2, -3.2, 3.41, -8.9, -6.123]
    found = gosh(quiet(Effects.from_arrays(y, [2.0] * 6)))
    numbers = re.findall(r"−?\d+\.\d+(?!%)", found.sentence())
    assert len(numbers) == 7
    assert {len(each.partition(".")[2]) for each in numbers} == {1}
    assert found.sentence().count("effect") == 1
    column = [line.split()[-4] for line in found.splits().summary().splitlines()[2:8]]
    assert len({len(each.partition(".")[2]) for each in column}) == 1


def test_quantiles_up_to_infinity():
    """As of numbers, wherever interpolation has a value; NaN are no numbers."""
    nan, inf = np.nan, np.inf
    assert _quantiles(np.array([1.0, nan, 3.0]), (0.0, 0.5, 1.0)) == [1.0, 2.0, 3.0]
    assert _quantiles(np.array([1.0, 2.0, inf, inf]), (0.0, 1 / 3, 0.5, 0.9)) == [1, 2, inf, inf]
    assert np.isnan(_quantiles(np.array([nan]), (0.5,))).all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rng": "x"}, "rng='x' must be"),
        ({"rng": -1, "subsets": 0}, "subsets=0 must be .*rng=-1 must be"),
    ],
)
def test_options_of_gosh(options, words):
    """Checked even where all subsets are looked at and nothing is drawn."""
    with pytest.raises(InputError, match=words):
        gosh(quiet(drawn(5)), **options)
