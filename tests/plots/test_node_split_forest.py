"""Forest plots of node splits: direct, indirect and all evidence, comparison by comparison."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from metaan.core.errors import InputError
from metaan.networks.consistency.node_split import NodeSplits
from metaan.networks.fits.network import network
from metaan.networks.fits.network_fit import NetworkFit
from metaan.plots.forests.forest import forest
from metaan.plots.forests.layouts import LAYOUTS
from metaan.plots.forests.record import ForestRow, ForestRows
from metaan.plots.forests.rows import forest_rows, remarks_of
from tests.networks.pinned import fitted, linde2016, matrix, net
from tests.plots import builders as make
from tests.plots.forest_subjects import notes_of, of_kind
from tests.plots.looking import misplaced
from tests.plots.network_graphs import star


@cache
def senn() -> NetworkFit:
    """Return the diabetes network of Senn 2013, random effects, Wald."""
    return fitted("senn2013")


@cache
def depression() -> NodeSplits:
    """Return the splits of the depression network of Linde 2016, 35 comparisons."""
    return network(linde2016(), reference="Placebo").node_splits()


def blocks(record: ForestRows) -> dict[str, list[ForestRow]]:
    """Return the rows of every comparison, without its header."""
    found: dict[str, list[ForestRow]] = {}
    for row in record.rows:
        if row.kind in ("evidence", "pool"):
            found.setdefault(row.group, []).append(row)
    return found


def test_every_block_has_the_numbers_of_its_comparison() -> None:
    """Against the table of the splits; no comparison without both kinds of evidence."""
    splits = senn().node_splits()
    frame = splits.to_frame()
    both = frame[frame["evidence"] == "both"]
    found = blocks(forest_rows(splits))
    assert list(found) == [
        f"{one} against {other}"
        for one, other in zip(both["treatment"], both["control"], strict=True)
    ]
    for (_, line), rows in zip(both.iterrows(), found.values(), strict=True):
        assert [row.label for row in rows] == ["Direct", "Indirect", "Network"]
        for row, kind in zip(rows, ("direct", "indirect", "network"), strict=True):
            for ours, ending in (("value", ""), ("low", "_low"), ("high", "_high")):
                assert getattr(row, ours) == pytest.approx(line[f"{kind}{ending}"], rel=1e-12)
        assert rows[0].texts["studies"] == (str(line["studies"]),)
        assert rows[0].texts["share"] == (f"{100 * line['proportion']:.0f}%",)


def test_direct_and_indirect_evidence_are_those_of_r() -> None:
    """Netmeta's matrices of direct and indirect random effects, at DerSimonian-Laird's tau²."""
    pinned = net("senn2013")["netmeta_DL"]
    found = blocks(forest_rows(senn().node_splits()))
    assert len(found) == 11
    for head, rows in found.items():
        one, other = head.split(" against ")
        for row, kind in zip(rows, ("direct", "indirect"), strict=False):
            theirs = matrix(pinned[f"TE.{kind}.random"], [one], [other])[0, 0]
            assert row.value == pytest.approx(theirs, rel=1e-8)


def test_network_evidence_lies_between_direct_and_indirect() -> None:
    """Weighted by its share: the figure's own numbers agree with each other."""
    record = forest_rows(senn().node_splits())
    splits = senn().node_splits()
    shares = splits.proportion[splits.tested]
    for rows, share in zip(blocks(record).values(), shares.tolist(), strict=True):
        direct, indirect, whole = (row.value for row in rows)
        assert whole == pytest.approx(share * direct + (1 - share) * indirect, rel=1e-9)


def test_headers_have_the_p_of_the_difference() -> None:
    """Adjusted where that was asked for, and the line under the blocks says so."""
    for adjust, words in (("none", "without adjustment"), ("Holm", "adjusted")):
        splits = senn().node_splits(adjust=adjust)
        record = forest_rows(splits)
        p = np.exp(splits.log_p_adjusted[splits.tested])
        for row, value in zip(of_kind(record, "header"), p.tolist(), strict=True):
            (told,) = row.texts["p"]
            assert told == ("> 0.99" if value >= 0.995 else f"{value:.{3 if value < 0.1 else 2}f}")
        assert words in notes_of(record)
    assert "4 comparisons with direct evidence alone: nothing to compare." in remarks_of(splits)


