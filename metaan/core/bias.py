"""Risk of bias: JUDGMENTS, BIAS_TOOLS with their domains, and the record of who judged what.

An empty string is a domain that nobody judged; nothing here fills it in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import ArrayLike, Floats
from metaan.core.errors import InputError
from metaan.core.lookup import hint, look_up
from metaan.core.numbers import counted

if TYPE_CHECKING:
    import pandas as pd

NOT_JUDGED = ""
NOT_JUDGED_LABEL = "Not judged"
DEFAULT_TOOL, OWN_TOOL = "RoB2", "generic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgment:
    """One judgment of a risk of bias.

    Attributes
    ----------
    key, label : str
        Name in code, and for readers.
    symbol : str
        One sign, which tells it from the tool's other judgments without any color.
    role : str
        Name of its color in a theme of the plots.
    spellings : tuple of str
        Other words for it in tables, lower case.
    """

    key: str
    label: str
    symbol: str
    role: str
    spellings: tuple[str, ...] = ()


# Plus and minus mean different things in RevMan and robvis: signs are drawn, words are read.
JUDGMENTS: Mapping[str, Judgment] = MappingProxyType(
    {
        row.key: row
        for row in (
            Judgment(
                key="low", label="Low", symbol="+", role="low",
                spellings=("low risk", "low risk of bias", "low concern", "low concerns", "l"),
            ),
            Judgment(
                key="some", label="Some concerns", symbol="!", role="some",
                spellings=("some concern", "some concerns of bias", "s"),
            ),
            Judgment(
                key="moderate", label="Moderate", symbol="−", role="some",
                spellings=("moderate risk", "moderate risk of bias", "m"),
            ),
            Judgment(
                key="serious", label="Serious", symbol="×", role="high",
                spellings=("serious risk", "serious risk of bias", "s"),
            ),
            Judgment(
                key="high", label="High", symbol="×", role="high",
                spellings=("high risk", "high risk of bias", "high concern", "high concerns", "h"),
            ),
            Judgment(
                key="critical", label="Critical", symbol="‼", role="ink",
                spellings=("critical risk", "critical risk of bias", "c"),
            ),
            Judgment(
                key="unclear", label="Unclear", symbol="?", role="some",
                spellings=("unclear risk", "unclear risk of bias", "unclear concern", "u"),
            ),
            Judgment(
                key="no information", label="No information", symbol="?", role="unclear",
                spellings=("no info", "no-information", "ni", "n"),
            ),
        )
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """One question about bias that a tool asks.

    Attributes
    ----------
    key, name : str
        Short name over a column ("D1"), and the published one.
    optional : bool
        Whether a table may lack it.
    """

    key: str
    name: str
    optional: bool = False


OVERALL = Domain(key="Overall", name="Overall risk of bias", optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class BiasTool:
    """A tool that judges studies.

    Attributes
    ----------
    key, name : str
        Name in code, and in full.
    domains : tuple of Domain
        What it asks, without the overall judgment; empty where a table brings its own.
    judgments : tuple of str
        Keys of ``JUDGMENTS`` from good to bad, then those that do not know.
    overall : bool
        Whether the tool itself ends in an overall judgment of the study.
    doi : str
        Where it is published; empty for domains of one's own.
    """

    key: str
    name: str
    domains: tuple[Domain, ...]
    judgments: tuple[str, ...]
    overall: bool
    doi: str


def _numbered(*names: str, optional: int = 0) -> tuple[Domain, ...]:
    """Return D1, D2, ... with these names; the last ``optional`` ones may lack."""
    sure = len(names) - optional
    return tuple(
        Domain(key=f"D{i + 1}", name=name, optional=i >= sure) for i, name in enumerate(names)
    )


BIAS_TOOLS: Mapping[str, BiasTool] = MappingProxyType(
    {
        row.key: row
        for row in (
            BiasTool(
                key=DEFAULT_TOOL,
                name="Revised Cochrane risk-of-bias tool for randomized trials (RoB 2)",
                domains=_numbered(
                    "Bias arising from the randomization process",
                    "Bias due to deviations from intended interventions",
                    "Bias due to missing outcome data",
                    "Bias in measurement of the outcome",
                    "Bias in selection of the reported result",
                ),
                judgments=("low", "some", "high", "no information"),
                overall=True,
                doi="10.1136/bmj.l4898",
            ),
            BiasTool(
                key="RoB1",
                name="Cochrane Collaboration's tool for assessing risk of bias (2011)",
                domains=_numbered(
                    "Random sequence generation (selection bias)",
                    "Allocation concealment (selection bias)",
                    "Blinding of participants and personnel (performance bias)",
                    "Blinding of outcome assessment (detection bias)",
                    "Incomplete outcome data (attrition bias)",
                    "Selective reporting (reporting bias)",
                    "Other bias",
                    optional=1,
                ),
                judgments=("low", "unclear", "high"),
                overall=False,
                doi="10.1136/bmj.d5928",
            ),
            BiasTool(
                key="ROBINS-I",
                name="Risk Of Bias In Non-randomized Studies of Interventions (ROBINS-I)",
                domains=_numbered(
                    "Bias due to confounding",
                    "Bias in selection of participants into the study",
                    "Bias in classification of interventions",
                    "Bias due to deviations from intended interventions",
                    "Bias due to missing data",
                    "Bias in measurement of outcomes",
                    "Bias in selection of the reported result",
                ),
                judgments=("low", "moderate", "serious", "critical", "no information"),
                overall=True,
                doi="10.1136/bmj.i4919",
            ),
            BiasTool(
                key="QUADAS-2",
                name="Quality Assessment of Diagnostic Accuracy Studies (QUADAS-2)",
                domains=_numbered(
                    "Risk of bias: patient selection",
                    "Risk of bias: index test",
                    "Risk of bias: reference standard",
                    "Risk of bias: flow and timing",
                    "Applicability concerns: patient selection",
                    "Applicability concerns: index test",
                    "Applicability concerns: reference standard",
                    optional=3,
                ),
                judgments=("low", "unclear", "high"),
                overall=False,
                doi="10.7326/0003-4819-155-8-201110180-00009",
            ),
            BiasTool(
                key=OWN_TOOL,
                name="Domains of the table itself",
                domains=(),
                judgments=("low", "some", "moderate", "high", "critical", "unclear"),
                overall=False,
                doi="",
            ),
        )
    }
)


def find_tool(key: object) -> BiasTool:
    """Return a tool by its key; ChoiceError otherwise."""
    return look_up(BIAS_TOOLS, key, argument="tool", what="a risk-of-bias tool")


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskOfBias:
    """Judgments of some studies in some domains.

    Attributes
    ----------
    tool : str
        Key of ``BIAS_TOOLS``.
    study : tuple of str
        Names, each once.
    domains : tuple of Domain
        Columns; ``OVERALL`` is the last where there are overall judgments.
    judgments : tuple of tuple of str
        One row per study with one key of ``JUDGMENTS`` per domain; "" where nobody judged.

    Raises
    ------
    InputError
        If the sizes do not fit, a study stands twice or a judgment is none of the tool's; the
        text names every fault.

    See Also
    --------
    metaan.risk_of_bias : reads a table.
    """

    tool: str
    study: tuple[str, ...]
    domains: tuple[Domain, ...]
    judgments: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        """Check sizes, names and judgments."""
        faults = list(_faults(self))
        if faults:
            raise InputError("; ".join(faults) + ".")

    @property
    def k(self) -> int:
        """Number of studies."""
        return len(self.study)

    @property
    def has_overall(self) -> bool:
        """Whether the last domain is the overall judgment."""
        return bool(self.domains) and self.domains[-1] == OVERALL

    @property
    def used(self) -> tuple[Judgment, ...]:
        """The judgments that occur, in the order of the tool."""
        there = {key for row in self.judgments for key in row}
        return tuple(JUDGMENTS[key] for key in find_tool(self.tool).judgments if key in there)

    @property
    def complete(self) -> bool:
        """Whether every study is judged in every domain."""
        return all(NOT_JUDGED not in row for row in self.judgments)

    def of(self, study: str) -> tuple[str, ...]:
        """Return the judgments of a study by its exact name, all "" if there is no such study."""
        if study not in self.study:
            return (NOT_JUDGED,) * len(self.domains)
        return self.judgments[self.study.index(study)]

    def shares(self, weights: ArrayLike | None = None) -> Floats:
        """Return the percent of studies, or of their weight, with each judgment.

        Parameters
        ----------
        weights : array_like, shape (k,), optional
            Not negative, in any unit; one each by default.

        Returns
        -------
        ndarray, shape (domains, judgments of the tool + 1)
            Rows sum to 100; the last column is what nobody judged.

        Raises
        ------
        InputError
            If there is not one finite weight per study, one is negative, or all are 0.

        Examples
        --------
        >>> import metaan as ma
        >>> from metaan.core.bias import RiskOfBias, find_tool
        >>> rows = (("low",) * 5, ("low", "some", "low", "high", "low"))
        >>> domains = find_tool("RoB2").domains
        >>> bias = RiskOfBias(tool="RoB2", study=("A", "B"), domains=domains, judgments=rows)
        >>> bias.shares([3, 1])[1]
        array([75., 25.,  0.,  0.,  0.])
        """
        sizes = np.ones(self.k) if weights is None else np.asarray(weights, dtype=np.float64)
        if sizes.shape != (self.k,):
            raise InputError(f"weights need shape ({self.k},), one per study; got {sizes.shape}")
        if not np.isfinite(sizes).all() or (sizes < 0).any() or not sizes.sum() > 0:
            raise InputError("weights must be finite and not negative, and not all of them 0")
        keys = (*find_tool(self.tool).judgments, NOT_JUDGED)
        there = np.array([[[one == key for key in keys] for one in row] for row in self.judgments])
        return np.asarray(100.0 * np.einsum("s,sdj->dj", sizes, there) / sizes.sum())

    def to_frame(self) -> pd.DataFrame:
        """Return one row per study: its name, then a column of labels per domain."""
        import pandas as pd

        labels = {key: row.label for key, row in JUDGMENTS.items()}
        columns = {
            domain.key: [labels.get(row[j], NOT_JUDGED) for row in self.judgments]
            for j, domain in enumerate(self.domains)
        }
        return pd.DataFrame({"study": list(self.study), **columns})

    def __str__(self) -> str:
        """Return what there is in one line."""
        studies = counted(self.k, "study", "studies")
        return f"{self.tool}: judgments of {studies} in {counted(len(self.domains), 'domain')}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows."""
        return f"<p>{escape(str(self))}</p>" + self.to_frame().to_html(index=False, na_rep="")


def _faults(bias: RiskOfBias) -> Iterator[str]:
    tool = find_tool(bias.tool)
    yield from _repeated("study", bias.study)
    yield from _repeated("domain", [domain.key for domain in bias.domains])
    if not bias.study or not bias.domains:
        yield "risk of bias needs at least one study and one domain"
    if len(bias.judgments) != len(bias.study):
        yield f"{len(bias.judgments)} rows of judgments for {len(bias.study)} studies"
    for study, row in zip(bias.study, bias.judgments, strict=False):
        if len(row) != len(bias.domains):
            yield f"{study}: {len(row)} judgments for {len(bias.domains)} domains"
        for key in row:
            if key not in (*tool.judgments, NOT_JUDGED):
                offered = ", ".join(tool.judgments)
                near = hint(key, tool.judgments)
                yield f"{study}: {key!r} is no judgment of {tool.key} ({offered}){near}"


def _repeated(what: str, names: Sequence[str]) -> Iterator[str]:
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield f"{what} {name!r} stands {names.count(name)} times"
