"""Tests of the room of counts."""
