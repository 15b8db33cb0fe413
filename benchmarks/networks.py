"""Networks of treatments, timed beside what netmeta took.

netmeta cannot be installed from here: its seconds were recorded once (R 4.2.2, netmeta 3.4.0, two
shared cores, one run each), so that these ratios are rougher than those of one run.
"""

from __future__ import annotations

import numpy as np

import metaan as ma
from benchmarks.timing import Timing, clock
from tests.networks.pinned import effects as pinned
from tests.networks.pinned import linde2016

LARGE = (5_000, 100)
# fit with league and P-scores, node splits, decomposition by designs, net heat; net heat of the
# larger network was not recorded.
RECORDED = {
    "senn2013": 4.386 + 0.062 + 1.63 + 2.171,
    "linde2016": 11.316 + 0.125 + 4.239,
}
PEER = "netmeta 3.4 (recorded once)"


def networks() -> list[Timing]:
    """Time two networks from contrasts to every usual answer, and the fit of a large one."""
    timings = []
    for name, effects in (("senn2013", pinned("senn2013")), ("linde2016", linde2016())):
        for tau2 in ("DL", "REML"):
            task = f"network {name}, {tau2}, all"
            timings.append(clock(task, "metaan", lambda e=effects, t=tau2: answers(e, t), 15))  # type: ignore[misc]
            if tau2 == "DL":
                timings.append(Timing(task=task, who=PEER, seconds=RECORDED[name]))
    large = drawn(*LARGE)
    for tau2 in ("DL", "REML"):
        task = f"network {LARGE[0]:,} x {LARGE[1]}, {tau2}"
        timings.append(clock(task, "metaan", lambda t=tau2: ma.network(large, tau2=t), 3))  # type: ignore[misc]
    return timings


def answers(effects: ma.NetworkEffects, tau2: str) -> tuple[object, ...]:
    """Return the fit's effects, P-scores, node splits, decomposition and net heat, as numbers."""
    fit = ma.network(effects, tau2=tau2, inference="WALD")
    return (
        fit.matrix(),
        fit.ranking(better="lower"),
        fit.node_splits(),
        fit.decomposition(),
        fit.net_heat(),
    )


def drawn(k: int, n: int) -> ma.NetworkEffects:
    """Return k made-up two-armed studies of n treatments, to time a fit on."""
    rng = np.random.default_rng(1)
    one = rng.integers(0, n, k)
    two = (one + rng.integers(1, n, k)) % n
    truth, v = rng.normal(size=n), rng.uniform(0.01, 0.2, k)
    return ma.NetworkEffects.from_arrays(
        truth[one] - truth[two] + rng.normal(size=k) * np.sqrt(v + 0.05),
        v,
        study=[f"s{i}" for i in range(k)],
        treat1=[f"t{i:03d}" for i in one.tolist()],
        treat2=[f"t{i:03d}" for i in two.tolist()],
    )
