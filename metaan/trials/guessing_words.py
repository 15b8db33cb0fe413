"""What people call the columns of a table with one row per study, as literal tables.

Words are compared in small letters and digits alone: "Mean (Treatment)" is ``meantreatment``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# A number of one group; with a word for the group before or behind it, that of group 1 or 2.
NUMBERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "mean": ("mean", "m", "avg", "average"),
        "sd": ("sd", "std", "stdev", "stddev", "standarddeviation"),
        "n": ("n", "total", "size", "samplesize", "participants", "patients", "nparticipants",
              "npatients", "ntotal", "nrandomized", "nrandomised", "nanalyzed", "nanalysed"),
        "events": ("events", "event", "nevents", "cases", "responders", "deaths", "pos",
                   "positive", "r"),
        "nonevents": ("nonevents", "noevents", "nonresponders", "neg", "negative"),
        "time": ("time", "persontime", "personyears", "pyears", "py"),
    }
)  # fmt: skip
# Words for the treated and the other group: any of the first with any of the second.
TREATED = ("treatment", "treated", "treat", "trt", "tx", "experimental", "exper", "exp",
           "intervention", "interv", "int", "active", "drug", "group1", "arm1")  # fmt: skip
OTHERS = ("control", "ctrl", "ctl", "con", "contr", "comparator", "comparison", "placebo", "pbo",
          "plac", "sham", "untreated", "group2", "arm2")  # fmt: skip
AS_USUAL = ("usual", "standard", "waiting", "waitlist", "notreatment", "nothing")
# Letters and digits that mean groups only where both of a pair stand behind the same word.
PAIRS = (("1", "2"), ("t", "c"), ("e", "c"), ("i", "c"), ("t", "p"), ("a", "p"))
# Whole names. Those in small print are R's metafor's.
NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "mean1": ("m1i",), "sd1": ("sd1i",), "n1": ("n1i",),
        "mean2": ("m2i",), "sd2": ("sd2i",), "n2": ("n2i",),
        "events1": ("ai", "x1i"), "nonevents1": ("bi",), "time1": ("t1i",),
        "events2": ("ci", "x2i"), "nonevents2": ("di",), "time2": ("t2i",),
        "mean": ("mi",), "sd": ("sdi",), "n": ("ni", "nobs", "samplen"),
        "events": ("xi", "x"), "time": ("ti",),
        "r": ("ri", "cor", "corr", "correlation", "pearson", "pearsonr"),
        "y": ("yi", "te", "effect", "effectsize", "es", "estimate", "est", "beta", "coef",
              "logor", "lnor", "logrr", "lnrr", "loghr", "lnhr", "logirr", "lnirr", "md", "smd",
              "meandiff", "meandifference", "hedgesg", "cohensd"),
        "v": ("vi", "var", "variance"),
        "se": ("sei", "sete", "stderr", "stderror", "standarderror", "selogor", "selnor",
               "selogrr", "selnrr", "seloghr", "selnhr", "semd", "sesmd", "seeffect"),
        "alpha": ("cronbach", "cronbachalpha"),
        "items": ("nitems",),
        "r2": ("rsquared", "rsq"),
    }
)  # fmt: skip
# Names that are too short to mean anything alone: they count where all of the set are there.
TOGETHER = (frozenset({"ai", "ci"}),)
STUDY = ("studlab", "slab", "studyname", "studylabel", "studies", "firstauthor", "author",
         "authors", "trial", "trialname", "paper", "reference", "citation", "source", "studyid",
         "id", "name", "label")  # fmt: skip
AUTHORS = ("firstauthor", "author", "authors")
YEARS = ("year", "yr", "pubyear", "publicationyear", "yearofpublication")
# Labels of a row that sums the others up: no study.
SUMS = ("total", "totals", "overall", "pooled", "sum", "subtotal", "summary", "allstudies")
