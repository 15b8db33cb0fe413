"""How studies are drawn for the laws of ``MEASURES``, a family of inputs in a file.

Each file holds ``DRAWERS`` (inputs → a function of the design point, a generator and a number of
draws that returns every input as an array of that many draws) and ``RATIOS`` (measure, or
``measure:variance``, → variance of the drawn effects over the mean of their stated variances, as
measured at the row's design point; 1.0 where it is not named).
"""
