"""Tables of contrasts: all pairs, or those with one arm; what is wrong, missing or rounded."""

from __future__ import annotations

import numpy as np
import pytest

import metaan as ma
from metaan.trials.network_making import network_effects
from tests.tolerance import EXACT, close
from tests.trials.networks import by_pair, covariance, long, table

NAMES = ("study", "treat1", "treat2", "y", "se")
ARMS = long(
    [("Ann", "a", 5.0, 1.2, 12), ("Ann", "b", 6.5, 2.1, 31), ("Ann", "c", 4.2, 0.9, 19),
     ("Ann", "d", 4.4, 1.9, 15), ("Bo", "a", 2.2, 1.6, 22), ("Bo", "c", 3.1, 1.1, 20)],
    "mean", "sd", "n",
)  # fmt: skip


def pairs(*rows, **more):
    """Return contrasts as a table."""
    return {name: [row[i] for row in rows] for i, name in enumerate(NAMES)} | more


def star(hub, *, turn=()):
    """Return Ann's contrasts with one arm (some the other way round) and Bo's, n by arm."""
    whole = network_effects(ARMS, "MD")
    known = by_pair(whole)
    n = dict(zip(ARMS["treatment"], ARMS["n"], strict=False)) | {"a": 12, "c": 19}
    rows, sizes = [], []
    for other in (name for name in "abcd" if name != hub):
        one, two = (hub, other) if other in turn else (other, hub)
        y, v = known["Ann", one, two]
        rows.append(("Ann", one, two, y, np.sqrt(v)))
        sizes.append((n[one], n[two]))
    rows.append(("Bo", "a", "c", known["Bo", "a", "c"][0], np.sqrt(known["Bo", "a", "c"][1])))
    sizes.append((22, 20))
    place = ARMS["treatment"].index(hub)
    shared = ARMS["sd"][place] ** 2 / ARMS["n"][place]
    columns = pairs(*rows, n1=[s[0] for s in sizes], n2=[s[1] for s in sizes])
    return columns, shared, whole


def told(columns, measure="GEN", **more):
    """Return the faults of a table as texts."""
    with pytest.raises(ma.DataError) as raised:
        network_effects(columns, measure, **more)
    return [str(fault) for fault in raised.value.faults]


@pytest.mark.parametrize("hub", "abcd")
@pytest.mark.parametrize("turn", ["", "bc"])
def test_contrasts_with_one_arm_say_the_others(hub, turn):
    """Those with any arm, whichever way round, and that arm's variance: the whole study."""
    columns, shared, whole = star(hub, turn=turn)
    columns["shared"] = [shared, None, None, None]
    ours = network_effects(columns, "MD")
    found, known = by_pair(ours), by_pair(whole)
    assert found.keys() == known.keys()
    assert close([found[k] for k in known], [known[k] for k in known], EXACT)
    arms = ["c", "b", "d", "a"]
    assert close(covariance(ours, "Ann", arms), covariance(whole, "Ann", arms), EXACT)
    sizes = dict(zip(ours.treat1, ours.columns["n1"], strict=True))
    sizes |= dict(zip(ours.treat2, ours.columns["n2"], strict=True))
    assert (sizes["b"], sizes["d"]) == (31, 15)
    columns["shared"] = [np.sqrt(shared)] * 3 + [None]
    again = network_effects(columns, "MD", shared_se="shared")
    assert close(again.v, ours.v, EXACT)


def test_all_contrasts_of_a_study():
    """All pairs stand as they are; further columns go along; given scales."""
    whole = network_effects(ARMS, "MD")
    columns = dict(zip(NAMES[1:3], (whole.treat1, whole.treat2), strict=True))
    columns |= {"study": whole.study, "y": whole.y, "v": whole.v, "year": [2000] * 6 + [2004]}
    ours = network_effects(columns, "GEN", scale="log", label="Odds ratio (adjusted)")
    assert by_pair(ours) == by_pair(whole)
    assert (ours.measure, ours.scale.key, ours.label) == ("GEN", "log", "Odds ratio (adjusted)")
    assert ours.columns["year"][-1] == 2004
    hazard = network_effects(columns, "hazard ratio")
    assert (hazard.measure, hazard.scale.key, hazard.label) == ("HR", "log", "Hazard ratio")
    assert network_effects(columns, "PETO").label == "Odds ratio (Peto)"
    with pytest.raises(ma.ChoiceError, match="'variance' is neither a column"):
        network_effects(columns, "SMD", variance="LS")
    with pytest.raises(ma.InputError, match=r"SMD1 .* choose one of MD, ROM, SMD.*HR and GEN"):
        network_effects(columns, "SMD1")
    with pytest.raises(ma.InputError, match="combine=True is for a table of arms"):
        network_effects(columns, "MD", combine=True)


