"""What networks print: ratios, not logarithms; one direction of every comparison; decimals."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import pytest

import metaan as ma
from metaan.core.estimate import Estimate
from metaan.core.estimate_table import ratio_decimals, read_rows
from metaan.core.network_effects import NetworkEffects
from metaan.core.scale import IDENTITY, LOG, Scale
from metaan.networks.combining.relative import RelativeEffects, estimate_of
from metaan.networks.consistency.split_methods import SPLITS
from metaan.networks.fits.network import network
from metaan.networks.fits.network_fit import NetworkFit
from metaan.networks.fits.network_words import prediction_words
from metaan.networks.moderators.network_regression import INTERACTIONS
from tests.networks.builders import of_pairs
from tests.networks.pinned import linde2016, net
from tests.networks.sparse_counts import counts


@cache
def depression(**options: Any) -> NetworkFit:
    """Return the network of Linde 2016, odds ratios."""
    return network(linde2016(), reference="Placebo", **options)


@cache
def years() -> NetworkEffects:
    """Return log odds ratios with years that do not come in their order."""
    rng = np.random.default_rng(4)
    k = 18
    pairs = [("a", "b"), ("b", "c"), ("a", "c")] * 6
    return NetworkEffects.from_arrays(
        rng.normal(-0.5, 0.2, k),
        se=np.full(k, 0.2),
        study=[f"s{i}" for i in range(k)],
        treat1=[one for one, _ in pairs],
        treat2=[two for _, two in pairs],
        columns={"year": [(10, 9, 2)[i // 3 % 3] for i in range(k)]},
        scale="log",
        label="Odds ratio",
    )


def shown(text: str, name: str) -> list[str]:
    """Return the cells of the first line of a table that starts with a name."""
    (line, *_) = [each for each in text.splitlines() if each.strip().startswith(name)]
    cells: list[str] = re.split(r"\s{2,}", line.strip())
    return cells


def ratio(value: float) -> str:
    """Return a logarithm as the tables show it."""
    return f"{math.exp(value):.3f}"


def test_effects_against_the_reference() -> None:
    """The ratio with its limits and prediction, three decimals each; no standard error."""
    fit = depression()
    text, found = str(fit), fit.effect("SSRI")
    head, cells = shown(text, "against Placebo"), shown(text, "SSRI")
    assert head == ["against Placebo", "ratio", "95% CI", "t", "df", "p", "95% prediction"]
    assert cells[:3] == ["SSRI", ratio(found.value), f"({ratio(found.low)}, {ratio(found.high)})"]
    ahead = fit.predict("SSRI")
    assert ahead is not None
    assert cells[-1] == f"({ratio(ahead.low)}, {ratio(ahead.high)})"
    assert "logarithm" not in text + fit._repr_html_()
    assert fit.to_frame()["estimate"].iloc[-5] == found.value  # frames stay logarithms


def test_one_inconsistency_printout_has_one_scale() -> None:
    """Splits, designs and loops: ratios, and their differences ratios of ratios."""
    found = depression().inconsistency()
    text = found.summary()
    assert "logarithm" not in text
    assert text.count("ratio of ratios") == 3
    splits = found.splits
    i = splits.comparisons.index("Placebo:SSRI")
    assert shown(splits.summary(), "Placebo:SSRI")[2:5] == [
        ratio(splits.direct[i]), ratio(splits.indirect[i]), ratio(splits.difference[i]),
    ]  # fmt: skip
    designs = found.interaction
    rows = [row for row in designs.rows() if row[:2] == ["Placebo:TCA", "Placebo:TCA"]]
    frame = designs.to_frame().query("design == 'Placebo:TCA'").iloc[0]
    assert rows[0][2:6] == [
        ratio(frame["effect"]), ratio(frame["network"]), ratio(frame["difference"]),
        f"{frame['difference_se']:.3f}",
    ]  # fmt: skip
    assert designs.rows()[0][5] == "se (log)"
    loops = found.loops.to_frame().set_index("loop").loc["Placebo – SSRI – TCA"]
    assert shown(found.loops.summary(), "Placebo – SSRI – TCA")[2] == f"{loops['ratio']:.3f}"


def test_differences_stay_differences() -> None:
    """Mean differences are printed as before, with their standard errors."""
    fit = network(of_pairs(("a", "b", -1.0, 0.04), ("b", "c", 0.5, 0.04), ("a", "c", 0.5, 0.04)))
    assert shown(str(fit), "against")[1:3] == ["estimate", "se"]
    text = fit.inconsistency().summary()
    assert "ratio" not in text
    assert "−1.000" in text


def test_other_fits_print_ratios() -> None:
    """Components, regression, sparse counts, subgroups."""
    names = ["a + x" if name == "c" else name for name in years().treatments]
    turned = dict(zip(years().treatments, names, strict=True))
    made = NetworkEffects.from_arrays(
        years().y, years().v, study=years().study, scale="log", label="Odds ratio",
        treat1=[turned[name] for name in years().treat1],
        treat2=[turned[name] for name in years().treat2],
    )  # fmt: skip
    parts = ma.network_components(made, inactive="b")
    assert shown(str(parts), "x")[1] == ratio(parts.component("x").value)
    assert shown(parts.summary(), "component")[1] == "ratio"
    slope = ma.network_regress(years(), "year", reference="c")
    assert shown(str(slope), "factor of the effect")[1] == ratio(slope.slopes[0].value)
    assert shown(str(slope), "b")[1] == ratio(slope.effect("b").value)
    sparse = ma.sparse_network(counts("woods2010"), reference="Placebo")
    assert shown(str(sparse), "SFC")[1] == ratio(sparse.effect("SFC").value)
    groups = ma.network_subgroups(years(), "year", reference="c")
    for fit in (parts, slope, sparse):
        assert "logarithms" not in str(fit) + fit._repr_html_()
    assert shown(str(groups), "against c")[3] == "ratio"


def test_levels_that_are_numbers_stand_in_their_order() -> None:
    """Not in that of the studies; p-values are printed as elsewhere."""
    groups = ma.network_subgroups(years(), "year", reference="c")
    assert groups.levels == ("2", "9", "10")
    assert groups[9] is groups["9"]
    rows = [row for row in str(groups).splitlines() if " all " in row]
    assert all(row.split()[-1] == "0.001" or row.split()[-2] == "<" for row in rows[:2])


def test_one_name_for_each_comparison() -> None:
    """Splits, designs, pairwise, measures, contributions, impact: a before b, a against b."""
    fit = depression()
    splits = fit.split().set_index("comparison")
    pools = fit.pairwise(tau2=fit.tau2).set_index("comparison")
    known = [fit.evidence_measures()["comparison"], fit.contribution().index, fit.impact().columns]
    assert all(set(each) == set(splits.index) for each in known)
    assert set(pools.index) <= set(splits.index)
    designs = fit.design_interaction()
    assert set(designs.comparisons) <= set(pools.index)
    direct = splits.loc[pools.index]
    assert np.allclose(direct["direct"], pools["estimate"], rtol=1e-9, atol=1e-12)
    for name in ("Hypericum:Placebo", "Placebo:TCA"):
        one, two = name.split(":")
        assert math.isclose(splits.at[name, "network"], fit.effect(one, two).value, rel_tol=1e-12)
        own = designs.to_frame().query("design == @name").iloc[0]
        assert math.isclose(
            own["network"] - fit.effect(one, two).value, 0, abs_tol=0.05
        )  # at the tau² within designs


def test_columns_of_the_decomposition_differ() -> None:
    """No two columns have one name."""
    head = depression().decomposition().rows()[0]
    assert head[2:4] == ["df", "p"]
    assert head[5:] == ["df detached", "p detached"]


def estimates(values: list[float], se: list[float], scale: Scale) -> list[Estimate]:
    """Return estimates at 95%, normal."""
    relative = RelativeEffects(
        treatments=("a", "b"), values=np.zeros(2), covariance=np.eye(2), df=math.inf, level=0.95,
        scale=scale, label="",
    )  # fmt: skip
    return [estimate_of(value, error, relative) for value, error in zip(values, se, strict=True)]


def test_a_table_has_one_number_of_decimals() -> None:
    """The one that shows its narrowest interval; what is too small or too large is written so."""
    plain = read_rows("", ["a", "b"], estimates([1.0, 2.0], [0.5, 0.05], IDENTITY))
    assert [row[1:4] for row in plain[1:]] == [
        ["1.0000", "0.5000", "(0.0200, 1.9800)"], ["2.0000", "0.0500", "(1.9020, 2.0980)"],
    ]  # fmt: skip
    ratios = read_rows("", ["a", "b"], estimates([0.0, 0.001], [0.5, 0.001], LOG))
    assert [row[1] for row in ratios] == ["ratio", "1.0000", "1.0010"]
    wide = read_rows("", ["a"], estimates([0.0], [8.0], LOG))
    assert wide[1][2] == "(1.55e−07, 6.45e+06)"
    assert read_rows("", ["a"], estimates([math.nan], [math.nan], LOG))[1][1] == "–"
    assert read_rows("", [], [])[0][1] == "estimate"
    assert ratio_decimals([1e-9]) == 6


def test_whole_numbers_are_names() -> None:
    """The text that they are, wherever a treatment is asked for; truths are not."""
    made = of_pairs(("1", "2", 0.4, 0.04), ("2", "10", 0.3, 0.04), ("1", "10", 0.1, 0.04))
    fit = network(made, reference=1)
    assert fit.reference == "1"
    assert fit.effect(2, np.int64(10)).value == fit.effect("2", "10").value
    assert list(fit.against(2)) == ["1", "10"]
    assert str(fit.predict(2, 1)) == str(fit.predict("2", "1"))
    assert list(fit.league([10, 1, 2]).columns) == ["10", "1", "2"]
    assert fit.small_studies(order=[1, 2, 10]).order == ("1", "2", "10")
    assert fit.leave_one_out().effects(2).tolist() == fit.leave_one_out().effects("2").tolist()
    assert ma.network_components(made, reference=10).reference == "10"
    with pytest.raises(ma.ChoiceError, match="reference=True is not a treatment"):
        network(made, reference=True)
    with pytest.raises(ma.ChoiceError, match="control=3 is not a treatment"):
        fit.effect(1, 3)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"inference": "KH"}, r"WALD, T, HKSJ, HKSJ_FLOOR\. Did you mean \"HKSJ\"\?"),
        ({"inference": "hksj"}, r"T, HKSJ, HKSJ_FLOOR\. Did you mean \"HKSJ\"\?"),
        ({"model": "fixed"}, r"choose one of random, common\. Did you mean \"common\"\?"),
        ({"tau2": "RELM"}, r"EB, PM, PMM, DLIT\. Did you mean \"REML\"\?"),
        ({"prediction": "KRR"}, "choose one of K1, HTS, NORMAL, TAU_ONLY, HK, HK_PR"),
        ({"inference": "KR"}, "has no form for networks; choose one of WALD, T, HKSJ, HKSJ_FLOOR"),
        ({"tau2": "GENQ"}, "asks for weights of one's own.*choose one of DL, HE"),
    ],
)
def test_only_what_networks_have_is_offered(options: dict[str, str], told: str) -> None:
    """No row that would be refused next, and the name that was meant."""
    made: list[Callable[..., object]] = [network, ma.network_components]
    if "prediction" not in options:
        made += [
            partial(ma.network_regress, covariate="year"),
            partial(ma.network_subgroups, by="year"),
        ]
    for fit in made:
        with pytest.raises(ma.InputError, match=told) as caught:
            fit(years(), **options)
        assert not {"KR", "HC", "GENQ"} & set(re.split(r"[^\w]+", str(caught.value).split(";")[1]))


def test_intervals_too_narrow_are_remarked_on() -> None:
    """Two studies that agree exactly, two that nearly do, one alone, two that differ."""
    made = of_pairs(
        ("a", "b", 0.5, 0.04), ("a", "b", 0.5, 0.04), ("b", "c", 0.3, 0.04),
        ("b", "c", 0.31, 0.04), ("a", "c", 0.1, 0.04), ("c", "d", 0.0, 0.04),
        ("c", "d", 1.0, 0.04),
    )  # fmt: skip
    found = network(made).pairwise().set_index("comparison")
    assert found.at["a:b", "se"] == 0
    assert found.at["a:b", "remark"].startswith("its studies agree exactly")
    assert found.at["b:c", "remark"] == (
        'narrower than Wald\'s interval: inference="HKSJ_FLOOR" is never narrower'
    )
    assert found.loc[["a:c", "c:d"], "remark"].tolist() == ["", ""]
    floor = network(made, inference="HKSJ_FLOOR").pairwise()
    assert (floor["se"] > 0).all()
    assert not floor["remark"].any()


def test_prediction_says_its_degrees_of_freedom() -> None:
    """As a number: those of Q, or one less."""
    told = depression().methods_sentence()
    assert "prediction intervals are from a t distribution with 87 degrees of freedom" in told
    less = depression(prediction="HTS").methods_sentence()
    assert "Higgins-Thompson-Spiegelhalter (t distribution, 86 degrees of freedom)" in less
    assert prediction_words("t(k - p)", 1.0).endswith("with 1 degree of freedom")
    assert net("senn2013")["netmeta_DL"]["df.Q"] == 18


def test_partial_orders_ask_for_directions() -> None:
    """By name, with what to give."""
    fit = depression()
    with pytest.raises(ma.InputError, match="needs better=, a list with one of lower, higher"):
        fit.partial_order(fit)


@pytest.mark.parametrize(
    "table", [ma.CONTRIBUTIONS, ma.HAT_MATRICES, ma.SPARSE_METHODS, SPLITS, INTERACTIONS]
)
def test_rows_of_tables_print_without_addresses(table: Any) -> None:
    """Key, name or words, source: nothing of where a function lies."""
    for key, row in table.items():
        assert f"key='{key}'" in repr(row)
        assert "0x" not in repr(row)
        assert len(repr(row)) < 200
