"""Networks of treatments: many comparisons at once, direct and indirect.

Fits come from the effects of studies with two or more arms (``core.network_effects``) or from
their counts; ranking, consistency, contributions and components ask a fit and compute no effects
of studies. Nothing here draws.
"""
