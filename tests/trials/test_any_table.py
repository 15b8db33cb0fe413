"""effect_sizes of tables of every make, and of numbers that come without a column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import metaan as ma
from metaan.recovery.recovered import Assumption, Recovered
from tests.tolerance import EXACT, close

COUNTS = {
    "trial": ["Ann", "Bo", "Cy"],
    "events1": [4, 6, None],
    "n1": [40, 52, 30],
    "events2": [9, 11, 3],
    "n2": [41, 50, 31],
    "place": ["east", None, "west"],
    "dose": [10, 20, 30],
}
MEANS = {"mean1": [5.0, 6.0], "sd1": [1.0, 2.0], "n1": [10, 12], "mean2": [4.0, 7.5],
         "sd2": [1.5, 2.5], "n2": [11, 13]}  # fmt: skip
MAKERS = {
    "mapping": dict,
    "pandas": pd.DataFrame,
    "pandas, nullable": lambda table: pd.DataFrame(table).convert_dtypes(),
    "pandas, of texts": lambda table: pd.DataFrame(table, dtype=object),
    "polars": pl.DataFrame,
    "pyarrow": pa.table,
    "arrays": lambda table: {n: np.array(v, dtype=object) for n, v in table.items()},
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_every_make_of_table(make):
    """The same effects, columns and gaps from every make."""
    with pytest.warns(ma.LeftOutWarning, match="1 of 3 rows left out: Cy: events1 missing"):
        effects = ma.effect_sizes(make(COUNTS), "RR", study="trial")
    assert close(effects.y, np.log([4 / 40, 6 / 52]) - np.log([9 / 41, 11 / 50]), EXACT)
    assert tuple(effects.study) == ("Ann", "Bo")
    assert effects.columns["dose"] == (10, 20)
    assert effects.columns["place"][0] == "east"
    assert pd.isna(effects.columns["place"][1])
    assert effects.columns["n2"] == (41, 50)


def test_a_lazy_table_is_refused():
    """It says what to call."""
    with pytest.raises(ma.InputError, match=r"lazy; call \.collect\(\)"):
        ma.effect_sizes(pl.LazyFrame(COUNTS), "RR", study="trial")


@pytest.mark.parametrize("frame", [pd.DataFrame(MEANS), pl.DataFrame(MEANS), pa.table(MEANS)])
def test_no_table_is_written_into(frame):
    """Whatever is done with the effects, the caller's table stays, and the other way round."""
    before = frame.__deepcopy__({}) if hasattr(frame, "__deepcopy__") else frame
    effects = ma.effect_sizes(frame, "MD")
    with pytest.raises((ValueError, TypeError)):
        np.asarray(effects.columns["n1"])[0] = 99
    assert effects.columns["n1"] == (10, 12)
    assert str(before) == str(frame)


def test_numbers_instead_of_a_column():
    """An array stands for a column, one number for all studies, and that is remarked."""
    table = {name: MEANS[name] for name in ("mean1", "mean2", "sd1", "sd2")}
    effects = ma.effect_sizes(table, "MD", n1=np.array([10, 12]), n2=20)
    assert close(effects.v, [1 / 10 + 1.5**2 / 20, 4 / 12 + 2.5**2 / 20], EXACT)
    assert effects.remarks == ("n2 = 20 for every study, as given",)
    assert effects.columns["n2"] == (20.0, 20.0)


def test_recovered_numbers_bring_their_remarks():
    """What was recovered, and what was assumed for it, stands in the result."""
    recovered = Recovered(
        columns={"sd": [1.0, 2.0]}, method="SD from the moon", source="Moon 2020",
        assumptions=(Assumption(name="correlation", value=0.5),),
    )  # fmt: skip
    table = {name: values for name, values in MEANS.items() if name != "sd1"}
    effects = ma.effect_sizes(table, "MD", sd1=recovered)
    assert close(effects.v, ma.effect_sizes(MEANS, "MD").v, EXACT)
    assert effects.remarks == ("sd1: SD from the moon; correlation 0.5 (assumed)",)


@pytest.mark.parametrize(
    "given", [[1.0, 2.0, 3.0], np.ones((2, 2)), {"a": 1}, b"x"], ids=["long", "square", "map", "b"]
)
def test_numbers_of_another_shape(given):
    """One value per study, or one for all."""
    with pytest.raises(ma.InputError, match="sd1="):
        ma.effect_sizes(MEANS, "MD", sd1=given)


def test_labels_instead_of_a_column():
    """study= takes labels, too."""
    assert ma.effect_sizes(MEANS, "MD", study=["Ann", "Bo"]).study == ("Ann", "Bo")
    with pytest.raises(ma.InputError, match="study= needs 2 labels; got 1"):
        ma.effect_sizes(MEANS, "MD", study=["Ann"])


def test_the_scale_of_effects_as_given():
    """A log ratio that comes with its error is read as a ratio."""
    effects = ma.effect_sizes({"y": [0.5], "se": [0.2]}, "GEN", scale="log")
    assert close(effects.to_frame()["estimate"][0], np.exp(0.5), EXACT)
    with pytest.raises(ma.ChoiceError, match=r'scale="lgo"|scale=\'lgo\''):
        ma.effect_sizes({"y": [0.5], "se": [0.2]}, "GEN", scale="lgo")
    with pytest.raises(ma.InputError, match="has its scale"):
        ma.effect_sizes(MEANS, "MD", scale="log")


def test_a_million_rows_keep_their_labels_unwritten():
    """Numbered labels cost eight bytes each until one reads them."""
    k = 1000
    table = {"y": np.tile([0.0, 3.0], k // 2), "v": np.ones(k)}
    effects = ma.effect_sizes(table, "GEN")
    assert effects.study[999] == "Study 1000"
    assert effects.study[:2] == ("Study 1", "Study 2")
    assert ma.pool(effects).k == k


def test_one_column_from_what_each_paper_prints():
    """Printed, from SE, from quartiles: the remarks name the studies, not rows."""
    nan = float("nan")
    table = {"study": ["Ann", "Bo", "Cy"], "n": [40, 25, 30], "sd": [4.1, nan, nan],
             "se": [nan, 1.2, nan], "mean": [9.0, 8.0, nan], "q1": [nan, nan, 5.0],
             "median": [nan, nan, 8.0], "q3": [nan, nan, 12.0]}  # fmt: skip
    n = np.array(table["n"])
    quartiles = ma.mean_sd_from_quantiles(
        n, median=table["median"], q1=table["q1"], q3=table["q3"]
    )
    sd = ma.first_of("sd", table["sd"], ma.sd_from_se(table["se"], n), quartiles)
    mean = ma.first_of("mean", table["mean"], quartiles)
    effects = ma.effect_sizes(table, "MN", sd=sd, mean=mean)
    assert effects.k == 3
    assert close(effects.v[1], 1.2**2, EXACT)
    assert any(text.startswith("sd: SD from the standard error") and text.endswith(": Bo")
               for text in effects.remarks)  # fmt: skip
    assert any(text.endswith(": Cy") for text in effects.remarks)
    assert not any("row" in text for text in effects.remarks)
