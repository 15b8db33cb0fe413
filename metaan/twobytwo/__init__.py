"""Pooling of counts without a detour over one effect per study: tables of two groups, and rates.

Law of this room: it knows ``Counts`` and arrays, never the data wing. Every formula works on
batches, ``(n, k)`` for n analyses of up to k studies; an absent study is one of nobody, with no
events, so that no sum needs a mask.
"""
