"""A multiverse as a record that prints itself, and finds single specifications again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import Floats, Integers, frozen
from metaan.core.citations import cite
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.lookup import look_up
from metaan.core.text_table import aligned
from metaan.core.wording import grid
from metaan.diagnostics.specifications.choices import NOT_CHOSEN, Choice
from metaan.diagnostics.specifications.curves import Curve
from metaan.diagnostics.specifications.data_sets import Failed
from metaan.diagnostics.specifications.engine import Engine
from metaan.diagnostics.specifications.flipping import flip_signs
from metaan.diagnostics.specifications.flipping_record import MultiverseTest
from metaan.diagnostics.specifications.words import (
    OWEN,
    SIMONSOHN,
    STEEGEN,
    VORACEK,
    Overview,
    head,
    remark_lines,
    rows_of,
    sentences,
)
from metaan.tau2.interval import DEFAULT_INTERVAL, INTERVALS
from metaan.univariate.fitting import make_fit
from metaan.univariate.kernel import pool_arrays

if TYPE_CHECKING:
    import pandas as pd

ARRAYS = ("value", "se", "low", "high", "statistic", "df", "log_p_value", "tau2", "i2")
DRAWS = 500


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Multiverse:
    """One question under every combination of choices.

    Arrays have one entry per specification, shape (n,), and are on the analysis scale. A
    specification is a combination of choices; two of them can be the same analysis.

    Attributes
    ----------
    choices : tuple of Choice
        What was decided, in the order given; the first option of each is the main analysis.
    codes : ndarray of int, shape (n, c)
        Option of each choice in each specification; -1 where a choice does not apply (tau² of a
        common effect).
    value, se, low, high, statistic, df, log_p_value, tau2, i2 : ndarray
        As in `PooledFit`.
    k : ndarray of int
        Studies.
    effect : ndarray of int
        Which of ``curves`` a specification belongs to.
    data_set, model : ndarray of int
        Row of the data sets and of the models of ``engine``: specifications with both in common
        are one analysis.
    curves : tuple of Curve
        What the specifications of each effect say together: the effects that cannot be compared
        with each other (other labels, other scales) have curves of their own.
    main : int
        Position of the main analysis; -1 if it is among the failed.
    failed : tuple of Failed
        Combinations that give no analysis, and why.
    undefined : tuple of tuple of str
        Combinations of model, tau² and inference that do not exist, and why.
    engine : Engine
        The data sets and models, from which `inference` computes anew.
    level : float
        Of the intervals.
    remarks : tuple of str
        What a careful reader should know.
    """

    choices: tuple[Choice, ...]
    codes: Integers
    value: Floats
    se: Floats
    low: Floats
    high: Floats
    statistic: Floats
    df: Floats
    log_p_value: Floats
    tau2: Floats
    i2: Floats
    k: Integers
    effect: Integers
    data_set: Integers
    model: Integers
    curves: tuple[Curve, ...]
    main: int
    failed: tuple[Failed, ...]
    undefined: tuple[tuple[str, str], ...]
    engine: Engine
    level: float
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ARRAYS:
            object.__setattr__(self, name, frozen(getattr(self, name)))
        for name in ("codes", "k", "effect", "data_set", "model"):
            whole = np.array(getattr(self, name), dtype=np.int64)
            whole.flags.writeable = False
            object.__setattr__(self, name, whole)

    @property
    def n(self) -> int:
        """Number of specifications."""
        return len(self.value)

    @property
    def analyses(self) -> int:
        """Number of distinct analyses."""
        return len(np.unique(self.data_set * len(self.engine.plans) + self.model))

    @property
    def p_value(self) -> Floats:
        """Two-sided p-values, shape (n,)."""
        return np.exp(self.log_p_value)

    @property
    def references(self) -> tuple[str, ...]:
        """Where the methods were published."""
        return cite((STEEGEN, SIMONSOHN, VORACEK, OWEN))

    def curve(self, label: str | None = None) -> Curve:
        """Return the curve of an effect; of the only one without a label.

        Raises
        ------
        InputError
            If there are several and none is named; ChoiceError for an unknown one.
        """
        table = {curve.label: curve for curve in self.curves}
        if label is None and len(table) > 1:
            names = ", ".join(f'"{name}"' for name in table)
            raise InputError(f"there are {len(table)} effects; name one with label=: {names}")
        chosen = label if label is not None else self.curves[0].label
        return look_up(table, chosen, argument="label", what="an effect of this multiverse")

    def of(self, label: str | None = None) -> Integers:
        """Return the positions of the specifications of an effect, as in `curve`."""
        return np.flatnonzero(self.effect == self.curves.index(self.curve(label)))

    def options(self, i: int) -> dict[str, str]:
        """Return the choices of a specification, by name; "" where one does not apply."""
        return {
            choice.name: "" if code == NOT_CHOSEN else choice.labels[code]
            for choice, code in zip(self.choices, self.codes[i].tolist(), strict=True)
        }

    def find(self, options: Mapping[str, str]) -> int:
        """Return the position of a specification; choices not named are those of the main one.

        Raises
        ------
        InputError
            If there is no such specification. ChoiceError for an unknown choice or option.
        """
        table = {choice.name: choice for choice in self.choices}
        wanted = {choice.name: 0 for choice in self.choices}
        for name, label in options.items():
            choice = look_up(table, name, argument="choice", what="a choice of this multiverse")
            places = {each: i for i, each in enumerate(choice.labels)}
            wanted[name] = look_up(places, label, argument=name, what="an option")
        code = np.array(list(wanted.values()))
        same = ((self.codes == code) | (self.codes == NOT_CHOSEN)).all(axis=1)
        if not same.any():
            raise InputError(f"no specification has the options {dict(options)}; see failed")
        return int(np.argmax(same))

    def fit(self, i: int) -> PooledFit:
        """Return a specification as the fit that `pool` makes of its effects."""
        effects = self.engine.data[int(self.data_set[i])].taken()
        lean = self.engine.plans[int(self.model[i])]
        plan = replace(lean, interval=INTERVALS[DEFAULT_INTERVAL])
        arrays = pool_arrays(effects.y[None], effects.v[None], np.ones((1, effects.k)), plan)
        return make_fit(effects, arrays, 0, plan, weighted=False)

    def inference(
        self,
        label: str | None = None,
        *,
        rng: np.random.Generator | int | None = None,
        draws: int = DRAWS,
        exact: bool | None = None,
    ) -> MultiverseTest:
        """Return how far all specifications together are from what no effect would give.

        Parameters
        ----------
        label : str, optional
            Effect, where there are several.
        rng : numpy.random.Generator or int, optional
            Source of random signs, or a seed; not needed where all are made.
        draws : int
            Random choices of signs, if not all are made.
        exact : bool, optional
            Whether to make all ``2^K`` choices of signs of the K studies; by default if K is at
            most 12.

        Returns
        -------
        MultiverseTest
            p-values of the median estimate, the share of significant specifications in the
            dominant direction, and the mean z.

        Raises
        ------
        InputError
            As `metaan.permutation_test` does.

        Notes
        -----
        If no study has an effect, the sign of each is as likely to be the other one [1]_. A study
        is known by its label and has one sign wherever it enters: in all data sets, all measures.
        Every arrangement goes through all distinct analyses again, and is compared with the data
        by three statistics [2]_: the size of the median estimate; the larger one of the shares of
        specifications significant below and above no effect; the size of the mean z, Stouffer's
        Z of all specifications over their root. Each specification counts once, also where two
        are the same analysis. Cost: distinct analyses times arrangements.

        References
        ----------
        .. [1] Follmann DA, Proschan MA (1999). Biometrics 55:732.
           doi:10.1111/j.0006-341X.1999.00732.x
        .. [2] Simonsohn U, Simmons JP, Nelson LD (2020). Nat Hum Behav 4:1208.
           doi:10.1038/s41562-020-0912-z
        """
        curve, rows = self.curve(label), self.of(label)
        sets, place = np.unique(self.data_set[rows], return_inverse=True)
        return flip_signs(
            self.engine.take(sets),
            (place.reshape(-1), self.model[rows]),
            curve,
            rng=rng,
            draws=draws,
            exact=exact,
            level=self.level,
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row per specification.

        Returns
        -------
        DataFrame
            * one column for each choice, by its name: the label of its option, a category; missing
              where the choice does not apply (tau2 of a common effect); "NAME (choice)" where a
              column below has its name;
            * ``effect``: label of the curve that a specification belongs to, a category;
            * ``estimate``, ``low``, ``high``: pooled effect and limits on the reading scale, a
              ratio for a ratio;
            * ``value``, ``se``: the same pooled effect and its standard error on the analysis
              scale, the log of a ratio; equal to ``estimate`` on a scale that is read as it is;
            * ``p_value``, against no effect, two-sided;
            * ``tau2 (estimate)``: variance between studies, analysis scale squared; the choice of
              its estimator is the column ``tau2``;
            * ``i2``, percent; ``k``, studies;
            * ``analysis``: a number that specifications have in common if they are the same
              analysis: the same effects by the same model.
        """
        import pandas as pd

        columns: dict[str, object] = {}
        for choice, codes in zip(self.choices, self.codes.T, strict=True):
            name = f"{choice.name} (choice)" if choice.name in TAKEN else choice.name
            columns[name] = pd.Categorical.from_codes(codes, pd.Index(choice.labels))
        labels = pd.Index([curve.label for curve in self.curves])
        columns["effect"] = pd.Categorical.from_codes(self.effect, labels)
        for name, source in (("estimate", self.value), ("low", self.low), ("high", self.high)):
            columns[name] = self.read(source)
        _, analysis = np.unique(
            self.data_set * len(self.engine.plans) + self.model, return_inverse=True
        )
        columns |= {"value": self.value, "se": self.se, "p_value": self.p_value}
        columns |= {"tau2 (estimate)": self.tau2, "i2": self.i2, "k": self.k}
        return pd.DataFrame({**columns, "analysis": analysis.reshape(-1)})

    def read(self, values: Floats) -> Floats:
        """Return one number per specification on the reading scale of its effect."""
        found = np.empty(len(values))
        for i, curve in enumerate(self.curves):
            own = self.effect == i
            found[own] = curve.scale.inverse(values[own])
        return found

    @property
    def overview(self) -> Overview:
        """What its words are about."""
        return Overview(
            n=self.n,
            analyses=self.analyses,
            data_sets=len(self.engine.data),
            choices=self.choices,
            curves=self.curves,
            failed=self.failed,
            undefined=self.undefined,
            level=self.level,
            remarks=self.remarks,
        )

    def summary(self) -> str:
        """Return what all specifications say together as text."""
        of = self.overview
        rows = [row for curve in self.curves for row in rows_of(curve, self.level)]
        lines = [" " * 2 + line for line in aligned(rows, words=2)]
        return "\n".join([head(of), *lines, *(f"  note: {text}" for text in remark_lines(of))])

    def sentence(self) -> str:
        """Return what was done and found in words that a paper can print."""
        return sentences(self.overview)

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        of = self.overview
        rows = [row for curve in self.curves for row in rows_of(curve, self.level)]
        return grid(head(of), [["", ""], *rows], remark_lines(of), words=2)


TAKEN = frozenset({"effect", "estimate", "low", "high", "value", "se", "p_value", "i2", "k",
                   "analysis"})  # fmt: skip
