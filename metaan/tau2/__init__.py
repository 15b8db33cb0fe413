"""(y, v) → between-study variance, arrays only; ``table.ESTIMATORS`` is the one table.

Law of this room: every function works on ``(..., k)`` arrays with a mask ``present`` (1 present,
0 absent, where y must be 0 and v must be 1). Letters: y effects, v sampling variances, w weights
1 / (v + tau2), mu pooled mean, Q Cochran's statistic.
"""
