"""Tests of metaan.diagnostics."""
