"""Tests of metaan.numerics."""
