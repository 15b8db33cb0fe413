"""Size and shape of networks, and every comparison pooled by itself."""

from __future__ import annotations

import numpy as np
import pytest

import metaan as ma
from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, LeftOutWarning
from metaan.core.network_effects import NetworkEffects
from metaan.networks.fits.network import network
from metaan.networks.flow.characteristics import network_characteristics
from metaan.networks.flow.pairwise_pools import pairwise_pools
from tests.networks.builders import of_pairs
from tests.networks.flowing import LONG_WAY, PIN, independent
from tests.networks.pinned import PINNED, effects, fitted, linde2016, matrix, net, table
from tests.tolerance import EXACT, close

ARMS = {  # study, treatment and participants of an arm of each data set
    "senn2013": ("study", "treatment", "ni"),
    "woods2010": ("author", "treatment", "N"),
}


def with_sizes(name: str) -> NetworkEffects:
    """Return the contrasts of a data set with the participants of their arms."""
    found = effects(name)
    study, treatment, size = ARMS[name]
    people = {(row[study], row[treatment]): float(row[size]) for row in table(name)}
    columns = {
        column: [people[at] for at in zip(found.study, side, strict=True)]
        for column, side in (("n1", found.treat1), ("n2", found.treat2))
    }
    return NetworkEffects.from_arrays(
        found.y,
        found.v,
        study=found.study,
        treat1=found.treat1,
        treat2=found.treat2,
        columns=columns,
    )


@pytest.mark.parametrize("name", PINNED)
def test_sizes_are_netmeta_s(name: str) -> None:
    """Studies, contrasts, treatments, designs, parts; studies of each comparison."""
    found, pin = fitted(name).characteristics(), net(name)["netconnection"]
    assert found.studies == pin["k"]
    assert found.contrasts == pin["m"]
    assert found.treatments == pin["n"]
    assert found.designs == pin["d"]
    assert len(found.parts) == pin["n_subnets"]
    counts = matrix(net(name)["netmeta_DL"]["A.matrix"], effects(name).treatments)
    at = found.by_comparison.first, found.by_comparison.second
    assert np.array_equal(found.by_comparison.studies, counts[at])
    assert np.array_equal(found.by_treatment.compared, (counts > 0).sum(axis=1))
    assert found.comparisons == np.triu(counts > 0).sum()


@pytest.mark.parametrize("name", list(ARMS))
def test_participants_are_netmeta_s(name: str) -> None:
    """Participants of each comparison; of each treatment and in all from the table itself."""
    found = network_characteristics(with_sizes(name))
    pin = matrix(net(name)["netmeta_DL"]["n.matrix"], effects(name).treatments)
    at = found.by_comparison.first, found.by_comparison.second
    assert np.array_equal(found.by_comparison.participants, pin[at])
    _, treatment, size = ARMS[name]
    rows = table(name)
    assert found.participants == sum(float(row[size]) for row in rows)
    for i, t in enumerate(found.by_treatment.treatments):
        own = [float(row[size]) for row in rows if row[treatment] == t]
        assert found.by_treatment.participants[i] == sum(own)
        assert found.by_treatment.studies[i] == len(own)


def test_shape_of_senn() -> None:
    """Density, thickness, loops and the like, counted by hand from the list of comparisons."""
    found = fitted("senn2013").characteristics()
    assert (found.possible, found.comparisons, found.arms, found.multi_arm) == (45, 15, 53, 1)
    assert close(found.density, 15 / 45, EXACT)
    assert found.median_thickness == 1
    assert close(found.strong, 6 / 15, EXACT)
    assert found.loops == 15 - 10 + 1
    assert found.in_one_study == ("sitagliptin", "vildagliptin")
    assert found.longest_distance == 3
    assert "placebo" in found.common_comparators
    assert "miglitol" not in found.common_comparators
    text = str(found)
    assert text.startswith("Network of 10 treatments in 26 studies, connected\n")
    assert "comparisons with direct evidence                  15" in text
    assert "participants" not in text
    assert "in one study only: sitagliptin and vildagliptin" in text
    assert "<table" in found._repr_html_()


def test_parts_of_a_network_that_is_not_connected() -> None:
    """Parts are named, the larger first; distances between them are infinite."""
    found = network_characteristics(
        of_pairs(("u", "w", 0.1, 1), ("x", "y", 0.2, 1), ("y", "z", 0.2, 1), ("x", "y", 0.0, 1))
    )
    assert not found.connected
    assert found.parts == (("x", "y", "z"), ("u", "w"))
    assert found.loops == 0
    names = found.by_treatment.treatments
    distance = found.distances[names.index("x")]
    assert distance.tolist() == [np.inf, np.inf, 0, 1, 2]
    assert found.longest_distance == 2
    text = str(found)
    assert "in 2 parts" in text
    assert "part 1: x, y and z" in text
    assert "part 2: u and w" in text


