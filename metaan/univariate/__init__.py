"""Pooling of one effect per study: means, intervals, prediction, subgroups.

Law of this room: it knows ``Effects`` and arrays, never the data wing; every verb runs the one
batch kernel of ``kernel.py``, a single analysis being a batch of one.
"""
