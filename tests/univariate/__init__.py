"""Tests of metaan.univariate."""
