"""Groups taken together, against the participants themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaan.core.errors import InputError
from metaan.recovery.combining import combine_arms, combine_groups
from metaan.recovery.spread import sd_from_ci
from tests.tolerance import EXACT, Tolerance, close

RAW = Tolerance(
    relative=1e-10,
    reason="numpy's standard deviation of the raw numbers rounds with the size of their mean",
)


@given(
    sizes=st.lists(st.integers(2, 40), min_size=1, max_size=5),
    seed=st.integers(0, 10_000),
    offset=st.floats(-50, 50),
)
def test_groups_are_their_participants(sizes, seed, offset):
    """N, mean and SD of the groups are those of the participants in one list."""
    rng = np.random.default_rng(seed)
    groups = [rng.normal(offset + 3 * i, 1 + i, n) for i, n in enumerate(sizes)]
    n, mean, sd = combine_groups(
        np.array(sizes, dtype=float),
        np.array([x.mean() for x in groups]),
        np.array([x.std(ddof=1) for x in groups]),
    )
    everyone = np.concatenate(groups)
    assert n == len(everyone)
    assert close(mean, everyone.mean(), RAW, typical=float(sd))
    assert close(sd, everyone.std(ddof=1), RAW)


def test_many_at_once():
    """Leading axes run over studies; a batch is its rows one by one."""
    rng = np.random.default_rng(2)
    n = rng.integers(5, 60, size=(7, 3)).astype(float)
    mean, sd = rng.normal(40, 5, (7, 3)), rng.uniform(5, 20, (7, 3))
    together = combine_groups(n, mean, sd)
    for i in range(7):
        alone = combine_groups(n[i], mean[i], sd[i])
        assert close([part[i] for part in together], alone, RAW)


def test_arms_as_a_record():
    """The numbers of `combine_groups`; arms that do not exist are no arms; formulas are told."""
    nan = np.nan
    n, mean = [[30, 20, 9], [12, 18, nan]], [[5.0, 7.0, 4.0], [1.0, 2.0, nan]]
    sd, events = [[2.0, 3.0, 1.0], [1.5, 2.5, nan]], [[3, 4, 5], [6, 7, nan]]
    found = combine_arms(n, mean, sd, events)
    assert list(found) == ["n", "mean", "sd", "events"]
    for i, arms in ((0, 3), (1, 2)):
        alone = combine_groups(*(np.array(each[i][:arms], float) for each in (n, mean, sd)))
        assert close([found[name][i] for name in ("n", "mean", "sd")], alone, EXACT)
    assert found["events"].tolist() == [12, 13]
    assert "SD² = [Σ (n − 1) SD² + Σ n (mean of the arm − mean)²] / (N − 1)" in found.method
    assert combine_arms([3, 4], events=[1, 2]).method == (
        "arms taken together: N = Σ n, events summed"
    )


def test_missing_numbers_of_arms():
    """A gap of an arm is a gap of the whole, in its column alone; no arms are no numbers."""
    nan = np.nan
    found = combine_arms([[30, 20], [nan, nan], [1, nan]], mean=[[5, nan], [nan, nan], [4, nan]],
                         sd=[[2, 3], [nan, nan], [0, nan]])  # fmt: skip
    assert found["n"].tolist()[0] == 50
    assert np.isnan(found["n"]).tolist() == [False, True, False]
    assert np.isnan(found["mean"]).tolist() == [True, True, False]
    assert np.isnan(found["sd"]).all()


def test_arms_that_cannot_be():
    """Every fault with its row and arm; an SD needs means, and arms an axis."""
    with pytest.raises(InputError) as caught:
        combine_arms([[30, -2]], mean=[[1, 2]], sd=[[-1, 2]], events=[[31, 0]])
    for part in ("row (1, 2): n must be at least 1", "row (1, 1): sd must not be negative",
                 "row (1, 1): events must lie between 0 and n"):  # fmt: skip
        assert part in str(caught.value)
    with pytest.raises(InputError, match="needs their means"):
        combine_arms([3, 4], sd=[1, 2])
    with pytest.raises(InputError, match="axis of arms"):
        combine_arms(30, mean=4)


@pytest.mark.parametrize("arms", [1, 2])
def test_recovered_arms_keep_what_was_assumed(arms):
    """SDs from intervals go in as they are; the record says both steps."""
    sd = sd_from_ci(np.full((2, arms), 3.0), 4.0, 20)
    found = combine_arms(np.full((2, arms), 20), mean=np.full((2, arms), 3.5), sd=sd)
    assert found["sd"].shape == (2,)
    assert found.method.endswith("before that: SD from the 95% confidence interval of the mean")
    assert found.assumptions == sd.assumptions
