"""CONVENTIONS: what statistics programs do unless told otherwise, one row for each program.

Every entry carries the address of the page that says so. What no page that was read says is not
there: metaan's own default is used in its place, and the result says so. Values are keys of the
tables that decide (estimators, inferences, measures and their options), which a test checks; a
row of this table is the only other place where they are typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from metaan.core.arrays import FrozenDict
from metaan.core.lookup import look_up

FROM_TAU2, FROM_Q = "tau2", "Q"
POOLED = ("tau2", "inference", "prediction", "interval", "i2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A default of a program, and where it is stated.

    Attributes
    ----------
    value : object
        Key of a row, or value of an option.
    page : str
        Address of the page.
    """

    value: Any
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conventions:
    """A row of ``CONVENTIONS``: the defaults of one program.

    Attributes
    ----------
    key, name : str
        Key, and the program's name in a sentence.
    tau2, inference, prediction, interval : Stated or None
        Estimator of tau² (random effects), interval of the mean, prediction interval, limits of
        tau². None where no page that was read says it, or the program has none.
    i2 : Stated or None
        Which I² it prints: from tau² ("tau2") or from Q ("Q").
    two_by_two : Stated or None
        How it pools tables of counts, in words.
    regression : Stated or None
        Whether its meta-regressions follow the same defaults; None where no page that was read
        says it.
    measures : mapping of str to mapping of str to Stated
        Options of an effect measure, by its key.
    """

    key: str
    name: str
    tau2: Stated | None = None
    inference: Stated | None = None
    prediction: Stated | None = None
    interval: Stated | None = None
    i2: Stated | None = None
    two_by_two: Stated | None = None
    regression: Stated | None = None
    measures: Mapping[str, Mapping[str, Stated]] = field(default_factory=FrozenDict)

    def value(self, name: str) -> Any:
        """Return the value of a field of ``POOLED``, or None."""
        stated: Stated | None = getattr(self, name)
        return None if stated is None else stated.value

    def options(self, measure: str) -> dict[str, Any]:
        """Return what the program's options of a measure are; empty if none is stated."""
        return {name: stated.value for name, stated in self.measures.get(measure, {}).items()}

    @property
    def pages(self) -> tuple[str, ...]:
        """Every page that an entry rests on, once."""
        entries = [getattr(self, name) for name in (*POOLED, "two_by_two", "regression")]
        entries += [each for options in self.measures.values() for each in options.values()]
        return tuple(dict.fromkeys(each.page for each in entries if each is not None))


def find_conventions(key: object) -> Conventions:
    """Return a row; ChoiceError if there is no such program."""
    return look_up(
        CONVENTIONS, key, argument="conventions", what="a program whose conventions are known"
    )


def _all(page: str, **values: Any) -> Mapping[str, Stated]:
    """Return options of a measure that one page states."""
    return FrozenDict({name: Stated(value=value, page=page) for name, value in values.items()})


OURS = "metaan.pool, metaan.effect_sizes"
HANDBOOK_5 = "http://handbook-5-1.cochrane.org/chapter_9/"
COCHRANE_NEWS = (
    "https://community.cochrane.org/news/"
    "embracing-new-random-effects-methods-systematic-reviews-interventions"
)
COCHRANE_METHODS = (
    "https://methods.cochrane.org/methods-cochrane/"
    "random-effects-meta-analysis-methods-intervention-reviews"
)
METAFOR_FIT = "https://search.r-project.org/CRAN/refmans/metafor/html/rma.uni.html"
METAFOR_PREDICT = (
    "https://github.com/wviechtb/metafor/blob/0b2b468344a8231c4aea9d40c436734832a5b783/man/"
    "predict.rma.Rd"
)
METAFOR = "https://www.rdocumentation.org/packages/metafor/versions/3.8-1/topics/"
META = "https://github.com/guido-s/meta/blob/23534ddfdc63ad234835827ab2356a509c2e46fb/man/"
METABIN = (
    "https://github.com/guido-s/meta/blob/025947fa1b5adc595f6b7eeae56315016f4b8101/man/metabin.Rd"
)
STATALIST = (
    "https://www.statalist.org/forums/forum/general-stata-discussion/general/"
    "1696829-meta-analysis-total-effect-confidence-interval"
)

_HALF_TO_ZERO = {"add": 0.5, "to": "only0"}

