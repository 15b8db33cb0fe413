"""A network meta-analysis as a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from metaan.core.arrays import Floats, FrozenDict, frozen
from metaan.core.citations import cite
from metaan.core.conventions import FROM_TAU2
from metaan.core.convergence import Convergence
from metaan.core.estimate_table import estimate_records
from metaan.core.heterogeneity import Heterogeneity
from metaan.core.network_effects import NetworkEffects
from metaan.core.wording import Method, grid, text_of
from metaan.networks.combining.combined import Combined
from metaan.networks.combining.relative import RelativeEffects
from metaan.networks.fits.answers_consistency import ConsistencyAnswers
from metaan.networks.fits.answers_effects import EffectAnswers
from metaan.networks.fits.answers_ranking import RankingAnswers
from metaan.networks.fits.answers_sensitivity import SensitivityAnswers
from metaan.networks.fits.answers_structure import StructureAnswers
from metaan.networks.fits.network_words import (
    below,
    how,
    model_words,
    network_lines,
    result_sentences,
    table_rows,
    title,
)
from metaan.univariate.kernel import Plan

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkFit(
    EffectAnswers, RankingAnswers, ConsistencyAnswers, StructureAnswers, SensitivityAnswers
):
    """A network meta-analysis.

    Attributes
    ----------
    effects : NetworkEffects
        What was combined.
    model : str
        "common" or "random".
    tau2_method, inference, prediction : str
        Keys of the estimator of tau² (empty for common effects, "fixed" where the caller gave its
        value), of the intervals and of the prediction intervals (empty if there are none).
    reference : str
        Treatment that the others are shown against.
    relative : RelativeEffects
        Effects of all treatments relative to each other, by the inference.
    combined : Combined
        The same with their model-based covariance, and what they came from.
    prediction_half : ndarray, shape (n, n)
        Half the widths of the prediction intervals; NaN where there are none.
    tau2 : float
        Between-study variance, the same for every comparison.
    heterogeneity : Heterogeneity
        Q of the whole network, within and between designs; I², H², limits of tau².
    convergence : Convergence
        How tau² was found.
    plan : Plan
        What was computed, for refits.
    methods : mapping of str to Method
        Name and DOI of what was used: "model", "tau2", "inference", "prediction", "interval".
    remarks : tuple of str
        What a careful reader should know about this fit.
    """

    effects: NetworkEffects
    model: str
    tau2_method: str
    inference: str
    prediction: str
    reference: str
    relative: RelativeEffects
    combined: Combined = field(repr=False)
    prediction_half: Floats
    tau2: float
    heterogeneity: Heterogeneity
    convergence: Convergence
    plan: Plan = field(repr=False)
    methods: Mapping[str, Method] = field(default_factory=FrozenDict)
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the array and the mapping."""
        object.__setattr__(self, "prediction_half", frozen(self.prediction_half))
        object.__setattr__(self, "methods", FrozenDict(self.methods))

    @property
    def k(self) -> int:
        """Number of studies."""
        return self.effects.k

    @property
    def q(self) -> float:
        """Q of the whole network."""
        return self.heterogeneity.q

    @property
    def i2_first(self) -> str:
        """The I² to name first."""
        return FROM_TAU2

    def summary(self) -> str:
        """Return the fit as text: conventions, effects against the reference, heterogeneity."""
        return "\n".join(network_lines(self))

    def sentence(self) -> str:
        """Return the fit as a paragraph for a Results section; marks point into `references`."""
        return text_of([*result_sentences(self), *how(self)[0]])

    def methods_sentence(self) -> str:
        """Return how the fit was made as sentences for a Methods section, with the same marks."""
        return text_of([f"treatments were compared in a {model_words(self)}", *how(self)[0]])

    @property
    def references(self) -> tuple[str, ...]:
        """References of the methods that were used, in the order of their marks in `sentence`."""
        return cite(how(self)[1])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per treatment against the reference, analysis scale.

        Returns
        -------
        DataFrame
            treatment, estimate, se, low, high, statistic, df, p_value, prediction_low,
            prediction_high.
        """
        import pandas as pd

        found = self.against()
        records = estimate_records("treatment", tuple(found), tuple(found.values()))
        for record, name in zip(records, found, strict=True):
            limits = self.predict(name)
            record["prediction_low"] = float("nan") if limits is None else limits.low
            record["prediction_high"] = float("nan") if limits is None else limits.high
        return pd.DataFrame(records)

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(title(self), table_rows(self), below(self))
