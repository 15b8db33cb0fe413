"""Analyses as data: what `analyses.toml` may say, and what a file without one is asked."""
