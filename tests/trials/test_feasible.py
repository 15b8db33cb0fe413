"""Every pairwise analysis that the shipped evidence allows: studies, k and participants.

The counts were made from the table by other means, arm by arm. Where ours are smaller, ``out`` are
the participants and ``gone`` the studies that the rules of this library keep out, and why.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.trials.builders import chosen, shipped

NONE = "no_treatment"
UC = "usual_care"
# cherkin2009's second acupuncture arm, against the same control as the first.
INDIVIDUAL = 158
# zaringhalam2010's acupuncture + baclofen, against nothing.
BACLOFEN = 20


@dataclass(frozen=True, kw_only=True)
class Case:
    """A comparison: the count made by other means, and what the rules take off."""

    control: str
    outcome: str
    term: str
    k: int
    n: int
    studies: str
    out: int = 0
    gone: str = ""

    def __str__(self):
        """Return a name for the report of a failure."""
        return f"{self.control}-{self.outcome}-{self.term}"


def case(line, studies, *, out=0, gone=""):
    """Return a case from a line ``control outcome term k n``."""
    control, outcome, term, k, n = line.split()
    return Case(control=control, outcome=outcome, term=term, k=int(k), n=int(n), studies=studies,
                out=out, gone=gone)  # fmt: skip


SHAM = (
    case("sham pain immediate 7 1096", "brinkhaus2006 cherkin2009 kerr2003 leibing2002 "
         "mendelson1983 molsberger2002 weiner2008", out=INDIVIDUAL),
    case("sham pain short 3 259", "carlsson2001 kong2020 molsberger2002"),
    case("sham pain intermediate 2 305", "brinkhaus2006 weiner2008"),
    case("sham pain long 2 687", "brinkhaus2006 cherkin2009", out=INDIVIDUAL),
    case("sham function immediate 3 619", "cherkin2009 kwon2007 weiner2008"),
    case("sham function intermediate 3 782", "brinkhaus2006 cherkin2009 weiner2008"),
    case("sham function long 2 687", "brinkhaus2006 cherkin2009"),
    case("sham responder short 1 50", "carlsson2001"),
    case("sham responder intermediate 2 824", "carlsson2001 haake2007"),
    case("sham quality_of_life intermediate 1 210", "brinkhaus2006"),
    case("sham quality_of_life long 1 210", "brinkhaus2006"),
    case("sham medication_use immediate 1 48", "kennedy2008"),
)  # fmt: skip
NO_NEEDLES = (
    case("no_treatment pain immediate 2 274", "brinkhaus2006 zaringhalam2010", out=BACLOFEN),
    case("no_treatment pain short 1 60", "zaringhalam2010", out=BACLOFEN),
    case("usual_care pain immediate 3 639", "cherkin2009 meng2003 molsberger2002",
         out=INDIVIDUAL),
    case("usual_care pain short 1 47", "meng2003"),
    case("usual_care pain long 2 476", "cherkin2009 thomas2006", out=INDIVIDUAL),
    case("usual_care function immediate 3 3616", "cherkin2009 meng2003 witt2006"),
    case("usual_care function short 1 47", "meng2003"),
    case("usual_care function intermediate 2 476", "cherkin2009 debar2025"),
    case("usual_care function long 1 476", "cherkin2009"),
    case("usual_care responder immediate 1 117", "molsberger2002"),
    case("usual_care responder short 1 86", "molsberger2002"),
    case("usual_care responder intermediate 2 775", "debar2025 haake2007"),
    case("no_treatment+usual_care pain immediate 5 913", "brinkhaus2006 cherkin2009 meng2003 "
         "molsberger2002 zaringhalam2010", out=INDIVIDUAL + BACLOFEN),
    case("no_treatment+usual_care pain short 2 107", "meng2003 zaringhalam2010", out=BACLOFEN),
    case("no_treatment+usual_care pain long 2 476", "cherkin2009 thomas2006", out=INDIVIDUAL),
    case("no_treatment+usual_care function immediate 3 3616", "cherkin2009 meng2003 witt2006"),
    case("no_treatment+usual_care function short 1 47", "meng2003"),
    case("no_treatment+usual_care function intermediate 2 476", "cherkin2009 debar2025"),
    case("no_treatment+usual_care function long 1 476", "cherkin2009"),
    case("no_treatment+usual_care responder immediate 1 117", "molsberger2002"),
    case("no_treatment+usual_care responder short 1 86", "molsberger2002"),
    case("no_treatment+usual_care responder intermediate 2 775", "debar2025 haake2007"),
)  # fmt: skip
DRUG = (
    case("drug pain immediate 5 288", "jiang2013 johnston2021 li2016 shin2013 zaringhalam2010"),
    case("drug pain short 2 118", "shin2013 zaringhalam2010"),
    case("drug pain intermediate 1 58", "shin2013"),
    case("drug function immediate 3 176", "jiang2013 li2016 shin2013"),
    case("drug function short 1 58", "shin2013"),
    case("drug function intermediate 1 58", "shin2013"),
    case("drug responder immediate 1 144", "zhang2022"),
    case("drug adverse_event immediate 1 36", "giles1999"),
)
PHYSICAL = (
    case("physical pain immediate 7 477", "jang2015 jcmp2022 leibing2002 wang2005b yeung2003 "
         "zeng2005 zhao2012", out=60 + 106 + 67, gone="jang2015 jcmp2022 zeng2005"),
    case("physical pain short 1 60", "jang2015", out=60, gone="jang2015"),
    case("physical function immediate 5 458", "cherkin2001 jang2015 jcmp2022 li2005 zhao2012",
         out=60 + 106, gone="jang2015 jcmp2022"),
    case("physical function short 1 60", "jang2015", out=60, gone="jang2015"),
    case("physical function intermediate 1 51", "hunter2012"),
    case("physical responder immediate 2 176", "jcmp2022 li2022", out=106, gone="jcmp2022"),
    case("physical adverse_event immediate 4 201", "giles1999 grant1999 leibing2002 "
         "tsukayama2002", out=19, gone="tsukayama2002"),
    case("physical adverse_event short 1 172", "cherkin2001"),
    case("physical adverse_event intermediate 1 26", "lehmann1986"),
)  # fmt: skip
CASES = (*SHAM, *NO_NEEDLES, *DRUG, *PHYSICAL)


def compared(one):
    """Return the comparisons of a case."""
    trials = chosen(one.outcome, one.term)
    return trials.contrasts("acupuncture", one.control.split("+"))


@pytest.mark.parametrize("one", CASES, ids=str)
def test_studies_and_participants(one):
    """The studies counted by other means, less those that the rules keep out."""
    pairs = compared(one)
    gone = set(one.gone.split())
    assert set(pairs.pairs["study_id"]) == set(one.studies.split()) - gone
    assert pairs.k == one.k - len(gone)
    assert pairs.pairs[["n1", "n2"]].sum().sum() == one.n - one.out


@pytest.mark.parametrize("one", [one for one in CASES if one.out], ids=str)
def test_who_is_kept_out_is_listed(one):
    """Whatever the rules take off stands in the list, with the reason."""
    pairs = compared(one)
    labels = shipped().studies["label"]
    listed = {item.study: item.reason for item in pairs.left_out}
    for study in one.gone.split():
        assert "differs from its comparator by more than the treatment" in listed[labels[study]]
    if one.out in (INDIVIDUAL, INDIVIDUAL + BACLOFEN):
        assert "shares its comparator" in listed["Cherkin 2009"]
    if one.out in (BACLOFEN, INDIVIDUAL + BACLOFEN):
        assert "(baclofen)" in listed["Zaringhalam 2010"]


def test_events_without_a_term():
    """Adverse events of no stated time: 12 of 315 against none of 162."""
    trials = shipped().select(outcome="adverse_event", study="cherkin2009")
    row = trials.contrasts("acupuncture", "sham").pairs.iloc[0]
    assert (row["n1"], row["n2"]) == (315, 162)
    assert (row["events1"], row["events2"]) == (12, 0)


@pytest.mark.parametrize("one", CASES, ids=str)
def test_no_study_enters_twice(one):
    """One pair per study, and no row in two pairs."""
    pairs = compared(one).pairs
    assert pairs["study_id"].is_unique
    rows = [row for line in pairs["rows"] for row in line]
    assert len(rows) == len(set(rows))


def test_members_of_the_review_of_13():
    """Three inferred members: one usable for pain, one for function, one for tablets."""
    trials = shipped().select(study=shipped().members("in_13rct"))
    found = {}
    for outcome in ("pain", "function", "medication_use"):
        part = trials.select(outcome=outcome, term=["immediate", "short"])
        found[outcome] = list(part.contrasts("acupuncture", ["sham", "drug"]).pairs["study_id"])
    assert found == {
        "pain": ["shin2013"],
        "function": ["shin2013"],
        "medication_use": ["kennedy2008"],
    }
