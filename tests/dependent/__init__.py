"""Tests of the room of dependent effects."""
