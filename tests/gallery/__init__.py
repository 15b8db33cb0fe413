"""The gallery: every plot on real data, drawn by code that a reader can copy; ``make gallery``."""
