"""The calls of R that return the numbers of a fit."""
