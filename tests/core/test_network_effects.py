"""NetworkEffects: what a study must hold, and everything that is said when it does not."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from metaan.core.errors import ChoiceError, InputError, LeftOutWarning
from metaan.core.network_effects import NetworkEffects
from metaan.core.network_rules import by_arms, covariances
from tests.networks.builders import drawn, of_pairs
from tests.tolerance import EXACT, close

TWO_ARMS = {"study": ["s", "t"], "treat1": ["a", "b"], "treat2": ["b", "c"]}


def three_arms(y: list[float], v: list[float]) -> NetworkEffects:
    """Return one study of a, b and c from the contrasts a-b, a-c and b-c."""
    return NetworkEffects.from_arrays(
        y, v, study=["s"] * 3, treat1=["a", "a", "b"], treat2=["b", "c", "c"]
    )


def test_covariance_follows_from_variances() -> None:
    """Independent arms: contrasts that share an arm covary by its variance."""
    arms = np.array([0.1, 0.2, 0.4])
    effects = three_arms([1.0, 3.0, 2.0], [arms[0] + arms[1], arms[0] + arms[2], 0.6])
    (group,) = by_arms(effects.layout, effects.y, effects.v)
    found = covariances(group)[0]
    assert close(found, np.diag(arms[1:]) + arms[0], EXACT)


def test_counts_and_names() -> None:
    """Studies in the order of their first contrast; treatments in alphabetic order."""
    effects = of_pairs(("z", "a", 1.0, 0.1), ("m", "z", 0.5, 0.2))
    assert (effects.k, effects.studies, effects.treatments) == (2, ("s0", "s1"), ("a", "m", "z"))
    assert str(effects) == "Effect: 2 contrasts of 3 treatments in 2 studies"
    assert effects.to_frame()["treat1"].tolist() == ["z", "m"]
    assert "<table" in effects._repr_html_()


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))]
)
def test_copies_are_whole_and_read_only(again: Any) -> None:
    """Nothing is lost, nothing can be written."""
    effects = again(drawn(2))
    assert effects.y.tolist() == drawn(2).y.tolist()
    assert effects.layout.treatments == drawn(2).layout.treatments
    with pytest.raises(ValueError, match="read-only"):
        effects.y[0] = 1.0


def test_every_fault_at_once() -> None:
    """Numbers, a treatment against itself, contrasts twice and missing, in one error."""
    with pytest.raises(InputError) as caught:
        NetworkEffects.from_arrays(
            [1.0, 2.0, np.inf, 1.0, 1.0, 1.0],
            [1.0, 0.0, 1.0, 1.0, 1.0, 1.0],
            study=["p", "q", "r", "p", "t", "t"],
            treat1=["a", "a", "a", "b", "a", "b"],
            treat2=["b", "b", "a", "a", "b", "c"],
        )
    text = str(caught.value)
    for told in (
        "q: v of a against b must be finite and positive; got 0.0",
        "r: y of a against a must be finite; got inf",
        "r: 'a' is compared with itself",
        "p: 'a' against 'b' stands more than once",
        "t: 3 arms (a, b, c) have 3 contrasts; got 2",
    ):
        assert told in text


def test_contrasts_that_contradict_each_other() -> None:
    """Named with both numbers; repaired on request, by least squares, and remarked on."""
    with pytest.raises(
        InputError, match=r"b - c is given as 2\.06, but follows as 2 from those with a \(rounded"
    ) as caught:
        three_arms([1.0, 3.0, 2.06], [0.1, 0.1, 0.1])
    assert 'disagreeing="repair"' in str(caught.value)
    mended = NetworkEffects.from_arrays(
        [1.0, 3.0, 2.06],
        [0.1] * 3,
        study=["s"] * 3,
        treat1=["a", "a", "b"],
        treat2=["b", "c", "c"],
        disagreeing="repair",
    )
    design = np.array([[1.0, -1, 0], [1, 0, -1], [0, 1, -1]])
    nearest = design @ np.linalg.lstsq(design, np.array([1.0, 3.0, 2.06]), rcond=None)[0]
    assert close(mended.y, nearest, EXACT)
    assert mended.remarks[0].endswith("nearest ones that agree; largest change: s (by 0.02)")
    with pytest.raises(ChoiceError, match="choose one of error, repair"):
        NetworkEffects.from_arrays([1.0, 1.0], [1.0, 1.0], disagreeing="mend", **TWO_ARMS)


@pytest.mark.parametrize(
    ("y", "told"),
    [
        ([1.0, 3.0, 2.09], "c is given as 2.09, but follows as 2 from those with a, 0.28 times"),
        ([1.0, 3.0, -2.0], "with the sign of b - c turned they agree: were its treatments"),
        ([-1.0, 3.0, 2.0], "with the sign of a - b turned they agree"),
        ([1.0, -3.0, 2.0], "with the sign of a - c turned they agree"),
        ([0.5, 2.0, 4.0], "their logarithms agree: are these ratios?"),
        ([1.0, 3.0, 9.0], "check the source: is a sign turned, are these ratios and not"),
        ([-0.5, 2.0, 4.0], "or does a row belong to another study?"),
    ],
)
@pytest.mark.parametrize("disagreeing", ["error", "repair"])
def test_what_no_rounding_explains_is_not_repaired(
    y: list[float], told: str, disagreeing: str
) -> None:
    """Refused beyond a quarter of the smallest standard error, with what may be wrong."""
    with pytest.raises(InputError) as caught:
        NetworkEffects.from_arrays(
            y,
            [0.1, 0.2, 0.2],
            study=["s"] * 3,
            treat1=["a", "a", "b"],
            treat2=["b", "c", "c"],
            disagreeing=disagreeing,
        )
    assert told in str(caught.value)
    assert "rounded when printed" not in str(caught.value)


def test_two_decimals_are_repaired() -> None:
    """Rounded effects of four arms with standard errors of 0.2 and more always are."""
    rng = np.random.default_rng(4)
    first, second = np.triu_indices(4, 1)
    for _ in range(50):
        arms = rng.normal(size=4)
        mended = NetworkEffects.from_arrays(
            np.round(arms[first] - arms[second], 2),
            se=[0.2] * 6,
            study=["s"] * 6,
            treat1=[str(i) for i in first],
            treat2=[str(i) for i in second],
            disagreeing="repair",
        )
        assert np.abs(mended.y - (arms[first] - arms[second])).max() < 0.01


def test_the_wrong_one_of_four_arms_is_named() -> None:
    """The worst loop of three is told, not the first; the error may be far from the first arm."""
    arms = np.array([0.0, 1.0, 2.5, 4.5])
    first, second = np.triu_indices(4, 1)
    y = arms[first] - arms[second]
    y[-1] = -y[-1]  # 2 against 3
    with pytest.raises(InputError, match="sign of 2 - 3 turned they agree"):
        NetworkEffects.from_arrays(
            y,
            se=[0.2] * 6,
            study=["s"] * 6,
            treat1=[str(i) for i in first],
            treat2=[str(i) for i in second],
        )


def test_variances_that_no_arms_have() -> None:
    """The triangle of standard errors must close."""
    with pytest.raises(InputError, match="is not positive definite"):
        three_arms([1.0, 3.0, 2.0], [0.1, 0.1, 9.0])


def test_names_that_look_alike_are_a_suspicion() -> None:
    """Case and blanks; nothing is changed."""
    effects = of_pairs(("Placebo", "a", 1.0, 0.1), ("placebo ", "a", 0.5, 0.2))
    assert len(effects.treatments) == 3
    assert effects.remarks == (
        "'Placebo', 'placebo ' are taken as 2 treatments, but their names differ by case or "
        "blanks alone; are they one?",
    )
    assert effects.parts()[0].remarks == effects.remarks


def test_missing_contrasts_leave_the_whole_study_out() -> None:
    """A study with a NaN is listed and warned about."""
    with pytest.warns(LeftOutWarning, match="1 of 2 studies left out: t: b against c: y missing"):
        effects = NetworkEffects.from_arrays([1.0, np.nan], [1.0, 1.0], **TWO_ARMS)
    with pytest.warns(LeftOutWarning, match="s: a against b: se missing$"):
        NetworkEffects.from_arrays([1.0, 1.0], se=[np.nan, 1.0], **TWO_ARMS)
    assert (effects.studies, effects.k_left_out) == (("s",), 1)


def test_parts_and_chosen_studies() -> None:
    """Connected parts by their number of studies, with nothing lost; unknown studies named."""
    effects = of_pairs(
        ("x", "y", 1.0, 0.1), ("a", "b", 1.0, 0.1), ("b", "c", 1.0, 0.1), ("d", "c", 1.0, 0.1)
    )
    first, second = effects.parts()
    assert (first.treatments, second.treatments) == (("a", "b", "c", "d"), ("x", "y"))
    largest = effects.largest_part()
    assert [item.study for item in largest.left_out] == ["s0"]
    assert effects.take(["s3", "s0"]).studies == ("s0", "s3")
    with pytest.raises(InputError, match="'s9' is not in the network"):
        effects.take(["s9"])


def test_names_that_are_numbers() -> None:
    """Studies and treatments that are whole numbers are asked for as such."""
    effects = NetworkEffects.from_arrays(
        [1.0, 0.5, 0.1], [1.0] * 3, study=[1.0, 2.0, 30.0], treat1=[1, 1, 2], treat2=[2, 3, 3]
    )
    assert effects.take(2).studies == effects.take(["2"]).studies == ("2",)
    assert effects.take([np.int64(30), 1.0]).studies == ("1", "30")
    assert effects.rename({1: "x"}).treatments == ("2", "3", "x")
    with pytest.raises(InputError, match="study '4' is not in the network"):
        effects.take(4)


def test_what_a_notebook_shows() -> None:
    """The first rows, a true minus sign, and ids only where there are some."""
    html = of_pairs(*(("a", "b", -1.0, 0.1),) * 23)._repr_html_()
    assert (html.count("<tr"), html.count("<td>−1</td>")) == (21, 20)
    assert html.endswith("<p>… 3 more</p>")
    assert "rows" not in html
    short = of_pairs(("a", "b", -1.0, 0.1))
    assert "more</p>" not in short._repr_html_()
    assert "<td>r1 r2</td>" in replace(short, rows=(("r1", "r2"),))._repr_html_()


def test_a_slip_of_the_shift_key() -> None:
    """One contrast calls an arm otherwise: the arms that look alike are named."""
    with pytest.raises(InputError, match="'A', 'a' are taken as 2 treatments"):
        NetworkEffects.from_arrays(
            [1.0, 3.0, 2.0], [0.1] * 3, study=["s"] * 3, treat1=["a", "A", "b"],
            treat2=["b", "c", "c"],
        )  # fmt: skip


def test_lengths_and_words() -> None:
    """Errors of the call itself."""
    with pytest.raises(InputError, match="exactly one of v="):
        NetworkEffects.from_arrays([1.0, 1.0], **TWO_ARMS)
    with pytest.raises(InputError, match=r"2 as study has; y has shape \(1,\), v has shape"):
        NetworkEffects.from_arrays([1.0], [1.0], **TWO_ARMS)
    with pytest.raises(InputError, match='Did you mean "label"'):
        NetworkEffects.from_arrays([1.0, 1.0], [1.0, 1.0], lable="x", **TWO_ARMS)
    with pytest.raises(InputError, match="n1 has 1"):
        NetworkEffects.from_arrays([1.0, 1.0], [1.0, 1.0], columns={"n1": [1]}, **TWO_ARMS)


def test_other_names() -> None:
    """Treatments by other names, the contrasts as they were; no merging by name."""
    effects = of_pairs(("a", "b", 1.0, 0.1), ("b", "c", 0.5, 0.2))
    other = effects.rename({"b": "Z", "x": "not there"})
    assert (other.treatments, other.treat1) == (("Z", "a", "c"), ("a", "Z"))
    assert other.y.tolist() == effects.y.tolist()
    with pytest.raises(InputError, match="cannot both be called 'c'"):
        effects.rename({"b": "c"})
