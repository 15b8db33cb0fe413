"""Published analyses, computed again from the shipped figures: one file per paper."""
