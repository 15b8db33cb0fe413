"""The networks of the gallery: pain (17 of 26 studies on file), function (9 of 13), response."""

from __future__ import annotations

from functools import cache

import metaan as ma


@cache
def pain_contrasts(by: str) -> ma.NetworkEffects:
    """Pain after treatment or soon after, all arms; "group" or "node" of treatments."""
    cautions = ["sd_suspected_se", "sd_implausible", "identical_arms", "direction_doubtful"]
    trials = ma.load_trials().select(
        outcome="pain", term=["immediate", "short"], without_flags=cautions
    )
    return ma.network_effects(trials, "SMD", by=by, better="lower", mix_types=True)


@cache
def pain_network() -> ma.NetworkFit:
    """Pain, groups of treatments: the connected part."""
    part = pain_contrasts("group").largest_part()
    return ma.network(part, reference="sham", inference="HKSJ_FLOOR")


@cache
def pain_nodes() -> ma.NetworkFit:
    """Treatments as the trials name them, the connected part."""
    part = pain_contrasts("node").largest_part()
    return ma.network(part, reference="sham_penetrating", inference="HKSJ_FLOOR")


@cache
def function_network() -> ma.NetworkFit:
    """Disability after treatment or soon after, groups of treatments."""
    cautions = ["sd_suspected_se", "sd_implausible", "identical_arms", "direction_doubtful"]
    trials = ma.load_trials().select(
        outcome="function", term=["immediate", "short"], without_flags=cautions
    )
    effects = ma.network_effects(trials, "SMD", by="group", better="lower", mix_types=True)
    return ma.network(effects, reference="sham", inference="HKSJ_FLOOR")


@cache
def responder_network() -> ma.NetworkFit:
    """Response less than 52 weeks after randomization, groups of treatments, odds ratios."""
    trials = ma.load_trials().select(
        outcome="responder", term=["immediate", "short", "intermediate"]
    )
    effects = ma.network_effects(trials, "OR", by="group")
    return ma.network(effects, reference="sham", inference="HKSJ_FLOOR")


NETWORK_DATA = (pain_contrasts, pain_network, pain_nodes, function_network, responder_network)
