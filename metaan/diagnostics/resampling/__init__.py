"""Bootstrap and permutation of any number that a fit gives."""