def test_all_faults_at_once():
    """Eight faults in one table, each with its row and remedy."""
    columns = pairs(
        ("Ann", "a", "b", 0.1, -0.3), ("An", "a", "c", 0.2, 0.3),
        ("Bo", "a", "b", 0.3, 0.1), ("Bo", "b", "a", 0.3, 0.1),
        ("Cy", "a", "a", 1.0, 0.1),
        ("Di", "a", "b", 1.0, 0.1), ("Di", "a", "c", 2.0, 0.1), ("Di", "b", "c", 3.0, 0.1),
        ("Ed", "a", "b", 1.0, 0.1), ("Ed", "c", "d", 1.0, 0.1),
        ("Flo", "", "b", 1.0, 0.1), ("Gil", "a", "b", 1.0, "0,1"),
        ("Hal", "a", "c", 1.0, 0.1), ("Hal", "b", "c", 1.0, 0.1),
    )  # fmt: skip
    heads = [line.split(". ")[0].removeprefix("the table, ") for line in told(columns)]
    assert heads == [
        "row 1 (Ann), se: must be greater than 0; got '-0.3'",
        "row 4 (Bo), treat2: b against a stands twice (first in row 3); got 'a'",
        "row 5 (Cy), treat2: is compared with itself; got 'a'",
        "row 9 (Ed), treat1: 4 arms (a, b, c, d) have 6 contrasts; 2 are there",
        "row 11 (Flo), treat1: treat1 label is missing",
        "row 12 (Gil), se: must be a number; got '0,1'",
        "row 13 (Hal), shared: 3 arms share c, and the variance of that arm is missing",
        "Di: its contrasts contradict each other: b - c is given as 3, but follows as 1 from "
        "those with a, 20 times its smallest standard error away: no rounding (up to 0.25), so "
        "that no repair mends it",
    ]


def test_faults_of_the_shared_variance():
    """Two numbers for one arm; more than the contrasts have; variances no arms can have."""
    columns, shared, _ = star("a")
    two = told({**columns, "shared": [shared, shared, 2 * shared, None]})
    assert "the variance of a must be one number in all rows of a study" in two[0]
    large = told({**columns, "shared": [9.0, None, None, None]})
    assert "must be positive and below those of its contrasts; got '9'" in large[0]
    odd = pairs(("S", "a", "b", 0.1, 0.1), ("S", "a", "c", 0.2, 0.1), ("S", "b", "c", 0.1, 0.9))
    assert "no arms have contrasts with these variances" in told(odd)[0]
    both = pairs(("S", "a", "b", 0.1, 0.1), v=[0.5])
    assert "columns v and se are both there" in told(both)[0]
    assert (
        "must be plausible: at most 10 for a logarithm"
        in told(pairs(("S", "a", "b", 0.1, 11.0)), "HR")[0]
    )


def test_rounded_contrasts():
    """Named with what they should be; replaced by the nearest that agree when asked."""
    columns = pairs(
        ("S", "a", "b", 0.1, 0.3), ("S", "a", "c", 0.3, 0.3), ("S", "b", "c", 0.21, 0.3)
    )
    (fault,) = told(columns)
    assert "S: its contrasts contradict each other: b - c is given as 0.21" in fault
    assert 'disagreeing="repair"' in fault
    mended = network_effects(columns, "GEN", disagreeing="repair")
    nearest = np.array([0.29, 0.91, 0.62]) / 3
    assert close(mended.y, nearest, EXACT)
    assert "the nearest ones that agree; largest change: S (by 0.0033)" in mended.remarks[0]
    with pytest.raises(ma.ChoiceError, match="disagreeing='mend' is not a way to go on"):
        network_effects(columns, "GEN", disagreeing="mend")


def test_gross_contradictions_are_not_repaired():
    """Ratios in place of logarithms, a turned sign: refused, each with its remedy."""
    columns = table("linde2016")
    logs = np.array(columns["lnOR"], dtype=float)
    names = {"study": "id", "se": "selnOR", "disagreeing": "repair"}
    ratios = told({**columns, "OR": np.exp(logs)}, "OR", y="OR", **names)
    assert len(ratios) == 14
    assert all(line.endswith("are these ratios? Give y as logarithms.") for line in ratios)
    first = columns["id"].index("82")
    wrong = np.where(np.arange(len(logs)) == first, -logs, logs)
    (fault,) = told({**columns, "d": wrong}, "OR", y="d", **names)
    assert fault.startswith("the table, 82: its contrasts contradict each other")
    assert fault.endswith("turned they agree: were its treatments exchanged?")
    mended = network_effects(columns, "OR", y="lnOR", **names)
    assert "largest change: 50 (by 0.00000033), 53 (by 0.00000033), 24" in mended.remarks[0]


def test_a_slip_of_the_shift_key():
    """An arm by two names makes four arms of three: they are named."""
    columns = pairs(
        ("S", "TCA", "P", 0.1, 0.3), ("S", "tca", "SNRI", 0.3, 0.3), ("S", "P", "SNRI", 0.2, 0.3)
    )
    (fault,) = told(columns)
    assert "4 arms (TCA, P, tca, SNRI) have 6 contrasts; 3 are there" in fault
    assert fault.endswith(
        "'TCA', 'tca' are taken as 2 treatments, but their names differ by case or blanks alone; "
        "are they one?"
    )


def test_missing_contrasts_and_directions():
    """A study that lacks an effect stays out whole; directions turn by study."""
    rows = (("S", "a", "b", 0.1, 0.3), ("S", "a", "c", None, 0.3), ("S", "b", "c", 0.2, 0.3),
            ("T", "a", "b", 0.5, 0.2), ("U", "a", "b", 0.4, 0.1))  # fmt: skip
    columns = pairs(*rows, direction=["lower"] * 4 + ["higher"])
    with pytest.warns(ma.MetaanWarning, match="S: a against c: y missing; the study"):
        effects = network_effects(columns, "SMD", better="lower")
    assert effects.studies == ("T", "U")
    assert close(effects.y, [0.5, -0.4], EXACT)
    assert effects.remarks == ("turned round so that lower is better: U",)
