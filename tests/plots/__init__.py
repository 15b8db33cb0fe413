"""Figures: the record as numbers and strings, the page as rectangles, the files as bytes."""
