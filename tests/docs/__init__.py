"""The documentation site: what lays it out, and what holds it to the library."""
