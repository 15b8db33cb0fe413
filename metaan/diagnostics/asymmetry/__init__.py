"""Small-study effects: tests of asymmetry, trim and fill, fail-safe N, excess significance."""
