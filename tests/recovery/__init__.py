"""Tests of metaan.recovery."""
