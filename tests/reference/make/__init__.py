"""The R that made the pins, and the comparison of a new run with them."""
