"""The evidence of a network as independent rows, and the effects that combine it.

Lowest of the rooms of networks: it knows none of the others.
"""
