"""Figures; the only room that knows matplotlib.

Law of this room: a plot is ``things(fit) -> frozen record`` (no matplotlib, tested as numbers),
then ``draw_thing(record, ax=..., theme=...)``; nothing here estimates anything, and pyplot's
global state is never touched. ``forests`` and ``charts`` stand on ``pages``.
"""
