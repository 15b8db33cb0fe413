"""The door into the model rooms: study effects with their variances and their trail."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from metaan.core.arrays import ArrayLike, Column, Floats, FrozenDict, Numbered, frozen
from metaan.core.errors import InputError, LeftOutWarning
from metaan.core.lookup import look_up
from metaan.core.numbers import counted
from metaan.core.scale import IDENTITY, SCALES, Scale
from metaan.core.study_intervals import (
    DEFAULT_INTERVAL,
    DEFAULT_LEVEL,
    STUDY_INTERVALS,
    checked_level,
)

if TYPE_CHECKING:
    import pandas as pd

GENERIC = "GEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A study (or an arm, or a figure) that did not enter, and why.

    Attributes
    ----------
    study : str
        Study label or id.
    rows : tuple of str
        Row ids of the tables the figures stand in; empty if none.
    reason : str
        One clause, ready to print.
    """

    study: str
    rows: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Effects:
    """Effects of k studies, their variances, and where they came from.

    Attributes
    ----------
    y, v : ndarray, shape (k,)
        Effect and sampling variance of each study, analysis scale (log for ratios). Read-only.
    study : sequence of str
        Study labels, one each. Read-only.
    measure : str
        Key of the effect measure.
    label : str
        Name of the effect for an axis, on the reading scale ("Risk ratio").
    scale : Scale
        How the effects are read.
    treatment, control : str
        Labels of the two sides; effect = treatment - control. May be empty.
    rows : tuple of tuple of str
        Row ids behind each study.
    columns : mapping of str to Column
        Further columns, one value per study (the numbers an effect was made from, moderators).
        Read-only sequences; ``numpy.asarray`` makes an array of one.
    left_out : tuple of LeftOut
        What did not enter, and why.
    remarks : tuple of str
        What was done on the way (corrections, assumptions).

    See Also
    --------
    metaan.effect_sizes : effects from arm numbers, tables and contrasts.
    """

    y: Floats
    v: Floats
    study: Sequence[str]
    measure: str = GENERIC
    label: str = "Effect"
    scale: Scale = IDENTITY
    treatment: str = ""
    control: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    columns: Mapping[str, Sequence[Any]] = field(default_factory=FrozenDict)
    left_out: tuple[LeftOut, ...] = ()
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays and check that everything has one entry per study."""
        object.__setattr__(self, "y", frozen(self.y))
        object.__setattr__(self, "v", frozen(self.v))
        columns = {name: Column(values) for name, values in self.columns.items()}
        object.__setattr__(self, "columns", FrozenDict(columns))
        if not isinstance(self.study, Numbered):
            object.__setattr__(self, "study", tuple(self.study))
        if not self.rows:
            object.__setattr__(self, "rows", ((),) * len(self.study))
        _check_effects(self.y, self.v, self.study, {**columns, "rows": self.rows})

    def __setstate__(self, state: Sequence[Any]) -> None:
        """Restore a copied or pickled record, and freeze its arrays again."""
        for each, value in zip(fields(self), state, strict=True):
            object.__setattr__(self, each.name, value)
        self.y.flags.writeable = self.v.flags.writeable = False

    @property
    def k(self) -> int:
        """Number of studies."""
        return len(self.study)

    @property
    def k_left_out(self) -> int:
        """Number of studies of which nothing entered."""
        return len({item.study for item in self.left_out} - set(self.study))

    @property
    def se(self) -> Floats:
        """Standard errors, shape (k,), analysis scale."""
        return np.sqrt(self.v)

    def limits(self, level: float = DEFAULT_LEVEL) -> tuple[Floats, Floats]:
        """Return each study's normal confidence limits, shapes (k,), analysis scale."""
        half = -ndtri((1 - checked_level(level)) / 2) * self.se
        return self.y - half, self.y + half

    @classmethod
    def from_arrays(
        cls,
        y: ArrayLike,
        v: ArrayLike | None = None,
        *,
        se: ArrayLike | None = None,
        study: Sequence[str] | None = None,
        scale: str = IDENTITY.key,
        label: str = "Effect",
        columns: Mapping[str, Sequence[Any]] | None = None,
    ) -> Effects:
        """Return effects that come with their variance or standard error.

        Parameters
        ----------
        y : array_like, shape (k,)
            Effects on the analysis scale (the *logarithm* of a ratio).
        v, se : array_like, shape (k,)
            Variances, or standard errors; exactly one of the two.
        study : sequence of str, optional
            Labels; "Study 1", "Study 2", ... if absent.
        scale : str
            Row of ``SCALES``: "identity" for differences, "log" for logarithms of ratios.
        label : str
            Name of the effect on the reading scale, for axes.
        columns : mapping of str to sequence, optional
            Moderators and other columns, one value per study.

        Returns
        -------
        Effects
            Studies whose effect or variance is NaN are left out, listed and warned about.

        Raises
        ------
        InputError
            If lengths differ, a value is infinite, a variance is not positive, or both or
            neither of ``v`` and ``se`` are given; every fault is named.

        Examples
        --------
        >>> import metaan as ma
        >>> ma.Effects.from_arrays([-0.9, -1.6], se=[0.57, 0.44], study=["A", "B"]).k
        2
        """
        if (v is None) == (se is None):
            raise InputError("give exactly one of v= (variances) and se= (standard errors)")
        effects = _floats(y, "y")
        errors = _floats(v if v is not None else se, "v" if v is not None else "se")
        names = _labels(study, len(effects))
        table = {name: Column(values) for name, values in (columns or {}).items()}
        _check_lengths({"y": effects, "v": errors, "study": names, **table})
        if se is not None and np.any(errors < 0):
            bad = [names[i] for i in np.flatnonzero(errors < 0).tolist()]
            raise InputError(f"se must be positive; negative for {', '.join(bad)}")
        variances = errors if se is None else errors**2
        keep = ~(np.isnan(effects) | np.isnan(variances))
        lost = tuple(
            LeftOut(study=names[i], rows=(), reason="effect or variance is missing")
            for i in np.flatnonzero(~keep).tolist()
        )
        if lost:
            who = ", ".join(item.study for item in lost)
            warnings.warn(
                f"{len(lost)} of {len(names)} studies left out, effect or variance missing: {who}",
                LeftOutWarning,
                stacklevel=2,
            )
        return cls(
            y=effects[keep],
            v=variances[keep],
            study=chosen_labels(names, keep),
            scale=look_up(SCALES, scale, argument="scale", what="a scale"),
            label=label,
            columns={name: values.take(keep) for name, values in table.items()},
            left_out=lost,
        )

    @property
    def study_scale(self) -> Scale:
        """How each study's own effect is read: the scale at its size where a scale has sizes."""
        size: Any = self.columns.get(self.scale.sized_by)
        if self.scale.at is None or size is None:
            return self.scale
        return self.scale.at(np.asarray(size, dtype=np.float64))

    def take(self, where: Any) -> Effects:
        """Return the effects at these positions, or where a mask is true, in that order.

        What was left out and remarked on belongs to the whole and does not go along.
        """
        try:
            chosen = np.arange(self.k)[where]
        except (IndexError, TypeError, ValueError) as error:
            raise InputError(f"no such studies among {self.k}: {error}") from error
        columns = {name: Column(values).take(chosen) for name, values in self.columns.items()}
        return replace(
            self,
            scale=self.scale.at_sizes(columns),
            y=self.y[chosen],
            v=self.v[chosen],
            study=chosen_labels(self.study, chosen),
            rows=tuple(self.rows[i] for i in chosen),
            columns=columns,
            left_out=(),
            remarks=(),
        )

    def to_frame(
        self, *, interval: str = DEFAULT_INTERVAL, level: float = DEFAULT_LEVEL
    ) -> pd.DataFrame:
        """Return a DataFrame, one row per study.

        Parameters
        ----------
        interval : {"NORMAL", "WILSON", "CLOPPER_PEARSON"}
            The studies' limits: y plus and minus z standard errors; or, for the proportion of
            one group, Wilson's or Clopper and Pearson's, from its events and n. Row of
            ``STUDY_INTERVALS``.
        level : float
            Of the limits.

        Returns
        -------
        DataFrame
            study; y, v, se (analysis scale); estimate, low, high (reading scale); rows (ids of
            the data); then the further columns, with "(given)" behind a name that is taken.

        Raises
        ------
        InputError
            If the interval needs events and n that these effects do not have.
        """
        import pandas as pd

        scale = self.study_scale
        limits = look_up(STUDY_INTERVALS, interval, argument="interval", what="a study interval")
        point, low, high = limits(self.y, self.se, scale, self.columns, checked_level(level))
        frame = {
            "study": tuple(self.study),
            "y": self.y,
            "v": self.v,
            "se": self.se,
            "estimate": point,
            "low": low,
            "high": high,
            "rows": [" ".join(ids) for ids in self.rows],
        }
        more = {
            f"{name} (given)" if name in frame else name: np.asarray(values)
            for name, values in self.columns.items()
        }
        return pd.DataFrame({**frame, **more})

    def __str__(self) -> str:
        """Return what there is in one line."""
        lost = f", {self.k_left_out} more left out" if self.k_left_out else ""
        return f"{self.label}: effects of {counted(self.k, 'study', 'studies')}{lost}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows: what was found, not how."""
        table = self.to_frame()[["study", "estimate", "low", "high", "se", "rows"]]
        return f"<p>{escape(str(self))}</p>" + table.to_html(
            index=False, na_rep="", float_format="{:.4g}".format
        )


