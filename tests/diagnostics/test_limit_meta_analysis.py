"""limit_meta_analysis against least squares of the generalized radial plot; laws and edges."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.diagnostics.asymmetry.limit_meta_analysis import limit_arrays, limit_meta_analysis
from metaan.diagnostics.asymmetry.pet_peese import pet_peese
from tests.diagnostics.comparing import drawn, quiet


def naive(y, v, tau2):
    """Return adjusted effect, its standard error, alpha, beta and G², by matrices."""
    spread = np.sqrt(v + tau2)
    x = np.column_stack([np.ones_like(y), 1 / spread])
    inverse = np.linalg.inv(x.T @ x)
    alpha, beta = inverse @ x.T @ (y / spread)
    at = np.array([np.sqrt(tau2), 1.0])
    shrunken = [
        beta + np.sqrt(tau2) / s * (each - beta) for each, s in zip(y, spread, strict=True)
    ]
    se = np.sqrt(v)
    g2 = 1 - np.corrcoef(shrunken / se, 1 / se)[0, 1] ** 2 if tau2 else np.nan
    return beta + np.sqrt(tau2) * alpha, np.sqrt(at @ inverse @ at), alpha, beta, g2


@pytest.mark.parametrize(("k", "seed"), [(3, 1), (8, 2), (40, 3), (1000, 4)])
def test_naive(k, seed):
    """The same by a straight inverse."""
    effects = drawn(k, seed)
    fit = quiet(effects, tau2="DL")
    found = limit_meta_analysis(fit)
    value, se, alpha, beta, g2 = naive(effects.y, effects.v, fit.tau2)
    assert found.adjusted.value == pytest.approx(value, rel=1e-9)
    assert found.adjusted.se == pytest.approx(se, rel=1e-9)
    assert (found.bias.value, found.intercept.value) == pytest.approx((alpha, beta), rel=1e-8)
    if fit.tau2:
        assert found.g2 == pytest.approx(g2, rel=1e-6, abs=1e-12)
    assert found.q == pytest.approx(fit.heterogeneity.q, rel=1e-10)
    assert found.q_small + found.q_residual == pytest.approx(found.q, rel=1e-12)


def test_without_tau2_it_is_the_line_at_no_error():
    """A common effect: PET's intercept, every study shrunken to it."""
    fit = quiet(drawn(9), model="common")
    found = limit_meta_analysis(fit)
    assert found.adjusted.value == pytest.approx(pet_peese(fit).pet.value, rel=1e-10)
    assert found.shrunken == pytest.approx(found.adjusted.value, rel=1e-12)
    assert any("tau² is 0" in remark for remark in found.remarks)


def test_batch_and_units():
    """A batch row is its analysis alone; units and sign carry through."""
    sets = [drawn(7, seed) for seed in range(4)]
    y, v = (np.array([getattr(each, name) for each in sets]) for name in ("y", "v"))
    tau2 = np.array([0.0, 0.1, 0.2, 0.05])
    together = limit_arrays(y, v, tau2)
    turned = limit_arrays(-1e6 * y, 1e12 * v, 1e12 * tau2)
    for i in range(4):
        alone = limit_arrays(y[i : i + 1], v[i : i + 1], tau2[i : i + 1])
        assert together.adjusted[i] == alone.adjusted[0]
    assert turned.adjusted == pytest.approx(-1e6 * together.adjusted, rel=1e-10)
    assert turned.g2[1:] == pytest.approx(together.g2[1:], rel=1e-8)


def test_edges():
    """Equal standard errors allow no line; no pool, no tau²; two studies are too few."""
    equal = limit_meta_analysis(quiet(Effects.from_arrays([0.1, 0.5, 0.2], v=[0.1] * 3)))
    assert not equal.defined
    assert "not possible" in equal.sentence()
    assert "same standard error" in equal.summary()
    with pytest.raises(InputError, match="got Effects"):
        limit_meta_analysis(drawn(5))
    with pytest.raises(InputError, match="3 studies or more"):
        limit_meta_analysis(quiet(drawn(2)))


def test_words():
    """Frame, sentence, html."""
    found = limit_meta_analysis(quiet(drawn(6)))
    assert list(found.to_frame()) == ["study", "estimate", "shrunken", "se"]
    assert "against" in found.sentence()
    assert "what made small studies differ" in found.sentence()
    assert "G²" in found.summary()
    assert "<table" in found._repr_html_()
    assert found.references[0].startswith("Rücker")
