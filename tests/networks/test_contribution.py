"""Contributions: netmeta's figures, every path written down, sums, studies, and edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import metaan as ma
from metaan.core.errors import ChoiceError, InputError
from metaan.networks.combining.pairs import pairs_of
from metaan.networks.fits.network import network
from metaan.networks.flow import paths
from metaan.networks.flow.aggregate import edges_of, streams_of
from metaan.networks.flow.contribution import CONTRIBUTIONS, CONTRIBUTORS, contribution
from tests.networks.builders import of_pairs
from tests.networks.flowing import LONG_WAY, PIN, independent, quiet, the_long_way
from tests.networks.pinned import PINNED, fitted, linde2016, net
from tests.tolerance import EXACT, close

R_NAMES = {
    "SHORTEST_PATH": "shortestpath",
    "RANDOM_WALK": "randomwalk",
    "PSEUDOINVERSE": "pseudoinverse",
}
every_method = pytest.mark.parametrize("method", list(CONTRIBUTIONS))


@every_method
@pytest.mark.parametrize("name", PINNED)
@pytest.mark.parametrize("model", ["common", "random"])
def test_pins(name: str, model: str, method: str) -> None:
    """All shares are netmeta's, with ties of shortest paths taken as it takes them."""
    entry = net(name)["netcontrib"][R_NAMES[method]][model]
    ours = fitted(name, model).contribution(method)
    of = {frozenset(label.split(":")): label for label in (*ours.index, *ours.columns)}
    rows = [of[frozenset(label.split(":"))] for label in entry["rows"]]
    columns = [of[frozenset(label.split(":"))] for label in entry["cols"]]
    values = np.array(entry["values"], dtype=float)
    assert ours.shape == values.shape
    assert close(ours.loc[rows, columns].to_numpy(), values, PIN)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000))
@quiet
def test_every_path_written_down(seed: int) -> None:
    """No shortcut changes what the paths give to the edges."""
    combined = network(independent(seed), tau2=0.05).combined
    edges = edges_of(combined)
    streams = streams_of(combined, edges)
    for method, row in CONTRIBUTIONS.items():
        assert close(row.function(streams), the_long_way(streams, method), LONG_WAY)