def test_direct_and_indirect_evidence_look_different() -> None:
    """Squares and circles; all evidence is a diamond."""
    rows = next(iter(blocks(forest_rows(senn().node_splits())).values()))
    assert [(row.kind, row.marker) for row in rows[:2]] == [
        ("evidence", "square"),
        ("evidence", "circle"),
    ]
    assert rows[2].kind == "pool"


def test_blocks_may_be_ordered() -> None:
    """By p, the smallest first."""
    record = forest_rows(senn().node_splits(), order="p")
    told = [float(row.texts["p"][0]) for row in of_kind(record, "header")]
    assert told == sorted(told)


def test_everything_about_consistency_shows_its_splits() -> None:
    """The record of the splits and that of all of it make one figure."""
    found = senn().inconsistency()
    assert repr(forest_rows(found).rows) == repr(forest_rows(found.splits).rows)
    assert set(remarks_of(found.splits)) <= set(remarks_of(found))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_sets_it(layout: str) -> None:
    """Long names and thirty-five comparisons: nothing overlaps, nothing is cut."""
    plot = forest(depression(), layout=layout, theme="gray")
    assert misplaced(plot) == ([], [])
    assert plot.record.alt.startswith(
        "Forest plot of direct, indirect and all evidence of 35 comparisons; direct and indirect "
        "evidence disagree"
    )


def test_what_has_no_splits_is_refused() -> None:
    """A star has direct evidence alone; models and published pools belong to studies."""
    with pytest.raises(InputError, match="no comparison of this network has both"):
        forest_rows(network(star(5), model="common").node_splits())
    with pytest.raises(InputError, match="leave models= out"):
        forest_rows(senn().node_splits(), models={"other": make.bcg_fit()})
    with pytest.raises(InputError, match="leave published= out"):
        forest_rows(senn().node_splits(), published=[make.published(1, 0, 2)])


@pytest.mark.parametrize("adjust", ["none", "Holm"])
def test_comparisons_that_disagree_may_be_shown_alone(adjust: str) -> None:
    """Those whose p is below the level, in their order, with a line that says how many are not."""
    splits = network(linde2016(), reference="Placebo").node_splits(adjust=adjust)
    level = 0.05 if adjust == "none" else 1.0
    frame = splits.to_frame()
    p = np.exp(splits.log_p_adjusted)
    chosen = frame[splits.tested & (p < level)]
    record = forest_rows(splits, p_below=level)
    expected = [
        f"{one} against {other}"
        for one, other in zip(chosen["treatment"], chosen["control"], strict=True)
    ]
    assert 0 < len(expected) < int(splits.tested.sum())
    assert list(blocks(record)) == expected
    assert f"Shown: the {len(expected)} of 35 comparisons with p below {level:g}" in notes_of(
        record
    )
    assert f"of {len(expected)} comparison" in record.alt
    off = int(splits.disagreeing.sum())
    assert record.alt.endswith(f"(p below 0.05) in {off} of them.")
    assert misplaced(forest(splits, p_below=level)) == ([], [])


def test_a_level_that_no_comparison_reaches_is_told() -> None:
    """With the smallest p; a level is a number up to 1, and for node splits alone."""
    splits = senn().node_splits()
    least = float(np.exp(splits.log_p_adjusted[splits.tested].min()))
    with pytest.raises(InputError, match=f"none of 11 comparisons has p below .*{least:.3g}"):
        forest_rows(splits, p_below=least / 2)
    for level in (0, 1.5, True, "0.05"):
        with pytest.raises(InputError, match="p_below must be a number above 0"):
            forest_rows(splits, p_below=level)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="p_below= is for node splits; got NetworkFit"):
        forest_rows(senn(), p_below=0.05)
    assert len(blocks(forest_rows(splits, p_below=1))) == 11
