"""What would and what would not change a conclusion: every other diagnostic, put into words."""
