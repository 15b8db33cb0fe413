"""One column from several sources, and what recovered inputs hand on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from metaan.conversion.nnt import or_to_nnt
from metaan.conversion.standardized import log_or_to_d
from metaan.core.errors import InputError
from metaan.recovery.common_sd import sd_from_t
from metaan.recovery.crossover import paired_from_t
from metaan.recovery.designs import cluster_adjust
from metaan.recovery.printed_effect import effect_from_ci
from metaan.recovery.quantiles import mean_sd_from_quantiles
from metaan.recovery.recovered import Part
from metaan.recovery.sources import first_of
from metaan.recovery.spread import sd_from_ci, sd_from_se
from tests.tolerance import EXACT, close

NAN = np.nan
N = [40, 25, 25, 33, 20]
SE = sd_from_se([NAN, 1.2, NAN, NAN, NAN], N)
CI = sd_from_ci([NAN, 9.0, 30.0, NAN, NAN], [NAN, 10.0, 34.2, NAN, NAN], N)
QUARTILES = mean_sd_from_quantiles(
    N, median=[5, NAN, NAN, 18, NAN], q1=[5, NAN, NAN, 14, NAN], q3=[9, NAN, NAN, 25, NAN],
    low=[NAN, NAN, NAN, 10, NAN], high=[NAN, NAN, NAN, 41, NAN],
)  # fmt: skip


def test_each_row_is_from_its_first_source():
    """Printed before recovered, in the order given; a row without any is NaN."""
    found = first_of("sd1", [4.1, NAN, NAN, NAN, NAN], SE, CI, QUARTILES)
    expected = [4.1, SE["sd"][1], CI["sd"][2], QUARTILES["sd"][3], NAN]
    assert close(found["sd1"], expected, EXACT)
    assert list(found) == ["sd1"]
    assert found.general == ("from the first of 4 sources that has it",)
    assert [part.rows for part in found.parts] == [(1,), (2,), (3,)]
    assert found.parts[1].text == (
        "SD from the 95% confidence interval of the mean (distribution of the interval t, assumed)"
    )
    assert found.parts[2].text.endswith("(distribution of the participants normal, assumed)")


def test_flags_are_those_of_used_rows():
    """Both rows of quartiles are skewed; the one with a printed SD is not spoken of."""
    assert [flag[:14] for flag in QUARTILES.flags] == ["row 1: skewed ", "row 4: skewed "]
    found = first_of("sd", [4.1, NAN, NAN, NAN, NAN], SE, CI, QUARTILES)
    assert [part.rows for part in found.flagged] == [(3,)]
    assert found.flags == (QUARTILES.flags[1],)
    assert found.remarks == (*found.general, *(
        f"row {part.rows[0] + 1}: {part.text}" for part in found.notes
    ))  # fmt: skip
    assert found.notes == found.parts + found.flagged
    assert "Handbook 6.5.2.2" in found.source
    assert "doi:10.1002/jrsm.1429" in found.source


def test_what_every_paper_prints_needs_no_remark():
    """Plain sources and unused ones leave no part."""
    found = first_of("sd1", [1, 2, 3, 4, 5], SE, QUARTILES)
    assert found.parts == found.flagged == ()
    assert found.source == ""


def test_several_rows_are_one_part():
    """A method is told once, for all its rows, and again where it is nested."""
    se = sd_from_se([1.0, 2.0, NAN], 16)
    inner = first_of("sd1", se, [NAN, NAN, 3.0])
    assert inner.remarks[1] == "rows 1, 2: SD from the standard error of the mean: se √n"
    outer = first_of("sd1", [NAN, 7.0, NAN], inner)
    assert outer["sd1"].tolist() == [4.0, 7.0, 3.0]
    assert outer.parts == (
        Part(text="from the first of 2 sources that has it", rows=(0, 2)),
        Part(text="SD from the standard error of the mean: se √n", rows=(0,)),
    )


@pytest.mark.parametrize(
    "printed",
    [
        [4.0, None, NAN],
        [4.0, pd.NA, None],
        pd.Series([4.0, None, pd.NA], dtype="Float64"),
        pd.Series([4, pd.NA, None], dtype=object),
    ],
    ids=["None", "NA", "nullable", "objects"],
)
def test_empty_cells(printed):
    """None, NaN and NA are no numbers."""
    found = first_of("sd", printed, [1.0, 2.0, NAN])
    assert close(found["sd"], [4.0, 2.0, NAN], EXACT)


def test_names_with_and_without_a_group():
    """The column of a group fits its bare name and the other way round, if there is one."""
    common = sd_from_t([3.8], 2.78, 25, 22)
    assert close(first_of("sd", common)["sd"], common["sd1"], EXACT)
    assert close(first_of("sd2", common)["sd2"], common["sd2"], EXACT)
    assert close(first_of("sd2", SE)["sd2"], SE["sd"], EXACT)


def test_a_number_and_a_sweep():
    """One number fills up; a sweep has its rows, and notes count along them."""
    assert first_of("sd", [1.0, NAN], 3.0)["sd"].tolist() == [1.0, 3.0]
    found = first_of("n", [NAN, 5.0], cluster_adjust(50, np.array([0.0, 0.1])[:, None], 11))
    assert close(found["n"], [[50, 5], [25, 5]], EXACT)
    assert found.parts[0].rows == (0, 2)
    assert found.remarks[1].startswith("rows (1, 1), (2, 1): effective numbers")


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: first_of("sd1"), "needs sources of sd1"),
        (lambda: first_of([1.0, 2.0], SE), "column's name first"),
        (
            lambda: first_of("sd1", "sd_pain"),
            r"itself, such as table\['sd_pain'\]",
        ),
        (lambda: first_of("mean", SE), "mean: what was recovered holds sd; give one"),
        (lambda: first_of("sd", [1.0, 2.0], SE), r"do not fit together: source 1 of sd \(2,\)"),
        (lambda: first_of("sd", [1.0, np.inf]), "row 2: source 1 of sd must be finite"),
        (lambda: first_of("sd", ["a"]), "sd must be numbers"),
    ],
)
def test_sources_that_are_none(call, text):
    """Each has its remedy."""
    with pytest.raises(InputError, match=text):
        call()


def test_a_record_goes_on_as_it_is():
    """The column of the parameter's name is taken; method, assumptions and notes go on."""
    odds = effect_from_ci([1.5, 0.7], [1.1, 0.4], [2.05, 1.9], scale="log")
    assert [part.rows for part in odds.flagged] == [(1,), (1,)]
    found = log_or_to_d(odds, odds)
    plain = log_or_to_d(odds["y"], odds["v"])
    for name in ("y", "v"):
        assert close(found[name], plain[name], EXACT)
    assert found.method == (
        "SMD from the log odds ratio; before that: from the printed interval on the log scale"
    )
    assert [str(each) for each in found.assumptions] == [
        "quantile normal (assumed)", "distribution of the outcome logistic (assumed)",
    ]  # fmt: skip
    assert found.flags == odds.flags
    assert plain.flags == ()


def test_notes_follow_a_sweep():
    """The row of a study is found in each row of the sweep, and said once."""
    odds = effect_from_ci([1.5, 0.7], [1.1, 0.4], [2.05, 1.9], scale="log")
    found = or_to_nnt(odds, odds, np.array([0.1, 0.2])[:, None])
    assert found.flagged[0].rows == (1, 3)
    assert found.flags[0].startswith("rows (1, 2), (2, 2): 0.7 is not in the middle")
    assert len({str(each) for each in found.assumptions}) == len(found.assumptions) == 3


def test_recovered_sds_of_a_crossover():
    """Flags of the inputs and its own stand side by side."""
    se = sd_from_se([2.38, 2.38], 2)
    found = paired_from_t([0.5, 2.0], [0.858, 0.1], [10, 10], sds=(se, 2.21))
    assert "before that: SD from the standard error" in found.method
    with pytest.raises(InputError, match="sd1: what was recovered holds n, design_effect"):
        paired_from_t([0.5], [0.8], [10], sds=(cluster_adjust(50, 0, 11), 2))
