"""Columns of lights: judgments of the risk of bias beside the studies of a forest plot."""

from __future__ import annotations

from metaan.core.bias import BIAS_TOOLS, JUDGMENTS, OWN_TOOL, RiskOfBias
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.plots.forests.layouts import BIAS
from metaan.plots.forests.record import Cell, ForestColumn, Side
from metaan.plots.forests.wording import clean
from metaan.plots.pages import theme
from metaan.plots.pages.legend import LegendEntry

OVER = "Risk of bias"
SHOWN_NAMES = 3


def bias_columns(bias: RiskOfBias, side: Side = "right") -> tuple[ForestColumn, ...]:
    """Return a column of lights for each domain, under one head."""
    return tuple(
        ForestColumn(
            key=_key(domain.key),
            head=clean(domain.key),
            over=OVER,
            side=side,
            align="center",
            lights=True,
        )
        for domain in bias.domains
    )


def bias_texts(bias: RiskOfBias, study: str) -> dict[str, Cell]:
    """Return the judgments of a study by the keys of their columns; none where nobody judged."""
    pairs = zip(bias.domains, bias.of(study), strict=True)
    return {_key(domain.key): (judgment,) for domain, judgment in pairs if judgment}


def bias_notes(bias: RiskOfBias) -> tuple[str, ...]:
    """Return the footnote that says what the domains and the tool are called."""
    named = [
        f"{clean(domain.key)}: {clean(domain.name)}"
        for domain in bias.domains
        if domain.name not in (domain.key, "") and not domain.name.startswith(domain.key)
    ]
    tool = "" if bias.tool == OWN_TOOL else f" by {BIAS_TOOLS[bias.tool].name}"
    if not named:
        return (f"{OVER}{tool}.",) if tool else ()
    return (f"{OVER}{tool}. {'; '.join(named)}.",)


def bias_legend(bias: RiskOfBias) -> tuple[LegendEntry, ...]:
    """Return what the lights mean: every judgment that occurs, in the order of the tool."""
    return tuple(
        LegendEntry(
            label=judgment.label,
            fill=judgment.role,
            edge=theme.RULE,
            symbol=judgment.symbol,
        )
        for judgment in bias.used
    )


def check_bias(bias: RiskOfBias, effects: Effects) -> None:
    """Check that the judgments are of these studies.

    Raises
    ------
    InputError
        If none of the studies is judged; names must be the same, letter by letter.
    """
    if effects.k and not set(effects.study) & set(bias.study):
        ours, theirs = (", ".join(each[:SHOWN_NAMES]) for each in (effects.study, bias.study))
        raise InputError(
            f"bias judges none of the studies: they are {ours} ..., the judged ones {theirs} ...; "
            "names must be the same"
        )


def light_role(key: str) -> str:
    """Return the color name of a judgment's light."""
    return JUDGMENTS[key].role


def light_sign(key: str) -> str:
    """Return the sign on a judgment's light."""
    return JUDGMENTS[key].symbol


def _key(domain: str) -> str:
    return f"{BIAS} {domain}"
