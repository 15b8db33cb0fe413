"""Network meta-regression: metafor's multivariate models, a dense GLS, laws, edges, words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError, LeftOutWarning
from metaan.core.network_effects import NetworkEffects
from metaan.networks.fits.network import network
from metaan.networks.moderators.network_regression import INTERACTIONS, estimable, network_regress
from metaan.networks.moderators.network_regression_fit import NetworkRegressionFit
from metaan.univariate.regression import regress
from tests.networks.dated import baker2009, dense, eras, gls, senn2013, with_column
from tests.reference.pinned import pins
from tests.tolerance import Tolerance, close

DATA = {"senn2013": (senn2013, "placebo"), "baker2009": (baker2009, "Placebo")}
FITS = sorted(pins("network_regression")["fits"])
SAME = Tolerance(
    relative=1e-9,
    absolute=1e-12,
    reason="closed forms at R's tau²; the year's spread and dense inverses of metafor cost digits",
)
OPTIMIZED = Tolerance(
    absolute=1e-8, reason="metafor's nlminb at the tightest tolerance it ends with"
)
ALGEBRA = Tolerance(relative=1e-10, absolute=1e-11, reason="the same sums in another order")


def regressed(name: str, kind: str, **options: object) -> NetworkRegressionFit:
    """Return our fit of a data set on its year."""
    make, reference = DATA[name]
    settings: dict[str, object] = {
        "reference": reference, "interactions": kind, "center": 2000, "inference": "WALD"
    }  # fmt: skip
    return network_regress(make(), "year", **{**settings, **options})  # type: ignore[arg-type]


def triangle(
    weeks: tuple[object, ...] = (4, 8, 4, 8, 6), scale: str = "identity"
) -> NetworkEffects:
    """Return five small studies of three treatments."""
    return NetworkEffects.from_arrays(
        [-0.9, -0.5, -0.4, -0.2, 0.1],
        se=[0.2, 0.25, 0.2, 0.2, 0.3],
        study=["Ann", "Bo", "Cy", "Di", "Ed"],
        treat1=["true", "true", "sham", "sham", "true"],
        treat2=["usual", "usual", "usual", "usual", "sham"],
        columns={"weeks": weeks},
        scale=scale,
    )


@pytest.mark.parametrize("key", FITS)
def test_coefficients_are_those_of_metafor_at_its_tau2(key: str) -> None:
    """Slopes, effects, standard errors, residual Q and the test of interaction."""
    name, kind, method = key.split(":")
    pin = pins("network_regression")["fits"][key]
    fit = (
        regressed(name, kind, model="common")
        if method == "FE"
        else regressed(name, kind, tau2=pin["tau2"])
    )
    treatments, slopes = pin["treatments"].split("|"), pin["slopes"].split("|")
    beta, se = np.array(pin["beta"]), np.array(pin["se"])
    effects = fit.against()
    assert list(effects) == treatments
    assert fit.slope_names == tuple(slopes)
    ours = [*effects.values(), *fit.slopes]
    assert close([each.value for each in ours], beta, SAME)
    assert close([each.se for each in ours], se, SAME)
    assert close(fit.q, pin["QE"], SAME)
    assert fit.heterogeneity.df == pin["QEdf"]
    assert close(fit.test.statistic, pin["QM"], SAME)
    assert close(fit.test.p_value, pin["QMp"], SAME)


@pytest.mark.parametrize("key", [key for key in FITS if not key.endswith("FE")])
def test_tau2_is_that_of_metafor(key: str) -> None:
    """By maximum and restricted likelihood."""
    name, kind, method = key.split(":")
    pin = pins("network_regression")["fits"][key]
    assert close(regressed(name, kind, tau2=method).tau2, pin["tau2"], OPTIMIZED)


@pytest.mark.parametrize("kind", list(INTERACTIONS))
def test_a_dense_least_squares_says_the_same(kind: str) -> None:
    """Many-armed studies, a given tau², and the Hartung-Knapp factor."""
    fit = regressed("baker2009", kind, tau2=0.04, inference="HKSJ", center=2003)
    others = [name for name in fit.treatments if name != "Placebo"]
    y, v, x, year, _ = dense(fit.effects, 0.04, others)
    z = (year - 2003)[:, None]
    base = dense(fit.effects, 0.04, ["Placebo"])[2]
    more = -z * base if kind == "common" else z * x
    beta, covariance, q = gls(y, v, np.hstack([x, more]))
    df = len(y) - len(beta)
    ours = [*fit.against().values(), *fit.slopes]
    assert close([each.value for each in ours], beta, ALGEBRA)
    assert close([each.se for each in ours], np.sqrt(np.diag(covariance) * q / df), ALGEBRA)
    assert {each.df for each in ours} == {df}
    slopes = slice(len(others), None)
    wald = beta[slopes] @ np.linalg.inv(covariance[slopes, slopes] * q / df) @ beta[slopes]
    assert close(fit.test.statistic, wald / len(beta[slopes]), ALGEBRA)
    assert fit.test.df_residual == df


@pytest.mark.parametrize("kind", list(INTERACTIONS))
def test_the_center_moves_effects_and_nothing_else(kind: str) -> None:
    """Moving there is fitting there; slopes, tau² and tests stay."""
    near, far = regressed("senn2013", kind), regressed("senn2013", kind, center=0)
    moved = near.at(1995)
    again = regressed("senn2013", kind, center=1995)
    assert close([s.value for s in near.slopes], [s.value for s in far.slopes], ALGEBRA)
    assert close([s.se for s in near.slopes], [s.se for s in far.slopes], ALGEBRA)
    assert close(near.tau2, far.tau2, ALGEBRA)
    assert close(moved.relative.differences, again.relative.differences, ALGEBRA)
    assert close(moved.relative.se, again.relative.se, ALGEBRA)
    assert moved.test == near.test
    step = near.effect("acarbose").value + near.slope("acarbose").value * -5
    assert close(moved.effect("acarbose").value, step, ALGEBRA)
    mean = regressed("senn2013", kind, center=None)
    assert close(mean.value, mean.covariate.values.mean(), ALGEBRA)


def test_with_two_treatments_it_is_meta_regression() -> None:
    """Slope, effect, tau², R², tests: by the univariate verb."""
    studies = [f"s{i}" for i in range(8)]
    y, v = np.array([0.1, 0.9, -0.4, 0.9, 0.4, 1.9, 0.6, 1.1]), np.linspace(0.02, 0.09, 8)
    dose = [1, 2, 1, 3, 2, 4, 3, 5]
    effects = NetworkEffects.from_arrays(
        y, v, study=studies, treat1=["b"] * 8, treat2=["a"] * 8, columns={"dose": dose}
    )
    fit = network_regress(effects, "dose", reference="a", center=0)
    other = regress(Effects.from_arrays(y, v, columns={"dose": dose}), "~ dose")
    assert close(fit["dose"].value, other["dose"].value, ALGEBRA)
    assert close(fit["dose"].low, other["dose"].low, ALGEBRA)
    assert close(fit.effect("b").se, other["Intercept"].se, ALGEBRA)
    assert close(fit.tau2, other.tau2, ALGEBRA)
    assert close(fit.r2, other.r2, ALGEBRA)
    assert close(fit.test.p_value, other.moderators.p_value, ALGEBRA)
    assert close(fit.heterogeneity.tau2_high, other.heterogeneity.tau2_high, ALGEBRA)
    common = network_regress(effects, "dose", model="common")
    alone = regress(Effects.from_arrays(y, v, columns={"dose": dose}), "~ dose", model="common")
    assert close(common.r2, alone.r2, ALGEBRA)


def test_common_slopes_hang_on_the_reference_and_own_slopes_do_not() -> None:
    """Comparisons of two others do not change; a remark says that the choice matters."""
    fit, other = (
        network_regress(triangle(), "weeks", reference=name) for name in ("usual", "sham")
    )
    assert fit.slope("true", "sham").value == fit.slope("true", "sham").se == 0.0
    assert close(fit.effect("true", "sham").value, fit.at(8).effect("true", "sham").value, ALGEBRA)
    assert abs(fit.q - other.q) > 0.01
    assert "depends on that choice of the reference" in fit.summary()
    own, same = (
        network_regress(triangle(), "weeks", reference=name, interactions="independent")
        for name in ("usual", "sham")
    )
    assert close(own.q, same.q, ALGEBRA)
    assert close(own.at(7).relative.differences, same.at(7).relative.differences, ALGEBRA)
    assert close(own.slope("true", "sham").se, same["true"].se, ALGEBRA)


def test_names_and_order_do_not_matter() -> None:
    """Other names, other order of contrasts and sides: the same numbers."""
    effects = senn2013()
    names = {name: f"{9 - i}" for i, name in enumerate(effects.treatments)}
    turned = NetworkEffects.from_arrays(
        -effects.y[::-1],
        effects.v[::-1],
        study=effects.study[::-1],
        treat1=[names[name] for name in effects.treat2[::-1]],
        treat2=[names[name] for name in effects.treat1[::-1]],
        columns={"year": effects.columns["year"][::-1]},
    )
    fit = regressed("senn2013", "independent")
    same = network_regress(
        turned, "year", reference=names["placebo"], interactions="independent", center=2000
    )
    assert close(same.tau2, fit.tau2, ALGEBRA)
    assert {names[name] for name in fit.slope_names} == set(same.slope_names)
    for name in fit.slope_names:
        assert close(same[names[name]].value, fit[name].value, ALGEBRA)


def test_slopes_that_cannot_be_told_are_left_out_and_named() -> None:
    """The model is that of the other slopes; the rest has the fit of no slope."""
    fit = regressed("senn2013", "independent")
    assert "slope of sitagliptin and vildagliptin cannot be estimated" in "".join(fit.remarks)
    assert not {"sitagliptin", "vildagliptin"} & set(fit.slope_names)
    assert fit.slope("sitagliptin").se == 0.0
    assert close(
        fit.effect("sitagliptin").value, fit.at(1990).effect("sitagliptin").value, ALGEBRA
    )
    rng = np.random.default_rng(3)
    x, columns = rng.normal(size=(7, 3)), rng.normal(size=(7, 4))
    columns[:, 1] = x[:, 0] + 2 * columns[:, 3]
    told = estimable(x, columns)
    for j in range(4):
        rest = np.hstack([x, np.delete(columns, j, axis=1)])
        more = np.linalg.matrix_rank(np.hstack([rest, columns[:, [j]]]))
        assert told[j] == (more > np.linalg.matrix_rank(rest))


def test_a_category_of_two_levels_is_0_and_1() -> None:
    """The first level is where effects are; levels are asked for by name."""
    fit = network_regress(eras(senn2013()), "era", reference="placebo", model="common")
    number = with_column(
        senn2013(),
        "late",
        {s: str(int(int(s.split("(")[1][:4]) < 2000)) for s in senn2013().studies},
    )
    same = network_regress(number, "late", reference="placebo", model="common", center=0)
    assert fit.covariate.levels == ("new", "old")
    assert same.covariate.levels == ()  # numbers that came as text
    assert fit["era"].value == same["late"].value
    assert close(fit.at("old").effect("metformin").value, same.at(1).effect("metformin").value,
                 ALGEBRA)  # fmt: skip
    assert "old rather than new" in fit.summary()
    assert "at era = new" in fit.summary()
    with pytest.raises(
        ChoiceError, match=r"value='ol' is not a level of era; choose one of new, old"
    ):
        fit.at("ol")
    truths = network_regress(triangle((True, False, False, True, True)), "weeks", model="common")
    assert truths.covariate.levels == ("False", "True")
    assert truths.at(True).value == 1.0


def test_studies_without_the_covariate_are_left_out() -> None:
    """Warned about, listed, and the rest is fitted as if they were not there."""
    effects = triangle((4, 8, 4, float("nan"), 6))
    with pytest.warns(LeftOutWarning, match="1 of 5 studies left out.*Di \\(weeks missing\\)"):
        fit = network_regress(effects, "weeks", model="common", reference="usual")
    rest = effects.take(["Ann", "Bo", "Cy", "Ed"])
    assert fit["weeks"].value == network_regress(
        rest, "weeks", model="common", reference="usual")["weeks"].value  # fmt: skip
    assert [item.study for item in fit.effects.left_out] == ["Di"]
    assert "4 of 5 studies" in fit.sentence()


@pytest.mark.filterwarnings("ignore::metaan.core.errors.LeftOutWarning")
def test_what_is_left_must_be_connected() -> None:
    """A study that lacks the covariate may hold the network together."""
    parted = NetworkEffects.from_arrays(
        [1, 2, 3], se=[1, 1, 1], study=list("xyz"), treat1=list("abc"), treat2=list("bcd"),
        columns={"w": [1, None, 2]})  # fmt: skip
    with pytest.raises(InputError, match="falls into 2 parts"):
        network_regress(parted, "w")


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ((4, 8, 4, 8, np.inf), "must be finite; Ed break"),
        ((3, 3, 3, 3, 3), "is 3 in every study: nothing can depend on it"),
        (("a", "b", "c", "a", "b"), r"has 3 levels \(a, b and c\).*network_subgroups"),
        ((None,) * 5, "every study lacks weeks"),
    ],
)
def test_a_covariate_that_cannot_be_used_is_refused(
    column: tuple[object, ...], message: str
) -> None:
    """Each rule has its sentence."""
    with pytest.raises(InputError, match=message):
        network_regress(triangle(column), "weeks")


def test_other_faults_are_named() -> None:
    """Columns, values within a study, slopes, names and options."""
    with pytest.raises(InputError, match='"weeks"'):
        network_regress(triangle(), "week")
    with pytest.raises(ChoiceError, match=r'interactions=.*"independent"'):
        network_regress(triangle(), "weeks", interactions="independant")
    with pytest.raises(ChoiceError, match="reference"):
        network_regress(triangle(), "weeks", reference="shame")
    with pytest.raises(InputError, match="center='x' must be a finite value of weeks"):
        network_regress(triangle(), "weeks", center="x")
    with pytest.raises(InputError, match="has no form for networks"):
        network_regress(triangle(), "weeks", inference="KR")
    arms = [study == "Willms (1999)" and i % 2 for i, study in enumerate(senn2013().study)]
    mixed = replace(senn2013(), columns={"mixed": [int(each) for each in arms]})
    with pytest.raises(InputError, match=r"one value in all.*Willms \(1999\).* has several"):
        network_regress(mixed, "mixed")
    star = NetworkEffects.from_arrays(
        [1, 2], se=[1, 1], study=["x", "y"], treat1=["b", "c"], treat2=["a", "a"],
        columns={"z": [0, 1]})  # fmt: skip
    with pytest.raises(InputError, match="no slope on z can be estimated"):
        network_regress(star, "z", reference="a", interactions="independent")


def test_without_a_degree_of_freedom_intervals_are_walds() -> None:
    """As many coefficients as contrasts: tau² is 0, R² is not defined."""
    effects = triangle().take(["Ann", "Bo", "Cy"])
    fit = network_regress(effects, "weeks", reference="usual")
    assert (fit.tau2, fit.heterogeneity.df, fit.inference) == (0.0, 0, "WALD")
    assert np.isnan(fit.r2)
    assert close(fit["weeks"].value, 0.1, ALGEBRA)
    assert close(fit["weeks"].se, np.hypot(0.2, 0.25) / 4, ALGEBRA)
    assert "no degree of freedom is left" in fit.summary()


def test_r2_compares_with_the_network_without_the_covariate() -> None:
    """Of tau² by the same estimator; not defined where there is none, or it is given."""
    fit = regressed("senn2013", "independent", tau2="DL")
    alone = network(senn2013(), tau2="DL").tau2
    assert close(fit.tau2_null, alone, ALGEBRA)
    assert close(fit.r2, 100 * (1 - fit.tau2 / alone), ALGEBRA)
    assert np.isnan(regressed("senn2013", "common", tau2=0.1).r2)
    assert regressed("baker2009", "independent").r2 == 100.0


def test_it_is_told_in_words() -> None:
    """Title, slopes, effects, test, remarks; sentences with references; a frame."""
    fit = network_regress(triangle(scale="log"), "weeks", reference="usual").at(20)
    text = fit.summary()
    assert "regressed on weeks" in text
    assert "weeks = 20 does not lie between 4 and 8" in text
    assert "beyond" not in fit.at(5).summary()
    assert "5 studies for 1 slope: fewer than 10" in text
    assert "was multiplied by 1.0" in fit.sentence()
    assert fit.references[0].endswith("10.1177/0272989X13485157")
    assert fit.methods_sentence().startswith("The effects of a network were regressed on weeks")
    frame = fit.to_frame()
    assert list(frame["term"]) == ["sham", "true", "weeks"]
    assert list(frame["what"]) == ["effect", "effect", "slope"]
    assert close(frame["estimate"][2], fit["weeks"].value, ALGEBRA)
    own = network_regress(triangle(scale="log"), "weeks", interactions="independent")
    assert "joint test of the slopes" in own.sentence()
    assert "at weeks = 6" in own._repr_html_()
    assert list(fit.league().columns) == ["sham", "true", "usual"]
    assert not fit.coefficients.flags.writeable
