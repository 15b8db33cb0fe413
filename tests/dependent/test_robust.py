"""robust: by its definition with dense matrices, its defining property, and edge cases."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, EmptyIntervalWarning, InputError
from metaan.dependent.robust import robust
from metaan.dependent.robust_kinds import DEFAULT_KIND, ROBUST_KINDS
from metaan.univariate.inference import INFERENCES, WALD
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from tests.dependent.dense import Dense
from tests.tolerance import EXACT, Tolerance, close

ADJUSTED = {kind: row.satterthwaite for kind, row in ROBUST_KINDS.items()}
CR2, CR1, CR0 = ROBUST_KINDS
DENSE = Tolerance(
    relative=1e-10,
    absolute=1e-14,
    reason="k x k inverses, roots and products on the naive side",
)
LABELS = ["a", "a", "b", "c", "c", "c", "d", "e", "e", "f", "g", "g", "g", "g"]
FORMULAS = ("~ 1", "~ x1 + x2", "~ 0 + x1 + x2")


def table(seed=0, spread=1.0):
    """Return effects in seven clusters, their variances over ``spread`` powers of ten."""
    rng = np.random.default_rng(seed)
    k = len(LABELS)
    columns = {
        "lab": LABELS,
        "x1": rng.normal(size=k),
        "x2": rng.normal(2, 3, k),
        "w": rng.uniform(0.1, 2, k),
        "some": np.where(np.arange(k) % 5 == 0, 0.0, rng.uniform(0.1, 2, k)),
        "own": [f"s{i}" for i in range(k)],
        "half": ["a", "b"] * 7,
    }
    v = 10 ** rng.uniform(-spread, 0, k)
    return Effects.from_arrays(rng.normal(0.4, 0.6, k), v, columns=columns)


def dense_of(fit):
    """Return the naive counterpart of a fit."""
    phi = fit.effects.v + fit.tau2
    w = 1 / phi if fit.given_weights is None else fit.given_weights
    return Dense(x=np.array(fit.x), w=np.array(w), phi=phi, labels=list(LABELS))


@pytest.mark.parametrize("spread", [1.0, 4.0])
@pytest.mark.parametrize("weights", [None, "w", "some"])
@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("kind", ROBUST_KINDS)
def test_the_definition(kind, formula, weights, spread):
    """Covariance, degrees of freedom and the joint test with dense matrices."""
    fit = regress(table(1, spread), formula, weights=weights)
    found, dense = robust(fit, cluster="lab", kind=kind), dense_of(fit)
    p = len(found.names)
    factor = 7 / (7 - p) if kind == CR1 else 1.0
    expected = dense.covariance(fit.effects.y - fit.fitted, ADJUSTED[kind]) * factor
    size = float(np.abs(expected).max())
    assert close(found.covariance, expected, DENSE, typical=size)
    df = [7.0 - p] * p
    if ADJUSTED[kind]:
        df = [dense.freedom(row, True) for row in np.eye(p)]
    assert close([each.df for each in found.coefficients], df, DENSE)
    if formula != "~ 1":
        rows = np.eye(p)[-2:]
        theirs = dense.hotelling(rows, True) - 1 if ADJUSTED[kind] else 7.0 - p
        assert close(found.test(found.names[-2:]).df_residual, theirs, DENSE)


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("formula", FORMULAS)
def test_unbiased_if_the_model_holds(formula, weights):
    """The mean of the bias-reduced covariance is the true one, exactly: what defines it."""
    fit = regress(table(2), formula, weights=weights)
    dense = dense_of(fit)
    h = dense.bread @ dense.x.T @ np.diag(dense.w)
    true = h @ np.diag(dense.phi) @ h.T
    assert close(dense.expected(True), true, DENSE, typical=float(np.abs(true).max()))
    share = robust(fit, cluster="lab").answers.share
    assert close(share, np.ones(len(share)), DENSE)
    plain = robust(fit, cluster="lab", kind=CR0).answers.share
    assert close(plain, np.diag(dense.expected(False)) / np.diag(true), DENSE)
    assert (plain < 1).all()


def test_the_joint_test_of_one_contrast_is_its_t_test():
    """F on one and eta degrees of freedom is t², and contrasts have their own df."""
    found = robust(regress(table(3), "~ x1 + x2"), cluster="lab")
    one = found.test("x1")
    assert close(one.statistic, found["x1"].statistic ** 2, DENSE)
    assert close(one.df_residual, found["x1"].df, DENSE)
    both = found.contrast({"x1": 1.0, "x2": -1.0})
    assert close(both.joint.df_residual, both.estimates[0].df, DENSE)
    assert close(both.joint.p_value, both.estimates[0].p_value, DENSE)
    weights = np.array([0.0, 1.0, -1.0])
    assert close(both.estimates[0].se ** 2, weights @ found.covariance @ weights, DENSE)
    assert both.estimates[0].level == found.level


@pytest.mark.parametrize("kind", ROBUST_KINDS)
def test_pool_and_regression_on_a_constant(kind):
    """A pool is the regression on a constant, whatever its inference."""
    one = robust(pool(table(4)), cluster="lab", kind=kind)
    other = robust(regress(table(4), "~ 1"), cluster="lab", kind=kind)
    for name in ("value", "se", "df", "low", "high", "p_value"):
        assert close(getattr(one.estimate, name), getattr(other.estimate, name), DENSE)
    assert one.moderators is None
    assert one.names == ("mean",)


@pytest.mark.parametrize("inference", INFERENCES)
def test_every_inference_keeps_its_mean(inference):
    """The inference changes the mean's standard error only, which is replaced here."""
    tau2 = "DL" if INFERENCES[inference].needs_moment else "REML"
    fit = pool(table(5), inference=inference, tau2=tau2)
    found = robust(fit, cluster="lab")
    w = np.array(fit.weights) / 100
    assert close(found.estimate.value, np.sum(w * fit.effects.y), DENSE)
    scores = dict.fromkeys(LABELS, 0.0)
    for label, share, y in zip(LABELS, w, fit.effects.y, strict=True):
        scores[label] += share * (y - found.estimate.value)
    by_hand = np.sqrt(sum(score**2 for score in scores.values()))
    assert close(robust(fit, cluster="lab", kind=CR0).estimate.se, by_hand, DENSE)