def test_sizes_that_are_missing_or_disagree() -> None:
    """Unknown arms are counted, not guessed; of several sizes of an arm the largest is taken."""
    found = network_characteristics(
        NetworkEffects.from_arrays(
            [0.1, 0.2, 0.1, 0.4],
            v=[1, 1, 1, 1],
            study=["s", "s", "s", "t"],
            treat1=["a", "a", "b", "c"],
            treat2=["b", "c", "c", "d"],
            columns={"n1": [50, 25, 30, None], "n2": [30, 40, 40, 9]},
        )
    )
    assert found.participants == 50 + 30 + 40 + 9
    assert found.arms_unknown == 1
    assert "arms of unknown size" in str(found)
    assert found.by_comparison.to_frame()["participants"].tolist()[:3] == [80, 90, 70]
    assert np.isnan(found.by_comparison.participants[3])
    frame = found.by_treatment.to_frame()
    assert frame["participants"].tolist() == [50, 30, 40, 9]
    assert frame.columns.tolist() == ["treatment", "studies", "compared", "participants"]
    facts = found.to_frame().set_index("characteristic")["value"]
    assert facts["participants"] == 129
    with pytest.raises(ValueError, match="read-only"):
        found.by_treatment.participants[0] = 1


def test_no_study_at_all() -> None:
    """Nothing is left: zeros, and dashes where there is nothing to divide by."""
    with pytest.warns(LeftOutWarning):
        nothing = NetworkEffects.from_arrays(
            [np.nan], v=[1], study=["a"], treat1=["x"], treat2=["y"]
        )
    found = network_characteristics(nothing)
    assert (found.studies, found.left_out, found.parts) == (0, 1, ())
    assert np.isnan([found.density, found.median_thickness, found.strong]).all()
    assert "studies left out" in str(found)


@pytest.mark.parametrize("name", PINNED)
def test_pools_are_netpairwise_s(name: str) -> None:
    """Estimates, standard errors, DL tau², Q and I² of every comparison."""
    pin = net(name)["netpairwise"]
    common, varying = fitted(name, "common").pairwise(), fitted(name).pairwise()
    of = {frozenset(label.split(":")): i for i, label in enumerate(varying["comparison"])}
    at = [of[frozenset(label.split(":"))] for label in pin["subgroup.levels"]]
    common, varying = common.iloc[at], varying.iloc[at]
    labels = zip(varying["comparison"], pin["subgroup.levels"], strict=True)
    sign = np.array([1 if ours == theirs else -1 for ours, theirs in labels])
    assert varying["studies"].tolist() == pin["k.w"]
    for frame, model in ((common, "common"), (varying, "random")):
        assert close(sign * frame["estimate"], pin[f"TE.{model}.w"], PIN)
        assert close(frame["se"], pin[f"seTE.{model}.w"], PIN)
        assert close(frame["q"], pin["Q.w"], PIN)
        assert close(frame["i2_q"] / 100, np.array(pin["I2.w"], dtype=float), PIN)
    assert close(varying["tau2"], np.array(pin["tau2.w"], dtype=float), PIN)


@pytest.mark.parametrize("tau2", ["REML", "PM", 0.04])
def test_pools_are_pool(tau2: str | float) -> None:
    """One at a time, with the fit's inference, they are the same."""
    found = independent(8)
    frame = network(found, tau2=0.1).pairwise(tau2=tau2).set_index("comparison")
    for label, row in frame.iterrows():
        one, two = str(label).split(":")
        sign = {(one, two): 1, (two, one): -1}
        pairs = list(zip(found.treat1, found.treat2, strict=True))
        here = [i for i, pair in enumerate(pairs) if pair in sign]
        y = [sign[pairs[i]] * found.y[i] for i in here]
        if len(here) == 1:
            assert close(row["estimate"], y[0], EXACT)
            assert np.isnan(row["tau2"]) == (tau2 != 0.04)
            assert np.isnan(row["i2"])
            continue
        fit = ma.pool(Effects.from_arrays(y, found.v[here]), tau2=tau2, inference="HKSJ")
        assert close(row["estimate"], fit.estimate.value, LONG_WAY)
        assert close(row["high"], fit.estimate.high, LONG_WAY)
        assert close(row["tau2"], fit.tau2, LONG_WAY)
        assert close(row["p_value"], fit.estimate.p_value, LONG_WAY)


def test_pools_of_parts_and_wrong_estimators() -> None:
    """The network need not be connected; an unknown estimator is named."""
    fit = network(of_pairs(("a", "b", 0.1, 1.0), ("a", "b", 0.5, 1.0)))
    parts = of_pairs(("a", "b", 0.1, 1.0), ("c", "d", 0.5, 2.0))
    assert pairwise_pools(parts, fit.plan).comparisons == ("a:b", "c:d")
    with pytest.raises(ChoiceError, match="REMLL"):
        fit.pairwise(tau2="REMLL")
    assert len(network(linde2016(), model="common").pairwise()) == 41
