"""Tests of metaan.conversion."""
