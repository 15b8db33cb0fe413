"""Tests of metaan.tau2."""
