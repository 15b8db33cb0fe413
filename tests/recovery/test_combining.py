"""Groups taken together, against the participants themselves."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from metaan.recovery.combining import combine_groups
from tests.tolerance import Tolerance, close

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
