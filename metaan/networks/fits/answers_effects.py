"""How effects are asked for: one effect, all against a reference, league tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from metaan.core.estimate import Estimate, Interval
from metaan.networks.fits.asked import AskedForEffects
from metaan.networks.ranks.league import DIRECT, EffectMatrix, effect_matrix, league_of
from metaan.networks.ranks.ranking import arranged

if TYPE_CHECKING:
    import pandas as pd


class EffectAnswers(AskedForEffects):
    """Answers of a fit about the effects of its treatments."""

    __slots__ = ()

    @property
    def treatments(self) -> tuple[str, ...]:
        """Names of the treatments, in alphabetic order."""
        return self.relative.treatments

    @property
    def level(self) -> float:
        """Coverage of every interval."""
        return self.relative.level

    def effect(self, treatment: str | int, control: str | int | None = None) -> Estimate:
        """Return the effect of a treatment against another one.

        Parameters
        ----------
        treatment, control : str
            Names; the control is the fit's reference by default.

        Raises
        ------
        ChoiceError
            If a name is unknown; the nearest is offered.
        """
        return self.relative.effect(treatment, self.reference if control is None else control)

    def against(self, control: str | int | None = None) -> dict[str, Estimate]:
        """Return the effects of all other treatments against one, by name.

        Parameters
        ----------
        control : str, optional
            The reference by default.
        """
        base = self.reference if control is None else control
        base = self.relative.name(base, argument="control")
        return {name: self.effect(name, base) for name in self.treatments if name != base}

    def predict(self, treatment: str | int, control: str | int | None = None) -> Interval | None:
        """Return where the effect of a treatment against another is expected in a new study.

        Parameters
        ----------
        treatment, control : str
            Names; the control is the reference by default.

        Returns
        -------
        Interval or None
            Limits on the analysis scale; it is printed, and ``.read()``, on the reading scale.
            None for fits without prediction intervals, common effects, too few studies, one
            treatment twice, or two that cannot be compared.
        """
        relative, halves = self.relative, self._prediction_half()
        i = relative.place(treatment)
        j = relative.place(self.reference if control is None else control, argument="control")
        half = float("nan") if halves is None else float(halves[i, j])
        if half != half:
            return None
        value = float(relative.values[i] - relative.values[j])
        return Interval(
            low=value - half, high=value + half, level=relative.level, scale=relative.scale
        )

    def matrix(
        self, order: str | Sequence[str] | None = None, *, better: str | None = None
    ) -> EffectMatrix:
        """Return all effects with standard errors, intervals and p-values, row against column.

        Parameters
        ----------
        order : None, "ranking" or sequence of str
            Alphabetic; the highest P-score first; or the treatments themselves, all or some.
        better : {"lower", "higher"}, optional
            Which effects are better; the ranking needs it.

        Returns
        -------
        EffectMatrix
            Numbers on the analysis scale; it is printed, and ``.read()``, on the reading scale
            (odds ratios, not logarithms).
        """
        whole = effect_matrix(self.relative, self._prediction_half())
        return whole.arranged(arranged(self.relative, order, better=better))

    def league(
        self,
        order: str | Sequence[str] | None = None,
        *,
        other: AskedForEffects | None = None,
        direct: bool = True,
        better: str | None = None,
        digits: int = 2,
    ) -> pd.DataFrame:
        """Return a league table, reading scale (odds ratios, not logarithms).

        The lower triangle shows the network's effects, of the column's against the row's
        treatment. The upper triangle shows direct evidence alone, or another outcome's network,
        of the row's against the column's treatment. So every cell is the treatment that stands
        earlier in the table against the later one: read from left to right.

        Parameters
        ----------
        order : None, "ranking" or sequence of str
            Alphabetic; the highest P-score first; or the treatments themselves, all or some.
        other : fit, optional
            A network of another outcome for the upper triangle. Treatments are matched by name;
            the table has those of both.
        direct : bool
            Whether the upper triangle shows direct evidence, where there is no other outcome and
            the fit knows its studies; it is empty otherwise.
        better : {"lower", "higher"}, optional
            Which effects are better; the ranking needs it.
        digits : int
            Decimals.

        Returns
        -------
        DataFrame
            Texts "0.12 (−0.30, 0.54)", treatments on the diagonal, "." where there is no such
            evidence; ``attrs`` say what the triangles are. ``to_html(header=False,
            index=False)`` prints it without repeating the names; ``to_excel`` (which needs
            openpyxl or xlsxwriter) goes likewise. LaTeX wants plain minus signs and escaped
            names: ``league.replace("−", "-", regex=True).to_latex(header=False, index=False,
            escape=True)``.

        Raises
        ------
        ChoiceError, InputError
            If a name is unknown or stands twice, the ranking lacks ``better``, or ``digits`` is
            no whole number of at least 0.

        Notes
        -----
        Direct evidence is the mean of the studies of a comparison by their inverse variances at
        the network's tau², with the network's inference. Netmeta's ``netleague`` reads the same.
        """
        names = arranged(
            self.relative,
            order,
            better=better,
            more=() if other is None else other.relative.treatments,
        )
        source = DIRECT
        if other is not None:
            upper: EffectMatrix | None = effect_matrix(other.relative)
            source = "by the network of the other outcome"
        else:
            upper = self.direct_matrix() if direct else None
        lower = effect_matrix(self.relative)
        return league_of(lower, upper, names, upper_source=source, digits=digits).to_frame()
