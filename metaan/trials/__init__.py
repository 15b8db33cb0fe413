"""The data wing: the only room that reads data files.

Law of this room: a table is checked as a whole before anything is made of it, every fault is
named at once, nothing is filled in, and row ids travel with every number.
"""
