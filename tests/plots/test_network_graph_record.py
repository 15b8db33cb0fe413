"""Records of network graphs: what is counted, how large it is, and where it stands."""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pytest

from metaan.core.errors import ChoiceError, InputError, LeftOutWarning
from metaan.core.network_effects import NetworkEffects
from metaan.plots.networks.graph_diagram import network_diagram
from metaan.plots.networks.graph_orders import circle_order, crossings
from metaan.plots.networks.graph_spring import spring_places, steps_between
from tests.networks.pinned import PINNED, effects, fitted, matrix, net
from tests.plots.network_graphs import NETWORKS, complete, of_studies, parts, scattered, star

PEOPLE = {"acupuncture": 40.0, "drug": 100.0, "sham": 60.0, "usual": 25.0}


def small() -> NetworkEffects:
    """Return four treatments in three studies of two arms and two of three."""
    return of_studies(
        ("acupuncture", "sham"),
        ("acupuncture", "sham"),
        ("drug", "usual"),
        ("acupuncture", "sham", "usual"),
        ("usual", "sham", "acupuncture"),
        people=PEOPLE,
    )


def arms(net: NetworkEffects) -> dict[str, set[str]]:
    """Return the treatments of every study, from its contrasts."""
    found: dict[str, set[str]] = defaultdict(set)
    for study, one, other in zip(net.study, net.treat1, net.treat2, strict=True):
        found[study] |= {one, other}
    return found


@pytest.mark.parametrize("name", ["senn2013", "linde2016", "parts"])
def test_circles_and_lines_count_studies(name: str) -> None:
    """Counted again from the contrasts in plain Python."""
    net = NETWORKS[name]()
    record = network_diagram(net)
    by_study = arms(net).values()
    assert {node.treatment: node.studies for node in record.nodes} == Counter(
        itertools.chain.from_iterable(by_study)
    )
    pairs = Counter(pair for each in by_study for pair in itertools.combinations(sorted(each), 2))
    assert {(edge.treat1, edge.treat2): edge.studies for edge in record.edges} == pairs
    many = Counter(tuple(sorted(each)) for each in by_study if len(each) > 2)
    assert {area.treatments: len(area.studies) for area in record.areas} == many


@pytest.mark.parametrize("name", PINNED)
def test_lines_are_those_of_r(name: str) -> None:
    """The numbers of studies of netmeta's adjacency matrix, and no line where it has 0."""
    record = network_diagram(effects(name))
    names = [node.treatment for node in record.nodes]
    ours = np.zeros((len(names), len(names)))
    for edge in record.edges:
        i, j = names.index(edge.treat1), names.index(edge.treat2)
        ours[i, j] = ours[j, i] = edge.studies
    assert (ours == matrix(net(name)["netmeta_DL"]["A.matrix"], names, names)).all()


def test_areas_of_circles_show_participants_of_arms() -> None:
    """Every arm once, though a study of three arms has it in two contrasts."""
    record = network_diagram(small())
    told = {node.treatment: node.participants for node in record.nodes}
    assert told == {"acupuncture": 160.0, "drug": 100.0, "sham": 240.0, "usual": 75.0}
    by_name = {node.treatment: node.radius for node in record.nodes}
    assert (by_name["drug"] / by_name["sham"]) ** 2 == pytest.approx(100 / 240)
    assert record.size == "participants"
    assert [mark[0] for mark in record.scales[0].marks] == ["75", "100", "240"]
    assert record.notes == ()


@pytest.mark.parametrize("lacking", [1, 14])
def test_unknown_participants_give_way_to_studies(lacking: int) -> None:
    """A footnote says so, and for how many arms."""
    net = small()
    n1 = [math.nan if name == "drug" or lacking > 1 else PEOPLE[name] for name in net.treat1]
    n2 = [math.nan if lacking > 1 else PEOPLE[name] for name in net.treat2]
    record = network_diagram(replace(net, columns={"n1": n1, "n2": n2}))
    assert record.size == "studies"
    some = " for 1 of 12 arms" if lacking == 1 else ""
    assert record.notes == (f"Numbers of participants are not known{some}: circles show studies.",)
    assert {node.studies: round(node.radius**2, 6) for node in record.nodes} == {
        4: 225.0,
        3: 225.0 * 3 / 4,
        1: 225.0 / 4,
    }


