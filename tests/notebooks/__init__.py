"""Notebooks: prose first, nothing defined, and run again to the outputs that are committed."""
