"""Fragility: how little would turn a conclusion."""
