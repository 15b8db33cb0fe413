"""The cited analyses: from declarations to figures, tables, sentences and a page.

Law of this room: it knows every wing, computes no statistic of its own, and writes only when
everything has been made.
"""
