"""All about consistency in one record: parts, words, speed of the algebra, edges."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from metaan.core.errors import ChoiceError
from metaan.core.network_effects import NetworkEffects
from metaan.networks.consistency.inconsistency import PARTS
from metaan.networks.fits.network import network
from tests.networks.builders import drawn, of_pairs
from tests.networks.pinned import effects, fitted, linde2016
from tests.tolerance import EXACT, close


def test_parts_are_those_of_the_fit() -> None:
    """Each part is what the fit's own method gives."""
    fit = fitted("senn2013")
    found = fit.inconsistency(adjust="Holm", method="SIDDE", shapes="quadrilaterals")
    assert close(found.decomposition.q_detached, fit.decomposition().q_detached, EXACT)
    assert found.interaction.test == fit.design_interaction().test
    assert found.splits.method.key == "SIDDE"
    own = fit.node_splits(adjust="Holm", method="SIDDE")
    assert close(found.splits.log_p_adjusted, own.log_p_adjusted, EXACT)
    assert close(found.heat.change, fit.net_heat().change, EXACT)
    assert found.loops.loops == fit.loops(shapes="quadrilaterals").loops


@pytest.mark.parametrize("part", list(PARTS))
def test_every_part_has_a_frame(part: str) -> None:
    """By its name, with a row for each of its things."""
    found = fitted("senn2013").inconsistency()
    rows = {"decomposition": 18, "interaction": 16, "splits": 45, "heat": 225, "loops": 7}
    assert len(found.to_frame(part)) == rows[part]


def test_unknown_part() -> None:
    """The parts are listed and the nearest is offered."""
    with pytest.raises(ChoiceError, match=r'choose one of decomposition, .*"loops"'):
        fitted("senn2013").inconsistency().to_frame("loop")


def test_words_do_not_claim_consistency() -> None:
    """Numbers, a remark about power, no claim from a large p-value."""
    found = fitted("senn2013").inconsistency(adjust="Holm")
    text = found.sentence()
    assert "22.53 (7 degrees of freedom, p = 0.002) was between designs" in text
    assert "gave Q = 2.19 (7 degrees of freedom, p = 0.95)" in text
    assert "None of 11 comparisons with both direct and indirect evidence" in text
    assert "by Holm" in text
    assert "does not show that evidence is consistent" in text
    assert "no evidence of" not in text.lower()
    assert "none of the 95% intervals" in text
    assert len(found.references) == 5
    assert "[5]" in text
    assert "does not show" in found.summary()
    assert found._repr_html_().count("<table") == 5


def test_words_name_what_disagrees() -> None:
    """Common effects of senn2013: comparisons with small p-values are counted."""
    found = fitted("senn2013", "common").inconsistency()
    count = int(found.splits.disagreeing.sum())
    assert count == int((found.splits.to_frame()["p_value"] < 0.05).sum()) > 0
    assert f"{count} of 11 comparisons with both" in found.sentence()
    assert "the smallest was that of" in found.sentence()


def test_nothing_to_check_is_said() -> None:
    """Star, two treatments, one study, one study of many arms: no claim at all."""
    star = of_pairs(("a", "p", 0.3, 0.1), ("b", "p", 0.9, 0.1), ("a", "p", 0.1, 0.1))
    for contrasts in (star, star.take(["s0"]), drawn(1, studies=1, treatments=3)):
        found = network(contrasts).inconsistency()
        assert found.decomposition.between.df == 0
        assert "cannot disagree" in found.remarks[0]
        assert found.sentence().startswith("The designs of this network cannot disagree")
        assert "Closed loops" in found.summary()
        assert len(found.to_frame("splits")) == len(found.splits.treatment)


def test_designs_that_disagree_without_a_loop() -> None:
    """A three-arm study against two-arm studies of one of its comparisons."""
    contrasts = NetworkEffects.from_arrays(
        [0.2, 0.5, 0.3, 1.5],
        [0.1, 0.1, 0.1, 0.05],
        study=["w", "w", "w", "x"],
        treat1=["a", "a", "b", "a"],
        treat2=["b", "c", "c", "b"],
    )
    found = network(contrasts, model="common").inconsistency()
    assert found.loops.independent == ()
    assert found.decomposition.between.df == 1
    # a - b by w is 0.2 with variance 0.1, by x 1.5 with 0.05
    assert close(found.decomposition.between.q, 1.3**2 / 0.15, EXACT)
    assert "no independent loop can be inconsistent" in found.sentence()
    assert close(found.splits.difference[~np.isnan(found.splits.difference)].size, 2, EXACT)


def test_one_call_for_a_large_network() -> None:
    """93 studies, 22 treatments: everything is finite where it should be."""
    found = network(linde2016()).inconsistency()
    assert found.splits.tested.sum() == 35
    assert found.interaction.test.df == found.decomposition.between.df == 33
    assert np.isfinite(found.heat.change).all()
    assert np.isfinite(found.loops.se).all()
    assert len(found.loops.independent) + found.loops.by_definition == 20


def test_records_travel() -> None:
    """They can be pickled, and their arrays cannot be changed."""
    found = network(effects("franchini2012")).inconsistency()
    again = pickle.loads(pickle.dumps(found))
    assert again.sentence() == found.sentence()
    with pytest.raises(ValueError, match="read-only"):
        found.heat.change[0, 0] = 1.0
