"""What papers print → the numbers that a measure needs, with what was assumed on the way.

Law of this room: a function takes printed numbers as arrays, refuses impossible ones all at once
by name, and returns a ``Recovered``: columns, method, source, assumptions, and flags for studies
to look at. Nothing is guessed silently. It knows no measure and no table.
"""
