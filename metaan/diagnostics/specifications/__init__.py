"""The multiverse: one question under every defensible choice of analysis."""
