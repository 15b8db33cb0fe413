"""What things are: the records that every other room hands on.

Law of this room: it imports numpy and scipy.special only (pandas inside a ``to_frame``),
and nothing else of metaan. Every record is frozen; nothing here estimates anything.
"""
