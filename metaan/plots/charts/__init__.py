"""Figures with two axes, and the flow diagram and tables of judgments: one file per plot."""