@pytest.mark.parametrize("unit", [1e-150, 1e150])
@pytest.mark.parametrize("kind", ROBUST_KINDS)
def test_extreme_units(unit, kind):
    """Numbers of any size: standard errors follow the unit, degrees of freedom do not."""
    one = table(6)
    other = Effects.from_arrays(one.y * unit, se=one.se * unit, columns=dict(one.columns))
    plain = robust(regress(one, "~ x1"), cluster="lab", kind=kind)
    scaled = robust(regress(other, "~ x1"), cluster="lab", kind=kind)
    for a, b in zip(plain.coefficients, scaled.coefficients, strict=True):
        assert close(b.se / unit, a.se, DENSE)
        assert close(b.df, a.df, DENSE)
        assert close(b.p_value, a.p_value, DENSE)


def test_order_and_labels_do_not_matter():
    """Shuffled studies and other labels give the same; a list of labels is a column."""
    effects = table(7)
    order = np.random.default_rng(0).permutation(effects.k)
    one = robust(pool(effects), cluster="lab")
    two = robust(pool(effects.take(order)), cluster="lab")
    three = robust(pool(effects), cluster=[ord(label) for label in LABELS])
    for other in (two, three):
        assert close(other.estimate.se, one.estimate.se, DENSE)
        assert close(other.estimate.df, one.estimate.df, DENSE)
    assert (one.cluster, three.cluster) == ("lab", "as given")
    assert "in 7 clusters (" in three.summary()


def test_one_study_in_each_cluster():
    """CR2 is then HC2: each squared residual over 1 less its leverage."""
    fit = pool(table(8), model="common")
    found = robust(fit, cluster="own")
    w = np.array(fit.weights) / 100
    e = fit.effects.y - fit.estimate.value
    assert close(found.estimate.se**2, np.sum(w**2 * e**2 / (1 - w)), DENSE)
    assert any("a cluster of its own" in remark for remark in found.remarks)
    plain = robust(fit, cluster="own", kind=CR1).estimate.se ** 2
    assert close(plain, np.sum(w**2 * e**2) * 14 / 13, DENSE)


def test_more_coefficients_than_the_clusters_can_test():
    """Four slopes that vary between six clusters only: no degree of freedom is left for all."""
    rng = np.random.default_rng(1)
    columns = {name: np.repeat(rng.normal(size=6), 2) for name in "abcd"}
    effects = Effects.from_arrays(rng.normal(size=12), rng.uniform(0.1, 0.3, 12), columns=columns)
    fit = regress(effects, "~ a + b + c + d", tau2=0.1)
    labels = np.repeat(np.arange(6), 2)
    found = robust(fit, cluster=labels)
    phi = effects.v + 0.1
    dense = Dense(x=np.array(fit.x), w=1 / phi, phi=phi, labels=labels.tolist())
    assert dense.hotelling(np.eye(5)[1:], True) - 3 <= 0
    assert np.isnan([found.moderators.statistic, found.moderators.p_value]).all()
    assert found.moderators.df == 4
    assert found.test("a").df_residual > 0


