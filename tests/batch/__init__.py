"""Tests of the room of many analyses at once."""
