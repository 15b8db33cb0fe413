"""Effects that are not independent: clusters of studies that share people, labs or authors.

It may import `core`, `numerics`, `tau2`, `univariate` and `twobytwo`; it knows no data files, no
pandas and no plots.
"""