def test_widths_of_lines_are_in_proportion() -> None:
    """To studies or to precision, with tau² of the fit; the legend shows the same widths."""
    record = network_diagram(small())
    widths = {edge.studies: edge.width for edge in record.edges}
    assert widths[4] / widths[2] == pytest.approx(2)
    assert dict(record.scales[1].marks) == pytest.approx({"1": widths[1], "2": widths[2],
                                                          "4": widths[4]})  # fmt: skip
    fit = fitted("senn2013")
    by_precision = network_diagram(fit, width="precision")
    sums: dict[tuple[str, str], float] = defaultdict(float)
    net = fit.effects
    for one, other, v in zip(net.treat1, net.treat2, net.v.tolist(), strict=True):
        sums[min(one, other), max(one, other)] += 1 / (v + fit.tau2)
    for edge in by_precision.edges:
        assert edge.precision == pytest.approx(sums[edge.treat1, edge.treat2], rel=1e-12)
    strong, weak = sorted(by_precision.edges, key=lambda edge: -edge.precision)[:2]
    assert strong.width / weak.width == pytest.approx(strong.precision / weak.precision)


def test_equal_sizes_have_no_legend() -> None:
    """All circles of one size, all lines of one width."""
    record = network_diagram(small(), size="equal", width="equal")
    assert record.scales == ()
    assert len({node.radius for node in record.nodes}) == 1
    assert len({edge.width for edge in record.edges}) == 1


def chords_cross(order: list[int], pairs: np.ndarray) -> int:
    """Return the crossings of straight lines between places on a circle, by their sides."""
    at = {each: np.exp(2j * np.pi * i / len(order)) for i, each in enumerate(order)}

    def side(a: complex, b: complex, c: complex) -> float:
        return ((b - a).conjugate() * (c - a)).imag

    found = 0
    for one, other in itertools.combinations(pairs.tolist(), 2):
        if set(one) & set(other):
            continue
        a, b, c, d = (at[i] for i in (*one, *other))
        found += side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0
    return found


@pytest.mark.parametrize("seed", range(6))
def test_no_order_on_the_circle_crosses_less(seed: int) -> None:
    """Against all orders of six treatments, crossings counted by geometry."""
    rng = np.random.default_rng(seed)
    every = np.array(list(itertools.combinations(range(6), 2)))
    pairs = every[np.sort(rng.choice(15, 8 + seed % 3, replace=False))]
    least = min(
        chords_cross([0, *rest], pairs)
        for rest in itertools.permutations(range(1, 6))
        if rest[0] < rest[-1]
    )
    order = circle_order(6, pairs)
    assert sorted(order) == list(range(6))
    assert crossings(order, pairs) == chords_cross(order, pairs) == least


@pytest.mark.parametrize("n", [9, 16, 30])
def test_sifting_finds_a_drawing_without_crossings(n: int) -> None:
    """A ring with chords from one treatment, names shuffled: it can be drawn without any."""
    names = np.random.default_rng(n).permutation(n)
    ring = [(names[i], names[(i + 1) % n]) for i in range(n)]
    fan = [(names[0], names[i]) for i in range(2, n - 1, 2)]
    pairs = np.sort(np.array([*ring, *fan]), axis=1)
    assert crossings(circle_order(n, pairs), pairs) == 0


def test_names_do_not_change_what_crosses() -> None:
    """Other names, other order of the alphabet: as few crossings, as many studies."""
    net = effects("senn2013")
    new = {name: f"{(i * 7) % 10} {name}" for i, name in enumerate(net.treatments)}
    renamed = replace(
        net,
        treat1=tuple(new[name] for name in net.treat1),
        treat2=tuple(new[name] for name in net.treat2),
    )
    found = []
    for each in (net, renamed):
        names = list(each.treatments)
        record = network_diagram(each)
        pairs = np.array([[names.index(e.treat1), names.index(e.treat2)] for e in record.edges])
        found.append(crossings(circle_order(10, pairs), pairs))
    assert found[0] == found[1]


