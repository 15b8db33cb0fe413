"""docs/pooling.md: every way to pool, with its source, as the tables have it.

    python -m tests.laws.pooling_page

writes the page anew; test_pooling_page.py holds it to the tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from metaan.core.citations import CITATIONS
from metaan.core.conventions import CONVENTIONS, POOLED
from metaan.dependent.robust_kinds import ROBUST_KINDS
from metaan.tau2.interval import INTERVALS
from metaan.tau2.table import ESTIMATORS
from metaan.twobytwo.glmm_table import GLMMS
from metaan.twobytwo.homogeneity import COUNT_TESTS
from metaan.twobytwo.methods import COUNT_METHODS
from metaan.univariate.inference import INFERENCES
from metaan.univariate.prediction import PREDICTIONS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "pooling.md"
HEAD = """# Pooling

What `ma.pool`, `ma.regress`, `ma.subgroups`, `ma.pool_many`, `ma.robust`, `ma.mantel_haenszel`,
`ma.peto` and `ma.glmm` can do, key by key. Formulas stand in the docstrings; every row is compared
with R (metafor, meta) or with a computation of its own (`tests/reference/README.md`). The page is
made by `python -m tests.laws.pooling_page`.
"""
SECTIONS = (
    (
        "tau²: `tau2=`",
        "The variance between studies; a number fixes it. With moderators it is what they leave. "
        "REML and ML are the highest of all maxima of their likelihood. EB, PM, DLIT and SJIT "
        "solve one equation and give one number. `ma.ESTIMATORS` is the table.",
        ESTIMATORS,
    ),
    (
        "Interval and test of the mean: `inference=`",
        "Also of each coefficient of `ma.regress`. `ma.INFERENCES` is the table.",
        INFERENCES,
    ),
    (
        "Prediction interval: `prediction=`",
        "Where the true effect of a new study is expected. `ma.bootstrap_prediction` has the "
        "parametric bootstrap, `ma.probability_beyond` the probability beyond a threshold. "
        "`ma.PREDICTIONS` is the table.",
        PREDICTIONS,
    ),
    (
        "Limits of tau², I² and H²: `ma.tau2_interval(fit, method)`",
        "`ma.INTERVALS` is the table.",
        INTERVALS,
    ),
    (
        "Cluster-robust variance: `ma.robust(fit, cluster=, kind=)`",
        "For several effects of one trial, laboratory or country. `ma.ROBUST_KINDS` is the table.",
        ROBUST_KINDS,
    ),
    (
        "Tables of counts without a model of the effects' variances",
        "`ma.mantel_haenszel`, `ma.peto`; `ma.pool` on `counts.effects[measure]` is IV.",
        COUNT_METHODS,
    ),
    ("Tests of counts", "Fields of the fits of `ma.mantel_haenszel`.", COUNT_TESTS),
    (
        "Generalized linear mixed models: `ma.glmm(counts, likelihood)`",
        "Maximum likelihood, the integrals over the random effects to about 1e-12.",
        GLMMS,
    ),
)
DEMANDS = {
    "weighted": "asks for `weights=`",
    "needs_restricted": "REML only",
    "needs_moment": "DL only",
    "means_only": "no moderators",
}


def source_of(row: Any) -> str:
    """Return the reference of a row, or a dash where it is a textbook's."""
    doi = getattr(row, "doi", "")
    return f"{CITATIONS[doi]}. [doi:{doi}](https://doi.org/{doi})" if doi else "–"


def demands_of(row: Any) -> str:
    """Return what a row asks for."""
    return ", ".join(text for name, text in DEMANDS.items() if getattr(row, name, False))


def lines_of(table: Mapping[str, Any]) -> Iterable[str]:
    """Yield the lines of a table of rows."""
    yield "| key | what | source |"
    yield "|---|---|---|"
    for key, row in table.items():
        what = "; ".join(part for part in (row.name, demands_of(row)) if part)
        yield f"| `{key}` | {what} | {source_of(row)} |"


def conventions() -> Iterable[str]:
    """Yield the lines of the table of programs, each entry linked to its page."""
    yield "## Conventions of other programs: `conventions=`"
    yield ""
    yield (
        "Defaults for `ma.pool` and `ma.effect_sizes`; arguments of one's own win. What no page "
        "that was read says is not offered: metaan's default stands there, and the fit says so."
    )
    yield ""
    yield f"| key | program | {' | '.join(POOLED)} | counts | effects |"
    yield f"|---|---|{'---|' * (len(POOLED) + 2)}"
    for key, row in CONVENTIONS.items():
        cells = [linked(getattr(row, name)) for name in (*POOLED, "two_by_two")]
        effects = "; ".join(
            f"{measure}: " + ", ".join(f"{name} {linked(each)}" for name, each in options.items())
            for measure, options in row.measures.items()
        )
        yield f"| `{key}` | {row.name} | {' | '.join(cells)} | {effects or '–'} |"


def linked(stated: Any) -> str:
    """Return a stated value as a link to its page, or a dash."""
    if stated is None:
        return "–"
    return (
        f"[{stated.value}]({stated.page})" if stated.page.startswith("http") else str(stated.value)
    )


def page() -> str:
    """Return the whole page."""
    parts = [HEAD]
    for title, text, table in SECTIONS:
        parts.append("\n".join([f"## {title}", "", text, "", *lines_of(table), ""]))
    return "\n".join([*parts, *conventions()]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
