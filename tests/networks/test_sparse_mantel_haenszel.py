"""Mantel-Haenszel networks: netmeta's figures, naive loops, exact expectations, and edges."""

from __future__ import annotations

from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaan.core.arrays import Floats
from metaan.core.counts import PEOPLE, Counts
from metaan.core.errors import ChoiceError, InputError, LeftOutWarning
from metaan.core.network_counts import NetworkCounts
from metaan.networks.sparse.mantel_haenszel_network import design_effects
from metaan.networks.sparse.sparse import sparse_network
from metaan.twobytwo.mantel_haenszel import mantel_haenszel
from tests.networks.pinned import matrix
from tests.networks.sparse_counts import (
    changed,
    contrasts,
    counts,
    drawn,
    lost_studies,
    of_arms,
    opposite,
    pin,
    shuffled,
)
from tests.tolerance import EXACT, Tolerance, close

INDIRECT = Tolerance(
    relative=1e-10,
    absolute=1e-12,
    reason="1 less the share of direct evidence, which is up to 0.97, loses two digits of the 17",
)


@pytest.mark.parametrize(
    ("key", "field"),
    [
        ("TE", "values"),
        ("seTE", "se"),
        ("lower", "low"),
        ("upper", "high"),
        ("pval", "p_values"),
    ],
)
def test_pins_of_the_network(key: str, field: str) -> None:
    """Effects, standard errors, limits and p-values are netmeta's."""
    fit = sparse_network(counts("woods2010"))
    ours = getattr(fit.matrix(), field)
    off = ~np.eye(4, dtype=bool)
    assert close(ours[off], matrix(pin("MH")[f"{key}.common"], fit.treatments)[off], EXACT)


def test_pins_of_direct_and_indirect_evidence() -> None:
    """Direct, indirect, their share and the test of inconsistency are netmeta's, NA as it has."""
    fit = sparse_network(counts("woods2010"))
    split = fit.node_splits()
    names = fit.treatments
    for values, key in (
        (split.direct, "TE.direct"),
        (split.direct_se, "seTE.direct"),
        (split.indirect, "TE.indirect"),
        (split.indirect_se, "seTE.indirect"),
    ):
        theirs = matrix(pin("MH")[f"{key}.common"], names)[split.treatment, split.control]
        assert close(values, theirs, INDIRECT)
    share = dict(zip(split.comparisons, split.proportion, strict=True))
    order = pin("MH")["trts"]
    pairs = [(order[i], order[j]) for i in range(4) for j in range(i + 1, 4)]
    ours = [share[f"{a}:{b}" if f"{a}:{b}" in share else f"{b}:{a}"] for a, b in pairs]
    # netmeta's share of one comparison is 1.00017: more than all; there is nothing left then.
    assert close(ours, np.minimum(pin("MH")["prop.direct.common"], 1.0), EXACT)
    (test,) = fit.tests
    assert close(test.statistic, pin("MH")["Q.inconsistency"], INDIRECT)
    assert test.df == pin("MH")["df.Q.inconsistency"]
    assert close(test.p_value, pin("MH")["pval.Q.inconsistency"], EXACT)


