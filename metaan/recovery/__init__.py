"""What papers print → the numbers that a measure needs, with what was assumed on the way.

Law of this room: a function takes printed numbers as arrays, or what another function recovered,
refuses impossible ones all at once by name, and returns a ``Recovered``: columns, method, source,
assumptions, and notes on the rows that they concern. Nothing is guessed silently. It knows no
measure and no table.

``recovered`` holds the record; ``given`` what goes in, ``rules`` what is refused (``faults`` how
it is said), ``assumed`` and ``noting`` what is recorded, ``levels`` the intervals' levels. The
room ``conversion`` uses these too; the rest are ways from one kind of printed number.
"""
