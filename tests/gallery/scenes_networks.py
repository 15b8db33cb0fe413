"""Networks of treatments: graphs, forests, league tables, ranks, consistency, contributions."""

from __future__ import annotations

from typing import Any

import metaan as ma
from tests.gallery.network_data import (
    function_network,
    pain_contrasts,
    pain_network,
    pain_nodes,
    responder_network,
)
from tests.gallery.scene import scenes_of


def network_groups() -> ma.Plot[Any]:
    """Network graph.

    Circles are as large as the participants, lines as wide as the trials, areas are trials of
    three arms. What no trial connects stands apart.
    """
    return ma.network_graph(
        pain_contrasts("group"),
        counts=True,
        title="Pain: 17 of 26 studies on file are usable and connected",
    )


def network_nodes_gray() -> ma.Plot[Any]:
    """Network graph with classes of treatments, in gray.

    On a circle, in the order with the fewest crossings; widths by precision.
    """
    effects = pain_contrasts("node")
    groups = ma.load_trials().treatments["group"]
    return ma.network_graph(
        effects.largest_part(),
        width="precision",
        color={name: groups[name] for name in effects.largest_part().treatments},
        title="Pain, by treatment: 17 of 26 studies on file",
        notes="Pach 2013 and Shin 2015 are connected with no other study.",
        theme="gray",
    )


def network_spring_dark() -> ma.Plot[Any]:
    """Network graph by springs, in the dark theme.

    Treatments as far apart as they are steps apart in the network.
    """
    return ma.network_graph(
        pain_nodes().effects,
        layout="spring",
        size="studies",
        polygons=False,
        title="Pain, by treatment: 17 of 26 studies on file",
        notes="Pach 2013 and Shin 2015 are connected with no other study.",
        theme="dark",
    )


def network_forest() -> ma.Plot[Any]:
    """Forest plot of a network.

    Every treatment against sham by direct and indirect evidence, the best P-score first.
    """
    return ma.forest(
        pain_network(),
        better="lower",
        title="Pain, all treatments against sham: 17 of 26 studies on file",
        favors=("Favors treatment", "Favors sham"),
        notes="Shin 2015 (laser against sham laser) is connected with no other study.",
    )


def network_league() -> ma.Plot[Any]:
    """League heat map.

    Below the diagonal all evidence, above it direct evidence alone.
    """
    return ma.league_heat_map(
        pain_network(),
        better="lower",
        title="Pain, each against each: 17 of 26 studies on file",
    )


def network_league_gray() -> ma.Plot[Any]:
    """League heat map of many treatments, in gray.

    There is room for the estimates alone.
    """
    return ma.league_heat_map(
        pain_nodes(),
        better="lower",
        title="Pain, each treatment against each: 17 of 26 studies on file",
        theme="gray",
    )


def network_league_dark() -> ma.Plot[Any]:
    """League heat map of odds ratios, in the dark theme.

    Six trials: hardly anything can be told apart.
    """
    return ma.league_heat_map(
        responder_network(),
        better="higher",
        title="Response, each against each: 6 of 8 studies on file",
        theme="dark",
    )


def network_ranks() -> ma.Plot[Any]:
    """Rankogram.

    How probable each rank is for each treatment.
    """
    return ma.rankogram(
        pain_network(), better="lower", title="Ranks for pain: 17 of 26 studies on file", rng=1
    )


def network_ranks_dark() -> ma.Plot[Any]:
    """Cumulative rankogram of two outcomes, in the dark theme.

    Pain, where lower is better, and response, where higher is.
    """
    return ma.rankogram(
        {"Pain": pain_network(), "Response": responder_network()},
        better=["lower", "higher"],
        cumulative=True,
        title="Ranks for pain (17 of 26 studies on file) and response (6 of 8)",
        theme="dark",
    )


def network_ranks_gray() -> ma.Plot[Any]:
    """Cumulative curves of all treatments in one panel, in gray.

    The higher a curve lies, the better the ranks.
    """
    return ma.rankogram(
        pain_network(),
        better="lower",
        cumulative=True,
        together=True,
        title="Pain, ranks: 17 of 26 studies on file",
        theme="gray",
    )


def network_splits() -> ma.Plot[Any]:
    """Forest plot of node splits.

    Direct, indirect and all evidence of each comparison that has both.
    """
    return ma.forest(
        pain_network().node_splits(),
        title="Pain, direct against indirect evidence: 17 of 26 studies on file",
    )


def network_heat() -> ma.Plot[Any]:
    """Net heat plot.

    Warm where detaching the column's design takes disagreement from the row's.
    """
    return ma.net_heat_plot(
        pain_network(), title="Pain, where designs disagree: 17 of 26 studies on file"
    )


