"""An effect of one metric → the same effect in another, with its variance by the delta method.

Law of this room: effects and variances on the analysis scale in, a ``Recovered`` out, in which
every baseline risk, margin or SD that was supposed stands as an assumption. Inputs, rules and
notes are those of the room ``recovery``.
"""
