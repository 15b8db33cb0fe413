"""Figures of networks of treatments: graphs, rankings, consistency; one family of files per plot.

Law of this room: where everything stands is arithmetic in points, done before anything is drawn
and tested as numbers; what is shown comes from the records of ``metaan.networks`` and is counted
here, never estimated.
"""
