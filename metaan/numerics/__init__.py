"""Numerical tools that know no statistics of evidence: weighted sums, searches, tails.

Law of this room: arrays in, arrays out, the last axis runs over the studies; numpy and
scipy.special only.
"""
