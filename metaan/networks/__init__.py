"""Networks of treatments: many comparisons at once, direct and indirect.

Rooms, lowest first: ``combining`` (rows, effects), then ``flow``, ``ranks``, ``consistency`` and
``sensitivity``, which answer questions about what was combined, then ``fits`` (the verb, the
record), then ``components``, ``sparse`` and ``moderators``, other fits with the same answers.
Nothing here draws.
"""
