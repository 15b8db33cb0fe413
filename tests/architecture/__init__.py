"""The laws of the house, read from the source; there is no list of exceptions.

Each law is a function from sources to faults, shown to bite on a made-up file before it is
asked about the package.
"""