def _floats(values: ArrayLike | None, name: str) -> Floats:
    try:
        if isinstance(values, np.ma.MaskedArray):
            values = np.ma.filled(values.astype(np.float64), np.nan)
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} must be numbers; got {values!r}") from error
    if array.ndim != 1:
        raise InputError(
            f"{name} must have one axis (k,); got shape {array.shape}; for many analyses at once "
            "call the kernels on (..., k) arrays"
        )
    return array


def _labels(study: Sequence[str] | None, k: int) -> Sequence[str]:
    return Numbered.first(k) if study is None else tuple(str(name) for name in study)


def chosen_labels(study: Sequence[str], where: Any) -> Sequence[str]:
    """Return the labels at these positions, or where a mask is true."""
    if isinstance(study, Numbered):
        return study.take(where)
    if isinstance(where, slice) and where == slice(None):
        return study
    return tuple(study[i] for i in np.arange(len(study))[where].tolist())


def _check_lengths(columns: Mapping[str, Any]) -> None:
    sizes = {name: len(values) for name, values in columns.items()}
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise InputError(f"every column needs one value per study; lengths are {listed}")


def _check_effects(y: Floats, v: Floats, study: Sequence[str], more: Mapping[str, Any]) -> None:
    _check_lengths({"study": study, "y": y, "v": v, **more})
    faults = [
        f"{study[i]}: y must be finite; got {y[i]}"
        for i in np.flatnonzero(~np.isfinite(y)).tolist()
    ]
    bad = np.flatnonzero(~(np.isfinite(v) & (v > 0))).tolist()
    faults += [f"{study[i]}: v must be finite and positive; got {v[i]}" for i in bad]
    if faults:
        raise InputError("; ".join(faults) + ". Leave those studies out or mend their variances.")
