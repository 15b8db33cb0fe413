"""What a call of R says of itself: the numbers beside it, and who ran such calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from metaan.batch.permutation import permutation_test
from metaan.core.effects import Effects
from metaan.diagnostics.selection.model import selection_model
from metaan.report.pages.page import page
from metaan.report.r_calls.calling import r_call
from metaan.report.r_calls.packages import METAFOR
from metaan.univariate.pooling import pool
from tests.report import hostile_document

EFFECTS = Effects.from_arrays([0.1, 0.3, 0.55, 0.2], v=[0.02, 0.04, 0.03, 0.01])


def test_the_page_has_our_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the names that R prints, below the code; what opens begins with a capital."""
    call = r_call(pool(EFFECTS))
    monkeypatch.setattr(hostile_document, "_call", lambda _: call)
    text = page(hostile_document.hostile_document(tmp_path), tmp_path)
    assert "<summary>The pool</summary>" in text
    for name, value in call.rows():
        assert f'<tr><th scope="row">{name}</th><td class="n">{value}</td></tr>' in text
    assert "calls of this form are run by metaan&#39;s tests." in text


def test_what_only_a_hand_ran_says_so() -> None:
    """Random arrangements and slow integrals; exact ones and step functions are in the suite."""
    fit = pool(EFFECTS)
    drawn = r_call(permutation_test(fit, exact=False, draws=9, rng=1))
    every = r_call(permutation_test(fit))
    models = {key: r_call(selection_model(fit, key)) for key in ("BETA", "HALF_NORMAL")}
    for call in (drawn, models["BETA"]):
        assert not call.executed
        assert call.version == METAFOR.version
        assert call.remark.endswith("calls of this form agreed when run by hand")
        assert call.head.endswith("calls of this form are not executed by metaan's tests")
    assert every.executed
    assert models["HALF_NORMAL"].executed
    assert "by hand" not in every.remark + models["HALF_NORMAL"].remark
