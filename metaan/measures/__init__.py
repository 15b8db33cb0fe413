"""Arm numbers → (y, v), arrays only; ``table.MEASURES`` is the one table.

Law of this room: a formula takes float arrays of one shape, broadcasts, and returns effect and
sampling variance on the analysis scale; 1 is the treatment, 2 the control. What cannot be
computed comes back as NaN; the data wing says so to the reader.
"""
