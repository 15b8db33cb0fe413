"""Figures; the only room that knows matplotlib.

Law of this room: a plot is ``thing_rows(fit) -> frozen record`` (no matplotlib, tested as
numbers), then ``draw_thing(record, ...)``; nothing here estimates anything, and pyplot's global
state is never touched.
"""