_ROWS = (
    Conventions(
        key="metaan",
        name="metaan",
        tau2=Stated(value="REML", page=OURS),
        inference=Stated(value="HKSJ", page=OURS),
        prediction=Stated(value="K1", page=OURS),
        interval=Stated(value="QP", page=OURS),
        i2=Stated(value=FROM_TAU2, page=OURS),
        two_by_two=Stated(value="inverse variance", page=OURS),
        regression=Stated(value=True, page="metaan.regress"),
        measures=FrozenDict(
            SMD=_all(OURS, correction="exact", variance="LS"),
            OR=_all(OURS, **_HALF_TO_ZERO, drop_double_zero=False),
            RR=_all(OURS, **_HALF_TO_ZERO, drop_double_zero=False),
        ),
    ),
    # RevMan 5 prints no prediction interval and no limits of tau². Its I² comes from Q, which is
    # that from tau² where tau² is DerSimonian and Laird's, so that nothing has to be chosen.
    Conventions(
        key="RevMan5",
        name="RevMan 5",
        tau2=Stated(value="DL", page=COCHRANE_NEWS),
        inference=Stated(value="WALD", page=COCHRANE_NEWS),
        two_by_two=Stated(
            value="Mantel-Haenszel",
            page=HANDBOOK_5 + "9_4_10_a_summary_of_meta_analysis_methods_available_in_revman.htm",
        ),
        measures=FrozenDict(
            # The page names the approximations; the variance is the one that reproduces what
            # RevMan printed (tests/papers/test_furlan2005.py).
            SMD=_all(META + "metacont.Rd", correction="approximate", variance="REVMAN"),
            OR=_all(HANDBOOK_5 + "9_4_4_0_introductory_text.htm", **_HALF_TO_ZERO),
            RR=_all(HANDBOOK_5 + "9_4_4_0_introductory_text.htm", **_HALF_TO_ZERO),
        ),
    ),
    # Its prediction interval is there, but no page that was read says which degrees of freedom.
    Conventions(
        key="RevMan",
        name="RevMan since 2025",
        tau2=Stated(value="REML", page=COCHRANE_METHODS),
        inference=Stated(value="HKSJ", page=COCHRANE_METHODS),
        interval=Stated(value="QP", page=COCHRANE_METHODS),
        i2=Stated(value=FROM_TAU2, page=COCHRANE_METHODS),
    ),
    Conventions(
        key="metafor",
        name="metafor",
        tau2=Stated(value="REML", page=METAFOR_FIT),
        inference=Stated(value="WALD", page=METAFOR_FIT),
        prediction=Stated(value="NORMAL", page=METAFOR_PREDICT),
        interval=Stated(value="QP", page=METAFOR + "confint.rma"),
        i2=Stated(value=FROM_TAU2, page=METAFOR + "print.rma"),
        two_by_two=Stated(value="inverse variance", page=METAFOR_FIT),
        regression=Stated(value=True, page=METAFOR_FIT),
        measures=FrozenDict(
            SMD=_all(METAFOR + "escalc", correction="exact", variance="LS"),
            OR=_all(METAFOR + "escalc", **_HALF_TO_ZERO, drop_double_zero=False),
            RR=_all(METAFOR + "escalc", **_HALF_TO_ZERO, drop_double_zero=False),
        ),
    ),
    # Risk ratios with empty cells are not offered: meta adds its 0.5 once to each denominator,
    # where adding it to each cell adds it twice.
    Conventions(
        key="meta",
        name="meta (R, version 8)",
        tau2=Stated(value="REML", page=META + "meta-package.Rd"),
        inference=Stated(value="WALD", page=META + "meta-package.Rd"),
        prediction=Stated(value="K1", page=META + "meta-package.Rd"),
        interval=Stated(value="QP", page=META + "meta-package.Rd"),
        i2=Stated(value=FROM_Q, page=META + "meta-package.Rd"),
        two_by_two=Stated(value="Mantel-Haenszel", page=METABIN),
        measures=FrozenDict(
            SMD=_all(META + "metacont.Rd", correction="exact", variance="UB"),
            OR=_all(METABIN, **_HALF_TO_ZERO, drop_double_zero=True),
        ),
    ),
    # From what it prints there: REML, a z test, and an I² of 5.30% where Q is below its degrees
    # of freedom, which only tau² can give.
    Conventions(
        key="Stata",
        name="Stata's meta",
        tau2=Stated(value="REML", page=STATALIST),
        inference=Stated(value="WALD", page=STATALIST),
        i2=Stated(value=FROM_TAU2, page=STATALIST),
    ),
)

CONVENTIONS: Mapping[str, Conventions] = MappingProxyType({row.key: row for row in _ROWS})
OWN_CONVENTIONS = _ROWS[0].key
