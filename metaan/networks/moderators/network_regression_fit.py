"""A network meta-regression as a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import Floats, FrozenDict, frozen
from metaan.core.citations import cite
from metaan.core.conventions import FROM_TAU2
from metaan.core.convergence import Convergence
from metaan.core.estimate import Estimate
from metaan.core.estimate_table import estimate_records, read_rows
from metaan.core.fit_words import i2_text, notes, q_text, spread_words, tau2_text
from metaan.core.heterogeneity import Heterogeneity
from metaan.core.lookup import look_up
from metaan.core.network_effects import NetworkEffects
from metaan.core.numbers import counted, fixed, listed
from metaan.core.regression_answers import JointTest, joint_text
from metaan.core.regression_words import joint_words
from metaan.core.text_table import aligned
from metaan.core.wording import (
    Method,
    counted_studies,
    grid,
    in_sentence,
    slope_words,
    text_of,
)
from metaan.networks.combining.relative import RelativeEffects, estimate_of
from metaan.networks.fits.answers_effects import EffectAnswers
from metaan.networks.fits.answers_ranking import RankingAnswers
from metaan.networks.fits.network_words import how
from metaan.networks.moderators.moderating import Covariate
from metaan.univariate.contrasts import slope_scale
from metaan.univariate.kernel import Plan

if TYPE_CHECKING:
    import pandas as pd

MOST = 6  # slopes that a sentence takes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkRegressionFit(EffectAnswers, RankingAnswers):
    """A network whose effects change with a covariate of the studies.

    n treatments and m slopes.

    Attributes
    ----------
    effects : NetworkEffects
        What was combined; ``effects.left_out`` names studies that lack the covariate.
    covariate : Covariate
        Its name, the value of each study, and its levels.
    interactions : str
        Row of ``INTERACTIONS``.
    value : float
        Value of the covariate that ``relative``, ``effect``, ``league`` and ``ranking`` are at.
    model, tau2_method, inference, reference : str
        As in ``NetworkFit``.
    relative : RelativeEffects
        Effects of all treatments at ``value``.
    slope_names : tuple of str, length m
        The covariate for one common slope, else the treatments that have a slope.
    slopes : tuple of Estimate, length m
        Change of the effect against the reference for each unit of the covariate (of a category,
        from its first to its second level), numbers on the analysis scale, printed as it is read:
        of ratios a factor; ``fit["name"]`` is one of them.
    slope_map : ndarray, shape (n, m)
        What each slope adds to the effect of each treatment.
    coefficients : ndarray, shape (n + m,)
        Effects at ``value`` up to a constant, then slopes.
    covariance : ndarray, shape (n + m, n + m)
        Theirs, by the inference.
    tau2, tau2_null : float
        Between-study variance, and that of the same studies without the covariate.
    r2 : float
        Percent of tau² that the covariate explains (of Q / df for common effects), not below 0;
        NaN where there is nothing to explain or tau² is given.
    heterogeneity : Heterogeneity
        Q of the residuals, I², H², limits of tau².
    test : JointTest
        That all slopes are 0.
    convergence : Convergence
        How tau² was found.
    plan : Plan
        What was computed.
    methods : mapping of str to Method
        Name and DOI of what was used.
    remarks : tuple of str
        What a careful reader should know about this fit.
    """

    effects: NetworkEffects
    covariate: Covariate
    interactions: str
    value: float
    model: str
    tau2_method: str
    inference: str
    reference: str
    relative: RelativeEffects
    slope_names: tuple[str, ...]
    slopes: tuple[Estimate, ...]
    slope_map: Floats = field(repr=False)
    coefficients: Floats = field(repr=False)
    covariance: Floats = field(repr=False)
    tau2: float
    tau2_null: float
    r2: float
    heterogeneity: Heterogeneity
    test: JointTest
    convergence: Convergence
    plan: Plan = field(repr=False)
    methods: Mapping[str, Method] = field(default_factory=FrozenDict)
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays and the mapping."""
        for name in ("slope_map", "coefficients", "covariance"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
        object.__setattr__(self, "methods", FrozenDict(self.methods))

    @property
    def k(self) -> int:
        """Number of studies."""
        return self.effects.k

    @property
    def q(self) -> float:
        """Q of the residuals."""
        return self.heterogeneity.q

    @property
    def i2_first(self) -> str:
        """The I² to name first."""
        return FROM_TAU2

    @property
    def prediction(self) -> str:
        """Key of the prediction intervals: there are none."""
        return ""

    def __getitem__(self, name: str) -> Estimate:
        """Return the slope of that name; ChoiceError if there is none."""
        table = dict(zip(self.slope_names, self.slopes, strict=True))
        return look_up(table, name, argument="name", what="a slope of this fit")

    def slope(self, treatment: str | int, control: str | int | None = None) -> Estimate:
        """Return how the effect of a treatment against another changes per unit of the covariate.

        Parameters
        ----------
        treatment, control : str
            Names; the control is the reference by default.

        Returns
        -------
        Estimate
            0 with a standard error of 0 where the model has it not change.
        """
        i = self.relative.place(treatment)
        j = self.relative.place(self.reference if control is None else control, argument="control")
        row = self.slope_map[i] - self.slope_map[j]
        n = self.relative.n
        variance = float(row @ self.covariance[n:, n:] @ row)
        found = estimate_of(
            float(row @ self.coefficients[n:]), max(variance, 0.0) ** 0.5, self.relative
        )
        return replace(found, scale=slope_scale(self.relative.scale))

    def at(self, value: float | str) -> NetworkRegressionFit:
        """Return the fit with its effects at another value of the covariate.

        Parameters
        ----------
        value : float or str
            A number, or a level of a category.

        Returns
        -------
        NetworkRegressionFit
            ``.relative``, ``.effect``, ``.league`` and ``.ranking`` are at the value; slopes,
            tests and tau² stay. A value beyond those of the studies is remarked on.
        """
        return moved_to(self, self.covariate.number(value, "value"))

    def summary(self) -> str:
        """Return the fit as text: slopes, effects at the value, test, what is left.

        Ratios are read as such: a slope is the factor that one unit of the covariate makes.
        """
        lines = [*aligned(_slope_rows(self)), _test_line(self), *aligned(_effect_rows(self))]
        return "\n".join([_title(self), *(f"  {line}" for line in (*lines, *_below(self)))])

    def sentence(self) -> str:
        """Return the fit as a paragraph for a Results section; marks point into `references`."""
        return text_of([*_results(self), *how(self)[0]])

    def methods_sentence(self) -> str:
        """Return how the fit was made as sentences for a Methods section, with the same marks."""
        model = (
            f"the effects of a network were regressed on {self.covariate.name} "
            f"in a {_model_words(self)}"
        )
        return text_of([model, *how(self)[0]])

    @property
    def references(self) -> tuple[str, ...]:
        """References of the methods that were used, in the order of their marks in `sentence`."""
        return cite(how(self)[1])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per treatment against the reference at ``value``, then one per slope.

        Returns
        -------
        DataFrame
            term, what ("effect" or "slope"), estimate, se, low, high, statistic, df, p_value;
            analysis scale.
        """
        import pandas as pd

        found = self.against()
        records = [
            *({**record, "what": "effect"} for record in _records(found)),
            *(
                {**record, "what": "slope"}
                for record in _records(dict(zip(self.slope_names, self.slopes, strict=True)))
            ),
        ]
        frame = pd.DataFrame(records)
        return frame[["term", "what", *(name for name in frame if name not in ("term", "what"))]]

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        below = [_test_line(self), *_below(self)]
        return grid(_title(self), _slope_rows(self), []) + grid("", _effect_rows(self), below)


EXTRAPOLATED = "effects are beyond the studies: "


def moved_to(fit: NetworkRegressionFit, number: float) -> NetworkRegressionFit:
    """Return the fit with its effects at another value of the covariate, a number."""
    n, m = fit.slope_map.shape
    move = np.eye(n + m)
    move[:n, n:] = (number - fit.value) * fit.slope_map
    coefficients, covariance = move @ fit.coefficients, move @ fit.covariance @ move.T
    low, high = float(fit.covariate.values.min()), float(fit.covariate.values.max())
    remarks = tuple(text for text in fit.remarks if not text.startswith(EXTRAPOLATED))
    if not low <= number <= high:
        word = fit.covariate.word
        remarks = (
            *remarks,
            f"{EXTRAPOLATED}{fit.covariate.name} = {word(number)} does not lie between "
            f"{word(low)} and {word(high)}",
        )
    return replace(
        fit,
        value=number,
        relative=relative_at(fit.relative, coefficients, covariance, fit.slope_map),
        coefficients=coefficients,
        covariance=covariance,
        remarks=remarks,
    )


def relative_at(
    relative: RelativeEffects, coefficients: Floats, covariance: Floats, slope_map: Floats
) -> RelativeEffects:
    """Return relative effects with the first n coefficients and their covariance."""
    n = len(slope_map)
    return replace(relative, values=coefficients[:n], covariance=covariance[:n, :n])


def _records(found: Mapping[str, Estimate]) -> list[dict[str, object]]:
    return estimate_records("term", tuple(found), tuple(found.values()))


def _per(fit: NetworkRegressionFit) -> str:
    """Return what a slope is per."""
    covariate = fit.covariate
    if covariate.levels:
        return f"{covariate.levels[1]} rather than {covariate.levels[0]}"
    return f"each unit of {covariate.name}"


def _title(fit: NetworkRegressionFit) -> str:
    told = [f"{fit.model} effects"]
    if fit.tau2_method:
        told.append(f"tau² {fit.tau2_method}")
    told += [f"interval {fit.inference}", f"{fit.interactions} interactions"]
    effects = fit.effects
    return (
        f"{effects.label}, network of {counted(len(effects.treatments), 'treatment')} in "
        f"{counted_studies(effects.k, effects.k_left_out)}, regressed on {fit.covariate.name} "
        f"({', '.join(told)})"
    )


def _slope_rows(fit: NetworkRegressionFit) -> list[list[str]]:
    what = "factor" if fit.effects.scale.is_log else "change"
    head = f"{what} of the effect against {fit.reference} for {_per(fit)}"
    head, names = (head, fit.slope_names) if len(fit.slopes) > 1 else ("slope", (head,))
    return read_rows(head, names, fit.slopes)


def _effect_rows(fit: NetworkRegressionFit) -> list[list[str]]:
    found = fit.against()
    where = f"{fit.covariate.name} = {fit.covariate.word(fit.value)}"
    return read_rows(f"against {fit.reference} at {where}", tuple(found), tuple(found.values()))


def _test_line(fit: NetworkRegressionFit) -> str:
    explained = "" if fit.r2 != fit.r2 else f"; R² = {fixed(fit.r2, 1)}%"
    return f"test of interaction: {joint_text(fit.test)}{explained}"


def _below(fit: NetworkRegressionFit) -> list[str]:
    if fit.heterogeneity.df < 1:
        told = ["residual heterogeneity is not defined: no degree of freedom is left"]
    else:
        told = [f"residual heterogeneity {q_text(fit)}", tau2_text(fit), i2_text(fit)]
    return [*told, *notes(fit)]


def _model_words(fit: NetworkRegressionFit) -> str:
    kind = "random-effects" if fit.tau2_method else "common-effect"
    effects = fit.effects
    return (
        f"{kind} network meta-regression of {counted_studies(effects.k, effects.k_left_out)} "
        f"with {counted(len(effects.treatments), 'treatment')} and {fit.interactions} interactions"
    )


def _results(fit: NetworkRegressionFit) -> list[str]:
    label = in_sentence(fit.effects.label)
    head = f"In a {_model_words(fit)}, the {label} against {fit.reference}"
    per = f"for {_per(fit)}"
    if len(fit.slopes) == 1:
        whose = "" if fit.slope_names[0] == fit.covariate.name else f" of {fit.slope_names[0]}"
        told = [f"{head}{whose} {slope_words(fit.slopes[0])} {per}"]
    else:
        told = [f"{head} was allowed to change with {fit.covariate.name} for each treatment"]
        if len(fit.slopes) <= MOST:
            pairs = zip(fit.slope_names, fit.slopes, strict=True)
            each = [
                f"{slope_words(slope, verb=i == 0)} for {name}"
                for i, (name, slope) in enumerate(pairs)
            ]
            told = [f"{head} {listed(each)}, {per}"]
        told.append(joint_words(fit.test, "the slopes"))
    if fit.r2 == fit.r2:
        of = "the between-study variance" if fit.tau2_method else "Q per degree of freedom"
        told.append(f"{fit.covariate.name} explained {fixed(fit.r2, 1)}% of {of} (R²)")
    if fit.heterogeneity.df >= 1:
        told.append(f"Residual heterogeneity and inconsistency together: {spread_words(fit)}")
    return told
