"""GOSH: the fit to every subset of its studies, or to many."""
