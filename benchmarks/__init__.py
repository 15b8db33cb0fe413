"""metaan beside its peers, timed in one run."""