def network_heat_dark() -> ma.Plot[Any]:
    """Net heat plot in the dark theme.

    Function, where designs disagree by more than chance.
    """
    return ma.net_heat_plot(
        function_network(),
        title="Function, where designs disagree: 9 of 13 studies on file",
        theme="dark",
    )


def network_heat_gray() -> ma.Plot[Any]:
    """Net heat plot in gray.

    Designs as the network lists them.
    """
    return ma.net_heat_plot(
        pain_network(),
        order="alphabetic",
        title="Pain, where designs disagree: 17 of 26 studies on file",
        theme="gray",
    )


def network_funnel() -> ma.Plot[Any]:
    """Comparison-adjusted funnel plot.

    Each trial less the mean of its comparison; treatments in an order from inactive to active.
    """
    return ma.network_funnel(
        pain_network(),
        order=["no_treatment", "usual_care", "sham", "drug", "physical", "acupuncture"],
        title="Pain, small trials in the network: 17 of 26 studies on file",
    )


def network_funnel_dark() -> ma.Plot[Any]:
    """Comparison-adjusted funnel plot in the dark theme.

    Nine trials of function; the pattern of one outcome is not that of another.
    """
    return ma.network_funnel(
        function_network(),
        order=["usual_care", "sham", "drug", "physical", "other", "acupuncture"],
        title="Function, small trials in the network: 9 of 13 studies on file",
        theme="dark",
    )


def network_funnel_gray() -> ma.Plot[Any]:
    """Comparison-adjusted funnel plot in gray.

    Shades and markers tell comparisons apart.
    """
    return ma.network_funnel(
        pain_network(),
        order=["no_treatment", "usual_care", "drug", "physical", "sham", "acupuncture"],
        title="Pain, small trials in the network: 17 of 26 studies on file",
        theme="gray",
    )


def network_contribution() -> ma.Plot[Any]:
    """Contribution heat map.

    Of which direct evidence each estimate against sham is made.
    """
    return ma.contribution_heat_map(
        pain_network(),
        against="sham",
        title="Pain, where the evidence comes from: 17 of 26 studies on file",
    )


def network_contribution_dark() -> ma.Plot[Any]:
    """Contribution heat map by study, in the dark theme.

    Which trials each estimate of function is made of.
    """
    return ma.contribution_heat_map(
        function_network(),
        by="study",
        against="sham",
        title="Function, which trials the evidence comes from: 9 of 13 studies on file",
        theme="dark",
    )


def network_contribution_gray() -> ma.Plot[Any]:
    """Contribution heat map by random walks, in gray.

    All comparisons of the network for response.
    """
    return ma.contribution_heat_map(
        responder_network(),
        method="RANDOM_WALK",
        title="Response, where the evidence comes from: 6 of 8 studies on file",
        theme="gray",
    )


def network_hasse() -> ma.Plot[Any]:
    """Hasse diagram.

    A line leads down to what is worse for both outcomes.
    """
    order = pain_network().partial_order(
        responder_network(), better=["lower", "higher"], outcomes=["Pain", "Response"]
    )
    return ma.hasse_diagram(
        order, title="Better for pain (17 of 26 studies on file) and response (6 of 8)"
    )


def network_hasse_dark() -> ma.Plot[Any]:
    """Hasse diagram in the dark theme.

    Pain and function.
    """
    order = pain_network().partial_order(
        function_network(), better=["lower", "lower"], outcomes=["Pain", "Function"]
    )
    return ma.hasse_diagram(
        order,
        title="Better for pain (17 of 26 studies on file) and function (9 of 13)",
        theme="dark",
    )


def network_hasse_gray() -> ma.Plot[Any]:
    """Hasse diagram of three outcomes, in gray.

    Few treatments are better than others in all of them.
    """
    order = pain_network().partial_order(
        function_network(),
        responder_network(),
        better=["lower", "lower", "higher"],
        outcomes=["Pain", "Function", "Response"],
    )
    return ma.hasse_diagram(
        order,
        title="Better for pain (17 of 26 studies on file), function (9 of 13), response (6 of 8)",
        theme="gray",
    )


SCENES = scenes_of(
    "Networks",
    network_groups,
    network_nodes_gray,
    network_spring_dark,
    network_forest,
    network_league,
    network_league_gray,
    network_league_dark,
    network_ranks,
    network_ranks_dark,
    network_ranks_gray,
    network_splits,
    network_heat,
    network_heat_dark,
    network_heat_gray,
    network_funnel,
    network_funnel_dark,
    network_funnel_gray,
    network_contribution,
    network_contribution_dark,
    network_contribution_gray,
    network_hasse,
    network_hasse_dark,
    network_hasse_gray,
)
