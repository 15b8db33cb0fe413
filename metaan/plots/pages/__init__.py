"""What every figure stands on: themes, type, pages of measured text, marks, files.

Law of this room: a page is arithmetic on text widths (no matplotlib needed to lay it out), and
colors are names of a theme until they are drawn.
"""
