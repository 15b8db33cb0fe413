"""Networks of rare events, from counts: Mantel-Haenszel, exact and penalized likelihoods."""
