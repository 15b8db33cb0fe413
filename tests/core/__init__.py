"""Tests of metaan.core."""
