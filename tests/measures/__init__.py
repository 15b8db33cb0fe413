"""Tests of metaan.measures."""