def test_clusters_by_label():
    """The studies' labels are a field of the effects; a column of that name comes first."""
    effects = table(16)
    named = Effects.from_arrays(effects.y, effects.v, study=LABELS, columns=effects.columns)
    fit = pool(named)
    found = robust(fit, cluster="study")
    assert (found.cluster, found.m) == ("study", 7)
    assert close(found.estimate.se, robust(fit, cluster="lab").estimate.se, EXACT)
    columns = {**effects.columns, "study": ["a", "b"] * 7}
    other = Effects.from_arrays(effects.y, effects.v, study=LABELS, columns=columns)
    assert robust(pool(other), cluster="study").m == 2
    with pytest.raises(InputError, match=r'there are .*, study\. Did you mean "study"'):
        robust(fit, cluster="studie")


def test_all_moderators_at_once():
    """Without names, the test of all moderators."""
    found = robust(regress(table(17), "~ x1 + x2"), cluster="lab")
    assert found.test() == found.moderators
    assert found.test(("x1", "x2")) == found.moderators


def test_two_studies():
    """Two clusters of one: one degree of freedom, half the difference is the standard error."""
    effects = Effects.from_arrays([0.2, 0.8], [0.1, 0.1])
    found = robust(pool(effects, tau2="DL"), cluster=["a", "b"]).estimate
    assert close([found.se, found.df], [0.3, 1.0], DENSE)
    assert close(found.p_value, 1 - 2 * np.arctan(found.statistic) / np.pi, DENSE)


def test_blocks_do_not_matter(monkeypatch):
    """Clusters decomposed one at a time give the same."""
    fit = regress(table(13), "~ x1")
    whole = robust(fit, cluster="lab")
    monkeypatch.setattr("metaan.dependent.sandwich.BLOCK", 1)
    assert close(robust(fit, cluster="lab").covariance, whole.covariance, EXACT)


def test_many_small_clusters_and_one_large():
    """5,000 studies, one cluster of 300: no matrix of all studies, same as by hand for CR0."""
    rng = np.random.default_rng(5)
    k = 5000
    labels = np.concatenate([np.zeros(300), np.arange(1, k - 299)]).astype(int)
    effects = Effects.from_arrays(rng.normal(size=k), rng.uniform(0.1, 1, k))
    fit = pool(effects, tau2="DL")
    w = np.array(fit.weights) / 100
    scores = np.bincount(labels, weights=w * (effects.y - fit.estimate.value))
    found = robust(fit, cluster=labels, kind=CR0)
    assert close(found.estimate.se, np.sqrt(np.sum(scores**2)), DENSE)
    careful = robust(fit, cluster=labels)
    assert 1 < careful.estimate.se / found.estimate.se < 1.1
    assert careful.estimate.df < found.m - 1


def test_a_coefficient_of_one_cluster():
    """An indicator of a cluster with an intercept: too small by its own share, and said so."""
    effects = table(9)
    here = [float(label == "c") for label in LABELS]
    columns = {**effects.columns, "here": here}
    fit = regress(Effects.from_arrays(effects.y, effects.v, columns=columns), "~ here")
    found = robust(fit, cluster="lab")
    share = found.answers.share
    dense = dense_of(fit)
    h = dense.bread @ dense.x.T @ np.diag(dense.w)
    true = np.diag(h @ np.diag(dense.phi) @ h.T)
    assert close(share, np.diag(dense.expected(True)) / true, DENSE)
    assert share[1] < 0.9
    assert any(f"here: on average {100 * share[1]:.2g}%" in each for each in found.remarks)


def of_one_cluster():
    """Return a fit without intercept, one coefficient the mean of cluster c alone."""
    effects = table(9)
    columns = {**effects.columns, "c": [float(label == "c") for label in LABELS]}
    columns["rest"] = [1 - each for each in columns["c"]]
    return regress(Effects.from_arrays(effects.y, effects.v, columns=columns), "~ 0 + rest + c")


@pytest.mark.parametrize("kind", [CR1, CR0])
def test_a_mean_of_one_cluster_has_no_robust_error(kind):
    """Its weighted residuals sum to 0: NaN and a remark, not a tiny p-value."""
    found = robust(of_one_cluster(), cluster="lab", kind=kind)
    assert np.isnan([found["c"].se, found["c"].p_value, found["c"].df]).all()
    assert found["rest"].se > 0
    assert any(remark.startswith("c: rests on one cluster") for remark in found.remarks)
    assert np.isnan(found.moderators.p_value)


