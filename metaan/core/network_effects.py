"""The door into the networks: every contrast of every study, with its variance and its trail."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from metaan.core.arrays import ArrayLike, Column, Floats, FrozenDict, frozen
from metaan.core.effects import GENERIC, LeftOut
from metaan.core.errors import InputError, LeftOutWarning
from metaan.core.lookup import hint, look_up
from metaan.core.network_arguments import (
    check_signs,
    check_sizes,
    gaps,
    labels_of_rows,
    names_of_studies,
    text_of,
)
from metaan.core.network_layout import Layout, lay_out
from metaan.core.network_rules import contrast_faults, look_alikes, mended
from metaan.core.network_shown import ROWS, shown
from metaan.core.numbers import counted
from metaan.core.scale import IDENTITY, SCALES, Scale

if TYPE_CHECKING:
    import pandas as pd

ERROR, REPAIR = "error", "repair"
DISAGREEING: Mapping[str, bool] = FrozenDict({ERROR: False, REPAIR: True})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkEffects:
    """All contrasts between the arms of k studies, their variances, and where they came from.

    A study with a arms has a (a - 1) / 2 contrasts. Their variances hold its whole covariance:
    ``cov(y_ij, y_il) = (v_ij + v_il - v_jl) / 2``, whether or not its arms are independent.

    Attributes
    ----------
    y, v : ndarray, shape (m,)
        Effect of treat1 against treat2 (treat1 - treat2) and its sampling variance, analysis
        scale (log for ratios). Read-only.
    study, treat1, treat2 : tuple of str, length m
        Study and the two treatments of each contrast.
    measure : str
        Key of the effect measure.
    label : str
        Name of the effect for an axis, on the reading scale ("Risk ratio").
    scale : Scale
        How the effects are read.
    rows : tuple of tuple of str
        Row ids behind each contrast.
    columns : mapping of str to Column
        Further columns, one value per contrast (``n1`` and ``n2`` are participants of the two
        arms; moderators are those of the study, the same in all its contrasts).
    left_out : tuple of LeftOut
        What did not enter, and why.
    remarks : tuple of str
        What was done on the way (corrections, assumptions).
    layout : Layout
        Studies, treatments and arms as numbers.

    See Also
    --------
    metaan.network_effects : contrasts from arms or contrasts of any table.
    """

    y: Floats
    v: Floats
    study: tuple[str, ...]
    treat1: tuple[str, ...]
    treat2: tuple[str, ...]
    measure: str = GENERIC
    label: str = "Effect"
    scale: Scale = IDENTITY
    rows: tuple[tuple[str, ...], ...] = ()
    columns: Mapping[str, Sequence[Any]] = field(default_factory=FrozenDict)
    left_out: tuple[LeftOut, ...] = ()
    remarks: tuple[str, ...] = ()
    layout: Layout = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Freeze the arrays, find the arms, and check every study at once."""
        object.__setattr__(self, "y", frozen(self.y))
        object.__setattr__(self, "v", frozen(self.v))
        for name in ("study", "treat1", "treat2"):
            object.__setattr__(self, name, tuple(str(each) for each in getattr(self, name)))
        columns = {name: Column(values) for name, values in self.columns.items()}
        object.__setattr__(self, "columns", FrozenDict(columns))
        if not self.rows:
            object.__setattr__(self, "rows", ((),) * len(self.study))
        sizes = {name: len(getattr(self, name)) for name in ("y", "v", "treat1", "treat2", "rows")}
        sizes |= {name: len(values) for name, values in columns.items()}
        wrong = [f"{name} {size}" for name, size in sizes.items() if size != len(self.study)]
        if wrong:
            raise InputError(
                f"every column needs one value per contrast, {len(self.study)} as study has; "
                f"lengths are {', '.join(wrong)}"
            )
        object.__setattr__(self, "layout", lay_out(self.study, self.treat1, self.treat2))
        faults = contrast_faults(self.layout, self.y, self.v)
        if faults:
            raise InputError("; ".join(faults))
        suspicions = tuple(look_alikes(self.treatments))
        new = tuple(text for text in suspicions if text not in self.remarks)
        object.__setattr__(self, "remarks", (*self.remarks, *new))

    def __setstate__(self, state: Sequence[Any]) -> None:
        """Restore a copied or pickled record, and freeze its arrays again."""
        for each, value in zip(fields(self), state, strict=True):
            object.__setattr__(self, each.name, value)
        self.y.flags.writeable = self.v.flags.writeable = False

    @property
    def studies(self) -> tuple[str, ...]:
        """Study labels, each once, in the order of their first contrast."""
        return self.layout.studies

    @property
    def treatments(self) -> tuple[str, ...]:
        """Treatments, in alphabetic order."""
        return self.layout.treatments

    @property
    def k(self) -> int:
        """Number of studies."""
        return len(self.studies)

    @property
    def k_left_out(self) -> int:
        """Number of studies of which nothing entered."""
        return len({item.study for item in self.left_out} - set(self.studies))

    @property
    def se(self) -> Floats:
        """Standard errors of the contrasts, shape (m,), analysis scale."""
        return np.sqrt(self.v)

    @classmethod
    def from_arrays(
        cls,
        y: ArrayLike,
        v: ArrayLike | None = None,
        *,
        study: Sequence[str],
        treat1: Sequence[str],
        treat2: Sequence[str],
        se: ArrayLike | None = None,
        disagreeing: str = ERROR,
        **words: Any,
    ) -> NetworkEffects:
        """Return contrasts that come with their variances or standard errors.

        Parameters
        ----------
        y : array_like, shape (m,)
            Effect of treat1 against treat2, analysis scale (the *logarithm* of a ratio).
        v, se : array_like, shape (m,)
            Variances, or standard errors; exactly one of the two.
        study, treat1, treat2 : sequence of str, length m
            A study with three arms has three contrasts, one with four has six.
        disagreeing : {"error", "repair"}
            What is done with a study whose contrasts contradict each other (y_ij is not
            y_il - y_jl), as rounded ones do: an error, or the nearest contrasts that agree, by
            least squares; those studies are remarked on with their largest change. A
            contradiction of more than a quarter of the study's smallest standard error is an
            error in any case: no rounding explains it.
        **words
            ``scale``, a row of ``SCALES``; ``label``; ``columns``.

        Returns
        -------
        NetworkEffects
            Studies with a NaN in any contrast are left out, listed and warned about.

        Raises
        ------
        InputError
            If contrasts are missing, stand twice, contradict each other or have no positive
            variance; every fault is named.

        Examples
        --------
        >>> import metaan as ma
        >>> effects = ma.NetworkEffects.from_arrays(
        ...     [-0.5, -0.3, 0.1], se=[0.2, 0.25, 0.3], study=["Ann", "Bo", "Cy"],
        ...     treat1=["true", "sham", "true"], treat2=["sham", "usual", "usual"])
        >>> effects.k, effects.treatments
        (3, ('sham', 'true', 'usual'))
        """
        if (v is None) == (se is None):
            raise InputError("give exactly one of v= (variances) and se= (standard errors)")
        allowed = ("scale", "label", "columns")
        strange = [name for name in words if name not in allowed]
        if strange:
            raise InputError(
                f"{strange[0]}= is not an argument; beside the contrasts there are "
                f"{', '.join(allowed)}.{hint(strange[0], allowed)}"
            )
        effects = np.asarray(y, dtype=np.float64)
        variances = np.asarray(v if se is None else np.asarray(se, dtype=np.float64) ** 2)
        columns = {name: list(values) for name, values in (words.get("columns") or {}).items()}
        text = labels_of_rows({"study": study, "treat1": treat1, "treat2": treat2})
        names = text["study"]
        check_sizes({"y": effects, "v": variances}, {**text, **columns})
        if se is not None:
            check_signs(np.asarray(se, dtype=np.float64), text)
        gone = gaps(text, {"y": effects, "v" if se is None else "se": variances})
        keep = [i for i, name in enumerate(names) if name not in gone]
        lost = tuple(LeftOut(study=name, rows=(), reason=why) for name, why in gone.items())
        if lost:
            who = "; ".join(f"{item.study}: {item.reason}" for item in lost)
            warnings.warn(
                f"{len(lost)} of {len(set(names))} studies left out: {who}",
                LeftOutWarning,
                stacklevel=2,
            )
        scale = words.get("scale", IDENTITY.key)
        labels = {name: tuple(values[i] for i in keep) for name, values in text.items()}
        given, remarks = effects[keep], tuple[str, ...]()
        if look_up(DISAGREEING, disagreeing, argument="disagreeing", what="a way to go on"):
            given, remarks = mended(labels, given, variances[keep])
        return cls(
            y=given,
            v=variances[keep],
            remarks=remarks,
            study=labels["study"],
            treat1=labels["treat1"],
            treat2=labels["treat2"],
            scale=look_up(SCALES, scale, argument="scale", what="a scale"),
            label=words.get("label", "Effect"),
            columns={name: [values[i] for i in keep] for name, values in columns.items()},
            left_out=lost,
        )

    def take(self, studies: Iterable[object] | int) -> NetworkEffects:
        """Return some of the studies (labels, or whole numbers), in the order of this record.

        What was left out and remarked on belongs to the whole and does not go along.

        Raises
        ------
        InputError
            If a study is unknown; the nearest name is offered.
        """
        chosen = names_of_studies(studies, self.studies)
        return self._kept([i for i, name in enumerate(self.study) if name in chosen])

    def rename(self, names: Mapping[str, str]) -> NetworkEffects:
        """Return the same contrasts with other names of treatments.

        Parameters
        ----------
        names : mapping of str to str
            New name of each treatment that gets one: ``{"acupuncture_plus_drug": "Acupuncture +
            drug"}``. Entries for treatments that are not in the network are passed over.

        Raises
        ------
        InputError
            If two treatments would get one name.
        """
        asked = {text_of(old): text_of(name) for old, name in names.items()}
        new = {name: asked.get(name, name) for name in self.treatments}
        twice = sorted({name for name in new.values() if list(new.values()).count(name) > 1})
        if twice:
            raise InputError(
                f"two treatments cannot both be called {', '.join(map(repr, twice))}; arms are "
                "merged when the contrasts are made, not by a name"
            )
        return replace(
            self,
            treat1=tuple(new[name] for name in self.treat1),
            treat2=tuple(new[name] for name in self.treat2),
        )

    def parts(self) -> tuple[NetworkEffects, ...]:
        """Return the connected parts of the network, the one with most studies first."""
        found = []
        for treatments in self.layout.parts():
            inside = {self.treatments[i] for i in treatments.tolist()}
            found.append(self._kept([i for i, t in enumerate(self.treat1) if t in inside]))
        return tuple(found)

    def largest_part(self) -> NetworkEffects:
        """Return the connected part with most studies; the others are listed in ``left_out``."""
        first, *others = self.parts()
        lost = [
            LeftOut(
                study=name,
                rows=(),
                reason=f"not connected with the network (a part of its own: "
                f"{', '.join(part.treatments)})",
            )
            for part in others
            for name in part.studies
        ]
        return replace(first, left_out=(*self.left_out, *lost), remarks=self.remarks)

    def _kept(self, where: list[int]) -> NetworkEffects:
        """Return some contrasts, whole studies of them."""
        return NetworkEffects(
            y=self.y[where],
            v=self.v[where],
            study=tuple(self.study[i] for i in where),
            treat1=tuple(self.treat1[i] for i in where),
            treat2=tuple(self.treat2[i] for i in where),
            measure=self.measure,
            label=self.label,
            scale=self.scale,
            rows=tuple(self.rows[i] for i in where),
            columns={n: Column(values).take(where) for n, values in self.columns.items()},
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a DataFrame, one row per contrast.

        Returns
        -------
        DataFrame
            study, treat1, treat2; y, v, se (analysis scale); rows (ids of the data); then the
            further columns, with "(given)" behind a name that is taken.
        """
        import pandas as pd

        frame = {
            "study": self.study,
            "treat1": self.treat1,
            "treat2": self.treat2,
            "y": self.y,
            "v": self.v,
            "se": self.se,
            ROWS: [" ".join(ids) for ids in self.rows],
        }
        more = {
            f"{name} (given)" if name in frame else name: np.asarray(values)
            for name, values in self.columns.items()
        }
        return pd.DataFrame({**frame, **more})

    def __str__(self) -> str:
        """Return what there is in one line."""
        lost = f", {self.k_left_out} more left out" if self.k_left_out else ""
        return (
            f"{self.label}: {counted(len(self.y), 'contrast')} of "
            f"{counted(len(self.treatments), 'treatment')} in "
            f"{counted(self.k, 'study', 'studies')}{lost}"
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows."""
        table = self.to_frame()[["study", "treat1", "treat2", "y", "se", ROWS]]
        return shown(str(self), table, digits=4)
