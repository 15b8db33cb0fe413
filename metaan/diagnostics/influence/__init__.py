"""Influence: what each study, or cluster of studies, does to a fit."""
