"""Many analyses of one set of studies at once: permutation tests.

It may import every model room below it; it knows no data files, no pandas and no plots.
"""
