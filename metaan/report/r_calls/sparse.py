"""r_call of a network of sparse counts: ``netmetabin`` of netmeta."""

from __future__ import annotations

import numpy as np

from metaan.networks.sparse.sparse_fit import SparseNetworkFit
from metaan.networks.sparse.sparse_methods import LRP, NCH, NETWORK_MH
from metaan.report.r_calls.call import RCall
from metaan.report.r_calls.escalc_words import OR
from metaan.report.r_calls.networking import separator_for
from metaan.report.r_calls.packages import BRESLOW, CLOSED, LIKELIHOOD, NETMETA
from metaan.report.r_calls.script import Printed, Script, make_call
from metaan.report.r_calls.writing import called, data_frame, number, text, vector

KINDS = {NETWORK_MH: CLOSED, NCH: BRESLOW, LRP: LIKELIHOOD}
TOLD = {
    NCH: "R maximizes Breslow's approximation, metaan the exact likelihood",
    LRP: "R stops 4e-7 short of the maximum",
}


def sparse_call(fit: SparseNetworkFit) -> RCall:
    """Return ``pairwise`` and ``netmetabin``; the method has the same name."""
    counts = fit.counts
    frame = {
        "study": counts.study,
        "treatment": counts.treatment,
        "events": counts.events.tolist(),
        "n": counts.people.tolist(),
    }
    pairs = {
        "treat": "treatment", "event": "events", "n": "n", "studlab": "study", "data": "arms",
        "sm": text(OR),
    }  # fmt: skip
    arguments = {
        "method": text(fit.method),
        "reference.group": text(fit.reference),
        "level.ma": number(fit.relative.level),
        "sep.trts": text(separator_for(fit.treatments)),
    }
    named = ["pairs", *(f"{name} = {value}" for name, value in arguments.items())]
    base = fit.treatments.index(fit.reference)
    others = [i for i in range(len(fit.treatments)) if i != base]
    names = [fit.treatments[i] for i in others]
    lines = (
        f"arms <- {data_frame(frame)}",
        f"pairs <- {called('pairwise', pairs)}",
        f"net <- {called('netmetabin', named)}",
        f"others <- {vector(names)}",
    )
    relative = fit.relative
    values, errors = relative.differences[others, base], relative.se[others, base]
    half = relative.half[others, base]
    at, size = f"[others, {text(fit.reference)}]", float(np.max(errors))
    printed = [
        Printed("effect", f"net$TE.common{at}", values, size),
        Printed("se", f"net$seTE.common{at}", errors),
        Printed("low", f"net$lower.common{at}", values - half, size),
        Printed("high", f"net$upper.common{at}", values + half, size),
    ]
    if fit.tests:
        printed.append(Printed("Q_between", "net$Q.inconsistency", fit.tests[0].statistic, 1.0))
    told = (TOLD[fit.method],) if fit.method in TOLD else ()
    script = Script(lines=lines, remarks=told)
    return make_call(
        "the network of sparse counts", script, printed, kind=KINDS[fit.method], package=NETMETA
    )
