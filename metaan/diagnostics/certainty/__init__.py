"""Certainty of evidence: the computed parts of a GRADE summary of findings."""
