"""The lines of text under pools and the labels of rows, as a layout words them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Protocol

from metaan.core.conventions import FROM_Q
from metaan.core.estimate import Estimate
from metaan.core.fit import PooledFit
from metaan.core.numbers import LONGEST_PLAIN, MINUS, compact, fixed
from metaan.core.subgroup_fit import SubgroupFit
from metaan.core.wording import percent
from metaan.plots.forests.layout import Layout

# Square brackets that have something to fill in.
OPTIONAL = re.compile(r"\[([^\[\]{}]*\{[^\[\]]*)\]")
NEARLY_ONE, NEARLY_ONE_DIGITS = 0.995, 2
TAU2_DIGITS, TAU2_LEAST = 3, 1e-4  # smaller ones are written with powers of ten
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class Spread(Protocol):
    """The test of heterogeneity of any fit."""

    @property
    def q(self) -> float:
        """Statistic."""

    @property
    def df(self) -> float:
        """Degrees of freedom."""

    @property
    def p_value(self) -> float:
        """Upper tail."""

    @property
    def log_p_value(self) -> float:
        """Its natural logarithm."""


def filled(template: str, values: Mapping[str, str]) -> str:
    """Return the template with its values.

    Parameters
    ----------
    template : str
        ``{name}`` is filled in; what stands in square brackets with a name in it goes if its
        value is absent or empty.
    values : mapping of str to str
        By name; empty for a number that there is not.

    Returns
    -------
    str
        Empty if a value outside of brackets is absent or empty.

    Examples
    --------
    >>> from metaan.plots.forests.lines import filled
    >>> filled("Q = {q}[; I² = {i2}%]", {"q": "3.49", "i2": ""})
    'Q = 3.49'
    """
    told = []
    for i, piece in enumerate(OPTIONAL.split(template)):
        names = [name for _, name, _, _ in Formatter().parse(piece) if name]
        lacking = any(not values.get(name) for name in names)
        if lacking and i % 2 == 0:
            return ""
        told.append("" if lacking else piece.format_map(values))
    return "".join(told)


def statistic_text(value: float) -> str:
    """Return a test statistic with two decimals; one of many places shortened."""
    return fixed(value) if abs(value) < LONGEST_PLAIN else compact(value)


def tau2_text(tau2: float) -> str:
    """Return tau² with three significant digits, zeros at the end kept.

    Examples
    --------
    >>> from metaan.plots.forests.lines import tau2_text
    >>> tau2_text(0.4), tau2_text(12.0), tau2_text(0.0), tau2_text(1234.0)
    ('0.400', '12.0', '0', '1234')
    """
    plain = TAU2_LEAST <= tau2 < 10**TAU2_DIGITS
    return f"{tau2:#.{TAU2_DIGITS}g}".rstrip(".") if plain else compact(tau2, TAU2_DIGITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The lines of a figure in the words of its layout.

    Attributes
    ----------
    layout : Layout
        Whose words.
    level : float
        Coverage of the intervals.
    """

    layout: Layout
    level: float

    def styled(self, number: str) -> str:
        """Return the text of a number with the layout's signs."""
        return number.replace(MINUS, self.layout.minus).replace(".", self.layout.point)

    def p(self, p_value: float, log_p_value: float = math.nan) -> str:
        """Return a p value ("p = 0.031", "P < .001"); never 0 and never 1."""
        steps = self.layout.p_digits
        least = 10.0 ** -steps[0][1]
        if math.isnan(p_value):
            symbol = self.layout.p.partition("{")[0].strip()
            return f"{symbol} not defined"
        if p_value < least or log_p_value < math.log(least):
            return self._p("<", least, steps[0][1])
        if p_value >= NEARLY_ONE:
            return self._p(">", 0.99, NEARLY_ONE_DIGITS)
        return self._p("=", p_value, next(d for bound, d in steps if p_value < bound))

    def _p(self, sign: str, value: float, digits: int) -> str:
        text = fixed(value, digits)
        text = text if self.layout.leading_zero else text.removeprefix("0")
        return filled(self.layout.p, {"sign": sign, "value": self.styled(text)})

    def heterogeneity(self, het: Spread, *, tau2: float | None, i2: float) -> str:
        """Return the line of heterogeneity.

        Parameters
        ----------
        het : Spread
            Q, its degrees of freedom and its p value.
        tau2 : float or None
            Between-study variance; None where the model has none.
        i2 : float
            Percent; NaN where it is not defined.
        """
        if not het.df > 0:
            return self.layout.one_study
        values = self._test_of(het.q, het.df, het.p_value, het.log_p_value)
        values["tau2"] = "" if tau2 is None or math.isnan(tau2) else self.styled(tau2_text(tau2))
        values["i2"] = "" if math.isnan(i2) else self.styled(fixed(i2, 0))
        return filled(self.layout.heterogeneity, values)

    def of_pool(self, fit: PooledFit) -> str:
        """Return the line of heterogeneity of a pool, with the I² that its conventions name."""
        het = fit.heterogeneity
        i2 = het.i2_q if fit.i2_first == FROM_Q else het.i2
        return self.heterogeneity(het, tau2=fit.tau2 if fit.tau2_method else None, i2=i2)

    def test(self, estimate: Estimate) -> str:
        """Return the line with the test of no effect; empty where there is none to be tested."""
        if not estimate.scale.has_null or math.isnan(estimate.p_value):
            return ""
        normal = math.isinf(estimate.df)
        template = self.layout.z_test if normal else self.layout.t_test
        values = self._test_of(
            estimate.statistic, estimate.df, estimate.p_value, estimate.log_p_value
        )
        values["value"] = values["q"]
        values["statistic"] = filled(template, values)
        return filled(self.layout.test, values)

    def model(self, words: str, estimate: Estimate) -> str:
        """Return the line with what was fitted, in these words, and the test of no effect."""
        p = ""
        if estimate.scale.has_null and not math.isnan(estimate.p_value):
            p = self.p(estimate.p_value, estimate.log_p_value)
        return filled(self.layout.model, {"model": words, "p": p})

    def between(self, fit: SubgroupFit) -> str:
        """Return the line with the test of subgroup differences."""
        if fit.df_between == 0:
            return self.layout.one_subgroup
        values = self._test_of(fit.q_between, fit.df_between, fit.p_between, fit.log_p_between)
        return filled(self.layout.between, values)

    def _test_of(self, value: float, df: float, p: float, log_p: float) -> dict[str, str]:
        return {
            "q": self.styled(statistic_text(value)),
            "df": self.styled(compact(df, 4)),
            "df_subscript": compact(df, 4).translate(SUBSCRIPTS),
            "p": self.p(p, log_p),
        }

    def total(self, k: int) -> str:
        """Return the label of the pool of all studies."""
        return filled(self.layout.total, {"k": str(k), "level": percent(self.level)})

    def subtotal(self, k: int, name: str) -> str:
        """Return the label of the pool of a subgroup."""
        values = {"k": str(k), "level": percent(self.level), "name": name}
        return filled(self.layout.subtotal, values)

    def prediction(self, level: float) -> str:
        """Return the label of a prediction interval; empty where the layout has none."""
        return filled(self.layout.prediction, {"level": percent(level)})

    def header(self, by: str, name: str) -> str:
        """Return the head of a block of studies."""
        return filled(self.layout.header, {"by": by, "name": name})
