"""The fit of a network and how it is asked: the verb, the record, its answers, its words.

It imports the rooms that answer; what is made of fits imports it.
"""
