"""What the effects say by themselves: leagues, P-scores, rank probabilities, partial orders."""
