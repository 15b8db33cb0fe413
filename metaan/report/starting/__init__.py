"""A review of one's own, from an empty folder."""
