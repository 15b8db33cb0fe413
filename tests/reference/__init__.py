"""Numbers of R, pinned, and the comparison with them."""
