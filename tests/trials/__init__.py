"""Tests of the data wing: files, selections, comparisons, effects."""
