"""A component network meta-analysis as a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from metaan.core.arrays import Floats, FrozenDict, frozen
from metaan.core.citations import cite
from metaan.core.conventions import FROM_TAU2
from metaan.core.convergence import Convergence
from metaan.core.errors import ChoiceError
from metaan.core.estimate import Estimate
from metaan.core.estimate_table import estimate_records
from metaan.core.heterogeneity import Heterogeneity
from metaan.core.lookup import hint
from metaan.core.network_effects import NetworkEffects
from metaan.core.wording import Method, grid, text_of
from metaan.networks.combining.relative import RelativeEffects, estimate_of
from metaan.networks.components.component_additivity import Additivity
from metaan.networks.components.component_design import ComponentDesign
from metaan.networks.components.component_words import (
    component_lines,
    component_notes,
    component_rows,
    component_title,
    how_components,
    model_words,
    result_sentences,
)
from metaan.networks.fits.answers_effects import EffectAnswers
from metaan.networks.fits.answers_ranking import RankingAnswers
from metaan.networks.fits.network_words import table_rows
from metaan.univariate.kernel import Plan

if TYPE_CHECKING:
    import pandas as pd

Combination = str | Sequence[str]
COMPONENT, INTERACTION, TREATMENT = "component", "interaction", "treatment"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ComponentFit(EffectAnswers, RankingAnswers):
    """A network meta-analysis in which treatments are sums of components.

    What the studies cannot tell is NaN, and ``unidentified`` and ``remarks`` say why.

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
    design : ComponentDesign
        Which treatment has which components.
    coefficients : ndarray, shape (c,)
        Effects of components, then interactions; where they are not identified, a solution of
        least length.
    covariance : ndarray, shape (c, c)
        Theirs, by the inference; of use for combinations that can be known (`combination`).
    relative : RelativeEffects
        Effects of the treatments relative to each other; NaN between those that cannot be
        compared.
    prediction_half : ndarray, shape (n, n)
        Half the widths of the prediction intervals; NaN where there are none.
    tau2 : float
        Between-study variance, the same for every comparison.
    heterogeneity : Heterogeneity
        Q of the additive model; I², H², limits of tau².
    additivity : Additivity
        The additive model against free effects of all treatments.
    convergence : Convergence
        How tau² was found.
    plan : Plan
        What was computed.
    unidentified : mapping of str to str
        Why a component or an interaction cannot be known, for each that cannot.
    methods : mapping of str to Method
        Name and DOI of what was used.
    remarks : tuple of str
        What a careful reader should know about this fit.
    """

    effects: NetworkEffects
    model: str
    tau2_method: str
    inference: str
    prediction: str
    reference: str
    design: ComponentDesign = field(repr=False)
    coefficients: Floats
    covariance: Floats
    relative: RelativeEffects
    prediction_half: Floats
    tau2: float
    heterogeneity: Heterogeneity
    additivity: Additivity
    convergence: Convergence
    plan: Plan = field(repr=False)
    unidentified: Mapping[str, str] = field(default_factory=FrozenDict)
    methods: Mapping[str, Method] = field(default_factory=FrozenDict)
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze arrays and mappings."""
        for name in ("coefficients", "covariance", "prediction_half"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
        for name in ("unidentified", "methods"):
            object.__setattr__(self, name, FrozenDict(getattr(self, name)))

    @property
    def k(self) -> int:
        """Number of studies."""
        return self.effects.k

    @property
    def q(self) -> float:
        """Q of the additive model."""
        return self.heterogeneity.q

    @property
    def i2_first(self) -> str:
        """The I² to name first."""
        return FROM_TAU2

    @property
    def components(self) -> tuple[str, ...]:
        """Names of the active components, in alphabetic order."""
        return self.design.components

    @property
    def interactions(self) -> tuple[str, ...]:
        """Names of the interactions, as "a*b"."""
        return tuple(self.design.interactions)

    def component(self, name: str) -> Estimate:
        """Return the effect that a component, or an interaction ("a*b"), adds to a treatment.

        Parameters
        ----------
        name : str
            One of ``components`` or ``interactions``.

        Returns
        -------
        Estimate
            Numbers on the analysis scale, on which effects add up; it is printed, and
            ``.read()``, on the reading scale. NaN where it is not identified
            (``fit.unidentified[name]`` says why).

        Raises
        ------
        ChoiceError
            If the name is unknown; the nearest is offered.
        """
        names = self.design.names
        if name not in names:
            raise ChoiceError(
                f"{name!r} is neither a component nor an interaction of this fit; choose one of "
                f"{', '.join(names)}.{hint(name, names)}"
            )
        row = [float(each == name) for each in names]
        return self._estimate(frozen(row))

    def component_effects(self) -> dict[str, Estimate]:
        """Return the effects of all components and interactions, by name."""
        return {name: self.component(name) for name in self.design.names}

    def combination(
        self, combination: Combination, against: Combination | None = None
    ) -> Estimate:
        """Return the effect of any combination of components, also of one that was never tried.

        Parameters
        ----------
        combination : str or sequence of str
            A treatment, components joined by the separator ("acupuncture + exercise"), or a list
            of them; an empty list has no components. Where a treatment was given components of
            its own, its name stands for those. Interactions count where all their components are
            there; any other interaction is taken as 0.
        against : str or sequence of str, optional
            Likewise; the reference by default.

        Returns
        -------
        Estimate
            NaN where the studies cannot tell.

        Raises
        ------
        ChoiceError
            If a component is unknown; the nearest is offered.
        """
        base = self.reference if against is None else against
        row = self.design.row(combination) - self.design.row(base, argument="against")
        return self._estimate(row)

    def summary(self) -> str:
        """Return the fit as text: components, treatments against the reference, additivity."""
        return "\n".join(component_lines(self))

    def sentence(self) -> str:
        """Return the fit as a paragraph for a Results section; marks point into `references`."""
        return text_of([*result_sentences(self), *how_components(self)[0]])

    def methods_sentence(self) -> str:
        """Return how the fit was made as sentences for a Methods section, with the same marks."""
        return text_of(
            [f"treatments were compared in a {model_words(self)}", *how_components(self)[0]]
        )

    @property
    def references(self) -> tuple[str, ...]:
        """References of the methods that were used, in the order of their marks in `sentence`."""
        return cite(how_components(self)[1])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per component, interaction, and treatment against the reference.

        Returns
        -------
        DataFrame
            kind ("component", "interaction" or "treatment"), name, estimate, se, low, high,
            statistic, df, p_value (analysis scale); prediction_low, prediction_high (treatments
            only); reason (why it cannot be known, or empty).
        """
        import pandas as pd

        columns, others = self.component_effects(), self.against()
        kinds = [
            *(INTERACTION if name in self.design.interactions else COMPONENT for name in columns),
            *(TREATMENT for _ in others),
        ]
        names = (*columns, *others)
        estimates = (*columns.values(), *others.values())
        records = estimate_records("name", names, estimates)
        for record, kind in zip(records, kinds, strict=True):
            limits = self.predict(record["name"]) if kind == TREATMENT else None
            record["prediction_low"] = float("nan") if limits is None else limits.low
            record["prediction_high"] = float("nan") if limits is None else limits.high
            record["reason"] = self._reason(record["name"], kind, record["estimate"])
        return pd.DataFrame([{"kind": kind, **r} for kind, r in zip(kinds, records, strict=True)])

    def _prediction_half(self) -> Floats:
        return self.prediction_half

    def _reason(self, name: str, kind: str, estimate: float) -> str:
        if kind == TREATMENT:
            return "" if estimate == estimate else f"cannot be compared with {self.reference}"
        return self.unidentified.get(name, "")

    def _estimate(self, row: Floats) -> Estimate:
        """Return a combination of the columns, shape (c,); NaN if it cannot be known."""
        if not self.design.known(row):
            return estimate_of(float("nan"), float("nan"), self.relative)
        variance = float(row @ self.covariance @ row)
        return estimate_of(
            float(row @ self.coefficients), max(variance, 0.0) ** 0.5, self.relative
        )

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        rows, told = component_rows(self), component_notes(self)
        if not rows:
            return grid(component_title(self), table_rows(self), told)
        against = f"Treatments against {self.reference}"
        return grid(component_title(self), rows) + grid(against, table_rows(self), told)
