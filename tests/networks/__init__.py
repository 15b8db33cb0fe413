"""Tests of the room of networks."""