def test_a_spring_layout_is_repeated_by_its_seed() -> None:
    """Same seed, same places, whatever the order of the studies; lines are about equally long."""
    net = effects("senn2013")
    turned = net.take(net.studies)
    order = np.argsort(net.study, kind="stable")[::-1]
    turned = replace(
        net,
        y=net.y[order],
        v=net.v[order],
        **{name: tuple(np.array(getattr(net, name))[order]) for name in
           ("study", "treat1", "treat2")},
        rows=(),
    )  # fmt: skip
    first, again = (network_diagram(each, layout="spring", rng=3) for each in (net, turned))
    places = [[(node.x, node.y) for node in record.nodes] for record in (first, again)]
    np.testing.assert_allclose(*places)
    lengths = [math.dist(edge.start, edge.end) for edge in first.edges]
    assert max(lengths) < 2.5 * min(lengths)


def test_springs_free_lines_from_treatments() -> None:
    """No line runs through a treatment it does not join."""
    record = network_diagram(scattered(1, 12, 5), layout="spring")
    assert record.notes == ("Numbers of participants are not known: circles show studies.",)
    share = np.linspace(0, 1, 300)
    for edge, node in itertools.product(record.edges, record.nodes):
        if node.treatment in (edge.treat1, edge.treat2):
            continue
        (x0, y0), (x1, y1) = edge.start, edge.end
        away = np.hypot(x0 + share * (x1 - x0) - node.x, y0 + share * (y1 - y0) - node.y)
        assert away.min() > node.radius + edge.width / 2


def test_steps_and_springs_of_a_path() -> None:
    """A path of five is drawn as a straight line with equal steps."""
    pairs = np.array([[0, 1], [1, 2], [2, 3], [3, 4]])
    steps = steps_between(5, pairs)
    assert steps.tolist() == [[abs(i - j) for j in range(5)] for i in range(5)]
    start = np.random.default_rng(0).normal(size=(5, 2))
    places = spring_places(5, pairs, start, np.random.default_rng(1))
    np.testing.assert_allclose(places[:, 1], 0, atol=1e-3)
    np.testing.assert_allclose(np.abs(np.diff(places[:, 0])), 1, atol=1e-3)


@pytest.mark.parametrize("layout", ["circle", "spring"])
def test_parts_stand_beside_each_other(layout: str) -> None:
    """No circle or name of one part within the box of another; the alt text says so."""
    record = network_diagram(parts(), layout=layout)
    boxes = []
    for members in ("abc", "de", "fghi"):
        inside = [node for node in record.nodes if node.treatment[0] in members]
        lists = [(node.x, node.y, *node.name.box) for node in inside]
        x0, y0 = np.min([(min(a, c), min(b, d)) for a, b, c, d, _, _ in lists], axis=0)
        x1, y1 = np.max([(max(a, e), max(b, f)) for a, b, _, _, e, f in lists], axis=0)
        boxes.append((x0, y0, x1, y1))
    for one, other in itertools.combinations(boxes, 2):
        apart = one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
        assert apart
    assert "in 3 parts that no study connects" in record.alt


def test_titles_say_how_much_is_there() -> None:
    """Studies that were left out are told, unless the caller has another title."""
    with pytest.warns(LeftOutWarning):
        net = NetworkEffects.from_arrays(
            [0.1, np.nan, 0.2],
            se=[0.1, 0.1, 0.1],
            study=["A", "B", "C"],
            treat1=["x", "x", "y"],
            treat2=["y", "y", "z"],
        )
    record = network_diagram(net)
    assert record.title == "Network of 3 treatments in 2 of 3 studies"
    assert any("1 of 3 studies left out (B: " in note for note in record.notes)
    own = network_diagram(net, title="", notes="Ours.")
    assert own.title == ""
    assert own.notes[-1] == "Ours."
    alt = network_diagram(small()).alt
    assert alt == (
        "Network graph of 4 treatments in 5 studies; 4 direct comparisons of 6; 2 studies of 3 or "
        "more arms. Most studies: acupuncture (4); most often compared: acupuncture and sham (4)."
    )