def test_a_mean_of_one_cluster_bias_reduced():
    """What is left of it by the definition, and how small that is on average."""
    fit = of_one_cluster()
    found, dense = robust(fit, cluster="lab"), dense_of(fit)
    expected = dense.covariance(fit.effects.y - fit.fitted, True)
    assert close(found.covariance, expected, DENSE)
    share = float(dense.expected(True)[1, 1] / dense.bread[1, 1])
    assert share < 0.5
    (remark,) = [each for each in found.remarks if each.startswith("c: ")][:1]
    assert f"{100 * share:.2g}% of the true" in remark


def test_all_effects_equal():
    """No residual, no spread: a standard error of 0."""
    effects = Effects.from_arrays([0.5] * 4, [0.1, 0.2, 0.1, 0.3], columns={"lab": list("aabc")})
    with pytest.warns(EmptyIntervalWarning):
        fit = pool(effects, inference=WALD)
    found = robust(fit, cluster="lab").estimate
    assert found.se <= 1e-16
    assert close(found.low, 0.5, EXACT)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"cluster": "labs"}, "cluster='labs' is not a column.*Did you mean"),
        ({"cluster": "hole"}, "cluster='hole' is missing for Study 2, Study 3; fill it in"),
        ({"cluster": "one"}, "has the one value 'x': robust standard errors come from diff"),
        ({"cluster": ["a", "b"]}, "one label for each of the 14 studies of the fit; got 2"),
        ({"cluster": 3}, "name of a column or one label for each study; got 3"),
        ({"cluster": [[1], [2]]}, "name of a column or one label"),
        (
            {"cluster": ["a", None, *LABELS[2:]]},
            r"cluster \(labels as given\) is missing for Study 2",
        ),
        ({"cluster": ["a"] * 14}, r"cluster \(labels as given\) has the one value 'a'"),
        ({"cluster": list("abcabcabcabcab")}, r"cluster \(labels as given\) has 3 values, and"),
        ({"cluster": "lab", "kind": "CR3"}, "kind='CR3' is not a robust covariance; choose one"),
        ({"cluster": "lab", "level": 95}, "level=95 must lie between 0 and 1"),
        ({"cluster": "three"}, "has 3 values, and the model has 3 coefficients"),
    ],
)
def test_faults(options, text):
    """Every fault by name, rule, value and remedy."""
    effects = table(10)
    columns = {
        **effects.columns,
        "hole": ["a", None, float("nan"), *LABELS[3:]],
        "one": ["x"] * 14,
        "three": [i % 3 for i in range(14)],
    }
    fit = regress(Effects.from_arrays(effects.y, effects.v, columns=columns), "~ x1 + x2")
    with pytest.raises(InputError, match=text):
        robust(fit, **options)


def test_not_a_fit():
    """Effects are no fit; questions to a pool that only a regression answers."""
    effects = table(11)
    with pytest.raises(InputError, match=r"robust needs a fit, as pool\(effects\)"):
        robust(effects, cluster="lab")
    found = robust(pool(effects), cluster="lab")
    with pytest.raises(InputError, match="a pool has one mean"):
        found.contrast({"mean": 1})
    with pytest.raises(InputError, match="a pool has one mean"):
        found.test("mean")
    with pytest.raises(InputError, match="a pool has one mean"):
        found.test()
    with pytest.raises(InputError, match="a pool has one mean"):
        found.predict()
    several = robust(regress(effects, "~ x1"), cluster="lab")
    with pytest.raises(InputError, match='ask for fit\\["Intercept"\\], fit\\["x1"\\]'):
        _ = several.estimate
    with pytest.raises(ChoiceError):
        several["x2"]


def test_text_and_table():
    """The summary names kind, clusters and df; the table has a row for each coefficient."""
    found = robust(regress(table(12), "~ x1"), cluster="lab", level=0.9)
    text = found.summary()
    assert "14 studies in 7 clusters by lab (~ x1, tau² REML, robust CR2)" in text
    assert "90% CI" in text
    assert "moderators: F = " in text
    frame = found.to_frame()
    assert list(frame["term"]) == ["Intercept", "x1"]
    assert close(frame["se"], [each.se for each in found.coefficients], EXACT)
    assert "<b>Effect, 14 studies" in found._repr_html_()
    few = robust(pool(table(3).take(slice(0, 7))), cluster="lab", kind=CR1)
    assert any(DEFAULT_KIND in remark for remark in few.remarks)
    assert any("fewer than 4 degrees of freedom" in remark for remark in few.remarks)
