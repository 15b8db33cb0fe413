"""Traffic-light tables: the right lights in the right places, and everything readable."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from metaan.core.bias import BIAS_TOOLS, JUDGMENTS, OVERALL, RiskOfBias, find_tool
from metaan.core.errors import ChoiceError, InputError
from metaan.plots.charts.bias_lights import sign_color
from metaan.plots.charts.bias_traffic import traffic_light
from metaan.plots.pages.theme import THEMES, find_theme
from metaan.trials.bias import risk_of_bias
from tests.plots.builders import LONG
from tests.plots.looking import misplaced, texts

HOSTILE = ("<script>alert(1)</script>", "$x_{", "100% \\alpha", "a\nb\tc")


def judged(k: int, tool: str = "RoB2", name: str = "Trial", overall: bool = True) -> RiskOfBias:
    """Return k studies with seeded judgments, some of them missing."""
    row, rng = find_tool(tool), np.random.default_rng(k)
    domains = (*row.domains, OVERALL) if overall else row.domains
    keys = (*row.judgments, "")
    return RiskOfBias(
        tool=tool,
        study=tuple(f"{name} {i + 1}" for i in range(k)),
        domains=domains,
        judgments=tuple(
            tuple(keys[i] for i in rng.integers(0, len(keys), len(domains))) for _ in range(k)
        ),
    )


def lights(bias: RiskOfBias, theme: str = "light") -> dict[str, list[tuple[float, float]]]:
    """Return the centers of the discs in the panel by fill, left to right within rows."""
    plot = traffic_light(bias, theme=theme)
    found = {}
    for artist in plot.axes.findobj(PolyCollection):
        boxes = [path.get_extents() for path in artist.get_paths()]
        middles = [((b.x0 + b.x1) / 2, (b.y0 + b.y1) / 2) for b in boxes]
        found[to_hex(artist.get_facecolor()[0])] = middles
    return found


def test_every_light_stands_in_its_row_and_column() -> None:
    """Against the judgments, walked through by hand."""
    bias = judged(7, "ROBINS-I")
    found = lights(bias)
    places = sorted({round(y, 3) for middles in found.values() for _, y in middles})
    columns = sorted({round(x, 3) for middles in found.values() for x, _ in middles})
    assert (len(places), len(columns)) == (7, len(bias.domains))
    theme = find_theme("light")
    seen = 0
    for fill, middles in found.items():
        for x, y in middles:
            key = bias.judgments[places.index(round(y, 3))][columns.index(round(x, 3))]
            assert theme.color(JUDGMENTS[key].role if key else "paper") == fill
            seen += 1
    assert seen == 7 * len(bias.domains)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("tool", [key for key in BIAS_TOOLS if key != "generic"])
def test_nothing_overlaps_and_nothing_is_cut(tool: str, theme: str) -> None:
    """Long names and long titles, every tool and theme."""
    for name in ("Trial", LONG):
        plot = traffic_light(judged(5, tool, name), title=LONG, subtitle=LONG, theme=theme)
        assert misplaced(plot) == ([], [])


@pytest.mark.parametrize("k", [1, 3, 63, 200])
def test_any_number_of_studies(k: int) -> None:
    """A sign for each judgment, one line for each study."""
    bias = judged(k)
    plot = traffic_light(bias)
    assert misplaced(plot) == ([], [])
    found = [text for text, _ in texts(plot)]
    signs = [JUDGMENTS[key].symbol for row in bias.judgments for key in row if key]
    legend = [JUDGMENTS[key].symbol for key in plot.record.keys if key]
    every = {row.symbol for row in JUDGMENTS.values()}
    assert sorted(text for text in found if text in every) == sorted(signs + legend)


@pytest.mark.parametrize("theme", THEMES)
def test_signs_can_be_read_on_their_lights(theme: str) -> None:
    """Contrast of at least 4.5, by the definition of WCAG 2.1."""

    def luminance(color: str) -> float:
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    colors = find_theme(theme)
    for row in JUDGMENTS.values():
        pair = sorted(luminance(each) for each in (
            colors.color(row.role), sign_color(row.role, colors)
        ))  # fmt: skip
        assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5


def test_names_are_drawn_literally() -> None:
    """No mathematics, no markup; a line break becomes a space."""
    bias = risk_of_bias({"study": list(HOSTILE), "$D_1$": ["low"] * 4}, tool="generic")
    found = [text for text, _ in texts(traffic_light(bias, title="$t$"))]
    for name in (*HOSTILE[:3], "a b c", "$D_1$", "$t$"):
        assert name in found


def test_studies_can_be_chosen_and_one_without_judgments_gets_rings() -> None:
    """In the order that is asked for; the record says so."""
    bias = judged(4, overall=False)
    plot = traffic_light(bias, study=["Trial 3", "Elsewhere", "Trial 1"])
    assert plot.record.bias.judgments == (bias.of("Trial 3"), ("",) * 5, bias.of("Trial 1"))
    assert plot.data["study"].tolist() == ["Trial 3", "Elsewhere", "Trial 1"]
    assert "Not judged" in [text for text, _ in texts(plot)]
    for wrong in ([], ["Trial 1", "Trial 1"]):
        with pytest.raises(InputError, match="stud"):
            traffic_light(bias, study=wrong)


def test_the_tool_is_cited_and_domains_are_named() -> None:
    """Heads are keys, names stand below; notes of one's own take the tool's place."""
    found = " ".join(text for text, _ in texts(traffic_light(judged(2, "RoB1"))))
    assert "doi:10.1136/bmj.d5928" in found
    assert "Allocation concealment (selection bias)" in found
    assert traffic_light(judged(2), notes=("mine",)).record.notes == ("mine",)


def test_the_sentence_counts_the_overall_judgments() -> None:
    """Without them, all judgments."""
    table = {"study": list("ABC"), "Q": ["low", "high", "low"], "Overall": ["low", "high", ""]}
    bias = risk_of_bias(table, tool="generic")
    assert "overall: low 1, high 1, not judged 1" in traffic_light(bias).record.alt
    without = risk_of_bias(table, tool="generic", Q="Q")
    assert "judgments: low 2, high 1" in traffic_light(without).record.alt


def test_it_fits_into_given_axes_and_an_unknown_theme_is_refused() -> None:
    """Texts stay inside the axes."""
    figure = Figure(figsize=(8, 3))
    right = figure.subplots(1, 2)[1]
    plot = traffic_light(judged(9), ax=right)
    box = right.get_window_extent().extents * 72 / figure.dpi
    for _, (x0, y0, x1, y1) in texts(plot):
        assert x0 >= box[0] - 0.01
        assert y0 >= box[1] - 0.01
        assert x1 <= box[2] + 0.01
        assert y1 <= box[3] + 0.01
    with pytest.raises(ChoiceError, match="theme"):
        traffic_light(judged(1), theme="blue")


def test_the_head_of_short_names_has_its_room() -> None:
    """Nothing of it lies under the next head."""
    table = {"study": ["A", "B"], "Randomization": ["low", "high"], "Overall": ["low", "high"]}
    plot = traffic_light(risk_of_bias(table, tool="generic"))
    assert misplaced(plot) == ([], [])


def test_a_slip_in_the_name_of_a_study_is_told() -> None:
    """A study that nobody judged is no slip, nor is one of two alike that are both shown."""
    table = {"study": ["Smith 2001", "Jones"], "Blinding": ["low", "high"]}
    bias = risk_of_bias(table, tool="generic")
    with pytest.warns(UserWarning, match="'Jnes': not 'Jones'"):
        traffic_light(bias, study=["Smith 2001", "Jnes"])
    plot = traffic_light(bias, study=["Smith 2001", "Smith 2002", "Ng"])
    assert plot.record.bias.of("Ng") == ("",)