def test_the_table_has_treatments_comparisons_and_sets_of_arms() -> None:
    """One row each."""
    frame = network_diagram(small()).to_frame()
    assert frame["kind"].tolist() == ["treatment"] * 4 + ["comparison"] * 4 + ["arms"]
    assert frame["treatments"].tolist()[-2:] == ["sham : usual", "acupuncture : sham : usual"]
    assert frame["studies"].tolist() == [4, 1, 4, 3, 4, 2, 1, 2, 2]
    assert frame["labels"].tolist()[-1] == "Study 4, Study 5"


def test_order_and_classes_are_the_callers() -> None:
    """Clockwise from the top; a color and a marker for each class, in a legend."""
    net = star(5)
    order = ["treatment 1", "treatment 3", "usual care", "treatment 0", "treatment 2"]
    record = network_diagram(net, order=order)
    at = {node.treatment: (node.x, node.y) for node in record.nodes}
    middle = np.mean(list(at.values()), axis=0)
    turns = [math.atan2(at[name][0] - middle[0], middle[1] - at[name][1]) for name in order]
    assert np.diff(np.unwrap(turns)) == pytest.approx(2 * math.pi / 5)
    assert turns[0] == pytest.approx(0)
    classes = {name: "care" if name == "usual care" else "treatment" for name in net.treatments}
    colored = network_diagram(net, color=classes)
    assert [entry.label for entry in colored.legend] == ["treatment", "care"]
    assert {node.group: node.fill for node in colored.nodes} == {
        "treatment": "series 0", "care": "series 1"}  # fmt: skip


def test_what_does_not_fit_is_refused() -> None:
    """With the name of the argument, what there is, and the nearest."""
    net = small()
    for wrong, message in (
        ({"layout": "sprng"}, 'Did you mean "spring"'),
        ({"size": "people"}, "participants, studies, equal"),
        ({"width": "se"}, "studies, precision, equal"),
        ({"colour": {}}, "Did you mean"),
        ({"order": ["shem"]}, "'shem' is not a treatment"),
        ({"color": {"shem": "x"}}, "'shem' is not a treatment"),
    ):
        with pytest.raises(ChoiceError, match=message):
            network_diagram(net, **wrong)
    for wrong, message in (
        ({"order": ["sham", "sham"]}, "sham comes twice; acupuncture is not in it"),
        ({"color": {"sham": "x"}}, "no class to acupuncture, drug, usual"),
        ({"counts": 1}, "counts must be True or False"),
        ({"rng": "x"}, "rng='x' must be"),
    ):
        with pytest.raises(InputError, match=message):
            network_diagram(net, **wrong)
    with pytest.raises(InputError, match="got list"):
        network_diagram([1])  # type: ignore[arg-type]


def test_a_crowded_spring_layout_becomes_a_circle() -> None:
    """Fourteen treatments all compared with each other leave no room between lines."""
    record = network_diagram(complete(14), layout="spring")
    assert record.notes[0].startswith("Too many lines for names")
    first = record.nodes[0]
    away = {round(math.dist((n.x, n.y), (first.x, first.y)), 6) for n in record.nodes}
    assert len(away) == 8  # of fourteen on a circle: seven distances and none


def test_many_numbers_that_find_no_place_are_counted() -> None:
    """All lines of a crowded circle cannot have their number."""
    record = network_diagram(scattered(2, 16, 30), counts=True)
    shown = sum(edge.tally is not None for edge in record.edges)
    lost = len(record.edges) - shown
    assert shown > 15
    assert lost == 0 or any(note.startswith(f"{lost} of ") for note in record.notes)