@every_method
def test_twenty_two_treatments(method: str) -> None:
    """Rows of 231 comparisons add up to 1; a comparison gives its own what flows through it."""
    fit = network(linde2016(), tau2="DL")
    found = {by: contribution(fit.combined, method, by) for by in CONTRIBUTORS}
    assert found["comparison"].values.shape == (231, 41)
    assert found["study"].values.shape == (231, 93)
    for each in found.values():
        assert close(each.values.sum(axis=1), 1.0, LONG_WAY)
    ours, hat = found["comparison"].to_frame(), fit.hat_matrix()
    own = list(ours.columns)
    assert close(np.diag(ours.loc[own]), np.diag(hat.loc[own]), LONG_WAY)
    if method != "PSEUDOINVERSE":  # its paths may bear less than nothing
        assert (found["comparison"].values >= 0).all()
        assert (ours.to_numpy() <= np.abs(hat.to_numpy()) + 1e-10).all()


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Least squares of the paths go through the comparisons in blocks."""
    combined = fitted("senn2013").combined
    whole = contribution(combined, "PSEUDOINVERSE").values
    monkeypatch.setattr(paths, "CELLS", 2000)
    assert close(contribution(combined, "PSEUDOINVERSE").values, whole, EXACT)


def test_by_study_is_by_weight() -> None:
    """Studies of two arms share their comparison by inverse variances; others by adjusted ones."""
    fit = fitted("senn2013")
    by_comparison, by_study = fit.contribution(), fit.contribution(by="study")
    own = {"Costa (1997)": "acarbose:placebo", "Yang (2003)": "metformin:rosiglitazone"}
    pairs = pairs_of(fit.combined.evidence, fit.tau2)
    names = fit.treatments
    for study, label in own.items():
        one, two = (names.index(t) for t in label.split(":"))
        here = (pairs.first == one) & (pairs.second == two)
        mine = here & (pairs.study == fit.effects.studies.index(study))
        share = (pairs.w[mine] / pairs.w[here].sum()).item()
        assert close(by_study[study], by_comparison[label] * share, EXACT)
    willms = pairs.w * (pairs.study == fit.effects.studies.index("Willms (1999)"))
    keys = pairs.first * len(names) + pairs.second
    share = [willms[keys == key].sum() / pairs.w[keys == key].sum() for key in np.unique(keys)]
    assert close(by_study["Willms (1999)"], by_comparison.to_numpy() @ share, LONG_WAY)


@every_method
def test_a_star_and_a_pair(method: str) -> None:
    """Along the only path each edge of a star gets the same; two studies by their precision."""
    star = of_pairs(("a", "hub", 0.2, 0.1), ("b", "hub", 0.5, 0.2), ("c", "hub", -0.3, 0.3))
    found = network(star, model="common").contribution(method)
    assert close(found.loc["a:b"], [0.5, 0.5, 0.0], LONG_WAY)
    assert close(found.loc["b:hub"], [0.0, 1.0, 0.0], LONG_WAY)
    pair = network(of_pairs(("b", "a", 1.0, 0.5), ("a", "b", 0.0, 1.5)), model="common")
    assert close(pair.contribution(method, by="study").loc["a:b"], [0.75, 0.25], LONG_WAY)


def test_a_triangle_by_hand() -> None:
    """A third of the flow goes around, and gives half of itself to each of the two edges."""
    fit = network(of_pairs(("a", "b", 0.1, 1), ("b", "c", 0.1, 1), ("a", "c", 0.1, 1)), tau2=0.0)
    for method in CONTRIBUTIONS:
        shares = fit.contribution(method).loc["a:b"]
        assert close(shares.to_numpy(), [2 / 3, 1 / 6, 1 / 6], LONG_WAY)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000))
@quiet
def test_names_and_order(seed: int) -> None:
    """Names of treatments matter to ties of shortest paths alone; the order of studies never."""
    found = independent(seed, treatments=5)
    other = {name: f"{9 - i}{name}" for i, name in enumerate(found.treatments)}
    turned = ma.NetworkEffects.from_arrays(
        found.y[::-1],
        found.v[::-1],
        study=found.study[::-1],
        treat1=[other[t] for t in found.treat1[::-1]],
        treat2=[other[t] for t in found.treat2[::-1]],
    )
    again = found.take(found.studies[::-1])
    ours, theirs, third = (network(each, tau2=0.1) for each in (found, turned, again))
    for method in ("RANDOM_WALK", "PSEUDOINVERSE"):
        by_name, renamed = ours.contribution(method, "study"), theirs.contribution(method, "study")
        for label in by_name.index:
            one, two = label.split(":")
            row = renamed[list(by_name.columns)].loc[f"{other[two]}:{other[one]}"]
            assert close(row.to_numpy(), by_name.loc[label].to_numpy(), LONG_WAY)
    same = third.contribution(by="study")[list(found.studies)]
    assert close(same.to_numpy(), ours.contribution(by="study").to_numpy(), LONG_WAY)


def test_dependent_arms_have_no_paths() -> None:
    """Variances of 1, 1 and 3 between three arms: the third contrast weighs less than nothing."""
    effects = ma.NetworkEffects.from_arrays(
        [0.1, 0.2, 0.3],
        [1.0, 1.0, 3.0],
        study=["odd"] * 3,
        treat1=["a", "b", "a"],
        treat2=["b", "c", "c"],
    )
    fit = network(effects, model="common")
    with pytest.raises(InputError, match=r"a:c: .* less than 0.* the arms of odd cannot be indep"):
        fit.contribution()
    assert fit.hat_matrix().loc["a:b", "a:c"] == pytest.approx(-1.0)  # what flows in a circle
    # another study of a and c makes up for it
    more = ma.NetworkEffects.from_arrays(
        [*effects.y, 0.2],
        [*effects.v, 0.5],
        study=[*effects.study, "two"],
        treat1=[*effects.treat1, "a"],
        treat2=[*effects.treat2, "c"],
    )
    shares = network(more, model="common").contribution(by="study")
    assert close(shares.sum(axis=1).to_numpy(), [1.0, 1.0, 1.0], LONG_WAY)


def test_unknown_names() -> None:
    """A wrong name is answered with the nearest."""
    fit = fitted("woods2010")
    with pytest.raises(ChoiceError, match='Did you mean "RANDOM_WALK"'):
        fit.contribution("random_walk")
    with pytest.raises(ChoiceError, match="by='trial' is not what contributes"):
        fit.contribution(by="trial")
    assert all(row.doi.startswith("10.") for row in CONTRIBUTIONS.values())
