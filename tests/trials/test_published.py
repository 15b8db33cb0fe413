"""load_published: pooled results as printed, with NaN where nothing was, and faults by name."""

from __future__ import annotations

import csv
import math
from dataclasses import FrozenInstanceError

import pytest

import metaan as ma
from metaan.trials.shipped import data_folder
from tests.trials.builders import write


def shipped_rows():
    """Return the shipped file as text."""
    with (data_folder() / "reviews.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def pools():
    """Return the shipped pools by key."""
    return {pool.pool_id: pool for pool in ma.load_published()}


def faults(path):
    """Return the faults that reading a file raises."""
    with pytest.raises(ma.DataError) as raised:
        ma.load_published(path)
    return raised.value.faults


def test_all_of_them_in_order():
    """137 pools, each key once, in the order of the file."""
    keys = [pool.pool_id for pool in ma.load_published()]
    assert keys == [row["pool_id"] for row in shipped_rows()]
    assert len(set(keys)) == len(keys) == 137


def test_as_printed():
    """Every number is the one of the file; NaN exactly where the cell is empty."""
    names = {"k": "k", "n": "n_participants", "value": "estimate", "low": "ci_low",
             "high": "ci_high", "i2": "i2", "declared_k": "declared_k_review",
             "declared_n": "declared_n_review"}  # fmt: skip
    for pool, row in zip(ma.load_published(), shipped_rows(), strict=True):
        for ours, theirs in names.items():
            number = getattr(pool, ours)
            if row[theirs]:
                assert number == float(row[theirs])
            else:
                assert math.isnan(number)


def test_not_printed():
    """Mu 2020 prints no I², Su 2021 no number of participants for tablets."""
    found = pools()
    assert math.isnan(found["mu2020_01"].i2)
    assert math.isnan(found["su2021_04"].n)
    assert found["su2021_04"].model == ""
    assert math.isnan(found["gao2025_63rct_01"].value)


def test_limits_stay_as_they_are():
    """Asymmetric limits are kept: 11.50 (7.38, 15.84) is 4.12 below and 4.34 above."""
    pool = pools()["mu2020_08"]
    assert (pool.value, pool.low, pool.high) == (11.5, 7.38, 15.84)
    other = pools()["fei2023_07"]
    assert (other.low, other.value, other.high) == (-4.5, -3.06, -2.7)


def test_where_it_was_read():
    """Address and place come along."""
    pool = pools()["furlan2005_01"]
    assert pool.locus == "Analysis 5.1.1"
    assert pool.url.startswith("https://")
    assert pool.citation == "Furlan 2005 Cochrane CD001351"


def test_a_file_of_one_s_own(tmp_path):
    """Required columns alone are enough; the path may be text."""
    row = {"pool_id": "own_01", "review_id": "own", "citation": "Own 2030", "k": "3",
           "n_participants": "", "estimate": "-0.5", "ci_low": "-1", "ci_high": "0", "i2": "",
           "declared_k_review": "", "declared_n_review": ""}  # fmt: skip
    (pool,) = ma.load_published(str(write(tmp_path / "mine.csv", [row])))
    assert (pool.k, pool.value, pool.measure) == (3, -0.5, "")
    assert math.isnan(pool.n)
    with pytest.raises(FrozenInstanceError):
        pool.value = 0.0


def test_faults(tmp_path):
    """All at once, by file, row and column."""
    rows = shipped_rows()[:3]
    rows[0]["estimate"], rows[1]["k"], rows[2]["citation"] = "−1.75", "four", ""
    for row in rows:
        del row["i2"]
    found = faults(write(tmp_path / "mine.csv", rows))
    assert {(fault.row.split(" (")[0], fault.column, fault.rule) for fault in found} == {
        ("header", "i2", "column is missing (as printed)"),
        ("line 2", "estimate", "must be a number"),
        ("line 3", "k", "must be a number"),
        ("line 4", "citation", "must not be empty"),
    }
    assert {fault.file for fault in found} == {"mine.csv"}


def test_a_missing_file(tmp_path):
    """The path that was tried is named."""
    (fault,) = faults(tmp_path / "nowhere.csv")
    assert fault.value == str(tmp_path / "nowhere.csv")
