"""Results drawn and written, by several processes if asked."""
