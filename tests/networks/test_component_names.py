"""Components: read from names, given, and what goes wrong with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaan.core.errors import InputError
from metaan.networks.components.component_names import (
    check_inactive,
    read_components,
    read_interactions,
    split_name,
)

ARMS = ("A", "A + B", "A+B+C", "sham")


def test_names_split_by_themselves():
    """Blanks around the separator do not count; names stay as printed; order is kept."""
    assert dict(read_components(ARMS)) == {
        "A": ("A",),
        "A + B": ("A", "B"),
        "A+B+C": ("A", "B", "C"),
        "sham": ("sham",),
    }
    assert split_name("  true  needles + a walk", "+") == ("true  needles", "a walk")


@given(
    st.lists(st.text("abc -/", min_size=1).map(str.strip).filter(bool), min_size=1, max_size=4),
    st.sampled_from(["+", " & ", "/+/", "plus"]),
)
def test_joined_names_split_back(parts, separator):
    """Any parts that do not hold the separator come back."""
    if any(separator.strip() in part or separator in part for part in parts):
        return
    assert split_name(separator.join(parts), separator) == tuple(parts)


def test_given_components_override_some():
    """A list, a text that is split, an empty list; the others are read from their names."""
    found = read_components(
        [*ARMS, "multimodal", "waiting"],
        {"multimodal": ["A", " C "], "sham": "sham & B", "waiting": []},
        "&",
    )
    assert found["multimodal"] == ("A", "C")
    assert found["sham"] == ("sham", "B")
    assert found["waiting"] == ()
    assert found["A + B"] == ("A + B",)  # another separator


def test_every_fault_is_named_at_once():
    """Unknown treatments, empty components and ones that stand twice."""
    with pytest.raises(InputError) as caught:
        read_components(
            ["A +", "B + B", "cupping", "moxa"],
            {"cuping": ["x"], "cupping": ["y", ""], "moxa": 5},
        )
    told = str(caught.value)
    assert "components are given for 'cuping', which is not a treatment" in told
    assert 'Did you mean "cupping"?' in told
    assert "treatment 'A +': a component is empty beside '+'" in told
    assert "treatment 'B + B': component 'B' stands twice" in told
    assert "treatment 'cupping': a component is empty" in told
    assert "components of 'moxa' must be a list of names; got 5" in told


@pytest.mark.parametrize("separator", ["", " ", None, 3])
def test_separators_are_texts(separator):
    """A blank separator would split everything or nothing."""
    with pytest.raises(InputError, match=r"separator=.* must be a text that is not blank"):
        read_components(ARMS, separator=separator)


def test_components_are_a_mapping():
    """A list of components cannot say whose they are."""
    with pytest.raises(InputError, match=r"must be a mapping of treatments.*got list"):
        read_components(ARMS, ["A", "B"])


def test_interactions_by_texts_and_pairs():
    """Both spellings, three at once, and one text alone."""
    parts = read_components(ARMS)
    found = read_interactions(["A * B", ("B", "C"), "A*B*C"], parts)
    assert dict(found) == {"A*B": ("A", "B"), "B*C": ("B", "C"), "A*B*C": ("A", "B", "C")}
    assert dict(read_interactions("A*B", parts)) == {"A*B": ("A", "B")}
    assert dict(read_interactions((), parts)) == {}


@pytest.mark.parametrize(
    ("interactions", "told"),
    [
        (("A", "B"), "'A' is not an interaction; join two components or more, as in \"A*B\""),
        (["A*D"], "interaction 'A*D': 'D' is not a component; choose from A, B, C."),
        (["A*A"], "interaction 'A*A' names a component twice"),
        (["A*B", ("B", "A")], "interaction 'B*A' stands more than once"),
        (3, "'3' is not an interaction"),
        ([3, "A*B"], "'3' is not an interaction"),
        (["A*sham"], "interaction 'A*sham': 'sham' is inactive"),
    ],
)
def test_faults_of_interactions(interactions, told):
    """Each is named with what to do."""
    with pytest.raises(InputError) as caught:
        read_interactions(interactions, read_components(ARMS), "sham")
    assert told in str(caught.value)


def test_an_interaction_has_a_name_of_its_own():
    """A component may have an asterisk in its name."""
    with pytest.raises(InputError, match=r"interaction 'A\*B' has the name of a component"):
        read_interactions([("A", "B")], read_components(["A + B", "A*B"]))


def test_an_interaction_needs_a_treatment():
    """Components that no treatment holds together have none that could be seen."""
    with pytest.raises(InputError, match="no treatment holds A and C together"):
        read_interactions(["A*C"], read_components(["A", "B + C"]))


def test_the_inactive_component_is_known():
    """The nearest name is offered."""
    check_inactive(None, ARMS)
    check_inactive("sham", ARMS)
    with pytest.raises(InputError, match=r'inactive="?.Sham.* choose one of .*mean "sham"\?'):
        check_inactive("Sham", ARMS)