def naive(a: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return contrasts with the first arm of one design and their covariance, by loops."""
    k, t = a.shape
    b, whole = n - a, n.sum(axis=1)
    r = [[sum(a[s, i] * b[s, j] / whole[s] for s in range(k)) for j in range(t)] for i in range(t)]
    logs = np.array([[np.log(r[i][j] / r[j][i]) for j in range(t)] for i in range(t)])
    psi = np.exp(logs)

    def between(i: int, j: int, u: int, v: int) -> float:
        """Return cov(L_ij, L_uv)."""
        if i == j or u == v or not {i, j} & {u, v}:
            return 0.0
        if {i, j} == {u, v}:
            sign = 1 if i == u else -1
            each = (
                (a[s, i] * b[s, j] + psi[i, j] * b[s, i] * a[s, j])
                * (a[s, i] + b[s, j] + psi[i, j] * (b[s, i] + a[s, j]))
                / whole[s] ** 2
                for s in range(k)
            )
            return float(sign * sum(each) / 2 / r[i][j] ** 2)
        if i == u:
            six = (
                a[s, i] * b[s, j] * b[s, v]
                + psi[i, j] * b[s, i] * a[s, j] * b[s, v]
                + psi[i, v] * b[s, i] * b[s, j] * a[s, v]
                + psi[i, j] * psi[i, v] * b[s, i] * a[s, j] * a[s, v]
                + psi[i, v] * a[s, i] * b[s, j] * a[s, v]
                + psi[i, j] * a[s, i] * a[s, j] * b[s, v]
                for s in range(k)
            )
            terms = (x / whole[s] ** 2 for s, x in enumerate(six))
            return float(sum(terms) / 3 / r[i][j] / r[i][v])
        if j == v:
            return between(j, i, v, u)
        return -between(i, j, v, u) if i == v else -between(j, i, u, v)

    base = [np.mean(logs[i] - logs[0]) for i in range(1, t)]
    spread = np.zeros((t - 1, t - 1))
    for i, u in product(range(1, t), repeat=2):
        spread[i - 1, u - 1] = (
            sum(
                between(i, j, u, v)
                - between(i, j, 0, v)
                - between(0, j, u, v)
                + between(0, j, 0, v)
                for j in range(t)
                for v in range(t)
            )
            / t**2
        )
    return np.array(base), spread


@pytest.mark.parametrize("seed", range(3))
def test_one_design_with_many_arms(seed: int) -> None:
    """A design of several four-armed studies is what loops over arms and studies say."""
    rng = np.random.default_rng(seed)
    n = rng.integers(30, 90, size=(5, 4)).astype(float)
    a = rng.binomial(n.astype(int), 0.15).astype(float) + 1
    made = of_arms(*({f"t{i}": (a[s, i], n[s, i]) for i in range(4)} for s in range(5)))
    fit = sparse_network(made)
    effects, spread = naive(a, n)
    covariance = fit.relative.covariance
    ours = covariance[1:, 1:] - covariance[1:, :1] - covariance[:1, 1:] + covariance[0, 0]
    assert close(fit.relative.differences[1:, 0], effects, EXACT)
    assert close(ours, spread, INDIRECT)
    assert fit.tests == ()


def expected(function: object, n: tuple[int, ...], p: Floats) -> float:
    """Return the mean of a function of independent binomial counts, by going through all."""
    total = 0.0
    for x in product(*(range(each + 1) for each in n)):
        weight = np.prod(
            [comb(m, y) * q**y * (1 - q) ** (m - y) for m, y, q in zip(n, x, p, strict=True)]
        )
        total += float(weight) * function(np.array(x, dtype=float))  # type: ignore[operator]
    return total


def test_covariance_of_pairs_with_an_arm_in_common() -> None:
    """Each of the six products has the mean that is claimed: together they are unbiased."""
    n, p = (3, 2, 4), np.array([0.2, 0.4, 0.1])
    size, odds = np.array(n, dtype=float), p / (1 - p)
    psi = odds[0] / odds
    exact = expected(
        lambda x: (
            (x[0] * (n[1] - x[1]) - psi[1] * (n[0] - x[0]) * x[1])
            * (x[0] * (n[2] - x[2]) - psi[2] * (n[0] - x[0]) * x[2])
        ),
        n,
        p,
    )
    q = 1 - p
    assert close(exact, size.prod() * p[0] * q[1] * q[2] / q[0], INDIRECT)
    few = expected(lambda x: x[0] * (n[1] - x[1]) * (n[2] - x[2]), n, p)
    many = expected(lambda x: psi[1] * x[0] * x[1] * (n[2] - x[2]), n, p)
    mixed = expected(lambda x: psi[1] * (n[0] - x[0]) * x[1] * (n[2] - x[2]), n, p)
    both = expected(lambda x: psi[1] * psi[2] * (n[0] - x[0]) * x[1] * x[2], n, p)
    assert close([few + many, mixed + both], [exact, exact], INDIRECT)


def test_one_study_has_woolfs_covariance() -> None:
    """The log odds of a single study, with variances 1/a + 1/b of each arm."""
    a, n = np.array([[3.0, 5, 8, 2]]), np.array([[40.0, 60, 50, 45]])
    values, covariance = design_effects(a, n)
    odds, own = np.log(a / (n - a))[0], (1 / a + 1 / (n - a))[0]
    assert close(values, odds - odds.mean(), EXACT)
    spread = np.diag(covariance)[:, None] + np.diag(covariance) - 2 * covariance
    assert close(spread, (own[:, None] + own) * (1 - np.eye(4)), EXACT)


def test_two_treatments_are_a_meta_analysis() -> None:
    """With two treatments it is the Mantel-Haenszel odds ratio, and its standard error."""
    whole = counts("dong2013")
    pairs = {"Placebo": {}, "TIO-HH": {}}  # type: dict[str, dict[str, tuple[float, float]]]
    for study, name, x, n in zip(
        whole.study, whole.treatment, whole.events, whole.people, strict=True
    ):
        if name in pairs:
            pairs[name][study] = (float(x), float(n))
    names = [study for study in pairs["TIO-HH"] if study in pairs["Placebo"]]
    made = of_arms(*({name: pairs[name][study] for name in pairs} for study in names))
    cells = np.array([[pairs[name][s] for name in ("TIO-HH", "Placebo")] for s in names])
    pooled = mantel_haenszel(
        Counts(events=cells[:, :, 0], denominators=cells[:, :, 1], kind=PEOPLE, study=names)
    )
    fit = sparse_network(made, reference="Placebo")
    found = fit.effect("TIO-HH")
    assert close([found.value, found.se], [pooled.estimate.value, pooled.estimate.se], EXACT)
    (split,) = fit.split().to_dict("records")
    assert (split["evidence"], split["proportion"]) == ("direct", 1.0)
    assert split["comparison"] == "Placebo:TIO-HH"
    assert close(split["direct"], -pooled.estimate.value, EXACT)
    assert fit.tests == ()


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_orders_and_opposites(seed: int) -> None:
    """Orders of arms do not matter; no event for event turns all signs, whatever else."""
    made = drawn(seed, risk=0.4)
    fit = sparse_network(made)
    effects, se = contrasts(fit, made.treatments)
    again = contrasts(sparse_network(shuffled(made, seed)), made.treatments)
    turned = contrasts(sparse_network(opposite(made)), made.treatments)
    for ours, other in ((again, (effects, se)), (turned, (-effects, se))):
        assert close(ours[0], other[0], INDIRECT)
        assert close(ours[1], other[1], INDIRECT)
    many = changed(made, events=made.events * 7, people=made.people * 7)
    larger = contrasts(sparse_network(many), made.treatments)
    assert close(larger[0], effects, INDIRECT)
    assert close(larger[1], se / 7**0.5, INDIRECT)


def test_gurusamy2011_leaves_out_what_its_page_says() -> None:
    """Treatments without events, as metadat's help page of the data says of Efthimiou 2019."""
    with pytest.warns(LeftOutWarning, match="Antithrombin III, Solvent detergent plasma"):
        fit = sparse_network(counts("gurusamy2011"))
    assert fit.reference == "Control/Placebo"
    assert fit.treatments == ("Aprotonin", "Control/Placebo", "EACA", "Tranexamic acid", "rFVIIa")
    lost = lost_studies(fit)
    assert set(lost) == {"Pugliese 2007", "Himmelreich 1992", "Williamson 1999", "Baudo 1992"}
    assert "no events under Antithrombin III" in lost["Baudo 1992"]
    assert (fit.k, fit.k_left_out) == (10, 4)
    assert "note: no finite odds ratio: Antithrombin III" in fit.summary()
    assert "10 of 14 studies" in fit.sentence()


def test_dong2013() -> None:
    """Three studies without events and one design without events under placebo stay out."""
    fit = sparse_network(counts("dong2013"), reference="Placebo")
    assert set(lost_studies(fit)) == {"5", "25", "37", "34"}
    (test,) = fit.tests
    # Designs of two arms (8 of them), three (2) and four (1): 8 + 2 * 2 + 3 contrasts, 5 effects.
    assert test.df == 9
    both = fit.split().query("evidence == 'both'")
    assert len(both) == 9
    assert "TIO-SMI" in fit.league().columns


def test_an_arm_that_leaves_its_design() -> None:
    """A study whose third arm has no events in its design joins the studies of the other two."""
    arms = ({"a": (3, 40), "b": (5, 40), "c": (0, 30)}, {"a": (1, 50), "b": (4, 60)})
    third = {"c": (4, 30), "b": (3, 30)}
    fit = sparse_network(of_arms(*arms, third))
    without = sparse_network(of_arms({"a": (3, 40), "b": (5, 40)}, arms[1], third))
    assert close(fit.relative.differences, without.relative.differences, EXACT)
    assert close(fit.relative.se, without.relative.se, EXACT)
    assert lost_studies(fit)["s0"].startswith("no events under c in any study of a, b and c")
    assert fit.k == 3
    assert fit.k_left_out == 0


def test_no_finite_odds_ratio() -> None:
    """A network without one, one that falls apart, and a reference without one."""
    with pytest.raises(InputError, match=r'no odds ratio .* is finite.*method="LRP"'):
        sparse_network(of_arms({"a": (0, 9), "b": (2, 9)}))
    apart = of_arms(
        {"a": (2, 9), "b": (2, 9)}, {"b": (0, 9), "c": (2, 9)}, {"c": (2, 9), "d": (3, 9)}
    )
    with pytest.raises(InputError, match=r"2 parts .*\(1\) a, b: 1 study; \(2\) c, d: 1 study"):
        sparse_network(apart)
    crossed = of_arms({"a": (0, 9), "b": (2, 9)}, {"a": (4, 9), "b": (9, 9)})
    with pytest.raises(
        InputError, match="no study of a and b has events under a beside people without under b"
    ):
        sparse_network(crossed)
    gone = of_arms({"a": (2, 9), "b": (2, 9)}, {"b": (3, 9), "c": (0, 9)})
    with pytest.raises(ChoiceError, match="reference='c' has no finite odds ratio"):
        sparse_network(gone, reference="c")


def test_what_is_refused() -> None:
    """Wrong records, networks in parts, unknown names and levels."""
    two = of_arms({"a": (2, 9), "b": (2, 9)}, {"c": (3, 9), "d": (1, 9)})
    with pytest.raises(InputError, match=r"2 parts .*\(2\) c, d: 1 study.*largest_part"):
        sparse_network(two)
    with pytest.raises(InputError, match="must be NetworkCounts; got list"):
        sparse_network([])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no study is left"):
        sparse_network(NetworkCounts.from_arrays([], [], study=[], treatment=[]))
    woods = counts("woods2010")
    with pytest.raises(ChoiceError, match=r'choose one of MH, NCH, LRP\. Did you mean "NCH"'):
        sparse_network(woods, method="nch")
    with pytest.raises(ChoiceError, match='Did you mean "Placebo"'):
        sparse_network(woods, reference="placebo")
    with pytest.raises(InputError, match=r"did you mean 0\.9"):
        sparse_network(woods, level=90)


def test_words_and_tables() -> None:
    """What a fit says of itself, and the tables it makes."""
    fit = sparse_network(counts("woods2010"), reference="Placebo", level=0.9)
    assert str(fit).startswith("Odds ratio, network of 4 treatments in 3 studies (Mantel-Haenszel")
    assert "  SFC              0.287  (0.078, 1.060)" in str(fit)
    assert "0.29 (90% CI 0.078 to 1.06; p = 0.12) for SFC" in fit.sentence()
    assert "chi² = 0.00 with 1 degree of freedom (p = 0.94)" in fit.sentence()
    assert fit.methods_sentence().startswith("Treatments were compared in a common-effect network")
    assert "10.1002/sim.8158" in fit.references[0]
    assert "<b>Odds ratio" in fit._repr_html_()
    frame = fit.to_frame().set_index("treatment")
    assert close(frame["estimate"].to_numpy()[1], fit.effect("SFC").value, EXACT)
    assert set(fit.against("SFC")) == {"Fluticasone", "Placebo", "Salmeterol"}
    league = fit.league(["Placebo", "SFC"])
    # Direct evidence is from one study of the two, the network's from all three.
    assert league.iloc[0, 1] == "3.52 (0.94, 13.24)"
    assert league.iloc[1, 0] == "3.49 (0.94, 12.90)"
    assert fit.ranking(better="lower").iloc[0]["treatment"] == "SFC"
